"""Exports: a trace in the formats of the tools that engineers use already.

Each is a function of an open `pulsenet.Trace` and a path. A file is written aside and renamed when it is whole; what is
there is replaced only with ``force``. One file per format; this is their list.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pulsenet.exports.flat_tables import csv, parquet
from pulsenet.exports.sonata import sonata
from pulsenet.exports.spice import integrated_charge, spice
from pulsenet.exports.vcd import vcd

#: Every export by the name that ``pulsenet export --format`` knows it by.
EXPORTS: dict[str, Callable[..., Path]] = {
    "vcd": vcd,
    "spice": spice,
    "sonata": sonata,
    "csv": csv,
    "parquet": parquet,
}
#: What each writes in the folder ``exports`` beside the trace, if it is not told; "": files in the folder itself.
DEFAULT_NAMES = {"vcd": "pulses.vcd", "spice": "forward.cir", "sonata": "spikes.h5", "csv": "", "parquet": ""}

__all__ = ["DEFAULT_NAMES", "EXPORTS", "csv", "integrated_charge", "parquet", "sonata", "spice", "vcd"]
