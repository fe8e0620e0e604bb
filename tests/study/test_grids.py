"""Study files: what they may say, and one clear line for what they may not."""

import pytest
from click.testing import CliRunner
from places import ROOT
from small_study import STUDY

from pulsenet import ConfigError
from pulsenet.cli import main
from pulsenet.describe.catalog import list_models
from pulsenet.study import load
from pulsenet.study.points import check_columns, points

pytestmark = pytest.mark.whole

RUNS = ROOT / "runs"


def changed(folder, old, new):
    """The study with a part of its text replaced."""
    assert old in STUDY
    (folder / "study.toml").write_text(STUDY.replace(old, new, 1))
    return folder / "study.toml"


# -- files -----------------------------------------------------------------------------------------------------------


def test_labels_stand_for_values(folder):
    axis = 'ratio = {keys = ["device.G_min"], values = ["1 uS", "50 nS"], labels = [5, 100]}'
    study = load(changed(folder, "update.method = [", axis + "\nupdate.method = ["))
    run = points(study)[0]
    assert run.labels["ratio"] == 5 and run.run.device.G_min == pytest.approx(1e-6)


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
        (
            '{"update.method" = "unidirectional"}',
            '{"update.method" = "both"}',
            "fits no run; columns to choose by: training, update.method, beta",
        ),
        ("at_least = -1.0", "at_least = 1\ncolumn = 'acuracy'", "column: no 'acuracy'; did you mean 'accuracy'?"),
        ("[axes]", "[grids.a]\n[axes]", "axes: the file has grids, so write grids.a.axes instead"),
        ("[axes]", "[cases]\na.device = 3\n[axes]", "cases.a.device = 3: must be a section"),
        ("[axes]", "[cases]\na = 3\n[axes]", "cases.a: "),
        ("[axes]", "[cases.a.devices]\nx = 3\n[axes]", "cases.a: no 'devices'; did you mean 'device'?"),
        ("seeds = [1, 2]", "quick = true", "the file has no section if_quick"),
        ("seeds = [1, 2]", "quick = 1", "quick = 1: must be true or false"),
        ("seeds = [1, 2]", "seeds = [", "is not TOML"),
    ],
)
def test_wrong_files_are_told_in_one_line(folder, old, new, message):
    path = changed(folder, old, new)
    result = CliRunner().invoke(main, ["study", str(path), "--out", str(folder / "out")])
    assert result.exit_code == 1 and result.output.count("\n") == 1
    assert result.output.startswith("error: ") and message in result.output
    assert not (folder / "out").exists()


# -- studies ---------------------------------------------------------------------------------------------------------


def test_wrong_overrides_are_told(folder):
    with pytest.raises(ConfigError, match="no 'traning'; did you mean 'training'"):
        load(folder / "study.toml", {"traning.epochs": 1})
