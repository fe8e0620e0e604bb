"""pulsenet: pulse-level simulation of neural networks trained in hardware on electronic synapse devices.

A run goes one way: description (`Run`) -> circuit -> equations (`compose`) -> Brian2 objects (`build`) -> engine ->
trace -> analysis (`Trace`, `pulsenet.figures`).
"""

from pulsenet.catalog import list_models, load_model
from pulsenet.config import Data, Network, Read, Record, Run, Time, Training
from pulsenet.data import Dataset
from pulsenet.data import load as load_data
from pulsenet.device_file import Model
from pulsenet.devices import (
    Exponential,
    ExponentialStep,
    GatedSchottkyDiode,
    JumpTable,
    Linear,
    NeuroSim,
    ResponseLaw,
    Sigmoidal,
    SoftBounds,
    SoftBoundsPower,
    nonlinearity_label,
)  # fmt: skip
from pulsenet.errors import (
    ConfigError,
    DataError,
    EngineError,
    PulsenetError,
    TraceError,
)
from pulsenet.rules import (
    AdaptiveBP,
    AdaptiveStep,
    LearningRule,
    Manhattan,
    RandomFeedback,
    SingleStep,
    StepDescent,
    StochasticCoincidence,
)  # fmt: skip
from pulsenet.sections import Programming
from pulsenet.traces import Trace
from pulsenet.train import Progress, Result, train
from pulsenet.updates import Bidirectional, Single, TwoPCM, Unidirectional, UpdateMethod
from pulsenet.variation import Variation

__version__ = "0.1.0"

__all__ = [
    "AdaptiveBP", "AdaptiveStep", "Bidirectional", "ConfigError", "Data", "DataError", "Dataset", "EngineError",
    "Exponential", "ExponentialStep", "GatedSchottkyDiode", "JumpTable", "LearningRule", "Linear", "Manhattan",
    "Model", "Network", "NeuroSim", "Programming", "Progress", "PulseNetClassifier", "PulsenetError",
    "RandomFeedback", "Read", "Record", "ResponseLaw", "Result", "Run", "Sigmoidal", "Single", "SingleStep",
    "SoftBounds", "SoftBoundsPower", "StepDescent", "StochasticCoincidence", "Time", "Trace", "TraceError",
    "Training", "TwoPCM", "Unidirectional", "UpdateMethod", "Variation", "list_models", "load_data", "load_model",
    "nonlinearity_label", "train",
]  # fmt: skip


def __getattr__(name: str):
    if name == "PulseNetClassifier":  # scikit-learn takes a second to import
        from pulsenet.classifier import PulseNetClassifier

        return PulseNetClassifier
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
