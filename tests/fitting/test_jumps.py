"""Measured steps become a table, if there are enough of them."""

import numpy as np
import pytest
from click.testing import CliRunner

from pulsenet import DataError, load_model
from pulsenet.cli import main
from pulsenet.fitting import Curves, measured_steps
from pulsenet.seams.laws import JumpTable


def test_measured_cycles_become_a_device(tmp_path):
    rng, lines = np.random.default_rng(2), ["cycle,kind,pulse,G (uS)"]
    for cycle in range(8):
        for kind in ("SET", "RESET"):
            g = np.clip(np.r_[0, np.cumsum(0.05 * (1 + 0.3 * rng.normal(size=20)))], 0, 1)
            lines += [f"{cycle},{kind},{n},{1 + 9 * (x if kind == 'SET' else 1 - x)}" for n, x in enumerate(g)]
    curve = tmp_path / "mine.csv"
    curve.write_text("\n".join(lines))
    done = CliRunner().invoke(main, ["fit", str(curve), "--law", "jump-table", "--out", str(tmp_path / "mine")])
    assert done.exit_code == 0, done.output
    assert "SET: 160 steps, mean 5" in done.output and (tmp_path / "mine" / "fit.png").stat().st_size > 10_000
    device = load_model(tmp_path / "mine").device
    assert isinstance(device, JumpTable) and device.levels() == pytest.approx(20, rel=0.1)
    again = CliRunner().invoke(main, ["fit", str(curve), "--law", "jump-table", "--out", str(tmp_path / "mine")])
    assert again.exit_code == 1 and "exists already" in again.output


def test_too_few_steps_are_refused():
    n = np.arange(6.0)
    curves = Curves(device=0 * n.astype(int), cycle=0 * n.astype(int), RESET=n < 0, n=n, G=n * 1e-6)
    with pytest.raises(DataError, match="5 steps of SET by one pulse each; a table needs at least 10"):
        measured_steps(curves)
