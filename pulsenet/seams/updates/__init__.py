"""Update methods: which device of a pair gets which pulse. One file per method; this is their list."""

from pulsenet.seams.updates.base import UpdateMethod
from pulsenet.seams.updates.bidirectional import Bidirectional
from pulsenet.seams.updates.single import Single
from pulsenet.seams.updates.two_pcm import TwoPCM
from pulsenet.seams.updates.unidirectional import Unidirectional

METHODS: tuple[type[UpdateMethod], ...] = (Unidirectional, Bidirectional, Single, TwoPCM)
