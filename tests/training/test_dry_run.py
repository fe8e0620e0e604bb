"""What is told before the first frame: the very equations, the phases, the order of pathways, gains and estimates."""

from __future__ import annotations

import pytest
from small_training import DEVICE, N_TEST, N_TRAIN, RUN

from pulsenet import Dataset, Network, Run, Time, Variation
from pulsenet.circuit.composition import compose
from pulsenet.training.dry_run import dry_run, estimate, pathway_order, phase_table
from pulsenet.training.prepare import prepare


@pytest.fixture
def bundled(data, monkeypatch) -> Dataset:
    """The data that a run file names, without a file."""
    monkeypatch.setattr("pulsenet.data.dataset.load", lambda **_: data)
    return data


def test_it_tells_all_that_is_known_before_the_first_frame(bundled):
    prepared, text = prepare(RUN), dry_run(RUN, "numpy")
    assert text.startswith(str(compose(prepared.circuit)))
    phases, order = phase_table(RUN.schedule(), RUN.time.slot), pathway_order(RUN)
    for part in (phases, order, "engine numpy: as asked for", estimate(prepared, "numpy")):
        assert f"\n\n{part}" in text
    for layer, gain in enumerate(prepared.calibration.read_gain, start=1):
        assert f"\nlayer{layer}: read gain {gain:.4g} (" in text


def test_a_phase_has_a_line_with_its_slots_and_times():
    run = Run(network=Network(layers=[4, 3, 2]), device=DEVICE, time=Time(n_slots=16, guard_slots=1, slot="100 ns"))
    head, *phases, end = phase_table(run.schedule(), run.time.slot).splitlines()
    assert head.split() == ["phase", "slots", "from", "to"]
    assert [line[:12].strip() for line in phases] == ["forward 1", "forward 2", "backward 2", "update"]
    assert [line[12:].split()[0] for line in phases] == ["0-16", "17-33", "34-50", "51-67"]
    assert phases[-1].endswith("5.1 us     6.8 us") and end == "a frame is 68 slots, 6.8 us"


def test_the_order_of_pathways_names_effects_between_frames():
    network = Network(layers=[3, 2])
    still, drifting = (
        Run(network=network, device=DEVICE, variation=Variation(**keys))
        for keys in ({}, {"drift_exponent": 0.1, "drift_onset": "1 s"})
    )
    assert pathway_order(still) == "within a slot: forward -> backward -> error -> batch -> refresh"
    assert pathway_order(drifting) == f"{pathway_order(still)} -> drift"


def test_the_estimate_counts_frames_slots_and_pairs(bundled):
    text, frames = estimate(prepare(RUN), "numpy"), 2 * (N_TRAIN + N_TEST)
    slots = frames * RUN.schedule().frame_slots
    assert text.startswith(f"{frames} frames, {slots} slots (") and f"{4 * 4 + 5 * 2} device pairs: about " in text
    assert "of trace, and " in text and text.endswith("of disk while it runs")
