"""Ohm's law: the current of a device is its conductance times the voltage.

Source: Ohm 1827; that devices are read in the linear part of their response: common practice, this project's choice.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pulsenet.seams.reading.base import Reading


class Ohm(Reading):
    """I = G V."""

    seen: ClassVar[str] = "G"
    source: ClassVar[str] = "Ohm's law"

    reading: Literal["ohm"] = "ohm"
