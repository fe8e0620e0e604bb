"""The progress bar of a run: frames, time left, accuracy, pulses per frame; diagnoses appear above it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from pulsenet.train import Progress


@contextmanager
def report() -> Iterator[Callable[[Progress], None]]:
    """A function to watch a run with, and the bar that it moves.

    Examples
    --------
    >>> with report() as watch:                        # doctest: +SKIP
    ...     train(run, "results/first", watch=watch)
    """
    with tqdm(unit="frame", dynamic_ncols=True, smoothing=0.1) as bar, logging_redirect_tqdm([logging.getLogger("pulsenet")]):
        shown: list[float] = []

        def watch(progress: Progress) -> None:
            if progress.message:
                bar.write(progress.message)
            if len(progress.accuracy) > len(shown):
                shown[:] = progress.accuracy
                bar.write(f"epoch {len(shown)}: test accuracy {shown[-1]:.2%}")
            if bar.total is None:
                bar.reset(total=progress.n_frames)
                bar.initial = progress.frame  # frames of an earlier session say nothing about this one's speed
            bar.n = progress.frame
            bar.set_description(f"epoch {progress.epoch}/{progress.epochs}", refresh=False)
            kind = f"online {progress.online_accuracy:.1%}" if progress.learn else "testing"
            bar.set_postfix_str(f"{kind}, {progress.pulses_per_frame:.0f} pulses/frame")

        yield watch
