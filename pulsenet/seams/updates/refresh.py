"""What a refresh does to a device pair, as equation text: erase, and write the difference again.

First, each device is read once; which pairs are refreshed, and their old difference, follow from these readings.
Devices that SET pulses program are then erased by RESET pulses to G_min; devices that RESET pulses program, by SET
pulses to G_max: pulses one by one, each followed by a reading, until one finds the device at its bound. Ways to write
back:

- *nearest*: the number of pulses after which a nominal device comes nearest to the old difference. A controller that
  knows only the nominal device needs one reading for it.
- *counts*: each conductance stands for the number of pulses that takes a nominal device there; the larger number less
  the smaller is written. A saturating device answers a pulse the less, the more pulses of either sign its pair has had:
  the difference of the conductances fades, that of the counts does not. Close to saturation, a small error of the
  conductance is one of many pulses: refresh early. With a linear response, the same as nearest.
- *recount*: the same with counts of the very devices. Each is erased and programmed again, pulse by pulse, each
  followed by a reading, until it is back where it was; then it is erased once more, and the difference of the two
  counts is written. The controller needs to know nothing of any device, and one whose steps are larger than its
  partner's gains nothing by it. Where the noise of a pulse is several times its step, counts are worthless (tutorial 6
  has figures).
- *verify*: pulses one by one, each followed by a reading, until one more would not bring the pair nearer to the old
  difference. A device whose pulses do more or less than the nominal device's lands right all the same; one that
  answers no pulse is given up at once.
- *truncate*: nothing is written. A device that conducts more than twice as much as its partner stays as it is, and
  only the partner is erased; else both are.

Readings and pulses do what they do elsewhere: readings have the noise of reading, pulses that of programming
(`pulsenet.circuit.device_functions` has the functions that are called here). Those of one device have numbers: its
first reading 0; a train of pulses begins with a reading of the next number, and each of its pulses, with the reading
after it, has the next one.

Source: nearest, counts and recount: this project. Verify: read-verify programming is common
(10.1088/0957-4484/23/7/075201 tunes one device so). Truncate: N2D2, NodeNeuron_PCM, refresh method "Truncate".
"""

from __future__ import annotations

_PARTNERS = (("plus", "minus"), ("minus", "plus"))
#: What a reading may miss a threshold by, relative to the range or the conductance: rounding must not decide.
ROUNDING = 1e-9


def rewrite(when: str, programs: str, write_back: str) -> str:
    """Erase both devices of a pair where ``when`` holds, and write their difference again.

    Parameters
    ----------
    when : str
        A condition.
    programs : str
        Pulses that write, ``"SET"`` or ``"RESET"``.
    write_back : str
        ``"nearest"``, ``"counts"``, ``"recount"`` or ``"verify"``.
    """
    end, beyond = ("G_min", ">") if programs == "SET" else ("G_max", "<")
    lines = [f"refreshed_plus = int({when})", "refreshed_minus = refreshed_plus"]
    lines += [f"read_{side} = reading(0, G_{side})" for side, _ in _PARTNERS]
    for side, _ in _PARTNERS:
        lines += _erased(side, "0")
    if write_back == "recount":
        for side, _ in _PARTNERS:
            count = f"verified_pulses(refreshed_{side}, next_{side}, read_{side}, G_{side})"
            lines += [f"count_{side} = {count}", _train("written", side, f"count_{side}", f"next_{side}")]
            lines += _erased(side, f"next_{side} + count_{side} + 1")
    if write_back == "counts":  # those of the nominal device, not of this one
        lines += [f"count_{side} = {programs}_pulses(refreshed_{side}, read_{side})" for side, _ in _PARTNERS]
    if write_back == "verify":  # each device is erased to a bound of its own, and the controller reads where that is
        lines += [f"erased_{side} = reading(next_{side}, G_{side})" for side, _ in _PARTNERS]
    for side, partner in _PARTNERS:
        difference = f"read_{side} - read_{partner}"
        if write_back in ("counts", "recount"):
            pulses = f"clip(count_{side} - count_{partner}, 0, count_{side})"
        elif write_back == "verify":
            wanted = f"refreshed_{side}*int({difference} {beyond} erased_{side} - erased_{partner})"
            pulses = f"verified_pulses({wanted}, next_{side}, erased_{partner} + {difference}, G_{side})"
        else:
            wanted = f"refreshed_{side}*int(read_{side} {beyond} read_{partner})"
            pulses = f"{programs}_pulses({wanted}, {end} + {difference})"
        lines += [f"wanted_{side} = {pulses}", _train("written", side, f"wanted_{side}", f"next_{side}")]
    return "\n".join(lines)


def truncate(when: str) -> str:
    """Where ``when`` holds, RESET each device of a pair that does not conduct more than twice as much as the other."""
    lines = [
        f"refreshed_{side} = int(({when}) and reading(0, G_{side}) <= {2 * (1 + ROUNDING)!r}*reading(0, G_{partner}))"
        for side, partner in _PARTNERS
    ]
    for side, _ in _PARTNERS:
        lines += _erased(side, "0")
    return "\n".join(lines)


def _erased(side: str, first: str) -> list[str]:
    """A train of pulses until a reading finds the device erased."""
    return [
        f"erasing_{side} = erasing_pulses(refreshed_{side}, {first}, G_{side})",
        _train("erased", side, f"erasing_{side}", first),
        f"next_{side} = {first} + erasing_{side} + 1",
    ]


def _train(function: str, side: str, n: str, first: str) -> str:
    """A train of n pulses, which begins with a reading of the number ``first``."""
    return f"G_{side} = {function}(refreshed_{side}, {n}, {first}, G_{side})"
