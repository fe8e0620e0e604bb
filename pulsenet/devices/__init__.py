"""Response laws: what one programming pulse does to a conductance. One file per law; this is their list."""

from pulsenet.devices.base import ResponseLaw
from pulsenet.devices.exponential import Exponential
from pulsenet.devices.exponential_step import ExponentialStep
from pulsenet.devices.gated_schottky_diode import GatedSchottkyDiode
from pulsenet.devices.jump_table import JumpTable
from pulsenet.devices.linear import Linear
from pulsenet.devices.neurosim import NeuroSim
from pulsenet.devices.nonlinearity import nonlinearity_label
from pulsenet.devices.sigmoidal import Sigmoidal
from pulsenet.devices.soft_bounds import SoftBounds
from pulsenet.devices.soft_bounds_power import SoftBoundsPower

__all__ = ["LAWS", "ResponseLaw", "nonlinearity_label"]

LAWS: tuple[type[ResponseLaw], ...] = (
    Linear, Exponential, NeuroSim, SoftBounds, SoftBoundsPower, ExponentialStep, GatedSchottkyDiode, Sigmoidal,
    JumpTable,
)  # fmt: skip
