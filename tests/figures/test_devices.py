"""Curves of devices, and their scales."""

import pytest

from pulsenet import DataError, Linear, load_model
from pulsenet.figures.devices import device_curves


def test_curves_of_devices_that_lie_far_apart_get_logarithmic_scales():
    near = device_curves({name: load_model(name).device for name in ("epiram", "ideal")})
    far = device_curves({name: load_model(name).device for name in ("pcmo", "idealized-rpu")})
    assert [near.axes[2].get_xscale(), near.axes[2].get_yscale()] == ["linear", "linear"]
    assert [far.axes[2].get_xscale(), far.axes[2].get_yscale()] == ["symlog", "log"]
    lines = near.axes[0].get_lines()
    assert lines[0].get_ydata()[-1] == pytest.approx(1, rel=1e-9) and lines[0].get_label() == "epiram"
    with pytest.raises(DataError, match="cannot be told apart"):
        device_curves(
            {str(number): Linear(G_min="0 S", G_max="1 uS", pulses_SET=9, pulses_RESET=9) for number in range(29)}
        )
