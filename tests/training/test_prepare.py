"""Data that does not fit the network is refused before anything runs."""

from __future__ import annotations

import numpy as np
import pytest
from good_run import changed

from pulsenet import DataError, Dataset, Run
from pulsenet.training.prepare import prepare


@pytest.mark.parametrize(
    ("layers", "parts"),
    [([3, 2], ["'mine'", "2 features", "begins with 3"]), ([2, 2], ["'mine'", "3 classes", "ends with 2"])],
)
def test_data_that_does_not_fit_the_network_is_refused(layers, parts):
    data = Dataset.from_arrays(np.zeros((3, 2)), [0, 1, 2], name="mine")
    run = Run.check(changed(("network.layers", layers)), "run")
    with pytest.raises(DataError) as caught:
        prepare(run, data)
    assert "\n" not in str(caught.value)
    for part in ("network.layers", *parts):
        assert part in str(caught.value)


def test_more_outputs_than_classes_fit():
    data = Dataset.from_arrays(np.zeros((3, 2)), [0, 1, 2])
    run = Run.check(changed(("network.layers", [2, 4])), "run")
    assert prepare(run, data).circuit.sizes == (2, 4)
