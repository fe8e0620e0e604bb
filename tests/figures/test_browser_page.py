"""The page for browsing."""

import base64
import json
import re

import numpy as np
from configurations import configuration_of
from made_up_run import G_MAX, G_MIN, RECORDED, run_of, write

from pulsenet import Data, Trace
from pulsenet.figures.browser_page import page


def contents(text):
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    return json.loads(found.group(1))


def test_the_page_holds_pulses_conductances_and_curves(trace):
    data = contents(page(trace, 2))
    assert [one["frame"] for one in data["frames"]] == [0, 1] and data["nRecorded"] == RECORDED.sum()
    bars = next(one for one in data["frames"][1]["bars"] if (one["population"], one["kind"]) == ("hidden1", "error"))
    assert list(zip(bars["start"], bars["line"], bars["polarity"], strict=True)) == [
        (27, 1, 1),
        (31, 1, 1),
        (31, 2, -1),
    ]
    gates = data["frames"][1]["gates"]["hidden1"]
    found = list(zip(gates["line"], gates["start"], gates["stop"], strict=True))
    assert found == [(0, 27, 29), (3, 27, 32), (4, 27, 35)]
    assert data["learning"]["test"]["accuracy"] == [50, 75]
    stored = data["conductance"]
    assert stored["frames"] == [-1, 3, 7]
    for layer in stored["layers"]:
        for snapshot, text in enumerate(layer["snapshots"]):
            level = (
                np.frombuffer(base64.b64decode(text), "<u2").reshape(2, layer["in"], layer["out"]) / stored["levels"]
            )
            G = np.array(trace.conductance(layer["name"], snapshot))
            assert np.allclose(G_MIN + level * (G_MAX - G_MIN), G, rtol=0, atol=(G_MAX - G_MIN) / 65535)


def test_the_page_asks_for_nothing_else(trace):
    text = page(trace)
    assert "default-src 'none'" in text
    addresses = set(re.findall(r"https?://[^\"' ]+", text))
    assert addresses <= {"http://www.w3.org/2000/svg"}  # the name of a kind of element, which nothing fetches
    assert not re.search(r"<link|<script[^>]+src|@import|url\(", text)


def test_no_name_ends_the_script_that_holds_the_data(tmp_path):
    changed = configuration_of(run_of(data=Data(source="</script><b>x")))
    with Trace(write(tmp_path / "run", configuration=changed)) as trace:
        assert contents(page(trace))["run"].startswith("script><b>x")


def test_a_page_of_a_bare_trace_says_what_is_missing(bare):
    data = contents(page(bare))
    assert data["frames"] == [] and data["nRecorded"] == 0 and len(data["conductance"]["frames"]) == 1


def test_few_snapshots_are_picked_if_they_are_large(trace, monkeypatch):
    monkeypatch.setattr("pulsenet.figures.browser_page._MOST_BYTES", 10)
    stored = contents(page(trace))["conductance"]
    assert stored["frames"] == [-1, 7] and stored["number"] == 3
