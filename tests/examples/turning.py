"""Waiting in a test without waiting: turns of the event loop are counted, no time passes.

Decides how long a test waits for what must come: a number of turns, after which it fails. Whatever
goes wrong in a callback fails the test as well.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

__all__ = ("Gate", "run", "until")

TURNS_MAX: Final = 5_000
CANCELLATIONS: Final = 5


async def until(condition: Callable[[], bool], what: str) -> None:
    """Wait until something is so, or fail."""
    for _ in range(TURNS_MAX):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError(f"it never happened: {what}")


class Gate:
    """News that travel until the test lets them arrive, in their order."""

    def __init__(self) -> None:
        self.open = False
        self._on_the_way: list[Callable[[], None]] = []

    def __call__(self, news: Callable[[], None], /) -> None:
        """Send news on their way; while the gate is open they arrive in the next turn."""
        self._on_the_way.append(news)
        if self.open:
            asyncio.get_running_loop().call_soon(self.let_through)

    def let_through(self) -> None:
        """Let the oldest news arrive, if there are any."""
        if self._on_the_way:
            self._on_the_way.pop(0)()

    def stay_open(self) -> None:
        """Let everything arrive from now on."""
        self.open = True
        for _ in self._on_the_way:
            asyncio.get_running_loop().call_soon(self.let_through)


async def cancel_the_rest() -> None:
    """Cancel what a failed story leaves, again and again: once may only begin a clean-up."""
    for _ in range(CANCELLATIONS):
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        for _ in range(CANCELLATIONS):
            await asyncio.sleep(0)


def run(story: Coroutine[Any, Any, None]) -> None:
    """Run a story to its end; an error in a callback is an error of the story."""
    failures: list[str] = []

    async def watched() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: failures.append(repr(context)))
        try:
            await story
        except BaseException as error:
            await cancel_the_rest()
            error.add_note(f"In callbacks: {failures}")
            raise
        assert failures == [], f"in callbacks: {failures}"

    with asyncio.Runner() as runner:
        runner.run(watched())
