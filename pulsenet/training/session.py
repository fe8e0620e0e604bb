"""Frames going through an engine, chunk by chunk, while inputs are made and results become safe beside it."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from time import perf_counter

import numpy as np

from pulsenet.engines.engine import Engine
from pulsenet.trace import TraceWriter
from pulsenet.training.clock import Clock, needs_clock
from pulsenet.training.interrupt import deferred_interrupt
from pulsenet.training.ledger import Ledger, Progress, devices_at
from pulsenet.training.plan import Part
from pulsenet.training.prepare import Prepared

#: Seconds of a chunk from which on an engine is slow. Then a chunk is waited for until it is safe, which costs little,
#: and how far the run is, or what is wrong, is told at once and not after another chunk.
SLOW = 2.0


class Session:
    """A training run at work: a context that leaves no thread behind.

    While the engine runs a chunk in the caller's thread, so that Ctrl-C reaches it, one thread makes the input of the
    next, and another makes the result of the one before safe. So there are results of two chunks at most at a time,
    and they are entered in order, each before the next is handed over.

    Ctrl-C ends the engine's work, and is held back elsewhere. However the context is left, what was handed over becomes
    safe first, unless that fails.

    Parameters
    ----------
    prepared : Prepared
    writer : TraceWriter
    checkpoint : dict of arrays, or None
        Where to continue, from `TraceWriter.resume`.

    Attributes
    ----------
    frame : int
        Frames that the engine has run.
    conductance, memory : dict
        After these frames.
    ledger : Ledger
        To be looked at when nothing is in the making: at the start, and after `drain`.

    Examples
    --------
    >>> with Session(prepared, writer, None) as session:            # doctest: +SKIP
    ...     while session.frame < prepared.plan.n_frames:
    ...         session.step(engine)
    ...     session.drain()
    """

    def __init__(self, prepared: Prepared, writer: TraceWriter, checkpoint: dict[str, np.ndarray] | None):
        self.prepared = prepared
        self.ledger = Ledger(prepared, writer, checkpoint)
        self.frame, (self.conductance, self.memory) = self.ledger.frame, devices_at(prepared, checkpoint)
        self._clock = Clock.of(prepared, writer, self.frame) if needs_clock(prepared.circuit.effects) else None
        self._planner, self._clerk = ThreadPoolExecutor(1, "plan"), ThreadPoolExecutor(1, "ledger")
        self._planned: Future[Part] | None = None
        self._entering: Future[Progress] | None = None

    def step(self, engine: Engine) -> list[Progress]:
        """Run the next chunk, and hand it over to be made safe.

        Returns
        -------
        list of Progress
            One for each chunk that has become safe since the last call.

        Raises
        ------
        TraceError
            If an earlier chunk cannot be made safe. Then this one is not, either.
        """
        with deferred_interrupt():
            part = self._next_part()
        began = perf_counter()
        if self._clock:
            result = self._clock.run(engine, part.chunk, self.conductance, self.memory)
        else:
            result = engine.run(part.chunk, self.conductance, self.memory)
        slow = perf_counter() - began > SLOW
        with deferred_interrupt():
            safe = self._entered()
            self.conductance, self.memory, self.frame = result.conductance, result.memory, part.last
            self._entering = self._clerk.submit(self.ledger.enter, part, result)
            return safe + self._entered() if slow else safe

    def drain(self) -> list[Progress]:
        """Wait until all that the engine has run is safe; returns and raises as `step`."""
        with deferred_interrupt():
            return self._entered()

    def close(self) -> None:
        """Wait until what was handed over is safe, and end the threads; raises as `step`."""
        try:
            with deferred_interrupt():
                self._join()
        finally:
            self._join()  # again, if Ctrl-C came before it was held back
            error = self._entering.exception() if self._entering else None
            if error:  # happened before whatever else ended the run, and is what to tell
                raise error

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def _next_part(self) -> Part:
        """The frames that follow; those after them are begun."""
        part = (self._planned or self._plan(self.frame)).result()
        self._planned = self._plan(part.last) if part.last < self.prepared.plan.n_frames else None
        return part

    def _plan(self, first: int) -> Future[Part]:
        return self._planner.submit(self.prepared.plan.part, first, self.prepared.circuit.chunk_frames)

    def _entered(self) -> list[Progress]:
        """Wait for the chunk that is becoming safe, if there is one."""
        if self._entering is None:
            return []
        progress = self._entering.result()
        self._entering = None
        return [progress]

    def _join(self) -> None:
        self._planner.shutdown(cancel_futures=True)
        self._clerk.shutdown()
