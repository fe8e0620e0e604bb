"""What a resumed run remembers, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from pulsenet import Dataset, Linear, Network, Read, Record, Run, Time, TraceError, Training, train

pytestmark = pytest.mark.whole

#: Errors far too small for a pulse: the diagnosis complains in the first chunk.
RUN = Run(
    network=Network(layers=[3, 2]),
    device=Linear(G_min="0.1 uS", G_max="5 uS", pulses_SET=32, pulses_RESET=32),
    time=Time(n_slots=4),
    training=Training(epochs=2, error_gain=[1e-9]),
    record=Record(snapshots=2),
)


@pytest.fixture
def data() -> Dataset:
    rng = np.random.default_rng(1)
    x = rng.random((9, 3))
    y = (x[:, 0] > x[:, 1]).astype(int)
    return Dataset.from_arrays(x[:6], y[:6], x[6:], y[6:])


def stop_after(frame: int):
    def watch(progress):
        if progress.frame >= frame:
            raise KeyboardInterrupt

    return watch


def test_a_resumed_run_keeps_its_warnings_and_does_not_repeat_them(tmp_path, data):
    whole = train(RUN, tmp_path / "whole", data, engine="standalone")
    with pytest.raises(KeyboardInterrupt):
        train(RUN, tmp_path / "run", data, engine="standalone", watch=stop_after(9))
    resumed = train(RUN, tmp_path / "run", data, engine="standalone", resume=True)
    assert any("no programming pulse" in warning for warning in whole.warnings)
    assert resumed.warnings == whole.warnings
    assert resumed.trace.read_bytes() == whole.trace.read_bytes()


def test_a_refusal_names_what_was_changed_and_not_what_follows_from_it(tmp_path, data):
    """Another V_read or seed makes other calibrated gains, too."""
    run = RUN.model_copy(update={"training": Training(epochs=2)})
    with pytest.raises(KeyboardInterrupt):
        train(run, tmp_path / "run", data, engine="standalone", watch=stop_after(0))
    changes = {"read.V_read is '0.3 V', was '0.1 V'": {"read": Read(V_read="0.3 V")}, "seed is 2, was": {"seed": 2}}
    for message, change in changes.items():
        with pytest.raises(TraceError, match=f"configuration.{message}"):
            train(run.model_copy(update=change), tmp_path / "run", data, engine="standalone", resume=True)
