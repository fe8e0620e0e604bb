"""A run with noise, and findings that were made up."""

import numpy as np
from places import ROOT

from pulsenet import Exponential, Network, Run
from pulsenet.assess.findings import Findings
from pulsenet.describe.variation import Variation
from pulsenet.study.budget import Budget

EXAMPLE = ROOT / "models" / "example-curve" / "curve.csv"


def noisy_run(**variation) -> Run:
    device = Exponential(G_min="0.1 uS", G_max="5 uS", pulses_SET=64, beta_SET=2, pulses_RESET=64, beta_RESET=3)
    return Run(network=Network(layers=[64, 6, 10]), device=device, variation=Variation(**variation))


def made_up(n_test=1_000_000, **accuracy) -> Findings:
    budget = Budget(
        ["levels", "nonlinearity"], {name: (np.mean(list(by.values())), 0.0) for name, by in accuracy.items()}, None
    )
    return Findings(noisy_run(), [], accuracy, budget, 100, n_test)
