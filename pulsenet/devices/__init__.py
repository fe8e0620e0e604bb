"""Response laws: what one programming pulse does to a conductance. One file per law; this is their list."""

from pulsenet.devices.base import ResponseLaw
from pulsenet.devices.exponential import Exponential
from pulsenet.devices.linear import Linear

LAWS: tuple[type[ResponseLaw], ...] = (Linear, Exponential)
