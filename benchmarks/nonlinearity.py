"""Unidirectional against bidirectional updating as the device grows nonlinear: a table of MNIST test accuracies.

784-200-10, exponential device of 64 levels, 16 slots, two epochs of all 60,000 samples, gains calibrated the same way for
all; every run's trace stays in the results folder, and a finished run is not run again.

Run: python benchmarks/nonlinearity.py [processes]   (about 20 minutes on 2 cores)
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from pathlib import Path

import numpy as np

from pulsenet import Exponential, Network, Record, Run, Trace, Training, train
from pulsenet.config import Data
from pulsenet.updates import Bidirectional, Unidirectional

FOLDER = Path("results/nonlinearity")
METHODS = {"unidirectional": Unidirectional(), "bidirectional": Bidirectional()}
BETAS, SEEDS, LEVELS = (0.0, 1.6, 3.0), (1, 2, 3), 64


def accuracy(case: tuple[str, float, int]) -> float:
    method, beta, seed = case
    folder = FOLDER / f"{method}-beta{beta:g}-seed{seed}"
    if not (folder / "trace.h5").exists():
        run = Run(
            data=Data(source="mnist"),
            network=Network(layers=[784, 200, 10]),
            device=Exponential(
                G_min="0.1 uS", G_max="5 uS", pulses_SET=LEVELS, beta_SET=beta, pulses_RESET=LEVELS, beta_RESET=beta
            ),
            update=METHODS[method],
            training=Training(epochs=2),
            record=Record(pulses="none"),
            seed=seed,
        )
        train(run, folder, force=True)
    with Trace(folder) as trace:
        return float(trace.evaluation["accuracy"][-1])


def main(processes: int) -> None:
    cases = list(product(METHODS, BETAS, SEEDS))
    with ProcessPoolExecutor(processes) as pool:
        found = np.reshape(list(pool.map(accuracy, cases)), (len(METHODS), len(BETAS), len(SEEDS))) * 100
    print(f"{'test accuracy (%)':<18}" + "".join(f"{f'beta {beta:g}':>34}" for beta in BETAS))
    for method, rows in zip(METHODS, found, strict=True):
        cells = [f"{row.mean():.2f} +- {row.std(ddof=1):.2f} ({', '.join(f'{value:.2f}' for value in row)})" for row in rows]
        print(f"{method:<18}" + "".join(f"{cell:>34}" for cell in cells))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
