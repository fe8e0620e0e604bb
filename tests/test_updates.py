"""Update methods and refresh policies: which device gets which pulse, and what is written back."""

from __future__ import annotations

import numpy as np
import pytest
from cases import Case, small_run
from hypothesis import given
from hypothesis import strategies as st
from test_engines import assert_same
from test_laws import at, devices, each_law, tolerance

from pulsenet import (
    ConfigError,
    Exponential,
    Linear,
    Network,
    Run,
    Training,
    Unidirectional,
    train,
)
from pulsenet.circuit.functions import device_functions
from pulsenet.engines.choose import make_engine
from pulsenet.circuit.circuit import Features
from pulsenet.training.counts import pulse_counts
from pulsenet.records import Chunk
from pulsenet.describe.sections import Data, Programming, Record
from pulsenet.training.costs import frame_energies, frame_times
from pulsenet.seams.updates import METHODS, Bidirectional, Single, TwoPCM
from pulsenet.describe.variation import Variation

G_MIN, STEP = 1e-7, 1e-8
#: 100 SET pulses of 10 nS span the range, 50 RESET pulses of 20 nS.
LINEAR = Linear(G_min=G_MIN, G_max=G_MIN + 100 * STEP, pulses_SET=100, pulses_RESET=50)
EXPONENTIAL = Exponential(G_min="0.1 uS", G_max="5 uS", pulses_SET=20, beta_SET=2, pulses_RESET=12.5, beta_RESET=1)


# -- one synapse, alone ------------------------------------------------------------------------------------------------


def two_synapses(update, start, device=LINEAR, frames=1, refresh=False, **sections):
    """A network of one neuron that errs, with an input and a bias line, after ``frames`` frames of error pulses.

    Output neuron 0 has the target and is too low, neuron 1 too high: 3 error pulses each, of which the input line, open
    for 4 of 6 slots, lets through the first 2, and the bias line all.

    Parameters
    ----------
    start : ((G+, G-) in steps above G_min, of all pairs)

    Returns
    -------
    (run, chunk, result, changes of G+ and of G- in steps, shape (lines, neurons))
    """
    run = small_run(
        [1, 2], device, seed=1, update=update, read={"gain": [1e-6]}, training=Training(error_gain=[6.0]), **sections
    )
    circuit = run.circuit(frames)
    before = tuple(np.full((2, 2), G_MIN + steps * STEP) for steps in start)
    chunk = Chunk(
        0, np.tile(np.array([4, 6], np.uint16), (frames, 1)), np.zeros(frames, int), np.full((frames, 1), 6.0),
        np.full(frames, refresh), {"output": np.full((frames, 2), 0.5)},
    )  # fmt: skip
    case = Case(run, frames)
    result = make_engine("numpy", circuit, case.parameters).run(chunk, {"layer1": before})
    changes = [np.round((new - old) / STEP, 6) for new, old in zip(result.conductance["layer1"], before, strict=True)]
    return run, chunk, result, *changes


UP = [[2, 0], [3, 0]]  # pulses of the pairs that are to be strengthened
DOWN = [[0, 2], [0, 3]]  # and weakened


@pytest.mark.parametrize(
    ("update", "plus", "minus", "per_update"),
    [
        (Unidirectional(), (1, 0), (0, 1), 1),
        (Unidirectional(programs="RESET"), (0, -2), (-2, 0), 1),
        (Bidirectional(), (1, -2), (-2, 1), 2),
        (Single(), (1, -2), (0, 0), 1),
        (TwoPCM(), (1, 0), (0, 1), 1),
    ],
    ids=["unidirectional", "unidirectional RESET", "bidirectional", "single", "two-pcm"],
)
def test_each_device_gets_its_pulses(update, plus, minus, per_update):
    """A SET is one step, a RESET two; ``plus`` and ``minus`` say what strengthening and weakening do to each device."""
    up, down = np.array(UP), np.array(DOWN)
    run, chunk, result, changed_plus, changed_minus = two_synapses(update, (50, 50))
    np.testing.assert_array_equal(changed_plus, plus[0] * up + plus[1] * down)
    np.testing.assert_array_equal(changed_minus, minus[0] * up + minus[1] * down)
    counted = pulse_counts(run.circuit(1), chunk, result)["programming_pulses"]
    assert counted == [per_update * 10] and update.pulses_per_update == per_update
    assert {
        kind for kind in ("SET", "RESET") if result.tally["output"].get(f"{kind}_conductance", np.zeros(1)).any()
    } == set(update.kinds)


def test_a_range_that_is_used_up_gives_no_more():
    _, _, _, plus, minus = two_synapses(Unidirectional(programs="RESET"), (3, 3))
    np.testing.assert_array_equal(plus, [[0, -3], [0, -3]])  # at most 3 steps were left
    np.testing.assert_array_equal(minus, [[-3, 0], [-3, 0]])
    _, _, _, plus, minus = two_synapses(Single(), (99, 50))
    np.testing.assert_array_equal(plus, [[1, -4], [1, -6]])
    assert not minus.any()


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
    "two-pcm truncate": (  # more than twice in conductance, not in steps: 95 steps are 1050 nS, 60 are 700 nS, 43 are 530 nS
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
    """Of which pairs, what it writes, and with how many pulses. All gates are closed: no error pulse programs anything."""
    run = small_run([len(pairs) - 1, 2], LINEAR, seed=1, update=update, read={"gain": [1e-6]})
    lines = np.zeros((1, len(pairs)), np.uint16)
    chunk = Chunk(0, lines, np.zeros(1, int), np.ones((1, 1)), np.ones(1, bool), {"output": np.zeros((1, 2))})
    before = tuple(np.repeat(G_MIN + STEP * np.array(side)[:, None], 2, axis=1) for side in zip(*pairs, strict=True))
    result = make_engine("numpy", run.circuit(1), Case(run, 1).parameters).run(chunk, {"layer1": before})
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


# -- against the golden model ------------------------------------------------------------------------------------------

VARIATION = Variation(
    dtod_G_min=0.3, dtod_G_max=0.2, dtod_step=0.4, dtod_nonlinearity=0.5, ctoc_step=0.3, ctoc_range=0.02, read_noise=0.05,
    stuck_G_min=0.05, stuck_G_max=0.05, stuck_random=0.1, drift_exponent=0.02, drift_onset="5 us", drift_every=3,
)  # fmt: skip
CASES = {
    "single": (Single(reference=0.4), {}),
    "single, varied": (Single(), {"variation": VARIATION, "network": {"code": "count", "activation": "hard-sigmoid"}}),
    "two-pcm": (TwoPCM(refresh_above=0.8), {}),
    "truncate": (TwoPCM(refresh_above=0.6, write_back="truncate"), {"variation": VARIATION}),
    "RESET": (Unidirectional(programs="RESET", refresh_above=0.7, refresh_margin=0.3), {"variation": Variation(ctoc_step=0.3)}),
    "counts, varied": (Unidirectional(write_back="counts", refresh_above=0.3, refresh_margin=0.1), {"variation": VARIATION}),
    "RESET, counts": (Unidirectional(programs="RESET", write_back="counts", refresh_above=0, refresh_margin=0), {}),
    "recount, varied": (Unidirectional(write_back="recount", refresh_above=0.3, refresh_margin=0.1), {"variation": VARIATION}),
    "RESET, recount": (
        Unidirectional(programs="RESET", write_back="recount", refresh_above=0, refresh_margin=0),
        {"variation": Variation(dtod_step=0.4, ctoc_step=0.3, ctoc_range=0.02)},
    ),
    "RESET, verify, varied": (
        Unidirectional(programs="RESET", write_back="verify", refresh_above=0.5, refresh_margin=0.2), {"variation": VARIATION},
    ),
    "every pair, verify": (
        Unidirectional(refresh_above=0, refresh_margin=0, write_back="verify"), {"variation": Variation(dtod_step=0.4, dtod_G_min=0.3)},
    ),
}  # fmt: skip
BUILT = ["single, varied", "recount, varied", "RESET, verify, varied"]  # a C++ program takes long to build


@pytest.fixture(scope="module")
def cases() -> dict[str, Case]:
    return {
        name: Case(
            small_run([4, 3, 2] if name == "single" else [4, 3], EXPONENTIAL, seed=number, update=update, **sections),
            frames=20,
        )
        for number, (name, (update, sections)) in enumerate(CASES.items())
    }


@pytest.mark.parametrize(
    ("name", "engine"), [(name, "numpy") for name in CASES] + [(name, "standalone") for name in BUILT]
)
def test_the_golden_model_agrees(cases, name, engine):
    case = cases[name]
    assert_same(case.simulate(engine), case.simulate("golden"), rtol=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_all_pulses_are_counted(cases, name):
    """Programming pulses by their number at the golden model's devices, refresh pulses by its records."""
    case = cases[name]
    golden, counted = case.simulate("golden"), pulse_counts(case.circuit, case.chunk, case.simulate("numpy"))
    programmed = sum(sums["programming_pulses"].sum(axis=1) for sums in golden.tally.values())
    np.testing.assert_array_equal(counted["programming_pulses"], programmed)
    assert programmed.sum() > 0
    refreshes = [kinds["refresh"] for kinds in golden.pulses.values() if "refresh" in kinds]
    writes, erases = ("RESET", "SET") if "RESET" in name else ("SET", "RESET")
    if case.run.update.refresh_period():
        assert sum(pulses[erases].sum() for pulses in refreshes) > 0
        assert (sum(pulses[writes].sum() for pulses in refreshes) > 0) == (name != "truncate")
    assert counted["refresh_pulses"].sum() == sum(pulses["SET"].sum() + pulses["RESET"].sum() for pulses in refreshes)


@pytest.mark.parametrize("name", BUILT)
def test_cutting_changes_nothing(cases, name):
    assert_same(cases[name].simulate("standalone", 7), cases[name].simulate("standalone"))


@pytest.mark.parametrize("engine", ["numpy", "standalone"])
def test_a_reference_never_moves(cases, engine):
    """It is nominal, whatever the devices are, though they drift, and some are stuck."""
    run = cases["single, varied"].run
    middle = run.device.G_min + 0.5 * (run.device.G_max - run.device.G_min)
    for G_plus, G_minus in cases["single, varied"].simulate(engine).conductance.values():
        assert np.all(G_minus == middle) and len(np.unique(G_plus)) > 1


# -- start -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("update", "plus", "minus"),
    [
        (Unidirectional(), (0, 0.4), (0, 0.4)),
        (Unidirectional(programs="RESET"), (0.6, 1), (0.6, 1)),
        (Bidirectional(), (0, 0.4), (0, 0.4)),
        (Single(), (0.3, 0.7), (0.5, 0.5)),
        (Single(reference=0.1), (0, 0.2), (0.1, 0.1)),  # as far above the reference as below
        (TwoPCM(), (0, 0.4), (0, 0.4)),
    ],
)
def test_where_devices_start(update, plus, minus):
    run = Run(network=Network(layers=[99, 40], initial_spread=0.4), device=LINEAR, update=update)
    for G, (low, high) in zip(Case(run, 1).start["layer1"], (plus, minus), strict=True):
        g = (G - G_MIN) / (100 * STEP)
        assert low - 1e-9 <= g.min() <= low + 2e-3 and high - 2e-3 <= g.max() <= high + 1e-9
        assert abs(g.mean() - (low + high) / 2) < 0.01


# -- verifying ---------------------------------------------------------------------------------------------------------


def test_verifying_changes_nothing_where_devices_are_alike():
    results = []
    for write_back in ("nearest", "verify"):
        update = Unidirectional(refresh_above=0.5, refresh_margin=0.1, write_back=write_back)
        results.append(Case(small_run([4, 3], EXPONENTIAL, seed=3, update=update), frames=12).simulate("numpy"))
    assert results[0].pulses["output"]["refresh"]["SET"].sum() > 20
    assert_same(*results)


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
        chunk = Chunk(0, lines, np.zeros(1, int), np.ones((1, 1)), np.ones(1, bool), {"output": np.zeros((1, 10))})
        after = case.engine("numpy").run(chunk, case.start).conductance["layer1"]
        before = case.start["layer1"]
        missed[write_back] = np.abs((after[0] - after[1]) - (before[0] - before[1])) / STEP
    assert (
        np.mean(missed["verify"] < 1) > 0.99 and np.median(missed["verify"]) < 0.35
    )  # a step is up to two nominal ones
    assert np.mean(missed["nearest"] < 1) < 0.5


@pytest.mark.parametrize(("noise", "tolerance"), [("ctoc_step", 0.1), ("ctoc_range", 0.25)])
def test_the_noise_that_verifying_leaves(noise, tolerance):
    """Against pulses one by one, each with noise and read without error, until the next mean step would go too far.

    The noise is 0.4 of a step (ctoc_step), and 2 steps (ctoc_range): there the model is rougher, and says so.
    """
    rng, strength = np.random.default_rng(1), {"ctoc_step": 0.4, "ctoc_range": 0.02}[noise]
    target = G_MIN + STEP * rng.uniform(40, 60, 4000)
    sigma = strength * (1 if noise == "ctoc_step" else 100)
    G, pulses, active = np.full(4000, G_MIN), np.zeros(4000), np.ones(4000, bool)
    while active.any():
        G = np.where(active, np.clip(G + STEP * (1 + sigma * rng.standard_normal(4000)), G_MIN, LINEAR.G_max), G)
        pulses += active
        active &= target - G > STEP / 2
    functions = {
        f.name: f for f in device_functions(Linear, True, ("SET",), Features(ctoc=(noise[5:],)), verifies=True)
    }
    values = LINEAR.parameters() | {
        noise: strength,
        "noise_key": 7,
        "range_key": 8,
        "pulse": 9,
        "device": np.arange(4000),
    }

    def call(name, *own):
        return functions[name](*own, *(values[argument] for argument in list(functions[name].arguments)[len(own) :]))

    n = call("verified_pulses", 1.0, target, G_MIN)
    modelled = call("written", 1.0, n, G_MIN)
    found, wanted = (np.sqrt(np.mean((levels - target) ** 2)) / STEP for levels in (modelled, G))
    assert found == pytest.approx(wanted, rel=tolerance)
    assert found == pytest.approx(
        np.sqrt(1 / 12 + sigma**2 / 2), rel=0.03
    )  # rounding, and half the last pulse's variance
    assert n.mean() == pytest.approx(pulses.mean(), abs=1.3)
    alone = {f.name: f for f in device_functions(Linear, True, ("SET",), Features(ctoc=(noise[5:],)))}["written"]
    unverified = alone(1.0, n, G_MIN, *(values[argument] for argument in list(alone.arguments)[3:]))
    assert np.sqrt(np.mean((unverified - target) ** 2)) / STEP > 3 * found


def costs_of_a_refresh(write_back):
    """Time and energy where each of 2 neurons has 2 pairs at 30 and 10 steps; a SET takes 1 us, a RESET of two steps 2 us."""
    update = Unidirectional(refresh_above=0, refresh_margin=0, write_back=write_back)
    programming = Programming(V_SET="2 V", t_SET="1 us", V_RESET="-3 V", t_RESET="2 us")
    run = small_run(
        [1, 2], LINEAR, seed=1, update=update, programming=programming, read={"gain": [1e-6], "V_read": 0.5}
    )
    chunk = Chunk(
        0, np.zeros((1, 2), np.uint16), np.zeros(1, int), np.ones((1, 1)), np.ones(1, bool), {"output": np.zeros((1, 2))}
    )  # fmt: skip
    pairs = np.full((2, 2), G_MIN + 30 * STEP), np.full((2, 2), G_MIN + 10 * STEP)
    result = Case(run, 1).engine("numpy").run(chunk, {"layer1": pairs})
    return frame_times(run, chunk, result)["refresh_time"][0], frame_energies(run, result)["refresh_energy"][0]


def test_a_verifying_refresh_costs_a_reading_per_pulse():
    """In time, a slot each; in energy, V_read^2 G t at the mean conductance of the device that is written."""
    costs = [costs_of_a_refresh(write_back) for write_back in ("nearest", "verify")]
    # Each of the 2 pairs of a neuron: 15 + 5 RESET pulses of 2 us, 20 SET pulses of 1 us, and then readings of 100 ns.
    assert costs[0][0] == pytest.approx(2 * (20 * 2e-6 + 20 * 1e-6), rel=1e-9)
    assert costs[1][0] == pytest.approx(2 * (20 * 2e-6 + 20 * 1.1e-6), rel=1e-9)
    reading = 4 * 20 * 0.5**2 * 100e-9 * (G_MIN + 10 * STEP)  # halfway from 0 to 20 steps
    erasing = 4 * (15 * (G_MIN + 15 * STEP) + 5 * (G_MIN + 5 * STEP)) * 3**2 * 2e-6
    assert costs[0][1] == pytest.approx(4 * 20 * (G_MIN + 10 * STEP) * 2**2 * 1e-6 + erasing, rel=1e-9)
    assert costs[1][1] - costs[0][1] == pytest.approx(reading, rel=1e-6)


def test_recounting_costs_pulses_and_readings():
    """30 and 10 pulses to count, 20 to write, each with a reading; and erased twice."""
    time, energy = costs_of_a_refresh("recount")
    assert time == pytest.approx(2 * (2 * 20 * 2e-6 + 60 * 1.1e-6), rel=1e-9)
    SET = 30 * (G_MIN + 15 * STEP) + 10 * (G_MIN + 5 * STEP) + 20 * (G_MIN + 10 * STEP)
    RESET = 2 * (15 * (G_MIN + 15 * STEP) + 5 * (G_MIN + 5 * STEP))
    assert energy == pytest.approx(4 * (SET * (2**2 * 1e-6 + 0.5**2 * 100e-9) + RESET * 3**2 * 2e-6), rel=1e-9)


# -- the functions of a refresh that writes with RESET pulses ----------------------------------------------------------


@each_law
@given(data=st.data())
def test_RESET_writes_the_nearest_of_all_levels(law, data):
    device = data.draw(devices(law).filter(lambda device: device.pulses_RESET <= 40))
    functions = {f.name: f for f in device_functions(law, True, ("RESET",), verifies=True)}
    values, span = device.parameters(), device.G_max - device.G_min

    def call(name, *own):
        return functions[name](*own, *(values[argument] for argument in list(functions[name].arguments)[len(own) :]))

    n = np.arange(np.ceil(device.pulses_RESET) + 1)
    levels = call("written", np.ones(n.size), n, np.zeros(n.size))
    assert levels[0] == device.G_max and np.all(np.diff(levels) <= 0) and levels[-1] - device.G_min <= tolerance(device)
    wanted = device.G_max - span * np.linspace(0.001, 0.999, 301)
    pulses = call("RESET_pulses", np.ones(301), wanted)
    np.testing.assert_array_equal(pulses, call("verified_pulses", np.ones(301), wanted, wanted))
    found = call("written", np.ones(301), pulses, np.zeros(301))
    assert np.all(np.abs(found - wanted) <= np.abs(levels[:, None] - wanted).min(axis=0) + tolerance(device))


@each_law
@given(data=st.data())
def test_SET_pulses_erase_to_the_upper_bound(law, data):
    """As many as counted one by one, each moving the device as in an update."""
    device = data.draw(devices(law).filter(lambda device: device.pulses_SET <= 40))
    functions = {f.name: f for f in device_functions(law, True, ("RESET",))}
    values, function = device.parameters(), functions["SET_pulses"]
    G = at(device, data.draw(st.floats(0.0, 1.0)))
    n = float(function(1.0, G, *(values[argument] for argument in list(function.arguments)[2:])))
    assert n == int(n) >= 0
    for _ in range(int(n)):
        G = min(G + float(device.evaluate("SET", G=G)), device.G_max)
    last = float(device.evaluate("SET_level", n=device.evaluate("SET_count", G=device.G_max) - 1e-5))
    assert device.G_max - G <= device.G_max - last + tolerance(device)


# -- counts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("programs", ["SET", "RESET"])
def test_counts_do_not_fade(programs):
    """30 and 20 pulses on the devices of a pair are 10, however little the last of them did; the difference of G is less."""
    device = Exponential(G_min=G_MIN, G_max=LINEAR.G_max, pulses_SET=50, beta_SET=5, pulses_RESET=50, beta_RESET=5)
    pairs, kept = tuple(np.full((2, 2), float(device.evaluate(f"{programs}_level", n=n))) for n in (30, 20)), {}
    for write_back in ("nearest", "counts", "recount"):
        update = Unidirectional(programs=programs, write_back=write_back, refresh_above=0, refresh_margin=0)
        case = Case(small_run([1, 2], device, seed=1, update=update, read={"gain": [1e-6]}), 1)
        chunk = Chunk(
            0,
            np.zeros((1, 2), np.uint16),
            np.zeros(1, int),
            np.ones((1, 1)),
            np.ones(1, bool),
            {"output": np.zeros((1, 2))},
        )
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
    """20 pulses on each device leave the one of the larger step ahead; recounted, the pair has no weight, as before them."""
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
        chunk = Chunk(
            0, np.zeros((1, 21), np.uint16), np.zeros(1, int), np.ones((1, 1)), np.ones(1, bool), {"output": np.zeros((1, 10))}
        )  # fmt: skip
        parameters = {
            "layer1": case.parameters["layer1"] | update.parameters(G_MIN, LINEAR.G_max),
            "output": case.parameters["output"],
        }
        start = {"layer1": tuple(erased + 20 * side for side in step)}
        after = make_engine("numpy", circuit, case.parameters | parameters).run(chunk, start).conductance["layer1"]
        left[write_back] = np.abs(after[0] - after[1]) / STEP
    assert not left["recount"].any()
    assert np.median(left["nearest"]) > 3 and np.median(left["counts"]) > 3


@pytest.mark.parametrize("noise", ["ctoc_step", "ctoc_range"])
def test_the_noise_of_counting(noise):
    """Against pulses one by one, each with noise, until the conductance is back."""
    rng, strength = np.random.default_rng(1), {"ctoc_step": 0.4, "ctoc_range": 0.004}[noise]
    target, sigma = G_MIN + 50 * STEP, 0.4
    ends = np.cumsum(STEP * (1 + sigma * rng.standard_normal((4000, 100))), axis=1) + G_MIN
    wanted = 1 + np.argmax(ends >= target - STEP / 2, axis=1)
    functions = {
        f.name: f for f in device_functions(Linear, True, ("SET",), Features(ctoc=(noise[5:],)), recounts=True)
    }
    values = LINEAR.parameters() | {
        noise: strength,
        "noise_key": 7,
        "range_key": 8,
        "pulse": 9,
        "device": np.arange(4000),
    }

    def call(name, *own):
        return functions[name](*own, *(values[argument] for argument in list(functions[name].arguments)[len(own) :]))

    G = np.full(4000, target)
    found = call("verified_pulses", 1.0, call("recounted", 1.0, G), G)
    assert found.mean() == pytest.approx(wanted.mean(), abs=0.2)
    assert found.std() == pytest.approx(wanted.std(), rel=0.05) == pytest.approx(sigma * 50**0.5, rel=0.05)
    written = call("written", 1.0, found, G)
    assert abs(np.corrcoef(found, written - found * STEP)[0, 1]) < 0.05  # drawn apart


# -- in a run file -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("update", "words"),
    [
        (
            {"method": "unidirectional", "write_back": "truncate"},
            ["update.write_back", "'truncate'", "'nearest'", "'counts'"],
        ),
        ({"method": "unidirectional", "programs": "set"}, ["update.programs", "'set'", "'SET'", "'RESET'"]),
        ({"method": "unidirectional", "refresh_above": 0.4}, ["refresh_margin = 0.5", "refresh_above = 0.4"]),
        ({"method": "two-pcm", "refresh_margin": 0.4}, ["update.refresh_margin", "allowed", "refresh_above"]),
        ({"method": "two-pcm", "refresh_above": 0}, ["update.refresh_above", "0"]),
        ({"method": "single", "reference": 1.0}, ["update.reference", "less than 1"]),
        ({"method": "single", "refresh_every": 3}, ["update.refresh_every", "allowed: method, reference"]),
        ({"method": "pair"}, ["'pair'", "'unidirectional', 'bidirectional', 'single', 'two-pcm'"]),
    ],
)
def test_a_wrong_value_is_refused_in_one_line(update, words):
    content = {"network": {"layers": [4, 3]}, "device": LINEAR.model_dump(), "update": update}
    with pytest.raises(ConfigError) as caught:
        Run.check(content, "bad.toml")
    assert "\n" not in str(caught.value) and all(word in str(caught.value) for word in ["bad.toml", *words]), str(
        caught.value
    )


def test_methods_say_where_they_come_from():
    assert [method.model_fields["method"].default for method in METHODS] == [
        "unidirectional",
        "bidirectional",
        "single",
        "two-pcm",
    ]
    assert all(method.source and method.__doc__ for method in METHODS)


# -- learning ----------------------------------------------------------------------------------------------------------


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("update", "least"),
    [
        (Single(), 0.88),
        (TwoPCM(), 0.88),
        (TwoPCM(write_back="truncate"), 0.8),
        (Unidirectional(programs="RESET"), 0.88),
        (Unidirectional(refresh_above=0, refresh_margin=0, write_back="verify"), 0.88),
        (Unidirectional(refresh_above=0.3, refresh_margin=0.1, write_back="recount"), 0.88),
    ],
    ids=["single", "two-pcm", "truncate", "RESET", "every pair, verify", "recount"],
)
def test_digits_are_learned(update, least, tmp_path):
    assert accuracy_on_digits(update, tmp_path / "run") > least


@pytest.mark.heavy
def test_an_abrupt_SET_wants_to_be_programmed_by_RESET(tmp_path):
    """One SET pulse spans the range, 256 RESET pulses take it back: filamentary RRAM."""
    found = {
        programs: accuracy_on_digits(Unidirectional(programs=programs), tmp_path / programs, 1)
        for programs in ("SET", "RESET")
    }
    assert found["RESET"] > 0.88 and found["SET"] < 0.3


def accuracy_on_digits(update, out, pulses_SET=256):
    """Test accuracy after two epochs."""
    device = Exponential(
        G_min="0.1 uS", G_max="5 uS", pulses_SET=pulses_SET, beta_SET=1, pulses_RESET=256, beta_RESET=1
    )
    network, training = Network(layers=[64, 30, 10]), Training(epochs=2)
    run = Run(
        network=network,
        device=device,
        update=update,
        training=training,
        data=Data(source="digits"),
        record=Record(pulses="none"),
    )
    return train(run, out).accuracy[-1]
