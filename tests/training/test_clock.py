"""The clock of the hardware: the trace's own times, however a run is cut, and after a resume."""

from __future__ import annotations

import numpy as np
import pytest

from pulsenet import Dataset, Linear, Network, Run, Time, Trace, Training, Unidirectional, Variation, train
from pulsenet.describe.durations import frame_seconds
from pulsenet.engines.choose import make_engine
from pulsenet.engines.standalone import StandaloneEngine
from pulsenet.replay.programming import ProgrammingPulses
from pulsenet.replay.replay import check_replay
from pulsenet.training.prepare import prepare
from pulsenet.training.session import Session

pytestmark = pytest.mark.whole

N_TRAIN, N_TEST, EXPONENT, ONSET, EVERY = 15, 10, 0.3, 20e-6, 4
#: SET pulses of 1 us, of which a refresh takes many; slots of 100 ns. A refresh comes with every fourth frame.
RUN = Run(
    network=Network(layers=[4, 3, 2], initial_spread=0.5),
    device=Linear(G_min="0 S", G_max="5 uS", pulses_SET=16, pulses_RESET=16),
    time=Time(n_slots=4),
    programming={"t_SET": "1 us", "t_RESET": "3 us"},
    update=Unidirectional(refresh_every=4, refresh_above=0.6, refresh_margin=0.1),
    training=Training(epochs=2, error_gain=[20.0, 8.0]),
    variation=Variation(drift_exponent=EXPONENT, drift_onset=ONSET, drift_every=EVERY),
    seed=3,
)
DARK = 2  # an input line that is never high


@pytest.fixture(scope="module")
def data() -> Dataset:
    x = np.random.default_rng(1).random((N_TRAIN + N_TEST, 4))
    x[:, DARK], y = 0, (x[:, 0] > x[:, 1]).astype(int)
    return Dataset.from_arrays(x[:N_TRAIN], y[:N_TRAIN], x[N_TRAIN:], y[N_TRAIN:])


@pytest.fixture(scope="module")
def finished(data, tmp_path_factory):
    return train(RUN, tmp_path_factory.mktemp("run"), data, engine="standalone").trace


def seconds_before(trace: Trace) -> list[float]:
    """When each frame begins: an independent sum of the trace's own times."""
    starts, now = [], 0.0
    for row in zip(
        *(trace.frames[f"{part}_time"][:] for part in ("read", "error", "programming", "refresh")), strict=True
    ):
        starts.append(now)
        for seconds in row:
            now += float(seconds)
    return starts


def test_a_device_that_gets_no_pulse_falls_with_the_time_of_the_trace(finished):
    """From evaluation frames and refreshes too; a clock of training frames alone would be off by a third."""
    with Trace(finished) as trace:
        starts, learn = seconds_before(trace), trace.frames["learn"][:].astype(bool)
        assert trace.frames["refresh_time"][:].sum() > 0.2 * starts[-1] and not learn.all()
        (before, *_), (after, *_) = (trace.conductance("layer1", row) for row in (0, -1))
        last = (trace.n_frames // EVERY) * EVERY - 1
        np.testing.assert_allclose(
            after[DARK], before[DARK] * (1 + starts[last] / ONSET) ** -EXPONENT, rtol=2e-12, atol=0
        )
        assert abs(last * frame_seconds(RUN) / starts[last] - 1) > 0.1


def test_devices_remember_when_the_frame_of_their_last_pulse_began(data, finished):
    prepared = prepare(RUN, data)
    engine = make_engine("standalone", prepared.composition, prepared.values)
    with Session(prepared, _Nowhere(), None) as session:
        while session.frame < prepared.plan.n_frames:
            session.step(engine)
        programmed = session.memory["layer1"]
    with Trace(finished) as trace:
        starts, found = seconds_before(trace), ProgrammingPulses(trace)
        expected = [np.zeros((5, 3)) for _ in range(2)]
        for frame in range(trace.n_frames):
            pulses = found.pulses(frame)["layer1"]
            for side, sign in enumerate((1, -1)):
                some = pulses["polarity"] == sign
                expected[side][pulses["pre"][some], pulses["post"][some]] = starts[frame]
            refreshed = len(trace.pulses("hidden1", "refresh", frame)["slot"])
            if refreshed:  # every pair with both devices used: those that end with one device erased
                for side, name in enumerate(("programmed_plus", "programmed_minus")):
                    again = np.isclose(programmed[name], starts[frame], rtol=1e-12, atol=0)
                    expected[side][again] = np.maximum(expected[side][again], starts[frame])
    for side, name in enumerate(("programmed_plus", "programmed_minus")):
        np.testing.assert_allclose(programmed[name], expected[side], rtol=1e-12, atol=0)
        assert len(np.unique(programmed[name])) >= 3


class _Nowhere:
    """A writer that keeps nothing."""

    def commit(self, commit):
        pass


@pytest.mark.parametrize("chunk_frames", [1, 3, 7])
def test_no_bit_depends_on_how_the_run_is_cut(data, finished, tmp_path, monkeypatch, chunk_frames):
    monkeypatch.setattr("pulsenet.training.prepare.CHUNK_FRAMES", chunk_frames)
    assert train(RUN, tmp_path, data, engine="standalone").trace.read_bytes() == finished.read_bytes()


def test_a_resume_finds_the_clock_where_it_stood(data, finished, tmp_path, monkeypatch):
    """In the middle of the evaluation, after refreshes; and not at a frame that ends with a drift."""
    monkeypatch.setattr("pulsenet.training.prepare.CHUNK_FRAMES", 6)
    run_chunk = StandaloneEngine.run

    def interrupted(self, chunk, conductance, memory):
        if chunk.first_frame >= 40:
            raise KeyboardInterrupt
        return run_chunk(self, chunk, conductance, memory)

    with monkeypatch.context() as patch:
        patch.setattr(StandaloneEngine, "run", interrupted)
        with pytest.raises(KeyboardInterrupt):
            train(RUN, tmp_path, data, engine="standalone")
    told = []
    train(RUN, tmp_path, data, engine="standalone", resume=True, watch=told.append)
    assert told[0].frame == 43 and (tmp_path / "trace.h5").read_bytes() == finished.read_bytes()


def test_other_engines_have_the_same_clock(data, finished, tmp_path):
    with Trace(finished) as ours, Trace(train(RUN, tmp_path, data, engine="numpy").trace) as theirs:
        np.testing.assert_allclose(seconds_before(theirs), seconds_before(ours), rtol=1e-12, atol=0)
        for one, other in zip(ours.conductance("layer1", -1), theirs.conductance("layer1", -1), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12, atol=0)


def test_a_replay_has_the_clock_of_the_trace(finished):
    with Trace(finished) as trace:
        assert max(check_replay(trace).values()) < 1e-12


def noting(run, sizes):
    """An engine's ``run`` that notes how many frames it gets."""

    def noted(chunk, *state):
        sizes.append(chunk.n_frames)
        return run(chunk, *state)

    return noted


def test_only_runs_that_need_the_time_are_cut_at_refreshes(data, monkeypatch):
    sizes = {}
    for name, run in {"drifts": RUN, "still": RUN.model_copy(update={"variation": Variation()})}.items():
        prepared, sizes[name] = prepare(run, data), []
        engine = make_engine("standalone", prepared.composition, prepared.values)
        with Session(prepared, _Nowhere(), None) as session:
            monkeypatch.setattr(engine, "run", noting(engine.run, sizes[name]))
            session.step(engine)
    assert sizes["still"] == [25] and sizes["drifts"] == [4, 4, 4, 13]
