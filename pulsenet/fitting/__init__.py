"""Response laws fitted to measured curves: from text files to a device folder, a report and a figure."""

from pulsenet.fitting.curves import Curves, read_curves
from pulsenet.fitting.fit import Fit, fit
from pulsenet.fitting.jumps import MeasuredSteps, jumps_figure, measured_steps
from pulsenet.fitting.telling import fit_figure

__all__ = ["Curves", "Fit", "MeasuredSteps", "fit", "fit_figure", "jumps_figure", "measured_steps", "read_curves"]
