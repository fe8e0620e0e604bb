"""Damage at random places: detected or harmless, never a wrong number, and soon."""

from __future__ import annotations

import json
import random
import shutil
import time
from itertools import combinations, permutations
from pathlib import Path

import numpy as np
import pytest
from example_run import ExampleRun, describe, finish
from faults import in_child

from pulsenet.errors import TraceError
from pulsenet.trace import Trace, TraceWriter

pytestmark = pytest.mark.whole

LONGEST = 10  # times what it takes to read the trace when it is whole


def everything(path: Path) -> tuple[str, dict[str, np.ndarray]]:
    """All that a trace says."""
    with Trace(path) as trace:
        found = {f"frames/{name}": values[:] for name, values in trace.frames.items()}
        found |= {f"evaluation/{name}": values[:] for name, values in trace.evaluation.items()}
        for population in trace.populations:
            for kind in ("forward", "backward", "error", "refresh"):
                found |= {
                    f"{population}/{kind}/{name}": values for name, values in trace.pulses(population, kind).items()
                }
        for layer in trace.layers:
            found |= {f"{layer}/{n}": G for n, G in enumerate(trace.conductance(layer, slice(None)))}
        return trace.description.to_json(), found


def judge(folder: Path, expected: tuple[str, dict[str, np.ndarray]]) -> str:
    """``refused``, ``harmless`` or ``wrong``."""
    try:
        description, found = everything(folder)
    except TraceError as error:
        assert "\n" not in str(error)
        return "refused"
    same = description == expected[0] and found.keys() == expected[1].keys()
    same = same and all(np.array_equal(found[name], values) for name, values in expected[1].items())
    return "harmless" if same else "wrong"


def judge_all(folder: Path, kind: str, number: int, told: Path) -> None:
    """Damage one file after the other; in a process of its own, so that a crash of the interpreter is seen.

    Time is that of the processor alone, and is told as a multiple of what reading the whole trace takes: neither a slow
    machine nor a busy one makes a case long.
    """
    dice, counts, slowest = random.Random(kind), {"refused": 0, "harmless": 0, "wrong": 0}, 0.0
    everything(folder)  # the first time, there is more to do
    start = time.process_time()
    expected = everything(folder)
    usual = time.process_time() - start
    paths = sorted([*folder.rglob("*.h5"), *folder.rglob("*.segment")])
    for case in range(number):
        path = paths[case % len(paths)]
        intact = path.read_bytes()
        at = dice.randrange(len(intact))
        flipped = intact[:at] + bytes([intact[at] ^ 1 << dice.randrange(8)]) + intact[at + 1 :]
        path.write_bytes(flipped if kind == "flip" else intact[:at])
        start = time.process_time()
        counts[judge(folder, expected)] += 1
        slowest = max(slowest, (time.process_time() - start) / usual)
        path.write_bytes(intact)
    told.write_text(json.dumps([counts, slowest]))


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("flip", 60),
        ("cut", 30),
        *(pytest.param(*each, marks=pytest.mark.heavy) for each in [("flip", 1000), ("cut", 500)]),
    ],
)
def test_random_damage(tmp_path, unfinished, figure, kind, number):
    """Half of the cases in a finished trace, half in the segments of an unfinished run."""
    finished = ExampleRun().write(tmp_path / "finished").parent
    total, slowest = {"refused": 0, "harmless": 0, "wrong": 0}, 0.0
    for folder in (finished, unfinished):
        process = in_child(judge_all, folder, kind, number // 2, tmp_path / "told")
        process.join()
        assert process.exitcode == 0
        counts, longest = json.loads((tmp_path / "told").read_text())
        total, slowest = {name: total[name] + counts[name] for name in total}, max(slowest, longest)
    assert total["wrong"] == 0 and sum(total.values()) == number and slowest < LONGEST
    what = {"flip": "bit flips", "cut": "truncations"}[kind]
    figure(
        f"{number} {what}",
        f"{total['refused']} refused, {total['harmless']} harmless, 0 wrong; slowest {slowest:.2f} readings",
    )


def rearranged(numbers: range):
    """Ways to rearrange segments: what it is, and pairs of (segment to write, segment that it gets, or None)."""
    for one in numbers:
        yield "missing", [(one, None)]
        yield "duplicated", [(numbers.stop, one)]
    for one, other in combinations(numbers, 2):
        yield "swapped", [(one, other), (other, one)]
    for one, other in permutations(numbers, 2):
        yield "duplicated", [(one, other)]


@pytest.mark.parametrize("every", [23, pytest.param(1, marks=pytest.mark.heavy)])
def test_rearranged_segments(tmp_path, reference, figure, every):
    """Refused, or (the newest gone, which none sees) a true beginning of the run; a resume ends in the same bytes."""
    run, tried, refused = ExampleRun(), 0, 0
    intact = run.write(tmp_path / "run", 3, finish=False)
    names = sorted(path.name for path in (intact / "segments").iterdir())
    for _, changes in list(rearranged(range(len(names))))[::every]:
        folder = shutil.copytree(intact, tmp_path / "copy")
        for to, source in changes:
            target = folder / "segments" / f"{to:08d}.segment"
            if source is None:
                target.unlink()
            else:
                shutil.copy(intact / "segments" / names[source], target)
        try:
            with Trace(folder) as trace:
                np.testing.assert_array_equal(trace.frames["label"], run.frames["label"][: trace.n_frames])
                assert trace.n_frames == 18 and changes == [(7, None)]
        except TraceError as error:
            refused += 1
            assert "\n" not in str(error)
        if any(to == 0 for to, _ in changes):  # the description is not what it was: nothing to resume
            with pytest.raises(TraceError):
                TraceWriter.resume(folder, describe())
        else:
            assert finish(folder) == reference
        tried += 1
        shutil.rmtree(folder)
    figure(
        "segments missing, duplicated, swapped",
        f"{tried}: {refused} refused, {tried - refused} harmless; resume to the same bytes",
    )
