"""Studies: grids of runs, what they are compared with, and claims that they decide.

A study file is a run file with a few keys more. The sections of a run (``network``, ``device``, ``training`` ...) hold
for all of its runs; of the base run they replace what they name. A whole study of your own::

    base = "digits.toml"                      # a run file beside this one; may be left out if its sections are here
    seeds = [1, 2, 3]                         # left out: 1, 2, 3
    baselines = ["software", "quantised"]     # the same network without devices, see pulsenet.software

    [training]
    epochs = 3

    [axes]                                    # every combination is run with every seed
    update.method = ["unidirectional", "bidirectional"]
    beta = {keys = ["device.beta_SET", "device.beta_RESET"], values = [0, 1.6, 3]}

An axis is a key of a run file with its values, or a name with ``keys``, which all get the value, ``values``, and, if
tables and figures should call these by other names, ``labels``.

``[cases.NAME]`` holds sections of a run that go together, and makes a line of the figure; where it chooses another law,
method or rule, only those keys of the section stay that the new one has, too. A study of several grids has
``[grids.NAME]``, each with axes, cases, baselines, claims, seeds and sections of a run of its own.

A claim is decided by the table (`pulsenet.study.claims.decide`)::

    [claims.wins]
    sentence = "Unidirectional updating beats bidirectional updating by a point at beta 3."
    of = {"update.method" = "unidirectional", beta = 3}        # values by column; "training" names a baseline
    against = {"update.method" = "bidirectional", beta = 3}    # left out: the value itself is meant, not a difference
    at_least = 0.01                                            # or at_most, or within
    column = "accuracy"                                        # left out: accuracy, which is that of the test samples

``training_accuracy`` is of the last epoch's training samples, each answered before it is learnt from; other columns are
numbers of pulses, energies and times per training frame, named as in the table.

``title`` heads the report. ``quick = true`` lays the section ``[if_quick]`` over the file, for a smaller version of the
same study. A base's ``record`` is not taken over: traces keep metrics and conductances, and pulses only if the study
asks for them.
"""

from pulsenet.study.conduct import StudyResult, run_study
from pulsenet.study.grids import Axis, Claim, Grid, Study, load

__all__ = ["Axis", "Claim", "Grid", "Study", "StudyResult", "load", "run_study"]
