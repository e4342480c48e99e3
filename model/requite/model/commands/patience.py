"""Long work: a line that says how far it is, and a first Ctrl-C that ends it with an answer.

Decides when the line is shown: after two seconds, on standard error; rewritten in place on a
terminal, else a new line now and then, so that a log of CI says that the work goes on.
"""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

import click

from requite.model.explore import Progress

__all__ = ("Interrupted", "ProgressLine", "interruptible")

PATIENCE_S: Final = 2.0
"""A person waits so long without a word."""
LOG_EVERY_S: Final = 30.0


class ProgressLine:
    """Says states, frontier and rate of an exploration."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._due_s = PATIENCE_S
        self._shown = False

    def __call__(self, progress: Progress) -> None:
        """Say how far it is, if it is time to."""
        if progress.seconds < self._due_s:
            return
        self._due_s = progress.seconds + (0.0 if self._terminal else LOG_EVERY_S)
        rate = progress.states / progress.seconds
        line = (
            f"{progress.states:,} states, {progress.frontier:,} to look at, "
            f"{progress.depth} moves deep, {rate:,.0f} states/s, {progress.seconds:.0f} s"
        )
        click.echo(f"\r\x1b[K{line}" if self._terminal else line, err=True, nl=not self._terminal)
        self._shown = True

    def done(self) -> None:
        """Take the line away from a terminal."""
        if self._shown and self._terminal:
            click.echo("\r\x1b[K", err=True, nl=False)


class Interrupted:
    """Whether Ctrl-C was pressed."""

    def __init__(self) -> None:
        self.pressed = False

    def __call__(self) -> bool:
        """Say whether to stop."""
        return self.pressed


@contextmanager
def interruptible() -> Iterator[Interrupted]:
    """Turn the first Ctrl-C into a question that long work asks itself; a second one ends it."""
    interrupted = Interrupted()

    def note(_: int, __: FrameType | None) -> None:
        if interrupted.pressed:
            raise KeyboardInterrupt
        interrupted.pressed = True

    before = signal.signal(signal.SIGINT, note)
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, before)
