"""The run of a trace, with all that is derived from it, from what the trace holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pulsenet.circuit.circuit import Circuit
from pulsenet.circuit.composition import Composition, compose
from pulsenet.describe.run import Run
from pulsenet.describe.variants import check_variants
from pulsenet.errors import ConfigError, TraceError
from pulsenet.seams.setting import Setting
from pulsenet.trace.reader import Trace
from pulsenet.training.calibrate import Calibration
from pulsenet.training.values import Values, parameters, setting_of


@dataclass(frozen=True)
class Rebuilt:
    """A recorded run.

    Attributes
    ----------
    run : Run
    circuit : Circuit
    setting : Setting
    composition : Composition
        The equations, as this version writes them.
    values : dict
        Parameters by object and variable, in SI units.
    """

    run: Run
    circuit: Circuit
    setting: Setting
    composition: Composition
    values: Values


def run_of(trace: Trace) -> Run:
    """The description of a recorded run; variants from elsewhere are imported.

    Raises
    ------
    TraceError
        If it describes no run that this version knows, a class cannot be imported, or a variant has changed since.
    """
    configuration = {key: value for key, value in trace.configuration.items() if key != "calibrated"}
    try:
        run = Run.check(configuration, "configuration")
        if kept := trace.provenance.get("variants"):
            check_variants(run, kept)
    except (ConfigError, TraceError) as error:
        raise TraceError(
            f"{trace.path}: its configuration describes no run of this version ({error}); use the version of pulsenet "
            "that "
            "wrote it"
        ) from None
    return run


def rebuilt(trace: Trace) -> Rebuilt:
    """A recorded run with its equations and the values of its parameters.

    Raises
    ------
    TraceError
        As `run_of`; or if the trace does not hold its gains.
    """
    run = run_of(trace)
    try:
        calibrated = trace.configuration["calibrated"]
        gains = Calibration(**{name: np.array(values) for name, values in calibrated.items()})
    except (KeyError, TypeError, AttributeError) as error:
        raise TraceError(
            f"{trace.path}: its configuration holds no gains ({error}); use the version of pulsenet that wrote it"
        ) from None
    circuit = run.circuit()
    setting = setting_of(run, circuit)
    return Rebuilt(run, circuit, setting, compose(circuit), parameters(run, circuit, setting, gains))
