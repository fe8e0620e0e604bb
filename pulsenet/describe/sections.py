"""The sections of a run file, but for the variants of the seams: what they hold, checked, with SI units."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from pulsenet.seams.codes import CODES
from pulsenet.seams.neurons import ACTIVATIONS, NEURONS
from pulsenet.text.complaints import OneLine
from pulsenet.text.quantities import Capacitance, Duration, Energy, Voltage


class Section(BaseModel, metaclass=OneLine):
    """A part of a run: frozen, and without unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Data(Section):
    """Which samples: ``"digits"`` (bundled with scikit-learn), ``"mnist"``, ``"letters"``, or the path of an .npz file.

    Parameters
    ----------
    source : str
    folder : path, optional
        Where to look for MNIST's files first.
    train, test : int, optional
        Use only the first so many samples.
    crop : int or (int, int)
        Cut so many pixels off each side of square images: 4 makes MNIST's 28 x 28 pixels 20 x 20. Or so many rows at
        top and bottom, and so many columns at left and right: [2, 3] leaves 24 rows of 22 pixels.
    """

    source: str = "digits"
    folder: Path | None = None
    train: int | None = Field(default=None, ge=1)
    test: int | None = Field(default=None, ge=1)
    crop: int | tuple[int, int] = 0

    @field_validator("crop", mode="before")
    @classmethod
    def _check_crop(cls, crop):
        numbers = crop if isinstance(crop, (list, tuple)) and len(crop) == 2 else [crop]
        if not all(isinstance(number, int) and number >= 0 for number in numbers):
            raise ValueError(f"{crop!r}: must be a number of pixels from 0, or two of them: [rows, columns]")
        return crop


_Neuron = Literal[tuple(NEURONS)]
_Code = Literal[tuple(CODES)]


class Network(Section):
    """The multilayer perceptron.

    Parameters
    ----------
    layers : list of int
        Neurons per population, input first. Each layer gets a bias line on top.
    activation : str
        Of the hidden neurons: ``"clipped-linear"`` or ``"hard-sigmoid"``. Output neurons are hard sigmoids.
    neuron : str or list of str
        Of the hidden neurons, or of each hidden population: ``"latched"`` (sends its output in the phase after it was
        read) or ``"integrate-and-fire"`` (fires pulses of one slot while charge arrives; clipped-linear only).
    code : str or list of str
        Of all pulses of values, or of those of each population, input first: ``"width"`` (one pulse as long as the
        value), ``"count"`` (a train of one-slot pulses) or ``"latency"`` (one pulse that rises the earlier, the larger
        the value, and lasts to the end of the phase). Forward pulses of integrate-and-fire neurons do not depend on it.
    initial_spread : float, optional
        Conductances start uniformly distributed over this fraction of the range, from ``G_min`` up. Left out: 0.5 for
        devices of up to 64 levels, less for finer ones (64 levels/levels)^(1/4).
    """

    layers: list[int] = Field(min_length=2)
    activation: Literal[tuple(ACTIVATIONS)] = "clipped-linear"
    neuron: _Neuron | list[_Neuron] = "latched"
    code: _Code | list[_Code] = "width"
    initial_spread: float | None = Field(default=None, gt=0, le=1)

    @field_validator("layers")
    @classmethod
    def _check_sizes(cls, layers):
        if any(not 1 <= size <= 100_000 for size in layers):
            raise ValueError(f"{layers}: every population needs 1 to 100000 neurons")
        if layers[-1] < 2:
            raise ValueError(f"{layers}: the output needs one neuron per class, at least 2")
        return layers

    @model_validator(mode="after")
    def _check_neurons(self):
        for key, needed, of in (
            ("neuron", len(self.layers) - 2, "hidden populations"),
            ("code", len(self.layers), "populations"),
        ):
            given = getattr(self, key)
            if isinstance(given, list) and len(given) != needed:
                raise ValueError(
                    f"{key} has {len(given)} values, but layers = {self.layers} has {needed} {of}; give one for each"
                )
        if self.activation != "clipped-linear" and any(NEURONS[name].fires for name in self.neurons()):
            raise ValueError(
                f"neuron = {self.neuron!r} with activation = {self.activation!r}: a neuron that fires while charge "
                "arrives must "
                "rest at 0; choose activation = 'clipped-linear', or neuron = 'latched'"
            )
        return self

    def neurons(self) -> list[str]:
        """Type of the neurons of each hidden population."""
        return self.neuron if isinstance(self.neuron, list) else [self.neuron] * (len(self.layers) - 2)

    def codes(self) -> list[str]:
        """Code of each population."""
        return self.code if isinstance(self.code, list) else [self.code] * len(self.layers)


class Time(Section):
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


class Read(Section):
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


class Training(Section):
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


class Record(Section):
    """What goes to the trace besides the metrics of every frame.

    Parameters
    ----------
    pulses : "all", "none" or int
        Every pulse of all frames, of none, or of the first so many frames of each epoch's training and evaluation.
    snapshots : int
        Snapshots of all conductances per epoch, on top of the one before training.
    waveforms : list of int
        Numbers of frames, counted through the whole run, of which all is recorded: their pulses, and the conductances
        before them. From these, `pulsenet.replay.waveforms` has the signals of any neuron and device, whatever else was
        recorded.
    energy : bool
        Whether the energy of every frame is worked out.
    """

    pulses: Literal["all", "none"] | Annotated[int, Field(ge=1)] = "all"
    snapshots: int = Field(default=1, ge=1)
    waveforms: list[Annotated[int, Field(ge=0)]] = []
    energy: bool = True


class Programming(Section):
    """Amplitude and width of the programming pulses: what time and energy are computed from.

    A pulse's effect on a conductance is the response law's business; these numbers do not change it. Left out, the
    energy of programming is not counted, and a programming pulse lasts a slot.

    Parameters
    ----------
    V_SET, V_RESET : volt, optional
        Amplitudes; their signs only say which way the current flows.
    t_SET, t_RESET : seconds, optional
        Widths. A slot of the update phase lasts as long as the widest pulse in it, at least `Time.slot`.
    terminals : 2 or 3
        A pulse at a device of two terminals heats its channel, V^2 G t. At the gate of one of three, it costs
        C_gate V^2: no current of the channel flows there.
    C_gate : farad, optional
        Capacitance of the gate of a device of three terminals.
    energy_SET, energy_RESET : joule, optional
        Of one pulse, where it is known; instead of what amplitudes give.
    """

    terminals: Literal[2, 3] = 2
    C_gate: Capacitance | None = None
    energy_SET: Energy | None = None
    energy_RESET: Energy | None = None
    V_SET: Voltage | None = None
    t_SET: Duration | None = None
    V_RESET: Voltage | None = None
    t_RESET: Duration | None = None

    def pulse_energy(self, kind: str) -> float | None:
        """Energy of one pulse in joule, where it does not depend on the channel's conductance; None if not known.

        Parameters
        ----------
        kind : "SET" or "RESET"

        Examples
        --------
        >>> Programming(terminals=3, C_gate="1 fF", V_SET="2 V").pulse_energy("SET")
        4e-15
        """
        stated, voltage = getattr(self, f"energy_{kind}"), getattr(self, f"V_{kind}")
        if stated is not None or self.C_gate is None or voltage is None:
            return stated
        return self.C_gate * voltage**2

    @field_validator("C_gate", "energy_SET", "energy_RESET")
    @classmethod
    def _check_positive(cls, value):
        if value is not None and not 0 < value < 1:
            raise ValueError(f"{value:g}: must be above 0 and below 1, in farad or joule")
        return value

    @model_validator(mode="after")
    def _check_gate(self):
        if self.C_gate is not None and self.terminals != 3:
            raise ValueError("C_gate: only a device of three terminals has a gate; add terminals = 3, or leave it out")
        return self

    @field_validator("V_SET", "V_RESET")
    @classmethod
    def _check_voltage(cls, voltage):
        if voltage is not None and not 0 < abs(voltage) <= 1000:
            raise ValueError(f"{voltage:g} V: a programming pulse has more than 0 and at most 1000 V")
        return voltage

    @field_validator("t_SET", "t_RESET")
    @classmethod
    def _check_width(cls, width):
        if width is not None and not 1e-12 <= width <= 1000:
            raise ValueError(f"{width:g} s: a programming pulse lasts from 1 ps to 1000 s")
        return width
