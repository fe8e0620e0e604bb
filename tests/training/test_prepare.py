"""Data that does not fit the network is refused before anything runs, and a run's equations are written once."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from good_run import changed
from small_training import RUN

from pulsenet import DataError, Dataset, Run, train
from pulsenet.circuit.composition import compose
from pulsenet.training.prepare import prepare

pytestmark = pytest.mark.whole


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


@pytest.fixture
def composed(monkeypatch):
    """Circuits whose equations were written so far, wherever in pulsenet that was asked for."""
    circuits = []

    def noted(circuit):
        circuits.append(circuit)
        return compose(circuit)

    places = [module for name, module in sys.modules.items() if name.startswith("pulsenet.")]
    places = [module for module in places if getattr(module, "compose", None) is compose]
    assert {"pulsenet.training.prepare", "pulsenet.circuit.composition"} <= {module.__name__ for module in places}
    for module in places:
        monkeypatch.setattr(module, "compose", noted)
    return circuits


def test_equations_are_written_once_when_a_run_is_prepared(data, composed):
    prepared = prepare(RUN, data)
    assert composed == [prepared.circuit] and prepared.composition.circuit is prepared.circuit


@pytest.mark.parametrize("engine", ["auto", "numpy"])
def test_equations_are_written_once_before_the_first_frame_of_a_run(data, tmp_path, composed, engine):
    """The choice of the engine, the engine, the trace and the check of the disk all take the same."""
    written = []  # when the engine is chosen, and after each chunk of frames
    train(
        RUN,
        tmp_path / "run",
        data,
        engine=engine,
        watch=lambda progress: written.append((progress.frame, len(composed))),
    )
    assert [frame for frame, _ in written][:1] == [0] and len(written) > 2
    assert {number for _, number in written} == {1}
