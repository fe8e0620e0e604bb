"""Sections merged: another variant keeps what it knows."""

from pulsenet.describe.merge import merge


def test_another_variant_keeps_what_it_knows():
    base = {"device": {"law": "exponential", "G_min": 1, "beta_SET": 2}, "update": {"method": "unidirectional"}}
    assert merge(base, {"device": {"law": "linear"}})["device"] == {"law": "linear", "G_min": 1}
    assert merge(base, {"device": {"G_min": 3}})["device"] == {"law": "exponential", "G_min": 3, "beta_SET": 2}
    assert merge(base, {"device": {"model": "epiram"}})["device"] == {"model": "epiram"}
    assert base["device"]["beta_SET"] == 2
