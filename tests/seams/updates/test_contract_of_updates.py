"""One contract for all update methods: texts that parse, names that are declared, pulses of their kinds, and values."""

import pytest
from cases import Case, small_run
from declared import check_variant
from own.alternating import Alternating
from plain_devices import EXPONENTIAL

from pulsenet import Bidirectional, Single, TwoPCM, Unidirectional, Variation
from pulsenet.seams.updates import METHODS
from pulsenet.text.assignments import Code
from pulsenet.text.expressions import expression

#: Every text that a method can have, and a method of a class from elsewhere.
EVERY = {
    **{
        f"unidirectional {programs} {write_back}": Unidirectional(programs=programs, write_back=write_back)
        for programs in ("SET", "RESET")
        for write_back in ("nearest", "counts", "recount", "verify")
    },
    "bidirectional": Bidirectional(),
    "single": Single(),
    **{f"two-pcm {write_back}": TwoPCM(write_back=write_back) for write_back in ("nearest", "verify", "truncate")},
    "alternating": Alternating(),
}
every_method = pytest.mark.parametrize("method", EVERY.values(), ids=EVERY)
SIDES = ("plus", "minus")


def test_every_method_is_here():
    assert set(METHODS) <= {type(method) for method in EVERY.values()}


@every_method
def test_a_drive_asks_for_pulses_of_its_kinds_and_for_none_without_polarity(method):
    known = {"polarity", "frame", "update_slot", "pulse", *method.memory}
    asked, values = set(), {"frame": 3, "pulse": 7} | dict.fromkeys(method.memory, 0.0)
    for side in method.sides:
        drive = expression(getattr(method, f"drive_{side}"))
        assert drive.names <= known
        for slot in (0, 1):
            by = {sign: float(drive.evaluate({"polarity": sign, "update_slot": slot} | values)) for sign in (-1, 0, 1)}
            assert by[0] == 0
            asked |= set(by.values())
    assert asked - {0} == {{"SET": 1, "RESET": -1}[kind] for kind in method.kinds}


@every_method
def test_a_refresh_sets_what_it_must_and_names_what_is_declared(method):
    assert bool(method.refresh) == (method.refresh_period() > 0)
    wanted = {f"{what}_{side}" for what in ("refreshed", "G") for side in SIDES}
    code, parameters = Code.parse(method.refresh), method.parameters(1e-7, 5e-6)
    if method.refresh:
        assert wanted <= set(code.assigned)
    known = parameters.keys() | {"G_plus", "G_minus", "G_min", "G_max"} | method.memory.keys()
    assert code.names - set(code.assigned) <= known
    assert parameters.keys() <= code.names
    assert code.calls <= {
        "int", "clip", "reading", "erasing_pulses", "erased", "written", f"{method.kinds[0]}_pulses", "verified_pulses",
    }  # fmt: skip
    for line in code.lines:  # a train of a device is what moves it: its number of pulses is counted, and its energy
        if line.name in ("G_plus", "G_minus"):
            (function,) = line.value.calls
            when, _, _, G = line.value.arguments
            assert (function in ("erased", "written"), when, G) == (True, f"refreshed_{line.name[2:]}", line.name)
    assert ("verified_pulses" in code.calls) == (method.verifies or method.recounts)
    assert set(Code.parse(method.after_pulse).assigned) <= method.memory.keys()


@every_method
def test_devices_start_within_their_range(method):
    for side in SIDES:
        for spread in (0.0, 0.4, 1.0):
            low, high = method.start_range(side, spread)
            assert 0 <= low <= high <= 1 and high - low <= spread + 1e-12


@every_method
@pytest.mark.whole
@pytest.mark.parametrize(
    "variation",
    [
        pytest.param({}, id="ideal"),
        pytest.param({"dtod_G_max": 0.1, "stuck_random": 0.1, "ctoc_step": 0.3}, id="varied"),
    ],
)
def test_all_that_a_circuit_names_is_declared_and_has_a_value(method, variation):
    """With thresholds that all devices share, and with one for each."""
    check_variant(Case(small_run([4, 3, 2], EXPONENTIAL, 3, update=method, variation=Variation(**variation)), frames=2))
