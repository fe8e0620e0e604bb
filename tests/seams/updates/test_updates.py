"""Update methods: which device gets which pulse, on every engine, where devices start, and what is learned."""

from __future__ import annotations

import numpy as np
import pytest
from cases import Case, small_run
from plain_devices import EXPONENTIAL, G_MIN, LINEAR, STEP
from same import assert_same

from pulsenet import ConfigError, Exponential, Network, Run, Training, Unidirectional, train
from pulsenet.describe.sections import Data, Record
from pulsenet.describe.variation import Variation
from pulsenet.records import Chunk
from pulsenet.seams.updates import METHODS, Bidirectional, Single, TwoPCM
from pulsenet.training.counts import pulse_counts

pytestmark = pytest.mark.whole

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
    before = tuple(np.full((2, 2), G_MIN + steps * STEP) for steps in start)
    chunk = Chunk(
        0, np.tile(np.array([4, 6], np.uint16), (frames, 1)), np.zeros(frames, int), np.full((frames, 1), 6.0),
        np.full(frames, refresh), {"output": np.full((frames, 2), 0.5)}, np.zeros(frames, bool),
    )  # fmt: skip
    result = Case(run, frames).engine("numpy").run(chunk, {"layer1": before})
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


# -- against the golden model ------------------------------------------------------------------------------------------


VARIATION = Variation(
    dtod_G_min=0.3, dtod_G_max=0.2, dtod_step=0.4, dtod_nonlinearity=0.5, ctoc_step=0.3, ctoc_range=0.02,
    read_noise=0.05, stuck_G_min=0.05, stuck_G_max=0.05, stuck_random=0.1,
    drift_exponent=0.02, drift_onset="5 us", drift_every=3,
)  # fmt: skip
CASES = {
    "single": (Single(reference=0.4), {}),
    "single, varied": (Single(), {"variation": VARIATION, "network": {"code": "count", "activation": "hard-sigmoid"}}),
    "two-pcm": (TwoPCM(refresh_above=0.8), {}),
    "truncate": (TwoPCM(refresh_above=0.6, write_back="truncate"), {"variation": VARIATION}),
    "RESET": (
        Unidirectional(programs="RESET", refresh_above=0.7, refresh_margin=0.3),
        {"variation": Variation(ctoc_step=0.3)},
    ),
    "counts, varied": (
        Unidirectional(write_back="counts", refresh_above=0.3, refresh_margin=0.1),
        {"variation": VARIATION},
    ),
    "RESET, counts": (Unidirectional(programs="RESET", write_back="counts", refresh_above=0, refresh_margin=0), {}),
    "recount, varied": (
        Unidirectional(write_back="recount", refresh_above=0.3, refresh_margin=0.1),
        {"variation": VARIATION},
    ),
    "RESET, recount": (
        Unidirectional(programs="RESET", write_back="recount", refresh_above=0, refresh_margin=0),
        {"variation": Variation(dtod_step=0.4, ctoc_step=0.3, ctoc_range=0.02)},
    ),
    "RESET, verify, varied": (
        Unidirectional(programs="RESET", write_back="verify", refresh_above=0.5, refresh_margin=0.2),
        {"variation": VARIATION},
    ),
    "every pair, verify": (
        Unidirectional(refresh_above=0, refresh_margin=0, write_back="verify"),
        {"variation": Variation(dtod_step=0.4, dtod_G_min=0.3)},
    ),
}


@pytest.fixture(scope="module")
def cases() -> dict[str, Case]:
    return {
        name: Case(
            small_run([4, 3, 2] if name == "single" else [4, 3], EXPONENTIAL, seed=number, update=update, **sections),
            frames=20,
        )
        for number, (name, (update, sections)) in enumerate(CASES.items())
    }


@pytest.mark.parametrize("name", CASES)
def test_the_golden_model_agrees(cases, name):
    case = cases[name]
    assert_same(case.simulate("standalone"), case.simulate("golden"), rtol=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_all_pulses_are_counted(cases, name):
    """Programming pulses by their number at the golden model's devices, refresh pulses by its records."""
    case = cases[name]
    golden, counted = case.simulate("golden"), pulse_counts(case.circuit, case.chunk, case.simulate("standalone"))
    programmed = sum(sums["programming_pulses"].sum(axis=1) for sums in golden.tally.values())
    np.testing.assert_array_equal(counted["programming_pulses"], programmed)
    assert programmed.sum() > 0
    refreshes = [kinds["refresh"] for kinds in golden.pulses.values() if "refresh" in kinds]
    writes, erases = ("RESET", "SET") if "RESET" in name else ("SET", "RESET")
    if case.run.update.refresh_period():
        assert sum(pulses[erases].sum() for pulses in refreshes) > 0
        assert (sum(pulses[writes].sum() for pulses in refreshes) > 0) == (name != "truncate")
    assert counted["refresh_pulses"].sum() == sum(pulses["SET"].sum() + pulses["RESET"].sum() for pulses in refreshes)


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
