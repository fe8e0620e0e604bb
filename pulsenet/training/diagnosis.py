"""Diagnosis of collapse: training on devices fails silently, unless somebody looks.

Thresholds are this project's choice. Each complaint is made once per run, in one line: what is wrong, the likely
cause, and the parameter to change.
"""

from __future__ import annotations

import numpy as np

from pulsenet.circuit.circuit import Circuit
from pulsenet.describe.run import Run
from pulsenet.records import ChunkResult

#: Shares beyond which something is said.
SATURATED, CLOSED, SILENT = 0.5, 0.98, 0.9
#: A device this close to a bound, as a fraction of its range, counts as saturated.
NEAR = 0.01
#: Accuracy below this multiple of chance counts as not learning.
CHANCE = 1.5


class Monitor:
    """Watches a run and says, once each, when a share is out of range.

    Attributes
    ----------
    warnings : list of str
        What was said so far.
    """

    def __init__(self, run: Run, circuit: Circuit):
        self.run, self.circuit = run, circuit
        self.warnings: list[str] = []
        self._said: set[str] = set()

    def look(self, frames: dict[str, np.ndarray], result: ChunkResult, accuracy: list[float]) -> str:
        """Check the last chunk; returns what there is to say now, or an empty text."""
        said = [
            text for text in (*self._devices(result), *self._frames(frames, result), *self._chance(accuracy)) if text
        ]
        self.warnings += said
        return "; ".join(said)

    def _devices(self, result: ChunkResult):
        G_min, G_max = self.run.device.G_min, self.run.device.G_max
        near = NEAR * (G_max - G_min)
        end = (
            "G_min" if self.run.update.kinds == ("RESET",) else "G_max"
        )  # where the devices of a pair run out of range
        for name, pair in result.conductance.items():
            devices = pair[: len(self.run.update.sides)]  # a fixed reference is none
            at_end = [G < G_min + near if end == "G_min" else G > G_max - near for G in devices]
            full = np.mean([np.count_nonzero(there) / there.size for there in at_end])
            cause = "lower training.learning_rate, or raise read.gain"
            if self.run.update.refresh_period():
                cause = f"refresh more often (update.refresh_every, now {self.run.update.refresh_period()}) or {cause}"
            yield self._once(
                f"full {name}", full > SATURATED, f"{full:.0%} of the devices of {name} are at {end}: {cause}"
            )

    def _frames(self, frames: dict[str, np.ndarray], result: ChunkResult):
        learn = frames["learn"]
        if not learn.any():
            return
        silent = np.mean(frames["programming_pulses"][learn] == 0)
        if period := self.run.rule.batch_frames():  # only the last frame of a batch programs
            silent = max(0.0, 1 - (1 - silent) * period)
        wrong = np.mean(frames["prediction"][learn] != frames["label"][learn])
        yield self._once(
            "silent",
            silent > SILENT and wrong > 0.1,
            f"{silent:.0%} of the training frames had no programming pulse though {wrong:.0%} were answered wrongly:"
            " errors are too small for a pulse; raise training.learning_rate (or training.error_gain)",
        )
        if not wrong > 0.1:
            return
        for name in self.circuit.population_names[1:-1]:
            lines = self.circuit.populations[name] - 1
            errors = np.bincount(result.pulses[name]["error"]["line"], minlength=lines + 1)
            errors = (errors + result.unrecorded[name]["error"])[:lines]
            idle = np.mean(errors == 0)
            yield self._once(
                f"closed {name}",
                idle > CLOSED,
                f"{idle:.0%} of the neurons of {name} sent no error pulse: their derivative gates are closed "
                "(preactivations"
                " off the slope) or their errors too small; lower read.gain, or raise training.learning_rate",
            )

    def _chance(self, accuracy: list[float]):
        chance = 1 / self.run.network.layers[-1]
        if accuracy:
            yield self._once(
                "chance",
                accuracy[-1] < CHANCE * chance,
                f"test accuracy {accuracy[-1]:.1%} is near chance ({chance:.1%}): check read.gain and"
                " training.learning_rate, then the device's range and number of levels",
            )

    def _once(self, key: str, wrong: bool, text: str) -> str:
        if not wrong or key in self._said:
            return ""
        self._said.add(key)
        return text
