"""The timing diagram: every pulse is a bar, every open gate is shown, and windows cut them."""

import numpy as np
import pytest
from made_up_run import BACKWARD, ERRORS, POPULATIONS, SCHEDULE, VALUES, write
from panels import panel, texts, titled_panel
from refusals import refused

from pulsenet import Trace, TraceError
from pulsenet.figures import pulses
from pulsenet.replay.programming import programming_pulses

pytestmark = pytest.mark.whole


@pytest.fixture(scope="module", params=["width", "count"])
def coded_trace(request, tmp_path_factory):
    with Trace(write(tmp_path_factory.mktemp("run") / request.param, request.param)) as opened:
        yield opened


@pytest.fixture(scope="module")
def diagram(trace):
    return pulses(trace)


def labels(axes):
    return [label.get_text() for label in axes.get_yticklabels()]


def bars(axes, kind):
    """What a panel shows of a kind: (label of the row, first slot, slot after the last, sign by place in the row)."""
    corners = [path.vertices for part in axes.collections if part.get_gid() == kind for path in part.get_paths()]
    shown = []
    for corner in corners:
        (start, low), (stop, high) = corner.min(axis=0), corner.max(axis=0)
        row = int(np.floor(low + 1e-9))
        sign = {(0.0, 0.8): 0, (0.4, 0.8): 1, (0.0, 0.4): -1}[round(low - row, 6), round(high - row, 6)]
        shown.append((labels(axes)[row], start, stop, sign))
    return sorted(shown)


def expected(code, phase, line, value, sign=0):
    """Bars of a line in a phase of 9 slots."""
    start = 9 * phase
    name = "bias" if (phase, line) in ((0, 25), (1, 4)) else str(line)
    if code == "width":
        return [(name, start, start + value, sign)]
    slots = [start + slot for slot in range(8) if (slot * value) % 8 + value >= 8]
    return [(name, slot, slot + 1, sign) for slot in slots]


def code_of(coded_trace):
    return "width" if "width" in coded_trace.pulses("input", "forward") else "count"


def test_every_pulse_is_a_bar_from_edge_to_edge(coded_trace):
    lines = {"input": [3, 10, 25, 0]}
    figure, code = pulses(coded_trace, lines=lines), code_of(coded_trace)
    wanted = [bar for line in (3, 10, 25) for bar in expected(code, 0, line, VALUES["input"][line])]
    assert bars(panel(figure, "input"), "forward") == sorted(wanted)
    wanted = [bar for line, value in VALUES["hidden1"].items() for bar in expected(code, 1, line, value)]
    assert bars(panel(figure, "hidden1"), "forward") == sorted(wanted)
    wanted = [bar for line, (value, sign) in BACKWARD.items() for bar in expected(code, 2, line, value, sign)]
    assert bars(panel(figure, "output"), "backward") == sorted(wanted)
    for population, errors in ERRORS.items():
        wanted = [(str(line), 27 + slot, 28 + slot, sign) for slot, line, sign in errors]
        assert bars(panel(figure, population), "error") == sorted(wanted)


def test_gates_are_open_as_long_as_the_value(coded_trace):
    figure = pulses(coded_trace, lines={"input": [3, 10, 25, 0]})
    assert bars(panel(figure, "input"), "gate") == [("10", 27, 33, 0), ("3", 27, 28, 0), ("bias", 27, 35, 0)]
    assert bars(panel(figure, "hidden1"), "gate") == [("0", 27, 29, 0), ("3", 27, 32, 0), ("bias", 27, 35, 0)]
    assert bars(panel(figure, "output"), "gate") == []


def test_pairs_are_programmed_where_error_pulses_meet_open_gates(coded_trace):
    figure = pulses(coded_trace, lines={"input": [3, 10, 25]})
    programming = programming_pulses(coded_trace, 1)
    for layer, shown in (("layer1", {3, 10, 25}), ("layer2", set(range(5)))):
        axes = panel(figure, layer)
        dots = next(part for part in axes.collections if part.get_gid() == "programming").get_offsets()
        found = sorted((labels(axes)[int(row)], slot - 0.5) for slot, row in dots)
        bias = POPULATIONS["input" if layer == "layer1" else "hidden1"] - 1
        wanted = [
            (f"{'bias' if pre == bias else pre} → {post}", slot - SCHEDULE.frame_slots)
            for slot, pre, post in zip(*(programming[layer][name] for name in ("slot", "pre", "post")), strict=True)
            if pre in shown
        ]
        assert found == sorted(wanted) and found
        assert f"({len(programming[layer]['slot'])} updates)" in axes.get_title(loc="left")


def test_error_pulses_of_a_pair_are_ticks_within_and_after_its_gate(trace):
    axes = panel(pulses(trace, lines={"input": [3], "hidden1": [1]}), "layer1")
    assert labels(axes) == ["3 → 1"] and bars(axes, "gate") == [("3 → 1", 27, 28, 0)]
    ticks = next(part for part in axes.collections if part.get_gid() == "error").get_segments()
    assert [segment[0][0] for segment in ticks] == [27.5, 31.5]


def test_many_lines_are_thinned_out_evenly_and_the_label_says_so(diagram):
    axes = panel(diagram, "input")
    shown = labels(axes)[::-1]
    assert len(shown) == 16 and (shown[0], shown[-1]) == ("3", "bias")
    assert "16 of 23 active lines" in axes.get_ylabel()


def test_phases_are_shaded_and_named_and_time_is_in_seconds(diagram):
    diagram.draw_without_rendering()
    strip = diagram.axes[0]
    assert [text.get_text() for text in strip.texts] == [phase.name for phase in SCHEDULE.phases]
    spans = [patch.get_extents().transformed(strip.transData.inverted()) for patch in strip.patches]
    assert np.allclose([(span.x0, span.x1) for span in spans], [(phase.start, phase.stop) for phase in SCHEDULE.phases])
    assert strip.get_xlim() == (0, 36)
    time = strip.child_axes[0]
    assert "µs" in time.get_xlabel() and np.allclose(time.get_xlim(), (0, 3.6))
    assert "1 slot = 100 ns" in panel(diagram, "output").get_xlabel()


def test_the_heading_names_the_run_and_the_first_training_frame_with_programming(diagram):
    assert "frame 1 (epoch 1, training): sample 1, class 1, answer 1" in diagram.get_suptitle()
    assert "made up · 25-4-3 · linear device · unidirectional · seed 7" in texts(diagram)


def test_an_evaluation_frame_has_closed_gates_and_no_programming(trace):
    figure = pulses(trace, frame=3 - 8)
    assert "frame 3 (epoch 1, evaluation)" in figure.get_suptitle()
    assert bars(panel(figure, "input"), "forward") == [("bias", 0, 8, 0)]
    assert bars(panel(figure, "input"), "gate") == []
    assert panel(figure, "layer1").get_title(loc="left") == "no device pair was programmed"


def test_a_refresh_is_a_bar_in_the_guard_slot_of_neurons_that_spent_pulses(trace):
    assert bars(panel(pulses(trace, frame=5), "hidden1"), "refresh") == [("2", 35, 36, 0)]


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        ({"frame": 2}, ["frame 2 ", "not recorded", "0-1, 3, 5, 7"]),
        ({"frame": 8}, ["no frame 8", "there are 8"]),
        ({"lines": {"hidden": [0]}}, ["'hidden'", "input, hidden1, output"]),
        ({"lines": {"output": [0, 3]}}, ["output: 0, 3", "0 to 2"]),
        ({"lines": {"output": []}}, ["output: none", "0 to 2"]),
    ],
)
def test_a_timing_diagram_that_cannot_be_drawn_says_why(trace, options, parts):
    refused(TraceError, lambda: pulses(trace, **options), *parts)


def test_a_window_shows_its_slots_and_the_lines_with_pulses_in_it(trace):
    figure = pulses(trace, 1, window=(2, 12))
    strip = figure.axes[0]
    assert strip.get_xlim() == (2, 12)
    assert not [axes for axes in figure.axes if axes.get_ylabel().startswith("layer")]
    # Line 3 is high in slot 0 alone: it is not among those shown.
    labels = [label.get_text() for label in titled_panel(figure, "input").get_yticklabels()]
    assert "3" not in labels and {"4", "10", "bias"} & set(labels)
    middle = {text.get_text(): text.get_position()[0] for text in strip.texts if text.get_text().startswith("forward")}
    assert middle == {"forward 1": (2 + 9) / 2, "forward 2": (9 + 12) / 2}


def test_a_window_in_the_update_phase_cuts_both_columns(trace):
    figure = pulses(trace, 1, window=(20, 31))
    limits = {axes.get_ylabel().split("\n")[0]: axes.get_xlim() for axes in figure.axes if axes.get_ylabel()}
    assert limits["input"] == (20, 31) and limits["layer1"] == (SCHEDULE.update_start, 31)


@pytest.mark.parametrize("window", [(5, 5), (9, 3), (-1, 4), (30, 37)])
def test_a_window_outside_the_frame_is_refused(trace, window):
    refused(TraceError, lambda: pulses(trace, 1, window=window), f"slots {window[0]} to {window[1]}", "0 to 36")
