"""What an update method is: which device of a pair gets which pulse, and whether pairs are refreshed."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from pulsenet.seams.variant import Variant


class UpdateMethod(Variant):
    """An update method as Brian2 equation text.

    Notes
    -----
    ``drive_plus`` and ``drive_minus`` are expressions of ``polarity`` (-1, 0 or 1: the change that the learning rule
    wants of the weight); their value is 1 for a SET pulse, -1 for a RESET pulse, 0 for none. They may also name
    ``frame``, the number of the frame, ``update_slot``, the slot within the update phase, ``pulse``, the slot of the
    run, and what is in ``memory``. Text that depends on a parameter of the method is a property.
    """

    tag: ClassVar[str] = "method"

    #: Pulses on G+ and on G-. Empty for a G- that is a fixed reference, and no device of the array.
    drive_plus: ClassVar[str]
    drive_minus: ClassVar[str]
    #: Kinds of pulses that the two drives can ask for. A refresh writes with the first.
    kinds: ClassVar[tuple[str, ...]] = ("SET", "RESET")
    #: Programming pulses that one error pulse behind an open gate sends to a device pair.
    pulses_per_update: ClassVar[int]
    #: What a refresh does to a pair; empty for a method that needs none. It sets ``refreshed_plus`` and
    #: ``refreshed_minus`` (1 for a device that gets pulses, else 0), and sends trains of n pulses, each by a line of
    #: its own: ``G_plus = erased(refreshed_plus, n, begins, G_plus)``, and ``written`` likewise. Their pulses are
    #: counted, and their energy worked out. `pulsenet.circuit.device_functions` says what may be called.
    refresh: ClassVar[str] = ""
    #: What a pair remembers from pulse to pulse and from frame to frame, with its unit; 0 at the start.
    memory: ClassVar[dict[str, str]] = {}
    #: What happens to the memory with a programming pulse, after it.
    after_pulse: ClassVar[str] = ""
    #: Whether a refresh calls ``verified_pulses``, for it reads after each pulse with which it writes ...
    verifies: ClassVar[bool] = False
    #: ... or with which it counts.
    recounts: ClassVar[bool] = False

    @property
    def sides(self) -> tuple[str, ...]:
        """Of ``"plus"`` and ``"minus"``, those that are devices of the array."""
        return ("plus", "minus") if self.drive_minus else ("plus",)

    def refresh_period(self) -> int:
        """Training frames between refreshes; 0 for a method that needs none."""
        return 0

    def turn(self, trained: np.ndarray) -> np.ndarray:
        """Which rows are refreshed after so many training frames: 0 for none, else the number of the turn, from 1.

        What ``refresh`` finds as ``refresh_in(t)``.

        Parameters
        ----------
        trained : int array
        """
        period = self.refresh_period()
        return np.where(np.asarray(trained) % period == 0, 1, 0) if period else np.zeros_like(trained)

    def of_blocks(self, rows: np.ndarray) -> np.ndarray:
        """Pulses that the blocks of an array, which are refreshed at the same time, take one after another.

        Parameters
        ----------
        rows : int, shape (..., rows)
            Pulses of each row.

        Returns
        -------
        int, shape (..., blocks)
        """
        return rows.sum(axis=-1, keepdims=True)

    def parameters(self, G_min: float, G_max: float) -> dict[str, float]:
        """Values of the parameters that ``refresh`` uses, in siemens."""
        return {}

    def start_range(self, side: str, spread: float) -> tuple[float, float]:
        """Where devices of G+ or G- (``side`` "plus" or "minus") start: lowest and highest fraction of their range.

        Parameters
        ----------
        side : str
        spread : float
            Fraction of the range over which devices start.
        """
        return 0.0, spread
