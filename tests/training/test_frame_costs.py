"""Time of frames, energy of reading and errors, and the time of a refresh: by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from cases import Case, small_run
from divided import divided
from plain_devices import G_MIN, LINEAR, STEP
from same import assert_same
from small_training import N_TEST, N_TRAIN, RUN

from pulsenet import Bidirectional, Record, Trace, Unidirectional, train
from pulsenet.describe.sections import Programming, Read
from pulsenet.records import Chunk
from pulsenet.replay.replay import replay
from pulsenet.seams.updates import TwoPCM
from pulsenet.training.costs import frame_times

pytestmark = pytest.mark.whole

V_READ, SLOT = 0.3, 100e-9


@pytest.fixture(scope="module")
def trace(tmp_path_factory):
    """Layers of 3, 4 and 2 neurons, 4 slots and a guard slot to a phase."""
    run = RUN.model_copy(update={"read": Read(V_read=V_READ), "record": Record(pulses="all")})
    with Trace(train(run, tmp_path_factory.mktemp("run"), divided(N_TRAIN, N_TEST, 3), engine="numpy").trace) as trace:
        yield trace


@pytest.mark.parametrize(
    ("update", "programming"),
    [(Unidirectional(), 4 * 1e-6 + 1e-7), (Unidirectional(programs="RESET"), 4 * 3e-6 + 1e-7),
     (Bidirectional(), 4 * 3e-6 + 1e-7)],
)  # fmt: skip
def test_times_of_a_frame(update, programming, tmp_path):
    """Two phases forward, one back, and an update of four slots as long as the longest pulse that may come."""
    run = RUN.model_copy(update={"update": update, "programming": Programming(t_SET="1 us", t_RESET="3 us")})
    with Trace(train(run, tmp_path, divided(N_TRAIN, N_TEST, 3), engine="numpy").trace) as trace:
        learn = trace.frames["learn"][:].astype(bool)
        assert learn.any() and not learn.all()
        for part, seconds in {"read": 10e-7, "error": 5e-7, "programming": programming}.items():
            times = trace.frames[f"{part}_time"][:]
            np.testing.assert_allclose(times[learn], seconds, rtol=1e-12, atol=0)
            np.testing.assert_allclose(times[~learn], seconds if part == "read" else 0.0, rtol=1e-12, atol=0)


def through(trace, kind, population, layer, frame):
    """V_read^2 t (G+ + G-) of all devices that the pulses of a population reach, before the frame's update."""
    pulses, energy = trace.pulses(population, kind, frame), 0.0
    plus, minus = replay(trace, frame - 1)[layer]
    for line, width in zip(pulses["line"], pulses["width"], strict=True):
        both = plus[line] + minus[line] if kind == "forward" else plus[:, line] + minus[:, line]
        energy += V_READ * V_READ * width * SLOT * math.fsum(both)
    return energy


def test_energy_of_reading(trace):
    """Every pulse forward, through both devices of every pair of its line; also in evaluation."""
    for frame in (0, 5, 11):
        wanted = through(trace, "forward", "input", "layer1", frame)
        wanted += through(trace, "forward", "hidden1", "layer2", frame)
        assert trace.frames["read_energy"][frame] == pytest.approx(wanted, rel=1e-12, abs=0)


def test_energy_of_errors(trace):
    """Every pulse back, through both devices of every pair of its neuron, the bias line's too."""
    found = trace.frames["error_energy"][:]
    for frame in (0, 5, 8):
        assert found[frame] == pytest.approx(through(trace, "backward", "output", "layer2", frame), rel=1e-12, abs=0)
    assert found[[0, 5, 8]].all() and not found[~trace.frames["learn"][:].astype(bool)].any()


# -- a refresh ---------------------------------------------------------------------------------------------------------

#: Steps of (G+, G-) above G_min: five rows, the bias line last, of two neurons.
ROWS = [[(30, 10), (4, 50)], [(80, 79), (3, 3)], [(20, 60), (61, 20)], [(0, 9), (9, 0)], [(90, 40), (1, 2)]]
SET, RESET = 1e-6, 5e-6


def refresh_time(update, turn=1, rows=ROWS):
    programming = Programming(V_SET="2 V", t_SET=SET, V_RESET="-3 V", t_RESET=RESET)
    run = small_run([4, 2], LINEAR, seed=1, update=update, programming=programming, read={"gain": [1e-6]})
    no = np.zeros(1, bool)
    chunk = Chunk(
        0, np.zeros((1, 5), np.uint16), np.zeros(1, int), np.ones((1, 1)), np.array([turn]),
        {"output": np.zeros((1, 2))}, no,
    )  # fmt: skip
    start = tuple(G_MIN + STEP * np.array([[pair[side] for pair in row] for row in rows]) for side in (0, 1))
    engine = Case(run, 1).engine("numpy")
    return float(frame_times(run, chunk, engine.run(chunk, {"layer1": start}))["refresh_time"][0])


def by_hand(rows, reading=0.0):
    """One row: erased by RESET pulses of two steps, then written by SET pulses of one, each as long as its slowest."""
    seconds = []
    for row in rows:
        erasing = max(math.ceil(steps / 2) for pair in row for steps in pair)
        seconds.append(erasing * RESET + max(abs(plus - minus) for plus, minus in row) * (SET + reading))
    return seconds


EVERY_PAIR = {"refresh_above": 0, "refresh_margin": 0}


def test_rows_come_one_after_another_and_columns_at_the_same_time():
    assert refresh_time(Unidirectional(**EVERY_PAIR)) == pytest.approx(sum(by_hand(ROWS)), rel=1e-12, abs=0)
    verify = Unidirectional(**EVERY_PAIR, write_back="verify")
    assert refresh_time(verify) == pytest.approx(sum(by_hand(ROWS, reading=SLOT)), rel=1e-12, abs=0)


def test_counting_erasing_and_writing_follow_each_other():
    """All of a row are counted before any is erased again."""
    wanted = 0.0
    for row in ROWS:
        wanted += 2 * max(math.ceil(steps / 2) for pair in row for steps in pair) * RESET
        wanted += (max(max(pair) for pair in row) + max(abs(p - m) for p, m in row)) * (SET + SLOT)
    assert refresh_time(Unidirectional(**EVERY_PAIR, write_back="recount")) == pytest.approx(wanted, rel=1e-12, abs=0)


def test_pairs_that_are_not_refreshed_take_no_time():
    """With one device above 70 of 100 steps: of two rows the first pair, alone."""
    update = TwoPCM(refresh_above=0.7)
    rows = [[pair for pair in row if max(pair) >= 70] for row in ROWS]
    assert refresh_time(update) == pytest.approx(sum(by_hand([row for row in rows if row])), rel=1e-12, abs=0)
    assert refresh_time(update, rows=[[(1, 2), (2, 1)]] * 5) == 0


@pytest.mark.parametrize(
    ("size", "blocks"),
    [
        (1, [[0], [1], [2], [3], [4]]),
        (2, [[0, 1], [2, 3], [4]]),
        (4, [[0, 1, 2, 3], [4]]),
        (9, [[0, 1, 2, 3, 4]]),
    ],
)
def test_blocks_of_rows_work_at_the_same_time(size, blocks):
    seconds = by_hand(ROWS)
    wanted = max(sum(seconds[row] for row in block) for block in blocks)
    assert refresh_time(Unidirectional(**EVERY_PAIR, refresh_rows=size)) == pytest.approx(wanted, rel=1e-12, abs=0)


@pytest.mark.parametrize(
    "method", [Unidirectional(**EVERY_PAIR, refresh_turns=2), TwoPCM(refresh_above=0.01, refresh_turns=2)]
)
def test_every_second_row_in_its_turn(method):
    for turn in (1, 2):
        assert refresh_time(method, turn) == pytest.approx(sum(by_hand(ROWS)[turn - 1 :: 2]), rel=1e-12, abs=0)


def test_whose_turn_it_is():
    """Of refreshes after every 3 training frames, in 3 turns."""
    found = Unidirectional(refresh_every=3, refresh_turns=3).turn(np.arange(1, 14))
    assert list(found) == [0, 0, 1, 0, 0, 2, 0, 0, 3, 0, 0, 1, 0]


def test_layers_are_refreshed_at_the_same_time():
    """As long as the longer of them; with the rows, every second one, that the golden model finds."""
    update = Unidirectional(refresh_above=0.5, refresh_margin=0.1, refresh_turns=2)
    programming = Programming(t_SET=SET, t_RESET=RESET)
    case = Case(small_run([4, 3, 2], LINEAR, seed=3, update=update, programming=programming), 20)
    result, golden = case.simulate("standalone"), case.simulate("golden")
    assert_same(result, golden, rtol=1e-12)
    times = frame_times(case.run, case.chunk, result)["refresh_time"][case.chunk.refresh > 0]
    layers = [
        golden.rows[name]["erasing"] @ np.full(lines, RESET) + golden.rows[name]["writing"] @ np.full(lines, SET)
        for name, lines in (("input", 5), ("hidden1", 4))
    ]
    np.testing.assert_allclose(times, np.maximum(*layers), rtol=1e-12, atol=0)
    assert (np.argmax(layers, axis=0) == 0).any()
