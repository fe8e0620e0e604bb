"""One contract for all response laws: what any of them must keep, over all parameters it accepts.

A new law needs a strategy for its parameters in ``PARAMETERS``, and nothing else here.
"""

from __future__ import annotations

import ctypes
import subprocess

import numpy as np
import pytest
from drawn_laws import BY_NAME, PARAMETERS, at, devices, each_law, function, tolerance
from hypothesis import assume, given
from hypothesis import strategies as st

from pulsenet.circuit.functions import device_functions
from pulsenet.engines.project import compiler

FRACTION = st.one_of(st.floats(0, 1), st.sampled_from([0.0, 1.0, 1 - 1e-9]))
COUNT = st.integers(0, 300)


def test_every_law_is_covered():
    assert PARAMETERS.keys() == BY_NAME.keys()


# -- one pulse -------------------------------------------------------------------------------------------------------


@each_law
@given(data=st.data())
def test_bounds_hold(law, data):
    device, fraction = data.draw(devices(law)), data.draw(FRACTION)
    G = np.array([device.G_min, at(device, fraction), device.G_max])
    for drive in (1.0, -1.0, 0.0):
        after = function(device, "pulsed")(np.full(3, drive), G)
        assert np.all((device.G_min <= after) & (after <= device.G_max)), (drive, after)


@each_law
@given(data=st.data())
def test_no_pulse_is_no_change(law, data):
    device, fraction = data.draw(devices(law)), data.draw(FRACTION)
    assert function(device, "pulsed")(0.0, at(device, fraction)) == at(device, fraction)


@each_law
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


@each_law
@given(data=st.data())
def test_a_higher_conductance_stays_higher(law, data):
    """Two devices that get the same pulses never overtake each other."""
    device = data.draw(devices(law))
    low, high = (at(device, fraction) for fraction in sorted([data.draw(FRACTION), data.draw(FRACTION)]))
    for drive in (1.0, -1.0):
        below, above = function(device, "pulsed")(np.array([drive, drive]), np.array([low, high]))
        assert below <= above + tolerance(device)


# -- closed forms ----------------------------------------------------------------------------------------------------


@each_law
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


@each_law
@given(data=st.data())
def test_SET_count_inverts_SET_level(law, data):
    device, share = data.draw(devices(law)), data.draw(st.floats(0, 1))
    pulses = device.evaluate("SET_count", G=device.G_max)
    assert pulses == pytest.approx(device.pulses_SET, rel=1e-9)
    level = device.evaluate("SET_level", n=share * pulses)
    assert device.G_min - tolerance(device) <= level <= device.G_max + tolerance(device)
    # How exactly a number of pulses can be told from a conductance depends on the step there.
    per_pulse = max(float(device.evaluate("SET", G=min(max(level, device.G_min), device.G_max))), 1e-300)
    rounding = 4 * np.spacing(device.G_max) / per_pulse
    assert device.evaluate("SET_count", G=level) == pytest.approx(share * pulses, rel=1e-9, abs=1e-9 + 10 * rounding)


@each_law
@given(data=st.data())
def test_RESET_pulses_erase(law, data):
    device, fraction = data.draw(devices(law)), data.draw(FRACTION)
    G = at(device, fraction)
    n = int(function(device, "RESET_pulses")(1.0, G))
    assume(n <= 500)
    pulsed = function(device, "pulsed")
    before = G
    for _ in range(n):
        before, G = G, pulsed(-1.0, G)
    # Near its end a growing law is so steep that a millionth of a pulse, which is not counted, is more than rounding.
    assert device.evaluate("RESET_count", G=G) <= 1e-5 or G - device.G_min <= tolerance(device, n)
    if n:
        assert before > device.G_min  # not a pulse too many


@each_law
@given(data=st.data())
def test_nothing_is_counted_or_written_where_it_is_not_asked_for(law, data):
    device, fraction = data.draw(devices(law)), data.draw(FRACTION)
    G = at(device, fraction)
    assert function(device, "SET_pulses")(0.0, G) == 0 == function(device, "RESET_pulses")(0.0, G)
    assert function(device, "written")(0.0, 3.0, G) == G


@each_law
@given(data=st.data())
def test_levels_are_the_pulses_that_span_the_range(law, data):
    device = data.draw(devices(law))
    assert device.levels() == pytest.approx(device.pulses_SET, rel=1e-9)


# -- what Brian2 and the compiler make of it -------------------------------------------------------------------------


@each_law
@pytest.mark.parametrize(
    ("expression", "unit"),
    [("SET", "siemens"), ("RESET", "siemens"), ("SET_level", "siemens"), ("RESET_level", "siemens")]
    + [("SET_count", "1"), ("RESET_count", "1")],
)
def test_units(law, expression, unit):
    """Brian2 finds the dimensions right: device functions are opaque to it, so nothing else would notice."""
    assert _dimensions(getattr(law, expression), law) == _unit(unit).dim


@each_law
def test_a_wrong_unit_would_be_noticed(law):
    import brian2

    with pytest.raises(brian2.DimensionMismatchError):
        _dimensions(f"({law.SET}) + 1", law)


def _unit(name):
    import brian2

    return brian2.Quantity(1) if name == "1" else getattr(brian2, name)


def _dimensions(text, law):
    import brian2
    from brian2.core.functions import DEFAULT_FUNCTIONS
    from brian2.core.variables import Constant
    from brian2.parsing.expressions import parse_expression_dimensions

    units = {"G": "siemens", "n": "1", **law.units}
    variables = {name: Constant(name, 1.0, _unit(unit).dim) for name, unit in units.items()}
    alike = {"arg_names": ["a", "b"], "arg_units": [None, "a"], "return_unit": lambda a, b: a}
    bounds = {"min": brian2.Function(np.minimum, **alike), "max": brian2.Function(np.maximum, **alike)}
    return parse_expression_dimensions(text, {**DEFAULT_FUNCTIONS, **bounds, **variables})


@pytest.fixture(scope="session")
def compiled(tmp_path_factory):
    """All device functions of all laws as the compiled engines get them, callable over arrays."""
    from pulsenet.engines.build import COMPILER_FLAGS

    source = ["#include <algorithm>", "#include <cmath>"]
    for law in BY_NAME.values():
        name = law.__name__
        source.append(f"namespace {name} {{")
        for piece in device_functions(law, with_refresh=True):
            arguments = list(piece.arguments)
            pointers = ", ".join(f"const double *{argument}" for argument in arguments)
            values = ", ".join(f"{argument}[i_]" for argument in arguments)
            source += [piece.cpp(), f'extern "C" void {name}_{piece.name}(long length_, double *out_, {pointers}) {{']
            source += [f"  for (long i_ = 0; i_ < length_; i_++) out_[i_] = {name}::{piece.name}({values});", "}"]
        source.append("}")
    folder = tmp_path_factory.mktemp("laws")
    (folder / "laws.cpp").write_text("\n".join(source))
    flags = [
        flag for flag in COMPILER_FLAGS if not flag.startswith("-m")
    ]  # Brian2 drops what a processor does not have
    command = [compiler(), *flags, "-shared", "-fPIC", "laws.cpp", "-o", "laws.so"]
    subprocess.run(command, cwd=folder, check=True)
    library = ctypes.CDLL(str(folder / "laws.so"))

    def call(name, *arguments):
        columns = [np.ascontiguousarray(column, float) for column in np.broadcast_arrays(*arguments)]
        out = np.empty(columns[0].shape)
        pointer = ctypes.POINTER(ctypes.c_double)
        getattr(library, name)(ctypes.c_long(out.size), *(a.ctypes.data_as(pointer) for a in (out, *columns)))
        return out

    return call


@each_law
@given(data=st.data())
def test_the_compiled_text_computes_what_numpy_does(law, compiled, data):
    device = data.draw(devices(law))
    parameters, span = device.parameters(), device.G_max - device.G_min
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    G = np.clip(device.G_min + span * np.r_[0.0, 1.0, rng.random(50)], device.G_min, device.G_max)
    own = {
        "drive": rng.integers(-1, 2, G.size).astype(float),
        "when": rng.integers(0, 2, G.size).astype(float),
        "n": rng.integers(0, int(device.pulses_SET) + 1, G.size).astype(float),
        "G": G,
    }
    for piece in device_functions(law, with_refresh=True):
        arguments = [own.get(name, parameters.get(name)) for name in piece.arguments]
        found, wanted = compiled(f"{law.__name__}_{piece.name}", *arguments), piece(*arguments)
        if device.law == "linear":
            np.testing.assert_array_equal(found, wanted, err_msg=piece.name)
        elif piece.unit == "1":  # a whole number: rounding may turn one in a million, not more
            assert np.all(np.abs(found - wanted) <= 1) and np.mean(found != wanted) <= 0.02, piece.name
        else:
            np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=tolerance(device) * 1e-3, err_msg=piece.name)
