"""Which engine is taken, and what it says."""

import pytest

from pulsenet import EngineError
from pulsenet.engines import choose as choosing
from pulsenet.engines.choose import choose, make_engine

pytestmark = pytest.mark.whole


def test_without_a_compiler_numpy_is_taken_and_says_so_once(one_layer, monkeypatch):
    monkeypatch.setattr("pulsenet.engines.program.compiler.compiler", lambda: None)
    name, why = choose("auto", one_layer.composition, n_frames=10**9)
    assert name == "numpy" and "compiler" in why
    with pytest.raises(EngineError, match="needs a C\\+\\+ compiler.*install"):
        make_engine("standalone", one_layer.composition, {})


def test_a_build_is_avoided_where_it_does_not_pay(one_layer, monkeypatch, tmp_path):
    monkeypatch.setenv("PULSENET_CACHE", str(tmp_path))
    enough = -(-choosing.WORTH_A_BUILD // one_layer.circuit.schedule.frame_slots)
    assert choose("auto", one_layer.composition, n_frames=enough - 1)[0] == "numpy"
    assert choose("auto", one_layer.composition, n_frames=enough)[0] == "standalone"


def test_a_program_that_is_built_is_used(one_layer):
    one_layer.engine("standalone")
    assert choose("auto", one_layer.composition, n_frames=1)[0] == "standalone"


def test_an_unknown_engine_is_refused():
    with pytest.raises(EngineError, match="'fast' is not known; allowed: auto, standalone, cython, numpy"):
        choose("fast", None, 1)
