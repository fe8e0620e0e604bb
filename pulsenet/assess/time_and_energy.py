"""The section of a report on time, energy and wear."""

from __future__ import annotations

from pulsenet.assess.findings import PARTS, Findings
from pulsenet.assess.standard import BIDIRECTIONAL, UNIDIRECTIONAL
from pulsenet.assess.typeset import quantity, table
from pulsenet.describe.durations import NOT_COUNTED


def costs(found: Findings) -> list[str]:
    """Time and energy of both update methods, in SI units."""
    columns = [(method, kind) for method in (UNIDIRECTIONAL, BIDIRECTIONAL) for kind in ("time", "energy")]
    values = {column: found.per_frame(*column) for column in columns}
    units = {"time": "s", "energy": "J"}

    def cell(column, value):
        return "not counted" if value is None else quantity(value, units[column[1]])

    rows = [(text, *(cell(column, values[column].get(part)) for column in columns)) for part, text in PARTS.items()]
    totals = {
        "frame (one training sample)": 1,
        "epoch": found.n_train,
        "whole training": found.n_train * found.run.training.epochs,
    }
    for text, factor in totals.items():
        rows.append(
            (f"**{text}**", *(f"**{cell(column, factor * sum(values[column].values()))}**" for column in columns))
        )
    head = ("per training frame", *(f"{method}, {kind}" for method, kind in columns))
    missing = [PARTS[part] for part in PARTS if part not in values[UNIDIRECTIONAL, "energy"]]
    text = f"Energy is the heat in the devices; {NOT_COUNTED} are not counted. Evaluation is not in the sums."
    if missing:
        text += (
            f" **Nor is the energy of {' and '.join(missing)}:** it needs the amplitudes and widths of the programming "
            "pulses "
            "(`--v-set --t-set --v-reset --t-reset`). A programming pulse is taken to last one slot."
        )
    return ["## Time and energy", table(head, rows), text, _wear(found)]


def _wear(found: Findings) -> str:
    """Programming pulses per device over the training: what endurance must bear."""
    layers = found.run.network.layers
    devices = 2 * sum((before + 1) * after for before, after in zip(layers, layers[1:], strict=False))
    pulses = found.mean(UNIDIRECTIONAL, "programming_pulses") + found.mean(UNIDIRECTIONAL, "refresh_pulses")
    each = pulses * found.n_train * found.run.training.epochs / devices
    return (
        f"The network has {devices:,} devices. With unidirectional updating, each gets {each:,.0f} programming pulses "
        "in "
        "the whole training on average, refreshes included: what its endurance must bear."
    )
