"""Latency code: one pulse per phase whose rising edge tells the value. The larger the value, the earlier it rises.

The line is high from slot ``n_slots - value`` to the end of the phase, where the charge of all lines arrives at once. A
value of 0 never rises. So the charge is that of the width code, and reading stays Ohm's law: a one-slot pulse would
instead have to meet a voltage that falls over the phase. Values in the time of the first pulse as in 10.1038/376033a0;
the common trailing edge: this project.
"""

from pulsenet.seams.codes.base import PulseCode

LATENCY = PulseCode(
    name="latency",
    fires="{phase_slot} == n_slots and {slots} > 0",
    slots_per_event="{slots}",
    records_width=True,
)
