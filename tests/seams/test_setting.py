"""What random numbers are for: every draw has a purpose, and no two purposes share their draws."""

import ast

import numpy as np
import pytest
from places import ROOT

from pulsenet.seams.setting import DRAWN_AT_A_TIME, Purpose, Setting

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


def setting(seed=3) -> Setting:
    return Setting(seed, {"input": 3, "hidden1": 5, "output": 2}, {}, ("plus", "minus"), 0.0, 1e-6, 0.1, 16, 1e-5)


def test_what_is_drawn_depends_on_seed_purpose_and_which():
    """Layer and side are told apart, in this order; keys are the top 53 bits of NumPy's seed sequence."""
    drawn = {
        (seed, purpose, which): setting(seed).generator(purpose, *which).random(4).tolist()
        for seed in (3, 4)
        for purpose in (Purpose.START, Purpose.STUCK)
        for which in ((1, 1), (1, 2), (2, 1), (2, 2))
    }
    for (seed, purpose, which), found in drawn.items():
        assert (
            found
            == np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, purpose, *which]))).random(4).tolist()
        )
    assert len({tuple(found) for found in drawn.values()}) == len(drawn)
    keys = [setting().keys(Purpose.PULSE_NOISE, 2, layer) for layer in range(3)]
    assert len({key for pair in keys for key in pair}) == 6


def test_numbers_of_frames_are_one_stream_from_frame_0_cut_where_one_likes():
    lines = {"hidden1": 5, "output": 2}  # 7 numbers a frame: two blocks of four, of which one number is left over
    stream = np.random.Generator(np.random.Philox(np.random.SeedSequence((3, int(Purpose.DITHER)))))
    last = DRAWN_AT_A_TIME + 30
    wanted = stream.random(last * 8).reshape(last, 8)
    for first in (0, 1, DRAWN_AT_A_TIME - 1, DRAWN_AT_A_TIME + 7):
        found = setting().per_frame(Purpose.DITHER, lines, first, last)
        np.testing.assert_array_equal(found["hidden1"], wanted[first:, :5])
        np.testing.assert_array_equal(found["output"], wanted[first:, 5:7])
