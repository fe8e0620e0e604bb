"""A reader gives back what a writer was given."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from example_run import LAYERS, POPULATIONS, SCHEDULE, ExampleRun, describe
from hypothesis import given, settings
from hypothesis import strategies as st
from places import ROOT

from pulsenet.trace import Trace, TraceWriter, schema


@pytest.fixture(scope="module", params=["finished", "unfinished", "unfinished, one commit per frame"])
def written(request, tmp_path_factory):
    """A run and a folder that holds it."""
    run, folder = ExampleRun(), tmp_path_factory.mktemp("written") / "run"
    run.write(folder, 1 if "per frame" in request.param else 7, finish=request.param == "finished")
    return run, folder


def test_description_comes_back(written):
    run, folder = written
    with Trace(folder) as trace:
        assert trace.description == describe()
        assert trace.slot == 1e-7 and trace.schedule == SCHEDULE and trace.layers == LAYERS
        assert list(trace.populations.items()) == list(POPULATIONS.items())
        assert trace.configuration["name"] == "µ" and trace.provenance["engine"] == "none"
        assert trace.complete == (folder / "trace.h5").exists() and trace.n_frames == run.n_frames


def test_frames_and_evaluation_come_back(written):
    run, folder = written
    with Trace(folder) as trace:
        assert set(trace.frames) == set(run.frames)
        for name, values in run.frames.items():
            assert trace.frames[name].dtype == values.dtype == trace.frames[name][:].dtype
            np.testing.assert_array_equal(trace.frames[name][:], values)
        np.testing.assert_array_equal(trace.evaluation["epoch"][:], [epoch for epoch, _, _ in run.evaluation])
        np.testing.assert_array_equal(trace.evaluation["accuracy"], [accuracy for _, accuracy, _ in run.evaluation])
        np.testing.assert_array_equal(trace.evaluation["confusion"][1], run.evaluation[1][2])


def test_pulses_come_back(written):
    run, folder = written
    with Trace(folder) as trace:
        for population in POPULATIONS:
            for kind in schema.KINDS:
                expected = run.pulses[population].get(kind, {})
                found = trace.pulses(population, kind)
                assert set(expected) <= set(found) and (expected or not len(found["slot"]))
                for name, values in expected.items():
                    assert found[name].dtype == values.dtype
                    np.testing.assert_array_equal(found[name], values)


@pytest.mark.parametrize("frame", [0, 6, 7, 20, -1, slice(3, 9), slice(0, 0), slice(5, None), slice(9, 3)])
def test_pulses_of_some_frames(written, frame):
    run, folder = written
    picked = range(run.n_frames)[frame] if isinstance(frame, slice) else [frame % run.n_frames]
    with Trace(folder) as trace:
        for population, kinds in run.pulses.items():
            for kind, pulses in kinds.items():
                inside = np.isin(pulses["slot"] // SCHEDULE.frame_slots, picked)
                found = trace.pulses(population, kind, frame)
                for name, values in pulses.items():
                    np.testing.assert_array_equal(found[name], values[inside])


def test_conductances_come_back(written):
    run, folder = written
    with Trace(folder) as trace:
        np.testing.assert_array_equal(trace.snapshots, [frame for frame, _ in run.snapshots])
        for number, (_, taken) in enumerate(run.snapshots):
            for layer in LAYERS:
                np.testing.assert_array_equal(trace.conductance(layer, number), taken[layer])
        np.testing.assert_array_equal(trace.conductance("layer2", -1), run.snapshots[-1][1]["layer2"])
        assert trace.conductance("layer1", slice(1, 3))[0].shape == (2, 7, 4)


index = st.one_of(
    st.integers(-21, 20),
    st.slices(21),
    st.lists(st.integers(-21, 20), max_size=5).map(lambda rows: np.array(rows, int)),
    st.lists(st.booleans(), min_size=21, max_size=21).map(np.array),
)


@pytest.mark.whole
@settings(max_examples=30, deadline=None)
@given(key=index)
def test_columns_are_indexed_like_arrays(written, key):
    run, folder = written
    with Trace(folder) as trace:
        np.testing.assert_array_equal(trace.frames["sample"][key], run.frames["sample"][key])


def test_run_without_anything(tmp_path):
    with TraceWriter.create(tmp_path / "run", describe(0)) as writer:
        path = writer.finish()
    with Trace(path) as trace:
        assert trace.complete and trace.n_frames == 0 and len(trace.snapshots) == 0
        assert trace.frames["label"][:].shape == trace.pulses("output", "error")["polarity"].shape == (0,)
        assert trace.evaluation["confusion"][:].shape == (0, 3, 3) and trace.conductance("layer1", slice(None))[
            0
        ].shape == (0, 7, 4)
    with TraceWriter.create(tmp_path / "begun", describe(5)):
        with Trace(tmp_path / "begun") as trace:
            assert not trace.complete and trace.n_frames == 0 and trace.evaluation["confusion"][:].shape == (0, 3, 3)
            assert trace.pulses("output", "error")["polarity"].shape == (0,)


def test_xarray_opens_it(tmp_path):
    pytest.importorskip("h5netcdf", reason="h5netcdf is not installed: xarray cannot open HDF5")
    xarray = pytest.importorskip("xarray", reason="xarray is not installed")
    run = ExampleRun()
    path = run.write(tmp_path / "run")
    with xarray.open_datatree(path, engine="h5netcdf") as tree:
        conductance = tree["conductance/layer1/G_plus"]
        assert conductance.dims == ("frame", "input", "output") and conductance.attrs["units"] == "siemens"
        np.testing.assert_array_equal(conductance.sel(frame=4), run.snapshots[1][1]["layer1"][0])
        assert tree["frames/learn"].dtype == bool and tree["frames/learn"].dims == ("frame",)
        assert tree["network/lines"].sel(population="hidden1") == 5
        np.testing.assert_array_equal(tree["evaluation/confusion"].sel(epoch=1), run.evaluation[1][2])
    with xarray.open_dataset(path, group="pulses/output/error", engine="h5netcdf") as pulses:
        assert set(pulses.dims) == {"pulse", "boundary"}
        first = pulses["first"].values
        np.testing.assert_array_equal(
            pulses["slot"][first[3] : first[4]], run.pulses["output"]["error"]["slot"][first[3] : first[4]]
        )


def test_no_simulator_is_imported():
    code = "import sys, pulsenet.trace; sys.exit('brian2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
