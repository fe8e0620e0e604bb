"""The circuit: what is wired to what, without any simulator and without the values of its parameters."""

from __future__ import annotations

from dataclasses import dataclass

from pulsenet.seams.codes import CODES, PulseCode
from pulsenet.seams.laws import ResponseLaw
from pulsenet.seams.neurons.base import Activation, NeuronType
from pulsenet.seams.rules import LearningRule
from pulsenet.circuit.schedule import Schedule
from pulsenet.seams.updates import UpdateMethod


@dataclass(frozen=True)
class Features:
    """What devices do besides answering pulses. Each part is in the equations only where it is used, and costs nothing else.

    Attributes
    ----------
    per_device : tuple of str
        Parameters of the response law that each device has for itself.
    stuck : bool
        Whether some devices answer no pulse.
    ctoc : tuple of str
        Of ``"step"`` and ``"range"``: noise of every programming pulse, relative to its step or to the range.
    read_noise : bool
        Whether every reading is noisy.
    drift : bool
        Whether conductances fall between programming pulses.
    energy : bool
        Whether the charge of reading pulses and the conductance at programming pulses are summed up.
    """

    per_device: tuple[str, ...] = ()
    stuck: bool = False
    ctoc: tuple[str, ...] = ()
    read_noise: bool = False
    drift: bool = False
    energy: bool = False


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
    law : subclass of ResponseLaw
    method : UpdateMethod
        Of which the equations take the text; its numbers enter as parameters.
    rule : subclass of LearningRule
    features : Features
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
    law: type[ResponseLaw]
    method: UpdateMethod
    rule: type[LearningRule]
    features: Features
    slot: float
    chunk_frames: int

    @property
    def n_layers(self) -> int:
        """Number of weight layers L."""
        return len(self.sizes) - 1

    def forward_code(self, index: int) -> PulseCode:
        """Code of the forward pulses of population ``index``; neurons that fire by themselves send pulses of one slot."""
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
    def own_thresholds(self) -> tuple[str, ...]:
        """Thresholds of a refresh that each device has for itself, since they are fractions of its own range."""
        ranges_differ = {"G_min", "G_max"} & set(self.features.per_device)
        return tuple(self.method.parameters(0.0, 1.0)) if ranges_differ else ()

    @property
    def memory(self) -> dict[str, str]:
        """What each device pair remembers besides its conductances, with units; it passes from frame to frame."""
        drift = {"programmed_plus": "second", "programmed_minus": "second"} if self.features.drift else {}
        return {**self.rule.memory, **drift}

    @property
    def counts_frames(self) -> bool:
        """Whether something is drawn for each slot of the run, so that its number must be known."""
        return self.noisy_pulses or self.rule.uses_chance()

    @property
    def noisy_pulses(self) -> bool:
        """Whether the effect of a programming pulse is partly drawn at random."""
        return bool(self.features.ctoc) or self.law.random

    @property
    def population_names(self) -> tuple[str, ...]:
        """Names of the populations; weight layer n lies between population n - 1 and population n."""
        return tuple(self.populations)
