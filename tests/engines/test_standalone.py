"""A compiled program that fails says why."""

import pytest

from pulsenet import EngineError
from pulsenet.engines.choose import make_engine

pytestmark = pytest.mark.whole


def test_a_program_that_fails_ends_in_one_line(one_layer):
    with pytest.raises(EngineError) as caught:
        make_engine("standalone", one_layer.composition, {"output": {"no_such_parameter": 1.0}})
    assert "no_such_parameter" in str(caught.value) and "\n" not in str(caught.value)
