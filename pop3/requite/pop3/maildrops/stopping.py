"""Wait for what a thread does, and have it stop.

Decides that a wait which is cancelled ends when the thread does, and not before: who holds a lock
for the thread's sake holds it until nothing is done under it any more.
"""

import asyncio
import threading
from concurrent.futures import Future
from contextlib import suppress
from typing import TypeVar

__all__ = ("Stopping",)

T = TypeVar("T")


class Stopping(asyncio.Future[T]):
    """What a thread will answer; to cancel it is to ask the thread to stop."""

    def __init__(self, work: Future[T], stop: threading.Event) -> None:
        """Wait for work that looks at `stop` from time to time."""
        super().__init__(loop=asyncio.get_running_loop())
        self._stop = stop
        work.add_done_callback(self._done_in_its_thread)

    def cancel(self, msg: object = None) -> bool:
        """Ask the thread to stop; it answers all the same, so nothing is cancelled here."""
        del msg
        self._stop.set()
        return False

    def _done_in_its_thread(self, work: Future[T]) -> None:
        with suppress(RuntimeError):  # The loop is closed: nobody waits any more.
            self.get_loop().call_soon_threadsafe(self._answer, work)

    def _answer(self, work: Future[T]) -> None:
        error = work.exception()
        if error is None:
            self.set_result(work.result())
        else:
            self.set_exception(error)
