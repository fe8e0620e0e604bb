"""Figures show what is in the trace, and say in one line what is missing."""

import subprocess
import sys

import matplotlib
import numpy as np
import pytest
from made_up_run import BACKWARD, ERRORS, LAYERS, POPULATIONS, SCHEDULE, VALUES, write

from pulsenet import Trace, TraceError
from pulsenet.figures import (
    FIGURES,
    conductance,
    confusion,
    learning,
    pulses,
    save_all,
    weight_map,
    weights,
)
from pulsenet.figures.averages import bounds_of_blocks
from pulsenet.trace import Description, TraceWriter


@pytest.fixture(scope="module", params=["width", "count"])
def trace(request, tmp_path_factory):
    with Trace(write(tmp_path_factory.mktemp("run") / request.param, request.param)) as opened:
        yield opened


@pytest.fixture(scope="module")
def width_trace(tmp_path_factory):
    with Trace(write(tmp_path_factory.mktemp("run") / "width")) as opened:
        yield opened


@pytest.fixture(scope="module")
def diagram(width_trace):
    return pulses(width_trace)


def panel(figure, name):
    """The panel of a population or layer."""
    return next(axes for axes in figure.axes if axes.get_ylabel().startswith(name))


def texts(figure):
    return [text.get_text() for text in figure.findobj(matplotlib.text.Text)]


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


def code_of(trace):
    return "width" if "width" in trace.pulses("input", "forward") else "count"


def test_every_pulse_is_a_bar_from_edge_to_edge(trace):
    lines = {"input": [3, 10, 25, 0]}
    figure, code = pulses(trace, lines=lines), code_of(trace)
    wanted = [bar for line in (3, 10, 25) for bar in expected(code, 0, line, VALUES["input"][line])]
    assert bars(panel(figure, "input"), "forward") == sorted(wanted)
    wanted = [bar for line, value in VALUES["hidden1"].items() for bar in expected(code, 1, line, value)]
    assert bars(panel(figure, "hidden1"), "forward") == sorted(wanted)
    wanted = [bar for line, (value, sign) in BACKWARD.items() for bar in expected(code, 2, line, value, sign)]
    assert bars(panel(figure, "output"), "backward") == sorted(wanted)
    for population, errors in ERRORS.items():
        wanted = [(str(line), 27 + slot, 28 + slot, sign) for slot, line, sign in errors]
        assert bars(panel(figure, population), "error") == sorted(wanted)


def test_gates_are_open_as_long_as_the_value(trace):
    figure = pulses(trace, lines={"input": [3, 10, 25, 0]})
    assert bars(panel(figure, "input"), "gate") == [("10", 27, 33, 0), ("3", 27, 28, 0), ("bias", 27, 35, 0)]
    assert bars(panel(figure, "hidden1"), "gate") == [("0", 27, 29, 0), ("3", 27, 32, 0), ("bias", 27, 35, 0)]
    assert bars(panel(figure, "output"), "gate") == []


def test_pairs_are_programmed_where_error_pulses_meet_open_gates(trace):
    figure = pulses(trace, lines={"input": [3, 10, 25]})
    programming = trace.programming_pulses(1)
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


def test_error_pulses_of_a_pair_are_ticks_within_and_after_its_gate(width_trace):
    axes = panel(pulses(width_trace, lines={"input": [3], "hidden1": [1]}), "layer1")
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
    assert "made up · 25-4-3 · linear device · seed 7" in texts(diagram)


def test_an_evaluation_frame_has_closed_gates_and_no_programming(width_trace):
    figure = pulses(width_trace, frame=3 - 8)
    assert "frame 3 (epoch 1, evaluation)" in figure.get_suptitle()
    assert bars(panel(figure, "input"), "forward") == [("bias", 0, 8, 0)]
    assert bars(panel(figure, "input"), "gate") == []
    assert panel(figure, "layer1").get_title(loc="left") == "no device pair was programmed"


def test_a_refresh_is_a_bar_in_the_guard_slot_of_neurons_that_spent_pulses(width_trace):
    assert bars(panel(pulses(width_trace, frame=5), "hidden1"), "refresh") == [("2", 35, 36, 0)]


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
def test_a_timing_diagram_that_cannot_be_drawn_says_why(width_trace, options, parts):
    refused(lambda: pulses(width_trace, **options), *parts)


def test_learning_shows_accuracy_and_pulses_of_training_frames(width_trace):
    top, bottom = learning(width_trace).axes[:2]
    online, test = (line.get_xydata() for line in top.get_lines()[:2])
    assert np.allclose(online, [(1.5, 200 / 3), (4.5, 200 / 3)])  # epochs of three training frames
    assert np.allclose(test, [(3, 50), (6, 75)])
    shown = {line.get_label(): line.get_xydata() for line in bottom.get_lines()}
    assert np.allclose(shown["programming"], [(1.5, 49 / 3), (4.5, 1)])
    assert np.allclose(shown["error"], [(1.5, 4), (4.5, 1)])


def test_learning_averages_over_blocks_that_end_with_their_epoch():
    bounds = bounds_of_blocks(np.array([950, 1000, 101_000]))
    assert set(bounds) >= {0, 950, 1000, 101_000} and np.diff(bounds).min() >= 50
    assert len(bounds) == 1 + 9 + 1 + 40


def test_weights_show_the_histograms_of_the_first_and_the_last_snapshot(width_trace):
    figure = weights(width_trace)
    panels = np.array(figure.axes).reshape(2, 3)
    for row, layer in zip(panels, LAYERS, strict=True):
        for snapshot, patch in ((-1, 0), (0, 1)):
            G_plus, G_minus = width_trace.conductance(layer, snapshot)
            columns = (G_plus * 1e6, G_minus * 1e6, (G_plus - G_minus) / 4.9e-6)
            for axes, values in zip(row, columns, strict=True):
                share, edges, _ = axes.patches[patch].get_data()
                assert np.allclose(share, 100 * np.histogram(values, edges)[0] / values.size)
                assert np.isclose(share.sum(), 100)
        assert row[0].get_xlabel() == "$G_{+}$ (µS)"
    handles = figure.legends[0].get_texts()
    assert [text.get_text() for text in handles] == ["after frame 7", "before training"]


def test_map_tiles_the_fields_of_a_square_input_and_shows_other_layers_as_matrices(width_trace):
    fields, matrix = weight_map(width_trace).axes[:2]
    G_plus, G_minus = width_trace.conductance("layer1", -1)
    weight = (G_plus - G_minus) / 4.9e-6
    image = fields.images[0].get_array()
    tiles = [weight[:25, neuron].reshape(5, 5) for neuron in range(4)]
    for tile, (top, left) in zip(tiles, [(1, 0), (1, 6), (7, 0), (7, 6)], strict=True):
        assert np.allclose(image[top : top + 5, left : left + 5], tile)
    assert image.count() == 4 * 25
    assert [text.get_text() for text in fields.texts] == ["0", "1", "2", "3"]
    G_plus, G_minus = width_trace.conductance("layer2", -1)
    assert np.allclose(matrix.images[0].get_array(), (G_plus - G_minus) / 4.9e-6)
    low, high = matrix.images[0].get_clim()
    assert low == -high


def test_conductance_follows_the_pair_that_changed_most(width_trace):
    axes = conductance(width_trace).axes[0]
    G = np.array(width_trace.conductance("layer1", slice(None)))  # device, snapshot, input, neuron
    total = np.abs(np.diff(G, axis=1)).sum(axis=(0, 1))
    pre, post = np.unravel_index(total.argmax(), total.shape)
    solid, dashed = axes.get_lines()[:2]
    assert np.allclose(solid.get_xydata(), np.column_stack([[0, 4, 8], G[0, :, pre, post] * 1e6]))
    assert np.allclose(dashed.get_ydata(), G[1, :, pre, post] * 1e6)
    assert (solid.get_linestyle(), dashed.get_linestyle()) == ("-", "--")
    name = "bias" if pre == 25 else pre
    assert axes.get_legend().get_texts()[0].get_text() == f"{name} → {post}  (the largest)"
    assert axes.get_ylabel() == "conductance (µS)"


def test_confusion_shows_the_last_epoch(width_trace):
    figure = confusion(width_trace)
    assert "epoch 2: 24 of 27 test samples correct (88.9%)" in figure.get_suptitle()
    shown = {text.get_position()[::-1]: text.get_text() for text in figure.axes[0].texts}
    assert shown == {(0, 0): "9", (0, 2): "1", (1, 1): "7", (2, 0): "2", (2, 2): "8"}
    colours = figure.axes[0].images[0].get_array()
    assert np.array_equal(colours.mask, np.eye(3, dtype=bool)) and colours[2, 0] == 2


def test_save_all_writes_every_figure(width_trace, tmp_path):
    paths = save_all(width_trace, tmp_path / "new" / "folder", dpi=30)
    drawn = [name for name in FIGURES if name != "waveforms"]  # which need a run that can be replayed
    assert [path.name for path in paths] == [f"{name}.png" for name in drawn]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in paths)


def test_save_all_replaces_only_with_force(width_trace, tmp_path):
    (path,) = save_all(width_trace, tmp_path, ["confusion"], dpi=30)
    before = path.read_bytes()
    refused(lambda: save_all(width_trace, tmp_path, ["learning", "confusion"]), str(path), "force")
    assert path.read_bytes() == before and not (tmp_path / "learning.png").exists()
    save_all(width_trace, tmp_path, ["confusion"], dpi=40, force=True)
    assert path.read_bytes() != before


def test_save_all_refuses_unknown_names_and_useless_folders(width_trace, tmp_path):
    refused(lambda: save_all(width_trace, tmp_path / "new", ["pulse"]), "'pulse'", "did you mean 'pulses'?", *FIGURES)
    refused(lambda: save_all(width_trace, tmp_path / "new", ["xyz"]), "'xyz'", *FIGURES)
    assert not (tmp_path / "new").exists()
    (tmp_path / "file").write_text("")
    refused(lambda: save_all(width_trace, tmp_path / "file", ["confusion"], dpi=30), "file", "choose a folder")


def test_what_a_trace_does_not_hold_is_named_or_left_out(tmp_path, caplog, monkeypatch):
    monkeypatch.setattr("matplotlib.figure.Figure.savefig", lambda figure, *_, **__: None)
    none = np.zeros(8, bool)
    with Trace(write(tmp_path / "run", n_snapshots=1, recorded=none, evaluate=False, costs=False)) as trace:
        refused(lambda: pulses(trace), "no recorded pulses", "record.pulses")
        refused(lambda: conductance(trace), "2 or more snapshots", "holds 1", "record.snapshots")
        refused(lambda: save_all(trace, tmp_path / "figures", ["learning", "confusion"]), "no evaluation")
        assert not (tmp_path / "figures").exists()
        paths = save_all(trace, tmp_path / "figures", dpi=30)
    assert [path.stem for path in paths] == ["learning", "silence", "weights", "map"]
    left_out = set(FIGURES) - {"learning", "silence", "weights", "map"}
    assert all(f"figure {name} left out" in caplog.text for name in left_out)


def test_a_trace_without_frames_has_no_figures(tmp_path):
    run = Description({}, {}, 1e-7, SCHEDULE, POPULATIONS, LAYERS, n_classes=3, n_frames=9)
    with TraceWriter.create(tmp_path / "run", run), Trace(tmp_path / "run") as trace:
        refused(lambda: save_all(trace, tmp_path / "figures"), "nothing to draw")
    assert not (tmp_path / "figures").exists()


def test_a_trace_that_does_not_tell_its_device_is_refused(tmp_path):
    with Trace(write(tmp_path / "run", configuration={"device": {"G_min": "1e-07 S", "G_max": "5 V"}})) as trace:
        for draw in (weights, weight_map, conductance):
            refused(lambda: draw(trace), "device.G_max", "5 V")  # noqa: B023
    with Trace(write(tmp_path / "other", configuration={})) as trace:
        refused(lambda: weights(trace), "no device.G_min")
        assert "25-4-3" in texts(learning(trace))


def test_drawing_leaves_matplotlib_as_it_was(width_trace):
    with matplotlib.rc_context({"font.size": 3}):
        before = dict(matplotlib.rcParams)
        assert panel(pulses(width_trace), "input").yaxis.label.get_size() == 9
        assert dict(matplotlib.rcParams) == before


def test_no_figure_needs_pyplot():
    code = "import sys, pulsenet.figures; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def refused(call, *parts):
    """The call must end in one line that contains all of the parts."""
    with pytest.raises(TraceError) as caught:
        call()
    message = str(caught.value)
    assert "\n" not in message
    for part in parts:
        assert part in message
