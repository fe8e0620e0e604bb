"""The configuration of a made-up trace: that of a complete run, with gains of 1."""

from __future__ import annotations

from typing import Any

from pulsenet import Run


def configuration_of(run: Run) -> dict[str, Any]:
    """What the trace of a run holds as its configuration."""
    gains = [1.0] * (len(run.network.layers) - 1)
    calibrated = {name: gains for name in ("read_gain", "error_gain", "backward_scale")}
    return run.model_dump(mode="json") | {"calibrated": calibrated}
