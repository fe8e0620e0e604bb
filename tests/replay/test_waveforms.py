"""What an oscilloscope would show: steps and ramps that end where the simulation's charges and conductances are."""

import numpy as np
import pytest
from divided import divided
from refusals import refused
from waveform_runs import N_SLOTS, N_TEST, N_TRAIN, SLOT, V_READ, run_of

from pulsenet import ConfigError, Dataset, Record, Trace, TraceError, Training, train
from pulsenet.circuit.composition import compose
from pulsenet.engines.brian import b2
from pulsenet.engines.runtime import RuntimeEngine
from pulsenet.replay.programming import programming_pulses
from pulsenet.replay.rebuild import rebuilt
from pulsenet.replay.replay import replay
from pulsenet.replay.waveforms import waveforms
from pulsenet.training.plan import Plan
from pulsenet.training.values import setting_of

pytestmark = pytest.mark.whole

EVERY_LINE = {"input": range(5), "hidden1": range(5), "hidden2": range(4), "output": range(2)}


@pytest.fixture(scope="module")
def data() -> Dataset:
    return divided(N_TRAIN, N_TEST, 4)


@pytest.fixture(scope="module", params=["width", "count"])
def trace(request, data, tmp_path_factory):
    with Trace(
        train(run_of(request.param), tmp_path_factory.mktemp("run") / "run", data, engine="standalone").trace
    ) as trace:
        yield trace


def value_at(wave, time, side="left"):
    """Value just before a time (or, on the right, just after)."""
    return np.interp(time + (1e-9 if side == "right" else -1e-9) * SLOT, wave.time, wave.value)


def integrals_of_the_simulation(trace, data, frames):
    """Charge at the end of every phase of some frames, from Brian2 itself.

    Of (population, variable), (phases, lines).
    """
    run, values = rebuilt(trace).run, rebuilt(trace).values
    circuit = run.circuit(1)
    engine = RuntimeEngine(compose(circuit), values, "numpy")
    clock = b2.Clock(trace.slot * b2.second)
    watched = {}
    for name, group in engine.simulation.populations.items():
        for variable in {"charge", "backward_charge"} & set(group.variables):
            # The phase's last slot has passed, and the integrator is not read yet.
            monitor = b2.StateMonitor(group, variable, record=True, clock=clock, when="end")
            engine.simulation.network.add(monitor)
            watched[name, variable] = monitor
    error_gain = np.array(trace.configuration["calibrated"]["error_gain"])
    plan, found = Plan(run, setting_of(run, circuit), data, error_gain), {}
    for frame in frames:
        for monitor in watched.values():
            monitor.variables["N"].set_value(0)
            monitor.resize(0)
        engine.run(plan.chunk(frame, frame + 1), replay(trace, frame - 1))
        ends = [phase.stop - 1 for phase in trace.schedule.phases]
        found[frame] = {key: np.array(monitor.variables[key[1]].get_value())[ends] for key, monitor in watched.items()}
    return found


def test_every_ramp_ends_at_the_charge_that_the_simulation_integrates(trace, data):
    """The simulation delivers charge at trailing edges, the ramp as current flows: equal at the end of every phase."""
    frames = (0, 4, N_TRAIN)
    checked = 0
    for frame, charges in integrals_of_the_simulation(trace, data, frames).items():
        shown = waveforms(trace, frame, EVERY_LINE)
        for (population, variable), charge in charges.items():
            for line in range(charge.shape[1]):
                wave = shown.get(f"{population}[{line}].{variable}")
                if wave is None:
                    assert variable == "charge" and not charge[:, line].any()  # a bias line
                    continue
                ends = np.array([phase.stop * SLOT for phase in trace.schedule.phases])
                ramp = [value_at(wave, end) for end in ends]
                np.testing.assert_allclose(ramp, charge[:, line], rtol=1e-12, atol=1e-12 * np.abs(charge).max())
                checked += np.count_nonzero(charge[:, line])
    assert checked > 30
    assert np.abs(charges["hidden1", "charge"]).max() > 1e-15  # coulomb: 0.2 V on some uS for 250 ns


def test_a_ramp_grows_while_pulses_are_high(trace):
    """Charge is the integral of the currents: a line's voltage times its device pair's difference of conductances."""
    G_plus, G_minus = replay(trace, 1)["layer1"]
    shown = waveforms(trace, 2, EVERY_LINE)
    times = np.arange(N_SLOTS + 1) * SLOT
    for j in range(4):
        expected = np.zeros(len(times))
        for i in range(5):
            wave = shown[f"input[{i}].forward"]
            high = [value_at(wave, time, "right") for time in times[:-1]]
            assert set(high) <= {0.0, V_READ}
            expected[1:] += np.cumsum(high) * SLOT * (G_plus - G_minus)[i, j]
        ramp = np.interp(times, shown[f"hidden1[{j}].charge"].time, shown[f"hidden1[{j}].charge"].value)
        np.testing.assert_allclose(ramp, expected, rtol=0, atol=1e-12 * np.abs(expected).max())


def test_conductances_step_at_programming_pulses(trace):
    frame = 1  # ends with a refresh
    assert trace.frames["refresh_pulses"][frame] > 0 == trace.frames["refresh_pulses"][0]
    replayed = replay(trace, [frame - 1, frame])
    pulses = programming_pulses(trace, frame)
    pairs = [(layer, i, j) for layer, (n_in, n_out) in trace.layers.items() for i in range(n_in) for j in range(n_out)]
    shown, jumps = waveforms(trace, frame, devices=pairs), 0
    start = frame * trace.schedule.frame_slots
    for layer, i, j in pairs:
        here = (pulses[layer]["pre"] == i) & (pulses[layer]["post"] == j)
        for side, name, polarity in ((0, "plus", 1), (1, "minus", -1)):
            wave = shown[f"{layer}[{i},{j}].G_{name}"]
            np.testing.assert_array_equal(wave.value[[0, -1]], replayed[layer][side][:, i, j])
            at = np.rint(wave.time[1:-1:2] / SLOT).astype(int)
            slots = pulses[layer]["slot"][here & (pulses[layer]["polarity"] == polarity)] - start
            assert set(at) <= {*slots, trace.schedule.refresh_slot}  # at G_max, a pulse does nothing
            jumps += len(at)
    assert jumps > 20


def test_currents_are_ohms_law(trace):
    shown = waveforms(trace, 0, {"input": [4], "hidden1": [4], "output": [0, 1]}, [("layer1", 4, 0), ("layer3", 0, 1)])
    G_plus = replay(trace, -1)["layer1"][0][4, 0]
    bias = shown["layer1[4,0].I_plus"]  # the bias line is high for the whole phase
    assert value_at(bias, 0.5 * SLOT) == pytest.approx(V_READ * G_plus, rel=1e-12)
    assert value_at(bias, (N_SLOTS + 0.5) * SLOT) == 0
    backward = shown["output[1].backward"].value
    current = shown["layer3[0,1].I_minus"].value
    assert set(np.sign(backward)) <= {-1, 0, 1} and np.sign(current).min() == np.sign(backward).min()


def test_time_of_the_clock_and_of_the_hardware(trace):
    for frame in (0, 1, N_TRAIN):
        clock = waveforms(trace, frame, {"input": [4]})["input[4].gate"]
        hardware = waveforms(trace, frame, {"input": [4]}, time="hardware")["input[4].gate"]
        spent = sum(trace.frames[f"{part}_time"][frame] for part in ("read", "error", "programming", "refresh"))
        assert clock.time[-1] == pytest.approx(trace.schedule.frame_slots * SLOT, rel=1e-12)
        assert hardware.time[-1] == pytest.approx(spent, rel=1e-12)
        if trace.frames["learn"][
            frame
        ]:  # the bias line's gate is open for all slots of the update phase, as long as a SET
            assert np.diff(hardware.time[[1, 3]]) == pytest.approx(N_SLOTS * 300e-9, rel=1e-9)
            assert np.diff(clock.time[[1, 3]]) == pytest.approx(N_SLOTS * SLOT, rel=1e-9)
        else:
            assert not clock.value.any()


def test_what_is_not_there_is_refused(trace):
    refused(TraceError, lambda: waveforms(trace, -1), "no frame -1", str(trace.n_frames - 1))
    refused(TraceError, lambda: waveforms(trace, 0, {"hidden7": [0]}), "hidden7", "hidden1, hidden2")
    refused(TraceError, lambda: waveforms(trace, 0, {"input": [5]}), "line 5", "0 to 4")
    refused(TraceError, lambda: waveforms(trace, 0, devices=[("layer9", 0, 0)]), "layer9", "layer1")
    refused(TraceError, lambda: waveforms(trace, 0, devices=[("layer3", 0, 2)]), "layer3", "(0, 2)", "2 neurons")
    refused(TraceError, lambda: waveforms(trace, 0, time="wall"), "'wall'", "'hardware'")


def test_frames_that_were_not_recorded_are_refused(data, tmp_path):
    run = run_of("width", record=Record(pulses=2, snapshots=1), network={"layers": [4, 2]}, training=Training(epochs=1))
    with Trace(train(run, tmp_path / "run", data, engine="standalone").trace) as trace:
        assert waveforms(trace, 1, {"output": [0]})
        refused(TraceError, lambda: waveforms(trace, 2), "frame 2", "not recorded")
        refused(
            TraceError,
            lambda: waveforms(trace, N_TRAIN, {"output": [0]}),
            f"after frame {N_TRAIN - 1} cannot be replayed",
            "frame 2",
            f"record.waveforms = [{N_TRAIN}]",
        )


def test_frames_of_which_waveforms_are_wanted_stand_for_themselves(data, tmp_path):
    wanted, lines, devices = [0, 3, N_TRAIN + 1], {"input": [1], "output": [0]}, [("layer1", 1, 0)]
    settings = {"network": {"layers": [4, 2]}, "training": Training(epochs=1)}
    some = run_of("width", record=Record(pulses="none", waveforms=wanted), **settings)
    every = run_of("width", record=Record(pulses="all"), **settings)
    with (
        Trace(train(some, tmp_path / "some", data, engine="standalone").trace) as kept,
        Trace(train(every, tmp_path / "all", data, engine="standalone").trace) as full,
    ):
        assert np.flatnonzero(kept.frames["recorded"][:]).tolist() == wanted
        assert {frame - 1 for frame in wanted} < set(kept.snapshots[:].tolist())
        for frame in wanted:
            found, expected = (waveforms(trace, frame, lines, devices) for trace in (kept, full))
            assert found.keys() == expected.keys() and any("G_plus" in name for name in found)
            for name, wave in found.items():
                assert np.array_equal(wave.time, expected[name].time) and np.array_equal(
                    wave.value, expected[name].value
                ), name
        refused(TraceError, lambda: waveforms(kept, 1), "frame 1", "not recorded", "record.waveforms = [1]")
    with pytest.raises(ConfigError, match="what device pairs remember.*'manhattan'.*record.pulses = 'all'"):
        run_of("width", record=Record(pulses=3, waveforms=wanted), rule={"rule": "manhattan"}, **settings)
    beyond = run_of("width", record=Record(waveforms=[10**6]), **settings)
    with pytest.raises(
        ConfigError, match=rf"record.waveforms: no frame 1000000; the run has frames 0 to {N_TRAIN + N_TEST - 1},"
    ):
        train(beyond, tmp_path / "beyond", data, engine="standalone")
