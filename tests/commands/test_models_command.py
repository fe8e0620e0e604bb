"""`pulsenet models`: everything that is in a device file is told."""

import tomllib

import pytest
from click.testing import CliRunner
from places import ROOT

from pulsenet import list_models, load_model
from pulsenet.cli import main
from pulsenet.describe.device_file import STATUSES

FOLDER = ROOT / "models"
NAMES = list_models()


def pulsenet(*arguments):
    return CliRunner().invoke(main, ["models", *arguments])


def test_list_tells_every_device_in_a_line():
    header, *rows, legend = pulsenet("list").output.splitlines()
    assert [row.split()[0] for row in rows] == NAMES
    assert next(row for row in rows if row.startswith("epiram")).split()[1:7] == [
        "neurosim",
        "64/64",
        "246",
        "nS",
        "12.3",
        "uS",
    ]
    assert header.startswith("name") and legend.startswith("status: ")


@pytest.mark.parametrize("name", NAMES)
def test_show_tells_everything_that_is_in_the_file(name):
    result = pulsenet("show", name)
    assert result.exit_code == 0, result.output
    flat = " ".join(result.output.split())
    content = tomllib.loads((FOLDER / name / "device.toml").read_text())
    for keys in content["certainty"].values():
        for key, how in keys.items():
            assert f"{key} " in flat and how in flat
    for reference in content["source"]["references"]:
        assert reference["text"] in flat and reference.get("doi", "") in flat
    assert load_model(name).file.sha256 in flat and any(status in flat for status in STATUSES)


def test_show_gives_units():
    output = pulsenet("show", "ag2s-atomic-switch").output
    for key, value in (
        ("G_max", "77.5 uS"),
        ("V_SET", "80 mV"),
        ("t_SET", "500 ms"),
        ("drift_onset", "20 s"),
        ("drift_exponent", "1"),
    ):
        line = next(line for line in output.splitlines() if line.strip().startswith(key))
        assert line.split()[1:3] == value.split() or line.split()[1] == value, line


def test_plot_draws_one_picture_and_replaces_none(tmp_path):
    path = tmp_path / "new" / "two.png"
    assert pulsenet("plot", "epiram", "multilevel-rram", "--out", str(path)).output == f"{path}\n"
    before = path.read_bytes()
    result = pulsenet("plot", "pcmo", "--out", str(path))
    assert result.exit_code == 1 and "exists already" in result.output and path.read_bytes() == before
    assert pulsenet("plot", "pcmo", "--out", str(path), "--force").exit_code == 0
    assert path.read_bytes() != before and [item.name for item in path.parent.iterdir()] == ["two.png"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "epirom"], "error: no device 'epirom'; did you mean 'epiram'?"),
        (["plot"], "error: Missing argument"),
        (["plot", "epiram", "--out", "x.foo"], "error: x.foo: no kind of picture"),
        (["plot", *NAMES], "error: 30 devices in one figure: more than 28 "),
        (["shw"], "error: No such command 'shw'"),
    ],
)
def test_wrong_commands_end_in_one_line(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    result = pulsenet(*arguments)
    assert result.exit_code == 1 and result.output.startswith(message) and result.output.count("\n") == 1, result.output
    assert not list(tmp_path.iterdir())
