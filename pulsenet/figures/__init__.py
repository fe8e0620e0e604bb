"""Figures of a trace. Each is a function that takes an open `pulsenet.Trace` and returns a matplotlib figure.

No figure touches pyplot: they are drawn alike in a script without a display, in a notebook, and from the command line.

This is the face of the package, and the list of its figures: a file that is imported here registers what it holds. To
have figures of one's own beside them, see `figure`.
"""

# Figures register when they are imported, and are drawn in this order: it is chosen, not alphabetical.
# isort: off
from pulsenet.figures.timing_diagram import pulses
from pulsenet.figures.oscilloscope import waveforms
from pulsenet.figures.learning import learning
from pulsenet.figures.silence import silence
from pulsenet.figures.energy import energy
from pulsenet.figures.weights import weight_map, weights
from pulsenet.figures.conductance import conductance
from pulsenet.figures.states import distributions, saturation
from pulsenet.figures.density import density, programmed
from pulsenet.figures.confusion import confusion
# isort: on

from pulsenet.figures.compare import compare
from pulsenet.figures.registry import FIGURES, figure
from pulsenet.figures.saving import save, save_all

__all__ = [
    "FIGURES",
    "compare",
    "conductance",
    "confusion",
    "density",
    "distributions",
    "energy",
    "figure",
    "learning",
    "programmed",
    "pulses",
    "saturation",
    "save",
    "save_all",
    "silence",
    "waveforms",
    "weight_map",
    "weights",
]
