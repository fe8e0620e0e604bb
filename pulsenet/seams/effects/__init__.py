"""Effects: what devices do besides answering pulses. One file per effect; this is their list, in the order they act."""

from pulsenet.seams.effects.base import Devices, Effect, drawn
from pulsenet.seams.effects.cycle_noise import CycleNoise
from pulsenet.seams.effects.drift import Drift
from pulsenet.seams.effects.read_noise import ReadNoise
from pulsenet.seams.effects.spread import Spread
from pulsenet.seams.effects.stuck import Stuck

EFFECTS: tuple[type[Effect], ...] = (Spread, CycleNoise, Stuck, ReadNoise, Drift)

__all__ = ["EFFECTS", "CycleNoise", "Devices", "Drift", "Effect", "ReadNoise", "Spread", "Stuck", "drawn"]
