"""A netlist is the array of the trace, and ngspice finds the charges that the arithmetic of the trace gives."""

import re
import shutil
import subprocess

import numpy as np
import pytest
from configurations import configuration_of
from exported_run import LAYERS, POPULATIONS, SLOT, MadeUp, run_of

from pulsenet import Trace, TraceError
from pulsenet.exports import integrated_charge, spice

needs_ngspice = pytest.mark.skipif(
    not shutil.which("ngspice"), reason="ngspice is not installed (Debian, Ubuntu: apt-get install ngspice)"
)


def simulate(netlist):
    """Charges that ngspice measures, by neuron."""
    done = subprocess.run(["ngspice", "-b", netlist], cwd=netlist.parent, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return {
        int(neuron): float(charge) for neuron, charge in re.findall(r"^charge_(\d+)\s*=\s*(\S+)", done.stdout, re.M)
    }


@needs_ngspice
@pytest.mark.parametrize(
    ("frame", "layer", "snapshot"), [(0, "layer1", -1), (0, "layer2", -1), (2, "layer2", 2), (3, "layer1", 2)]
)
def test_ngspice_integrates_the_charges_of_the_trace(run, trace, tmp_path, frame, layer, snapshot):
    found = simulate(spice(trace, tmp_path / "forward.cir", frame, layer))
    G_plus, G_minus = run.G[snapshot][layer]
    widths = run.values[list(POPULATIONS)[list(LAYERS).index(layer)]][frame]
    wanted = 0.2 * SLOT * widths @ (G_plus - G_minus)
    np.testing.assert_allclose(integrated_charge(trace, frame, layer), wanted, rtol=1e-12, atol=0)
    assert list(found) == [0, 1, 2]
    np.testing.assert_allclose(list(found.values()), wanted, rtol=1e-3, atol=0)


@needs_ngspice
def test_a_netlist_of_some_rows_and_columns(run, trace, tmp_path):
    G = np.random.default_rng(1).uniform(1e-6, 2e-6, (2, 5, 3))
    lines = {"input": [3, 1], "hidden1": [2]}
    netlist = spice(trace, tmp_path / "forward.cir", 1, "layer1", lines, conductance=G, capacitance=3e-12)
    wanted = 0.2 * SLOT * run.values["input"][1][[1, 3]] @ (G[0] - G[1])[[1, 3], 2]
    found = simulate(netlist)
    assert list(found) == [2]
    np.testing.assert_allclose(found[2], wanted, rtol=1e-3, atol=0)


def test_a_netlist_has_a_resistor_for_each_device_that_conducts(run, trace, tmp_path):
    text = spice(trace, tmp_path / "forward.cir", 0).read_text()
    devices = dict(re.findall(r"^(R_\w+) .* (\S+)$", text, re.M))
    assert len(devices) == 2 * 5 * 3 - 1
    for side, G in zip(("plus", "minus"), run.G[-1]["layer1"], strict=True):
        for (row, column), conductance in np.ndenumerate(G):
            if conductance:
                found = float(devices[f"R_{side}_{row}_{column}"])
                np.testing.assert_allclose(found, 1 / conductance, rtol=1e-9, atol=0)
    assert "R_plus_0_0" not in devices


def test_a_netlist_takes_conductances_of_its_own_frame_only(trace, tmp_path):
    with pytest.raises(
        TraceError, match=r"holds no conductances of frame 1, but of frames 0, 3: take one of these, give"
    ):
        spice(trace, tmp_path / "forward.cir", 1)
    with pytest.raises(TraceError, match=r"conductance: shapes \(2, 2\) and \(5, 3\); layer1 needs .* \(5, 3\)"):
        spice(trace, tmp_path / "forward.cir", 1, conductance=(np.ones((2, 2)), np.ones((5, 3))))
    with pytest.raises(TraceError, match="finite, and 0 S or more"):
        spice(trace, tmp_path / "forward.cir", 1, conductance=-np.ones((2, 5, 3)))
    assert not list(tmp_path.iterdir())


def test_drifting_conductances_are_those_of_one_frame(tmp_path):
    configuration = configuration_of(run_of("width", variation={"drift_exponent": 0.1, "drift_onset": "1 s"}))
    with Trace(MadeUp("width").write(tmp_path / "run", configuration=configuration)) as trace:
        spice(trace, tmp_path / "forward.cir", 3)
        with pytest.raises(TraceError, match="holds no conductances of frame 2"):
            spice(trace, tmp_path / "forward.cir", 2)


def test_without_the_times_of_frames_drift_is_refused(tmp_path):
    configuration = configuration_of(run_of("width", variation={"drift_exponent": 0.1, "drift_onset": "1 s"}))
    path = MadeUp("width").write(tmp_path / "run", configuration=configuration, times={})
    with Trace(path) as trace, pytest.raises(TraceError, match="holds no frames/read_time"):
        spice(trace, tmp_path / "forward.cir", 3)
