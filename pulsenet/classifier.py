"""A network of devices as a scikit-learn classifier: what fits is the simulated hardware, and so is what predicts."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import replace
from numbers import Integral
from pathlib import Path

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.preprocessing import MinMaxScaler
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from pulsenet.circuit.composition import compose
from pulsenet.data.dataset import Dataset
from pulsenet.describe.catalog import load_model
from pulsenet.describe.run import Run
from pulsenet.describe.sections import Record
from pulsenet.describe.variation import Variation
from pulsenet.engines.choose import choose, make_engine
from pulsenet.errors import ConfigError
from pulsenet.seams.laws import ResponseLaw
from pulsenet.seams.updates import UpdateMethod
from pulsenet.trace import Trace
from pulsenet.training.clock import timed
from pulsenet.training.plan import Plan
from pulsenet.training.prepare import prepare
from pulsenet.training.train import train
from pulsenet.training.values import parameters, setting_of


class PulseNetClassifier(ClassifierMixin, BaseEstimator):
    """A multilayer perceptron of device pairs, trained pulse by pulse.

    Inputs are scaled to [0, 1] by the smallest and the largest value of each feature in the training data, since a line
    is high for a share of a phase; later inputs beyond them are cut off. Samples are presented one by one, in an order
    that is drawn anew for each epoch.

    Parameters
    ----------
    hidden_layer_sizes : sequence of int
        Hidden neurons, layer by layer; empty for a network without any.
    device : str, path or ResponseLaw
        A bundled device (`pulsenet.list_models`) or the path of a device file, with its programming pulses and its
        variation; or a response law, of devices that are all alike.
    update : str or UpdateMethod
        ``"unidirectional"``, ``"bidirectional"``, or an update method with parameters of its own.
    activation : str
        Of the hidden neurons: ``"clipped-linear"`` or ``"hard-sigmoid"``.
    epochs : int
        Passes over the training samples.
    learning_rate : list of float, optional
        Of each weight layer: the share of an error that one sample takes away. Left out: 0.8 (hidden), 0.2 (output).
    n_slots : int
        Slots of a phase: the number of values that a pulse of variable width can have, less one.
    variation : Variation, optional
        Replaces the variation of the device file.
    engine : str
        ``"auto"``, ``"standalone"``, ``"cython"`` or ``"numpy"``. ``"auto"`` builds a C++ program, once per circuit,
        where that is worth its ten seconds.
    random_state : int, RandomState or None
        An int is the seed of the run, and gives the same network each time.
    trace_folder : path, optional
        Keep the trace of the run, with every pulse, in this folder. Left out: nothing is kept.
    force : bool
        Replace a run that ``trace_folder`` holds.

    Attributes
    ----------
    classes_ : array, shape (n_classes,)
    n_features_in_ : int
    feature_names_in_ : array of str
        If the training data had names of features that are all strings.
    accuracy_ : list of float
        Of each epoch: the share of training samples that were answered correctly, each before the network learned from
        it.
    conductance_ : dict of (G_plus, G_minus), each of shape (n_in + 1, n_out), siemens
        After training, by weight layer; the last row is the bias line.
    run_ : Run
        What was simulated, in full.
    calibration_ : Calibration
        The gains that the run left to be found.
    scaler_ : MinMaxScaler
    trace_ : Path or None
        The trace file, if ``trace_folder`` was given.

    Raises
    ------
    ConfigError, DataError, EngineError, TraceError
        By `fit`, one line each, if a parameter is wrong, the network cannot be simulated, or its trace cannot be
        written.
    ValueError
        By `fit` and the others, if samples or labels are such as scikit-learn refuses.

    Notes
    -----
    There is no ``predict_proba``: the outputs of hard sigmoids that learn one by one are no probabilities. To have
    some, calibrate `decision_function` on held-out samples with `sklearn.calibration.CalibratedClassifierCV`.

    Predicting reads the trained devices and programs none. If reading is noisy (`Variation.read_noise`), a sample's
    noise depends on its position among the samples given. Drift stands still after training.

    Examples
    --------
    Bright on the left or on the right, without a hidden layer; small enough for Brian2's NumPy target:

    >>> X, y = [[0.1, 0.9], [0.8, 0], [0, 1], [1, 0.2]] * 8, ["right", "left"] * 16
    >>> classifier = PulseNetClassifier((), epochs=1, n_slots=4, engine="numpy", random_state=1).fit(X, y)
    >>> classifier.predict([[0.2, 0.8], [0.9, 0.1]])
    array(['right', 'left'], dtype='<U5')
    """

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (50,),
        device: str | Path | ResponseLaw = "ideal",
        *,
        update: str | UpdateMethod = "unidirectional",
        activation: str = "clipped-linear",
        epochs: int = 10,
        learning_rate: Sequence[float] | None = None,
        n_slots: int = 16,
        variation: Variation | None = None,
        engine: str = "auto",
        random_state=None,
        trace_folder: str | Path | None = None,
        force: bool = False,
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.device = device
        self.update = update
        self.activation = activation
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.n_slots = n_slots
        self.variation = variation
        self.engine = engine
        self.random_state = random_state
        self.trace_folder = trace_folder
        self.force = force

    def fit(self, X, y) -> PulseNetClassifier:
        """Train a new network.

        Parameters
        ----------
        X : array-like of float, shape (n_samples, n_features)
        y : array-like, shape (n_samples,)
            Labels of any kind, of at least two classes.

        Returns
        -------
        PulseNetClassifier
            The classifier itself.
        """
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        self.classes_, labels = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError("y has samples of one class only; to tell classes apart, there must be at least two")
        self.scaler_ = MinMaxScaler(clip=True)
        data = Dataset.from_arrays(self.scaler_.fit_transform(X), labels, name="X")
        self.run_ = self._run()
        _refuse_memory(self.run_)
        prepared = prepare(self.run_, data)
        self.calibration_, self._chunk_frames = prepared.calibration, prepared.circuit.chunk_frames
        if self.trace_folder is None:
            with tempfile.TemporaryDirectory(prefix="pulsenet-") as folder:
                self._train(data, folder)
            self.trace_ = None
        else:
            self.trace_ = self._train(data, self.trace_folder)
        return self

    def decision_function(self, X) -> np.ndarray:
        """Preactivations of the output neurons: the charge that each has integrated, in units of its full scale.

        Parameters
        ----------
        X : array-like of float, shape (n_samples, n_features)

        Returns
        -------
        float, shape (n_samples, n_classes)
            For two classes, shape (n_samples,): how much further the second neuron is than the first.
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        preactivation = self._read(self.scaler_.transform(X))
        return preactivation[:, 1] - preactivation[:, 0] if len(self.classes_) == 2 else preactivation

    def predict(self, X) -> np.ndarray:
        """The class of the output neuron with the largest preactivation.

        Parameters
        ----------
        X : array-like of float, shape (n_samples, n_features)

        Returns
        -------
        array, shape (n_samples,)
        """
        decision = self.decision_function(X)
        return self.classes_[(decision > 0).astype(int) if decision.ndim == 1 else decision.argmax(axis=1)]

    def _run(self) -> Run:
        """The parameters as the description of a run."""
        hidden = list(self.hidden_layer_sizes) if np.iterable(self.hidden_layer_sizes) else [None]
        if not all(isinstance(size, Integral) for size in hidden):
            raise ConfigError(
                f"hidden_layer_sizes = {self.hidden_layer_sizes!r}: must be a sequence of whole numbers, like (50,)"
            )
        if not isinstance(self.device, str | Path | ResponseLaw):
            raise ConfigError(f"device = {self.device!r}: must be the name or the path of a device, or a response law")
        content = {
            "network": {
                "layers": [self.n_features_in_, *map(int, hidden), len(self.classes_)],
                "activation": self.activation,
            },
            "device": self.device,
            "update": {"method": self.update} if isinstance(self.update, str) else self.update,
            "time": {"n_slots": self.n_slots},
            "training": {"epochs": self.epochs, "learning_rate": self.learning_rate},
            "record": Record() if self.trace_folder is not None else Record(pulses="none", energy=False),
            "seed": self._seed(),
        }
        if not isinstance(self.device, ResponseLaw):
            model = load_model(self.device)
            content |= {name: getattr(model, name) for name in ("device", "programming", "variation")}
            content["device_file"] = model.file
        if self.variation is not None:
            content["variation"] = self.variation
        return Run.check(content, "PulseNetClassifier")

    def _seed(self) -> int:
        if isinstance(self.random_state, Integral):
            return int(self.random_state)
        return int(check_random_state(self.random_state).randint(2**31))

    def _train(self, data: Dataset, folder: str | Path) -> Path:
        """Train, and keep what the trace says of the end."""
        result = train(self.run_, folder, data=data, engine=self.engine, force=self.force)
        with Trace(result.trace) as trace:
            self.conductance_ = {layer: trace.conductance(layer, -1) for layer in trace.layers}
            epoch, right = trace.frames["epoch"][:], trace.frames["prediction"][:] == trace.frames["label"][:]
        self.accuracy_ = [float(right[epoch == number].mean()) for number in np.unique(epoch)]
        for warning in result.warnings:
            warnings.warn(warning, stacklevel=3)
        return result.trace

    def _read(self, x: np.ndarray) -> np.ndarray:
        """Preactivations that the trained devices give for inputs in [0, 1], in evaluation frames on the engine."""
        run, circuit = self.run_, self.run_.circuit(self._chunk_frames)
        none, n_classes = np.empty(0, np.int64), len(self.classes_)
        data = Dataset("X", np.empty((0, x.shape[1])), none, x, np.zeros(len(x), np.int64), n_classes)
        setting, composition = setting_of(run, circuit), compose(circuit)
        plan = Plan(run, setting, data, self.calibration_.error_gain)
        chosen, _ = choose(self.engine, composition, len(x))
        machine = make_engine(chosen, composition, parameters(run, circuit, setting, self.calibration_))
        at_rest = [
            f"{effect.event}_in" for effect in circuit.effects if effect.event
        ]  # no time passes between readings
        read = []
        for first in range(0, len(x), circuit.chunk_frames):
            chunk = plan.chunk(first, min(first + circuit.chunk_frames, len(x)))
            still = timed(circuit.effects, setting, first, first + chunk.n_frames, np.zeros(first + chunk.n_frames))
            still |= {name: np.zeros_like(chunk.effects[name]) for name in at_rest}
            chunk = replace(chunk, effects=chunk.effects | still)
            read.append(machine.run(chunk, self.conductance_).preactivation)
        return np.concatenate(read)


def _refuse_memory(run: Run) -> None:
    """Readings of an estimator begin anew: a device whose reading depends on what it remembers would be another one."""
    circuit = run.circuit()
    seen = compose(circuit).layers[0].pathway("forward").sees
    if remembered := circuit.memory.keys() & seen.names:
        raise ConfigError(
            f"variation.own: what a reading sees depends on {min(remembered)}, which devices remember, and an "
            "estimator "
            "reads them anew; use pulsenet.train"
        )
