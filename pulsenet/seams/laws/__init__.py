"""Response laws: what one programming pulse does to a conductance. One file per law; this is their list."""

from pulsenet.seams.laws.base import ResponseLaw
from pulsenet.seams.laws.exponential import Exponential
from pulsenet.seams.laws.exponential_step import ExponentialStep
from pulsenet.seams.laws.gated_schottky_diode import GatedSchottkyDiode
from pulsenet.seams.laws.jump_table import JumpTable
from pulsenet.seams.laws.label import nonlinearity_label
from pulsenet.seams.laws.linear import Linear
from pulsenet.seams.laws.neurosim import NeuroSim
from pulsenet.seams.laws.sigmoidal import Sigmoidal
from pulsenet.seams.laws.soft_bounds import SoftBounds
from pulsenet.seams.laws.soft_bounds_power import SoftBoundsPower

__all__ = ["LAWS", "ResponseLaw", "nonlinearity_label"]

LAWS: tuple[type[ResponseLaw], ...] = (
    Linear, Exponential, NeuroSim, SoftBounds, SoftBoundsPower, ExponentialStep, GatedSchottkyDiode, Sigmoidal,
    JumpTable,
)  # fmt: skip
