"""Learning rules: who fires an error pulse, when, and which pairs it programs. One file per rule; this is their list."""

from pulsenet.rules.adaptive_bp import AdaptiveBP
from pulsenet.rules.adaptive_step import AdaptiveStep
from pulsenet.rules.base import LearningRule
from pulsenet.rules.manhattan import Manhattan
from pulsenet.rules.random_feedback import RandomFeedback
from pulsenet.rules.single_step import SingleStep
from pulsenet.rules.step_descent import StepDescent
from pulsenet.rules.stochastic import StochasticCoincidence

RULES: tuple[type[LearningRule], ...] = (
    AdaptiveBP,
    SingleStep,
    StepDescent,
    StochasticCoincidence,
    Manhattan,
    RandomFeedback,
    AdaptiveStep,
)
