"""Update methods: which device of a pair gets which pulse. One file per method; this is their list."""

from pulsenet.updates.base import UpdateMethod
from pulsenet.updates.bidirectional import Bidirectional
from pulsenet.updates.single import Single
from pulsenet.updates.two_pcm import TwoPCM
from pulsenet.updates.unidirectional import Unidirectional

METHODS: tuple[type[UpdateMethod], ...] = (Unidirectional, Bidirectional, Single, TwoPCM)
