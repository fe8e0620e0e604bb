"""What a reading is: the current of a device of conductance ``G`` at the voltage with which it is read."""

from __future__ import annotations

from typing import Any, ClassVar

from pulsenet.seams.variant import Variant
from pulsenet.text.expressions import expression


class Reading(Variant):
    """The current of a device as Brian2 equation text.

    All read pulses have one voltage, so that a law comes down to what a conductance looks like at that voltage: I/V.
    What neurons integrate, what energy is counted, waveforms, netlists and the calibration of gains are made of it. It
    must be proportional to ``G``, or a run refuses it: then weights and gains mean the same under every reading.
    """

    tag: ClassVar[str] = "reading"

    #: I/V in siemens, in terms of ``G`` and the parameters in ``units``.
    seen: ClassVar[str]
    #: Units of the parameters, which all devices share.
    units: ClassVar[dict[str, str]] = {}

    def parameters(self, V_read: float) -> dict[str, float]:
        """Values of ``units`` in SI, at a read voltage in volt."""
        return {}

    def conductance(self, G: Any, V_read: float) -> Any:
        """What devices of conductance ``G`` look like at a voltage: I/V.

        Parameters
        ----------
        G : float or array, siemens
        V_read : float, volt

        Returns
        -------
        float or array, siemens
        """
        return expression(self.seen).evaluate({**self.parameters(V_read), "G": G})
