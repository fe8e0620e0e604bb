"""`pulsenet run`: bad input is told in one line and writes nothing."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from pulsenet.cli import main


@pytest.mark.parametrize(
    "arguments",
    [
        ["missing.toml"],
        ["bad.toml"],
        ["good.toml", "--set", "training.epoch=2"],
        ["good.toml", "--set", "training.epochs"],
        ["good.toml", "--epochs", "0"],
        ["good.toml", "--engine", "fast"],
        ["good.toml", "--set", "data.source=nowhere.npz"],
        ["good.toml", "--set", "network.layers=[63, 10]"],
        ["good.toml", "--set", "network.layers=[64, 9]"],
    ],
)
def test_bad_input_is_one_line_and_exit_code_1_and_writes_nothing(tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    device = 'law = "linear"\nG_min = "0 S"\nG_max = "1 uS"\npulses_SET = 9\npulses_RESET = 9'
    for name, sizes in (("good", "[64, 10]"), ("bad", "[64]")):
        (tmp_path / f"{name}.toml").write_text(f"[network]\nlayers = {sizes}\n[device]\n{device}")
    result = CliRunner().invoke(main, ["run", *arguments])
    assert result.exit_code == 1, result.output
    assert result.output.startswith("error: ") and result.output.count("\n") == 1, result.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.toml", "good.toml"]
