"""NeuroSim's nonlinearity label: how far a response bends away from a straight line, as one signed number.

The label of a curve is its largest deviation from the straight line between its ends, in the normalised range, divided
by 0.0990. It counts pulses upwards from ``G_min`` for potentiation *and* depression: a curve above the line has a
positive label. So the usual saturating SET (large steps first) is positive, and the usual saturating RESET (large steps
first too) is **negative**; a RESET with a positive label mirrors the SET of the same label.

Source: MLP+NeuroSim V3.0 manual, section 5.1; Chen, Peng, Yu 2018, 10.1109/TCAD.2018.2789723.
"""

from __future__ import annotations

from math import expm1, log

import numpy as np

from pulsenet.seams.laws.base import ResponseLaw

#: Deviation from the straight line, in units of the range, that makes a label of 1.
DEVIATION_PER_LABEL = 0.0990
#: Largest label of NeuroSim's curve with pulses/A = 20: beyond it the last steps drown in rounding.
LARGEST_LABEL = 8.0


def nonlinearity_label(law: ResponseLaw) -> tuple[float, float]:
    """Labels of a device's SET and of its RESET curve.

    A curve on both sides of the line (sigmoidal) has the sign of its larger deviation.

    Examples
    --------
    >>> from pulsenet import NeuroSim
    >>> device = NeuroSim.from_labels("3.08 nS", "38.46 nS", pulses_SET=97, pulses_RESET=97, SET=2.4, RESET=-4.88)
    >>> [round(label, 6) for label in nonlinearity_label(device)]
    [2.4, -4.88]
    """
    span = law.G_max - law.G_min
    pulses = {"SET": law.evaluate("SET_count", G=law.G_max), "RESET": law.evaluate("RESET_count", G=law.G_max)}

    def raised(share):
        return (law.evaluate("SET_level", n=share * pulses["SET"]) - law.G_min) / span - share

    def lowered(share):
        return (law.evaluate("RESET_level", n=share * pulses["RESET"]) - law.G_min) / span - (1 - share)

    return tuple(_largest(deviation) / DEVIATION_PER_LABEL for deviation in (raised, lowered))


def _largest(deviation) -> float:
    """The value of largest size of a function on [0, 1], with its sign; each grid is around the last one's best."""
    low, high = 0.0, 1.0
    for _ in range(3):
        share = np.linspace(low, high, 1001)
        values = deviation(share)
        best = int(np.argmax(np.abs(values)))
        low, high = share[max(best - 1, 0)], share[min(best + 1, 1000)]
    return float(values[best])


def neurosim_curvature(label: float) -> float:
    """pulses/A of NeuroSim's curve B (1 - exp(-n/A)) with a label: positive where the first steps are the large ones.

    Raises
    ------
    ValueError
        Beyond a label of 8.

    Examples
    --------
    >>> round(neurosim_curvature(2.4), 2), round(neurosim_curvature(-2.4), 2)
    (2.0, -2.0)
    """
    wanted = abs(label) * DEVIATION_PER_LABEL
    if not abs(label) <= LARGEST_LABEL:
        raise ValueError(f"nonlinearity label {label:g}: labels go from -{LARGEST_LABEL:g} to {LARGEST_LABEL:g}")
    if wanted < 1e-6:
        curvature = 8 * wanted  # the first order of the deviation below
    else:
        low, high = 0.0, 25.0
        for _ in range(60):
            curvature = (low + high) / 2
            low, high = (curvature, high) if _deviation(curvature) < wanted else (low, curvature)
    return curvature if label >= 0 else -curvature


def _deviation(b: float) -> float:
    """Largest deviation of (1 - exp(-b x))/(1 - exp(-b)) from x; it lies where the curve's slope is 1."""
    reach = -expm1(-b)
    return 1 / reach - (1 + log(b / reach)) / b
