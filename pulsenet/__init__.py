"""pulsenet: pulse-level simulation of neural networks trained in hardware on electronic synapse devices.

A run goes one way: description (`Run`) -> circuit -> equations (`compose`) -> Brian2 objects -> engine -> trace ->
analysis (`Trace`, `pulsenet.replay`, `pulsenet.figures`).
"""

from pulsenet.data.dataset import Dataset
from pulsenet.data.dataset import load as load_data
from pulsenet.describe.catalog import list_models, load_model
from pulsenet.describe.device_file import Model
from pulsenet.describe.run import Data, Network, Read, Record, Run, Time, Training
from pulsenet.describe.sections import Programming
from pulsenet.describe.variation import Variation
from pulsenet.errors import (
    ConfigError,
    DataError,
    EngineError,
    PulsenetError,
    TraceError,
)
from pulsenet.seams.effects import Effect
from pulsenet.seams.laws import (
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
from pulsenet.seams.reading import Ohm, Reading
from pulsenet.seams.rules import (
    AdaptiveBP,
    AdaptiveStep,
    LearningRule,
    Manhattan,
    RandomFeedback,
    SingleStep,
    StepDescent,
    StochasticCoincidence,
)  # fmt: skip
from pulsenet.seams.updates import Bidirectional, Single, TwoPCM, Unidirectional, UpdateMethod
from pulsenet.trace import Trace
from pulsenet.training.train import Progress, Result, train

__version__ = "0.1.0"

__all__ = [
    "AdaptiveBP", "AdaptiveStep", "Bidirectional", "ConfigError", "Data", "DataError", "Dataset", "Effect",
    "EngineError", "Exponential", "ExponentialStep", "GatedSchottkyDiode", "JumpTable", "LearningRule", "Linear",
    "Manhattan", "Model", "Network", "NeuroSim", "Ohm", "Programming", "Progress", "PulseNetClassifier",
    "PulsenetError", "RandomFeedback", "Read", "Reading", "Record", "ResponseLaw", "Result", "Run", "Sigmoidal",
    "Single", "SingleStep", "SoftBounds", "SoftBoundsPower", "StepDescent", "StochasticCoincidence", "Time",
    "Trace", "TraceError", "Training", "TwoPCM", "Unidirectional", "UpdateMethod", "Variation", "list_models",
    "load_data", "load_model", "nonlinearity_label", "train",
]  # fmt: skip


def __getattr__(name: str):
    if name == "PulseNetClassifier":  # scikit-learn takes a second to import
        from pulsenet.classifier import PulseNetClassifier

        return PulseNetClassifier
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
