"""Pulse codes: how a value travels along a line. One file per code; this is their list."""

from pulsenet.seams.codes.base import PulseCode
from pulsenet.seams.codes.count import COUNT
from pulsenet.seams.codes.latency import LATENCY
from pulsenet.seams.codes.width import WIDTH

CODES: dict[str, PulseCode] = {code.name: code for code in (WIDTH, COUNT, LATENCY)}
