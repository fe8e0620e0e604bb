"""What random numbers are for: every draw has a purpose, and no two purposes share their draws."""

import ast

import pytest
from places import ROOT

from pulsenet.seams.setting import Purpose

SOURCES = sorted((ROOT / "pulsenet").rglob("*.py"))
#: Ways to random numbers that know no purpose.
BARE = {"SeedSequence", "default_rng", "RandomState", "Philox", "Generator", "seed"}


def calls(path):
    """Calls of a file: the last name of what is called, and the call."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", ""), node


def test_no_two_purposes_are_alike():
    """Of two names for one number, the second would be no purpose of its own, and silently so."""
    assert len(Purpose.__members__) == len({purpose.value for purpose in Purpose.__members__.values()})
    assert all(purpose <= Purpose.OWN for purpose in Purpose)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_random_numbers_come_from_the_setting_alone(path):
    if path != ROOT / "pulsenet" / "seams" / "setting.py":
        assert not [name for name, _ in calls(path) if name in BARE]
    for name, call in calls(path):
        if name in ("generator", "keys", "per_frame") and call.args:
            assert not isinstance(call.args[0], ast.Constant), f"line {call.lineno}: a number is no purpose"


def test_the_test_sees_draws():
    assert {"SeedSequence", "default_rng"} <= {name for name, _ in calls(ROOT / "pulsenet" / "seams" / "setting.py")}
