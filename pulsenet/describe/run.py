"""The description of a run: what people write in a run file or in Python, checked, with SI units.

Every section is one model here; the device, the update method and the learning rule are the variants of the three
seams, chosen by their ``law``, ``method`` and ``rule``.
"""

from __future__ import annotations

import math
import tomllib
from pathlib import Path
from typing import Annotated, Any, Union

from pydantic import (
    Field,
    SerializeAsAny,
    ValidationError,
    WrapValidator,
    model_validator,
)

from pulsenet.describe.catalog import expand
from pulsenet.seams.codes import CODES
from pulsenet.text.complaints import one_line, refuse_conversions
from pulsenet.describe.device_file import DeviceFile
from pulsenet.seams.laws import LAWS, ResponseLaw
from pulsenet.errors import ConfigError
from pulsenet.describe.merge import merge, nested
from pulsenet.circuit.circuit import Circuit, Features
from pulsenet.seams.neurons.base import ACTIVATIONS, NEURONS
from pulsenet.seams.rules import RULES, AdaptiveBP, LearningRule
from pulsenet.circuit.schedule import Schedule
from pulsenet.describe.sections import (
    Data,
    Network,
    Programming,
    Read,
    Record,
    Section,
    Time,
    Training,
)
from pulsenet.seams.effects.drawn import per_device
from pulsenet.seams.updates import METHODS, Unidirectional, UpdateMethod
from pulsenet.describe.variation import Variation


def _or_own(base: type) -> WrapValidator:
    """Objects of a seam pass as they are, those of classes of one's own too; all else must name a variant of the list."""
    return WrapValidator(lambda value, check: value if isinstance(value, base) else check(value))


Device = Annotated[SerializeAsAny[Annotated[Union[LAWS], Field(discriminator="law")]], _or_own(ResponseLaw)]
Update = Annotated[SerializeAsAny[Annotated[Union[METHODS], Field(discriminator="method")]], _or_own(UpdateMethod)]
Rule = Annotated[SerializeAsAny[Annotated[Union[RULES], Field(discriminator="rule")]], _or_own(LearningRule)]


class Run(Section):
    """A complete run.

    Raises
    ------
    ConfigError
        If a key, a value or a combination is wrong: one line that names it.

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
    programming: Programming = Programming()
    variation: Variation = Variation()
    update: Update = Unidirectional()
    rule: Rule = AdaptiveBP()
    training: Training = Training()
    record: Record = Record()
    device_file: DeviceFile = DeviceFile()
    seed: int = Field(default=1, ge=0, lt=2**63)

    @model_validator(mode="wrap")
    @classmethod
    def _refuse_conversions(cls, given, read):
        run = read(given)
        refuse_conversions(given, run)
        return run

    @model_validator(mode="after")
    def _check_lengths(self):
        n_layers = len(self.network.layers) - 1
        for key, value in {
            "read.gain": self.read.gain,
            "training.error_gain": self.training.error_gain,
            "training.learning_rate": self.training.learning_rate,
        }.items():
            if isinstance(value, list) and len(value) != n_layers:
                raise ValueError(
                    f"{key} has {len(value)} values, but layers = {self.network.layers} has {n_layers} weight layers"
                )
        return self

    @model_validator(mode="after")
    def _check_waveforms(self):
        if self.record.waveforms and self.rule.memory and self.record.pulses != "all":
            raise ValueError(
                "record.waveforms: takes the conductances before a frame from a snapshot, which does not hold what device pairs "
                f"remember under rule.rule = {self.rule.rule!r}; record all pulses instead (record.pulses = 'all')"
            )
        return self

    def schedule(self) -> Schedule:
        """The phase table."""
        return Schedule(len(self.network.layers) - 1, self.time.n_slots, self.time.guard_slots)

    def circuit(self, chunk_frames: int = 1000) -> Circuit:
        """What is wired to what, for an engine that takes ``chunk_frames`` frames at a time."""
        return Circuit(
            sizes=tuple(self.network.layers),
            activation=ACTIVATIONS[self.network.activation],
            neurons=tuple(NEURONS[name] for name in self.network.neurons()),
            codes=tuple(CODES[name] for name in self.network.codes()),
            schedule=self.schedule(),
            law=self.device.text(),
            method=self.update,
            rule=type(self.rule),
            features=self.features(),
            slot=self.time.slot,
            chunk_frames=chunk_frames,
        )

    def features(self) -> Features:
        """What the equations must contain for this run's variation and record."""
        variation = self.variation
        return Features(
            per_device=per_device(self.device, variation),
            stuck=variation.stuck > 0,
            ctoc=tuple(kind for kind in ("step", "range") if getattr(variation, f"ctoc_{kind}")),
            read_noise=variation.read_noise > 0,
            drift=variation.drift_exponent > 0,
            energy=self.record.energy,
        )

    def initial_spread(self) -> float:
        """Fraction of the conductance range over which devices start."""
        if self.network.initial_spread is not None:
            return self.network.initial_spread
        return 0.5 * min(1.0, (64 / self.device.levels()) ** 0.25)

    @classmethod
    def load(cls, path: str | Path, overrides: dict[str, Any] | None = None) -> Run:
        """Read a run file.

        ``[device] model = "epiram"`` takes device, programming and variation from a device file (see `pulsenet.describe.catalog`):
        a bundled device, or a path from the run file's folder. Values that the run file gives beside it in these three
        sections replace the device file's.

        Parameters
        ----------
        path : path of a TOML file
        overrides : dict, optional
            Values by dotted key (``{"training.epochs": 2}``) that replace the file's. ``device.model`` replaces the whole
            [device] of the run file (a path starts in the working directory), so that only other overrides can change
            that device; [programming] and [variation] of the run file still replace values of the device file. Where
            another law, method or rule is chosen, keys of the file that it does not have are left out.

        Raises
        ------
        ConfigError
            If the file is missing, is no TOML, or has a wrong key, unit or value: one line that names it.
        """
        content, overrides, folder = read_toml(path), overrides or {}, Path(path).parent
        if of_study := [key for key in ("base", "axes", "grids") if key in content]:
            raise ConfigError(
                f"{path}: {of_study[0]} is a key of a study; use pulsenet study {path}, or give a run file"
            )
        if "device.model" in overrides:
            content["device"], folder = {}, Path()
        chooses = {"device.model", "device.law", "update.method", "rule.rule"}
        for key, value in sorted(overrides.items(), key=lambda item: item[0] not in chooses):
            _check_sections(content, key)
            content = merge(content, nested(key, value))
        return cls.check(content, str(path), folder)

    @classmethod
    def check(cls, content: dict[str, Any], name: str, folder: str | Path = ".") -> Run:
        """A run from nested dictionaries.

        Parameters
        ----------
        content : nested dict
        name : str
            Where it came from, for the message of a `ConfigError`.
        folder : path
            Where a relative path in ``device.model`` starts.
        """
        try:
            return cls.model_validate(expand(content, folder))
        except ConfigError as error:
            raise ConfigError(f"{name}: {error}") from None
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


def _check_sections(content: dict[str, Any], key: str) -> None:
    for section in key.split(".")[:-1]:
        content = content.get(section, {})
        if not isinstance(content, dict):
            raise ConfigError(f"{key}: {section} is a value, not a section")


def finite(values: dict[str, float]) -> dict[str, float]:
    """The same values, if all are finite; else a `ConfigError` naming the first that is not."""
    for name, value in values.items():
        if not math.isfinite(value):
            raise ConfigError(f"device parameter {name} = {value}: choose parameters of moderate size")
    return values
