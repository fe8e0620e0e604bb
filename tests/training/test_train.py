"""A run from its description to its trace: what the trace holds, and that it can be interrupted."""

from __future__ import annotations

import numpy as np
import pytest
from golden import Golden
from small_training import N_TEST, N_TRAIN, RUN

from pulsenet import Dataset, Record, Run, Trace, TraceError, Training, train
from pulsenet.engines.standalone import StandaloneEngine
from pulsenet.replay.programming import programming_pulses
from pulsenet.training.prepare import prepare

pytestmark = pytest.mark.whole

# -- what a trace holds ----------------------------------------------------------------------------------------------


def test_frames_are_the_plan(finished, data):
    with Trace(finished[0].trace) as trace:
        frames = {name: trace.frames[name][:] for name in ("sample", "label", "learn", "epoch", "prediction")}
        assert trace.complete and trace.n_frames == 2 * (N_TRAIN + N_TEST)
    for epoch in (1, 2):
        learn, test = (frames["epoch"] == epoch) & frames["learn"], (frames["epoch"] == epoch) & ~frames["learn"]
        assert sorted(frames["sample"][learn]) == list(range(N_TRAIN))
        assert list(frames["sample"][test]) == list(range(N_TEST))
        assert np.array_equal(frames["label"][learn], data.y_train[frames["sample"][learn]])
        assert np.array_equal(frames["label"][test], data.y_test[frames["sample"][test]])
    assert not np.array_equal(
        frames["sample"][:N_TRAIN], frames["sample"][N_TRAIN + N_TEST :][:N_TRAIN]
    )  # shuffled anew


def test_the_evaluation_is_what_the_predictions_say(finished):
    with Trace(finished[0].trace) as trace:
        frames = {name: trace.frames[name][:] for name in ("label", "learn", "epoch", "prediction")}
        assert list(trace.evaluation["epoch"][:]) == [1, 2]
        assert list(trace.evaluation["accuracy"][:]) == finished[0].accuracy
        for epoch, accuracy, confusion in zip(
            (1, 2), finished[0].accuracy, trace.evaluation["confusion"][:], strict=True
        ):
            chosen = (frames["epoch"] == epoch) & ~frames["learn"]
            label, prediction = frames["label"][chosen], frames["prediction"][chosen]
            assert accuracy == np.mean(label == prediction)
            for j in (0, 1):
                assert list(confusion[j]) == [np.sum((label == j) & (prediction == i)) for i in (0, 1)]


def test_the_trace_is_what_the_golden_model_computes(finished, data):
    """Conductances at every snapshot, predictions, pulses and their counts, over the whole run."""
    prepared = prepare(RUN, data)
    golden = Golden(RUN, prepared.values)
    conductance, frame = prepared.start, 0
    with Trace(finished[0].trace) as trace:
        assert list(trace.snapshots[:]) == [-1, 3, 13, 17, 27]
        for snapshot, last in enumerate(trace.snapshots[:]):
            if last >= 0:
                result = golden.run(prepared.plan.chunk(frame, int(last) + 1), conductance)
                conductance = result.conductance
                assert np.array_equal(trace.frames["prediction"][frame : last + 1], result.preactivation.argmax(axis=1))
                assert np.array_equal(trace.frames["programming_pulses"][frame : last + 1], golden.programmed)
                for population, kinds in result.pulses.items():
                    for kind, columns in kinds.items():
                        recorded = trace.pulses(population, kind, slice(frame, last + 1))
                        for name, values in columns.items():
                            assert np.array_equal(recorded[name], values), (population, kind, name)
                frame = int(last) + 1
            for layer, pair in conductance.items():
                recorded = np.stack(trace.conductance(layer, snapshot))  # a refresh writes at once, or pulse by pulse
                np.testing.assert_allclose(recorded, np.stack(pair), rtol=1e-12, atol=0)
        assert trace.frames["refresh_pulses"][:].sum() > 0 and trace.frames["error_pulses"][:].sum() > 0


def test_pulse_counts_are_those_of_the_recorded_pulses(finished):
    with Trace(finished[0].trace) as trace:
        for frame in range(trace.n_frames):
            count = {
                kind: sum(len(trace.pulses(population, kind, frame)["slot"]) for population in trace.populations)
                for kind in ("forward", "backward", "error")
            }
            for kind, number in count.items():
                assert trace.frames[f"{kind}_pulses"][frame] == number
            programmed = sum(len(pulses["slot"]) for pulses in programming_pulses(trace, frame).values())
            assert trace.frames["programming_pulses"][frame] == programmed
            refresh = [
                trace.pulses(population, "refresh", frame) for population in trace.populations if population != "input"
            ]
            assert trace.frames["refresh_pulses"][frame] == sum(p["SET"].sum() + p["RESET"].sum() for p in refresh)


def test_a_trace_says_what_run_it_is_of(finished, data):
    with Trace(finished[0].trace) as trace:
        configuration = dict(trace.configuration)
        calibrated = configuration.pop("calibrated")
        assert Run.check(configuration, "trace") == RUN
        assert calibrated["read_gain"] == list(prepare(RUN, data).calibration.read_gain)
        assert trace.provenance["engine"] == "standalone" and trace.provenance["data_sha256"] == data.sha256
        assert "pulsed(" in trace.provenance["equations"]
        assert trace.schedule == RUN.schedule() and trace.slot == RUN.time.slot


@pytest.mark.parametrize(("wanted", "expected"), [("none", []), (2, [0, 1, 9, 10, 14, 15, 23, 24])])
def test_only_wanted_pulses_are_recorded(data, tmp_path, finished, wanted, expected):
    run = RUN.model_copy(update={"record": Record(pulses=wanted, snapshots=2)})
    result = train(run, tmp_path / "run", data, engine="standalone")
    with Trace(result.trace) as trace, Trace(finished[0].trace) as full:
        assert list(np.flatnonzero(trace.frames["recorded"][:])) == expected
        frame_slots = RUN.schedule().frame_slots
        for population, kind in [("input", "forward"), ("output", "error")]:
            every = full.pulses(population, kind)
            kept = np.isin(every["slot"] // frame_slots, expected)
            assert np.array_equal(trace.pulses(population, kind)["slot"], every["slot"][kept])
        assert np.array_equal(trace.frames["error_pulses"][:], full.frames["error_pulses"][:])  # counted all the same


def test_progress_is_told_after_every_chunk(finished):
    result, told = finished
    assert [progress.frame for progress in told] == [0, 4, 14, 18, 28]
    assert told[0].message == "engine standalone: as asked for"
    assert told[-1].accuracy == result.accuracy and told[-1].n_frames == 28
    assert [progress.epoch for progress in told] == [1, 1, 2, 2, 2]


# -- interruption ----------------------------------------------------------------------------------------------------


def test_online_accuracy_is_that_of_the_epoch_up_to_now(finished):
    with Trace(finished[0].trace) as trace:
        frames = {name: trace.frames[name][:] for name in ("label", "learn", "epoch", "prediction")}
    for progress in finished[1][1:]:
        seen = np.arange(len(frames["learn"])) < progress.frame
        chosen = seen & frames["learn"] & (frames["epoch"] == frames["epoch"][progress.frame - 1])
        assert progress.online_accuracy == pytest.approx(np.mean((frames["prediction"] == frames["label"])[chosen]))


@pytest.mark.parametrize(
    ("chunk_frames", "stop_at", "done"),
    [(2000, 0, 0), (2000, 3, 18), (3, 5, 13)],
    ids=["before the first commit", "after an epoch", "between evaluation frames, in small chunks"],
)
def test_an_interrupted_run_continues_to_the_same_bytes(
    data, tmp_path, finished, monkeypatch, chunk_frames, stop_at, done
):
    """Ctrl-C in the middle of a chunk; however the run is cut into chunks, too."""
    folder, calls, run_chunk = tmp_path / "run", [], StandaloneEngine.run
    monkeypatch.setattr("pulsenet.training.prepare.CHUNK_FRAMES", chunk_frames)

    def interrupted(self, chunk, conductance, memory):
        calls.append(chunk)
        if len(calls) > stop_at:
            raise KeyboardInterrupt
        return run_chunk(self, chunk, conductance, memory)

    with monkeypatch.context() as patch:
        patch.setattr(StandaloneEngine, "run", interrupted)
        with pytest.raises(KeyboardInterrupt):
            train(RUN, folder, data, engine="standalone")
    assert not (folder / "trace.h5").exists()
    with pytest.raises(TraceError, match="unfinished run; resume it"):
        train(RUN, folder, data, engine="standalone")
    told = []
    result = train(RUN, folder, data, engine="standalone", resume=True, watch=told.append)
    assert (folder / "trace.h5").read_bytes() == finished[0].trace.read_bytes()
    assert result.accuracy == finished[0].accuracy
    assert told[0].frame == done  # what was done is not done again


def test_a_finished_run_is_kept_unless_forced(data, tmp_path, finished):
    folder = tmp_path / "run"
    folder.mkdir()
    before = finished[0].trace.read_bytes()
    (folder / "trace.h5").write_bytes(before)
    with pytest.raises(TraceError, match="trace.h5: holds a finished run already.*force"):
        train(RUN, folder, data, engine="standalone")
    with pytest.raises(TraceError, match="finished already"):
        train(RUN, folder, data, engine="standalone", resume=True)
    assert (folder / "trace.h5").read_bytes() == before
    train(RUN.model_copy(update={"seed": 8}), folder, data, engine="standalone", force=True)
    assert (folder / "trace.h5").read_bytes() != before
    with Trace(folder) as trace:
        assert trace.complete and trace.configuration["seed"] == 8


def test_another_run_does_not_continue_an_unfinished_one(data, tmp_path):
    def stop(progress):
        if progress.frame:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(RUN, tmp_path / "run", data, engine="standalone", watch=stop)
    with pytest.raises(TraceError, match="when the run began"):
        train(RUN.model_copy(update={"seed": 8}), tmp_path / "run", data, engine="standalone", resume=True)


def test_a_run_without_test_samples_has_no_evaluation(data, tmp_path):
    alone = Dataset.from_arrays(data.x_train, data.y_train)
    once = RUN.model_copy(update={"training": Training(epochs=1)})
    result = train(once, tmp_path / "run", alone, engine="standalone")
    assert result.accuracy == []
    with Trace(result.trace) as trace:
        assert trace.n_frames == N_TRAIN and len(trace.evaluation["epoch"][:]) == 0
