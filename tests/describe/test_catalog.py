"""The device catalogue: numbers are those of the sources, every one says how sure it is, and a run takes them over."""

import hashlib
import json
from math import exp
from pathlib import Path

import numpy as np
import pytest
from measured_curves import EXPONENTIAL, RANGE, measured
from places import ROOT

from pulsenet import ConfigError, Dataset, Run, Trace, list_models, load_model, nonlinearity_label, train
from pulsenet.describe.catalog import overrides_of
from pulsenet.figures.devices import curve, pulses
from pulsenet.fitting import Curves, fit

FOLDER = ROOT / "models"
NAMES = list_models()
LINEAR = {"law": "linear", "G_min": "0 S", "G_max": "1 uS", "pulses_SET": 9, "pulses_RESET": 9}
#: MLP+NeuroSim V3.0 manual, tables I and II: G_max, G_min (S), pulses, labels of SET and RESET, noise, V_SET, t_SET,
#: V_RESET, t_RESET, accuracy.
NEUROSIM = {
    "ag-a-si": (38.46e-9, 3.08e-9, 97, 2.4, -4.88, 0.035, 3.2, 300e-6, -2.8, 300e-6, 0.72),
    "pcmo": (43.5e-9, 6.36e-9, 50, 3.68, -6.76, 0.01, -2, 1e-3, 2, 1e-3, 0.33),
    "alox-hfo2": (59.2e-6, 13.4e-6, 40, 1.94, -0.61, 0.05, 0.9, 100e-6, -1, 100e-6, 0.20),
    "gst-pcm": (212e-6, 10.7e-6, 100, 0.105, 2.4, 0.015, 0.7, 6e-6, 3, 125e-9, 0.89),
    "taox-tio2": (200e-9, 100e-9, 102, 1.85, -1.79, 0.01, 3, 40e-3, -3, 10e-3, 0.10),
    "taox-hfox": (10e-6, 1e-6, 128, 0.04, -0.63, 0.037, 1.6, 50e-9, 1.6, 50e-9, 0.80),
    "epiram": (12.3e-6, 0.246e-6, 64, 0.5, -0.5, 0.02, 5, 5e-6, -3, 5e-6, 0.92),
    "hzo-fefet": (1.788e-6, 39.7e-9, 32, 1.75, 1.46, 0.005, 3.65, 75e-9, -2.95, 75e-9, 0.88),
    "ideal": (5e-6, 100e-9, 64, 0, 0, 0, 2, 10e-9, -2, 10e-9, None),
}
AIHWKIT = {"gokmen-vlasov", "idealized-rpu", "reram-es", "pcm-nandakumar", "ecram-li", "ecram-mo", "hfo2-array"}
NAMED_BY_THE_PAPER = {
    "gsd",
    "reconfigurable-gsd",
    "ag2s-atomic-switch",
    "alox",
    "multilevel-rram",
    "ferroelectric-memristor",
    "silicon-synapse",
    "memflash",
    "floating-gate-array",
    "floating-body",
    "pcmo-jang",
    "hfo2-linear",
    "lista",
    "pcm-pair",
}


def in_weights(device, kind, w, w_min=-1.0, w_max=1.0):
    """Step of one pulse at a weight of aihwkit's, in its units."""
    scale = (device.G_max - device.G_min) / (w_max - w_min)
    return device.evaluate(kind, G=device.G_min + (np.asarray(w) - w_min) * scale) / scale


# --- what the files say ---


def test_every_device_is_there():
    assert set(NAMES) == set(NEUROSIM) | AIHWKIT | NAMED_BY_THE_PAPER
    assert set(NAMES) == {path.parent.name for path in FOLDER.glob("*/device.toml")}


@pytest.mark.parametrize("name", NAMES)
def test_a_device_can_be_run(name):
    model = load_model(name)
    run = Run.check({"network": {"layers": [4, 3, 2]}, "device": {"model": name}}, "run")
    assert (run.device, run.programming, run.variation) == (model.device, model.programming, model.variation)
    assert np.isfinite(list(model.device.parameters().values())).all()
    for kind, ends in (("SET", ("G_min", "G_max")), ("RESET", ("G_max", "G_min"))):
        n, G = curve(model.device, kind)
        assert 1 <= pulses(model.device, kind) <= 1e4
        assert G[[0, -1]] == pytest.approx([getattr(model.device, end) for end in ends], rel=1e-9, abs=0)
        assert (np.diff(G) * (1 if kind == "SET" else -1) > 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_every_number_says_how_sure_it_is(name):
    model = load_model(name)
    told = {(section, key) for section, keys in model.certainty.items() for key in keys}
    assert told == set(model.numbers())
    assert model.about.title and model.about.summary and model.source.references
    assert all(text.partition(": ")[2] for keys in model.certainty.values() for text in keys.values())
    if name in NAMED_BY_THE_PAPER:
        assert model.about.status == "illustrative"
    if name in AIHWKIT:
        assert model.certainty["device"]["G_max"].startswith("illustrative: ")


def test_numbers_are_as_the_sources_give_them():
    for name, (G_max, G_min, levels, SET, RESET, noise, V_SET, t_SET, V_RESET, t_RESET, accuracy) in NEUROSIM.items():
        model = load_model(name)
        assert (model.device.G_max, model.device.G_min, model.device.pulses_SET) == (G_max, G_min, levels), name
        assert nonlinearity_label(model.device) == pytest.approx((SET, RESET), abs=0.02), name
        assert (model.published.label_SET, model.published.label_RESET) == (SET, RESET), name
        given = model.programming
        assert (given.V_SET, given.t_SET, given.V_RESET, given.t_RESET) == (V_SET, t_SET, V_RESET, t_RESET), name
        assert (model.variation.ctoc_range, model.published.accuracy) == (noise, accuracy), name
    assert load_model("ag-a-si").device.pulses_RESET == 100 and load_model("gst-pcm").device.pulses_RESET == 120


@pytest.mark.parametrize(
    ("name", "dw_min", "w_min", "w_max", "up", "down"),
    [
        ("gokmen-vlasov", 0.0016, -1, 1, 0, 0),
        ("idealized-rpu", 0.0002, -1, 1, 0, 0),
        ("ecram-li", 0.002, -0.8276, 1.1724, 0.1153, 0.5085),
        ("ecram-mo", 2.8214e-4, -0.8286, 1.1714, 0.4152, 0.7342),
        ("hfo2-array", 0.4622, -1, 1, 1, 1),
    ],
)
def test_steps_are_those_of_aihwkit(name, dw_min, w_min, w_max, up, down):
    device = load_model(name).device
    if name == "hfo2-array":  # its range ends at 99 % of the way from one soft bound to the other
        w = np.linspace(-1, -1 + 2 * 0.99, 9)
        scale = (device.G_max - device.G_min) / (2 * 0.99)
        assert device.evaluate("SET", G=device.G_min + (w + 1) * scale) / scale == pytest.approx(
            dw_min * (1 - w), rel=1e-4
        )
        return
    w = np.linspace(w_min, w_max, 9)
    assert in_weights(device, "SET", w, w_min, w_max) == pytest.approx(dw_min * (1 - up * w / w_max), rel=1e-4)
    assert in_weights(device, "RESET", w, w_min, w_max) == pytest.approx(dw_min * (1 - down * w / w_min), rel=1e-4)


def test_exponential_steps_are_those_of_aihwkit():
    w = np.linspace(-1, 1, 9)
    reram = load_model("reram-es").device
    up, down = 0.00135, 0.00135 * (1 - 0.259359)  # up_down makes none larger
    z = -0.5 * w - 0.5
    assert in_weights(reram, "SET", w) == pytest.approx(up * (1 + 1.18445 * np.exp(5 * z)), rel=0.01)
    assert in_weights(reram, "RESET", w) == pytest.approx(down * (1 + 0.081404 * np.exp(-5 * z)), rel=0.03)
    pcm = load_model("pcm-nandakumar").device
    for w in (1.0, 2.0):  # near w = 0 the step is too large to be the same to first order
        assert in_weights(pcm, "SET", w, 0, 2) == pytest.approx(0.01 * (1 + 27.235 * exp(-2.5 * w)), rel=0.05)


# --- abrupt branches, and curves that do not join ---


@pytest.mark.parametrize(
    ("name", "abrupt", "gradual"),
    [("pcm-pair", "RESET", "SET"), ("pcm-nandakumar", "RESET", "SET"), ("multilevel-rram", "SET", "RESET")],
)
def test_an_abrupt_branch_spans_the_range_in_one_pulse(name, abrupt, gradual):
    device = load_model(name).device
    start = {"SET": device.G_min, "RESET": device.G_max}[abrupt]
    step = float(device.evaluate(abrupt, G=start))
    assert step == pytest.approx(device.G_max - device.G_min, rel=1e-9, abs=0)
    assert pulses(device, gradual) >= 30
    middle = (device.G_min + device.G_max) / 2
    assert device.evaluate(abrupt, G=middle) >= (device.G_max - device.G_min) / 2 * (1 - 1e-9)


def test_curves_that_do_not_join_share_one_range(tmp_path):
    whole = measured(EXPONENTIAL, 0.005)
    some = whole.select(~(whole.RESET & (whole.n < 20)))  # depression starts 20 pulses below the end of potentiation
    curves = Curves(some.device, some.cycle, some.RESET, np.where(some.RESET, some.n - 20, some.n), some.G)
    model = load_model(fit(curves, "exponential").write(tmp_path / "mine"))
    assert model.device.G_max == pytest.approx(RANGE["G_max"], rel=0.02)
    assert model.device.G_min == pytest.approx(RANGE["G_min"], rel=0.1)
    assert model.fit["starts"]["start_RESET"] == pytest.approx(20, abs=3)
    assert any("do not join" in note for note in model.about.notes)


# --- devices of one's own ---


def test_a_fitted_device_is_a_device(tmp_path):
    rng, pieces = np.random.default_rng(2), []
    for number in range(12):
        one = measured(
            EXPONENTIAL.model_copy(update={"G_max": 5e-6 * (1 + 0.1 * rng.standard_normal())}), 0.005, seed=number
        )
        pieces.append([one.device + number, one.cycle, one.RESET, one.n, one.G])
    found = fit(Curves(*map(np.concatenate, zip(*pieces, strict=True))), "exponential")
    folder = found.write(tmp_path / "mine")
    model = load_model(folder)
    assert (model.device, model.about.status) == (found.device(), "fitted")
    assert load_model(str(folder / "device.toml")).file.sha256 == model.file.sha256
    told = {(section, key) for section, keys in model.certainty.items() for key in keys}
    assert told == set(model.numbers()) and ("variation", "dtod_G_max") in told
    assert model.variation.dtod_G_max == pytest.approx(0.1, rel=0.5)
    assert model.variation.read_noise == pytest.approx(0.005 * 4.5 / 2.75, rel=0.3)
    run = Run.check({"network": {"layers": [4, 2]}, "device": {"model": str(folder)}}, "run")
    assert (run.device, run.variation) == (model.device, model.variation)


def test_a_device_that_is_not_there(tmp_path):
    with pytest.raises(ConfigError, match="^no device 'epirom'; did you mean 'epiram'"):
        load_model("epirom")
    with pytest.raises(ConfigError, match="^no device 'zzzzz'; `pulsenet models list`"):
        load_model("zzzzz")
    with pytest.raises(ConfigError, match="device.toml: cannot be read .No such file"):
        load_model(tmp_path)
    with pytest.raises(ConfigError, match="cannot be read"):
        load_model(Path("epiram"))
    (tmp_path / "device.toml").write_text("[device")
    with pytest.raises(ConfigError, match="is not TOML"):
        load_model(tmp_path)


# --- in a run ---


def write_run(folder, device):
    path = folder / "run.toml"
    path.write_text(f"[network]\nlayers = [4, 3, 2]\n[device]\n{device}\n")
    return path


def test_a_run_file_names_a_device_and_replaces_some_of_it(tmp_path):
    more = '[variation]\nctoc_range = 0\ndtod_step = 0.1\n[programming]\nV_SET = "4 V"'
    run = Run.load(write_run(tmp_path, f'model = "epiram"\nG_max = "20 uS"\n{more}'), {"device.G_min": "1 uS"})
    epiram = load_model("epiram")
    assert run.device == epiram.device.model_copy(update={"G_max": 20e-6, "G_min": 1e-6})
    assert (run.programming.V_SET, run.programming.V_RESET) == (4, -3)
    assert (run.variation.ctoc_range, run.variation.dtod_step) == (0, 0.1)
    assert run.device_file.name == "epiram"
    assert run.device_file.sha256 == hashlib.sha256((FOLDER / "epiram" / "device.toml").read_bytes()).hexdigest()
    changed = ["device.G_max", "device.G_min", "programming.V_SET", "variation.ctoc_range", "variation.dtod_step"]
    assert run.device_file.overridden == changed
    again = Run.check(json.loads(json.dumps(run.model_dump(mode="json"))), "trace")
    assert again == run


def test_another_device_replaces_the_one_of_the_run_file(tmp_path):
    path = write_run(tmp_path, "\n".join(f"{key} = {json.dumps(value)}" for key, value in LINEAR.items()))
    assert Run.load(path).device_file.name == ""
    for order in (1, -1):
        overrides = dict([("device.G_max", "20 uS"), ("device.model", "epiram")][::order])
        run = Run.load(path, overrides)
        assert run.device == load_model("epiram").device.model_copy(update={"G_max": 20e-6})
        assert run.device_file.overridden == ["device.G_max"]


def test_a_device_named_on_the_command_line_brings_its_own_pulses_and_variation(tmp_path):
    path = write_run(tmp_path, "\n".join(f"{key} = {json.dumps(value)}" for key, value in LINEAR.items()))
    path.write_text(
        path.read_text() + '\n[programming]\nV_SET = "2 V"\nt_SET = "100 ns"\n\n[variation]\ndtod_step = 0.3\n'
    )
    own = load_model("ag-a-si")
    run = Run.load(path, {"device.model": "ag-a-si"})
    assert (run.programming.V_SET, run.programming.t_SET) == (3.2, 300e-6)
    assert (run.programming, run.variation) == (own.programming, own.variation)
    assert overrides_of(run) == ""
    changed = Run.load(path, {"programming.V_SET": "2 V", "device.model": "ag-a-si"})
    assert changed.programming == own.programming.model_copy(update={"V_SET": 2.0})
    assert overrides_of(changed) == (
        "instead of device ag-a-si's own values (SI units): programming.V_SET from 3.2 to 2"
    )


def test_a_path_starts_at_the_run_file_or_in_the_working_directory(tmp_path, monkeypatch):
    for folder in ("runs", "elsewhere"):
        (tmp_path / folder / "mine").mkdir(parents=True)
    text = (FOLDER / "pcmo" / "device.toml").read_text()
    (tmp_path / "runs" / "mine" / "device.toml").write_text(text)
    (tmp_path / "elsewhere" / "mine" / "device.toml").write_text(text.replace('"43.5 nS"', '"50 nS"'))
    path = write_run(tmp_path / "runs", 'model = "mine"')
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert Run.load(path).device == load_model("pcmo").device
    assert Run.load(path, {"device.model": "mine"}).device.G_max == 50e-9


@pytest.mark.parametrize(
    ("device", "overrides", "message"),
    [
        ('model = "epirom"', {}, "run.toml: device.model: no device 'epirom'; did you mean 'epiram'?"),
        ("model = 3", {}, "run.toml: device.model = 3: must be the name or the path of a device, in quotes"),
        (
            'model = "epiram"\nlaw = "linear"',
            {},
            "run.toml: device.law = 'linear': device.model = 'epiram' is neurosim; leave one of",
        ),
        ('model = "epiram"\nbeta = 1', {}, "run.toml: device.beta is not a key; allowed: G_min, "),
        ('model = "epiram"\n[variation]\nctoc = 1', {}, "run.toml: variation.ctoc is not a key; did you mean 'ctoc_"),
        ('model = "epiram"', {"programming": 3}, "run.toml: programming = 3: must be a section"),
        ('model = "epiram"', {"device.model": "pcmo", "device.G_max": "1 nS"}, "run.toml: device: G_min = 6.36e-09 S"),
        (
            'model = "epiram"',
            {"device_file.nme": "x", "device": LINEAR},
            "run.toml: device_file.nme is not a key; did you mean 'name'?",
        ),
    ],
)
def test_a_wrong_device_of_a_run_is_named(tmp_path, device, overrides, message):
    with pytest.raises(ConfigError) as caught:
        Run.load(write_run(tmp_path, device), overrides)
    assert str(caught.value).startswith(f"{tmp_path}/{message}") and "\n" not in str(caught.value)


def test_a_trace_says_which_device_file_its_run_came_from(tmp_path):
    content = {"network": {"layers": [3, 2]}, "time": {"n_slots": 3}, "training": {"epochs": 1}}
    run = Run.check(content | {"device": {"model": "pcm-pair", "G_max": "40 uS"}}, "run")
    data = Dataset.from_arrays(np.eye(3)[[0, 1, 2, 0]], [0, 1, 1, 0])
    with Trace(train(run, tmp_path / "run", data=data, engine="standalone").trace) as trace:
        said = trace.configuration["device_file"]
        assert said == {
            "name": "pcm-pair",
            "sha256": load_model("pcm-pair").file.sha256,
            "overridden": ["device.G_max"],
            "replaced": ["5e-05"],
        }
        assert trace.configuration["device"]["pulses_RESET"] == 1 and "model" not in trace.configuration["device"]
