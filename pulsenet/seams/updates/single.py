"""One device per synapse, against a fixed reference: SET to strengthen, RESET to weaken.

Source: this project; one device against a reference is a common alternative to a pair.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from pulsenet.seams.updates.base import UpdateMethod


class Single(UpdateMethod):
    """Weight = G - G_ref: half the devices of a pair, half its weight range, and as asymmetric as the device.

    The reference takes the place of G-. It is a fixed conductance, no device of the array: it is never programmed,
    never stuck, does not drift, and has no spread. Devices start around it, as far above as below.

    Parameters
    ----------
    reference : float
        G_ref, as a fraction of the nominal range G_max - G_min above G_min.

    Examples
    --------
    >>> Single().sides, Single(reference=0.25).start_range("plus", 0.8)
    (('plus',), (0.0, 0.5))
    """

    drive_plus: ClassVar[str] = "polarity"
    drive_minus: ClassVar[str] = ""
    pulses_per_update: ClassVar[int] = 1
    source: ClassVar[str] = "this project"

    method: Literal["single"] = "single"
    reference: float = Field(default=0.5, gt=0, lt=1)

    def start_range(self, side: str, spread: float) -> tuple[float, float]:
        half = min(spread / 2, self.reference, 1 - self.reference) if side == "plus" else 0.0
        return self.reference - half, self.reference + half
