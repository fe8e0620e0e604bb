"""Response laws fitted to measured curves: from text files to a device folder, a report and a figure."""

from pulsenet.fitting.curves import Curves, read_curves
from pulsenet.fitting.fit import Fit, fit
from pulsenet.fitting.report import fit_figure

__all__ = ["Curves", "Fit", "fit", "fit_figure", "read_curves"]
