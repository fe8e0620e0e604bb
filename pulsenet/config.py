"""The description of a run: what people write in a run file or in Python, checked, with SI units.

Every section is one model here; the device, the update method and the learning rule are the variants of the three
seams, chosen by their ``law``, ``method`` and ``rule``.
"""

from __future__ import annotations

import math
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Union

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from pulsenet.codes import CODES
from pulsenet.complaints import one_line
from pulsenet.devices import LAWS
from pulsenet.errors import ConfigError
from pulsenet.network import Circuit
from pulsenet.neurons import ACTIVATIONS
from pulsenet.quantities import Duration, Voltage
from pulsenet.rules import RULES, AdaptiveBP
from pulsenet.schedule import Schedule
from pulsenet.updates import METHODS, Unidirectional

Device = Annotated[Union[LAWS], Field(discriminator="law")]
Update = Annotated[Union[METHODS], Field(discriminator="method")]
Rule = RULES[0] if len(RULES) == 1 else Annotated[Union[RULES], Field(discriminator="rule")]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Data(_Section):
    """Which samples: ``"digits"`` (bundled with scikit-learn), ``"mnist"``, or the path of an .npz file.

    Parameters
    ----------
    source : str
    folder : path, optional
        Where to look for MNIST's files first.
    train, test : int, optional
        Use only the first so many samples.
    """

    source: str = "digits"
    folder: Path | None = None
    train: int | None = Field(default=None, ge=1)
    test: int | None = Field(default=None, ge=1)


class Network(_Section):
    """The multilayer perceptron.

    Parameters
    ----------
    layers : list of int
        Neurons per population, input first. Each layer gets a bias line on top.
    activation : str
        Of the hidden neurons: ``"clipped-linear"`` or ``"hard-sigmoid"``. Output neurons are hard sigmoids.
    code : str
        ``"width"`` (one pulse as long as the value) or ``"count"`` (a train of one-slot pulses).
    initial_spread : float, optional
        Conductances start uniformly distributed over this fraction of the range, from ``G_min`` up. Left out: 0.5 for
        devices of up to 64 levels, less for finer ones (64 levels/levels)^(1/4).
    """

    layers: list[int] = Field(min_length=2)
    activation: Literal[tuple(ACTIVATIONS)] = "clipped-linear"
    code: Literal[tuple(CODES)] = "width"
    initial_spread: float | None = Field(default=None, gt=0, le=1)

    @field_validator("layers")
    @classmethod
    def _check_sizes(cls, layers):
        if any(not 1 <= size <= 100_000 for size in layers):
            raise ValueError(f"{layers}: every population needs 1 to 100000 neurons")
        if layers[-1] < 2:
            raise ValueError(f"{layers}: the output needs one neuron per class, at least 2")
        return layers


class Time(_Section):
    """The pulse clock.

    Parameters
    ----------
    slot : seconds
    n_slots : int
        Slots of a phase in which pulses may be high.
    guard_slots : int
        Idle slots at the end of each phase.
    """

    slot: Duration = 100e-9
    n_slots: int = Field(default=16, ge=2, le=4096)
    guard_slots: int = Field(default=1, ge=1, le=4096)

    @field_validator("slot")
    @classmethod
    def _check_slot(cls, slot):
        if not 1e-12 <= slot <= 1:
            raise ValueError(f"{slot:g} s: a slot lasts from 1 ps to 1 s")
        return slot


class Read(_Section):
    """Reading the devices.

    Parameters
    ----------
    V_read : volt
    gain : "auto" or list of float
        Per weight layer: preactivation that full-range weights at full-width inputs would give, per input. It stands
        for the integrator's capacitance. ``"auto"`` calibrates it from the first training samples.
    """

    V_read: Voltage = 0.1
    gain: Literal["auto"] | list[Annotated[float, Field(gt=0)]] = "auto"

    @field_validator("V_read")
    @classmethod
    def _check_voltage(cls, V_read):
        if not 0 < V_read <= 100:
            raise ValueError(f"{V_read:g} V: a read pulse has more than 0 and at most 100 V")
        return V_read


class Training(_Section):
    """How long, and how strongly, to learn.

    Parameters
    ----------
    epochs : int
        Passes over the training samples, each followed by an evaluation on all test samples.
    error_gain : "auto" or list of float
        Per weight layer: error pulses per unit of error, in the first epoch. ``"auto"`` derives it from
        ``learning_rate``, the device's step and the calibrated gain.
    learning_rate : list of float, per weight layer, optional
        Fraction of an output error (0.2) or hidden error (0.8) that one frame takes away when error_gain is "auto"
        (normalised least mean squares).
    decay : "auto" or float
        Factor on the error gain from epoch to epoch. ``"auto"`` reaches a fifth of the first epoch's gain in the last.
    """

    epochs: int = Field(default=3, ge=1, le=100_000)
    error_gain: Literal["auto"] | list[Annotated[float, Field(gt=0)]] = "auto"
    learning_rate: list[Annotated[float, Field(gt=0)]] | None = None
    decay: Literal["auto"] | Annotated[float, Field(gt=0, le=1)] = "auto"

    def error_gain_factor(self, epoch):
        """Factor on the error gain in epochs (from 1), an int or an array of them."""
        decay = 0.2 ** (1 / max(1, self.epochs - 1)) if self.decay == "auto" else self.decay
        return decay ** (epoch - 1.0)


class Record(_Section):
    """What goes to the trace besides the metrics of every frame.

    Parameters
    ----------
    pulses : "all", "none" or int
        Every pulse of all frames, of none, or of the first so many frames of each epoch's training and evaluation.
    snapshots : int
        Snapshots of all conductances per epoch, on top of the one before training.
    """

    pulses: Literal["all", "none"] | Annotated[int, Field(ge=1)] = "all"
    snapshots: int = Field(default=1, ge=1)


class Run(_Section):
    """A complete run.

    Examples
    --------
    >>> from pulsenet import Linear, Network, Run
    >>> device = Linear(G_min="0.1 uS", G_max="5 uS", pulses_SET=256, pulses_RESET=256)
    >>> run = Run(network=Network(layers=[64, 30, 10]), device=device)
    >>> run.update.method, run.time.n_slots
    ('unidirectional', 16)
    """

    network: Network
    device: Device
    data: Data = Data()
    time: Time = Time()
    read: Read = Read()
    update: Update = Unidirectional()
    rule: Rule = AdaptiveBP()
    training: Training = Training()
    record: Record = Record()
    seed: int = Field(default=1, ge=0, lt=2**63)

    @model_validator(mode="after")
    def _check_lengths(self):
        n_layers = len(self.network.layers) - 1
        for key, value in {
            "read.gain": self.read.gain,
            "training.error_gain": self.training.error_gain,
            "training.learning_rate": self.training.learning_rate,
        }.items():
            if isinstance(value, list) and len(value) != n_layers:
                raise ValueError(f"{key} has {len(value)} values, but layers = {self.network.layers} has {n_layers} weight layers")
        return self

    def schedule(self) -> Schedule:
        """The phase table."""
        return Schedule(len(self.network.layers) - 1, self.time.n_slots, self.time.guard_slots)

    def circuit(self, chunk_frames: int = 1000) -> Circuit:
        """What is wired to what, for an engine that takes ``chunk_frames`` frames at a time."""
        return Circuit(
            sizes=tuple(self.network.layers),
            activation=ACTIVATIONS[self.network.activation],
            code=CODES[self.network.code],
            schedule=self.schedule(),
            law=type(self.device),
            method=type(self.update),
            rule=type(self.rule),
            slot=self.time.slot,
            chunk_frames=chunk_frames,
        )

    def initial_spread(self) -> float:
        """Fraction of the conductance range over which devices start."""
        if self.network.initial_spread is not None:
            return self.network.initial_spread
        return 0.5 * min(1.0, (64 / self.device.levels()) ** 0.25)

    @classmethod
    def load(cls, path: str | Path, overrides: dict[str, Any] | None = None) -> Run:
        """Read a run file.

        Parameters
        ----------
        path : path of a TOML file
        overrides : dict, optional
            Values by dotted key (``{"training.epochs": 2}``) that replace the file's.

        Raises
        ------
        ConfigError
            If the file is missing, is no TOML, or has a wrong key, unit or value: one line that names it.
        """
        content = read_toml(path)
        for key, value in (overrides or {}).items():
            _override(content, key, value)
        return cls.check(content, str(path))

    @classmethod
    def check(cls, content: dict[str, Any], name: str) -> Run:
        """A run from nested dictionaries; ``name`` is where they came from, for the message of a `ConfigError`."""
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            raise ConfigError(f"{name}: {one_line(error, cls)}") from None


def read_toml(path: str | Path) -> dict[str, Any]:
    """Content of a TOML file; a `ConfigError` of one line if there is none."""
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); give the path of a run file (.toml)") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: is not TOML ({error})") from None


def parse_value(text: str) -> Any:
    """A value given on the command line: TOML if it is, else the text itself (``2.5 uS`` needs no quotes)."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _override(content: dict[str, Any], key: str, value: Any) -> None:
    *sections, last = key.split(".")
    for section in sections:
        content = content.setdefault(section, {})
        if not isinstance(content, dict):
            raise ConfigError(f"{key}: {section} is a value, not a section")
    content[last] = value


def finite(values: dict[str, float]) -> dict[str, float]:
    """The same values, if all are finite; else a `ConfigError` naming the first that is not."""
    for name, value in values.items():
        if not math.isfinite(value):
            raise ConfigError(f"device parameter {name} = {value}: choose parameters of moderate size")
    return values
