"""What a refresh does to a device pair, as equation text: erase, and write the difference again.

Devices that SET pulses program are erased by RESET pulses to G_min; devices that RESET pulses program, by SET pulses to
G_max. Erasing pulses are counted until the device is at its bound. Ways to write back:

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

Source: nearest, counts and recount: this project. Verify: read-verify programming is common
(10.1088/0957-4484/23/7/075201 tunes one device so); here in closed form, see `pulsenet.circuit.device_functions`.
Truncate: N2D2, NodeNeuron_PCM, refresh method "Truncate".
"""

from __future__ import annotations

_PARTNERS = (("plus", "minus"), ("minus", "plus"))


def rewrite(when: str, programs: str, write_back: str) -> str:
    """Erase both devices of a pair where ``when`` is 1, and write their difference again.

    Parameters
    ----------
    when : str
        An expression, 0 or 1.
    programs : str
        Pulses that write, ``"SET"`` or ``"RESET"``.
    write_back : str
        ``"nearest"``, ``"counts"``, ``"recount"`` or ``"verify"``.
    """
    erases, end, beyond = ("RESET", "G_min", ">") if programs == "SET" else ("SET", "G_max", "<")
    lines = [f"refreshed_plus = {when}", "refreshed_minus = refreshed_plus"]
    if write_back == "verify":  # each device is erased to a bound of its own, and the controller reads where that is
        lines += [f"erased_{side} = written(refreshed_{side}, 0, G_{side})" for side, _ in _PARTNERS]
    if write_back == "recount":
        lines += [f"recounted_{side} = recounted(refreshed_{side}, G_{side})" for side, _ in _PARTNERS]
        lines += [
            f"count_{side} = verified_pulses(refreshed_{side}, recounted_{side}, G_{side})" for side, _ in _PARTNERS
        ]
    if write_back == "counts":  # read first: the controller's counts are those of the nominal device, not of this one
        lines += [f"read_{side} = G_{side}" for side, _ in _PARTNERS]
        lines += [f"count_{side} = {programs}_pulses(refreshed_{side}, read_{side})" for side, _ in _PARTNERS]
    for side, partner in _PARTNERS:
        if write_back in ("counts", "recount"):
            pulses = f"clip(count_{side} - count_{partner}, 0, count_{side})"
        elif write_back == "verify":
            wanted = f"refreshed_{side}*int(G_{side} - G_{partner} {beyond} erased_{side} - erased_{partner})"
            pulses = f"verified_pulses({wanted}, erased_{partner} + G_{side} - G_{partner}, G_{side})"
        else:
            wanted = f"refreshed_{side}*int(G_{side} {beyond} G_{partner})"
            pulses = f"{programs}_pulses({wanted}, {end} + G_{side} - G_{partner})"
        lines.append(f"{programs}_pulses_{side} = {pulses}")
    lines += [f"{erases}_pulses_{side} = {erases}_pulses(refreshed_{side}, G_{side})" for side, _ in _PARTNERS]
    lines += [f"G_{side} = written(refreshed_{side}, {programs}_pulses_{side}, G_{side})" for side, _ in _PARTNERS]
    return "\n".join(lines)


def truncate(when: str) -> str:
    """Where ``when`` is 1, RESET the devices of a pair that do not conduct more than twice as much as their partner."""
    lines = [f"refreshed_{side} = {when}*int(G_{side} <= 2*G_{partner})" for side, partner in _PARTNERS]
    for side, _ in _PARTNERS:
        lines += [
            f"SET_pulses_{side} = 0*refreshed_{side}",
            f"RESET_pulses_{side} = RESET_pulses(refreshed_{side}, G_{side})",
        ]
    lines += [f"G_{side} = written(refreshed_{side}, 0, G_{side})" for side, _ in _PARTNERS]
    return "\n".join(lines)
