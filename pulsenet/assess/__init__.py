"""From a measured curve to an answer: how well such devices learn, what costs most, in how much time and energy.

`assess` fits the device, trains the standard network on it by several methods, works out the defect budget, and writes
one report, as a page that holds all its pictures and as Markdown.
"""

from pulsenet.assess.assessment import Assessment, assess

__all__ = ["Assessment", "assess"]
