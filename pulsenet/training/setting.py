"""What rules and effects get to know of a run."""

from __future__ import annotations

from pulsenet.circuit.circuit import Circuit
from pulsenet.describe.durations import frame_seconds
from pulsenet.describe.run import Run
from pulsenet.seams.setting import Setting


def setting_of(run: Run, circuit: Circuit) -> Setting:
    """The `Setting` of a run and its circuit.

    Examples
    --------
    >>> from pulsenet import Linear, Network
    >>> device = Linear(G_min="0 S", G_max="1 uS", pulses_SET=64, pulses_RESET=64)
    >>> run = Run(network=Network(layers=[4, 3, 2]), device=device)
    >>> setting_of(run, run.circuit()).learning
    {'hidden1': 4, 'output': 2}
    """
    return Setting(
        seed=run.seed,
        populations=circuit.populations,
        layers=circuit.layers,
        sides=run.update.sides,
        G_min=run.device.G_min,
        G_max=run.device.G_max,
        V_read=run.read.V_read,
        n_slots=run.time.n_slots,
        frame_seconds=frame_seconds(run),
    )
