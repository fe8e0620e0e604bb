"""A trace knows what its run was of, variants from elsewhere included; what has changed since is refused by name."""

from __future__ import annotations

import importlib
import json
import sys

import numpy as np
import pytest
from divided import divided
from places import ROOT
from refusals import refused

from pulsenet import (
    AdaptiveBP,
    Bidirectional,
    ConfigError,
    Dataset,
    Linear,
    Network,
    Run,
    Time,
    Trace,
    TraceError,
    Training,
    train,
)
from pulsenet.replay.programming import programming_pulses
from pulsenet.replay.rebuild import rebuilt, run_of
from pulsenet.replay.replay import check_replay, replay

pytestmark = pytest.mark.whole

N_TRAIN, N_TEST = 12, 3
DEVICE = Linear(G_min="0.1 uS", G_max="5 uS", pulses_SET=18.5, pulses_RESET=7)
#: A law and a rule in a module that is there while the run is made.
GONE = '''
"""Variants that go away."""

from typing import ClassVar, Literal

from pulsenet import AdaptiveBP, LearningRule, Linear, ResponseLaw


class Kept(ResponseLaw):
    SET: ClassVar[str] = Linear.SET
    RESET: ClassVar[str] = Linear.RESET
    units: ClassVar[dict[str, str]] = Linear.units
    source: ClassVar[str] = "this test"

    law: Literal["kept"] = "kept"
    pulses_SET: float = 20.0
    pulses_RESET: float = 20.0


class Outer:
    class Rule(LearningRule):
        version: ClassVar[int] = 3
        error_pulses: ClassVar[str] = AdaptiveBP.error_pulses
        fires: ClassVar[str] = AdaptiveBP.fires
        gate: ClassVar[str] = "forward_slots_pre > 2"
        source: ClassVar[str] = "this test"

        rule: Literal["inner"] = "inner"
'''


@pytest.fixture(scope="module")
def data() -> Dataset:
    return divided(N_TRAIN, N_TEST, 4)


@pytest.fixture
def own(monkeypatch):
    """The tutorial's own variants can be imported, by name: law, method and rule."""
    monkeypatch.syspath_prepend(str(ROOT / "tutorials"))
    names = {"Parabolic": "parabolic", "Alternating": "alternating", "DeadZone": "dead_zone"}
    return {name: getattr(importlib.import_module(f"own.{module}"), name) for name, module in names.items()}


@pytest.fixture
def gone(monkeypatch, tmp_path):
    """A module of a law and a rule, and a function that takes it away."""
    (tmp_path / "soon_gone.py").write_text(GONE)
    with monkeypatch.context() as patch:
        patch.syspath_prepend(str(tmp_path))
        module = importlib.import_module("soon_gone")

        def take_away():
            patch.undo()
            del sys.modules["soon_gone"]

        yield module, take_away
    sys.modules.pop("soon_gone", None)


def run_of_variants(device=DEVICE, update=None, rule=None, **sections) -> Run:
    """Two weight layers and many error pulses."""
    content = {
        "network": Network(layers=[4, 3, 2], initial_spread=0.9),
        "device": device,
        "time": Time(n_slots=4),
        "update": update or Bidirectional(),
        "rule": rule or AdaptiveBP(),
        "training": Training(epochs=1, error_gain=[40.0, 8.0]),
        "seed": 4,
    }
    return Run(**content | sections)


def trained(run: Run, folder, data: Dataset) -> Trace:
    return Trace(train(run, folder / "run", data, engine="standalone").trace)


def test_a_run_of_ones_own_variants_is_replayed(own, data, tmp_path):
    device = own["Parabolic"](G_min="0.1 uS", G_max="5 uS", pulses=20)
    run = run_of_variants(device, own["Alternating"](), own["DeadZone"](threshold=0.1))
    with trained(run, tmp_path, data) as trace:
        assert trace.configuration["device"] == {
            "law": "own.parabolic:Parabolic",
            "G_min": "1e-07 S",
            "G_max": "5e-06 S",
            "pulses": 20,
        }
        assert trace.configuration["update"] == {"method": "own.alternating:Alternating"}
        assert trace.configuration["rule"] == {"rule": "own.dead_zone:DeadZone", "threshold": 0.1}
        assert run_of(trace) == run and type(run_of(trace).device) is own["Parabolic"]
        assert max(check_replay(trace).values()) < 1e-12
        for frame in range(trace.n_frames):
            told = sum(len(pulses["slot"]) for pulses in programming_pulses(trace, frame).values())
            assert told == trace.frames["programming_pulses"][frame]
        assert trace.frames["programming_pulses"][:].sum() > 0


def test_all_of_a_recorded_run_is_made_again(data, tmp_path):
    with trained(run_of_variants(), tmp_path, data) as trace:
        found = rebuilt(trace)
        assert str(found.composition) == trace.provenance["equations"]
        assert found.circuit.layers == trace.layers and found.setting.populations == trace.populations
        gains = trace.configuration["calibrated"]["read_gain"]
        units = [found.values[name]["charge_unit"] for name in ("hidden1", "output")]
        full = found.run.read.V_read * found.run.time.slot * 4 * (DEVICE.G_max - DEVICE.G_min)
        np.testing.assert_allclose(units, full / np.array(gains), rtol=1e-12, atol=0)


def test_a_class_that_cannot_be_imported_any_more_is_named(gone, data, tmp_path):
    module, take_away = gone
    runs = {
        "law = 'soon_gone:Kept'": run_of_variants(module.Kept(G_min="0 S", G_max="1 uS")),
        "rule = 'soon_gone:Outer.Rule'": run_of_variants(rule=module.Outer.Rule()),
    }
    for number, run in enumerate(runs.values()):
        with trained(run, tmp_path / str(number), data) as trace:
            assert max(check_replay(trace).values()) < 1e-12
    take_away()
    parts = "cannot be imported", "No module named 'soon_gone'", "put the folder that holds it on PYTHONPATH"
    for number, named in enumerate(runs):
        with Trace(tmp_path / str(number) / "run") as trace:
            for ask in (replay, programming_pulses):
                refused(TraceError, lambda: ask(trace, 3), str(trace.path), named, *parts)  # noqa: B023
            assert trace.pulses("input", "forward")["slot"].size  # what happened is read all the same


def test_a_variant_that_has_changed_since_is_refused_by_name(gone, own, data, tmp_path, monkeypatch):
    module, _ = gone
    run = run_of_variants(own["Parabolic"](G_min="0 S", G_max="1 uS", pulses=20), rule=module.Outer.Rule())
    with trained(run, tmp_path, data) as trace:
        kept = json.loads(trace.provenance["variants"])
        assert kept["law"] == {"name": "own.parabolic:Parabolic", "version": 1}
        assert kept["rule"] == {"name": "soon_gone:Outer.Rule", "version": 3}
        assert kept["method"] == {"name": "bidirectional", "version": 1}
        assert max(check_replay(trace).values()) < 1e-12
        for kind, seam, parts in (
            (module.Outer.Rule, "rule", ("soon_gone:Outer.Rule (version 3)", "soon_gone:Outer.Rule (version 8)")),
            (own["Parabolic"], "law", ("own.parabolic:Parabolic (version 1)", "own.parabolic:Parabolic (version 8)")),
            (Bidirectional, "method", ("bidirectional (version 1)", "bidirectional (version 8)")),
        ):
            with monkeypatch.context() as patch:
                patch.setattr(kind, "version", 8)
                for ask in (replay, programming_pulses):
                    refused(TraceError, lambda: ask(trace, 3), str(trace.path), f"{seam}: ", *parts)  # noqa: B023
        assert max(check_replay(trace).values()) < 1e-12


def test_another_class_of_the_same_path_is_refused_by_its_equations(gone, data, tmp_path, monkeypatch):
    """Whoever changes a gate and not the version."""
    module, _ = gone
    with trained(run_of_variants(rule=module.Outer.Rule()), tmp_path, data) as trace:
        monkeypatch.setattr(module.Outer.Rule, "gate", "forward_slots_pre > 1")
        refused(TraceError, lambda: programming_pulses(trace, 3), "other equations", "layer1, on error")


def test_a_trace_without_gains_says_so(data, tmp_path, monkeypatch):
    with trained(run_of_variants(), tmp_path, data) as trace:
        monkeypatch.delitem(trace.configuration, "calibrated")
        refused(TraceError, lambda: replay(trace, 3), "holds no gains", "use the version of pulsenet that wrote it")
        assert run_of(trace) == run_of_variants()


RUN_FILE = """
[network]
layers = [64, 10]
[device]
law = "own.parabolic:Parabolic"
G_min = "0.1 uS"
G_max = "5 uS"
pulses = 64
[update]
method = "own.alternating:Alternating"
[rule]
rule = "own.dead_zone:DeadZone"
threshold = 0.1
"""


def test_a_run_file_names_variants_by_their_import_path(own, tmp_path):
    (tmp_path / "own.toml").write_text(RUN_FILE)
    run = Run.load(tmp_path / "own.toml")
    assert run.device == own["Parabolic"](G_min="0.1 uS", G_max="5 uS", pulses=64)
    assert type(run.update) is own["Alternating"] and run.rule == own["DeadZone"](threshold=0.1)
    changed = Run.load(tmp_path / "own.toml", {"device.pulses": 32, "rule.rule": "adaptive-bp"})
    assert changed.device.pulses == 32 and changed.rule == AdaptiveBP()
    assert Run.check(run.model_dump(mode="json"), "again") == run


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ('law = "own.parabolic:Parabolic"\npulse = 64', ["device", "pulse"]),
        ('law = "own.parabolic:Cubic"\npulses = 64', ["'own.parabolic:Cubic'", "cannot be imported", "Cubic"]),
        ('law = "own.cubic:Cubic"\npulses = 64', ["'own.cubic:Cubic'", "cannot be imported", "on PYTHONPATH"]),
        ('law = "own.dead_zone:DeadZone"', ["'own.dead_zone:DeadZone'", "is no ResponseLaw"]),
    ],
)
def test_a_run_file_that_names_no_variant_is_refused_in_one_line(own, tmp_path, line, parts):
    text = RUN_FILE.replace('law = "own.parabolic:Parabolic"', line).replace("\npulses = 64\n[", "\n[")
    (tmp_path / "own.toml").write_text(text)
    refused(ConfigError, lambda: Run.load(tmp_path / "own.toml"), "own.toml", *parts)
