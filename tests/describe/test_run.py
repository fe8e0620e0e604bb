"""A wrong run description ends in one line that names file, key, value and what is allowed; a right one survives."""

from __future__ import annotations

import json
import math

import pytest
from drawn_laws import devices, each_law
from good_run import GOOD, REMOVED, changed
from hypothesis import given
from hypothesis import strategies as st

from pulsenet import ConfigError, Network, Run
from pulsenet.describe.run import parse_value
from pulsenet.seams.codes import CODES
from pulsenet.seams.neurons import ACTIVATIONS

NAN, INF = math.nan, math.inf
#: (key, value, what the line must say); the line must always name the file and the key.
BAD = [
    # wrong keys
    ("network.layer", [64, 10], ["not a key", "did you mean 'layers'", "allowed: layers, activation"]),
    ("netwrok", {}, ["not a key", "did you mean 'network'", "device"]),
    ("time.slots", 3, ["did you mean 'slot'", "n_slots", "guard_slots"]),
    ("device.pulses_set", 3, ["did you mean 'pulses_SET'", "beta_RESET"]),
    ("device.colour", "red", ["not a key", "allowed: G_min, G_max"]),
    ("update.refresh", 3, ["did you mean 'refresh_", "refresh_margin"]),
    ("rule", {"rul": "adaptive-bp"}, ["rule.rule is missing"]),
    # missing keys
    ("network", REMOVED, ["missing"]),
    ("device", REMOVED, ["missing"]),
    ("network.layers", REMOVED, ["missing"]),
    ("device.G_max", REMOVED, ["missing"]),
    ("device.law", REMOVED, ["missing", "allowed: 'linear', 'exponential'"]),
    ("update.method", REMOVED, ["missing", "allowed: 'unidirectional', 'bidirectional'"]),
    # unknown variants
    ("device.law", "quadratic", ["'quadratic'", "allowed: 'linear', 'exponential'"]),
    ("update.method", "both", ["'both'", "allowed: 'unidirectional', 'bidirectional'"]),
    ("rule.rule", "bp", ["'bp'", "'adaptive-bp'"]),
    ("network.activation", "relu", ["'relu'", "'clipped-linear' or 'hard-sigmoid'"]),
    ("network.code", "rate", ["'rate'", "'width', 'count' or 'latency'"]),
    # units
    ("time.slot", "100 nV", ["'100 nV'", "second", "'100 ns'"]),
    ("time.slot", "100", ["'100'", "second"]),
    ("time.slot", "fast", ["'fast'", "second"]),
    ("time.slot", [1], ["[1]", "second"]),
    ("read.V_read", "0.1 A", ["'0.1 A'", "volt"]),
    ("read.V_read", True, ["True", "volt"]),
    ("device.G_max", "5 uA", ["'5 uA'", "siemens"]),
    # ranges
    ("time.slot", "0 ns", ["0 s", "1 ps to 1 s"]),
    ("time.slot", 100, ["100 s", "1 ps to 1 s"]),
    ("time.n_slots", 1, ["1", "at least 2"]),
    ("time.n_slots", 10**6, ["1000000", "at most 4096"]),
    ("time.guard_slots", 0, ["0", "at least 1"]),
    ("read.V_read", "0 V", ["0 V", "more than 0"]),
    ("read.V_read", "-1 V", ["-1 V", "more than 0"]),
    ("device.G_min", "5 uS", ["5e-06 S", "0 <= G_min < G_max"]),
    ("device.G_min", "6 uS", ["6e-06 S", "G_max = 5e-06 S"]),
    ("device.G_min", "-1 uS", ["-1e-06 S", "0 <= G_min"]),
    ("device.pulses_SET", 0, ["0", "at least 1"]),
    ("device.beta_SET", 50, ["50", "at most 20"]),
    ("network.initial_spread", 0, ["0", "greater than 0"]),
    ("network.initial_spread", 2, ["2", "at most 1"]),
    ("training.epochs", 0, ["0", "at least 1"]),
    ("training.decay", 2, ["2", "'auto'", "at most 1"]),
    ("record.pulses", 0, ["0", "'all' or 'none'", "at least 1"]),
    ("record.snapshots", 0, ["0", "at least 1"]),
    ("record.waveforms", [-1], ["-1", "at least 0"]),
    ("record.waveforms", 7, ["7", "list"]),
    ("update.refresh_every", 0, ["0", "at least 1"]),
    ("update.refresh_margin", 0.95, ["0.95", "refresh_above = 0.9"]),
    ("seed", -1, ["-1", "at least 0"]),
    ("data.train", 0, ["0", "at least 1"]),
    # shapes and lengths
    ("network.layers", [64], ["[64]", "at least 2"]),
    ("network.layers", [64, 0, 10], ["[64, 0, 10]", "1 to 100000"]),
    ("network.layers", [64, 50, 1], ["[64, 50, 1]", "at least 2"]),
    ("network.layers", [64, 10**6, 10], ["1000000", "1 to 100000"]),
    ("network.layers", "64-50-10", ["'64-50-10'", "list"]),
    ("network.layers", [64, 50.5, 10], ["[1]", "50.5", "whole number"]),
    ("read.gain", [1.0], ["1 values", "[64, 50, 10]", "2 weight layers"]),
    ("training.error_gain", [1.0, 2.0, 3.0], ["3 values", "2 weight layers"]),
    ("training.learning_rate", [1.0], ["1 values", "2 weight layers"]),
    # types
    ("time.n_slots", 16.5, ["16.5", "whole number"]),
    ("training.epochs", "many", ["'many'", "whole number"]),
    ("device.beta_SET", "steep", ["'steep'", "number"]),
    ("read.gain", "automatic", ["'automatic'", "'auto'", "list"]),
    ("read.gain", 3.0, ["3.0", "'auto'", "list"]),
    ("data.source", 3, ["3", "text"]),
    ("network", [1], ["[1]", "section"]),
    ("device", 3, ["3", "section"]),
    # not finite
    *(
        (key, value, ["finite"])
        for value in (NAN, INF)
        for key in ("device.pulses_SET", "device.beta_SET", "training.decay")
    ),
    ("device.G_max", "nan S", ["finite"]),
    ("device.G_max", "inf S", ["finite"]),
    ("read.V_read", "inf V", ["finite"]),
    ("network.initial_spread", NAN, ["finite"]),
    ("read.gain", [INF, 1.0], ["finite"]),
    ("training.error_gain", [1.0, NAN], ["finite"]),
    ("training.learning_rate", [1.0, INF], ["finite"]),
    ("update.refresh_above", NAN, ["finite"]),
]


def test_the_good_run_is_good():
    assert Run.check(GOOD, "good").network.layers == [64, 50, 10]


@pytest.mark.parametrize(
    ("key", "value", "parts"), BAD, ids=lambda value: str(value)[:30] if isinstance(value, str) else ""
)
def test_a_wrong_value_is_named(key, value, parts):
    with pytest.raises(ConfigError) as caught:
        Run.check(changed((key, value)), "bad.toml")
    message = str(caught.value)
    *sections, last = key.split(".")
    assert message.startswith("bad.toml: ") and "\n" not in message and len(message) < 300
    for part in (*sections, last, *parts):
        assert part in message, message
    for jargon in ("Input should", "validation", "pydantic", "instance of", "parsing", "<class"):
        assert jargon not in message, message


def test_a_key_of_another_variant_is_no_key():
    with pytest.raises(ConfigError, match="update.refresh_every is not a key; allowed: method$"):
        Run.check(changed(("update.method", "bidirectional"), ("update.refresh_every", 3)), "bad.toml")
    with pytest.raises(ConfigError, match="device.beta_SET is not a key; .*pulses_SET"):
        Run.check(changed(("device.law", "linear")), "bad.toml")


# -- files -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (None, ["cannot be read", "No such file", "run file"]),
        ("layers = [64, 10", ["not TOML", "array"]),
        ("layers = ]\n[network]", ["not TOML", "line 1"]),
        (b"\xff\xfe\x00", ["not TOML"]),
        ("", ["network is missing"]),
    ],
)
def test_a_file_that_is_no_run_is_named(tmp_path, content, parts):
    path = tmp_path / "run.toml"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ConfigError) as caught:
        Run.load(path)
    assert str(caught.value).startswith(f"{path}: ") and "\n" not in str(caught.value)
    for part in parts:
        assert part in str(caught.value)


def test_a_folder_is_no_run(tmp_path):
    with pytest.raises(ConfigError, match="Is a directory"):
        Run.load(tmp_path)


def test_overrides_are_checked_like_the_file(tmp_path):
    path = tmp_path / "run.toml"
    path.write_text(
        '[network]\nlayers = [4, 2]\n[device]\nlaw = "linear"\nG_min = "0 S"\nG_max = "1 uS"\n'
        "pulses_SET = 9\npulses_RESET = 9"
    )
    run = Run.load(path, {"time.slot": "2 us", "training.epochs": 7, "device.G_max": "2 uS"})
    assert (run.time.slot, run.training.epochs, run.device.G_max) == (2e-6, 7, 2e-6)
    for overrides, key in [
        ({"tme.slot": 1}, "tme"),
        ({"time.slot": "2 V"}, "time.slot"),
        ({"device.law.x": 1}, "law is a value"),
    ]:
        with pytest.raises(ConfigError, match=key):
            Run.load(path, overrides)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("2.5", 2.5),
        ("true", True),
        ("[1, 2]", [1, 2]),
        ('"2.5 uS"', "2.5 uS"),
        ("2.5 uS", "2.5 uS"),
        ("auto", "auto"),
    ],
)
def test_values_on_the_command_line(text, value):
    assert parse_value(text) == value


# -- what is right survives ------------------------------------------------------------------------------------------


@each_law
@given(data=st.data())
def test_a_run_survives_being_written_and_read(law, data):
    """Through JSON, as a trace keeps it: every number comes back to the last bit."""
    n_layers = data.draw(st.integers(1, 3))
    gains = st.one_of(st.just("auto"), st.lists(st.floats(1e-6, 1e6), min_size=n_layers, max_size=n_layers))
    device = data.draw(devices(law))
    sizes = data.draw(st.lists(st.integers(2, 100), min_size=n_layers + 1, max_size=n_layers + 1))
    run = Run(
        network=Network(
            layers=sizes,
            activation=data.draw(st.sampled_from(list(ACTIVATIONS))),
            code=data.draw(st.sampled_from(list(CODES))),
        ),
        device=device,
        time={"slot": data.draw(st.floats(1e-12, 1)), "n_slots": data.draw(st.integers(2, 4096))},
        read={"V_read": data.draw(st.floats(1e-3, 100)), "gain": data.draw(gains)},
        update=data.draw(
            st.sampled_from([{"method": "bidirectional"}, {"method": "unidirectional", "refresh_every": 7}])
        ),
        training={"error_gain": data.draw(gains), "decay": data.draw(st.one_of(st.just("auto"), st.floats(0.01, 1)))},
        record={"pulses": data.draw(st.sampled_from(["all", "none", 5]))},
        seed=data.draw(st.integers(0, 2**63 - 1)),
    )
    written = json.loads(json.dumps(run.model_dump(mode="json")))
    assert Run.check(written, "trace") == run
    assert Run.check(written, "trace").model_dump(mode="json") == written
