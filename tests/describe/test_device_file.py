"""Device files: what one needs, and one clear line for what is wrong."""

import hashlib

import pytest

from pulsenet import ConfigError, Linear, load_model
from pulsenet.describe.device_file import Model

LINEAR = {"law": "linear", "G_min": "0 S", "G_max": "1 uS", "pulses_SET": 9, "pulses_RESET": 9}


def test_a_file_needs_no_more_than_a_device(tmp_path):
    (tmp_path / "device.toml").write_text(
        '[device]\nlaw = "linear"\nG_min = 0\nG_max = 1e-6\npulses_SET = 9\npulses_RESET = 9'
    )
    assert load_model(tmp_path).device == Linear(**LINEAR)
    assert (
        load_model("device.toml", tmp_path).file.sha256
        == hashlib.sha256((tmp_path / "device.toml").read_bytes()).hexdigest()
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, "x: device is missing"),
        ({"device": LINEAR, "devise": {}}, "x: devise is not a key; did you mean 'device'? allowed: device, "),
        ({"device": LINEAR | {"beta": 1}}, "x: device.beta is not a key; allowed: G_min, "),
        ({"device": LINEAR | {"law": "cubic"}}, "x: device.law = 'cubic' is not known; allowed: 'linear', "),
        ({"device": LINEAR, "about": {"status": "sure"}}, "x: about.status = 'sure': must be 'measured', 'fitted', "),
        ({"device": LINEAR, "about": {"author": "me"}}, "x: about.author is not a key; allowed: title, "),
        (
            {"device": LINEAR, "programming": {"V_SET": "1 s"}},
            "x: programming.V_SET: '1 s' is not a quantity in volt; ",
        ),
        ({"device": LINEAR, "variation": {"dtod_G_max": 2}}, "x: variation.dtod_G_max = 2: must be at most 1"),
        ({"device": LINEAR, "published": {"accuracy": 72}}, "x: published.accuracy = 72: must be at most 1"),
        (
            {"device": LINEAR, "certainty": {"device": {"beta": "fitted: x"}}},
            "x: certainty.device.beta: [device] does not give beta; ",
        ),
        (
            {"device": LINEAR, "certainty": {"device": {"G_max": "sure"}}},
            "x: certainty.device.G_max = 'sure': write it as 'fitted: why', ",
        ),
        (
            {"device": LINEAR, "source": {"references": [{"text": "a", "doi": "doi:10.1/x"}]}},
            "x: source.references[0].doi: 'doi:10.1/x' is no DOI",
        ),
    ],
)
def test_a_wrong_file_is_named(content, message):
    with pytest.raises(ConfigError) as caught:
        Model.check(content, "x")
    assert str(caught.value).startswith(message) and "\n" not in str(caught.value)
