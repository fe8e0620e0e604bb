"""SONATA spike files: pulses as spikes, for libsonata, BMTK and other tools of computational neuroscience.

Layout: SONATA developer guide (github.com/AllenInstitute/sonata), "Spike file"; 10.1371/journal.pcbi.1007696.
"""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from pulsenet.exports.new_file import new_file
from pulsenet.exports.selection import (
    Lines,
    choose_frames,
    choose_lines,
    first_recorded,
    need_recorded,
)
from pulsenet.records import Pulses
from pulsenet.trace import Trace
from pulsenet.trace.output import OutputFile
from pulsenet.trace.wires import kinds_of, only, pulses_of

_SORTING = h5py.enum_dtype({"none": 0, "by_id": 1, "by_time": 2}, basetype="u1")


def sonata(
    trace: Trace, path: str | Path, frames: int | slice | None = None, lines: Lines | None = None, force: bool = False
) -> Path:
    """Write pulses as a SONATA spike file.

    ``/spikes/<population>`` holds the forward pulses of a population; its other pulses are in
    ``/spikes/<population>.error``, ``.backward`` and ``.refresh``. A node is a line. A timestamp, in milliseconds from
    the start of the run, is the start of the pulse's slot in the trace: the trailing edge of a pulse of the width code.
    Width (slots) and polarity are further datasets, ``width`` and ``polarity``, which tools that do not know them pass
    over. Populations and kinds without pulses are there with length 0.

    Parameters
    ----------
    trace : Trace
    path : path
        The file, usually ``.h5``.
    frames : int, slice or None
        One frame, a range of frames, or all that were recorded.
    lines : mapping of population to lines, optional
        Populations left out are exported with all lines.
    force : bool
        Replace a file that is there.

    Returns
    -------
    Path

    Raises
    ------
    TraceError
        If there is no such frame, population or line, the pulses of a frame were not recorded, or the file exists
        already or cannot be written.

    Examples
    --------
    >>> with Trace("runs/digits") as trace:                                 # doctest: +SKIP
    ...     sonata(trace, "spikes.h5", frames=slice(0, 100))
    PosixPath('spikes.h5')
    """
    chosen = choose_frames(trace, frames)
    if frames is None:
        first_recorded(trace)
    else:
        need_recorded(trace, chosen)
    picked = choose_lines(trace, lines)
    with (
        new_file(trace, path, force) as descriptor,
        OutputFile(descriptor) as output,
        h5py.File(output, "w", libver=("earliest", "v108")) as file,
    ):
        for population, numbers in picked.items():
            for kind in kinds_of(trace, population, chosen):
                pulses = pulses_of(trace, population, kind, chosen)
                pulses = only(pulses, np.isin(pulses["line"], numbers))
                name = population if kind == "forward" else f"{population}.{kind}"
                _write(file.create_group(f"spikes/{name}"), pulses, trace.slot)
                output.check()
    return Path(path)


def _write(group: h5py.Group, pulses: Pulses, slot: float) -> None:
    """The spikes of one population: the trace's order is that of time."""
    group.attrs.create("sorting", 2, dtype=_SORTING)
    group["node_ids"] = pulses["line"].astype(np.uint64)
    group["timestamps"] = pulses["slot"] * (slot * 1e3)
    group["timestamps"].attrs["units"] = "ms"
    for name in ("width", "polarity"):
        if name in pulses:
            group[name] = pulses[name]
    if "width" in pulses:
        group["width"].attrs["units"] = "slot"
