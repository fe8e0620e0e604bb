"""The numbers of a run: values, in SI units, of all that its circuit leaves open."""

from __future__ import annotations

import math

import numpy as np

from pulsenet.circuit.circuit import Circuit
from pulsenet.circuit.composition import Composition
from pulsenet.describe.durations import frame_seconds
from pulsenet.describe.run import Run
from pulsenet.errors import ConfigError
from pulsenet.records import Parameter, Parameters
from pulsenet.seams.effects import drawn
from pulsenet.seams.setting import Purpose, Setting
from pulsenet.training.calibrate import Calibration, charge_units

Values = dict[str, dict[str, float | np.ndarray]]


def setting_of(run: Run, circuit: Circuit) -> Setting:
    """The `Setting` of a run and its circuit.

    Examples
    --------
    >>> from pulsenet import Linear, Network
    >>> device = Linear(G_min="0 S", G_max="1 uS", pulses_SET=64, pulses_RESET=64)
    >>> run = Run(network=Network(layers=[4, 3, 2]), device=device)
    >>> setting_of(run, run.circuit()).learning
    {'hidden1': 4, 'output': 2}
    """
    return Setting(
        seed=run.seed,
        populations=circuit.populations,
        layers=circuit.layers,
        sides=run.update.sides,
        G_min=run.device.G_min,
        G_max=run.device.G_max,
        V_read=run.read.V_read,
        n_slots=run.time.n_slots,
        frame_seconds=frame_seconds(run),
    )


def parameters(run: Run, circuit: Circuit, setting: Setting, calibration: Calibration) -> Values:
    """Values by object and variable; arrays where each device or pair has its own.

    The read gain becomes a charge here: the one at which an integrator stands at a preactivation of 1.

    Raises
    ------
    ConfigError
        If a parameter of the device is too large for a number, or an effect gives no values of what it declares.
    """
    shared = {"V_read": run.read.V_read, "slot": run.time.slot, **_finite(circuit.device.parameters())}
    shared |= run.reading.parameters(run.read.V_read)
    if not circuit.own_thresholds:
        shared |= run.update.parameters(run.device.G_min, run.device.G_max)
    of_rule, of_devices = run.rule.pair_values(setting), _of_devices(circuit, setting)
    values: Values = {}
    for layer, name in enumerate(circuit.layers):
        values[name] = shared | _of_layer(circuit, setting, layer) | of_devices[name] | of_rule.get(name, {})
    return values | _of_neurons(run, circuit, setting, calibration)


def kept(composition: Composition, values: Values) -> Parameters:
    """Values with their units, as a trace keeps them.

    Thresholds of a refresh that follow from each device's own range are left out, and what a fixed reference would have
    of its own: they take as much room as the conductances.
    """
    circuit = composition.circuit
    left_out = {f"{name}_{side}" for name in circuit.own_thresholds for side in ("plus", "minus")}
    left_out |= {f"{name}_minus" for name in circuit.own if "minus" not in circuit.method.sides}
    parameters: Parameters = {}
    for part in (*composition.populations, *composition.layers):
        units = dict(line.removesuffix(" (shared)").split(" : ") for line in part.model.splitlines())
        given = values.get(part.name, {})
        parameters[part.name] = {
            name: Parameter(value, units[name]) for name, value in given.items() if name not in left_out
        }
    return parameters


def _finite(values: dict[str, float]) -> dict[str, float]:
    """The same values, if all are finite; else a `ConfigError` naming the first that is not."""
    for name, value in values.items():
        if not math.isfinite(value):
            raise ConfigError(f"device parameter {name} = {value}: choose parameters of moderate size")
    return values


def _of_layer(circuit: Circuit, setting: Setting, layer: int) -> dict[str, float]:
    """What chance and effects take, alike for all devices of a layer."""
    values: dict[str, float] = {}
    if circuit.law.random:
        values["law_key"] = setting.keys(Purpose.LAW, 1, layer)[0]
    for effect in circuit.effects:
        values |= effect.values(setting, layer)
    return values


def _of_devices(circuit: Circuit, setting: Setting) -> Values:
    """What each device has for itself, by layer."""
    values: Values = {name: {} for name in circuit.layers}
    if not circuit.own:
        return values
    for name, pair in drawn(circuit.device, circuit.effects, setting).items():
        for side, devices in zip(("plus", "minus"), pair, strict=True):
            known = devices.law.parameters() | circuit.method.parameters(devices.law.G_min, devices.law.G_max)
            known |= devices.own
            if side not in circuit.method.sides:  # a fixed reference has nothing of its own, and nothing asks for it
                known = dict.fromkeys(circuit.own, 0.0) | known
            if missing := circuit.own.keys() - known.keys():
                raise ConfigError(f"variation.own: {min(missing)} is declared as a device's own, and has no values")
            own = {key: np.broadcast_to(known[key], circuit.layers[name]) for key in circuit.own}
            values[name] |= {f"{key}_{side}": array for key, array in own.items()}
    return values


def _of_neurons(run: Run, circuit: Circuit, setting: Setting, calibration: Calibration) -> Values:
    """Charges, scales, and what rule and effects ask for, by population."""
    units, names = charge_units(run, calibration.read_gain), list(setting.learning)
    of_rule = run.rule.neuron_values(setting, dict(zip(names, calibration.backward_scale, strict=True)))
    values: Values = {}
    for layer, name in enumerate(names):
        values[name] = {"charge_unit": units[layer], **of_rule.get(name, {})}
        for effect in circuit.effects:
            values[name] |= effect.neuron_values(setting)
        if name != "output":
            values[name]["backward_charge_unit"] = units[layer + 1] * calibration.backward_scale[layer + 1]
            if layer >= 1:
                values[name]["backward_scale"] = calibration.backward_scale[layer]
    return values
