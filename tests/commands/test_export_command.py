"""`pulsenet export`: what is wrong is told in one line; files are whole, and never over what was there."""

import os
import shutil
import sys

import numpy as np
import pytest
from click.testing import CliRunner
from exported_run import MadeUp

from pulsenet import Trace, TraceError
from pulsenet.cli import main
from pulsenet.commands.export_command import FORMATS
from pulsenet.exports import DEFAULT_NAMES, EXPORTS, csv, sonata, spice, vcd


def test_every_format_from_the_command_line(exported_folder, tmp_path):
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    assert set(FORMATS) == set(EXPORTS) == set(DEFAULT_NAMES)
    mine = shutil.copytree(exported_folder, tmp_path / "run")
    for name in FORMATS:
        done = CliRunner().invoke(main, ["export", str(mine), "--format", name])
        assert done.exit_code == 0, done.output
        assert done.output == f"{mine / 'exports' / DEFAULT_NAMES[name]}\n"
    found = {path.name for path in (mine / "exports").iterdir()}
    assert found == {f"{table}.{ending}" for table in ("frames", "pulses") for ending in ("csv", "parquet")} | {
        "pulses.vcd", "forward.cir", "spikes.h5"
    }  # fmt: skip


def test_options_mean_the_same_on_the_command_line(exported_folder, tmp_path):
    lines = {"input": [0, 1, 2, 4], "hidden1": [1, 2, 3]}
    options = ["--frames", "1:3", "--lines", "input=0:3,4", "--lines", "hidden1=1:"]
    with Trace(exported_folder) as trace:
        wanted = vcd(trace, tmp_path / "wanted.vcd", slice(1, 3), lines).read_bytes()
    out = tmp_path / "found.vcd"
    done = CliRunner().invoke(
        main, ["export", str(exported_folder / "trace.h5"), "--format", "vcd", *options, "--out", str(out)]
    )
    assert done.exit_code == 0 and out.read_bytes() == wanted


WRONG = [
    (["--format", "gif"], "'gif' is not one of"),
    ([], "--format: is missing; give one of vcd, spice"),
    (["--format", "vcd", "--frames", "soon"], "--frames soon: give a frame or a range, for example"),
    (["--format", "vcd", "--frames", "0:1:2"], "--frames 0:1:2: give"),
    (["--format", "vcd", "--frames", "7"], "no frame 7; there are frames 0 to 4"),
    (["--format", "csv", "--frames", "3:9"], "frames 3:9: there are frames 0 to 4"),
    (["--format", "csv", "--frames", "3:3"], "a range needs one"),
    (
        ["--format", "vcd", "--frames", "3:5"],
        "the pulses of frame 4 were not recorded; take some of those that were, as 0:4",
    ),
    (["--format", "sonata", "--frames", "4"], "the pulses of frame 4 were not recorded"),
    (["--format", "spice", "--frames", "4"], "the pulses of frame 4 were not recorded"),
    (["--format", "spice", "--frames", "0:2"], "a netlist holds one frame"),
    (["--format", "spice", "--frames", "1"], "no conductances of frame 1, but of frames 0, 3"),
    (["--format", "spice", "--layer", "layer9"], "no layer 'layer9'; layers are layer1, layer2"),
    (["--format", "spice", "--lines", "output=1"], "layer1 lies between input and hidden1"),
    (["--format", "spice", "--lines", "hidden1=3"], "line 3 of hidden1 is its bias line"),
    (["--format", "spice", "--lines", "hidden1="], "5 rows and 0 columns"),
    (["--format", "vcd", "--layer", "layer1"], "only a netlist is of one layer"),
    (["--format", "vcd", "--lines", "hidden7=1"], "no such population; populations are input, hidden1, output"),
    (["--format", "vcd", "--lines", "input=0:9"], "give lines from 0 to 4 and ranges of them"),
    (["--format", "vcd", "--lines", "input=one"], "give lines from 0 to 4"),
    (["--format", "vcd", "--lines", "input=1:2:3"], "give lines from 0 to 4"),
    (["--format", "vcd", "--lines", "3"], "write it as POPULATION=LINES"),
    (["--format", "vcd", "--out", "."], "is a folder; choose the name of a file"),
    (["--format", "vcd", "--out", "there"], "exists already; choose another place, or replace it with force"),
    (["--format", "sonata", "--out", "run/trace.h5", "--force"], "is the trace itself"),
    (["--format", "vcd", "--out", "there/below.vcd"], "cannot be written: "),
    (["--format", "csv", "--out", "there"], "cannot be written: "),
]


@pytest.mark.parametrize(
    ("options", "message"), WRONG, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_what_is_wrong_is_told_in_one_line(exported_folder, tmp_path, monkeypatch, options, message):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(exported_folder, "run")
    (tmp_path / "there").write_text("mine")
    before = (tmp_path / "run" / "trace.h5").read_bytes()
    done = CliRunner().invoke(main, ["export", "run", *options])
    assert done.exit_code == 1 and done.stdout == ""
    assert done.stderr.startswith("error: ") and message in done.stderr and done.stderr.count("\n") == 1
    assert (tmp_path / "there").read_text() == "mine" and (tmp_path / "run" / "trace.h5").read_bytes() == before
    assert sorted(os.listdir()) == ["run", "there"] and os.listdir("run") == ["trace.h5"]


@pytest.mark.parametrize(
    ("name", "target"), [("vcd", "x.vcd"), ("spice", "x.cir"), ("sonata", "x.h5"), ("csv", "x"), ("parquet", "x")]
)
def test_an_export_that_fails_leaves_what_was_there(exported_folder, tmp_path, monkeypatch, name, target):
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    with Trace(exported_folder) as trace:
        EXPORTS[name](trace, tmp_path / target)
        before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

        def fail(*_):
            raise KeyboardInterrupt

        part = {"vcd": "vcd._gates", "spice": "spice._integrators", "sonata": "sonata._write"}.get(
            name, "flat_tables._pulse_columns"
        )
        monkeypatch.setattr(sys.modules[f"pulsenet.exports.{part.split('.')[0]}"], part.split(".")[1], fail)
        with pytest.raises(KeyboardInterrupt):
            EXPORTS[name](trace, tmp_path / target, force=True)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_without_recorded_pulses_only_tables_remain(tmp_path):
    with Trace(MadeUp("width").write(tmp_path / "run", recorded=np.zeros(5, bool))) as trace:
        for export in (vcd, spice, sonata):
            with pytest.raises(TraceError, match="holds no recorded pulses; run again with record.pulses = 'all'"):
                export(trace, tmp_path / "none")
        folder = csv(trace, tmp_path / "tables")
    assert len((folder / "frames.csv").read_text().splitlines()) == 6
    assert len((folder / "pulses.csv").read_text().splitlines()) == 1
