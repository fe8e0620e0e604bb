"""What `pulsenet inspect` says of a trace, and what a training frame costs."""

from __future__ import annotations

import numpy as np
import pytest
from click.testing import CliRunner
from made_up_run import COSTS, LEARN, write

from pulsenet import Trace
from pulsenet.cli import main
from pulsenet.exports.inspection import costs, inspection
from pulsenet.text.quantities import from_si


@pytest.fixture(scope="module")
def made_up(made_up_folder):
    with Trace(made_up_folder) as opened:
        yield opened


def test_the_command_says_what_the_function_says(made_up_folder, made_up):
    done = CliRunner().invoke(main, ["inspect", str(made_up_folder)])
    assert done.exit_code == 0 and done.output == f"{inspection(made_up)}\n"


def test_it_says_what_the_trace_holds(made_up):
    lines = inspection(made_up).splitlines()
    assert lines[:2] == [
        "unfinished trace of 8 frames of 36 slots of 100 ns", "lines: input 26 - hidden1 5 - output 3"
    ]  # fmt: skip
    device = "G_max = 5e-06 S, G_min = 1e-07 S, law = linear, pulses_RESET = 64.0, pulses_SET = 64.0"
    assert lines[2] == f"device: {device}"
    assert lines[3].startswith("update: method = unidirectional, ")
    assert lines[4:6] == ["epoch 1: test accuracy 50.00%", "epoch 2: test accuracy 75.00%"]
    assert "programming pulses per frame: 6.5" in lines and "error pulses per frame: 1.9" in lines
    assert not [line for line in lines if line.startswith("forward")]  # which this trace does not count


def test_costs_are_those_of_training_frames(made_up):
    time, energy, rest = costs(made_up)
    parts = COSTS.values()
    for line, symbol, of_frame in ((time, "s", np.full(8, 1e-6)), (energy, "J", np.arange(8) * 1e-12)):
        mean = of_frame[LEARN].mean()
        shares = ", ".join(f"{part} {from_si(mean * factor, symbol)}" for part, factor in COSTS.items())
        whole = from_si(mean * sum(parts), symbol)
        assert f" of a training frame: {whole} ({shares}); of an epoch's training: " in line
        assert f" {from_si(of_frame[LEARN].sum() * sum(parts) / 2, symbol)}" in line
        assert "unknown" not in line
    assert rest.startswith("not counted: ")


def test_without_amplitudes_energies_of_programming_are_unknown(tmp_path):
    with Trace(write(tmp_path / "run")) as trace:
        unknown = ("programming_energy", "refresh_energy")
        trace.frames = {name: column for name, column in trace.frames.items() if name not in unknown}
        assert "; programming and refresh unknown, for want of [programming] V_SET, V_RESET" in costs(trace)[1]
    with Trace(write(tmp_path / "none", costs=False)) as trace:
        assert costs(trace) == []
