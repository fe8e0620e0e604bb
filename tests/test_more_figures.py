"""Figures over many frames and snapshots, two runs against each other, and the page for browsing."""

import base64
import json
import re
from dataclasses import replace

import matplotlib
import numpy as np
import pytest
from click.testing import CliRunner
from made_up_run import (
    CONFIGURATION,
    COSTS,
    ERRORS,
    LAYERS,
    POPULATIONS,
    RECORDED,
    SCHEDULE,
    VALUES,
    write,
)

from pulsenet import Trace, TraceError
from pulsenet.cli import main
from pulsenet.figures import (
    FIGURES,
    compare,
    conductance,
    density,
    distributions,
    energy,
    programmed,
    pulses,
    saturation,
    silence,
)
from pulsenet.figures.activity import active_lines, programming_counts
from pulsenet.figures.browser_page import page, write_page

G_MIN, G_MAX = 1e-7, 5e-6


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write(tmp_path_factory.mktemp("run") / "width")


@pytest.fixture(scope="module")
def trace(folder):
    with Trace(folder) as opened:
        yield opened


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """A run with neither pulses nor energies nor more than one snapshot."""
    folder = tmp_path_factory.mktemp("bare") / "run"
    none = np.zeros(8, bool)
    with Trace(write(folder, n_snapshots=1, recorded=none, evaluate=False, costs=False)) as opened:
        yield opened


def panel(figure, name):
    return next(axes for axes in figure.axes if name in axes.get_title(loc="left") + axes.get_ylabel())


def refused(call, *parts):
    with pytest.raises(TraceError) as caught:
        call()
    message = str(caught.value)
    assert "\n" not in message
    for part in parts:
        assert part in message


# --- programming pulses and silence ---


@pytest.mark.parametrize("code", ["width", "count"])
def test_programming_counts_are_those_of_frame_1(tmp_path, code):
    """The only frame with error pulses: a pair is programmed for each that comes while its line's gate is open."""
    with Trace(write(tmp_path / "run", code)) as trace:
        frames, counts = programming_counts(trace)
    wanted = {layer: np.zeros((2, *shape), int) for layer, shape in LAYERS.items()}
    for layer, before, after in (("layer1", "input", "hidden1"), ("layer2", "hidden1", "output")):
        for line, width in VALUES[before].items():
            for slot, neuron, polarity in ERRORS[after]:
                wanted[layer][int(polarity < 0), line, neuron] += slot < width
        assert np.array_equal(counts[layer], wanted[layer]) and wanted[layer].any()
    assert list(frames) == [0, 1, 5]


def test_programming_is_counted_in_evenly_picked_frames_if_there_are_many(trace, monkeypatch):
    monkeypatch.setattr("pulsenet.figures.activity._MOST_COUNTED", 2)
    frames, counts = programming_counts(trace)
    assert list(frames) == [0, 5] and not counts["layer1"].any()
    assert "in 2 of 3 recorded training frames" in density(trace).get_suptitle()


def test_density_is_pulses_per_recorded_training_frame_and_grey_where_there_were_none(trace):
    figure, counts = density(trace), programming_counts(trace)[1]
    assert "in 3 recorded training frames" in figure.get_suptitle()
    for layer in LAYERS:
        images = [axes.images[0].get_array() for axes in figure.axes if axes.get_title(loc="left").startswith(layer)]
        for image, number in zip(images, counts[layer], strict=True):
            assert np.allclose(image.filled(0), number / 3) and np.array_equal(image.mask, number == 0)


def test_programmed_counts_every_pair_and_the_refresh_of_every_neuron(trace):
    figure, counts = programmed(trace), programming_counts(trace)[1]
    axes = panel(figure, "layer1: 26 × 4 device pairs")
    for polarity, name in enumerate(("positive", "negative")):
        outline = next(patch for patch in axes.patches if patch.get_label().startswith(name))
        share, edges, _ = outline.get_data()
        of = counts["layer1"][polarity]
        assert edges[0] == 0.5 and np.isclose(share.sum(), 100 * np.mean(of > 0))
        assert f"never: {np.mean(of == 0):.1%}" in outline.get_label()
    right = panel(figure, "layer1: refresh of 4 hidden1 neurons")
    shares = {patch.get_label().split(";")[0]: patch.get_data()[0].sum() for patch in right.patches}
    assert shares["SET"] == shares["RESET"] == 25  # neuron 2 alone spent pulses
    assert [text.get_text() for text in panel(figure, "layer2: refresh").texts] == ["none"]


def test_active_lines_are_counted_once_per_frame_whatever_the_code(tmp_path):
    for code in ("width", "count"):
        with Trace(write(tmp_path / code, code)) as trace:
            number = active_lines(trace, "input", "forward", range(25), RECORDED)
            assert np.array_equal(np.isnan(number), ~RECORDED)
            assert number[1] == 22 and (number[RECORDED & (np.arange(8) != 1)] == 0).all()


def test_silence_shows_lines_neurons_and_frames(trace):
    figure = silence(trace)
    gates, neurons, frames = figure.axes[:3]
    shown = {line.get_label(): line.get_xydata() for line in gates.get_lines()}
    # Frames 0 and 1, then 5, were recorded and trained; in all but frame 1, only the bias line sends.
    assert np.allclose(shown["input"], [(1.5, 100 * (1 + 3 / 25) / 2), (4.5, 100)])
    assert np.allclose(shown["hidden1"], [(1.5, 100 * (1 + 2 / 4) / 2), (4.5, 100)])
    shown = {line.get_label(): line.get_ydata() for line in neurons.get_lines()}
    assert np.allclose(shown["output"], [100 * (1 + 1 / 3) / 2, 100])
    shown = {line.get_label(): line.get_ydata() for line in frames.get_lines()}
    assert np.allclose(shown["no error pulse"], [0, 200 / 3]) and np.allclose(
        shown["no programming pulse"], [100 / 3, 0]
    )


# --- snapshots ---


def test_distributions_are_quantiles_of_every_snapshot(trace):
    axes = distributions(trace).axes
    for row, layer in enumerate(LAYERS):
        G = np.array(trace.conductance(layer, slice(None)))
        columns = (1e6 * G[0], 1e6 * G[1], (G[0] - G[1]) / (G_MAX - G_MIN))
        for values, one in zip(columns, axes[3 * row : 3 * row + 3], strict=True):
            median = next(line for line in one.get_lines() if "median" in line.get_label())
            assert np.allclose(median.get_xydata(), np.column_stack([[0, 4, 8], np.median(values, axis=(1, 2))]))
            band = one.collections[0].get_paths()[0].vertices
            assert np.isclose(band[:, 1].min(), values.min()) and np.isclose(band[:, 1].max(), values.max())


def test_saturation_is_the_share_at_each_end(tmp_path, monkeypatch):
    def at_ends(rng):
        """A tenth of each layer's devices at each end, a little beyond it or a little inside."""

        def uniform(low, high, shape):
            G = np.full(shape, 2e-6)
            G.reshape(-1)[:10] = [1.0e-7, 1.3e-7, 0.9e-7, 1.6e-7, 5e-6, 4.99e-6, 5.1e-6, 4.9e-6, 3e-6, 3e-6]
            return G

        return type("Generator", (), {"uniform": staticmethod(uniform)})()

    monkeypatch.setattr("made_up_run.np.random.default_rng", at_ends)
    with Trace(write(tmp_path / "run")) as trace:
        axes = saturation(trace).axes[0]
    shown = {line.get_label(): line.get_ydata() for line in axes.get_lines()}
    assert np.allclose(shown["$G_{+}$ at $G_\\mathrm{max}$"], 100 * 3 / 104)
    assert np.allclose(shown["$G_{+}$ at $G_\\mathrm{min}$"], 100 * 3 / 104)
    assert np.allclose(shown["$G_{-}$ at $G_\\mathrm{min}$"], 0)


def test_conductance_follows_chosen_pairs(trace):
    axes = conductance(trace, {"layer2": [(4, 2), (0, 1)]}).axes[1]
    G = np.array(trace.conductance("layer2", slice(None)))
    curves = [line.get_ydata() for line in axes.get_lines()[:4]]
    for curve, (device, pre, post) in zip(curves, [(0, 4, 2), (1, 4, 2), (0, 0, 1), (1, 0, 1)], strict=True):
        assert np.allclose(curve, 1e6 * G[device, :, pre, post])
    assert [text.get_text() for text in axes.get_legend().get_texts()[:2]] == ["bias → 2", "0 → 1"]


@pytest.mark.parametrize(
    ("pairs", "parts"),
    [
        ({"layer3": [(0, 0)]}, ["'layer3'", "layer1, layer2"]),
        ({"layer2": [(5, 0)]}, ["5, 0", "0 to 4", "0 to 2"]),
        ({"layer2": [(-1, 0)]}, ["-1, 0"]),
        ({"layer2": []}, ["0 pairs", "1 to 7"]),
        ({"layer2": [(0, 0)] * 8}, ["8 pairs", "1 to 7"]),
    ],
)
def test_pairs_that_there_are_not_are_refused(trace, pairs, parts):
    refused(lambda: conductance(trace, pairs), *parts)


# --- energy ---


def test_energy_and_time_are_stacked_by_what_they_go_to(trace):
    top, bottom = energy(trace).axes[:2]
    frames = np.array([[0, 1, 2], [4, 5, 6]])  # training frames of each epoch
    low = np.zeros(2)
    for patch, factor in zip(top.patches, COSTS.values(), strict=True):
        values, edges, baseline = patch.get_data()
        assert np.allclose(baseline, low) and np.allclose(edges, [0, 3, 6])
        low = low + frames.mean(axis=1) * factor  # pJ
        assert np.allclose(values, low)
    assert top.get_ylabel() == "energy per training frame (pJ)"
    assert "time" in bottom.get_ylabel() and "(µs)" in bottom.get_ylabel()
    names = [text.get_text() for text in top.get_legend().get_texts()]
    assert names[-1] == "forward reading: 18 pJ" and names[0] == "refresh: 72 pJ"
    title = top.get_legend().get_title().get_text()
    assert "180 pJ" in title and "not counted" not in title


def test_energy_names_what_is_not_counted(trace, monkeypatch):
    kept = {name: column for name, column in trace.frames.items() if name != "programming_energy"}
    monkeypatch.setattr(trace, "frames", kept)
    top, bottom = energy(trace).axes[:2]
    assert "126 pJ\nnot counted: programming" in top.get_legend().get_title().get_text()
    assert "not counted" not in bottom.get_legend().get_title().get_text()


def test_what_a_bare_trace_lacks_is_named(bare):
    refused(lambda: energy(bare), "neither energy nor time")
    for draw in (density, programmed):
        refused(lambda: draw(bare), "no recorded pulses")  # noqa: B023
    for draw in (distributions, saturation):
        refused(lambda: draw(bare), "2 or more snapshots")  # noqa: B023
    assert len(silence(bare).axes) == 1  # the numbers of pulses are there


# --- timing diagram ---


def test_a_window_shows_its_slots_and_the_lines_with_pulses_in_it(trace):
    figure = pulses(trace, 1, window=(2, 12))
    strip = figure.axes[0]
    assert strip.get_xlim() == (2, 12)
    assert not [axes for axes in figure.axes if axes.get_ylabel().startswith("layer")]
    # Line 3 is high in slot 0 alone: it is not among those shown.
    labels = [label.get_text() for label in panel(figure, "input").get_yticklabels()]
    assert "3" not in labels and {"4", "10", "bias"} & set(labels)
    middle = {text.get_text(): text.get_position()[0] for text in strip.texts if text.get_text().startswith("forward")}
    assert middle == {"forward 1": (2 + 9) / 2, "forward 2": (9 + 12) / 2}


def test_a_window_in_the_update_phase_cuts_both_columns(trace):
    figure = pulses(trace, 1, window=(20, 31))
    limits = {axes.get_ylabel().split("\n")[0]: axes.get_xlim() for axes in figure.axes if axes.get_ylabel()}
    assert limits["input"] == (20, 31) and limits["layer1"] == (SCHEDULE.update_start, 31)


@pytest.mark.parametrize("window", [(5, 5), (9, 3), (-1, 4), (30, 37)])
def test_a_window_outside_the_frame_is_refused(trace, window):
    refused(lambda: pulses(trace, 1, window=window), f"slots {window[0]} to {window[1]}", "0 to 36")


# --- two traces ---


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """Another device, one snapshot."""
    changed = CONFIGURATION | {"device": {"law": "exponential", "G_min": "1e-07 S", "G_max": "1e-05 S"}, "seed": 8}
    folder = write(tmp_path_factory.mktemp("other") / "run", configuration=changed, n_snapshots=1, evaluate=False)
    with Trace(folder) as opened:
        yield opened


def test_compare_tells_settings_that_differ_and_overlays_the_runs(trace, other):
    figure = compare(trace, other)
    written = [text.get_text() for text in figure.findobj(matplotlib.text.Text)]
    for one in ("device.law", "linear", "exponential", "seed", "7", "8", "device.G_max", "5e-06 S", "1e-05 S"):
        assert one in written
    assert "device.G_min" not in written
    axes = panel(figure, "programming pulses")
    assert np.allclose(axes.get_lines()[0].get_xydata(), [(1.5, 49 / 3), (4.5, 1)])
    weight = [axes for axes in figure.axes if axes.get_xlabel().startswith("weight")]
    for axes, layer in zip(weight, LAYERS, strict=True):
        for patch, one, span in zip(axes.patches, (trace, other), (G_MAX - G_MIN, 1e-5 - G_MIN), strict=True):
            G_plus, G_minus = one.conductance(layer, -1)
            share, edges, _ = patch.get_data()
            assert np.allclose(share, 100 * np.histogram((G_plus - G_minus) / span, edges)[0] / G_plus.size)
            assert np.isclose(share.sum(), 100)


# --- the command line ---


def run(*arguments):
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


WHERE = ["--frame", 1, "--lines", "input=3-5,10", "--lines", "output=0"]
READ = {"frame": 1, "lines": {"input": [3, 4, 5, 10], "output": [0]}}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([*WHERE, "--window", "2:30"], {"pulses": READ | {"window": (2, 30)}}),
        (
            ["--devices", "layer1=3,0", "--devices", "layer2=4,1"],
            {"waveforms": {"devices": [("layer1", 3, 0), ("layer2", 4, 1)]}},
        ),
        (
            [*WHERE, "--time", "hardware", "--figure", "pulses", "--figure", "waveforms"],
            {"pulses": READ, "waveforms": READ | {"time": "hardware"}},
        ),
    ],
)
def test_plot_passes_options_on_to_the_figures_they_are_for(folder, tmp_path, monkeypatch, options, expected):
    given, draw = {}, pulses
    for name in ("pulses", "waveforms"):
        monkeypatch.setitem(
            FIGURES,
            name,
            replace(
                FIGURES[name],
                draw=lambda trace, name=name, **options: given.update({name: options}) or draw(trace),
            ),
        )
    monkeypatch.setattr("matplotlib.figure.Figure.savefig", lambda *_, **__: None)
    result = run("plot", folder, "--out", tmp_path, *options)
    assert result.exit_code == 0, result.output
    assert given == expected
    assert sorted(path.stem for path in tmp_path.iterdir()) == sorted(expected)


def test_plot_compares_two_traces(folder, other, tmp_path, monkeypatch):
    monkeypatch.setattr("matplotlib.figure.Figure.savefig", lambda *_, **__: None)
    result = run("plot", folder, other.path, "--figure", "compare", "--out", tmp_path)
    assert result.exit_code == 0 and result.output.strip() == str(tmp_path / "compare.png")


@pytest.mark.parametrize(
    ("options", "part"),
    [
        (["--window", "3"], "--window 3: write START:STOP"),
        (["--window", "a:4"], "--window a:4"),
        (["--window", "3:99"], "slots 3 to 99"),
        (["--lines", "input=x"], "'x' is no line"),
        (["--lines", "input=1-99999999999"], "is no line"),
        (["--lines", "input=7-3"], "lines of input: none"),
        (["--frame", "1", "--figure", "learning"], "add --figure pulses"),
        (["--window", "3:9", "--figure", "waveforms"], "--window: is for pulses, not drawn here"),
        (["--devices", "layer1=3"], "--devices layer1=3: write LAYER=LINE,NEURON"),
        (["--figure", "compare"], "needs two traces"),
    ],
)
def test_plot_refuses_what_it_cannot_read_in_one_line(folder, tmp_path, options, part):
    result = run("plot", folder, "--out", tmp_path / "new", *options)
    assert result.exit_code == 1 and part in result.output and result.output.count("\n") == 1
    assert not (tmp_path / "new").exists()


# --- the page ---


def contents(text):
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    return json.loads(found.group(1))


def test_the_page_holds_pulses_conductances_and_curves(trace):
    data = contents(page(trace, 2))
    assert [one["frame"] for one in data["frames"]] == [0, 1] and data["nRecorded"] == RECORDED.sum()
    bars = next(one for one in data["frames"][1]["bars"] if (one["population"], one["kind"]) == ("hidden1", "error"))
    assert list(zip(bars["start"], bars["line"], bars["polarity"], strict=True)) == [
        (27, 1, 1),
        (31, 1, 1),
        (31, 2, -1),
    ]
    assert data["frames"][1]["gates"]["hidden1"] == {"start": [27, 27, 27], "stop": [29, 32, 35], "line": [0, 3, 4]}
    assert data["learning"]["test"]["accuracy"] == [50, 75]
    stored = data["conductance"]
    assert stored["frames"] == [-1, 3, 7]
    for layer in stored["layers"]:
        for snapshot, text in enumerate(layer["snapshots"]):
            level = (
                np.frombuffer(base64.b64decode(text), "<u2").reshape(2, layer["in"], layer["out"]) / stored["levels"]
            )
            G = np.array(trace.conductance(layer["name"], snapshot))
            assert np.allclose(G_MIN + level * (G_MAX - G_MIN), G, rtol=0, atol=(G_MAX - G_MIN) / 65535)


def test_the_page_asks_for_nothing_else(trace):
    text = page(trace)
    assert "default-src 'none'" in text
    addresses = set(re.findall(r"https?://[^\"' ]+", text))
    assert addresses <= {"http://www.w3.org/2000/svg"}  # the name of a kind of element, which nothing fetches
    assert not re.search(r"<link|<script[^>]+src|@import|url\(", text)


def test_no_name_ends_the_script_that_holds_the_data(tmp_path):
    changed = CONFIGURATION | {"data": {"source": "</script><b>x"}}
    with Trace(write(tmp_path / "run", configuration=changed)) as trace:
        assert contents(page(trace))["run"].startswith("script><b>x")


def test_a_page_of_a_bare_trace_says_what_is_missing(bare):
    data = contents(page(bare))
    assert data["frames"] == [] and data["nRecorded"] == 0 and len(data["conductance"]["frames"]) == 1


def test_few_snapshots_are_picked_if_they_are_large(trace, monkeypatch):
    monkeypatch.setattr("pulsenet.figures.browser_page._MOST_BYTES", 10)
    stored = contents(page(trace))["conductance"]
    assert stored["frames"] == [-1, 7] and stored["number"] == 3


def test_view_replaces_only_with_force(folder, tmp_path):
    path = tmp_path / "new" / "page.html"
    assert run("view", folder, "--out", path, "--frames", 1).exit_code == 0
    before = path.read_bytes()
    result = run("view", folder, "--out", path)
    assert result.exit_code == 1 and "force" in result.output and result.output.count("\n") == 1
    assert path.read_bytes() == before
    assert run("view", folder, "--out", path, "--force").exit_code == 0
    assert path.read_bytes() != before and [one.name for one in path.parent.iterdir()] == ["page.html"]


def test_view_refuses_useless_places_and_numbers(folder, trace, tmp_path):
    (tmp_path / "file").write_text("")
    refused(lambda: write_page(trace, tmp_path / "file" / "page.html"), "cannot be written", "choose a folder")
    refused(lambda: write_page(trace, tmp_path / "page.html", n_frames=-1), "-1 frames")
    assert run("view", tmp_path / "absent").exit_code == 1
    assert POPULATIONS and not (tmp_path / "page.html").exists()
