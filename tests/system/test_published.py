"""Published systems: the letters of the first memristor crossbar, and the study of our figures beside others'."""

import dataclasses

import h5py
import numpy as np
import pytest
from places import ROOT

from pulsenet.data.dataset import load as load_data
from pulsenet.data.letters import LETTERS, letters
from pulsenet.study import load, run_study
from pulsenet.study.points import check_columns, points

pytestmark = pytest.mark.whole

STUDY = ROOT / "runs" / "published.toml"


def test_the_letters_are_each_ideal_image_and_its_nine_neighbours():
    x, y = letters()
    assert x.shape == (30, 9) and list(y) == [0] * 10 + [1] * 10 + [2] * 10
    for label in range(len(LETTERS)):
        own = x[y == label]
        assert np.array_equal((own[1:] != own[0]).astype(int), np.eye(9))
    assert len(np.unique(x, axis=0)) == 30  # no noisy image of a letter is one of another


def test_the_test_part_of_the_letters_is_what_is_learnt():
    data = load_data("letters")
    assert data.n_features == 9 and data.n_classes == 3
    assert np.array_equal(data.x_train, data.x_test) and np.array_equal(data.y_train, data.y_test)


@pytest.mark.parametrize("overrides", [{}, {"quick": True}], ids=["whole", "quick"])
def test_every_run_of_the_study_is_valid(overrides):
    study = load(STUDY, overrides)
    found = points(study)
    check_columns(study, found)
    assert {point.grid for point in found} == set(study.grids) and len(study.grids) == 5
    for point in found:
        data = point.run.data
        assert point.run.network.layers[0] == (9 if data.source == "letters" else {0: 784, (2, 3): 528}[data.crop])
    for grid in study.grids.values():
        for claim in grid.claims.values():
            assert "published" in claim.sentence


def test_the_numbers_of_synapses_are_the_published_ones():
    synapses = {}
    for point in points(load(STUDY)):
        sizes = point.run.network.layers
        synapses[point.grid] = sum((before + 1) * after for before, after in zip(sizes, sizes[1:], strict=False))
    assert synapses["phase-change-memory"] == 164_885
    assert synapses["nand-flash"] == 40_545 - 785  # those that would lead to the hidden bias line
    assert synapses["memristor-crossbar"] == 30


def test_the_letters_are_learnt_without_error(tmp_path):
    """Fewer slots and epochs than in the study.

    Weights change at the end of an epoch alone, so that its training images
    are answered as the test images, which are the same, were after the epoch before."""
    study = load(STUDY, {"seeds": [2], "time.n_slots": 4, "training.epochs": 7})
    study = dataclasses.replace(study, grids={"memristor-crossbar": study.grids["memristor-crossbar"]})
    result = run_study(study, tmp_path / "study", workers=1, engine="standalone")
    with h5py.File(result.folder / "study.h5") as file:
        accuracy = file["accuracy_by_epoch"][0]
    assert accuracy[-1] == 1.0 > result.rows[0]["training_accuracy"] == accuracy[-2]
    report = (result.folder / "report.md").read_text()
    assert "After the published 23 epochs, all 30 images are told apart." in report and "100.00 %" in report
