"""Studies as a whole: what they leave, on how many workers ever, and that they can be ended and resumed."""

import csv
import json
import signal
import subprocess
import sys

import h5py
import numpy as np
import pytest
from click.testing import CliRunner
from small_study import write

from pulsenet.cli import main
from pulsenet.study import parallel

pytestmark = pytest.mark.whole

# -- studies ---------------------------------------------------------------------------------------------------------


#: As after a plain install: without Dask.
WHOLE = """
import sys
sys.modules["dask"] = sys.modules["distributed"] = None
from pulsenet.cli import main
main()
"""
#: The study ends itself: no other moment is the same on every machine.
ENDED = """
import os
from pulsenet.study import parallel

class Bar(parallel.tqdm):
    def update(self):
        super().update()
        if self.n == {finished}:
            os.kill(os.getpid(), {sent})

parallel.tqdm = Bar
"""


def command(folder, *options, script=WHOLE):
    study = str(folder / "study.toml")
    return [sys.executable, "-c", script, "study", study, "--engine", "numpy", "--workers", "2", *options]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("finished")
    write(folder)
    done = subprocess.run(command(folder, "--out", str(folder / "out")), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "holds: Unidirectional updating is not wholly worse." in done.stdout
    return folder / "out"


def test_a_study_leaves_table_report_figures_and_runs(finished):
    rows = list(csv.DictReader((finished / "table.csv").open()))
    assert len(rows) == 8 + 2 + 4
    assert list(rows[0])[:7] == ["grid", "training", "update.method", "beta", "seed", "epochs", "accuracy"]
    assert all(0 <= float(row["accuracy"]) <= 1 for row in rows)
    assert float(rows[0]["forward_pulses"]) > 0 and rows[-1]["forward_pulses"] == ""
    assert (finished / "figures" / "study.png").stat().st_size > 10_000
    assert "| on-chip | bidirectional | 2 |" in (finished / "report.md").read_text()
    assert len(list(finished.glob("runs/*/trace.h5"))) == 8
    with h5py.File(finished / "study.h5") as file:
        accuracy = file["table/accuracy"]
        np.testing.assert_array_equal(accuracy[:], [float(row["accuracy"]) for row in rows])
        assert accuracy.dims[0].keys() == ["row"] and accuracy.attrs["units"] == "1"
        assert np.isnan(file["table/forward_pulses"][-1]) and file["table/update.method"].asstr()[-1] == ""
        np.testing.assert_array_equal(file["accuracy_by_epoch"][:, -1], accuracy[:])


@pytest.mark.parametrize("sent", [signal.SIGKILL, pytest.param(signal.SIGINT, marks=pytest.mark.heavy)])
def test_a_study_that_is_ended_resumes_to_the_same_bytes(finished, folder, sent):
    """After 3 of 14 runs, while its two workers are in the middle of others; one goes on with them."""
    out, script = folder / "out", ENDED.format(finished=3, sent=int(sent)) + WHOLE
    running = subprocess.Popen(
        command(folder, "--out", str(out), script=script), start_new_session=True, stderr=subprocess.PIPE, text=True
    )
    _, complaint = running.communicate()  # until nobody holds the pipe any more: the workers have ended, too
    if sent == signal.SIGINT:
        assert running.returncode == 130 and "Traceback" not in complaint
        assert f"--out {out} --resume" in complaint.splitlines()[-1]
    else:
        assert running.returncode == -sent
    assert not (out / "table.csv").exists()
    kept = {path: path.stat().st_mtime_ns for path in out.glob("runs/*/result.json")}
    assert len(kept) >= 3
    options = ["--engine", "numpy", "--workers", "1", "--out", str(out), "--resume"]
    again = CliRunner().invoke(main, ["study", str(folder / "study.toml"), *options])
    assert again.exit_code == 0, again.output
    for name in ("table.csv", "figures/study.png"):
        assert (out / name).read_bytes() == (finished / name).read_bytes()
    assert all(path.stat().st_mtime_ns == written for path, written in kept.items())


def test_results_are_not_overwritten(finished, folder):
    study = str(folder / "study.toml")
    runner = CliRunner()
    result = runner.invoke(main, ["study", study, "--out", str(finished)])
    assert result.exit_code == 1 and "holds a study; continue it with resume, replace it with force" in result.output
    (folder / "mine").mkdir()
    (folder / "mine" / "table.csv").write_text("precious")
    result = runner.invoke(main, ["study", study, "--out", str(folder / "mine"), "--force"])
    assert result.exit_code == 1 and "table.csv: exists already, and is of no study" in result.output
    assert (folder / "mine" / "table.csv").read_text() == "precious"
    result = runner.invoke(main, ["study", study, "--out", str(folder / "new"), "--resume"])
    assert result.exit_code == 1 and "holds no study to resume" in result.output


def test_a_finished_study_is_only_reported_again(finished):
    before = (finished / "table.csv").read_bytes()
    (finished / "table.csv").unlink()
    result = CliRunner().invoke(
        main, ["study", str(finished.parent / "study.toml"), "--out", str(finished), "--resume"]
    )
    assert result.exit_code == 0, result.output
    assert (finished / "table.csv").read_bytes() == before
    assert json.loads((finished / "study.json").read_text())["file"]["seeds"] == [1, 2]


# -- how many at a time ----------------------------------------------------------------------------------------------


def results(out):
    """All that a study leaves, but for what a trace says of the machine."""
    files = (path for path in out.rglob("*") if path.is_file() and path.name != "trace.h5")
    return {path.relative_to(out): path.read_bytes() for path in files}


@pytest.mark.parametrize("workers", [1, 3])
def test_results_do_not_depend_on_how_many_runs_are_done_at_a_time(finished, tmp_path, workers):
    study = str(finished.parent / "study.toml")
    options = ["--engine", "numpy", "--workers", str(workers), "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(main, ["study", study, *options])
    assert result.exit_code == 0, result.output
    assert results(tmp_path / "out") == results(finished)


#: One circuit, two kinds of runs, three seeds.
THREADS = """
base = "base.toml"
[axes]
training.epochs = [2, 3]
"""


def test_threads_of_the_compiled_engine_give_the_same_and_can_be_interrupted(folder, monkeypatch):
    """Interrupted when the first of six runs is done, and resumed."""
    (folder / "study.toml").write_text(THREADS)

    def study(name, workers, *options):
        words = ["study", str(folder / "study.toml"), "--engine", "standalone", "--out", str(folder / name)]
        return CliRunner().invoke(main, [*words, "--workers", str(workers), *options])

    assert study("alone", 1).exit_code == 0

    class Bar(parallel.tqdm):
        def update(self):
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(parallel, "tqdm", Bar)
        ended = study("threads", 3)
    assert ended.exit_code == 130 and f"--out {folder / 'threads'} --resume" in ended.output
    assert 1 <= len(list(folder.glob("threads/runs/*/result.json"))) < 6
    again = study("threads", 3, "--resume")
    assert again.exit_code == 0, again.output
    assert results(folder / "threads") == results(folder / "alone")
