"""Figures register themselves: one's own are drawn like those of the package; the command line asks the registry."""

import inspect

import pytest
from click.testing import CliRunner
from matplotlib.figure import Figure

from pulsenet import ConfigError, Trace
from pulsenet.circuit.schedule import Schedule
from pulsenet.cli import main
from pulsenet.commands.plot_command import plot
from pulsenet.figures import FIGURES, figure, save_all
from pulsenet.figures.registry import figures_taking
from pulsenet.trace import Description, TraceWriter


@pytest.fixture
def folder(tmp_path):
    """A run that has just begun: figures of one's own need no more."""
    run = Description({}, {}, 1e-7, Schedule(1, 4), {"input": 3, "output": 2}, {"layer1": (3, 2)}, 2, 1)
    with TraceWriter.create(tmp_path / "run", run):
        pass
    return tmp_path / "run"


@pytest.fixture
def own():
    """What a figure named own was called with; afterwards it is gone."""
    calls = []

    @figure("own", options=("frame", "lines"))
    def draw(trace, frame=None, lines=None):
        calls.append((frame, lines))
        drawn = Figure()
        drawn.suptitle("own")
        return drawn

    yield calls
    del FIGURES["own"]


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_figures_are_drawn_in_the_order_that_the_package_lists():
    of_the_package = [name for name, known in FIGURES.items() if known.draw.__module__.startswith("pulsenet.")]
    assert of_the_package == [
        "pulses", "waveforms", "learning", "silence", "energy", "weights", "map", "conductance", "distributions",
        "saturation", "density", "programmed", "confusion",
    ]  # fmt: skip
    assert [known.name for known in FIGURES.values()] == list(FIGURES)


def test_options_are_parameters_of_their_figures():
    for known in FIGURES.values():
        assert set(known.options) == set(inspect.signature(known.draw).parameters) - {"trace"}, known.name


def test_a_figure_of_ones_own_is_drawn(folder, tmp_path, own):
    with Trace(folder) as trace:
        (path,) = save_all(trace, tmp_path / "named", ["own"], dpi=30, options={"own": {"frame": 3}})
        assert path == tmp_path / "named" / "own.png" and path.read_bytes().startswith(b"\x89PNG")
        # The run holds nothing yet that the figures of the package could show.
        assert save_all(trace, tmp_path / "all", dpi=30) == [tmp_path / "all" / "own.png"]
    assert own == [(3, None), (None, None)]


def test_a_figure_of_ones_own_has_the_style_of_the_others(own):
    assert FIGURES["own"].draw(None)._suptitle.get_size() == 13


def test_a_name_taken_twice_is_refused(own):
    before = FIGURES["own"]
    with pytest.raises(ConfigError) as caught:

        @figure("own")
        def another(trace):
            return Figure()

    assert "figure 'own'" in str(caught.value) and "choose another" in str(caught.value)
    assert "\n" not in str(caught.value) and FIGURES["own"] is before


def test_the_same_function_may_register_again(own):
    """As a cell of a notebook does that is run twice."""
    again = figure("own")(FIGURES["own"].draw.__wrapped__)
    assert FIGURES["own"].draw is again and FIGURES["own"].options == ()


def test_the_command_asks_the_registry_which_figures_take_an_option(folder, tmp_path, own):
    assert figures_taking("frame") == ["pulses", "waveforms", "own"] and figures_taking("window") == ["pulses"]
    result = run("plot", folder, "--out", tmp_path, "--figure", "own", "--frame", 2, "--lines", "input=0-1")
    assert result.exit_code == 0, result.output
    assert own == [(2, {"input": [0, 1]})]
    result = run("plot", folder, "--out", tmp_path, "--figure", "own", "--window", "0:2")
    assert result.output == "error: --window: is for pulses, not drawn here; add --figure pulses\n"


def test_every_option_of_the_command_is_taken_by_a_figure():
    others = {"trace", "other", "figures", "out", "force"}
    for name in {parameter.name for parameter in plot.params} - others:
        assert figures_taking(name), name
