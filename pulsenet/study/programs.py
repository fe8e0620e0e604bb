"""Before the runs: which engine takes each, and the programs of all circuits, built once."""

from __future__ import annotations

from tqdm import tqdm

from pulsenet.circuit.composition import Composition, compose
from pulsenet.engines.choose import choose, make_engine
from pulsenet.study.execute import samples
from pulsenet.study.grids import ON_CHIP
from pulsenet.study.points import Point
from pulsenet.training.prepare import Prepared, prepare


def settle_engines(points: list[Point], engine: str) -> dict[str, str]:
    """Choose the engine of every run, and build what it needs, so that runs in parallel find it there.

    Parameters
    ----------
    points : list of Point
    engine : str
        As for `pulsenet.training.train`.

    Returns
    -------
    dict of str
        ``"standalone"``, ``"cython"`` or ``"numpy"`` by folder of the run; a baseline has none.

    Raises
    ------
    DataError
        If samples are missing, or do not fit a network.
    EngineError
        If there is no such engine, or a program cannot be built.
    """
    alike: dict[str, list[Point]] = {}
    for point in points:
        if point.training == ON_CHIP:
            alike.setdefault(_kind(point), []).append(point)
    asked, programs = [], {}
    for some in alike.values():
        prepared = prepare(some[0].run, samples(some[0]))
        composition, n_frames = prepared.composition, prepared.plan.n_frames
        asked.append((some, composition, n_frames))
        if choose(engine, composition, n_frames)[0] == "standalone":
            programs.setdefault(_program(composition), prepared)
    _build(list(programs.values()))
    # Anew: what has a program now is run by it, however short it is.
    return {
        point.folder: choose(engine, composition, n_frames)[0]
        for some, composition, n_frames in asked
        for point in some
    }


def _kind(point: Point) -> str:
    """What decides the engine of a run: its circuit, and how many frames it has."""
    circuit = point.run.circuit()
    return repr((_program(compose(circuit)), point.run.data, point.run.training.epochs))


def _program(composition: Composition) -> str:
    circuit = composition.circuit
    return repr((str(composition), circuit.schedule, circuit.slot, circuit.chunk_frames))


def _build(prepared: list[Prepared]) -> None:
    if prepared:
        for one in tqdm(prepared, desc="building circuits", unit="circuit", dynamic_ncols=True):
            make_engine("standalone", one.composition, one.values)
