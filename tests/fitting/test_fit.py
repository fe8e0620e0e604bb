"""Fits: known parameters come back, what the points cannot tell is said, and what is written can be used."""

import hashlib
import tomllib

import numpy as np
import pytest
from measured_curves import EXPONENTIAL, RANGE, TYPICAL, measured, name_of

from pulsenet import Run
from pulsenet.errors import DataError
from pulsenet.fitting import Curves, Fit, fit, fit_figure, read_curves
from pulsenet.fitting.solution import fittable
from pulsenet.seams.laws import LAWS

pytestmark = pytest.mark.whole

FITTED = [law for law in LAWS if fittable(law)]


def typical(law):
    if name_of(law) in TYPICAL:
        return law(**RANGE, **TYPICAL[name_of(law)])
    return fit(measured(EXPONENTIAL), name_of(law)).device()


@pytest.mark.parametrize("draws", [4, pytest.param(100, marks=pytest.mark.heavy)])
@pytest.mark.parametrize("law", FITTED, ids=name_of)
def test_known_parameters_come_back(law, draws):
    device, within, count = typical(law), {}, 0
    for seed in range(draws):
        found = fit(measured(device, 0.02, seed), name_of(law))
        assert isinstance(found, Fit) and found.R2 > 0.95
        for name in found.names:
            off = abs(found.values[name] - getattr(device, name))
            within[name] = within.get(name, 0) + bool(off <= 3 * found.errors[name])
        count += 1
    print(name_of(law), within)
    assert min(within.values()) >= (0.95 * count if draws == 100 else count - 1), within


@pytest.mark.parametrize("law", FITTED, ids=name_of)
def test_without_noise_the_curve_is_found_exactly(law):
    device = typical(law)
    found = fit(measured(device), name_of(law))
    assert found.rms < 1e-4 * (device.G_max - device.G_min)


def test_the_law_of_the_points_has_the_smallest_AIC():
    found = fit(measured(EXPONENTIAL, 0.005))
    assert next(iter(found.AIC)) == "exponential"
    assert set(found.AIC) == {name_of(law) for law in FITTED}
    assert list(found.AIC.values()) == sorted(found.AIC.values())
    assert found.AIC["linear"] - found.AIC["exponential"] > 100


def test_the_model_is_the_simulated_equation():
    found = fit(measured(EXPONENTIAL, 0.02), "exponential")
    G, levels = found.device().G_min, []
    for _ in range(20):
        levels.append(G)
        G += float(found.device().evaluate("SET", G=G))
    assert np.allclose(found.level(False, np.arange(20)), levels, rtol=1e-9, atol=0)


# --- what the points cannot support ---


def said(found, *parts):
    assert any(all(part in line for part in parts) for line in found.warnings), found.warnings


def test_a_parameter_that_is_not_there_is_doubted():
    linear = measured(typical(FITTED[0]), 0.02)
    found = fit(linear, "exponential")
    assert abs(found.values["beta_SET"]) < 3 * found.errors["beta_SET"]
    said(fit(measured(EXPONENTIAL, 0.05, pulses=(8, 8)), "exponential"), "pulses_SET", "far beyond")


def test_one_branch_alone_spans_the_range():
    both = measured(EXPONENTIAL, 0.01)
    found = fit(both.select(~both.RESET), "exponential")
    assert found.values["pulses_SET"] == 64 and found.values["beta_RESET"] == found.values["beta_SET"]
    assert "no RESET points" in found.notes[0]
    assert abs(found.values["beta_SET"] - 3) < 3 * found.errors["beta_SET"]


def test_ends_that_do_not_join():
    whole = measured(EXPONENTIAL, 0.005)
    late = whole.RESET & (whole.n < 20)  # the LTD curve starts 20 pulses below the end of LTP
    curves = whole.select(~late)
    curves = Curves(
        curves.device, curves.cycle, curves.RESET, np.where(curves.RESET, curves.n - 20, curves.n), curves.G
    )
    found = fit(curves, "exponential")
    assert abs(found.values["start_RESET"] - 20) < 4 * found.errors["start_RESET"]
    assert abs(found.values["beta_RESET"] - 2) < 4 * found.errors["beta_RESET"]
    assert "RESET starts" in found.notes[0]
    said(found, "do not join")


def test_noise_that_pulses_add_up_is_told_from_noise_of_reading():
    rng, device, pieces = np.random.default_rng(1), EXPONENTIAL, []
    span = device.G_max - device.G_min
    for cycle in range(10):
        for RESET in (False, True):
            G, row = device.G_max if RESET else device.G_min, []
            for _ in range(65):
                row.append(G)
                step = -float(device.evaluate("RESET", G=G)) if RESET else float(device.evaluate("SET", G=G))
                G = min(max(G + step + 0.02 * span * rng.standard_normal(), device.G_min), device.G_max)
            row += 0.01 * span * rng.standard_normal(65)
            pieces.append([np.full(65, 0), np.full(65, cycle), np.full(65, RESET), np.arange(65.0), row])
    found = fit(Curves(*map(np.concatenate, zip(*pieces, strict=True))), "exponential")
    assert found.spread.n_cycles == 10
    for kind in ("SET", "RESET"):
        assert found.spread.pulse_noise[kind] == pytest.approx(0.02, rel=0.2)
        assert found.spread.read_noise[kind] == pytest.approx(0.01, rel=0.3)
    said(found, "standard errors", "too small")


def test_spread_over_devices():
    rng, pieces = np.random.default_rng(2), []
    for number in range(40):
        device = EXPONENTIAL.model_copy(update={"G_max": 5e-6 * (1 + 0.1 * rng.standard_normal())})
        one = measured(device, 0.005, seed=number)
        pieces.append([one.device + number, one.cycle, one.RESET, one.n, one.G])
    found = fit(Curves(*map(np.concatenate, zip(*pieces, strict=True))), "exponential")
    assert found.spread.n_devices == 40 and found.spread.cycle_to_cycle == {}
    assert found.spread.device_to_device["G_max"] == pytest.approx(0.5e-6, rel=0.35)
    assert found.spread.device_to_device["beta_SET"] < 0.1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: fit(measured(EXPONENTIAL), "cubic"),
            "law 'cubic' cannot be fitted to curves; choose auto or one of linear, ",
        ),
        (
            lambda: fit(measured(EXPONENTIAL), "linear", {"beta": 1}),
            "fixed: linear has no parameter beta; allowed: G_min, ",
        ),
        (
            lambda: fit(Curves(*np.zeros((2, 9), int), np.zeros(9, bool), np.arange(9.0), np.full(9, 1e-6))),
            "the conductance is 1e-06 S at every pulse; there is nothing to fit",
        ),
    ],
)
def test_refused(call, message):
    with pytest.raises(DataError) as caught:
        call()
    assert str(caught.value).startswith(message)


# --- what is written ---


def test_a_device_folder(tmp_path):
    found = fit(measured(EXPONENTIAL, 0.02), "exponential")
    folder = found.write(tmp_path / "models" / "mine")
    assert sorted(path.name for path in folder.iterdir()) == ["curve.csv", "device.toml"]
    content = tomllib.loads((folder / "device.toml").read_text())
    run = Run.check({"network": {"layers": [4, 3, 2]}, "device": content["device"]}, "run.toml")
    assert run.device == found.device()
    assert content["source"]["curve_sha256"] == hashlib.sha256((folder / "curve.csv").read_bytes()).hexdigest()
    assert np.allclose(content["fit"]["covariance"]["SI"], found.covariance, rtol=1e-12, atol=0)
    again = fit(read_curves(folder / "curve.csv"), "exponential")
    assert again.values == found.values
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(DataError, match="exists already"):
        found.write(folder)
    found.write(folder, force=True)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="cannot hold a device"):
        found.write(tmp_path / "file")


def test_report_and_figure(tmp_path):
    found = fit(measured(EXPONENTIAL, 0.02), "exponential")
    text = found.report()
    assert "exponential law, 136 points" in text and "nonlinearity label (NeuroSim): SET 3." in text
    figure = fit_figure(found)
    figure.savefig(tmp_path / "fit.png")
    assert len(figure.axes) == 3
