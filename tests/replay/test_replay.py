"""Conductances after any frame, from a snapshot and the recorded pulses: whatever the run was of."""

import numpy as np
import pytest
from divided import divided
from refusals import refused

from pulsenet import Dataset, Exponential, Linear, Record, Run, Time, Trace, TraceError, Training, Unidirectional, train
from pulsenet.describe.variation import Variation
from pulsenet.replay.replay import check_replay, replay

pytestmark = pytest.mark.whole

LINEAR = Linear(G_min="0.1 uS", G_max="5 uS", pulses_SET=18.5, pulses_RESET=7)
EXPONENTIAL = Exponential(G_min="0.1 uS", G_max="5 uS", pulses_SET=20, beta_SET=2, pulses_RESET=12.5, beta_RESET=1)
EVERYTHING = Variation(
    dtod_G_min=0.3, dtod_G_max=0.2, dtod_step=0.4, dtod_nonlinearity=0.5, correlation=0.3,
    ctoc_step=0.5, ctoc_range=0.02, read_noise=0.05, stuck_G_min=0.05, stuck_G_max=0.05, stuck_random=0.1,
    drift_exponent=0.02, drift_onset="5 us", drift_every=3,
)  # fmt: skip
N_TRAIN, N_TEST = 12, 3


@pytest.fixture(scope="module")
def data() -> Dataset:
    return divided(N_TRAIN, N_TEST, 4)


def run_of(layers=(4, 3, 2), device=LINEAR, code="width", snapshots=2, pulses="all", **sections) -> Run:
    """Many error pulses, so that devices reach their bounds and refreshes have work."""
    content = {
        "network": {"layers": list(layers), "initial_spread": 0.9, "code": code},
        "device": device,
        "time": Time(n_slots=4),
        "update": Unidirectional(refresh_every=3, refresh_above=0.5, refresh_margin=0.2),
        "training": Training(epochs=1, error_gain=[40.0] * (len(layers) - 2) + [8.0]),
        "record": Record(snapshots=snapshots, pulses=pulses),
        "seed": 4,
    }
    return Run.check(content | sections, "test")


RUNS = {
    "linear, refresh": run_of(),
    "everything varies": run_of(device=EXPONENTIAL, variation=EVERYTHING),
    "count code, bidirectional, stochastic": run_of(
        (4, 3, 2, 2), EXPONENTIAL, "count", update={"method": "bidirectional"}, rule={"rule": "stochastic"}
    ),
    "batches": run_of((4, 2), rule={"rule": "manhattan"}),
    "every second row": run_of(
        update=Unidirectional(refresh_every=3, refresh_turns=2, refresh_above=0.5, refresh_margin=0.2)
    ),
}


@pytest.fixture(scope="module")
def traces(data, tmp_path_factory):
    """Traces of the runs above, and of others; each made when it is asked for first."""
    made = {}

    def trace_of(name: str, run: Run | None = None) -> Trace:
        if name not in made:
            folder = tmp_path_factory.mktemp("run")
            made[name] = Trace(train(run or RUNS[name], folder / "run", data, engine="standalone").trace)
        return made[name]

    yield trace_of
    for trace in made.values():
        trace.close()


@pytest.mark.parametrize("name", RUNS)
def test_a_replay_ends_at_every_snapshot(traces, name):
    trace = traces(name)
    differences = check_replay(trace)
    assert list(differences) == list(trace.snapshots[1:])
    assert max(differences.values()) <= (0.0 if RUNS[name].device.law == "linear" else 1e-12)
    assert any(np.any(trace.conductance(layer, 0)[0] != trace.conductance(layer, -1)[0]) for layer in trace.layers)
    if RUNS[name].update.refresh_period():
        assert trace.frames["refresh_pulses"][:].sum() > 0


def test_between_snapshots_it_is_what_a_run_with_more_of_them_recorded(traces):
    sparse, dense = traces("linear, refresh"), traces("dense", run_of(snapshots=6))
    frames = dense.snapshots[:]
    assert len(frames) > 2 * len(sparse.snapshots)
    found = replay(sparse, frames.tolist())
    for layer in sparse.layers:
        for G, recorded in zip(found[layer], dense.conductance(layer, slice(None)), strict=True):
            np.testing.assert_array_equal(G, recorded)
    last = replay(sparse, int(frames[-1]))
    np.testing.assert_array_equal(last["layer1"][0], dense.conductance("layer1", -1)[0])


def test_evaluation_frames_change_nothing(traces):
    trace = traces("linear, refresh")
    found = replay(trace, slice(N_TRAIN - 1, N_TRAIN + N_TEST))["layer2"][0]
    assert found.shape == (1 + N_TEST, *trace.layers["layer2"])
    assert (found == found[0]).all()


def test_a_snapshot_that_the_pulses_contradict_is_found(traces, monkeypatch):
    trace = traces("linear, refresh")
    recorded = trace.conductance

    def tampered(layer, snapshot):
        plus, minus = recorded(layer, snapshot)
        return plus * (1 + 1e-9 * (snapshot == len(trace.snapshots) - 1)), minus

    monkeypatch.setattr(trace, "conductance", tampered)
    *others, last = check_replay(trace).values()
    assert last == pytest.approx(1e-9, rel=1e-3) and not any(others)


@pytest.mark.heavy
@pytest.mark.parametrize("law", ["linear", "exponential"])
def test_a_compiled_engine_is_replayed(data, tmp_path, law):
    run = run_of() if law == "linear" else run_of(device=EXPONENTIAL, variation=EVERYTHING)
    with Trace(train(run, tmp_path / "run", data, engine="standalone").trace) as trace:
        assert max(check_replay(trace).values()) <= (0.0 if law == "linear" else 1e-12)


def test_frames_after_pulses_that_were_not_recorded_are_refused(traces):
    trace = traces("partial", run_of((4, 2), snapshots=2, pulses=8))
    assert list(check_replay(trace)) == [5]
    assert replay(trace, 7)["layer1"][0].shape == (5, 2)
    refused(TraceError, lambda: replay(trace, 9), "frame 9", "frame 8", "after frame 5", "record.waveforms = [10]")


def test_without_any_pulses_nothing_is_checked(traces):
    trace = traces("none", run_of((4, 2), snapshots=1, pulses="none"))
    refused(TraceError, lambda: check_replay(trace), "no two snapshots", "record.pulses = 'all'")
    assert (replay(trace, -1)["layer1"][0] == trace.conductance("layer1", 0)[0]).all()


def test_frames_that_do_not_exist_are_refused(traces):
    trace = traces("linear, refresh")
    for frame in (-2, trace.n_frames, 1.5):
        refused(TraceError, lambda frame=frame: replay(trace, frame), f"no frame {frame}", str(trace.n_frames - 1))


def test_other_equations_and_unknown_configurations_are_refused(traces, monkeypatch):
    trace = traces("linear, refresh")
    monkeypatch.setitem(trace.configuration, "network", {"layers": [4, 3, 2], "code": "morse"})
    refused(TraceError, lambda: replay(trace, 3), "network.code", "use the version")
    monkeypatch.undo()
    changed = trace.provenance["equations"].replace("G + ", "G + 2*")
    monkeypatch.setitem(trace.provenance, "equations", changed)
    refused(TraceError, lambda: replay(trace, 3), "other equations", "pulsed")
