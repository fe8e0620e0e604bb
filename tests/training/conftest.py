"""A data set that a line divides, and a finished run on it."""

from __future__ import annotations

import pytest
from divided import divided
from small_training import N_TEST, N_TRAIN, RUN

from pulsenet import Dataset, train


@pytest.fixture(scope="module")
def data() -> Dataset:
    """Two classes that a line divides."""
    return divided(N_TRAIN, N_TEST, 3)


@pytest.fixture(scope="module")
def finished(data, tmp_path_factory):
    """A complete run: its result, and everything that `watch` was told."""
    told = []
    result = train(RUN, tmp_path_factory.mktemp("run"), data, engine="standalone", watch=told.append)
    return result, told
