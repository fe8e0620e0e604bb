"""One contract for all laws of reading: a current that grows with the conductance, and parameters that have values."""

from typing import ClassVar, Literal

import numpy as np
import pytest
from cases import Case, small_run
from declared import check_variant
from own.superlinear import Superlinear
from plain_devices import EXPONENTIAL

from pulsenet import Bidirectional, ConfigError
from pulsenet.seams.reading import READINGS, Reading
from pulsenet.text.expressions import expression


class SeriesResistance(Reading):
    """A fixed resistance in series with the device, as of a wire: not in proportion to the conductance."""

    seen: ClassVar[str] = "G/(1 + G/G_wire)"
    units: ClassVar[dict[str, str]] = {"G_wire": "siemens"}
    source: ClassVar[str] = "this test"

    reading: Literal["series-resistance"] = "series-resistance"

    def parameters(self, V_read):
        return {"G_wire": 5e-6}


EVERY = {reading.model_fields["reading"].default: reading() for reading in (*READINGS, Superlinear)}
every_reading = pytest.mark.parametrize("reading", EVERY.values(), ids=EVERY)


def case_of(reading) -> Case:
    return Case(small_run([4, 3, 2], EXPONENTIAL, 3, update=Bidirectional(), reading=reading), frames=2)


@every_reading
def test_its_text_names_what_is_declared(reading):
    assert reading.source and reading.__doc__
    assert expression(reading.seen).names <= {"G", *reading.units}
    assert reading.parameters(0.1).keys() == reading.units.keys()


@every_reading
def test_the_current_grows_with_the_conductance_from_0(reading):
    G = np.r_[0.0, np.geomspace(1e-9, 1e-3, 50)]
    seen = reading.conductance(G, 0.2)
    assert seen[0] == 0 and np.all(np.diff(seen) > 0) and np.isfinite(seen).all()


@every_reading
def test_all_that_a_circuit_names_is_declared_and_has_a_value(reading):
    check_variant(case_of(reading))


@every_reading
def test_neurons_integrate_what_the_reading_sees(reading):
    """Layer 1 is read with the input's slots; the gain is that of the calibration, in terms of what is seen."""
    case = case_of(reading)
    run, device, chunk = case.run, case.run.device, case.chunk
    low, high, plus, minus = (
        reading.conductance(G, run.read.V_read) for G in (device.G_min, device.G_max, *case.start["layer1"])
    )
    weights, x = (plus - minus) / (high - low), chunk.forward_slots[0] / run.time.n_slots
    engine = case.engine("numpy")
    engine.run(chunk.cut(0, 1), case.start)
    found = np.asarray(engine.simulation.populations["hidden1"].preactivation)[:-1]
    np.testing.assert_allclose(found, (case.calibration.read_gain[0] * x @ weights), rtol=1e-9, atol=1e-12)


def test_a_reading_that_is_not_in_proportion_is_refused():
    """Gains, weights and energy would mean something else at every conductance."""
    with pytest.raises(ConfigError, match=r"reading.reading = '.*SeriesResistance'.* 5e-06 S is seen as 2.5e-06 S"):
        case_of(SeriesResistance())
