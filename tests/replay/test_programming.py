"""Programming pulses, as a trace tells them, are those that were counted where they happened.

And when gates were open.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
import pytest
from divided import divided
from example_run import POPULATIONS, SCHEDULE, ExampleRun, describe_in_full
from refusals import refused

from pulsenet import (
    AdaptiveBP,
    AdaptiveStep,
    Bidirectional,
    Dataset,
    LearningRule,
    Linear,
    Manhattan,
    Network,
    Record,
    Run,
    Time,
    Trace,
    TraceError,
    Training,
    Unidirectional,
    train,
)
from pulsenet.replay.programming import ProgrammingPulses, programming_pulses
from pulsenet.seams.rules import RULES
from pulsenet.seams.rules.base import Values
from pulsenet.seams.setting import Setting

pytestmark = pytest.mark.whole

N_TRAIN, N_TEST, N_SLOTS = 8, 2, 16
DEVICE = Linear(G_min="0.1 uS", G_max="5 uS", pulses_SET=18.5, pulses_RESET=7)


class Bright(LearningRule):
    """Only what is bright learns: a gate of which no rule of the list has the like."""

    error_pulses: ClassVar[str] = AdaptiveBP.error_pulses
    fires: ClassVar[str] = AdaptiveBP.fires
    gate: ClassVar[str] = "forward_slots_pre > 12"
    source: ClassVar[str] = "this test"

    rule: Literal["bright"] = "bright"


class Brighter(Bright):
    """The same, with a threshold that each layer has for itself."""

    gate: ClassVar[str] = "forward_slots_pre > threshold"
    pair_units: ClassVar[dict[str, str]] = {"threshold": "1"}

    rule: Literal["brighter"] = "brighter"

    def pair_values(self, setting: Setting) -> Values:
        return {name: {"threshold": 5.0 + layer} for layer, name in enumerate(setting.layers)}


class Scattered(Bright):
    """Each device pair has a threshold of its own."""

    gate: ClassVar[str] = "forward_slots_pre > scattered"
    pair_units: ClassVar[dict[str, str]] = {"scattered": "1"}
    own: ClassVar[tuple[str, ...]] = ("scattered",)

    rule: Literal["scattered"] = "scattered"

    def pair_values(self, setting: Setting) -> Values:
        return {
            name: {"scattered": np.arange(np.prod(shape)).reshape(shape) % N_SLOTS}
            for name, shape in setting.layers.items()
        }


class ByChance(Bright):
    """Each device pair opens its gate in every other slot or so."""

    gate: ClassVar[str] = "uniform(7, device, pulse) < 0.5"

    rule: Literal["by-chance"] = "by-chance"


class WhileEmpty(Bright):
    """A pair is programmed while its two devices have not used up half of their range."""

    gate: ClassVar[str] = "update_slot < forward_slots_pre and G_plus + G_minus < G_max"

    rule: Literal["while-empty"] = "while-empty"


OWN = (Bright, Brighter, Scattered, ByChance, WhileEmpty)


@pytest.fixture(scope="module")
def data() -> Dataset:
    return divided(N_TRAIN, N_TEST, 4)


def run_of(rule: LearningRule, **sections) -> Run:
    """Many error pulses; a refresh now and then, whose pulses are not programming."""
    content = {
        "network": Network(layers=[4, 3, 2], initial_spread=0.5),
        "device": DEVICE,
        "time": Time(n_slots=N_SLOTS),
        "update": Unidirectional(refresh_every=3, refresh_above=0.5, refresh_margin=0.2),
        "rule": rule,
        "training": Training(epochs=1, error_gain=[40.0, 8.0]),
        "record": Record(snapshots=2),
        "seed": 4,
    }
    return Run(**content | sections)


@pytest.fixture(scope="module")
def trace_of(data, tmp_path_factory):
    """A function of a rule (and sections of its run): an open trace, made once."""
    made = {}

    def trace_of(rule: LearningRule, **sections) -> Trace:
        key = repr((rule, sections))
        if key not in made:
            folder = tmp_path_factory.mktemp("run") / "run"
            made[key] = Trace(train(run_of(rule, **sections), folder, data, engine="standalone").trace)
        return made[key]

    yield trace_of
    for trace in made.values():
        trace.close()


def told(trace: Trace) -> list[int]:
    """Programming pulses of each frame, as the trace tells them."""
    programming = ProgrammingPulses(trace)
    return [
        sum(len(pulses["slot"]) for pulses in programming.pulses(frame).values()) for frame in range(trace.n_frames)
    ]


def counted(trace: Trace) -> list[int]:
    """Programming pulses of each frame, as they were counted where they happened."""
    return trace.frames["programming_pulses"][:].tolist()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.model_fields["rule"].default)
def test_pulses_of_every_rule_are_those_that_were_counted(trace_of, rule):
    batches = {"batch": 3} if rule is Manhattan else {}
    trace = trace_of(rule(**batches))
    assert told(trace) == counted(trace) and sum(counted(trace)) > 0


@pytest.mark.parametrize("rule", OWN, ids=lambda rule: rule.model_fields["rule"].default)
def test_pulses_of_rules_of_ones_own_are_those_that_were_counted(trace_of, rule):
    trace, as_if = trace_of(rule()), trace_of(AdaptiveBP())
    assert told(trace) == counted(trace) and sum(counted(trace)) > 0
    assert counted(trace) != counted(as_if)  # so a rule that is taken in its place would tell others


def test_both_devices_of_a_pair_that_are_programmed_at_once_are_one_pulse(trace_of):
    trace = trace_of(Bright(), update=Bidirectional())
    assert [2 * number for number in told(trace)] == counted(trace) and sum(counted(trace)) > 0


@pytest.mark.parametrize("rule", [Manhattan(batch=3), AdaptiveStep(), WhileEmpty()], ids=lambda rule: rule.rule)
def test_frames_in_any_order_are_told_alike(trace_of, rule):
    trace = trace_of(rule)
    programming = ProgrammingPulses(trace)
    for frame in (5, 2, 2, 7, 0):
        assert sum(len(pulses["slot"]) for pulses in programming.pulses(frame).values()) == counted(trace)[frame]
        for layer, pulses in programming.pulses(frame - trace.n_frames).items():
            again = programming_pulses(trace, frame)[layer]
            assert all(np.array_equal(pulses[name], again[name]) for name in again)


@pytest.mark.parametrize(
    ("rule", "remembered"),
    [(Manhattan(batch=3), "votes"), (AdaptiveStep(), "grown")],
    ids=["manhattan", "adaptive-step"],
)
def test_what_pairs_remember_of_pulses_that_were_not_recorded_is_not_told(trace_of, rule, remembered):
    trace = trace_of(rule, record=Record(snapshots=2, pulses=4))
    programming = ProgrammingPulses(trace)
    assert [programming.can_tell(frame) for frame in range(trace.n_frames)] == [True] * 4 + [False] * 6
    assert sum(len(pulses["slot"]) for pulses in programming.pulses(3).values()) == counted(trace)[3]
    refused(TraceError, lambda: programming.pulses(4), "pulses of frame 4 were not recorded")
    last = trace.n_frames - 1  # an evaluation frame, recorded again
    parts = repr(rule.rule), f"({remembered})", "frame 4", "record.pulses = 'all'"
    refused(TraceError, lambda: programming.pulses(last), *parts)


def test_pairs_that_are_programmed_by_their_conductances_need_pulses_since_a_snapshot_only(trace_of):
    """Snapshots after frames 3 and 7; the pulses of frames 0 to 1, and of 4 to 5, were recorded."""
    trace = trace_of(WhileEmpty(), record=Record(snapshots=2, pulses="none", waveforms=[1, 4, 5]))
    programming = ProgrammingPulses(trace)
    for frame in (1, 4, 5):
        assert programming.can_tell(frame)
        assert sum(len(pulses["slot"]) for pulses in programming.pulses(frame).values()) == counted(trace)[frame]
    assert not programming.can_tell(2)


def test_a_gate_is_open_as_its_rule_says(trace_of):
    for rule, threshold in ((Bright(), (12, 12)), (Brighter(), (5, 6))):
        trace = trace_of(rule)
        schedule, programming = trace.schedule, ProgrammingPulses(trace)
        update = np.zeros(schedule.frame_slots, bool)
        update[schedule.update_start : schedule.refresh_slot] = True
        for frame in (0, N_TRAIN - 1):
            gates = programming.gates(frame)
            for layer, before, least in zip(trace.layers, trace.populations, threshold, strict=False):
                pulses = trace.pulses(before, "forward", frame)
                value = np.zeros(trace.populations[before], int)
                value[pulses["line"]] = pulses["width"]
                np.testing.assert_array_equal(gates[layer], np.outer(update, value > least))
                assert 0 < gates[layer].any(axis=0).sum()
        assert not any(levels.any() for levels in programming.gates(N_TRAIN).values())  # an evaluation frame


@pytest.mark.parametrize("rule", [Scattered(), ByChance(), WhileEmpty(), AdaptiveStep()], ids=lambda rule: rule.rule)
def test_gates_that_depend_on_more_than_the_line_are_none(trace_of, rule):
    trace = trace_of(rule)
    assert ProgrammingPulses(trace).gates(0) == dict.fromkeys(trace.layers)


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
    run.write(tmp_path / "run", 4, description=describe_in_full(6, code))
    total = 0
    with Trace(tmp_path / "run") as trace:
        for frame in range(6):
            for number, (layer, pulses) in enumerate(programming_pulses(trace, frame).items()):
                rows = list(zip(*(pulses[name].tolist() for name in ("slot", "pre", "post", "polarity")), strict=True))
                assert rows == sorted(rows, key=lambda row: (row[0], row[2], row[1])), layer
                assert len(rows) == len(set(rows)) and set(rows) == brute_force(run, frame, number)
                total += len(rows)
    assert total > 50


def test_programming_pulses_need_recorded_pulses(tmp_path):
    run = ExampleRun()
    run.frames["recorded"][3] = False
    with Trace(run.write(tmp_path / "some", description=describe_in_full())) as trace:
        programming_pulses(trace, 2)
        with pytest.raises(TraceError, match="frame 3 were not recorded"):
            programming_pulses(trace, 3)
        with pytest.raises(TraceError, match="no frame -22"):
            programming_pulses(trace, -22)
    del run.frames["recorded"]
    run.pulses = {}
    with (
        Trace(run.write(tmp_path / "none", description=describe_in_full())) as trace,
        pytest.raises(TraceError, match="not recorded"),
    ):
        programming_pulses(trace, 2)


def test_error_pulse_outside_the_update_phase(tmp_path):
    run = ExampleRun()
    for name in ("slot", "line", "polarity"):
        run.pulses["output"]["error"][name] = run.pulses["output"]["error"][name][:1]
    run.pulses["output"]["error"]["slot"] = np.array([5])
    path = run.write(tmp_path / "run", description=describe_in_full())
    with Trace(path) as trace, pytest.raises(TraceError, match="contradict the phase table"):
        programming_pulses(trace, 0)
