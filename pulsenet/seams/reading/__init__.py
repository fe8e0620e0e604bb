"""Reading: the current of a device at a voltage. One file per law; this is their list."""

from pulsenet.seams.reading.base import Reading
from pulsenet.seams.reading.ohm import Ohm

READINGS: tuple[type[Reading], ...] = (Ohm,)

__all__ = ["READINGS", "Ohm", "Reading"]
