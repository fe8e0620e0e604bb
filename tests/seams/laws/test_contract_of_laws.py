"""One contract for all response laws: what any of them must keep, over all parameters it accepts.

It tests what a circuit takes of a law, `ResponseLaw.text`: the expressions that it gives, and those found for it.
"""

from __future__ import annotations

import ctypes
import subprocess

import numpy as np
import pytest
import typical_laws
from drawn_laws import EVERY, TwoExponentials, at, devices, each_law, every_law, tolerance
from functions import filled, functions_of
from hypothesis import assume, given
from hypothesis import strategies as st
from own.parabolic import Parabolic
from typical_laws import RANGE

from pulsenet import JumpTable
from pulsenet.engines.program.compiler import FLAGS, compiler
from pulsenet.text.expressions import expression

FRACTION = st.one_of(st.floats(0, 1), st.sampled_from([0.0, 1.0, 1 - 1e-9]))
COUNT = st.integers(0, 300)
#: What a pulse of a law that draws its steps takes besides the device's parameters.
CHANCE = {"law_key": 5.0, "device": 3.0, "frame": 2.0, "pulse": 8.0}
SMOOTH = {name: law for name, law in EVERY.items() if not law.random}
smooth = pytest.mark.parametrize("law", SMOOTH.values(), ids=SMOOTH)


def function(device, name):
    """A device function with the device's parameters filled in."""
    return filled(functions_of(device)[name], device.parameters() | CHANCE)


def value(device, text, **variables):
    """Value of an expression of the law in NumPy, whatever it looks up or calls."""
    law = device.text()
    known = device.parameters() | CHANCE | dict(law.tables) | variables
    for walk in law.walks:
        known |= walk.functions
    return expression(law.inlined(text)).evaluate(known)


# -- one pulse -------------------------------------------------------------------------------------------------------


@every_law
@given(data=st.data())
def test_bounds_hold(law, data):
    device, fraction = data.draw(devices(law)), data.draw(FRACTION)
    G = np.array([device.G_min, at(device, fraction), device.G_max])
    for drive in (1.0, -1.0, 0.0):
        after = function(device, "pulsed")(np.full(3, drive), G)
        assert np.all((device.G_min <= after) & (after <= device.G_max)), (drive, after)


@every_law
@given(data=st.data())
def test_no_pulse_is_no_change(law, data):
    device, fraction = data.draw(devices(law)), data.draw(FRACTION)
    assert function(device, "pulsed")(0.0, at(device, fraction)) == at(device, fraction)


@every_law
@given(data=st.data())
def test_SET_raises_and_RESET_lowers(law, data):
    device, fraction = data.draw(devices(law)), data.draw(FRACTION)
    G, pulsed = at(device, fraction), function(device, "pulsed")
    assert pulsed(1.0, G) >= G >= pulsed(-1.0, G)
    if (
        0.01 < fraction < 0.99
        and abs(getattr(device, "beta_SET", 0)) <= 8
        and abs(getattr(device, "beta_RESET", 0)) <= 8
    ):
        assert pulsed(1.0, G) > G > pulsed(-1.0, G)


@smooth
@given(data=st.data())
def test_a_higher_conductance_stays_higher(law, data):
    """Two devices that get the same pulses never overtake each other."""
    device = data.draw(devices(law))
    low, high = (at(device, fraction) for fraction in sorted([data.draw(FRACTION), data.draw(FRACTION)]))
    for drive in (1.0, -1.0):
        below, above = function(device, "pulsed")(np.array([drive, drive]), np.array([low, high]))
        assert below <= above + tolerance(device)


# -- closed forms ----------------------------------------------------------------------------------------------------


@smooth
@given(data=st.data())
def test_identical_pulses_follow_the_closed_form(law, data):
    device, n = data.draw(devices(law)), data.draw(COUNT)
    pulsed = function(device, "pulsed")
    up, down = device.G_min, device.G_max
    for _ in range(n):
        up, down = pulsed(1.0, up), pulsed(-1.0, down)
    if n <= device.evaluate("SET_count", G=device.G_max):
        assert abs(up - device.evaluate("SET_level", n=n)) <= tolerance(device, n)
    else:
        assert device.G_max - up <= tolerance(device, n)
    if n <= device.evaluate("RESET_count", G=device.G_max):
        assert abs(down - device.evaluate("RESET_level", n=n)) <= tolerance(device, n)
    else:
        assert down - device.G_min <= tolerance(device, n)


@smooth
@given(data=st.data())
def test_SET_count_inverts_SET_level(law, data):
    device, share = data.draw(devices(law)), data.draw(st.floats(0, 1))
    pulses = device.evaluate("SET_count", G=device.G_max)
    level = device.evaluate("SET_level", n=share * pulses)
    assert device.G_min - tolerance(device) <= level <= device.G_max + tolerance(device)
    rounding = rounding_of_counts(device, "SET", level)
    assert device.evaluate("SET_count", G=level) == pytest.approx(share * pulses, rel=1e-9, abs=1e-9 + 10 * rounding)


@smooth
@given(data=st.data())
def test_RESET_count_inverts_RESET_level(law, data):
    """It counts what is left, and so is whole less what has passed."""
    device, share = data.draw(devices(law)), data.draw(st.floats(0, 1))
    pulses = value(device, device.text().passed("RESET"), G=device.G_min)
    level = device.evaluate("RESET_level", n=share * pulses)
    assert device.G_min - tolerance(device) <= level <= device.G_max + tolerance(device)
    rounding = rounding_of_counts(device, "RESET", level)
    passed = value(device, device.text().passed("RESET"), G=level)
    assert passed == pytest.approx(share * pulses, rel=1e-9, abs=1e-9 + 10 * rounding + 1e-12 * pulses)


def rounding_of_counts(device, kind, level):
    """How exactly a number of pulses can be told from a conductance depends on the step there."""
    G = min(max(level, device.G_min), device.G_max)
    return 4 * np.spacing(device.G_max) / max(float(device.evaluate(kind, G=G)), 1e-300)


@each_law
@given(data=st.data())
def test_the_pulses_of_a_device_span_its_range(law, data):
    device = data.draw(devices(law))
    assert device.evaluate("SET_count", G=device.G_max) == pytest.approx(device.pulses_SET, rel=1e-9)
    assert device.levels() == pytest.approx(device.pulses_SET, rel=1e-9)
    assert device.evaluate("RESET_count", G=device.G_max) == pytest.approx(device.pulses_RESET, rel=1e-9)


@every_law
@given(data=st.data())
def test_what_has_passed_and_what_is_left_are_the_counts(law, data):
    """Together they are the whole branch; to a pulse where steps are counted one by one: each count starts anew."""
    device = data.draw(devices(law))
    text = device.text()
    G = np.array([device.G_min, at(device, data.draw(FRACTION)), device.G_max])
    for kind in ("SET", "RESET"):
        passed, left = (value(device, of(kind), G=G) for of in (text.passed, text.left))
        count = device.evaluate(f"{kind}_count", G=G)
        np.testing.assert_array_equal(count, passed if kind == "SET" else left)
        start, end = (0, 2) if kind == "SET" else (2, 0)
        slack = 1e-9 * (1 + passed[end])
        assert abs(passed[start]) <= slack and abs(left[end]) <= slack
        assert np.all(passed >= -slack) and np.all(left >= -slack)
        assert np.all(np.abs(passed + left - passed[end]) <= (1 if text.walks else slack))


@smooth
@given(data=st.data())
def test_RESET_pulses_erase(law, data):
    device, fraction = data.draw(devices(law)), data.draw(FRACTION)
    G = at(device, fraction)
    n = int(function(device, "erasing_pulses")(1.0, 0.0, G))
    assume(n <= 500)
    pulsed = function(device, "pulsed")
    before = G
    for _ in range(n):
        before, G = G, pulsed(-1.0, G)
    # Near its end a growing law is so steep that a millionth of a pulse, which is not counted, is more than rounding.
    assert device.evaluate("RESET_count", G=G) <= 1e-5 or G - device.G_min <= tolerance(device, n)
    if n:
        assert before > device.G_min  # not a pulse too many


@every_law
@given(data=st.data())
def test_nothing_is_counted_or_written_where_it_is_not_asked_for(law, data):
    device, fraction = data.draw(devices(law)), data.draw(FRACTION)
    G = at(device, fraction)
    assert function(device, "SET_pulses")(0.0, G) == 0 == function(device, "erasing_pulses")(0.0, 0.0, G)
    assert function(device, "written")(0.0, 3.0, 0.0, G) == G == function(device, "erased")(0.0, 3.0, 0.0, G)


# -- what Brian2 and the compiler make of it -------------------------------------------------------------------------

JUMPS = {f"{kind}_jumps": [[0.01, 0.02, 0.05], [0.01, 0.03, 0.03]] for kind in ("SET", "RESET")}
STEPS = {"fast_SET": 0.1, "slow_SET": 0.02, "fast_RESET": 0.05, "slow_RESET": 0.03}
EXAMPLES = {type(device): device for device in typical_laws.EXAMPLES.values()} | {
    JumpTable: JumpTable(**RANGE, **JUMPS),
    Parabolic: Parabolic(**RANGE, pulses=40),
    TwoExponentials: TwoExponentials(**RANGE, **STEPS),
}


def test_there_is_an_example_of_every_law():
    assert EXAMPLES.keys() == set(EVERY.values())


@every_law
@pytest.mark.parametrize(
    ("expression", "unit"),
    [("SET", "siemens"), ("RESET", "siemens"), ("SET_level", "siemens"), ("RESET_level", "siemens")]
    + [("SET_count", "1"), ("RESET_count", "1")],
)
def test_units(law, expression, unit):
    """Brian2 finds the dimensions right: device functions are opaque to it, so nothing else would notice."""
    text = EXAMPLES[law].text()
    assert _dimensions(getattr(text, expression), text) == _unit(unit).dim


@every_law
def test_a_wrong_unit_would_be_noticed(law):
    import brian2

    text = EXAMPLES[law].text()
    with pytest.raises(brian2.DimensionMismatchError):
        _dimensions(f"({text.SET}) + 1", text)


def _unit(name):
    import brian2

    return brian2.Quantity(1) if name == "1" else getattr(brian2, name)


def _dimensions(text, law):
    import brian2
    from brian2.core.functions import DEFAULT_FUNCTIONS
    from brian2.core.variables import Constant
    from brian2.parsing.expressions import parse_expression_dimensions

    units = {"G": "siemens", "n": "1", **law.units, **dict.fromkeys([*CHANCE, *(name for name, _ in law.tables)], "1")}
    variables = {name: Constant(name, 1.0, _unit(unit).dim) for name, unit in units.items()}
    alike = {"arg_names": ["a", "b"], "arg_units": [None, "a"], "return_unit": lambda a, b: a}
    known = {"min": brian2.Function(np.minimum, **alike), "max": brian2.Function(np.maximum, **alike)}
    for name in ("look_up", "uniform"):
        known[name] = brian2.Function(np.add, arg_units=[1, 1, 1], return_unit=1)
    for walk in law.walks:
        parameters = [_unit(unit) for unit in walk.parameters.values()]
        for name, own, unit in (("after", ["1"], brian2.siemens), ("between", ["siemens", "siemens"], 1)):
            arguments = [*map(_unit, own), *parameters]
            known[f"{walk.kind}_{name}"] = brian2.Function(np.add, arg_units=arguments, return_unit=unit)
    return parse_expression_dimensions(law.inlined(text), {**DEFAULT_FUNCTIONS, **known, **variables})


@pytest.fixture(scope="session")
def compiled(tmp_path_factory):
    """All device functions of all laws as the compiled engines get them, callable over arrays."""

    folder = tmp_path_factory.mktemp("laws")
    for law, device in EXAMPLES.items():
        name, source = law.__name__, ["#include <algorithm>", "#include <cmath>"]
        for piece in functions_of(device).values():
            arguments = list(piece.arguments)
            pointers = ", ".join(f"const double *{argument}" for argument in arguments)
            values = ", ".join(f"{argument}[i_]" for argument in arguments)
            source += [piece.cpp(), f'extern "C" void {name}_{piece.name}(long length_, double *out_, {pointers}) {{']
            source += [f"  for (long i_ = 0; i_ < length_; i_++) out_[i_] = {piece.name}({values});", "}"]
        (folder / f"{name}.cpp").write_text("\n".join(source))
    files = [f"{law.__name__}.cpp" for law in EXAMPLES]
    subprocess.run([compiler(), *FLAGS, "-shared", "-fPIC", *files, "-o", "laws.so"], cwd=folder, check=True)
    library = ctypes.CDLL(str(folder / "laws.so"))

    def call(name, *arguments):
        columns = [np.ascontiguousarray(column, float) for column in np.broadcast_arrays(*arguments)]
        out = np.empty(columns[0].shape)
        pointer = ctypes.POINTER(ctypes.c_double)
        getattr(library, name)(ctypes.c_long(out.size), *(a.ctypes.data_as(pointer) for a in (out, *columns)))
        return out

    return call


@every_law
@given(data=st.data())
def test_the_compiled_text_computes_what_numpy_does(law, compiled, data):
    device = data.draw(devices(law))
    if law.random:  # a program holds the tables of its device; all else may differ
        tables = {name: getattr(EXAMPLES[law], name) for name in ("SET_jumps", "RESET_jumps")}
        device = device.model_copy(update=tables)
    parameters, span = device.parameters(), device.G_max - device.G_min
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    G = np.clip(device.G_min + span * np.r_[0.0, 1.0, rng.random(50)], device.G_min, device.G_max)
    own = {
        "drive": rng.integers(-1, 2, G.size).astype(float),
        "when": rng.integers(0, 2, G.size).astype(float),
        "n": rng.integers(0, int(device.levels()) + 1, G.size).astype(float),
        "begins": 3.0,
        "G": G,
    } | CHANCE
    for piece in functions_of(device).values():
        arguments = [own.get(name, parameters.get(name)) for name in piece.arguments]
        found, wanted = compiled(f"{law.__name__}_{piece.name}", *arguments), piece(*arguments)
        if device.law == "linear":
            np.testing.assert_array_equal(found, wanted, err_msg=piece.name)
        elif piece.unit == "1":  # a whole number: rounding may turn one in a million, not more
            assert np.all(np.abs(found - wanted) <= 1) and np.mean(found != wanted) <= 0.02, piece.name
        else:
            np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=tolerance(device) * 1e-3, err_msg=piece.name)
