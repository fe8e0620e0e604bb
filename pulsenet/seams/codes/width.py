"""Width code: one pulse per phase, as long as the value.

The reading charge arrives at once, with the trailing edge, when all of it has flowed: one event per line and phase.
Pulse-width modulation of the input as in 10.1109/JEDS.2019.2913146; delivery at the trailing edge: this project.
"""

from pulsenet.seams.codes.base import PulseCode

WIDTH = PulseCode(
    name="width",
    fires="{phase_slot} > 0 and {phase_slot} <= n_slots and {slots} == {phase_slot}",
    slots_per_event="{slots}",
    records_width=True,
)
