"""Published systems: the letters of the first memristor crossbar, and the study that sets our figures beside others'."""

from pathlib import Path

import numpy as np
import pytest

from pulsenet.data import load as load_data
from pulsenet.letters import LETTERS, letters
from pulsenet.study import load, run_study
from pulsenet.study.points import check_columns, points

STUDY = Path(__file__).resolve().parents[1] / "runs" / "published.toml"


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
    sizes = {"crop": {0: 784, (2, 3): 528}}["crop"]
    for point in found:
        expected = 9 if point.run.data.source == "letters" else sizes[point.run.data.crop]
        assert point.run.network.layers[0] == expected
    for grid in study.grids.values():
        for claim in grid.claims.values():
            assert "published" in claim.sentence


def test_the_number_of_synapses_is_the_published_one():
    synapses = {}
    for point in points(load(STUDY)):
        sizes = point.run.network.layers
        synapses[point.grid] = sum((before + 1) * after for before, after in zip(sizes, sizes[1:], strict=False))
    assert synapses["nand-flash"] == 785 * 51 + 510 - 785  # 40,545 with a bias line that is a row of the first array, too
