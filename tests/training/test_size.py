"""How much disk a run takes, and that a disk that cannot hold it is refused before anything is written."""

from collections import namedtuple

import numpy as np
import pytest

from pulsenet import Dataset, Linear, Network, Record, Run, Time, TraceError, Training, train
from pulsenet.training.dry_run import estimate
from pulsenet.training.prepare import prepare
from pulsenet.training.size import run_size

pytestmark = pytest.mark.whole

DEVICE = Linear(G_min="0.1 uS", G_max="5 uS", pulses_SET=64, pulses_RESET=64)


def digits(**sections) -> Run:
    return Run(network=Network(layers=[64, 50, 10]), device=DEVICE, training=Training(epochs=4), **sections)


@pytest.fixture
def free(monkeypatch):
    """Sets how many bytes the disk has free."""
    usage = namedtuple("usage", "total used free")

    def set_free(size: float) -> None:
        monkeypatch.setattr("shutil.disk_usage", lambda path: usage(10**15, 0, int(size)))

    return set_free


@pytest.fixture
def data() -> Dataset:
    rng = np.random.default_rng(1)
    return Dataset.from_arrays(rng.random((40, 64)), np.arange(40) % 10, rng.random((10, 64)), np.arange(10))


def test_what_is_recorded_counts():
    sizes = {name: run_size(prepare(digits(record=record))) for name, record in {
        "none": Record(pulses="none"), "some": Record(pulses=50), "all": Record(),
        "snapshots": Record(pulses="none", snapshots=40), "waveforms": Record(pulses="none", waveforms=[0, 100, 200]),
    }.items()}  # fmt: skip
    assert sizes["none"].trace < sizes["some"].trace < sizes["all"].trace
    pairs = 65 * 50 + 51 * 10
    assert sizes["snapshots"].trace - sizes["none"].trace == pytest.approx(16 * pairs * 4 * 40, rel=0.1)
    assert 16 * pairs * 2 < sizes["waveforms"].trace - sizes["none"].trace < 1.2 * 16 * pairs * 2 + 3 * 6000
    assert all(size.peak > 2 * size.trace for size in sizes.values())


@pytest.mark.parametrize(
    "record",
    [Record(pulses="all", snapshots=3), Record(pulses="none", snapshots=5), Record(pulses="none", waveforms=[7, 45])],
)
def test_the_estimate_is_near_the_truth(data, tmp_path, record):
    run = Run(
        network=Network(layers=[64, 20, 10]),
        device=DEVICE,
        time=Time(n_slots=4),
        training=Training(epochs=1),
        record=record,
    )
    seen = []

    def watch(progress):
        seen.append(sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()))

    trace = train(run, tmp_path / "run", data, engine="standalone", watch=watch).trace
    size = run_size(prepare(run, data))
    assert 0.5 < size.trace / trace.stat().st_size < 2
    assert 0.5 < size.peak / (max(seen) + trace.stat().st_size) < 2  # the segments stay until the trace is whole


def test_a_disk_that_cannot_hold_a_run_is_refused(data, tmp_path, free):
    free(1e5)
    with pytest.raises(TraceError) as caught:
        train(digits(), tmp_path / "new" / "run", data, engine="standalone")
    message = str(caught.value)
    assert "\n" not in message and "100 kB are free" in message and str(tmp_path / "new" / "run") in message
    assert all(word in message for word in ("record.pulses", "record.snapshots", "--out", "MB"))
    assert not (tmp_path / "new").exists()


def test_what_an_unfinished_run_has_written_counts_for_its_continuation(data, tmp_path, free):
    run = Run(network=Network(layers=[64, 10]), device=DEVICE, time=Time(n_slots=2), training=Training(epochs=2))

    class StopError(Exception):
        pass

    def watch(progress):
        if progress.frame:
            raise StopError

    with pytest.raises(StopError):
        train(run, tmp_path / "run", data, engine="standalone", watch=watch)
    written = sum(path.stat().st_size for path in (tmp_path / "run" / "segments").glob("*.segment"))
    needed = run_size(prepare(run, data)).peak
    free(needed - written - 1000)
    with pytest.raises(TraceError, match="are free"):
        train(run, tmp_path / "run", data, engine="standalone", resume=True)
    free(needed - written + 1000)
    assert train(run, tmp_path / "run", data, engine="standalone", resume=True).trace.exists()


def test_the_dry_run_says_the_same(data):
    prepared = prepare(digits(), data)
    size = run_size(prepared)
    text = estimate(prepared, "numpy")
    assert f"{size.trace / 1e3:.4g} kB of trace" in text or f"{size.trace / 1e6:.4g} MB of trace" in text
    assert "of disk while it runs" in text
