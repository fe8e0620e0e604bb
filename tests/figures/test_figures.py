"""All figures of a trace: written, replaced only with force, and left out or refused where a trace lacks something."""

import subprocess
import sys

import matplotlib
import numpy as np
import pytest
from made_up_run import LAYERS, POPULATIONS, SCHEDULE, write
from panels import panel, texts
from refusals import refused

from pulsenet import Trace, TraceError
from pulsenet.figures import (
    FIGURES,
    conductance,
    density,
    distributions,
    energy,
    learning,
    programmed,
    pulses,
    saturation,
    save_all,
    silence,
    weight_map,
    weights,
)
from pulsenet.trace import Description, TraceWriter

pytestmark = pytest.mark.whole


def test_save_all_writes_every_figure(trace, tmp_path):
    paths = save_all(trace, tmp_path / "new" / "folder", dpi=30)
    assert [path.name for path in paths] == [f"{name}.png" for name in FIGURES]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in paths)


def test_save_all_replaces_only_with_force(trace, tmp_path):
    (path,) = save_all(trace, tmp_path, ["confusion"], dpi=30)
    before = path.read_bytes()
    refused(TraceError, lambda: save_all(trace, tmp_path, ["learning", "confusion"]), str(path), "force")
    assert path.read_bytes() == before and not (tmp_path / "learning.png").exists()
    save_all(trace, tmp_path, ["confusion"], dpi=40, force=True)
    assert path.read_bytes() != before


def test_save_all_refuses_unknown_names_and_useless_folders(trace, tmp_path):
    refused(
        TraceError, lambda: save_all(trace, tmp_path / "new", ["pulse"]), "'pulse'", "did you mean 'pulses'?", *FIGURES
    )
    refused(TraceError, lambda: save_all(trace, tmp_path / "new", ["xyz"]), "'xyz'", *FIGURES)
    assert not (tmp_path / "new").exists()
    (tmp_path / "file").write_text("")
    refused(TraceError, lambda: save_all(trace, tmp_path / "file", ["confusion"], dpi=30), "file", "choose a folder")


def test_what_a_trace_does_not_hold_is_named_or_left_out(tmp_path, caplog, monkeypatch):
    monkeypatch.setattr("matplotlib.figure.Figure.savefig", lambda figure, *_, **__: None)
    none = np.zeros(8, bool)
    with Trace(write(tmp_path / "run", n_snapshots=1, recorded=none, evaluate=False, costs=False)) as trace:
        refused(TraceError, lambda: pulses(trace), "no recorded pulses", "record.pulses")
        refused(TraceError, lambda: conductance(trace), "2 or more snapshots", "holds 1", "record.snapshots")
        refused(TraceError, lambda: save_all(trace, tmp_path / "figures", ["learning", "confusion"]), "no evaluation")
        assert not (tmp_path / "figures").exists()
        paths = save_all(trace, tmp_path / "figures", dpi=30)
    assert [path.stem for path in paths] == ["learning", "silence", "weights", "map"]
    left_out = set(FIGURES) - {"learning", "silence", "weights", "map"}
    assert all(f"figure {name} left out" in caplog.text for name in left_out)


def test_a_trace_without_frames_has_no_figures(tmp_path):
    run = Description({}, {}, 1e-7, SCHEDULE, POPULATIONS, LAYERS, n_classes=3, n_frames=9)
    with TraceWriter.create(tmp_path / "run", run), Trace(tmp_path / "run") as trace:
        refused(TraceError, lambda: save_all(trace, tmp_path / "figures"), "nothing to draw")
    assert not (tmp_path / "figures").exists()


def test_a_trace_that_does_not_tell_its_device_is_refused(tmp_path):
    with Trace(write(tmp_path / "run", configuration={"device": {"G_min": "1e-07 S", "G_max": "5 V"}})) as trace:
        for draw in (weights, weight_map, conductance):
            refused(TraceError, lambda: draw(trace), "device.G_max", "5 V")  # noqa: B023
    with Trace(write(tmp_path / "other", configuration={})) as trace:
        refused(TraceError, lambda: weights(trace), "no device.G_min")
        assert "25-4-3" in texts(learning(trace))


def test_drawing_leaves_matplotlib_as_it_was(trace):
    with matplotlib.rc_context({"font.size": 3}):
        before = dict(matplotlib.rcParams)
        assert panel(pulses(trace), "input").yaxis.label.get_size() == 9
        assert dict(matplotlib.rcParams) == before


def test_no_figure_needs_pyplot():
    code = "import sys, pulsenet.figures; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_what_a_bare_trace_lacks_is_named(bare):
    refused(TraceError, lambda: energy(bare), "neither energy nor time")
    for draw in (density, programmed):
        refused(TraceError, lambda: draw(bare), "no recorded pulses")  # noqa: B023
    for draw in (distributions, saturation):
        refused(TraceError, lambda: draw(bare), "2 or more snapshots")  # noqa: B023
    assert len(silence(bare).axes) == 1  # the numbers of pulses are there
