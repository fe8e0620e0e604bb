"""The description of a run: what people write in a run file or in Python, checked, with SI units.

Every section is one model here; device, reading, update method and learning rule are variants of their seams, chosen by
their ``law``, ``reading``, ``method`` and ``rule``: by name, or, for a class from elsewhere, by its import path.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, model_validator

from pulsenet.circuit.circuit import Circuit
from pulsenet.circuit.schedule import Schedule
from pulsenet.describe.catalog import expand
from pulsenet.describe.device_file import DeviceFile
from pulsenet.describe.merge import merge, nested
from pulsenet.describe.sections import Data, Network, Programming, Read, Record, Section, Time, Training
from pulsenet.describe.variation import Variation
from pulsenet.errors import ConfigError
from pulsenet.seams.codes import CODES
from pulsenet.seams.laws import LAWS, ResponseLaw
from pulsenet.seams.neurons import ACTIVATIONS, NEURONS
from pulsenet.seams.reading import READINGS, Ohm, Reading
from pulsenet.seams.rules import RULES, AdaptiveBP, LearningRule
from pulsenet.seams.updates import METHODS, Unidirectional, UpdateMethod
from pulsenet.seams.variant import choice
from pulsenet.text.complaints import one_line, refuse_conversions


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
    device: choice(ResponseLaw, LAWS)
    data: Data = Data()
    time: Time = Time()
    read: Read = Read()
    reading: choice(Reading, READINGS) = Ohm()
    programming: Programming = Programming()
    variation: Variation = Variation()
    update: choice(UpdateMethod, METHODS) = Unidirectional()
    rule: choice(LearningRule, RULES) = AdaptiveBP()
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
        remembers = {"rule.rule": self.rule, "update.method": self.update}
        remembers = [f"{key} = {variant.name!r}" for key, variant in remembers.items() if variant.memory]
        remembers += [f"[variation] with {effect.title}" for effect in self.variation.effects if effect.memory]
        if self.record.waveforms and remembers and self.record.pulses != "all":
            raise ValueError(
                "record.waveforms: takes the conductances before a frame from a snapshot, which does not hold what "
                "device "
                f"pairs remember under {remembers[0]}; record all pulses instead (record.pulses = 'all')"
            )
        return self

    @model_validator(mode="after")
    def _check_reading(self):
        device, V_read = self.device, self.read.V_read
        half, whole = (float(self.reading.conductance(G, V_read)) for G in (device.G_max / 2, device.G_max))
        if not whole > 0 or abs(2 * half / whole - 1) > 1e-9:
            raise ValueError(
                f"reading.reading = {self.reading.name!r}: at a voltage, a reading must see conductances in "
                "proportion, "
                f"so that gains, weights and energy follow; {device.G_max:g} S is seen as {whole:g} S, half of it as "
                f"{half:g} S"
            )
        return self

    @model_validator(mode="after")
    def _check_nonlinearity(self):
        if self.variation.dtod_nonlinearity and not self.device.nonlinearity:
            raise ValueError(
                f"variation.dtod_nonlinearity = {self.variation.dtod_nonlinearity:g}: device.law = "
                f"{self.device.name!r} has "
                "no nonlinearity that could vary; leave it out, or choose another law"
            )
        return self

    def schedule(self) -> Schedule:
        """The phase table."""
        return Schedule(len(self.network.layers) - 1, self.time.n_slots, self.time.guard_slots)

    def circuit(self, chunk_frames: int = 1000) -> Circuit:
        """What is wired to what, for an engine that takes ``chunk_frames`` frames at a time."""
        device, effects = self.device, self.variation.effects
        for effect in effects:
            device = effect.of_law(device)
        return Circuit(
            sizes=tuple(self.network.layers),
            activation=ACTIVATIONS[self.network.activation],
            neurons=tuple(NEURONS[name] for name in self.network.neurons()),
            codes=tuple(CODES[name] for name in self.network.codes()),
            schedule=self.schedule(),
            device=device,
            method=self.update,
            rule=self.rule,
            reading=self.reading,
            effects=effects,
            energy=self.record.energy,
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

        ``[device] model = "epiram"`` takes device, programming and variation from a device file (see
        `pulsenet.describe.catalog`): a bundled device, or a path from the run file's folder. Values that the run file
        gives beside it in these three sections replace the device file's.

        Parameters
        ----------
        path : path of a TOML file
        overrides : dict, optional
            Values by dotted key (``{"training.epochs": 2}``) that replace the file's. ``device.model`` replaces the
            whole [device], [programming] and [variation] of the run file (a path starts in the working directory): a
            device brings its own pulses and variation, and only other overrides can change them (see
            `pulsenet.describe.merge.merge`).
            Where another law, method or rule is chosen, keys of the file that it does not have are left out.

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
            folder = Path()
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
