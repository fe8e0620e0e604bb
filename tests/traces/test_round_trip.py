"""What goes in comes out, by our reader and by ordinary tools; and the bytes do not depend on the cuts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from example_run import COUNTS, LAYERS, POPULATIONS, SCHEDULE, ExampleRun, describe
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pulsenet.trace import (
    Commit,
    Description,
    Trace,
    TraceWriter,
    join,
    schema,
    segments,
)


@pytest.fixture(scope="module", params=["finished", "unfinished", "unfinished, one commit per frame"])
def written(request, tmp_path_factory):
    """A run and a folder that holds it."""
    run, folder = ExampleRun(), tmp_path_factory.mktemp("written") / "run"
    run.write(folder, 1 if "per frame" in request.param else 7, finish=request.param == "finished")
    return run, folder


@pytest.fixture
def small_chunks(monkeypatch):
    """Chunks so small that even a small run has many, packed ones."""
    monkeypatch.setattr(join, "CHUNK_ROWS", 16)
    monkeypatch.setattr(segments, "CHUNK_ROWS", 16)
    monkeypatch.setattr(segments, "PACK_FROM_ROWS", 8)


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


@settings(max_examples=30, deadline=None)
@given(key=index)
def test_columns_are_indexed_like_arrays(written, key):
    run, folder = written
    with Trace(folder) as trace:
        np.testing.assert_array_equal(trace.frames["sample"][key], run.frames["sample"][key])


def brute_force(run: ExampleRun, frame: int, layer: int) -> set[tuple[int, int, int, int]]:
    """Programming pulses, slot by slot and device by device: (slot, pre, post, polarity)."""
    before, after = list(POPULATIONS)[layer], list(POPULATIONS)[layer + 1]
    forward, error = run.pulses[before]["forward"], run.pulses[after]["error"]
    found = set()
    for k in range(SCHEDULE.phase_slots):
        slot = frame * SCHEDULE.frame_slots + SCHEDULE.update_start + k
        for pre in range(POPULATIONS[before]):
            rows = [
                r
                for r in range(len(forward["slot"]))
                if forward["slot"][r] // SCHEDULE.frame_slots == frame and forward["line"][r] == pre
            ]
            is_open = (len(rows) if run.code == "count" else sum(int(forward["width"][r]) for r in rows)) > k
            for r in np.flatnonzero(error["slot"] == slot):
                if is_open:
                    found.add((slot, pre, int(error["line"][r]), int(error["polarity"][r])))
    return found


@pytest.mark.parametrize("code", ["width", "count"])
def test_programming_pulses_against_brute_force(tmp_path, code):
    run = ExampleRun(6, code, density=2)
    run.write(tmp_path / "run", 4)
    total = 0
    with Trace(tmp_path / "run") as trace:
        for frame in range(6):
            for number, (layer, pulses) in enumerate(trace.programming_pulses(frame).items()):
                rows = list(zip(*(pulses[name].tolist() for name in ("slot", "pre", "post", "polarity")), strict=True))
                assert rows == sorted(rows, key=lambda row: (row[0], row[2], row[1])), layer
                assert len(rows) == len(set(rows)) and set(rows) == brute_force(run, frame, number)
                total += len(rows)
    assert total > 50


@pytest.mark.parametrize("cuts", [1, 7, []])
def test_same_bytes_for_other_cuts(tmp_path, small_chunks, cuts):
    run = ExampleRun()
    reference = run.write(tmp_path / "reference", 5).read_bytes()
    assert run.write(tmp_path / "run", cuts).read_bytes() == reference


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(0, 21), max_size=6))
def test_same_bytes_for_any_cuts(tmp_path_factory, small_chunks, cuts):
    """Also with commits that have no frame at all."""
    run, folder = ExampleRun(), tmp_path_factory.mktemp("cuts")
    assert run.write(folder / "run", cuts).read_bytes() == run.write(folder / "reference", []).read_bytes()


def test_same_bytes_with_chunks_of_real_size(tmp_path):
    """Over 32768 rows, cut where no chunk ends; and these are packed as FORMAT.md says."""
    n_frames = 10000
    run, description = ExampleRun(1), describe(n_frames)
    slot = np.sort(run.rng.integers(0, n_frames * SCHEDULE.frame_slots, 70000))
    line = np.sort(run.rng.integers(0, 7, 70000)) * 0
    frames = {name: np.resize(values, n_frames) for name, values in run.frames.items()}

    def write(folder: Path, bounds: list[int]) -> Path:
        with TraceWriter.create(folder, description) as writer:
            for start, stop in zip(bounds, bounds[1:], strict=False):
                a, b = np.searchsorted(slot, [start * SCHEDULE.frame_slots, stop * SCHEDULE.frame_slots])
                part = {name: values[start:stop] for name, values in frames.items()}
                writer.commit(Commit(part, {"input": {"forward": {"slot": slot[a:b], "line": line[a:b]}}}))
            return writer.finish()

    one, many = write(tmp_path / "one", [0, n_frames]), write(tmp_path / "many", [0, 17, 4000, 9998, n_frames])
    assert one.read_bytes() == many.read_bytes()
    with h5py.File(one) as file:
        stored = file["pulses/input/forward/slot"]
        assert (stored.chunks, stored.compression, stored.compression_opts, stored.shuffle) == (
            (32768,),
            "gzip",
            1,
            True,
        )
        np.testing.assert_array_equal(stored, slot)


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


def test_every_dataset_is_in_the_schema_and_says_what_it_is(tmp_path):
    """Plain h5py finds units, a long name and a dimension scale for every axis; and all that the schema asks for."""
    path = ExampleRun().write(tmp_path / "run")
    patterns = [
        (field, [part if part[0] != "<" else None for part in field.path.split("/")]) for field in schema.FIELDS
    ]
    seen = set()

    def check(name: str, item) -> None:
        if not isinstance(item, h5py.Dataset):
            return
        parts = name.split("/")
        fits = [
            f
            for f, p in patterns
            if len(p) == len(parts) and all(a in (None, b) for a, b in zip(p, parts, strict=True))
        ]
        field = fits[0]
        seen.add(field.path)
        assert item.attrs["units"] == field.units and item.attrs["long_name"]
        assert h5py.check_string_dtype(item.dtype) if field.dtype == "text" else item.dtype == field.stored_dtype, name
        assert item.ndim == len(field.axes)
        assert item.is_scale == field.is_scale
        for axis, dimension in zip(field.axes, [] if item.is_scale else item.dims, strict=item.is_scale is False):
            assert (
                len(dimension) == 1
                and dimension[0].name.endswith("/" + axis)
                and dimension[0].shape == item.shape[:0] + (item.shape[field.axes.index(axis)],)
            )

    with h5py.File(path) as file:
        assert (file.attrs["format"], tuple(file.attrs["format_version"]), file.attrs["complete"]) == (
            schema.FORMAT,
            schema.VERSION,
            1,
        )
        file.visititems(check)
        assert json.loads(file["provenance/configuration"].asstr()[()])["name"] == "µ"
    optional = {"frames/backward_pulses"}
    assert seen == {field.path for field in schema.FIELDS} - optional and len(COUNTS) == 4


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


def test_format_md_lists_every_dataset():
    text = (Path(schema.__file__).parent / "FORMAT.md").read_text()
    for field in schema.FIELDS:
        shape = ", ".join(field.axes) or "scalar"
        need = "MUST" if field.required else "MAY"
        assert (
            f"| `/{field.path}` | {field.dtype} | {field.units} | {shape} | {field.storage} | {need} | {field.long_name} |"
            in text
        )
    for number in (schema.CHUNK_ROWS, schema.PACK_FROM_ROWS, schema.FORMAT):
        assert str(number) in text


def test_no_simulator_is_imported():
    code = "import sys, pulsenet.trace; sys.exit('brian2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False).returncode == 0


def test_description_is_the_same_for_any_order_of_keys():
    one, two = describe(), describe()
    shuffled = Description(
        dict(reversed(two.configuration.items())), dict(reversed(two.provenance.items())), *list(vars(two).values())[2:]
    )
    assert shuffled.digest == one.digest and one.difference(shuffled) is None
