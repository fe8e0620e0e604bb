"""Count code: as many one-slot pulses as the value, spread evenly over the phase.

Pulse m of n ends where m n_slots / n falls, so the train is the slope of a straight line drawn in whole slots
(Bresenham). Spreading: this project.
"""

from pulsenet.seams.codes.base import PulseCode

COUNT = PulseCode(
    name="count",
    fires="{phase_slot} >= 0 and {phase_slot} < n_slots"
    " and {slots} > 0 and ({phase_slot}*{slots}) % n_slots + {slots} >= n_slots",
    slots_per_event="1",
    records_width=False,
)
