"""Devices that vary, by value: factors on steps, what is added to nonlinearities, and the limits of both."""

import numpy as np
import pytest
from own.parabolic import Parabolic
from own.two_exponentials import TwoExponentials
from typical_laws import EXAMPLES, PULSES, RANGE, SPAN

from pulsenet import Exponential, ExponentialStep, GatedSchottkyDiode, NeuroSim, Sigmoidal, SoftBoundsPower
from pulsenet.errors import ConfigError


def test_a_device_of_twice_the_step_needs_half_the_pulses():
    varied = EXAMPLES["linear"].varied({"step_SET": np.array([2.0, 0.5]), "step_RESET": np.array([4.0, 1.0])})
    assert varied.pulses_SET.tolist() == [32, 128] and varied.pulses_RESET.tolist() == [10, 40]
    diode = GatedSchottkyDiode(G_min=0, G_max=1e-6, **PULSES, k_SET=1, n0_SET=20, k_RESET=1, n0_RESET=9)
    varied = diode.varied({"step_SET": np.array([2.0])})
    assert (varied.pulses_SET, varied.n0_SET, varied.pulses_RESET, varied.n0_RESET) == (32, 10, 40, 9)
    varied = EXAMPLES["neurosim"].varied({"step_RESET": np.array([2.0])})
    assert (varied.pulses_RESET, varied.A_RESET, varied.A_SET) == (20, -15, 20)


def test_a_law_that_counts_no_pulses_goes_along_its_curve_faster():
    """g = sqrt(n/100), by hand: three times the step is n/(100/3) at the same curve."""
    device = Parabolic(G_min=0, G_max=1e-6, pulses=100)
    varied = device.varied({"step_SET": np.array([3.0]), "step_RESET": np.array([2.0])})
    g = np.array([0.1, 0.5, 0.9])
    up = np.sqrt(g**2 + 3 / 100) - g
    np.testing.assert_allclose(varied.evaluate("SET", G=g * 1e-6), up * 1e-6, rtol=1e-9)
    down = np.sqrt((1 - g) ** 2 + 2 / 100) - (1 - g)
    np.testing.assert_allclose(varied.evaluate("RESET", G=g * 1e-6), down * 1e-6, rtol=1e-9)
    assert varied.evaluate("SET_level", n=12.0)[0] == pytest.approx(0.6e-6, rel=1e-12)
    assert varied.evaluate("RESET_level", n=8.0)[0] == pytest.approx(0.6e-6, rel=1e-12)
    assert varied.evaluate("SET_count", G=0.6e-6)[0] == pytest.approx(12, rel=1e-12)
    assert varied.evaluate("RESET_count", G=0.6e-6)[0] == pytest.approx(50 * (1 - 0.4**2), rel=1e-12)


def test_a_law_of_steps_alone_makes_each_step_larger():
    device = TwoExponentials(G_min=0, G_max=1e-6)
    varied = device.varied({"step_SET": np.array([1.5]), "step_RESET": np.array([0.5])})
    for kind, factor in (("SET", 1.5), ("RESET", 0.5)):
        nominal = device.evaluate(kind, G=0.3e-6)
        assert varied.evaluate(kind, G=0.3e-6)[0] == pytest.approx(factor * nominal, rel=1e-12)


def test_what_is_added_to_a_nonlinearity_ends_at_its_limits():
    added = {f"nonlinearity_{kind}": np.array([-100.0, -0.5, 0.25, 100.0]) for kind in ("SET", "RESET")}
    varied = Exponential(**RANGE, **PULSES, beta_SET=3, beta_RESET=-2).varied(added)
    assert varied.beta_SET.tolist() == [-10, 2.5, 3.25, 20] and varied.beta_RESET.tolist() == [-10, -2.5, -1.75, 20]
    varied = NeuroSim(**RANGE, **PULSES, A_SET=32, A_RESET=-40).varied(added)  # pulses/A of 2 and -1
    np.testing.assert_allclose(64 / varied.A_SET, [-10, 1.5, 2.25, 20], rtol=1e-12)
    np.testing.assert_allclose(40 / varied.A_RESET, [-10, -1.5, -0.75, 20], rtol=1e-12)


#: Of each law with limits of its own: a device, its nonlinearity, and by hand from which value to which it may vary.
LIMITS = {
    "power: the last step, 0.1^p, is exp(-20)": (
        SoftBoundsPower(**RANGE, **PULSES, slope_SET=0.99, power_SET=1, slope_RESET=0.5, power_RESET=1),
        "power", (0, 20 / np.log(100)), (0, 10),
    ),
    "steepness: times the midpoint at most 10": (
        Sigmoidal(**RANGE, **PULSES, steepness_SET=2, midpoint_SET=0.8, steepness_RESET=2, midpoint_RESET=0.1),
        "steepness", (0, 12.5), (0, 20),
    ),
    "k: the diode's own current grows by 1.001 to 1e6": (
        GatedSchottkyDiode(G_min=0, G_max=1e-6, **PULSES, k_SET=1, n0_SET=8, k_RESET=2, n0_RESET=0.4),
        "k", (0.1, np.log(1e6) / np.log(9)), (0.1, np.log(1e6) / np.log(101)),
    ),
    "c: a step of 1 - 0.8 exp(-c) does not vanish": (
        ExponentialStep(**RANGE, **PULSES, a_SET=-0.8, c_SET=1, a_RESET=2, c_RESET=1),
        "c", (np.log(0.8) + 0.01, 13), (-10, 13),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("device", "name", "SET", "RESET"), LIMITS.values(), ids=LIMITS)
def test_a_nonlinearity_varies_as_far_as_the_law_is_sound(device, name, SET, RESET):
    for kind, wanted in (("SET", SET), ("RESET", RESET)):
        assert device.nonlinearity_limits(name, kind) == pytest.approx(wanted, rel=1e-12)
        for end in wanted:
            type(device)(**device.model_dump() | {f"{name}_{kind}": end})  # which the law itself accepts
    beyond = SET[1] * 1.01 if name != "c" else np.log(0.8) - 0.01
    with pytest.raises(ConfigError):
        type(device)(**device.model_dump() | {f"{name}_SET": beyond})
    G = RANGE["G_min"] + SPAN * np.linspace(0.01, 0.99, 9)
    varied = device.varied({"nonlinearity_SET": np.array([[-100.0], [100.0]])})
    if device.G_min:
        assert np.all(varied.evaluate("SET", G=G) > 0)
