"""Two phase-change memories per synapse: SET pulses crystallise one or the other, a refresh erases saturated pairs.

Source: Suri et al. 2011, 10.1109/IEDM.2011.6131488; Bichler et al. 2012, 10.1109/TED.2012.2197951; the two refresh
methods as in N2D2's NodeNeuron_PCM, which refreshes all synapses of a neuron after a number of its weight updates.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from pulsenet.seams.updates.refresh import ROUNDING, rewrite, truncate
from pulsenet.seams.updates.row_by_row import RowByRow


class TwoPCM(RowByRow):
    """A SET of the LTP device (G+) strengthens, a SET of the LTD device (G-) weakens, as in `Unidirectional`.

    Every ``refresh_every`` frames, a pair is refreshed as soon as *one* device is above ``refresh_above``, whether or
    not the refresh will make room. RESET, abrupt in these devices, comes only then.

    Parameters
    ----------
    refresh_every, refresh_rows, refresh_turns
        Of `pulsenet.seams.updates.row_by_row.RowByRow`.
    refresh_above : float
        Fraction of the nominal range G_max - G_min above G_min that counts as saturated.
    write_back : str
        ``"nearest"``, ``"verify"`` or ``"truncate"``, see `pulsenet.seams.updates.refresh`. N2D2's "Nearest" is
        read-verify that stops when the old difference is reached or passed; here, where it comes nearest.

    Examples
    --------
    >>> TwoPCM(write_back="truncate").refresh.splitlines()[0]  # doctest: +ELLIPSIS
    'refreshed_plus = int((reading(0, G_plus) >= G_full or reading(0, G_minus) >= G_full) and ...'
    """

    drive_plus: ClassVar[str] = "int(polarity > 0)"
    drive_minus: ClassVar[str] = "int(polarity < 0)"
    kinds: ClassVar[tuple[str, ...]] = ("SET",)
    pulses_per_update: ClassVar[int] = 1
    source: ClassVar[str] = "10.1109/IEDM.2011.6131488, 10.1109/TED.2012.2197951; write-back: N2D2, NodeNeuron_PCM"

    method: Literal["two-pcm"] = "two-pcm"
    refresh_above: float = Field(default=0.9, gt=0, le=1)
    write_back: Literal["nearest", "verify", "truncate"] = "nearest"

    @property
    def refresh(self) -> str:
        saturated = self.in_turn("reading(0, G_plus) >= G_full or reading(0, G_minus) >= G_full")
        return truncate(saturated) if self.write_back == "truncate" else rewrite(saturated, "SET", self.write_back)

    @property
    def verifies(self) -> bool:
        return self.write_back == "verify"

    def parameters(self, G_min: float, G_max: float) -> dict[str, float]:
        return {"G_full": G_min + (self.refresh_above - ROUNDING) * (G_max - G_min)}
