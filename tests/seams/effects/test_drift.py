"""How often the drift is brought up to date, if nobody says."""

from __future__ import annotations

import pytest

from pulsenet import Network, Run, Time, Variation
from pulsenet.describe.catalog import load_model
from pulsenet.describe.durations import frame_seconds
from pulsenet.seams.effects.drift import Drift
from pulsenet.training.dry_run import dry_run


@pytest.mark.parametrize(
    ("exponent", "onset", "seconds", "wanted"),
    [
        (1, 20.0, 0.05, 4),  # 1 % of it is lost after 20/0.99 - 20 = 0.202 s
        (1, 20.0, 8.0, 1),  # more than that within a frame
        (0.5, 1e-3, 1e-6, 20),  # 1e-3/0.9801 - 1e-3 = 20.3 us
        (0.02, 1e-3, 1e-6, 200),  # 0.65 ms would be 652 frames
        (1e-9, 1e-12, 1e-6, 200),
    ],
)
def test_a_device_just_programmed_loses_one_per_cent_at_most(exponent, onset, seconds, wanted):
    drift = Drift(drift_exponent=exponent, drift_onset=onset)
    assert drift.frames_between(seconds) == wanted

    def left(frames):
        return (1 + frames * seconds / onset) ** -exponent

    assert wanted == 1 or left(wanted) >= 0.99
    assert wanted == 200 or left(wanted + 1) < 0.99


def test_what_is_given_is_kept():
    assert Drift(drift_exponent=1, drift_onset=20.0, drift_every=37).frames_between(8.0) == 37


def test_an_atomic_switch_drifts_in_every_frame():
    """Its frames last eight seconds, and half of its conductance is gone after twenty."""
    model = load_model("ag2s-atomic-switch")
    run = Run(
        network=Network(layers=[4, 2]), time=Time(n_slots=16), device=model.device,
        programming=model.programming, variation=model.variation,
    )  # fmt: skip
    (drift,) = run.variation.effects
    assert run.variation.drift_every == "auto" and drift.frames_between(frame_seconds(run)) == 1


def test_a_dry_run_tells_how_often():
    run = Run(network=Network(layers=[64, 10]), device=load_model("ideal").device)
    for variation, said in (
        (Variation(drift_exponent=1, drift_onset="20 s"), "every 200 frames, by drift_every = 'auto'"),
        (Variation(drift_exponent=1, drift_onset="20 us"), "every 1 frame, by drift_every = 'auto'"),
        (Variation(drift_exponent=1, drift_onset="20 s", drift_every=7), "every 7 frames\n"),
    ):
        assert f"\ndrift: brought up to date {said}" in dry_run(
            run.model_copy(update={"variation": variation}), "numpy"
        )
