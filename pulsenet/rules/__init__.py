"""Learning rules: who fires an error pulse, when, with which polarity. One file per rule; this is their list."""

from pulsenet.rules.adaptive_bp import AdaptiveBP
from pulsenet.rules.base import LearningRule

RULES: tuple[type[LearningRule], ...] = (AdaptiveBP,)
