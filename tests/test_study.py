"""Studies: their files, their runs in parallel processes, and what they decide."""

import csv
import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
from click.testing import CliRunner

from pulsenet import ConfigError
from pulsenet.describe.catalog import list_models
from pulsenet.cli import main
from pulsenet.describe.merge import merge
from pulsenet.study import Claim, load
from pulsenet.study.claims import FAILS, HOLDS, OPEN, decide
from pulsenet.study.accuracy_figure import grid_figure
from pulsenet.study.points import check_columns, points

RUNS = Path(__file__).resolve().parents[1] / "runs"
BASE = """
[data]
source = "digits"
train = 12
test = 8
[network]
layers = [64, 4, 10]
[time]
n_slots = 2
[device]
law = "exponential"
G_min = "0.1 uS"
G_max = "5 uS"
pulses_SET = 64
beta_SET = 0
pulses_RESET = 64
beta_RESET = 0
[update]
method = "unidirectional"
refresh_every = 7
[training]
epochs = 2
"""
STUDY = """
base = "base.toml"
seeds = [1, 2]
baselines = ["software", "write-once"]
training.epochs = 1
[axes]
update.method = ["unidirectional", "bidirectional"]
beta = {keys = ["device.beta_SET", "device.beta_RESET"], values = [0, 2]}
[claims.any]
sentence = "Unidirectional updating is not wholly worse."
of = {"update.method" = "unidirectional"}
against = {"update.method" = "bidirectional"}
at_least = -1.0
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "base.toml").write_text(BASE)
    (tmp_path / "study.toml").write_text(STUDY)
    return tmp_path


def changed(folder, old, new):
    """The study with a part of its text replaced."""
    assert old in STUDY
    (folder / "study.toml").write_text(STUDY.replace(old, new, 1))
    return folder / "study.toml"


# -- files -----------------------------------------------------------------------------------------------------------


def test_every_combination_is_a_run(folder):
    found = points(load(folder / "study.toml"))
    on_chip = [point for point in found if point.training == "on-chip"]
    assert [(point.run.update.method, point.run.device.beta_RESET, point.run.seed) for point in on_chip] == [
        (method, beta, seed) for method in ("unidirectional", "bidirectional") for beta in (0, 2) for seed in (1, 2)
    ]
    assert all(point.run.training.epochs == 1 and point.run.record.pulses == "none" for point in found)
    assert len({point.folder for point in found}) == len(found)


def test_baselines_have_only_the_axes_that_they_depend_on(folder):
    found = points(load(folder / "study.toml"))
    assert [point.labels for point in found if point.training == "software"] == [{}, {}]
    assert [point.labels["beta"] for point in found if point.training == "write-once"] == [0, 0, 2, 2]


def test_overrides_reach_runs_and_the_study(folder):
    study = load(
        folder / "study.toml", {"seeds": [7], "training.epochs": 3, "update.refresh_every": 5, "baselines": []}
    )
    found = points(study)
    assert len(found) == 4 and all(point.run.training.epochs == 3 and point.run.seed == 7 for point in found)
    assert found[0].run.update.refresh_every == 5 and found[-1].run.update.method == "bidirectional"


def test_what_a_run_is_decides_its_folder(folder):
    names = [point.folder for point in points(load(folder / "study.toml"))]
    assert names == [point.folder for point in points(load(folder / "study.toml", {"title": "another"}))]
    assert not {*names} & {point.folder for point in points(load(folder / "study.toml", {"time.n_slots": 3}))}


def test_labels_stand_for_values(folder):
    axis = 'ratio = {keys = ["device.G_min"], values = ["1 uS", "50 nS"], labels = [5, 100]}'
    study = load(changed(folder, "update.method = [", axis + "\nupdate.method = ["))
    run = points(study)[0]
    assert run.labels["ratio"] == 5 and run.run.device.G_min == pytest.approx(1e-6)


def test_another_variant_keeps_what_it_knows():
    base = {"device": {"law": "exponential", "G_min": 1, "beta_SET": 2}, "update": {"method": "unidirectional"}}
    assert merge(base, {"device": {"law": "linear"}})["device"] == {"law": "linear", "G_min": 1}
    assert merge(base, {"device": {"G_min": 3}})["device"] == {"law": "exponential", "G_min": 3, "beta_SET": 2}
    assert merge(base, {"device": {"model": "epiram"}})["device"] == {"model": "epiram"}
    assert base["device"]["beta_SET"] == 2


@pytest.mark.parametrize("quick", [False, True])
def test_the_claims_are_a_valid_study(quick):
    study = load(RUNS / "claims.toml", {"quick": quick})
    found = points(study)
    check_columns(study, found)
    assert {point.run.data.source for point in found} == {"digits" if quick else "mnist"}
    assert {"levels", "ratio", "nonlinearity", "asymmetry", "spread"} <= set(study.grids)


@pytest.mark.parametrize("quick", [False, True])
@pytest.mark.parametrize("name", ["nonlinearity", "linear", "devices"])
def test_the_examples_are_valid_studies(name, quick):
    study = load(RUNS / f"{name}.toml", {"quick": quick})
    found = points(study)
    check_columns(study, found)
    assert {point.run.data.source for point in found} == {"digits" if quick else "mnist"}


def test_the_study_of_devices_leaves_none_out():
    """But for the made-up one of the demo."""
    found = {point.labels.get("device.model") for point in points(load(RUNS / "devices.toml"))} - {None}
    assert found == set(list_models()) - {"example-curve"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('base = "base.toml"', 'base = "none.toml"', "none.toml: cannot be read"),
        ('base = "base.toml"', "base = 3", "base = 3: must be the path of a run file"),
        ("seeds = [1, 2]", "seeds = [1, 1]", "seeds [1, 1] must differ"),
        ("seeds = [1, 2]", "seed = 1", "no 'seed'; did you mean 'seeds'? allowed: title"),
        ("seeds = [1, 2]", "seeds = []", "seeds: "),
        ('"software"', '"sofware"', "baselines: no 'sofware'; did you mean 'software'? allowed: software"),
        ("[axes]", "[axis]", "no 'axis'; did you mean 'axes'?"),
        ("update.method = [", "update.methods = [", "update.methods is not a key"),
        ("update.method = [", "methods = [", "'methods' is no dotted key of a run file"),
        ("values = [0, 2]", "values = []", "axes.beta.values: "),
        ("values = [0, 2]", "values = [0, 0]", "values [0, 0] must differ"),
        ("values = [0, 2]", "values = [0, 99]", "beta = 99): device.beta_SET = 99: must be at most 20"),
        ("values = [0, 2]", "values = [0, 2], labels = [1]", "1 labels for 2 values"),
        ("values = [0, 2]", "value = [0, 2]", "axes.beta.keys"),
        ("beta = {", "accuracy = {", "axes.accuracy: the table has a column of this name"),
        ("at_least = -1.0", "", "claims.any: needs exactly one of at_least, at_most and within"),
        ("at_least = -1.0", "at_last = 1", "claims.any.at_last: is not a key"),
        ('{"update.method" = "unidirectional"}', '{"update.method" = "both"}', "fits no run; columns to choose by: training, update.method, beta"),
        ("at_least = -1.0", "at_least = 1\ncolumn = 'acuracy'", "column: no 'acuracy'; did you mean 'accuracy'?"),
        ("[axes]", "[grids.a]\n[axes]", "axes: the file has grids, so write grids.a.axes instead"),
        ("[axes]", "[cases]\na.device = 3\n[axes]", "cases.a.device = 3: must be a section"),
        ("[axes]", "[cases]\na = 3\n[axes]", "cases.a: "),
        ("[axes]", "[cases.a.devices]\nx = 3\n[axes]", "cases.a: no 'devices'; did you mean 'device'?"),
        ("seeds = [1, 2]", "quick = true", "the file has no section if_quick"),
        ("seeds = [1, 2]", "quick = 1", "quick = 1: must be true or false"),
        ("seeds = [1, 2]", "seeds = [", "is not TOML"),
    ],
)  # fmt: skip
def test_wrong_files_are_told_in_one_line(folder, old, new, message):
    path = changed(folder, old, new)
    result = CliRunner().invoke(main, ["study", str(path), "--out", str(folder / "out")])
    assert result.exit_code == 1 and result.output.count("\n") == 1
    assert result.output.startswith("error: ") and message in result.output
    assert not (folder / "out").exists()


def test_missing_dask_is_told_in_one_line(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    result = CliRunner().invoke(main, ["study", str(folder / "study.toml"), "--out", str(folder / "out")])
    assert result.exit_code == 1 and result.output.count("\n") == 1
    assert "pip install 'pulsenet[study]'" in result.output


# -- claims ----------------------------------------------------------------------------------------------------------


def rows_of(**cases):
    return [
        {"training": "on-chip", "case": case, "seed": seed, "accuracy": accuracy}
        for case, values in cases.items()
        for seed, accuracy in enumerate(values)
    ]


@pytest.mark.parametrize(
    ("threshold", "expected"),
    [
        ({"at_least": 0.05}, HOLDS),
        ({"at_least": 0.0999}, OPEN),
        ({"at_least": 0.15}, FAILS),
        ({"at_most": 0.15}, HOLDS),
        ({"at_most": 0.1001}, OPEN),
        ({"at_most": 0.05}, FAILS),
        ({"within": 0.15}, HOLDS),
        ({"within": 0.1001}, OPEN),
        ({"within": 0.05}, FAILS),
    ],
)
def test_verdicts(threshold, expected):
    rows = rows_of(a=[0.90, 0.91, 0.92], b=[0.80, 0.80, 0.83])
    claim = Claim(sentence="", of={"case": "a"}, against={"case": "b"}, **threshold)
    verdict = decide("name", claim, rows)
    assert verdict.verdict == expected and verdict.seeds == 3
    assert verdict.mean == pytest.approx(0.1) and verdict.spread == pytest.approx(0.01)
    # One-sided 95 % quantile of Student's t with 2 degrees of freedom, from tables.
    assert verdict.mean - verdict.low == pytest.approx(2.920 * 0.01 / np.sqrt(3), rel=1e-3)


def test_one_seed_decides_nothing():
    claim = Claim(sentence="", of={"case": "a"}, at_least=0.5)
    assert decide("name", claim, rows_of(a=[0.9])).verdict == OPEN
    assert decide("name", claim, rows_of(a=[0.9, 0.91])).verdict == HOLDS


def test_rows_are_averaged_per_seed_and_compared_seed_by_seed():
    rows = rows_of(a=[0.5, 0.9], b=[0.4, 0.8]) + rows_of(a=[0.7, 0.7])
    rows[-1]["accuracy"] = rows[-2]["accuracy"] = None  # runs without test samples
    claim = Claim(sentence="", of={"case": "a"}, against={"case": "b"}, at_least=0.09)
    verdict = decide("name", claim, rows)
    assert verdict.verdict == HOLDS and verdict.spread == pytest.approx(0, abs=1e-12)


# -- studies ---------------------------------------------------------------------------------------------------------


def command(folder, *options):
    script = "from pulsenet.cli import main; main()"
    study = str(folder / "study.toml")
    return [sys.executable, "-c", script, "study", study, "--engine", "numpy", "--workers", "2", *options]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("finished")
    (folder / "base.toml").write_text(BASE)
    (folder / "study.toml").write_text(STUDY)
    done = subprocess.run(command(folder, "--out", str(folder / "out")), capture_output=True, text=True, timeout=200)
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
    out = folder / "out"
    running = subprocess.Popen(
        command(folder, "--out", str(out)), start_new_session=True, stderr=subprocess.PIPE, text=True
    )
    wanted = random.randrange(1, 8)  # a moment that differs from day to day: any must do
    while running.poll() is None and len(list(out.glob("runs/*/result.json"))) < wanted:
        time.sleep(0.01)
    running.send_signal(sent)
    _, complaint = running.communicate(timeout=100)
    if sent == signal.SIGINT:
        assert running.returncode == 130 and "Traceback" not in complaint
        assert f"--out {out} --resume" in complaint.splitlines()[-1]
    assert not (out / "table.csv").exists()
    time.sleep(1)  # workers see that their parent is gone
    kept = {path: path.stat().st_mtime_ns for path in out.glob("runs/*/result.json")}
    assert kept
    again = subprocess.run(command(folder, "--out", str(out), "--resume"), capture_output=True, text=True, timeout=200)
    assert again.returncode == 0, again.stderr
    for name in ("table.csv", "figures/study.png"):
        assert (out / name).read_bytes() == (finished / name).read_bytes(), f"ended after {wanted} runs"
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


def test_a_finished_study_is_only_reported_again(finished, folder):
    before = (finished / "table.csv").read_bytes()
    (finished / "table.csv").unlink()
    result = CliRunner().invoke(main, ["study", str(folder / "study.toml"), "--out", str(finished), "--resume"])
    assert result.exit_code == 0, result.output
    assert (finished / "table.csv").read_bytes() == before
    assert json.loads((finished / "study.json").read_text())["file"]["seeds"] == [1, 2]


def test_a_scheduler_that_does_not_answer_is_told_in_one_line(folder, monkeypatch):
    monkeypatch.setattr("pulsenet.study.parallel.PATIENCE", "1s")
    options = ["--out", str(folder / "out"), "--scheduler", "tcp://127.0.0.1:1", "--engine", "numpy"]
    result = CliRunner().invoke(main, ["study", str(folder / "study.toml"), *options])
    assert result.exit_code == 1 and result.output.count("\n") == 1
    assert "tcp://127.0.0.1:1: no Dask scheduler answers" in result.output


def test_the_figure_has_a_line_per_case_and_one_across_per_baseline():
    rows = [
        {"grid": "g", "training": "on-chip", "case": case, "beta": beta, "seed": seed, "epochs": 1, "accuracy": accuracy, "warnings": ""}
        for case, accuracy in (("a", 0.9), ("b", 0.8))
        for beta in (0, 1, 3)
        for seed in (1, 2)
    ]  # fmt: skip
    software = {
        "training": "software",
        "case": None,
        "beta": None,
        "seed": 1,
        "epochs": 1,
        "accuracy": 0.95,
        "warnings": "",
    }
    axes = grid_figure("g", [*rows, {"grid": "g", **software}]).axes[0]
    heights = [bar.lines[0].get_ydata().astype(float) for bar in axes.containers]
    np.testing.assert_allclose(heights, [[90] * 3, [80] * 3], rtol=1e-12)
    assert [text.get_text() for text in axes.figure.legends[0].texts] == ["software: 95.0 ± 0.0", "a", "b"]
    (alone,) = grid_figure("g", [row | {"beta": None} for row in rows if row["beta"] == 1]).axes[0].containers
    assert [bar.lines[0].get_linestyle() for bar in (*axes.containers, alone)] == [
        "-",
        "-",
        "None",
    ]  # cases have no order


def test_wrong_overrides_are_told(folder):
    with pytest.raises(ConfigError, match="no 'traning'; did you mean 'training'"):
        load(folder / "study.toml", {"traning.epochs": 1})
