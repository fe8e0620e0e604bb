"""Refresh policies: which pairs, what is written back, with how many pulses, and what noise remains."""

from __future__ import annotations

import numpy as np
import pytest
from cases import Case, small_run
from drawn_laws import at, devices, each_law, tolerance
from functions import filled, functions_of
from hypothesis import given
from hypothesis import strategies as st
from plain_devices import EXPONENTIAL, G_MIN, LINEAR, STEP
from typical_laws import EXAMPLES

from pulsenet import Exponential, Unidirectional
from pulsenet.circuit.composition import compose
from pulsenet.describe.sections import Programming
from pulsenet.describe.variation import Variation
from pulsenet.engines.choose import make_engine
from pulsenet.records import Chunk
from pulsenet.seams.updates import TwoPCM
from pulsenet.training.costs import frame_energies, frame_times
from pulsenet.training.counts import pulse_counts

pytestmark = pytest.mark.whole


def a_refresh(lines, n_output):
    """A frame that ends with a refresh, of slots by input line."""
    target, learns, no = np.zeros(1, int), np.ones((1, 1)), np.zeros(1, bool)
    return Chunk(0, lines, target, learns, ~no, {"output": np.zeros((1, n_output))}, no)


# -- what is written back ----------------------------------------------------------------------------------------------


#: Conductances (G+, G-) of pairs before and after a refresh, in steps above G_min; None where it must not act.
REFRESHED = {
    "default": (
        Unidirectional(),
        {(95, 60): (35, 0), (60, 91): (0, 31), (95, 95): (0, 0), (95, 40): None, (85, 60): None, (100, 51): (49, 0)},
    ),
    "aihwkit": (
        Unidirectional(refresh_above=0.75, refresh_margin=0.25),
        {(30, 80): (0, 50), (20, 80): None, (70, 70): None},
    ),
    "every pair": (
        Unidirectional(refresh_above=0, refresh_margin=0),
        {(12, 7): (5, 0), (0, 3): (0, 3), (0, 0): (0, 0)},
    ),
    "two-pcm": (TwoPCM(), {(95, 5): (90, 0), (85, 80): None, (5, 95): (0, 90), (95, 95): (0, 0)}),
    "two-pcm truncate": (  # more than twice in conductance, not in steps: 95 are 1050 nS, 60 are 700 nS, 43 are 530 nS
        TwoPCM(write_back="truncate"),
        {(95, 5): (95, 0), (5, 95): (0, 95), (95, 60): (0, 0), (95, 43): (0, 0), (95, 42): (95, 0), (85, 5): None},
    ),
    "counts": (
        Unidirectional(write_back="counts"),
        {(95, 60): (35, 0), (60, 91): (0, 31), (95, 95): (0, 0), (95, 40): None},
    ),
    "recount": (
        Unidirectional(write_back="recount"),
        {(95, 60): (35, 0), (60, 91): (0, 31), (95, 95): (0, 0), (95, 40): None},
    ),
    "verify": (Unidirectional(write_back="verify"), {(95, 60): (35, 0), (60, 91): (0, 31), (95, 40): None}),
    "RESET": (
        Unidirectional(programs="RESET"),
        {(6, 40): (66, 100), (40, 6): (100, 66), (6, 60): None, (6, 6): (100, 100)},
    ),
    "RESET verify": (
        Unidirectional(programs="RESET", write_back="verify", refresh_above=0, refresh_margin=0),
        {(6, 40): (66, 100), (98, 96): (100, 98), (100, 100): (100, 100)},
    ),
}


@pytest.mark.parametrize("update, pairs", REFRESHED.values(), ids=REFRESHED)
def test_a_refresh(update, pairs):
    """Of which pairs, what it writes, and with how many pulses. All gates are closed: error pulses program nothing."""
    run = small_run([len(pairs) - 1, 2], LINEAR, seed=1, update=update, read={"gain": [1e-6]})
    lines = np.zeros((1, len(pairs)), np.uint16)
    chunk = a_refresh(lines, 2)
    before = tuple(np.repeat(G_MIN + STEP * np.array(side)[:, None], 2, axis=1) for side in zip(*pairs, strict=True))
    result = Case(run, 1).engine("numpy").run(chunk, {"layer1": before})
    after = [wanted or start for start, wanted in pairs.items()]
    for G, steps in zip(result.conductance["layer1"], zip(*after, strict=True), strict=True):
        np.testing.assert_allclose(G, G_MIN + STEP * np.repeat(np.array(steps)[:, None], 2, axis=1), rtol=1e-9, atol=0)
    spent = np.sum([pulses_of_a_refresh(update, start, wanted) for start, wanted in pairs.items() if wanted], axis=0)
    pulses = result.pulses["output"]["refresh"]
    np.testing.assert_array_equal([pulses["SET"], pulses["RESET"]], np.c_[spent, spent])
    assert pulse_counts(run.circuit(1), chunk, result)["refresh_pulses"] == [2 * spent.sum()]
    assert pulse_counts(run.circuit(1), chunk, result)["programming_pulses"] == [0]


def pulses_of_a_refresh(update, start, after):
    """SET and RESET pulses at both devices of a pair: erased, unless it could stay, then written."""
    devices = [
        (old, new)
        for old, new in zip(start, after, strict=True)
        if not (update.write_back == "truncate" and old == new)
    ]
    if update.recounts:  # pulse by pulse to the old conductance, and erased twice
        return sum(new + old for old, new in devices), sum(2 * np.ceil(old / 2) for old, _ in devices)
    if update.kinds == ("SET",):
        return sum(new for _, new in devices), sum(np.ceil(old / 2) for old, _ in devices)
    return sum(100 - old for old, _ in devices), sum((100 - new) / 2 for _, new in devices)


# -- verifying ---------------------------------------------------------------------------------------------------------


def test_verifying_changes_nothing_where_devices_are_alike():
    results = []
    for write_back in ("nearest", "verify"):
        update = Unidirectional(refresh_above=0.5, refresh_margin=0.1, write_back=write_back)
        results.append(Case(small_run([4, 3], EXPONENTIAL, seed=3, update=update), frames=12).simulate("numpy"))
    nearest, verify = results
    assert nearest.pulses["output"]["refresh"]["SET"].sum() > 20
    assert (nearest.preactivation == verify.preactivation).all()
    for name, column in nearest.pulses["output"]["refresh"].items():
        np.testing.assert_array_equal(verify.pulses["output"]["refresh"][name], column)
    for one, other in zip(nearest.conductance["layer1"], verify.conductance["layer1"], strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("programs", ["SET", "RESET"])
def test_verifying_lands_right_on_devices_that_differ(programs):
    """Within half a step of the device, all of them, unless its range is too small; without verifying, few."""
    missed = {}
    for write_back in ("nearest", "verify"):
        update = Unidirectional(programs=programs, refresh_above=0, refresh_margin=0, write_back=write_back)
        variation = Variation(dtod_step=0.3, dtod_G_min=0.3)
        device = LINEAR.model_copy(update={"pulses_RESET": 100.0})
        run = small_run([20, 10], device, seed=5, update=update, variation=variation, network={"initial_spread": 0.4})
        case = Case(run, frames=1)
        lines = np.zeros((1, 21), np.uint16)
        chunk = a_refresh(lines, 10)
        after = case.engine("numpy").run(chunk, case.start).conductance["layer1"]
        before = case.start["layer1"]
        missed[write_back] = np.abs((after[0] - after[1]) - (before[0] - before[1])) / STEP
    assert (
        np.mean(missed["verify"] < 1) > 0.99 and np.median(missed["verify"]) < 0.35
    )  # a step is up to two nominal ones
    assert np.mean(missed["nearest"] < 1) < 0.5


# -- noise: against pulses one by one ----------------------------------------------------------------------------------


DEVICES = 4000
each_noise = pytest.mark.parametrize(
    ("noise", "strength"), [("ctoc_step", 0.4), ("ctoc_step", 3), ("ctoc_range", 0.01)]
)
each_example = pytest.mark.parametrize("device", EXAMPLES.values(), ids=EXAMPLES)


def call(device, write_back, noise, strength, name, *own):
    """A function of so many devices with one kind of noise."""
    chance = {"noise_key": 7, "range_key": 8, "pulse": 9, "device": np.arange(DEVICES)}
    functions = functions_of(device, Unidirectional(write_back=write_back), **{noise: strength})
    return filled(functions[name], device.parameters() | chance | {noise: strength})(*own)


def pulsed(device, G, noise, strength, rng):
    """After one SET pulse, from the law's step alone."""
    step, drawn = device.evaluate("SET", G=G), strength * rng.standard_normal(DEVICES)
    step = step * (1 + drawn) if noise == "ctoc_step" else step + drawn * (device.G_max - device.G_min)
    return np.clip(G + step, device.G_min, device.G_max)


def assert_alike(found, wanted, scale):
    """Mean and standard deviation, within Monte Carlo errors, and a thousandth of what counts."""
    error = 5 * wanted.std() / np.sqrt(DEVICES / 2)
    np.testing.assert_allclose(found.mean(), wanted.mean(), rtol=0, atol=error + 1e-3 * scale)
    np.testing.assert_allclose(found.std(), wanted.std(), rtol=0, atol=error + 1e-3 * scale)


@each_noise
@each_example
def test_written_pulses_scatter_as_pulses_one_by_one(device, noise, strength):
    """A saturating law squeezes what earlier pulses did: sqrt(n) times the noise of a mean step would be too much."""
    rng, wanted, n = np.random.default_rng(1), np.full(DEVICES, device.G_min), 30
    for _ in range(n):
        wanted = pulsed(device, wanted, noise, strength, rng)
    found = call(device, "nearest", noise, strength, "written", 1.0, n, 0.0, np.full(DEVICES, device.G_min))
    assert_alike(found, wanted, device.G_max - device.G_min)


@each_noise
@each_example
def test_verified_pulses_end_where_pulses_one_by_one_do(device, noise, strength):
    """As many, and as far from what was wanted; counting a device's pulses is the same."""
    rng, start, span = np.random.default_rng(1), np.full(DEVICES, device.G_min), device.G_max - device.G_min
    target = device.G_min + span * rng.uniform(0.4, 0.6, DEVICES)
    G, pulses, active = start, np.zeros(DEVICES), np.ones(DEVICES, bool)
    while active.any():
        beyond = np.minimum(G + device.evaluate("SET", G=G), device.G_max)
        active &= target - G > beyond - target
        G, pulses = np.where(active, pulsed(device, G, noise, strength, rng), G), pulses + active
    n = call(device, "verify", noise, strength, "verified_pulses", 1.0, 0.0, target, start)
    written = call(device, "verify", noise, strength, "written", 1.0, n, 0.0, start)
    assert_alike(n, pulses, pulses.mean())
    assert_alike(written - target, G - target, span)


def test_counting_and_writing_are_drawn_apart():
    n = call(
        LINEAR, "recount", "ctoc_step", 0.4, "verified_pulses", 1.0, 0.0, np.full(DEVICES, G_MIN + 50 * STEP), G_MIN
    )
    written = call(LINEAR, "recount", "ctoc_step", 0.4, "written", 1.0, n, 100.0, np.full(DEVICES, G_MIN))
    assert n.std() == pytest.approx(0.4 * 50**0.5, rel=0.05)
    assert abs(np.corrcoef(n, written - n * STEP)[0, 1]) < 0.05


# -- costs -------------------------------------------------------------------------------------------------------------


def costs_of_a_refresh(write_back):
    """Time and energy of 2 neurons of 2 pairs at 30 and 10 steps; a SET takes 1 us, a RESET of two steps 2 us."""
    update = Unidirectional(refresh_above=0, refresh_margin=0, write_back=write_back)
    programming = Programming(V_SET="2 V", t_SET="1 us", V_RESET="-3 V", t_RESET="2 us")
    run = small_run(
        [1, 2], LINEAR, seed=1, update=update, programming=programming, read={"gain": [1e-6], "V_read": 0.5}
    )
    chunk = a_refresh(np.zeros((1, 2), np.uint16), 2)
    pairs = np.full((2, 2), G_MIN + 30 * STEP), np.full((2, 2), G_MIN + 10 * STEP)
    result = Case(run, 1).engine("numpy").run(chunk, {"layer1": pairs})
    return frame_times(run, chunk, result)["refresh_time"][0], frame_energies(run, chunk, result)["refresh_energy"][0]


def test_a_verifying_refresh_costs_a_reading_per_pulse():
    """In time, a slot each; in energy, V_read^2 G t of the device after the pulse."""
    costs = [costs_of_a_refresh(write_back) for write_back in ("nearest", "verify")]
    # Each of 2 rows: 15 RESET pulses of 2 us (5 for G-, meanwhile), 20 SET pulses of 1 us, and readings of 100 ns.
    assert costs[0][0] == pytest.approx(2 * (15 * 2e-6 + 20 * 1e-6), rel=1e-9, abs=0)
    assert costs[1][0] == pytest.approx(2 * (15 * 2e-6 + 20 * 1.1e-6), rel=1e-9, abs=0)
    reading = 4 * 20 * 0.5**2 * 100e-9 * (G_MIN + 10.5 * STEP)  # after 1 to 20 pulses
    erasing = 4 * (15 * (G_MIN + 15 * STEP) + 5 * (G_MIN + 5 * STEP)) * 3**2 * 2e-6
    assert costs[0][1] == pytest.approx(4 * 20 * (G_MIN + 10 * STEP) * 2**2 * 1e-6 + erasing, rel=1e-9, abs=0)
    assert costs[1][1] - costs[0][1] == pytest.approx(reading, rel=1e-6, abs=0)


def test_recounting_costs_pulses_and_readings():
    """30 and, meanwhile, 10 pulses to count, 20 to write, each with a reading; and erased twice."""
    time, energy = costs_of_a_refresh("recount")
    assert time == pytest.approx(2 * (2 * 15 * 2e-6 + 50 * 1.1e-6), rel=1e-9, abs=0)
    SET = 30 * (G_MIN + 15 * STEP) + 10 * (G_MIN + 5 * STEP) + 20 * (G_MIN + 10 * STEP)
    RESET = 2 * (15 * (G_MIN + 15 * STEP) + 5 * (G_MIN + 5 * STEP))
    after = SET + 0.5 * (30 + 10 + 20) * STEP  # readings find what the pulses leave
    assert energy == pytest.approx(
        4 * (SET * 2**2 * 1e-6 + after * 0.5**2 * 100e-9 + RESET * 3**2 * 2e-6), rel=1e-9, abs=0
    )


# -- the functions of a refresh that writes with RESET pulses ----------------------------------------------------------


@each_law
@given(data=st.data())
def test_RESET_writes_the_nearest_of_all_levels(law, data):
    device = data.draw(devices(law).filter(lambda device: device.pulses_RESET <= 40))
    functions = functions_of(device, Unidirectional(programs="RESET", write_back="verify"))
    values, span = device.parameters(), device.G_max - device.G_min

    def call(name, *own):
        return filled(functions[name], values)(*own)

    n = np.arange(np.ceil(device.pulses_RESET) + 1)
    levels = call("written", 1.0, n, 0.0, np.zeros(n.size))
    assert levels[0] == device.G_max and np.all(np.diff(levels) <= 0) and levels[-1] - device.G_min <= tolerance(device)
    wanted = device.G_max - span * np.linspace(0.001, 0.999, 301)
    pulses = call("RESET_pulses", 1.0, wanted)
    np.testing.assert_array_equal(pulses, call("verified_pulses", 1.0, 0.0, wanted, wanted))
    found = call("written", 1.0, pulses, 0.0, np.zeros(301))
    assert np.all(np.abs(found - wanted) <= np.abs(levels[:, None] - wanted).min(axis=0) + tolerance(device))


@each_law
@given(data=st.data())
def test_SET_pulses_erase_to_the_upper_bound(law, data):
    """As many as counted one by one, each moving the device as in an update."""
    device = data.draw(devices(law).filter(lambda device: device.pulses_SET <= 40))
    functions = functions_of(device, Unidirectional(programs="RESET"))
    erasing_pulses = filled(functions["erasing_pulses"], device.parameters())
    G = at(device, data.draw(st.floats(0.0, 1.0)))
    n = float(erasing_pulses(1.0, 0.0, G))
    assert n == int(n) >= 0
    for _ in range(int(n)):
        G = min(G + float(device.evaluate("SET", G=G)), device.G_max)
    last = float(device.evaluate("SET_level", n=device.evaluate("SET_count", G=device.G_max) - 1e-5))
    assert device.G_max - G <= device.G_max - last + tolerance(device)


# -- counts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("programs", ["SET", "RESET"])
def test_counts_do_not_fade(programs):
    """30 and 20 pulses on a pair are 10, however little the last of them did; the difference of G is less."""
    device = Exponential(G_min=G_MIN, G_max=LINEAR.G_max, pulses_SET=50, beta_SET=5, pulses_RESET=50, beta_RESET=5)
    pairs, kept = tuple(np.full((2, 2), float(device.evaluate(f"{programs}_level", n=n))) for n in (30, 20)), {}
    for write_back in ("nearest", "counts", "recount"):
        update = Unidirectional(programs=programs, write_back=write_back, refresh_above=0, refresh_margin=0)
        case = Case(small_run([1, 2], device, seed=1, update=update, read={"gain": [1e-6]}), 1)
        chunk = a_refresh(np.zeros((1, 2), np.uint16), 2)
        kept[write_back] = case.engine("numpy").run(chunk, {"layer1": pairs}).pulses["output"]["refresh"][programs]
    assert np.all(kept["counts"] == 2 * 10)  # a neuron has two pairs
    assert np.all(kept["recount"] == 2 * (30 + 20 + 10))
    assert not kept["nearest"].any()


def test_recounting_counts_as_the_nominal_device_where_devices_are_alike():
    results = []
    for write_back in ("counts", "recount"):
        update = Unidirectional(refresh_above=0.5, refresh_margin=0.1, write_back=write_back)
        results.append(
            Case(small_run([4, 3], EXPONENTIAL, seed=3, update=update), frames=12).simulate("numpy").conductance
        )
    for layer, sides in results[0].items():
        np.testing.assert_array_equal(sides, results[1][layer])


def test_a_larger_step_gains_nothing_by_recounting():
    """20 pulses on each device leave that of the larger step ahead; recounted, the pair has no weight, as before."""
    run = small_run(
        [20, 10], LINEAR, seed=5, update=Unidirectional(write_back="recount"), variation=Variation(dtod_step=0.3)
    )
    case, erased = Case(run, frames=1), np.full((21, 10), G_MIN)
    step = [
        (LINEAR.G_max - G_MIN) / case.parameters["layer1"][f"pulses_SET_{side}"].reshape(21, 10)
        for side in ("plus", "minus")
    ]
    left = {}
    for write_back in ("nearest", "counts", "recount"):
        update = Unidirectional(refresh_above=0, refresh_margin=0, write_back=write_back)
        circuit = run.model_copy(update={"update": update}).circuit(1)
        chunk = a_refresh(np.zeros((1, 21), np.uint16), 10)
        parameters = {
            "layer1": case.parameters["layer1"] | update.parameters(G_MIN, LINEAR.G_max),
            "output": case.parameters["output"],
        }
        start = {"layer1": tuple(erased + 20 * side for side in step)}
        after = (
            make_engine("numpy", compose(circuit), case.parameters | parameters).run(chunk, start).conductance["layer1"]
        )
        left[write_back] = np.abs(after[0] - after[1]) / STEP
    assert not left["recount"].any()
    assert np.median(left["nearest"]) > 3 and np.median(left["counts"]) > 3
