"""NeuroSim's nonlinearity labels: those of the literature, and devices from labels."""

from __future__ import annotations

import numpy as np
import pytest
from typical_laws import EXAMPLES, PULSES, RANGE

from pulsenet import Exponential, NeuroSim, Sigmoidal, nonlinearity_label
from pulsenet.seams.laws.label import neurosim_curvature

#: Label to pulses/A, from the literature.
LABELS = {0.5: 0.40, 1: 0.80, 1.94: 1.59, 2.4: 2.00, 3: 2.59, 3.68: 3.33, 4.88: 4.99, 5: 5.20, 6: 7.37, 6.76: 9.97}


@pytest.mark.parametrize(("label", "b"), LABELS.items())
def test_nonlinearity_labels_of_the_literature(label, b):
    assert neurosim_curvature(label) == pytest.approx(b, abs=0.02)
    assert neurosim_curvature(-label) == -neurosim_curvature(label)
    device = NeuroSim(**RANGE, **PULSES, A_SET=64 / b, A_RESET=40 / b)
    assert nonlinearity_label(device) == pytest.approx((label, -label), abs=0.02)
    bichler = Exponential(**RANGE, **PULSES, beta_SET=b, beta_RESET=b)  # the mirror image: same label
    assert nonlinearity_label(bichler) == pytest.approx((label, -label), abs=0.02)


#: Labels of NeuroSim's device table, potentiation and depression.
TABLE = [
    (2.4, -4.88),
    (3.68, -6.76),
    (1.94, -0.61),
    (0.105, 2.4),
    (1.85, -1.79),
    (0.04, -0.63),
    (0.5, -0.5),
    (1.75, 1.46),
    (0, 0),
]


@pytest.mark.parametrize(("SET", "RESET"), TABLE)
def test_a_device_from_labels_has_these_labels(SET, RESET):
    device = NeuroSim.from_labels("1 nS", "1 uS", pulses_SET=97, SET=SET, pulses_RESET=50, RESET=RESET)
    assert nonlinearity_label(device) == pytest.approx((SET, RESET), abs=1e-6)


def test_a_negative_RESET_label_has_the_large_steps_first():
    device = NeuroSim.from_labels("1 nS", "1 uS", pulses_SET=97, SET=2.4, pulses_RESET=97, RESET=-4.88)
    assert device.evaluate("RESET", G=device.G_max) > 100 * device.evaluate("RESET", G=device.G_min)
    mirrored = NeuroSim.from_labels("1 nS", "1 uS", pulses_SET=97, SET=2.4, pulses_RESET=97, RESET=2.4)
    n = np.arange(98)
    np.testing.assert_allclose(
        mirrored.evaluate("RESET_level", n=n), mirrored.evaluate("SET_level", n=97 - n), rtol=1e-9
    )


def test_normalised_A_of_NeuroSims_own_table():
    """Values of getParamA in its formula.cpp; its labels are in steps of 0.01, and its 0.0990 is rounded."""
    for label, A in {0.01: 126.268958, 0.1: 12.625807, 1: 1.251653}.items():
        assert 1 / neurosim_curvature(label) == pytest.approx(A, rel=1e-4)


def test_labels_of_straight_and_sigmoidal_curves():
    assert nonlinearity_label(EXAMPLES["linear"]) == pytest.approx((0, 0), abs=1e-9)
    early, late = (
        Sigmoidal(**RANGE, **PULSES, steepness_SET=10, midpoint_SET=m, steepness_RESET=0) for m in (0.3, 0.7)
    )
    assert (
        nonlinearity_label(early)[0] == pytest.approx(-nonlinearity_label(late)[0]) and nonlinearity_label(early)[0] > 1
    )


def test_a_label_without_a_curve_is_refused():
    for label in (9, -9, float("nan")):
        with pytest.raises(ValueError, match="labels go from -8 to 8"):
            neurosim_curvature(label)


@pytest.mark.parametrize("label", [0.0, 5e-324, -5e-324, 1e-310, 1e-12, -1e-12])
def test_a_label_next_to_0_is_a_linear_device(label):
    """Also where the inverse of its curvature would be no number any more."""
    device = NeuroSim.from_labels(**RANGE, pulses_SET=64, SET=label, pulses_RESET=40, RESET=label)
    middle = (device.G_min + device.G_max) / 2
    assert device.evaluate("SET", G=middle) == pytest.approx((device.G_max - device.G_min) / 64, rel=1e-6)
    assert device.evaluate("RESET", G=middle) == pytest.approx((device.G_max - device.G_min) / 40, rel=1e-6)
