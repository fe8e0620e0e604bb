"""A law, a method, a rule, an effect, a reading and a figure of one's own: run, replayed, drawn.

The same bits in C++.
"""

from __future__ import annotations

import numpy as np
import pytest
from own.dead_time import DeadTime
from own.superlinear import Superlinear
from own.telegraph import Telegraph
from own.turns import Turns
from own.two_exponentials import TwoExponentials

from pulsenet import Dataset, Exponential, Network, Programming, Run, Time, Trace, Training, Unidirectional, Variation
from pulsenet import train as train_run
from pulsenet.figures.saving import save_all
from pulsenet.replay.programming import ProgrammingPulses
from pulsenet.replay.replay import check_replay
from pulsenet.replay.waveforms import waveforms

pytestmark = pytest.mark.whole

RANGE = {"G_min": "0.1 uS", "G_max": "5 uS"}
DEVICE = Exponential(**RANGE, pulses_SET=64, beta_SET=2, pulses_RESET=64, beta_RESET=2)
LAW = TwoExponentials(**RANGE)
REFRESH = Unidirectional(refresh_every=10, refresh_above=0.3, refresh_margin=0.1, write_back="recount")
#: What a run has of its own; the last, all of it together, with effects of the package beside it.
OWN = {
    "law": {"device": LAW, "update": REFRESH, "variation": Variation(dtod_step=0.3, dtod_G_max=0.1, ctoc_step=0.1)},
    "method": {"device": DEVICE, "update": Turns()},
    "rule": {"device": DEVICE, "rule": DeadTime(dead_slots=20)},
    "effect": {"device": DEVICE, "variation": Variation(own=[Telegraph(telegraph_depth=0.02, telegraph_dwell=3)])},
    "reading": {"device": DEVICE, "reading": Superlinear(k=12)},
    "all": {
        "device": LAW,
        "update": Turns(),
        "rule": DeadTime(),
        "reading": Superlinear(),
        "variation": Variation(
            own=[Telegraph(telegraph_depth=0.02)],
            read_noise=0.02,
            drift_exponent=0.01,
            drift_every=5,
            stuck_random=0.05,
        ),
    },
}


def three_patterns() -> Dataset:
    """Three noisy patterns on six lines."""
    rng = np.random.default_rng(1)
    patterns = np.array([[1, 1, 0, 0, 0.5, 0], [0, 1, 1, 0, 0, 0.5], [0.5, 0, 0, 1, 1, 0]])
    labels = np.arange(90) % 3
    x = np.clip(patterns[labels] + rng.normal(0, 0.15, (90, 6)), 0, 1)
    return Dataset.from_arrays(x[:60], labels[:60], x[60:], labels[60:])


def run_of(name: str) -> Run:
    pulses = Programming(V_SET="1 V", t_SET="100 ns", V_RESET="1 V", t_RESET="100 ns")
    network, time, training = Network(layers=[6, 4, 3]), Time(n_slots=8), Training(epochs=1)
    return Run(network=network, time=time, training=training, programming=pulses, seed=2, **OWN[name])


@pytest.fixture(scope="module")
def traces(tmp_path_factory) -> dict:
    """The trace of each run on an engine, made when it is asked for."""
    made = {}

    def trace(name: str, engine: str = "numpy"):
        if (name, engine) not in made:
            folder = tmp_path_factory.mktemp(f"{name}-{engine}")
            made[name, engine] = train_run(run_of(name), folder, data=three_patterns(), engine=engine).trace
        return made[name, engine]

    return trace


@pytest.mark.parametrize("name", OWN)
def test_it_is_replayed_by_what_the_trace_names(traces, name):
    with Trace(traces(name)) as trace:
        assert max(check_replay(trace).values()) == 0
        programming = ProgrammingPulses(trace)
        counted = [
            sum(len(pulses["slot"]) for pulses in programming.pulses(frame).values()) for frame in range(trace.n_frames)
        ]
        assert np.array_equal(counted, trace.frames["programming_pulses"][:])
        assert sum(counted) > 100


@pytest.mark.parametrize("name", ["method", "effect", "reading"])
def test_ramps_end_at_the_charge_of_the_simulation(traces, name):
    """The output neuron whose ramp ends highest is the answer.

    Waveforms ask effects and reading as the equations do.
    """
    with Trace(traces(name)) as trace:
        for frame in range(0, trace.n_frames, 9):
            found = waveforms(trace, frame, {"output": [0, 1, 2]})
            ends = []
            for line in range(3):
                charge = found[f"output[{line}].charge"].value
                ends.append(charge[np.flatnonzero(charge)[-1]])
            assert int(np.argmax(ends)) == trace.frames["prediction"][frame]


def test_an_own_reading_scales_every_charge(traces):
    """I = G V sinh(kV)/(kV) at one voltage is Ohm's law with a factor: gains are calibrated to the same network."""
    run = run_of("reading")
    assert run.reading.conductance(2e-6, 0.1) == pytest.approx(2e-6 * np.sinh(1.2) / 1.2, rel=1e-12)
    ohmic = run.model_copy(update={"reading": type(Run.model_fields["reading"].default)()})
    with Trace(traces("reading")) as trace:
        read = trace.frames["read_energy"][:]
    result = train_run(ohmic, traces("reading").parent / "ohm", data=three_patterns(), engine="numpy")
    with Trace(result.trace) as trace:  # the same pulses but for rounding, and energies that differ by the factor
        np.testing.assert_allclose(read / trace.frames["read_energy"][:], np.sinh(1.2) / 1.2, rtol=0.02)


def test_an_own_figure_is_drawn(traces, tmp_path):
    import own.wear  # noqa: F401  (registers itself)

    with Trace(traces("all")) as trace:
        (path,) = save_all(trace, tmp_path, ["wear"])
    assert path.name == "wear.png" and path.stat().st_size > 5000


@pytest.mark.parametrize("name", ["law", "all"])
def test_the_program_gives_the_same_bits(traces, name):
    with Trace(traces(name)) as here, Trace(traces(name, "standalone")) as program:
        for layer in here.layers:
            for one, other in zip(here.conductance(layer, -1), program.conductance(layer, -1), strict=True):
                assert np.array_equal(one, other)
        for population in here.populations:
            for kind in ("forward", "backward", "error", "refresh"):
                one, other = here.pulses(population, kind), program.pulses(population, kind)
                assert all(np.array_equal(one[column], other[column]) for column in one)
        assert np.array_equal(here.frames["prediction"][:], program.frames["prediction"][:])
