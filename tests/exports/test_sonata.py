"""SONATA files hold the pulses of the trace, as another reader than pulsenet tells."""

import h5py
import numpy as np
import pytest
from exported_run import SCHEDULE, SLOT

from pulsenet.exports import sonata


def cut(rows, frames):
    """Rows, of which slots come first, of some frames."""
    return sorted(row for row in rows if row[0] // SCHEDULE.frame_slots in frames)


def test_libsonata_reads_the_pulses_of_the_trace(run, trace, tmp_path):
    libsonata = pytest.importorskip("libsonata", reason="libsonata is not installed")
    path = sonata(trace, tmp_path / "spikes.h5", slice(0, 3), {"output": [0, 2]})
    reader = libsonata.SpikeReader(str(path))
    names = {"input", "hidden1", "hidden1.error", "hidden1.refresh", "output.error", "output.backward"}
    assert set(reader.get_population_names()) == names
    for name in names:
        population, _, kind = name.partition(".")
        wanted = cut(run.rows[population, kind or "forward"], range(3))
        wanted = [row for row in wanted if population != "output" or row[1] != 1]
        wanted = [row for row in wanted if kind != "refresh" or row[2] + row[3]]
        found = reader[name].get_dict()
        assert wanted and reader[name].sorting == "by_time"
        assert found["node_ids"].tolist() == [row[1] for row in wanted]
        np.testing.assert_allclose(found["timestamps"], [row[0] * SLOT * 1e3 for row in wanted], rtol=1e-12, atol=0)
        assert reader[name].get([2]) == [pair for pair in reader[name].get() if pair[0] == 2]


def test_spikes_follow_the_sonata_guide(run, trace, tmp_path):
    with h5py.File(sonata(trace, tmp_path / "spikes.h5")) as file:
        group = file["spikes/output.backward"]
        assert group["node_ids"].dtype == np.uint64 and group["timestamps"].dtype == np.float64
        assert group["timestamps"].attrs["units"] == "ms"
        kinds = h5py.check_enum_dtype(group.attrs.get_id("sorting").dtype)
        assert kinds == {"none": 0, "by_id": 1, "by_time": 2} and group.attrs["sorting"] == kinds["by_time"]
        columns = run.columns("output", "backward")
        for name in {"width", "polarity"} & set(columns):
            assert group[name][:].tolist() == columns[name].tolist()
