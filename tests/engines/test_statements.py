"""Statements with known numbers: simpler, and the same to the bit."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulsenet.engines.program.statements import Access, Block, Line, Sequence
from pulsenet.text.expressions import expression
from pulsenet.text.functions import Piecewise

ADD = Piecewise(
    "add", {"when": "1", "G": "siemens", "most": "siemens"}, "siemens", (("when > 0", "min(G + 1, most)"),), "G"
)


def block(*lines, reads=(), writes=(), functions=()):
    """A code object of one loop; a line is (name, op, value) and declares its variable unless it is read or written."""
    stored = {*reads, *writes}
    seen, made = set(), []
    for name, op, value in lines:
        declares = name not in stored and name not in seen
        seen.add(name)
        made.append(Line(name, op, value, "double" if declares else ""))
    access = lambda name: Access(name, "double", f"array_{name}", "_idx")  # noqa: E731
    vector = Sequence(tuple(map(access, reads)), tuple(made), tuple(map(access, writes)))
    return Block(Sequence(), vector, str, functions={function.name: function for function in functions})


def text(block):
    return [f"{line.name} {line.op} {line.value}" for line in block.vector.lines]


@pytest.mark.parametrize(
    ("value", "known", "simple"),
    [
        ("a*x + b", {"a": 0}, "b"),
        ("a*x + b", {"a": 1}, "x + b"),
        ("x*(1 - a) + y*a", {"a": 1}, "y"),
        ("x*(1 - a) + y*a", {"a": 0}, "x"),
        ("x - a", {"a": 0}, "x"),
        ("int(a > 0)*x", {"a": 1}, "x"),
        ("int(a > 0)*x", {"a": -1}, "0"),
        ("a/x", {"a": 0}, "0.0"),
        ("1.0*a/n", {"a": 1, "n": 3}, "1.0 / 3"),  # not worked out: C++ rounds it, and Python need not
        ("(a > 0 and x > 1)*y", {"a": 1}, "(x > 1) * y"),
        ("(a > 0 or x > 1)*y", {"a": 1}, "y"),
        ("a % 4 // 2", {"a": 7}, "1"),
        ("f(a, x)", {"a": 2}, "f(2, x)"),
    ],
)
def test_known_numbers_are_written_in(value, known, simple):
    changed = block(("result", "=", value), writes=("result",)).changed(**known)
    assert ast.unparse(ast.parse(changed.vector.lines[0].value)) == ast.unparse(ast.parse(simple))


NUMBER = st.floats(-1e6, 1e6)


@given(st.sampled_from([-1, 0, 1]), NUMBER, NUMBER)
def test_the_value_stays_the_same(a, x, y):
    for value in ("x*(1 - a) + y*a", "a*x + (y - a*a)*int(a != 0)", "int(a > 0 or x > y)*x + a*y"):
        changed = block(("result", "=", value), reads=("x", "y"), writes=("result",)).changed(a=a)
        whole = expression(value).evaluate({"a": a, "x": x, "y": y})
        (line,) = changed.vector.lines
        assert expression(line.value).evaluate({"x": x, "y": y}) == whole


def test_what_is_known_before_it_is_set_is_not_set_again():
    """A gate that is known to be open need not be asked."""
    given_open = block(
        ("is_open", "=", "int(slot < x)"), ("change", "+=", "is_open*y"), reads=("x", "y", "change"), writes=("change",)
    )
    assert text(given_open.changed(is_open=1)) == ["change += y"]
    assert [access.name for access in given_open.changed(is_open=1).vector.reads] == ["y", "change"]


def test_a_variable_that_changes_is_not_taken_for_what_it_was():
    changed = block(("n", "=", "2"), ("n", "+=", "x"), ("y", "=", "n"), reads=("x",), writes=("y",)).changed()
    assert text(changed)[-1] == "y = n"


def test_what_does_nothing_is_left_out():
    idle = block(("G", "=", "G*(1 - a) + x*a"), ("sum", "+=", "a*x"), reads=("G", "x", "sum"), writes=("G", "sum"))
    assert text(idle.changed(a=0)) == [] and idle.changed(a=0).vector.writes == ()
    emptied = block(("sum", "*=", "a"), reads=("sum",), writes=("sum",)).changed(a=0)
    assert text(emptied) == ["sum = 0"]


def test_a_pulse_that_is_none_leaves_the_conductance_alone():
    pulsed = block(("G", "=", "add(drive, G, most)"), reads=("G", "most"), writes=("G",), functions=[ADD])
    assert text(pulsed.changed(drive=0)) == [] and pulsed.changed(drive=0).vector.reads == ()
    assert text(pulsed.changed(drive=1)) == ["G = add(1, G, most)"]


def test_arrays_that_change_are_told_apart_from_those_that_are_read():
    some = block(("G", "+=", "x"), reads=("G", "x"), writes=("G",))
    assert some.read == {"array_G", "array_x"} and some.written == {"array_G"}


def test_what_follows_from_the_slot_is_timed():
    lines = (Line("first", "=", "t_in_timesteps % 4", "int64_t"), Line("then", "=", "first + 1", "int64_t"))
    timed, still = Block(Sequence((), lines), Sequence(), str), Block(Sequence(), Sequence(), str)
    assert timed.timed == {"t_in_timesteps", "first", "then"}
    assert timed.is_timed and not still.is_timed
