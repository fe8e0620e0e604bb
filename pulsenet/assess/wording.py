"""The report of an assessment, in Markdown: from the answer down to what it rests on."""

from __future__ import annotations

from importlib.metadata import version

from pulsenet.assess.assumptions import assumptions
from pulsenet.assess.findings import CLEAR, LIKELY, LOSS, QUANTISED, SOFTWARE, Findings, Gain
from pulsenet.assess.standard import BIDIRECTIONAL, UNIDIRECTIONAL
from pulsenet.assess.time_and_energy import costs
from pulsenet.assess.typeset import bullets, number, plain, quantity, table
from pulsenet.describe.run import Run
from pulsenet.fitting.solution import Solution
from pulsenet.seams.effects import EFFECTS
from pulsenet.study.budget import IDEAL, IDEAL_LEVELS, IDEAL_SLOTS

#: Of properties that are no effect: whose it is to improve.
_WHO = {
    "pulse quantisation": "the circuit: more slots per phase, at the cost of time",
    "levels": "the device: smaller steps over the same range",
    "nonlinearity": "the device or its pulses: steps that depend less on the conductance",
    "asymmetry": "the device or its pulses: RESET steps like SET steps",
}


def report(fit: Solution, found: Findings, name: str, command: str) -> str:
    """The whole report.

    Parameters
    ----------
    fit : Solution
    found : Findings
    name : str
        Of the curve.
    command : str
        With which the assessment can be repeated.

    Returns
    -------
    str
        Markdown; pictures are in ``pictures`` beside it.
    """
    network = "-".join(map(str, found.run.network.layers))
    parts = [
        f"# {plain(name)}: what a network of this device learns",
        f"A {network} network, trained in simulated hardware on {_data(found)}: every read, error and programming "
        "pulse is "
        f"simulated. By pulsenet {version('pulsenet')}.",
        "## The answer",
        bullets(answer(fit, found)),
        *_device(fit),
        *_learning(found),
        *_budget(found),
        *_wires(found),
        *costs(found),
        "## What this rests on",
        bullets([plain(text) for text in assumptions(fit, found)]),
        *_repeat(fit, command),
    ]
    return "\n\n".join(parts) + "\n"


def _data(found: Findings) -> str:
    source = {"digits": "scikit-learn's handwritten digits", "mnist": "MNIST"}[found.run.data.source]
    return f"{source} ({found.n_train:,} training samples, {found.run.training.epochs} epochs)"


def answer(fit: Solution, found: Findings) -> list[str]:
    """The findings in a few sentences, the most important first."""
    lines = [
        f"**With unidirectional updating the network reaches {_percent(found, UNIDIRECTIONAL)} test accuracy.** The "
        "same "
        f"network in software reaches {_percent(found, SOFTWARE)}; bidirectional updating on this device, "
        f"{_percent(found, BIDIRECTIONAL)}.",
        _costliest(found),
        f"The device follows the {next(iter(fit.AIC))} law with R² = {fit.R2:.4f}; nonlinearity labels "
        f"{fit.labels[0]:+.2f} (SET) and {fit.labels[1]:+.2f} (RESET); {fit.device().levels():.0f} pulses span its "
        "range of "
        f"{quantity(fit.values['G_min'], 'S')} to {quantity(fit.values['G_max'], 'S')}.",
    ]
    time, energy = (found.per_frame(UNIDIRECTIONAL, kind) for kind in ("time", "energy"))
    counted = "in the devices" if "programming" in energy else "in the devices for reading; programming is not counted"
    lines.append(
        "A training frame (one sample read, its error propagated back, weights updated) takes "
        f"{quantity(sum(time.values()), 's')} "
        f"and {quantity(sum(energy.values()), 'J')} {counted}."
    )
    if fit.warnings:
        several = len(fit.warnings) > 1
        lines.append(
            f"The fit has {len(fit.warnings)} warning{'s' * several}: read {'them' if several else 'it'} before you "
            "rely on the rest."
        )
    if len(found.seeds) < 2:
        lines.append("All runs have one seed only: how much another seed would differ, often by points, is not known.")
    return lines


def _costliest(found: Findings) -> str:
    gains = found.gains()
    gap = 100 * (found.budget.accuracy[SOFTWARE][0] - found.budget.accuracy[UNIDIRECTIONAL][0])
    if not gains:
        return "Nothing about the device is left to improve."
    first = gains[0]
    if first.certainty in (CLEAR, LIKELY):
        return (
            f"**{first.name.capitalize()} costs most.** Made ideal by itself, it gains {_points(first)} points "
            f"({first.certainty}) of the {gap:.2f} that are missing to software. It is what to improve first."
        )
    return (
        f"**No single property costs more than can be told.** The largest gain of making one ideal is {_points(first)} "
        "points "
        f"({first.name}); {gap:.2f} points are missing to software."
    )


def _device(fit: Solution) -> list[str]:
    rows = [
        (
            f"`{name}`",
            number(name, value),
            f"± {number(name, fit.errors[name])}" if name in fit.errors else plain(fit.held.get(name, "given")),
        )
        for name, value in fit.values.items()
    ]
    best = next(iter(fit.AIC))
    others = ", ".join(f"{law} {AIC - fit.AIC[best]:.1f}" for law, AIC in fit.AIC.items() if law != best)
    parts = [
        "## The device",
        "![Measured points, the fitted law, residuals and steps](pictures/fit.png)",
        f"The {best} law, fitted to {len(fit.curves)} points: R² = {fit.R2:.5f}, residuals of "
        f"{100 * fit.rms / (fit.values['G_max'] - fit.values['G_min']):.2f} % of the range. Nonlinearity labels (as "
        "NeuroSim defines "
        f"them): SET {fit.labels[0]:+.2f}, RESET {fit.labels[1]:+.2f}.",
        table(("parameter", "value", "standard error"), rows),
    ]
    if others:
        parts.append(
            f"Other laws, by how much Akaike's criterion is worse: {others}. Below 2, the points do not tell them "
            "apart."
        )
    if noise := _noise(fit):
        parts.append(noise)
    if fit.warnings:
        parts += ["Warnings of the fit:", bullets([plain(text) for text in fit.warnings])]
    return parts


def _noise(fit: Solution) -> str:
    """What varies, as the runs take it."""

    def share(value: float) -> str:
        return f"{100 * value:.2f} % of the range" if value > 0 else "none seen"

    found = [
        f"{kind}, {share(pulse)} per pulse and {share(fit.spread.read_noise[kind])} per reading"
        for kind, pulse in fit.spread.pulse_noise.items()
    ]
    text = f"Noise in the curve: {'; '.join(found)}. " if found else ""
    if fit.spread.device_to_device:
        values = ", ".join(f"`{name}` {number(name, value)}" for name, value in fit.spread.device_to_device.items())
        text += f"Standard deviation over {fit.spread.n_devices} devices: {values}."
    return text.strip()


def _learning(found: Findings) -> list[str]:
    names = {
        SOFTWARE: "software back-propagation, floating-point weights",
        QUANTISED: f"software, signals rounded to {found.run.time.n_slots} slots",
        found.ideal_device(): f"ideal devices (linear, {IDEAL_LEVELS} levels, all alike), unidirectional updating",
        UNIDIRECTIONAL: "**this device, unidirectional updating**",
        BIDIRECTIONAL: "this device, bidirectional updating",
    }
    best = found.budget.accuracy[SOFTWARE][0]
    rows = [
        (text, _percent(found, case), f"{100 * (found.budget.accuracy[case][0] - best):+.2f}")
        for case, text in names.items()
    ]
    seeds = "one seed" if len(found.seeds) == 1 else f"mean ± standard deviation of {len(found.seeds)} seeds"
    rival = found.difference("", UNIDIRECTIONAL, BIDIRECTIONAL)
    if abs(rival.mean) <= rival.error:
        verdict = "No difference of unidirectional and bidirectional updating can be told"
    else:
        verdict = f"Unidirectional updating is {'better' if rival.mean > 0 else 'worse'} than bidirectional updating"
        verdict += ", as far as one seed can tell" if len(found.seeds) < 2 else ""
    parts = [
        "## How well it learns",
        "![Test accuracy after each epoch, by method](pictures/methods.png)",
        table((f"training ({seeds})", "test accuracy", "against software (points)"), rows),
        f"{verdict}: {_points(rival)} points (difference ± standard error of the seeds and of {found.n_test:,} test "
        "samples).",
    ]
    if warnings := found.warnings():
        parts += [
            "What the diagnosis of the runs says:",
            bullets([plain(f"{run}: {text}") for run, text in warnings.items()]),
        ]
    return parts


def _budget(found: Findings) -> list[str]:
    gains, added = found.gains(), dict(found.budget.steps())
    if not gains:
        return []
    rows = [
        (plain(gain.name), _ideal(gain.name, found.run), _points(gain),
         gain.certainty.replace(" ", "\u00a0"), f"{100 * added[f'+ {gain.name}']:.2f}\u00a0%",
         _who(gain.name, found.run))
        for gain in gains
    ]  # fmt: skip
    head = (
        "property",
        "made ideal, it is",
        "gains (points)",
        "seen",
        "added up, accuracy becomes",
        "whose it is to improve",
    )
    return [
        "## What to improve first",
        "Each property of the device and of its pulses was made ideal by itself; the gain is what accuracy that "
        "brings. "
        f"With all of them ideal the network reaches {_percent(found, IDEAL)}.",
        table(head, rows),
        "*Clear* is a gain above two standard errors (of the seeds and of the test samples) with several seeds, "
        "*likely* one above "
        f"one; *{LOSS}* is below minus two: noise, for example, can help to round. *Not seen* is the rest. Properties "
        "interact, so "
        "gains do not add up. The other way round, the picture begins with software and with ideal devices and "
        f"{max(IDEAL_SLOTS, found.run.time.n_slots)} slots, and adds the real properties one by one:",
        "![Accuracy from software down to the device as it is](pictures/waterfall.png)",
    ]


def _who(name: str, run: Run) -> str:
    """Whose it is to improve a property."""
    return (_WHO | {effect.title: effect.improved_by for effect in (*EFFECTS, *run.variation.own)})[name]


def _ideal(name: str, run: Run) -> str:
    texts = {
        "pulse quantisation": f"phases of {IDEAL_SLOTS} slots, not {run.time.n_slots}",
        "levels": f"{IDEAL_LEVELS} pulses over the range, not {run.device.levels():.0f}",
        "nonlinearity": "a straight response of as many pulses",
        "asymmetry": "a RESET that mirrors SET",
        **{effect.title: effect.made_ideal for effect in (*EFFECTS, *run.variation.own)},
    }
    return texts[name]


def _wires(found: Findings) -> list[str]:
    schedule = found.run.schedule()
    return [
        "## One frame on the wires",
        "![Every pulse of one training frame](pictures/pulses.png)",
        f"The first training frame that programs devices: {schedule.n_layers} forward phases, {schedule.n_layers - 1} "
        "backward, and one "
        f"update phase, each of {found.run.time.n_slots} slots of {quantity(found.run.time.slot, 's')}. A value is a "
        "pulse "
        "as long as the value. In the update phase a line holds its gates open for its value; an error pulse that "
        "meets an open gate is one programming "
        "pulse on one device pair. So input times error is a number of pulses.",
    ]


def _repeat(fit: Solution, command: str) -> list[str]:
    sources = [f"`{file}`, SHA-256 `{digest}`" for file, digest in fit.curves.sources]
    return [
        "## To repeat it, and to look closer",
        f"`{command}`",
        bullets([
            f"Curve: {'; '.join(sources)}.",
            "`device/device.toml`: the fitted device, with the covariance of its parameters; a run file takes it as "
            "`device.model`.",
            "`study/table.csv`: a row per run. `study/runs`: their traces, which `pulsenet plot`, `view` and `inspect` "
            "read.",
        ]),
    ]  # fmt: skip


def _percent(found: Findings, case: str) -> str:
    mean, spread = found.budget.accuracy[case]
    return (
        f"{100 * mean:.2f}" + (f"\u00a0±\u00a0{100 * spread:.2f}" if len(found.accuracy[case]) > 1 else "") + "\u00a0%"
    )


def _points(gain: Gain) -> str:
    return f"{100 * gain.mean:+.2f}\u00a0±\u00a0{100 * gain.error:.2f}"
