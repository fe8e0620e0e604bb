"""A trace as labelled arrays and as tables: the same numbers and names as in the file."""

from __future__ import annotations

import sys

import h5py
import numpy as np
import pytest
from example_run import LAYERS, SCHEDULE, ExampleRun, describe

from pulsenet.errors import TraceError
from pulsenet.trace import Trace, TraceWriter

pytestmark = pytest.mark.whole


@pytest.fixture(scope="module", params=["finished", "unfinished"])
def folder(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("views") / "run"
    ExampleRun().write(folder, 7, finish=request.param == "finished")
    return folder


def test_to_xarray_equals_the_file(folder, tmp_path_factory):
    """Also of an unfinished run: what its file will hold when it is finished."""
    xarray = pytest.importorskip("xarray", reason="xarray is not installed")
    pytest.importorskip("h5netcdf", reason="h5netcdf is not installed: xarray cannot open HDF5")
    path = ExampleRun().write(tmp_path_factory.mktemp("reference") / "run")
    with Trace(folder) as trace, xarray.open_datatree(path, engine="h5netcdf") as file:
        tree = trace.to_xarray()
        compared = 0
        for node in tree.subtree:
            for name, variable in node.to_dataset(inherit=False).variables.items():
                if node.path.startswith("/pulses") and name == "frame":
                    continue
                expected = file[node.path].variables[name]
                assert variable.dims == expected.dims and np.array_equal(variable, expected), (node.path, name)
                assert {key: expected.attrs[key] for key in ("units", "long_name")} == variable.attrs
                compared += 1
        assert compared == sum(
            len(node.to_dataset(inherit=False).variables) - ("first" in node)
            for node in file.subtree
            if node.path.split("/")[1] in ("frames", "conductance", "evaluation", "pulses", "parameters", "devices")
            or node.path == "/clock/phases"
        )
        assert tree.attrs["slot"] == trace.slot and "equations" in tree.attrs


def test_xarray_selects_by_frame_and_label(folder):
    pytest.importorskip("xarray", reason="xarray is not installed")
    run = ExampleRun()
    with Trace(folder) as trace:
        tree = trace.to_xarray()
    G = tree["conductance/layer1/G_plus"].sel(frame=4, input=2)
    np.testing.assert_array_equal(G, run.snapshots[1][1]["layer1"][0][2])
    error = tree["pulses/output/error"].to_dataset()
    chosen = error.where(error.frame == 3, drop=True)
    slots = run.pulses["output"]["error"]["slot"]
    np.testing.assert_array_equal(chosen.slot, slots[slots // SCHEDULE.frame_slots == 3])


def test_a_tree_can_be_written_as_netcdf_and_read_again(tmp_path):
    xarray = pytest.importorskip("xarray", reason="xarray is not installed")
    pytest.importorskip("h5netcdf", reason="h5netcdf is not installed: xarray cannot write HDF5")
    with Trace(ExampleRun().write(tmp_path / "run")) as trace:
        tree = trace.to_xarray()
    tree.to_netcdf(tmp_path / "copy.nc", engine="h5netcdf")
    with xarray.open_datatree(tmp_path / "copy.nc", engine="h5netcdf") as copy:
        xarray.testing.assert_equal(copy, tree)


def test_to_pandas(folder):
    pytest.importorskip("pandas", reason="pandas is not installed")
    run = ExampleRun()
    with Trace(folder) as trace:
        frames, evaluation, error = (trace.to_pandas(name) for name in ("frames", "evaluation", "pulses/hidden1/error"))
    assert frames.index.name == "frame" and set(frames) == set(run.frames) and frames["learn"].dtype == bool
    for name, values in run.frames.items():
        np.testing.assert_array_equal(frames[name], values)
    assert frames.attrs["units"]["read_energy"] == "joule" and frames.attrs["units"]["refresh_time"] == "second"
    assert list(evaluation) == ["accuracy"] and list(evaluation.index) == [epoch for epoch, _, _ in run.evaluation]
    pulses = run.pulses["hidden1"]["error"]
    np.testing.assert_array_equal(error["frame"], pulses["slot"] // SCHEDULE.frame_slots)
    for name, values in pulses.items():
        np.testing.assert_array_equal(error[name], values)


def test_an_empty_trace_has_empty_views(tmp_path):
    pytest.importorskip("xarray", reason="xarray is not installed")
    with TraceWriter.create(tmp_path / "run", describe(5)), Trace(tmp_path / "run") as trace:
        tree = trace.to_xarray()
        assert tree["frames"].sizes == {"frame": 0} and tree["conductance/layer2/G_plus"].shape == (
            0,
            *LAYERS["layer2"],
        )
        assert len(trace.to_pandas("frames")) == len(trace.to_pandas("evaluation")) == 0


@pytest.mark.parametrize("table", ["frame", "pulses/input/error", "pulses", ""])
def test_unknown_tables_are_refused(folder, table):
    pytest.importorskip("pandas", reason="pandas is not installed")
    with (
        Trace(folder) as trace,
        pytest.raises(TraceError, match=r"^[^\n]*no table .*frames, evaluation, pulses/input/forward"),
    ):
        trace.to_pandas(table)


@pytest.mark.parametrize(("library", "call"), [("xarray", "to_xarray"), ("pandas", "to_pandas")])
def test_a_missing_library_is_named_with_how_to_get_it(folder, monkeypatch, library, call):
    monkeypatch.setitem(sys.modules, library, None)
    with Trace(folder) as trace, pytest.raises(TraceError, match=f"{library} is not installed") as caught:
        getattr(trace, call)(*(["frames"] if call == "to_pandas" else []))
    assert "pulsenet[analysis]" in str(caught.value)


def test_plain_h5py_reads_energy_and_time(tmp_path):
    run = ExampleRun()
    with h5py.File(run.write(tmp_path / "run")) as file:
        for name, unit in (("programming_energy", "joule"), ("error_time", "second")):
            np.testing.assert_array_equal(file[f"frames/{name}"], run.frames[name])
            assert file[f"frames/{name}"].attrs["units"] == unit
