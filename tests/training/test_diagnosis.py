"""What the diagnosis says of a run that cannot learn, and that it leaves others alone."""

from __future__ import annotations

import numpy as np
import pytest
from small_training import RUN

from pulsenet import Linear, Manhattan, Network, Run, Training, Unidirectional, train
from pulsenet.records import ChunkResult
from pulsenet.training.diagnosis import Monitor
from pulsenet.training.prepare import prepare

pytestmark = pytest.mark.whole


def trained(data, folder, **changes) -> list[str]:
    """Warnings of a run with sections changed."""
    return train(RUN.model_copy(update=changes), folder, data, engine="standalone").warnings


def test_a_healthy_run_is_not_complained_about(finished):
    healthy = "test accuracy"  # of five samples there may be too few right
    assert [text for text in finished[0].warnings if not text.startswith(healthy)] == []


def test_errors_too_small_for_a_pulse_are_reported(data, tmp_path):
    warnings = trained(data, tmp_path / "run", training=Training(epochs=1, error_gain=[1e-9, 1e-9]))
    (silent,) = [text for text in warnings if "no programming pulse" in text]
    assert "100% of the training frames" in silent and "raise training.learning_rate" in silent and "\n" not in silent


@pytest.mark.parametrize(("programmed", "said"), [(True, False), (False, True)])
def test_a_rule_that_programs_once_per_batch_is_silent_only_if_batches_are(programmed, said):
    run = Run(network=Network(layers=[4, 2]), device=RUN.device, rule=Manhattan(batch=50))
    frame = np.arange(500)
    frames = {
        "learn": np.ones(500, bool),
        "programming_pulses": np.where(frame % 50 == 49, 8, 0) * programmed,
        "prediction": np.zeros(500, int),
        "label": frame % 2,
    }
    start = {"layer1": (np.full((5, 2), 1e-6), np.full((5, 2), 1e-6))}
    text = Monitor(run, run.circuit()).look(frames, ChunkResult(start, np.zeros((500, 2))), [])
    assert ("no programming pulse" in text) == said


def test_saturation_is_reported(data, tmp_path):
    few = Linear(G_min="0.1 uS", G_max="5 uS", pulses_SET=2, pulses_RESET=2)
    changes = {
        "device": few,
        "update": Unidirectional(refresh_every=10**6),
        "training": Training(epochs=3, error_gain=[99.0, 99.0], decay=1),
    }
    warnings = trained(data, tmp_path / "run", **changes)
    full = [text for text in warnings if "at G_max" in text]
    assert full and "update.refresh_every, now 1000000" in full[0] and "layer" in full[0]


def test_closed_gates_are_reported(data, tmp_path):
    read = RUN.read.model_copy(update={"gain": [1e6, 1.0]})
    warnings = trained(data, tmp_path / "run", read=read, training=Training(epochs=1, error_gain=[9.0, 9.0]))
    (closed,) = [text for text in warnings if "gates are closed" in text]
    assert "hidden1" in closed and "lower read.gain" in closed


@pytest.mark.parametrize(("accuracy", "said"), [(0.5, True), (0.74, True), (0.76, False), (1.0, False)])
def test_chance_is_reported_once(data, accuracy, said):
    circuit = RUN.circuit()
    monitor = Monitor(RUN, circuit)
    start = prepare(RUN, data).start
    frames = {"learn": np.zeros(3, bool)}
    result = ChunkResult(start, np.zeros((3, 2)))
    first, again = (monitor.look(frames, result, [accuracy]) for _ in range(2))
    assert ("near chance (50.0%)" in first) == said and again == ""
    assert len(monitor.warnings) == said
