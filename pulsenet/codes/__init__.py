"""Pulse codes: how a value travels along a line. One file per code; this is their list."""

from pulsenet.codes.base import PulseCode
from pulsenet.codes.count import COUNT
from pulsenet.codes.latency import LATENCY
from pulsenet.codes.width import WIDTH

CODES: dict[str, PulseCode] = {code.name: code for code in (WIDTH, COUNT, LATENCY)}
