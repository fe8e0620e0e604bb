"""Which engine runs a circuit, and why."""

from __future__ import annotations

from pulsenet.circuit.composition import Composition
from pulsenet.engines.engine import Engine, Parameters
from pulsenet.errors import EngineError

ENGINES = ("auto", "standalone", "cython", "numpy")

#: A run of fewer slots than this takes the NumPy target less time than a C++ build.
WORTH_A_BUILD = 1_000


def choose(name: str, composition: Composition, n_frames: int) -> tuple[str, str]:
    """The engine to take, and the reason in words.

    Parameters
    ----------
    name : str
        ``"auto"``, ``"standalone"``, ``"cython"`` or ``"numpy"``.
    composition : Composition
    n_frames : int
        Frames to be run.

    Raises
    ------
    EngineError
        If there is no engine of this name.
    """
    if name not in ENGINES:
        raise EngineError(f"engine = {name!r} is not known; allowed: {', '.join(ENGINES)}")
    if name != "auto":
        return name, "as asked for"
    from pulsenet.engines.program import compiler
    from pulsenet.engines.program.cache import is_built

    if compiler.compiler() is None:
        return "numpy", "no C++ compiler was found; install g++ for runs that are a thousand times faster"
    if is_built(composition):
        return "standalone", "this circuit's program is built already"
    slots = n_frames * composition.circuit.schedule.frame_slots
    if slots < WORTH_A_BUILD:
        return "numpy", f"{slots} slots are done sooner than a C++ program is built"
    return "standalone", f"{slots} slots are worth building a C++ program, once for this circuit"


def make_engine(name: str, composition: Composition, parameters: Parameters) -> Engine:
    """The engine of a name from `choose`, ready to run. Brian2 is imported here, and only where it is needed."""
    if name == "standalone":
        from pulsenet.engines.standalone import StandaloneEngine

        return StandaloneEngine(composition, parameters)
    from pulsenet.engines.runtime import RuntimeEngine

    return RuntimeEngine(composition, parameters, name)
