"""A small circuit for every variant of every seam, and every depth: what holds for all engines is tested on them."""

from __future__ import annotations

from functools import cache

from cases import Case, small_run
from own.two_exponentials import TwoExponentials
from typical_laws import EXAMPLES, RANGE

from pulsenet import Bidirectional, JumpTable, Single, TwoPCM, Unidirectional
from pulsenet.describe.variation import Variation
from pulsenet.seams.rules import RULES

OFTEN = {"refresh_above": 0.4, "refresh_margin": 0.1}
JUMPS = {f"{kind}_jumps": [[0.02, 0.04], [0.03, 0.05], [0.05, 0.08], [0.06, 0.09]] for kind in ("SET", "RESET")}
DRIFT = {"drift_exponent": 0.02, "drift_onset": "5 us", "drift_every": 3}
VARIATIONS = {
    "spread": {
        "dtod_G_min": 0.3,
        "dtod_G_max": 0.2,
        "dtod_step": 0.4,
        "dtod_nonlinearity": 0.5,
        "pair_correlation": 0.5,
    },
    "cycle-noise": {"ctoc_step": 0.5, "ctoc_range": 0.02},
    "stuck": {"stuck_G_min": 0.1, "stuck_G_max": 0.1, "stuck_random": 0.1},
    "read-noise": {"read_noise": 0.05},
    "drift": DRIFT,
}
ALL = {name: value for part in VARIATIONS.values() for name, value in part.items()}
METHODS = {
    "bidirectional": Bidirectional(),
    "single": Single(),
    "two-pcm": TwoPCM(refresh_above=0.4),
    "two-pcm truncate": TwoPCM(refresh_above=0.4, write_back="truncate"),
    "RESET": Unidirectional(programs="RESET", **OFTEN),
    "counts": Unidirectional(**OFTEN, write_back="counts"),
    "recount": Unidirectional(**OFTEN, write_back="recount"),
    "verify": Unidirectional(**OFTEN, write_back="verify"),
}
LAWS = {
    **EXAMPLES,
    "jump-table": JumpTable(**RANGE, **JUMPS),
    "by its step alone": TwoExponentials(**RANGE),
}


def _sections() -> dict[str, dict]:
    """What each run has besides the ordinary: the sections of its description."""
    found = {f"law {name}": {"device": law} for name, law in LAWS.items()}
    found |= {f"method {name}": {"update": method} for name, method in METHODS.items()}
    found |= {f"rule {rule.model_fields['rule'].default}": {"rule": rule()} for rule in RULES}
    for neuron in ("latched", "integrate-and-fire"):
        for code in ("width", "count", "latency"):
            found[f"{neuron}, {code}"] = {"network": {"neuron": neuron, "code": code}}
    found["hard-sigmoid"] = {"network": {"activation": "hard-sigmoid"}}
    found |= {f"effect {name}": {"variation": Variation(**some)} for name, some in VARIATIONS.items()}
    found["all effects"] = {"variation": Variation(**ALL)}
    found["all effects, method single"] = {"variation": Variation(**ALL), "update": Single()}
    found["all effects, rule manhattan"] = {
        "variation": Variation(**ALL),
        "rule": next(rule for rule in RULES if rule.model_fields["rule"].default == "manhattan")(),
    }
    found |= {f"{len(layers) - 1} layers": {"layers": layers} for layers in ([4, 3], [4, 3, 3, 2], [4, 3, 3, 3, 3, 2])}
    found["no energy"] = {"record": {"energy": False}}
    return found


SECTIONS = _sections()


@cache
def case_of(name: str) -> Case:
    """The circuit of a variant, with frames; made once."""
    sections = {"device": EXAMPLES["exponential"], "update": Unidirectional(**OFTEN), **SECTIONS[name]}
    layers = sections.pop("layers", [5, 4, 3])
    frames = 3 if name == "law by its step alone" else 15  # NumPy walks slowly
    return Case(small_run(layers, sections.pop("device"), seed=5, **sections), frames)
