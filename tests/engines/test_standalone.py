"""A compiled program that fails says why."""

import pytest
from cases import cut

from pulsenet import EngineError
from pulsenet.engines.choose import make_engine

pytestmark = pytest.mark.whole


def test_a_program_that_fails_ends_in_one_line(one_layer):
    engine = make_engine("standalone", one_layer.composition, {"output": {"no_such_parameter": 1.0}})
    with pytest.raises(EngineError) as caught:
        engine.run(cut(one_layer.chunk, 0, 1), one_layer.start)
    assert "no_such_parameter" in str(caught.value) and "\n" not in str(caught.value)
