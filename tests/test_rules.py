"""Learning rules: which pulses, when, and what they do; and that all engines do what the golden model does."""

import numpy as np
import pytest
from cases import Case, small_run
from test_engines import assert_same

from pulsenet import (
    Bidirectional,
    Linear,
    Network,
    Read,
    Run,
    Time,
    TraceError,
    Training,
    Unidirectional,
    Variation,
)
from pulsenet.training.calibrate import calibrate, parameters
from pulsenet.circuit.composition import compose
from pulsenet.engines.choose import make_engine
from pulsenet.replay.interpret import NUMPY, condition
from pulsenet.training.counts import pulse_counts
from pulsenet.records import Chunk
from pulsenet.seams.rules import (
    RULES,
    AdaptiveBP,
    AdaptiveStep,
    Manhattan,
    RandomFeedback,
    SingleStep,
    StepDescent,
    StochasticCoincidence,
)
from pulsenet.replay.programming import gate_widths, open_gates, programming_pulses

DEVICE = Linear(G_min="0.1 uS", G_max="5 uS", pulses_SET=18.5, pulses_RESET=7)
NAMES = [rule.model_fields["rule"].default for rule in RULES]


def a_case(rule, layers=(5, 4, 3), update=None, frames=20) -> Case:
    update = update or Unidirectional(refresh_above=0.8, refresh_margin=0.3)
    return Case(small_run(list(layers), DEVICE, seed=11, update=update, rule=rule()), frames)


# -- engines ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_the_golden_model_agrees(rule):
    case = a_case(rule)
    assert_same(case.simulate("numpy"), case.simulate("golden"), rtol=1e-12)
    assert_same(case.simulate("numpy", 7), case.simulate("numpy"))
    deep = a_case(rule, (4, 3, 3, 3), Bidirectional(), frames=12)
    assert_same(deep.simulate("numpy"), deep.simulate("golden"), rtol=1e-12)


@pytest.mark.parametrize(
    "rule",
    [StochasticCoincidence, AdaptiveStep]
    + [pytest.param(rule, marks=pytest.mark.heavy) for rule in (SingleStep, StepDescent, Manhattan, RandomFeedback)],
)
def test_the_program_does_the_same_to_the_bit(rule):
    """Linear devices: nothing but sums and products, so the NumPy target has the same bits."""
    case = a_case(rule)
    assert_same(case.simulate("standalone"), case.simulate("numpy"))
    assert_same(case.simulate("standalone", 7), case.simulate("standalone"))


@pytest.mark.parametrize("rule", [Manhattan, AdaptiveStep])
def test_drift_counts_from_the_last_pulse(rule):
    """Also where a rule programs at the end of a batch, or does something at closed gates, too."""
    drift = Variation(drift_exponent=0.05, drift_onset="5 us", drift_every=3)
    update = Unidirectional(refresh_above=0.8, refresh_margin=0.3)
    case = Case(small_run([4, 3], DEVICE, seed=11, update=update, rule=rule(), variation=drift), 20)
    assert_same(case.simulate("standalone"), case.simulate("golden"), rtol=1e-12)
    assert case.simulate("golden").tally["output"]["programming_pulses"].any()


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_programming_pulses_are_counted_where_they_happen(rule):
    case = a_case(rule)
    golden = case.engine("golden")
    golden.run(case.chunk, case.start)
    counts = pulse_counts(case.circuit, case.chunk, case.simulate("numpy"))
    np.testing.assert_array_equal(counts["programming_pulses"], golden.programmed)
    assert golden.programmed.sum() > 0


@pytest.mark.parametrize("rule", [rule for rule in RULES if not rule.memory])
def test_gates_and_error_pulses_tell_the_programming_pulses(rule):
    """What a trace rebuilds from its pulses is what was counted where it happened."""
    case = a_case(rule, update=Unidirectional(refresh_every=1000, refresh_above=1, refresh_margin=1))
    result, schedule = case.simulate("numpy"), case.circuit.schedule
    names = case.circuit.population_names
    for frame in range(case.frames):
        start, rebuilt = frame * schedule.frame_slots, 0
        for layer, (before, after) in enumerate(zip(names, names[1:], strict=False), start=1):
            forward, error = (
                {column: values[pulses["slot"] // schedule.frame_slots == frame] for column, values in pulses.items()}
                for pulses in (result.pulses[before]["forward"], result.pulses[after]["error"])
            )
            own = case.parameters[f"layer{layer}"] | {"n_slots": schedule.n_slots}
            widths = gate_widths(forward, case.circuit.populations[before])
            gates = open_gates(rule, own, widths, error, start + schedule.update_start)
            rebuilt += len(programming_pulses(gates, error, start + schedule.update_start)["slot"])
        assert rebuilt == sum(sums["programming_pulses"][frame].sum() for sums in result.tally.values())


@pytest.mark.parametrize("rule", [Manhattan, AdaptiveStep])
def test_what_pairs_remember_cannot_be_rebuilt(rule):
    nothing = {"slot": np.array([10]), "line": np.array([0])}
    with pytest.raises(TraceError, match="programs by what device pairs remember"):
        open_gates(rule, {}, np.array([1, 2]), nothing, 0)


# -- a network of two neurons and one input --------------------------------------------------------------------------


class Bench:
    """One input line (and the bias line), two output neurons, linear devices of so many levels that errors stay."""

    N = 8

    def __init__(self, rule, frames, error_gain=2.0):
        device = Linear(G_min="0 S", G_max="1 uS", pulses_SET=1e6, pulses_RESET=1e6)
        training = Training(error_gain=[error_gain])
        sections = {
            "update": Bidirectional(),
            "time": Time(n_slots=self.N),
            "read": Read(gain=[1.0]),
            "training": training,
        }
        self.run = Run(network=Network(layers=[1, 2]), device=device, rule=rule, **sections)
        self.frames = frames
        self.step = 1e-12

    def change(self, value, target=0, batch=None):
        """Steps of (G+ - G-)/2 from the middle, at pairs (input, bias) x neurons; and the pulses."""
        middle = {"layer1": (np.full((2, 2), 0.5e-6), np.full((2, 2), 0.5e-6))}
        values = np.broadcast_to(value, self.frames)
        chunk = Chunk(
            0,
            np.c_[values, np.full(self.frames, self.N)].astype(np.uint16),
            np.full(self.frames, target),
            np.full((self.frames, 1), self.run.training.error_gain[0]),
            np.zeros(self.frames, bool),
            {"output": np.full((self.frames, 2), 0.25)},
            batch=batch,
        )
        calibration = calibrate(self.run, middle, np.ones((4, 1)))
        engine = make_engine("numpy", self.run.circuit(self.frames), parameters(self.run, calibration))
        result = engine.run(chunk, middle)
        G_plus, G_minus = result.conductance["layer1"]
        return (G_plus - G_minus) / (2 * self.step), result.pulses["output"].get("error")


def slots_of(error, frame_slots=18, update_start=9):
    return error["slot"] % frame_slots - update_start


def test_adaptive_bp_multiplies_input_and_error():
    """Output 1/2, so errors are +1/2 and -1/2: one pulse at a gain of 2, behind gates of 4 and 8 of 8 slots."""
    change, error = Bench(AdaptiveBP(), 1).change(4)
    np.testing.assert_array_equal(error["polarity"], [1, -1])
    slot = slots_of(error)[0]
    expected = [[float(slot < 4), -float(slot < 4)], [1, -1]]
    np.testing.assert_allclose(change, expected, rtol=1e-6, atol=0)


@pytest.mark.parametrize(("value", "passes"), [(4, 0), (5, 1), (8, 1)])
def test_single_step_programs_once_above_both_thresholds(value, passes):
    change, error = Bench(SingleStep(error_threshold=0.4, input_threshold=0.5), 1, error_gain=100.0).change(value)
    np.testing.assert_array_equal(slots_of(error), [4, 4])
    np.testing.assert_allclose(change, [[passes, -passes], [1, -1]], rtol=1e-6, atol=1e-6)


def test_single_step_is_silent_below_the_error_threshold():
    change, error = Bench(SingleStep(error_threshold=0.6), 1).change(8)
    assert not change.any() and len(error["slot"]) == 0


@pytest.mark.parametrize(("value", "passes"), [(0, 0), (1, 1), (8, 1)])
def test_step_descent_programs_by_signs_in_two_phases(value, passes):
    change, error = Bench(StepDescent(), 1).change(value)
    assert dict(zip(error["polarity"].tolist(), slots_of(error).tolist(), strict=True)) == {1: 0, -1: 1}
    np.testing.assert_allclose(change, [[passes, -passes], [1, -1]], rtol=1e-6, atol=1e-6)


def test_manhattan_takes_one_step_per_batch_whatever_the_sum():
    batch = np.array([False, False, True, False, True])
    change, error = Bench(Manhattan(), 5, error_gain=6.0).change([8, 8, 8, 8, 0], batch=batch)
    assert len(error["slot"]) == 5 * 2 * 3  # an error of 1/2 at a gain of 6
    np.testing.assert_allclose(change, [[2, -2], [2, -2]], rtol=1e-6, atol=0)


def test_a_batch_and_a_refresh_draw_noise_in_slots_of_their_own():
    """The noise of a pulse depends on the device and the slot."""
    run = Run(
        network=Network(layers=[1, 2]),
        device=Linear(G_min=0, G_max=1e-6, pulses_SET=9, pulses_RESET=9),
        rule=Manhattan(),
    )
    circuit = run.circuit()
    schedule, (_, output) = circuit.schedule, compose(circuit).populations
    known = {**NUMPY, "frame_slots": schedule.frame_slots, "refresh_slot": schedule.refresh_slot, "t": 0}
    known |= {"t_in_timesteps": np.arange(schedule.frame_slots), "batch_in": lambda t: 1, "refresh_in": lambda t: 1}
    due = {event: np.flatnonzero(eval(condition(output.events[event]), known)) for event in ("batch", "refresh")}
    assert due == {"batch": [schedule.update_start + schedule.n_slots - 1], "refresh": [schedule.refresh_slot]}


def test_stochastic_coincidence_multiplies_on_average():
    """800 frames: the mean of the steps is n_slots * p(input) * p(error), within four standard errors."""
    frames, gain, value = 800, 3.0, 3
    change, error = Bench(StochasticCoincidence(), frames, gain).change(value)
    for line, input_probability in enumerate((value / Bench.N, 1.0)):
        p = input_probability * gain * 0.5 / Bench.N
        mean, spread = frames * Bench.N * p, np.sqrt(frames * Bench.N * p * (1 - p))
        assert abs(change[line, 0] - mean) < 4 * spread and abs(change[line, 1] + mean) < 4 * spread
    assert abs(change[0, 0] + change[0, 1]) > 0  # the two neurons draw apart
    assert len(np.unique(slots_of(error))) == Bench.N


def test_adaptive_step_grows_while_the_sign_repeats():
    """Steps 1, 1 (the first sign is no repetition), 2, 4, 4: at a phase of 1/4, whole pulses each."""
    rule = AdaptiveStep(grow=2, shrink=0.5, first=1, largest=4)
    change, error = Bench(rule, 5).change(8)
    assert len(error["slot"]) == 5 * 2 * Bench.N  # the neuron fires in every slot; the pair takes what it wants
    np.testing.assert_allclose(np.abs(change), 1 + 1 + 2 + 4 + 4, rtol=1e-6, atol=0)


def test_adaptive_step_keeps_its_step_where_the_input_is_low():
    change, _ = Bench(AdaptiveStep(grow=2, shrink=0.5, largest=4, input_threshold=0.5), 5).change([8, 2, 2, 2, 8])
    np.testing.assert_allclose(np.abs(change[0]), 1 + 1, rtol=1e-6, atol=0)
    np.testing.assert_allclose(np.abs(change[1]), 12, rtol=1e-6, atol=0)


def test_random_feedback_returns_errors_through_its_own_array():
    """The sign of a hidden error is that of the fixed feedback, whatever the devices are."""
    case = a_case(RandomFeedback, (4, 6, 2), frames=8)
    feedback = case.parameters["layer2"]["feedback"]
    assert np.abs(feedback).max() <= 0.5 * (DEVICE.G_max - DEVICE.G_min) and feedback.std() > 0
    result = case.simulate("numpy")
    backward, hidden = result.pulses["output"]["backward"], result.pulses["hidden1"]["error"]
    frame_slots, checked = case.circuit.schedule.frame_slots, 0
    for frame in range(8):
        sent = backward["slot"] // frame_slots == frame
        error = np.zeros(2)
        error[backward["line"][sent]] = backward["polarity"][sent] * backward["width"][sent]
        fired = hidden["slot"] // frame_slots == frame
        for line, polarity in zip(hidden["line"][fired], hidden["polarity"][fired], strict=True):
            assert polarity == np.sign(feedback[line] @ error)
            checked += 1
    assert checked > 0


def test_noise_of_the_feedback_is_that_of_what_is_read():
    """Not that of the devices, which the backward pulse does not reach."""
    update = Unidirectional(refresh_above=0.8, refresh_margin=0.3)
    sections = {"update": update, "rule": RandomFeedback(feedback_spread=0.1), "variation": Variation(read_noise=0.5)}
    case = Case(small_run([4, 6, 2], DEVICE, seed=11, **sections), frames=8)
    assert_same(case.simulate("numpy"), case.simulate("golden"), rtol=1e-12)


def test_every_rule_says_what_it_needs_in_hardware():
    for rule in RULES:
        assert "In hardware:" in rule.__doc__ and rule.source
