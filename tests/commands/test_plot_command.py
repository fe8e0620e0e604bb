"""`pulsenet plot`: options reach their figures, or are refused in one line."""

from dataclasses import replace
from functools import partial

import pytest
from command_line import run

from pulsenet.figures import FIGURES, pulses

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
def test_plot_passes_options_on_to_the_figures_they_are_for(made_up_folder, tmp_path, monkeypatch, options, expected):
    given, draw = {}, pulses
    for name in ("pulses", "waveforms"):
        known = FIGURES[name]
        noted = partial(lambda name, trace, **options: given.update({name: options}) or draw(trace), name)
        monkeypatch.setitem(FIGURES, name, replace(known, draw=noted))
    monkeypatch.setattr("matplotlib.figure.Figure.savefig", lambda *_, **__: None)
    result = run("plot", made_up_folder, "--out", tmp_path, *options)
    assert result.exit_code == 0, result.output
    assert given == expected
    assert sorted(path.stem for path in tmp_path.iterdir()) == sorted(expected)


def test_plot_compares_two_traces(made_up_folder, other, tmp_path, monkeypatch):
    monkeypatch.setattr("matplotlib.figure.Figure.savefig", lambda *_, **__: None)
    result = run("plot", made_up_folder, other.path, "--figure", "compare", "--out", tmp_path)
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
def test_plot_refuses_what_it_cannot_read_in_one_line(made_up_folder, tmp_path, options, part):
    result = run("plot", made_up_folder, "--out", tmp_path / "new", *options)
    assert result.exit_code == 1 and part in result.output and result.output.count("\n") == 1
    assert not (tmp_path / "new").exists()
