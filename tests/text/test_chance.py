"""Random numbers without a state, by value: SplitMix64 in whole numbers of Python, the deviate by SciPy's quantile."""

import numpy as np
import pytest
from scipy.special import ndtri

from pulsenet.text import chance

WORD = 2**64
GOLDEN = 0x9E3779B97F4A7C15  # 2**64 over the golden ratio: the step of SplitMix64
BY_DEVICE = 0xD1342543DE82EF95  # the odd multiplier of Steele and Vigna 2021, 10.1002/spe.3030


def splitmix64(state: int) -> int:
    """What SplitMix64 makes of a state (Steele, Lea, Flood 2014, figure 17)."""
    z = state % WORD
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) % WORD
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) % WORD
    return z ^ (z >> 31)


def expected_uniform(key: int, device: int, pulse: int) -> float:
    """Number ``pulse`` of the generator that starts at ``key``, stepped on once more for the device; 53 bits of it."""
    line = splitmix64(key + GOLDEN * (pulse + 1))
    return ((splitmix64(line + BY_DEVICE * (device + 1)) >> 11) + 0.5) / 2**53


def test_splitmix64_is_the_published_generator():
    """The first numbers from the seed 1234567, as other implementations publish them (Rosetta Code)."""
    wanted = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431]
    assert [splitmix64(1234567 + GOLDEN * (number + 1)) for number in range(4)] == wanted


@pytest.mark.parametrize("key", [0, 1, 2**53 - 1, 6457827717110365317 >> 11])
def test_uniform_numbers_are_those_bits(key):
    for device in (0, 1, 157_000, 2**31):
        for pulse in (0, 1, 68, 10**9):
            assert chance.uniform(key, device, pulse)[0] == expected_uniform(key, device, pulse)


def test_a_deviate_is_the_quantile_of_its_bits():
    """PPND7 is said to be accurate to about one part in 10**7."""
    device = np.arange(200_000)
    wanted = ndtri(chance.uniform(3, device, 5))
    np.testing.assert_allclose(chance.normal(3, device, 5), wanted, rtol=3e-7, atol=0)
    assert np.abs(wanted).max() > 4  # these addresses reach into both tails


def test_deviates_far_out_are_right_too(monkeypatch):
    """Beyond what one draws: the least and the largest uniform number there is, and the seams between the formulas."""
    small = np.concatenate([2.0 ** -np.arange(2, 54.5, 0.25), [0.075, 0.0750001, np.exp(-25), 1.0001 * np.exp(-25)]])
    monkeypatch.setattr(chance, "uniform", lambda *address: np.concatenate([small, 1 - small[small > 1e-10]]))
    found = chance.normal(1, 2, 3)
    np.testing.assert_allclose(found, ndtri(chance.uniform()), rtol=3e-7, atol=0)
    assert found.min() < -8.2


def test_no_uniform_number_is_0(monkeypatch):
    """The least is half a unit of 2**-53; the largest, half a unit below 1, is rounded to 1."""
    for bits, wanted in ((0, 2.0**-54), (WORD - 1, 1.0)):
        monkeypatch.setattr(chance, "_mixed", lambda x, bits=bits: np.array([bits], np.uint64))
        assert chance.uniform(1, 2, 3)[0] == wanted
