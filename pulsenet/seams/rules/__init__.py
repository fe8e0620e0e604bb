"""Learning rules: who fires an error pulse, when, and which pairs it programs. One file per rule; this lists them."""

from pulsenet.seams.rules.adaptive_bp import AdaptiveBP
from pulsenet.seams.rules.adaptive_step import AdaptiveStep
from pulsenet.seams.rules.base import LearningRule
from pulsenet.seams.rules.manhattan import Manhattan
from pulsenet.seams.rules.random_feedback import RandomFeedback
from pulsenet.seams.rules.single_step import SingleStep
from pulsenet.seams.rules.step_descent import StepDescent
from pulsenet.seams.rules.stochastic import StochasticCoincidence

RULES: tuple[type[LearningRule], ...] = (
    AdaptiveBP,
    SingleStep,
    StepDescent,
    StochasticCoincidence,
    Manhattan,
    RandomFeedback,
    AdaptiveStep,
)
