"""Traces of the made-up run."""

import numpy as np
import pytest
from made_up_run import write

from pulsenet import Trace


@pytest.fixture(scope="module")
def trace(made_up_folder):
    with Trace(made_up_folder) as opened:
        yield opened


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """A run with neither pulses nor energies nor more than one snapshot."""
    folder = tmp_path_factory.mktemp("bare") / "run"
    none = np.zeros(8, bool)
    with Trace(write(folder, n_snapshots=1, recorded=none, evaluate=False, costs=False)) as opened:
        yield opened
