"""The circuit: what is wired to what, without any simulator and without the values of its parameters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from pulsenet.circuit.schedule import Schedule
from pulsenet.seams.codes import CODES, PulseCode
from pulsenet.seams.effects import Effect
from pulsenet.seams.laws import ResponseLaw
from pulsenet.seams.neurons import Activation, NeuronType
from pulsenet.seams.reading import Reading
from pulsenet.seams.rules import LearningRule
from pulsenet.seams.updates import UpdateMethod
from pulsenet.text.assignments import Code


@dataclass(frozen=True)
class Circuit:
    """A multilayer perceptron of device pairs, as it is wired.

    Two networks of the same circuit differ only in numbers (conductance ranges, nonlinearity, gains), and share one
    built binary.

    Attributes
    ----------
    sizes : tuple of int
        Neurons per population, input first, bias lines not counted.
    activation : Activation
        Of the hidden neurons. Output neurons are hard sigmoids.
    neurons : tuple of NeuronType
        Of each hidden population.
    codes : tuple of PulseCode
        Of the forward and backward pulses of each population.
    schedule : Schedule
    device : ResponseLaw
        The nominal device, of a law that can vary as the effects want it.
    method : UpdateMethod
    rule : LearningRule
    reading : Reading
    effects : tuple of Effect
        Of which the equations take the text, as of the four before; their numbers enter as parameters.
    energy : bool
        Whether the charge of reading pulses and the conductance at programming pulses are summed up.
    slot : float
        Duration of a slot in seconds.
    chunk_frames : int
        Frames that the engine runs at a time.
    """

    sizes: tuple[int, ...]
    activation: Activation
    neurons: tuple[NeuronType, ...]
    codes: tuple[PulseCode, ...]
    schedule: Schedule
    device: ResponseLaw
    method: UpdateMethod
    rule: LearningRule
    reading: Reading
    effects: tuple[Effect, ...]
    energy: bool
    slot: float
    chunk_frames: int

    @property
    def n_layers(self) -> int:
        """Number of weight layers L."""
        return len(self.sizes) - 1

    def forward_code(self, index: int) -> PulseCode:
        """Code of the forward pulses of population ``index``; neurons that fire by themselves send one-slot pulses."""
        fires = 0 < index < self.n_layers and self.neurons[index - 1].fires
        return CODES["count"] if fires else self.codes[index]

    @property
    def populations(self) -> dict[str, int]:
        """Lines of each population by name, the bias line (the last) included."""
        hidden = {f"hidden{index}": size + 1 for index, size in enumerate(self.sizes[1:-1], start=1)}
        return {"input": self.sizes[0] + 1, **hidden, "output": self.sizes[-1]}

    @property
    def layers(self) -> dict[str, tuple[int, int]]:
        """Shape (input lines with bias, neurons) of each weight layer by name."""
        return {
            f"layer{layer}": (self.sizes[layer - 1] + 1, self.sizes[layer]) for layer in range(1, self.n_layers + 1)
        }

    @property
    def law(self) -> type[ResponseLaw]:
        """The class that holds the text of the response law."""
        return self.device.text()

    @cached_property
    def own(self) -> dict[str, str]:
        """What each device has for itself, with units; parameters of the law and thresholds of a refresh among them."""
        own: dict[str, str] = {}
        for effect in self.effects:
            own |= effect.own(self.device)
        return own | dict.fromkeys(self._thresholds(own), "siemens")

    def _thresholds(self, own: dict[str, str]) -> list[str]:
        """Thresholds of a refresh that each device has for itself, since they are fractions of its own range."""
        return list(self.method.parameters(0.0, 1.0)) if {"G_min", "G_max"} & own.keys() else []

    @property
    def own_thresholds(self) -> list[str]:
        """Thresholds of a refresh that each device has for itself."""
        return self._thresholds(self.own)

    @cached_property
    def memory(self) -> dict[str, str]:
        """What each device pair remembers besides its conductances, with units; it passes from frame to frame."""
        of_devices = {
            f"{name}_{side}": unit
            for effect in self.effects
            for name, unit in effect.memory.items()
            for side in ("plus", "minus")
        }
        return {**self.rule.memory, **self.method.memory, **of_devices}

    @property
    def refresh_stages(self) -> tuple[str, ...]:
        """Stages of a refresh: in each, a row gets pulses of one kind, as many as any of its devices needs."""
        if not self.method.refresh:
            return ()
        if self.method.recounts:
            return ("erasing", "counting", "erasing_again", "writing")
        return ("erasing", "writing") if "written" in Code.parse(self.method.refresh).calls else ("erasing",)

    @property
    def population_names(self) -> tuple[str, ...]:
        """Names of the populations; weight layer n lies between population n - 1 and population n."""
        return tuple(self.populations)
