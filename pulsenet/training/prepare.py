"""What is derived from a run and its data before the first frame."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version

from pulsenet.circuit.circuit import Circuit
from pulsenet.circuit.composition import Composition, compose
from pulsenet.data import dataset
from pulsenet.data.dataset import Dataset
from pulsenet.describe.run import Run
from pulsenet.describe.variants import variants_of
from pulsenet.errors import ConfigError, DataError
from pulsenet.records import Conductances
from pulsenet.seams.setting import Setting
from pulsenet.trace.description import Description
from pulsenet.training.calibrate import SAMPLES, Calibration, calibrate
from pulsenet.training.plan import Plan, start_conductance
from pulsenet.training.values import Values, kept, parameters, setting_of

#: Most frames that an engine gets at a time: enough to make the cost of a start small, few enough to save often.
CHUNK_FRAMES = 2000
#: Most bytes that inputs and tallies of a chunk take, about; two chunks may be in memory at a time.
CHUNK_BYTES = 64 * 2**20


@dataclass(frozen=True)
class Prepared:
    """A run with everything that is derived from its description and data before the first frame."""

    run: Run
    data: Dataset
    circuit: Circuit
    composition: Composition
    setting: Setting
    start: Conductances
    calibration: Calibration
    values: Values
    plan: Plan


def chunk_frames(run: Run) -> int:
    """Frames that an engine gets at a time; nothing that a run gives depends on it.

    Examples
    --------
    >>> from pulsenet import Linear, Network
    >>> device = Linear(G_min="0 S", G_max="1 uS", pulses_SET=64, pulses_RESET=64)
    >>> [chunk_frames(Run(network=Network(layers=[784, n, 10]), device=device)) for n in (200, 4000)]
    [2000, 259]
    """
    inputs, *others = run.network.layers
    per_frame = 2 * inputs + 64 * sum(others)  # a slot count; of neurons seven sums and a phase, in eight bytes each
    return max(1, min(CHUNK_FRAMES, CHUNK_BYTES // per_frame))


def prepare(run: Run, data: Dataset | None = None) -> Prepared:
    """Load the data, write the equations, draw the initial conductances and calibrate the gains.

    Raises
    ------
    DataError
        If the data cannot be found, or does not fit the network.
    ConfigError
        If waveforms are wanted of a frame that the run does not have.
    """
    data = data or dataset.load(**run.data.model_dump())
    n_input, n_output = run.network.layers[0], run.network.layers[-1]
    if data.n_features != n_input:
        raise DataError(
            f"data.source = {data.name!r} has {data.n_features} features per sample, but network.layers begins with "
            f"{n_input}"
        )
    if data.n_classes > n_output:
        raise DataError(
            f"data.source = {data.name!r} has {data.n_classes} classes, but network.layers ends with {n_output}"
        )
    frames = len(data.y_train) + len(data.y_test)
    last = run.training.epochs * frames - 1
    for frame in run.record.waveforms:
        if frame > last:
            raise ConfigError(
                f"record.waveforms: no frame {frame}; the run has frames 0 to {last}, {frames} in each epoch"
            )
    circuit = run.circuit(chunk_frames(run))
    setting = setting_of(run, circuit)
    start = start_conductance(run, circuit, setting)
    calibration = calibrate(run, setting, start, data.train[:SAMPLES])
    return Prepared(
        run=run,
        data=data,
        circuit=circuit,
        composition=compose(circuit),
        setting=setting,
        start=start,
        calibration=calibration,
        values=parameters(run, circuit, setting, calibration),
        plan=Plan(run, setting, data, calibration.error_gain),
    )


def describe_run(prepared: Prepared, engine: str) -> Description:
    """What a trace says about its run before the first frame."""
    run, circuit, calibration = prepared.run, prepared.circuit, prepared.calibration
    configuration = run.model_dump(mode="json")
    configuration["calibrated"] = {name: list(values) for name, values in vars(calibration).items()}
    packages = ("pulsenet", "brian2", "numpy", "h5py", "isal")
    return Description(
        configuration=configuration,
        provenance={
            "engine": engine,
            "data_sha256": prepared.data.sha256,
            "equations": str(prepared.composition),
            "variants": variants_of(run),
            "versions": "\n".join(f"{package} {version(package)}" for package in packages),
        },
        slot=circuit.slot,
        schedule=circuit.schedule,
        populations=circuit.populations,
        layers=circuit.layers,
        n_classes=prepared.data.n_classes,
        n_frames=prepared.plan.n_frames,
        parameters=kept(prepared.composition, prepared.values),
    )
