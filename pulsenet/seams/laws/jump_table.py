"""Jump table: the measured distribution of the steps, for SET and RESET, at each conductance. No equation is fitted.

Source: Burr et al. 2014, 10.1109/IEDM.2014.7047135, and Sidler et al. 2016, 10.1109/ESSDERC.2016.7599680, who simulate
networks from the measured cumulative distribution of conductance changes; bins and quantiles: this project.
"""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from pulsenet.seams.laws.base import ResponseLaw

#: Least mean step of a bin, in ranges: keeps the numbers of pulses finite where a device hardly answers.
LEAST_STEP = 1e-5
#: Points of the mean curves.
POINTS = 256

_ROW = "min(floor((G - G_min)/(G_max - G_min)*{bins}), {bins} - 1)"


class JumpTable(ResponseLaw):
    """Each pulse draws its step from the steps that were measured near this conductance.

    The range is divided into equal bins. A bin holds quantiles of the steps measured there; a pulse picks one of them
    at random, all with the same chance. Steps may be negative: a SET pulse that lowered the conductance is a SET pulse
    all the same. A refresh draws its steps, too; how many it takes, its controller expects by the mean curve.

    Parameters
    ----------
    SET_jumps, RESET_jumps : list of lists of float, shape (bins, quantiles)
        Steps of a SET pulse upwards and of a RESET pulse downwards, as fractions of the range, from ``G_min`` to
        ``G_max``; within a bin in ascending order. All rows are equally long; both tables have as many bins.
    stretch_SET, stretch_RESET : float
        Divides the steps: 2 needs twice as many pulses.

    Examples
    --------
    >>> device = JumpTable(G_min="0 S", G_max="1 uS", SET_jumps=[[0.1, 0.3], [0.05, 0.15]], RESET_jumps=[[0.1], [0.1]])
    >>> float(device.evaluate("SET", G=0.2e-6))  # the mean: one pulse draws 0.1 or 0.3 of the range
    2e-07
    >>> round(float(device.evaluate("SET_count", G=1e-6)), 6)
    7.5
    """

    random: ClassVar[bool] = True
    units: ClassVar[dict[str, str]] = {"G_min": "siemens", "G_max": "siemens", "stretch_SET": "1", "stretch_RESET": "1"}
    in_pulses: ClassVar[tuple[str, ...]] = ("stretch",)
    source: ClassVar[str] = (
        "Burr et al. 2014, 10.1109/IEDM.2014.7047135; Sidler et al. 2016, 10.1109/ESSDERC.2016.7599680"
    )

    law: Literal["jump-table"] = "jump-table"
    SET_jumps: list[list[float]] = Field(min_length=1, max_length=256)
    RESET_jumps: list[list[float]] = Field(min_length=1, max_length=256)
    stretch_SET: float = Field(default=1.0, gt=0, le=1e6)
    stretch_RESET: float = Field(default=1.0, gt=0, le=1e6)

    @model_validator(mode="after")
    def _check_tables(self):
        for name in ("SET_jumps", "RESET_jumps"):
            table = getattr(self, name)
            widths = {len(row) for row in table}
            if len(widths) != 1 or not 1 <= widths.copy().pop() <= 256:
                raise ValueError(f"{name}: its rows hold {sorted(widths)} steps; all rows need as many, from 1 to 256")
            if np.abs(table).max() > 1:
                raise ValueError(
                    f"{name}: holds a step of {np.abs(table).max():g} ranges; steps are fractions of the range, -1 to 1"
                )
            if np.mean(table) <= 0:
                raise ValueError(
                    f"{name}: its mean is {np.mean(table):g}; SET steps count upwards, RESET steps downwards"
                )
        if len(self.SET_jumps) != len(self.RESET_jumps):
            raise ValueError(
                f"SET_jumps has {len(self.SET_jumps)} bins and RESET_jumps {len(self.RESET_jumps)}; they need as many"
            )
        return self

    @classmethod
    def from_curve(
        cls, G_min: float, G_max: float, SET: list, RESET: list, bins: int = 16, quantiles: int = 16
    ) -> JumpTable:
        """The table of measured curves.

        Parameters
        ----------
        G_min, G_max : float, siemens
        SET, RESET : list of 1-D float arrays, siemens
            Conductance after each pulse of one cycle of SET (RESET) pulses, several cycles and devices in one list.
        bins, quantiles : int
            A bin without measured steps takes those of the nearest bin with some.

        Examples
        --------
        >>> curve = np.linspace(0, 1e-6, 101)
        >>> device = JumpTable.from_curve(0.0, 1e-6, SET=[curve], RESET=[curve[::-1]], bins=4, quantiles=3)
        >>> [[round(step, 6) for step in row] for row in device.SET_jumps][0]
        [0.01, 0.01, 0.01]
        """
        tables = {}
        for name, cycles, sign in (("SET_jumps", SET, 1), ("RESET_jumps", RESET, -1)):
            before = np.concatenate([np.asarray(cycle[:-1], float) for cycle in cycles])
            steps = sign * np.concatenate([np.diff(np.asarray(cycle, float)) for cycle in cycles]) / (G_max - G_min)
            row = np.clip(np.floor((before - G_min) / (G_max - G_min) * bins), 0, bins - 1)
            measured = np.unique(row)
            nearest = measured[np.abs(measured[None, :] - np.arange(bins)[:, None]).argmin(axis=1)]
            at = (np.arange(quantiles) + 0.5) / quantiles
            tables[name] = [np.clip(np.quantile(steps[row == bin], at), -1, 1).tolist() for bin in nearest]
        return cls(G_min=G_min, G_max=G_max, **tables)

    def text(self) -> type[ResponseLaw]:
        """A law whose expressions hold these tables."""
        return _with_tables(*(tuple(map(tuple, table)) for table in (self.SET_jumps, self.RESET_jumps)))

    @classmethod
    def mean(cls, kind: str) -> str:
        return getattr(cls, f"{kind}_mean")

    def evaluate(self, name: str, **variables: Any) -> Any:
        """As for any law; of ``"SET"`` and ``"RESET"``, the mean step."""
        return super().evaluate({"SET": "SET_mean", "RESET": "RESET_mean"}.get(name, name), **variables)


@cache
def _with_tables(SET_jumps: tuple, RESET_jumps: tuple) -> type[ResponseLaw]:
    """The subclass of `JumpTable` with the expressions of two tables."""
    members: dict[str, Any] = {"tables": ()}
    for kind, jumps, sign in (("SET", SET_jumps, "+"), ("RESET", RESET_jumps, "-")):
        bins, quantiles = len(jumps), len(jumps[0])
        row, span = _ROW.format(bins=bins), "(G_max - G_min)"
        draw = f"floor(uniform(law_key, device, pulse)*{quantiles})"
        means, counts, levels = _mean_curve(jumps, kind)
        at, end = f"n/stretch_{kind}/{float(counts[-1])!r}*{POINTS}", "G_min" if kind == "SET" else "G_max"
        below, part = f"min(floor({at}), {POINTS} - 1)", f"min({at} - min(floor({at}), {POINTS} - 1), 1)"
        start = f"look_up({kind}_levels, {below}, 0)"
        done = f"({span}*({row} + 1)/{bins} - (G - G_min))" if kind == "RESET" else f"(G - G_min - {span}*{row}/{bins})"
        edge = f"{row} + 1" if kind == "RESET" else row
        members[kind] = f"{span}*look_up({kind}_jumps, {row}, {draw})/stretch_{kind}"
        members[f"{kind}_mean"] = f"{span}*look_up({kind}_means, {row}, 0)/stretch_{kind}"
        members[f"{kind}_level"] = (
            f"{end} {sign} {span}*({start} + {part}*(look_up({kind}_levels, {below} + 1, 0) - {start}))"
        )
        passed = f"(look_up({kind}_counts, {edge}, 0) + {done}/{span}/look_up({kind}_means, {row}, 0))*stretch_{kind}"
        members[f"{kind}_count"] = passed if kind == "SET" else f"{float(counts[-1])!r}*stretch_{kind} - {passed}"
        columns = {"jumps": jumps, "means": _column(means), "levels": _column(levels)}
        columns["counts"] = _column(counts if kind == "SET" else counts[::-1])
        members["tables"] += tuple((f"{kind}_{name}", table) for name, table in columns.items())
    members["__annotations__"] = {name: ClassVar[Any] for name in members}
    return type("JumpTableOfADevice", (JumpTable,), {**members, "__module__": __name__, "__doc__": JumpTable.__doc__})


def _column(values) -> tuple:
    return tuple((float(value),) for value in values)


def _mean_curve(jumps: tuple, kind: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean step by bin; pulses from the start to each bin's edge; and how far equally many pulses take the device."""
    means = np.maximum(np.mean(jumps, axis=1), LEAST_STEP)
    passed = means if kind == "SET" else means[::-1]
    counts = np.concatenate([[0.0], np.cumsum(1 / len(means) / passed)])
    edges = np.arange(len(means) + 1) / len(means)
    levels = np.interp(np.linspace(0, counts[-1], POINTS + 1), counts, edges)
    return means, counts, levels
