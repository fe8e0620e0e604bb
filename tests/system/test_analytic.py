"""What the circuit does, against what physics and the learning rule say it should: charges, pulse counts, steps."""

from __future__ import annotations

import numpy as np
import pytest
from cases import Case, cut, small_run
from drawn_laws import at, devices, each_law, tolerance
from functions import function
from hypothesis import given
from hypothesis import strategies as st

from pulsenet import Bidirectional, Linear, Network, Read, Run, Time, Training, Unidirectional
from pulsenet.circuit.composition import compose
from pulsenet.engines.brian import b2
from pulsenet.engines.choose import make_engine
from pulsenet.records import Chunk
from pulsenet.training.calibrate import calibrate
from pulsenet.training.counts import pulse_counts
from pulsenet.training.plan import dither, start_conductance
from pulsenet.training.values import parameters, setting_of

pytestmark = pytest.mark.whole

LINEAR = Linear(G_min="0.1 uS", G_max="5 uS", pulses_SET=400, pulses_RESET=250)


def watched(case: Case, **variables: str):
    """A numpy engine of its own, with a monitor per population that records a variable in every slot."""
    engine = make_engine("numpy", case.composition, case.parameters)
    network, groups = engine.simulation.network, engine.simulation.populations
    clock = groups["input"].clock
    monitors = {
        name: b2.StateMonitor(groups[name], variable, record=True, clock=clock, when="end")
        for name, variable in variables.items()
    }
    network.add(*monitors.values())
    return engine, monitors


def in_slots(monitor, variable, schedule):
    """A monitor's values as (frame, slot of the frame, line)."""
    values = np.array(monitor.variables[variable].get_value())
    return values.reshape(-1, schedule.frame_slots, values.shape[-1])


# -- reading ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["width", "count"])
def test_charges_follow_ohms_law(code):
    """At the end of each reading phase: charge = sum over lines of V_read (G+ - G-) times the time that it was high."""
    network, read, time = {"code": code}, Read(V_read="0.2 V"), Time(n_slots=6, guard_slots=2, slot="50 ns")
    run = small_run([5, 4, 3], LINEAR, seed=4, update=Bidirectional(), network=network, read=read, time=time)
    case = Case(run, frames=8)
    schedule = run.schedule()
    engine, monitors = watched(case, output="charge", hidden1="charge")
    backward = b2.StateMonitor(
        engine.simulation.populations["hidden1"],
        "backward_charge",
        record=True,
        clock=monitors["output"].clock,
        when="end",
    )
    engine.simulation.network.add(backward)
    case.chunk.error_gain[case.chunk.error_gain > 0] = 1e-9  # read errors back, but program nothing
    result = engine.run(case.chunk, case.start)
    np.testing.assert_equal(result.conductance, case.start)
    weights = {layer: G_plus - G_minus for layer, (G_plus, G_minus) in case.start.items()}
    end = {phase.name: phase.stop - 1 for phase in schedule.phases}

    def high(population, kind):
        """Seconds for which each line was high, with the sign of its polarity; shape (frames, lines)."""
        sent, n_lines = result.pulses[population][kind], case.circuit.populations[population]
        slots = sent.get("width", np.ones(len(sent["line"]))) * sent.get("polarity", 1)
        where = sent["slot"] // schedule.frame_slots * n_lines + sent["line"]
        return np.bincount(where, slots, case.frames * n_lines).reshape(-1, n_lines) * 50e-9

    charge = in_slots(monitors["hidden1"], "charge", schedule)[:, end["forward 1"]]
    expected = 0.2 * high("input", "forward") @ weights["layer1"]
    np.testing.assert_allclose(charge[:, :4], expected, rtol=1e-9, atol=1e-12 * np.abs(expected).max())
    assert not charge[:, 4].any()  # nothing flows onto the bias line
    charge = in_slots(monitors["output"], "charge", schedule)[:, end["forward 2"]]
    expected = 0.2 * high("hidden1", "forward") @ weights["layer2"]
    np.testing.assert_allclose(charge, expected, rtol=1e-9, atol=1e-12 * np.abs(expected).max())
    charge = in_slots(backward, "backward_charge", schedule)[:, end["backward 2"]]
    expected = 0.2 * high("output", "backward") @ weights["layer2"].T
    np.testing.assert_allclose(charge, expected, rtol=1e-9, atol=1e-12 * np.abs(expected).max())
    assert len(np.unique(expected)) > 10  # there was something to read


def test_a_bias_line_is_high_for_the_whole_phase(two_layers):
    pulses, frames = two_layers.simulate("numpy").pulses, two_layers.frames
    for population, line in (("input", 5), ("hidden1", 4)):
        sent = pulses[population]["forward"]
        assert np.array_equal(sent["width"][sent["line"] == line], np.full(frames, two_layers.run.time.n_slots))


def test_the_read_gain_is_the_preactivation_per_weight(one_layer):
    """preactivation = gain * sum of x w, with w = (G+ - G-)/(G_max - G_min): the charge unit stands for the gain."""
    case, device = one_layer, one_layer.run.device
    run = case.run.model_copy(update={"read": Read(gain=[0.7])})
    calibration = calibrate(run, case.setting, case.start, np.zeros((1, 4)))
    values = parameters(run, case.circuit, case.setting, calibration)
    result = make_engine("numpy", case.composition, values).run(cut(case.chunk, 0, 1), case.start)
    G_plus, G_minus = case.start["layer1"]
    x = case.chunk.forward_slots[0] / run.time.n_slots
    expected = 0.7 * x @ ((G_plus - G_minus) / (device.G_max - device.G_min))
    np.testing.assert_allclose(result.preactivation[0], expected, rtol=1e-9, atol=1e-12)


# -- programming -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=[Unidirectional(), Bidirectional()], ids=lambda method: method.method)
def steps(request):
    """Frames of one layer whose devices stay clear of their bounds: (case, chunk, result, before, after)."""
    sections = {"training": Training(error_gain=[9.0]), "network": {"initial_spread": 0.5}}
    case = Case(small_run([4, 3], LINEAR, seed=6, update=request.param, **sections), frames=10)
    case.chunk.refresh[:] = False
    for G in case.start["layer1"]:
        G += 1e-6  # clear of G_min, where a RESET has no effect
    engine, conductance, frames = make_engine("standalone", case.composition, case.parameters), case.start, []
    for frame in range(case.frames):
        chunk = cut(case.chunk, frame, frame + 1)
        result = engine.run(chunk, conductance)
        frames.append((case, chunk, result, conductance["layer1"], result.conductance["layer1"]))
        conductance = result.conductance
    return frames


def asked_for(case, chunk, result, error_gain=9.0):
    """Pulses that each pair should get, floor(a x + u), and their polarity, shapes (n_in, n_out) and (n_out,)."""
    n_slots = case.run.time.n_slots
    output = np.floor(n_slots * np.clip(result.preactivation[0] + 0.5, 0, 1) + 0.5)
    error = ((np.arange(3) == chunk.target[0]) * n_slots - output) / n_slots
    error = error * (chunk.error_gain[0, 0] > 0)
    a = np.minimum(np.abs(error) * error_gain, n_slots)
    x = chunk.forward_slots[0] / n_slots
    return np.floor(np.outer(x, a) + chunk.dither["output"][0]), np.sign(error)


def test_the_number_of_programming_pulses_is_a_product(steps):
    """Counted at the devices, by how many steps each conductance moved; and in all, by the pulse counter."""
    up, down = (4.9e-6 / pulses for pulses in (400, 250))
    seen = set()
    for case, chunk, result, before, after in steps:
        bidirectional = case.run.update.method == "bidirectional"
        wanted, sign = asked_for(case, chunk, result)
        steps_plus, steps_minus = ((new - old) for new, old in zip(after, before, strict=True))
        strengthened, weakened = wanted * (sign > 0), wanted * (sign < 0)
        if bidirectional:
            expected = strengthened * up - weakened * down, weakened * up - strengthened * down
        else:
            expected = strengthened * up, weakened * up
        np.testing.assert_allclose(steps_plus, expected[0], rtol=1e-9, atol=1e-9 * up)
        np.testing.assert_allclose(steps_minus, expected[1], rtol=1e-9, atol=1e-9 * up)
        counted = pulse_counts(case.circuit, chunk, result)["programming_pulses"]
        assert counted == [wanted.sum() * (2 if bidirectional else 1)]
        seen |= set(np.unique(wanted * sign))
    assert {-3, -1, 0, 1, 3} <= seen


def test_the_mean_number_of_programming_pulses_is_the_exact_product():
    """Over many frames of the same sample, the dither rounds a x to whole pulses without bias."""
    device = Linear(G_min="0 S", G_max="1 uS", pulses_SET=1e6, pulses_RESET=1e6)
    network, frames, error_gain = Network(layers=[3, 2]), 600, 1.7
    run = Run(
        network=network,
        device=device,
        seed=2,
        time=Time(n_slots=4),
        training=Training(error_gain=[error_gain]),
        read=Read(gain=[0.01]),
    )
    circuit = run.circuit(frames)
    setting = setting_of(run, circuit)
    start = start_conductance(run, circuit, setting)
    forward_slots = np.tile(np.array([1, 2, 3, 4], np.uint16), (frames, 1))
    learn, none = np.full((frames, 1), error_gain), np.zeros(frames, bool)
    chunk = Chunk(0, forward_slots, np.zeros(frames, int), learn, none, dither(setting, 0, frames), none)
    values = parameters(run, circuit, setting, calibrate(run, setting, start, forward_slots[:1, :3] / 4))
    result = make_engine("numpy", compose(circuit), values).run(chunk, start)
    assert (
        np.ptp(np.floor(4 * np.clip(result.preactivation + 0.5, 0, 1) + 0.5), axis=0).max() == 0
    )  # the same error always
    moved = [
        (new - old) * 1e12 / frames for new, old in zip(result.conductance["layer1"], start["layer1"], strict=True)
    ]
    mean = moved[0] - moved[1]  # pulses per frame; steps are 1e-12 S
    product = np.outer([0.25, 0.5, 0.75, 1.0], [0.5, -0.5]) * error_gain
    fraction = np.abs(product) % 1
    standard_error = np.sqrt(fraction * (1 - fraction) / frames)
    assert np.all(np.abs(mean - product) < 4 * standard_error + 1e-6), (mean, product)
    assert np.all(standard_error > 0)  # every one of these products had to be rounded


def test_unidirectional_never_lowers_a_conductance_outside_refreshes(two_layers):
    case, conductance = two_layers, two_layers.start
    raised = lowered = 0
    for frame in range(case.frames):
        result = case.engine("standalone").run(cut(case.chunk, frame, frame + 1), conductance)
        for layer, pair in result.conductance.items():
            for old, new in zip(conductance[layer], pair, strict=True):
                raised += np.sum(new > old)
                if case.chunk.refresh[frame]:
                    lowered += np.sum(new < old)
                else:
                    assert np.all(new >= old)
        conductance = result.conductance
    assert raised and lowered  # a refresh is the exception, and there was one


def test_bidirectional_moves_both_devices_of_a_pair_and_unidirectional_one(steps):
    moved = 0
    for case, _, _, before, after in steps:
        plus, minus = (new - old for new, old in zip(after, before, strict=True))
        moved += np.sum((plus != 0) | (minus != 0))
        if case.run.update.method == "bidirectional":
            assert np.array_equal(np.sign(plus), -np.sign(minus))
        else:
            assert not np.any((plus != 0) & (minus != 0))
    assert moved


# -- refresh ---------------------------------------------------------------------------------------------------------


@each_law
@given(data=st.data())
def test_a_refresh_keeps_the_weight_within_half_a_step(law, data):
    """By the functions that the refresh calls; the step is that of the SET pulse next to the written level."""
    device = data.draw(devices(law))
    plus, minus = (at(device, data.draw(st.floats(0.0, 1.0))) for _ in range(2))
    SET_pulses, written = function(device, "SET_pulses"), function(device, "written")
    n = [
        float(SET_pulses(float(difference > 0), device.G_min + difference))
        for difference in (plus - minus, minus - plus)
    ]
    assert min(n) == 0 and all(count == int(count) for count in n)
    new_plus, new_minus = (float(written(1.0, count, 0.0, G)) for count, G in zip(n, (plus, minus), strict=True))
    top = device.evaluate("SET_count", G=device.G_max)
    around = [float(written(1.0, count, 0.0, 0.0)) for count in (max(max(n) - 1, 0), max(n), max(n) + 1)]
    step = max(np.diff(around))
    if max(n) + 1 > top:  # the last step is cut off by the bound, but measured whole
        step = max(step, float(device.evaluate("SET_level", n=max(n) + 1)) - around[1])
    error = abs((new_plus - new_minus) - (plus - minus))
    assert error <= 0.5 * step + tolerance(device)


@each_law
@given(data=st.data())
def test_a_refresh_writes_the_nearest_of_all_levels(law, data):
    """Not only within half a step: of all numbers of pulses there are, none comes nearer."""
    device = data.draw(devices(law).filter(lambda device: device.pulses_SET <= 40))
    written, SET_pulses = function(device, "written"), function(device, "SET_pulses")
    n = np.arange(np.ceil(device.pulses_SET) + 1)
    levels = written(1.0, n, 0.0, 0.0)
    wanted = device.G_min + (device.G_max - device.G_min) * np.linspace(0.001, 0.999, 301)
    found = written(1.0, SET_pulses(1.0, wanted), 0.0, 0.0)
    best = np.abs(levels[:, None] - wanted).min(axis=0)
    assert np.all(np.abs(found - wanted) <= best + tolerance(device))
