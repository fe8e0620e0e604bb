"""From pulses to wires: when lines are high, and how long their values are, in every code."""

from __future__ import annotations

import numpy as np
import pytest
from exported_run import POPULATIONS, RECORDED, REFRESHED, MadeUp
from made_up_run import VALUES, write

from pulsenet import Trace
from pulsenet.trace.wires import edges, high, kinds_of, line_values, pulses_of


@pytest.fixture(scope="module", params=["width", "count"])
def run(request, tmp_path_factory):
    made_up = MadeUp(request.param)
    made_up.folder = made_up.write(tmp_path_factory.mktemp(request.param) / "run")
    return made_up


def test_values_of_lines_are_what_was_sent(run):
    with Trace(run.folder) as trace:
        for population in ("input", "hidden1"):
            for frame in np.flatnonzero(RECORDED):
                found = line_values(trace.pulses(population, "forward", int(frame)), POPULATIONS[population])
                np.testing.assert_array_equal(found, run.values[population][frame])


@pytest.mark.parametrize("code", ["width", "count"])
def test_lines_without_pulses_have_the_value_0(tmp_path, code):
    with Trace(write(tmp_path / "run", code)) as trace:
        for population, values in VALUES.items():
            found = line_values(trace.pulses(population, "forward", 1), trace.populations[population])
            assert {int(line): int(found[line]) for line in np.flatnonzero(found)} == values


def test_wires_are_high_in_the_slots_that_were_made_up(tmp_path):
    """Of the count code, whose pulses are recorded slot by slot."""
    run = MadeUp("count")
    with Trace(run.write(tmp_path / "run")) as trace:
        for population in ("input", "hidden1"):
            pulses = pulses_of(trace, population, "forward", range(5))
            slot, line, level = edges(*high(pulses), pulses["line"])
            for number in range(POPULATIONS[population]):
                own = line == number
                up, down = slot[own & (level == 1)], slot[own & (level == 0)]
                slots = set().union(*(range(start, stop) for start, stop in zip(up, down, strict=True)))
                assert slots == run.high[f"pulsenet.{population}.forward.line{number}"]
    assert run.high["pulsenet.input.forward.line0"]


def test_a_population_sends_the_kinds_that_its_place_allows(run):
    with Trace(run.folder) as trace:
        assert kinds_of(trace, "input", range(4)) == {"forward": 5}
        assert kinds_of(trace, "hidden1", range(4)) == {"forward": 4, "error": 3, "refresh": 3}
        assert kinds_of(trace, "hidden1", range(2, 4)) == {"forward": 4, "error": 3}
        assert kinds_of(trace, "output", range(4)) == {"error": 3, "backward": 3}
        assert pulses_of(trace, "hidden1", "refresh", range(REFRESHED, REFRESHED + 1))["line"].tolist() == [1]
