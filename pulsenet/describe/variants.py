"""Which variants of the seams a run is made of, as a trace keeps it: by seam, name and version."""

from __future__ import annotations

import json
from typing import Any

from pulsenet.describe.run import Run
from pulsenet.errors import TraceError


def variants_of(run: Run) -> str:
    """The variants of a run as JSON text; their parameters are in the run's configuration.

    Returns
    -------
    str
        By seam: name (of a class from elsewhere, its import path) and version; of codes, neurons and effects, a list.

    Examples
    --------
    >>> from pulsenet import Linear, Network
    >>> device = Linear(G_min="0 S", G_max="1 uS", pulses_SET=64, pulses_RESET=64)
    >>> json.loads(variants_of(Run(network=Network(layers=[4, 3, 2]), device=device)))["law"]
    {'name': 'linear', 'version': 1}
    """
    named = {"law": run.device, "reading": run.reading, "method": run.update, "rule": run.rule}
    found: dict[str, Any] = {seam: _entry(variant) for seam, variant in named.items()}
    found["effects"] = [_entry(effect) for effect in run.variation.effects]
    circuit = run.circuit()
    found["activation"] = _entry(circuit.activation)
    found["neurons"] = [_entry(neuron) for neuron in circuit.neurons]
    found["codes"] = [_entry(code) for code in circuit.codes]
    return json.dumps(found, sort_keys=True)


def check_variants(run: Run, kept: str) -> None:
    """See that a run is made of the very variants that a trace was made with.

    Raises
    ------
    TraceError
        If one has another name or version; it says which.
    """
    was, now = json.loads(kept), json.loads(variants_of(run))
    for seam in was:
        if was[seam] != now.get(seam):
            raise TraceError(
                f"{seam}: the run was made with {_told(was[seam])}, and this is {_told(now.get(seam))}; use the "
                "version of "
                "pulsenet, or of the class, that made it"
            )


def _entry(variant: Any) -> dict[str, Any]:
    return {"name": variant.name, "version": variant.version}


def _told(entry: Any) -> str:
    entries = entry if isinstance(entry, list) else [entry] if entry else []
    return ", ".join(f"{part['name']} (version {part['version']})" for part in entries) or "none"
