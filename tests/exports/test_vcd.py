"""A value change dump has the edges of the trace, as the parser of a waveform viewer reads it."""

import numpy as np
import pytest
from exported_run import BACKWARD, ERROR, POPULATIONS, REFRESHED, SLOT

from pulsenet.exports import vcd


def read_vcd(path):
    """Signals of a dump by the parser of the Surfer viewer: changes as (time, value); and the timescale in seconds."""
    pywellen = pytest.importorskip("pywellen", reason="pywellen, the parser of the Surfer viewer, is not installed")
    dump = pywellen.Waveform(str(path))
    scale = dump.timescale.factor * 10.0 ** dump.timescale.unit.to_exponent()
    return {variable.full_name: list(variable.tv) for variable in dump.all_vars()}, scale


def high_slots(changes, ticks, stop):
    """Slots in which a signal is high, the last level held until slot ``stop``."""
    slots, changes = set(), [*changes, (stop * ticks, 0)]
    for (time, level), (until, _) in zip(changes, changes[1:], strict=False):
        assert time % ticks == 0
        slots |= set(range(time // ticks, until // ticks)) if level else set()
    return slots


def expected_signals():
    names = {
        f"pulsenet.{p}.{kind}.line{n}"
        for p in ("input", "hidden1")
        for kind in ("forward", "gate")
        for n in range(POPULATIONS[p])
    }
    for sign in ("positive", "negative"):
        names |= {ERROR.format(p, n, sign) for p in ("hidden1", "output") for n in range(3)}
        names |= {BACKWARD.format(n, sign) for n in range(3)}
    return names | {f"pulsenet.clock.{name}" for name in ("phase", "frame", "learn")}


@pytest.mark.parametrize("frames", [slice(0, 4), slice(1, 3), 2])
def test_every_edge_in_a_dump_is_one_of_a_pulse(run, trace, tmp_path, frames):
    signals, scale = read_vcd(vcd(trace, tmp_path / "pulses.vcd", frames))
    chosen = range(5)[frames] if isinstance(frames, slice) else [frames]
    ticks = round(SLOT / scale)
    np.testing.assert_allclose(ticks * scale, SLOT, rtol=1e-12, atol=0)
    refresh = {f"pulsenet.hidden1.refresh.line{n}" for n in range(3)} if REFRESHED in chosen else set()
    assert set(signals) == expected_signals() | refresh
    some = 0
    for name, changes in signals.items():
        if not name.startswith("pulsenet.clock"):
            wanted = {slot for slot in run.high[name] if slot // 36 in chosen}
            assert high_slots(changes, ticks, (chosen[-1] + 1) * 36) == wanted, name
            some += len(wanted)
    assert some > 20


def test_a_dump_tells_frame_phase_and_learning(trace, tmp_path):
    signals, scale = read_vcd(vcd(trace, tmp_path / "pulses.vcd", slice(1, 3)))
    assert scale == 1e-9  # the largest timescale of which 25 ns is a whole number
    names = ("forward_1", "forward_2", "backward_2", "update")
    assert signals["pulsenet.clock.phase"] == [(25 * 9 * n, names[n % 4]) for n in range(4, 12)]
    assert [(time, int(value)) for time, value in signals["pulsenet.clock.frame"]] == [(25 * 36, 1), (25 * 72, 2)]
    assert signals["pulsenet.clock.learn"] == [(25 * 36, 1), (25 * 72, 0)]


def test_a_dump_holds_the_lines_asked_for(run, trace, tmp_path):
    signals, _ = read_vcd(
        vcd(trace, tmp_path / "pulses.vcd", lines={"input": [4, 0], "hidden1": [], "output": range(1, 2)})
    )
    wires = {name for name in signals if "clock" not in name}
    assert wires == {
        *(f"pulsenet.input.{kind}.line{n}" for kind in ("forward", "gate") for n in (0, 4)),
        *(
            f"pulsenet.output.{kind}.line1_{sign}"
            for kind in ("error", "backward")
            for sign in ("positive", "negative")
        ),
    }
    assert (tmp_path / "pulses.vcd").read_bytes() == vcd(
        trace, tmp_path / "again.vcd", 0, {"input": [0, 4], "hidden1": [], "output": [1]}
    ).read_bytes()
