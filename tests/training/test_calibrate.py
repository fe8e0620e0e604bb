"""Gains from a few samples: against the formulas, written out with loops and other numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pulsenet import Bidirectional, Linear, Network, Read, Run, Training
from pulsenet.training.calibrate import calibrate
from pulsenet.training.values import parameters, setting_of

G_MIN, G_MAX, PULSES_SET, PULSES_RESET = 1e-6, 5e-6, 20, 8
X = [[0.2, 0.9], [0.7, 0.1], [0.5, 0.6]]
#: Conductances of a network of 2, 2 and 2 neurons, in uS, the bias line last.
PLUS = [[[1.5, 4.0], [2.5, 1.0], [3.0, 2.0]], [[1.0, 5.0], [4.5, 2.0], [3.5, 1.5]]]
MINUS = [[[2.0, 1.0], [1.5, 3.0], [1.0, 2.5]], [[2.5, 1.5], [1.0, 3.0], [2.0, 2.0]]]


def run_of(**sections):
    device = Linear(G_min=G_MIN, G_max=G_MAX, pulses_SET=PULSES_SET, pulses_RESET=PULSES_RESET)
    return Run(network=Network(layers=[2, 2, 2]), device=device, **sections)


def calibrated(run):
    pairs = zip(PLUS, MINUS, strict=True)
    start = {f"layer{n}": (np.array(p) * 1e-6, np.array(m) * 1e-6) for n, (p, m) in enumerate(pairs, 1)}
    circuit = run.circuit()
    setting = setting_of(run, circuit)
    found = calibrate(run, setting, start, np.array(X))
    return found, parameters(run, circuit, setting, found)


def weights(layer):
    """(G+ - G-)/(G_max - G_min), line by line."""
    return [
        [(p - m) / 4 for p, m in zip(plus, minus, strict=True)]
        for plus, minus in zip(PLUS[layer], MINUS[layer], strict=True)
    ]


def sums_of(signals, layer):
    return [[sum(s * row[j] for s, row in zip([*signal, 1], weights(layer), strict=True)) for j in (0, 1)]
            for signal in signals]  # fmt: skip


def deviation(sums):
    values = [value for row in sums for value in row]
    mean = sum(values) / len(values)
    return math.sqrt(sum((value - mean) ** 2 for value in values) / len(values))


def power(signals):
    return sum(sum(s * s for s in signal) + 1 for signal in signals) / len(signals)


def by_hand():
    """Read gains, and the signals that each layer gets."""
    first = 0.2 / deviation(sums_of(X, 0))
    hidden = [[min(max(first * value, 0), 1) for value in row] for row in sums_of(X, 0)]
    return [first, 0.3 / deviation(sums_of(hidden, 1))], [X, hidden]


def test_preactivations_spread_by_a_fifth_and_three_tenths():
    gains, _ = by_hand()
    assert list(calibrated(run_of())[0].read_gain) == pytest.approx(gains, rel=1e-12, abs=0)


@pytest.mark.parametrize(
    ("update", "step", "pulses"), [(None, 1 / PULSES_SET, 1), (Bidirectional(), 1 / PULSES_RESET, 2)]
)
def test_a_frame_takes_its_part_of_the_error_away(update, step, pulses):
    """0.8 of it in hidden layers, 0.2 at the output: pulses of the larger step, at all lines by their signals."""
    run = run_of(update=update) if update else run_of()
    gains, signals = by_hand()
    wanted = [
        rate / (power(signal) * gain * step * pulses)
        for rate, gain, signal in zip((0.8, 0.2), gains, signals, strict=True)
    ]
    assert list(calibrated(run)[0].error_gain) == pytest.approx(wanted, rel=1e-12, abs=0)


def test_rates_and_gains_that_are_given_are_kept():
    found, _ = calibrated(run_of(read=Read(gain=[2.0, 3.0]), training=Training(error_gain=[7.0, 9.0])))
    assert (list(found.read_gain), list(found.error_gain)) == ([2.0, 3.0], [7.0, 9.0])
    twice = calibrated(run_of(training=Training(learning_rate=[1.6, 0.4])))[0].error_gain
    assert list(twice) == pytest.approx([2 * gain for gain in calibrated(run_of())[0].error_gain], rel=1e-12, abs=0)


def test_half_an_expected_hidden_error_fills_the_phase():
    """The error of a hidden neuron: what the output's errors, of size 1, bring back through its row of weights."""
    found, _ = calibrated(run_of())
    rows = weights(1)[:-1]
    expected = by_hand()[0][1] * math.sqrt(sum(w * w for row in rows for w in row) / len(rows))
    assert list(found.backward_scale) == pytest.approx([2 / expected, 1], rel=1e-12, abs=0)


def test_charge_of_a_full_preactivation():
    """That of one full-width pulse at V_read through the whole range, over the gain; and scaled for what comes back."""
    found, values = calibrated(run_of(read=Read(V_read=0.25)))
    full = 0.25 * 16 * 100e-9 * (G_MAX - G_MIN)
    assert values["hidden1"]["charge_unit"] == pytest.approx(full / found.read_gain[0], rel=1e-12, abs=0)
    assert values["output"]["charge_unit"] == pytest.approx(full / found.read_gain[1], rel=1e-12, abs=0)
    returned = full / found.read_gain[1] * found.backward_scale[1]
    assert values["hidden1"]["backward_charge_unit"] == pytest.approx(returned, rel=1e-12, abs=0)
