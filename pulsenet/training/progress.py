"""The progress bar of a run: frames, time left, accuracy, pulses per frame; diagnoses appear above it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from pulsenet.errors import PulsenetError
from pulsenet.training.ledger import Progress


@contextmanager
def report() -> Iterator[Callable[[Progress], None]]:
    """A function to watch a run with, and the bar that it moves.

    Examples
    --------
    >>> with report() as watch:                        # doctest: +SKIP
    ...     train(run, "results/first", watch=watch)
    """
    bar = None
    shown = 0

    def watch(progress: Progress) -> None:
        nonlocal bar, shown
        if bar is None:  # not before there is something to show: what fails at once should say so in one line
            # Frames of an earlier session say nothing about this one's speed.
            bar = tqdm(total=progress.n_frames, initial=progress.frame, unit="frame", dynamic_ncols=True, smoothing=0.1)
        if progress.message:
            bar.write(progress.message)
        for epoch, accuracy in enumerate(progress.accuracy[shown:], start=shown + 1):
            bar.write(f"epoch {epoch}: test accuracy {accuracy:.2%}")
        shown = len(progress.accuracy)
        bar.set_description(f"epoch {progress.epoch}/{progress.epochs}", refresh=False)
        kind = f"online {progress.online_accuracy:.1%}" if progress.learn else "testing"
        bar.set_postfix_str(f"{kind}, {progress.pulses_per_frame:.0f} pulses/frame", refresh=False)
        bar.update(progress.frame - bar.n)

    with logging_redirect_tqdm([logging.getLogger("pulsenet")]):
        try:
            yield watch
        except PulsenetError:
            if bar is not None:
                bar.leave = False  # so that the error is all that is left to read
            raise
        finally:
            if bar is not None:
                bar.close()
