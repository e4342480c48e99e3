"""The turn of the event loop: what the sessions say in it is written at its end, all together.

Decides when octets leave, and nothing else. A client on this machine that waits for its answer is
woken by the write, and to wake somebody costs the writer more than the write itself; those who are
written to one right after the other are woken together. Nobody waits longer than until everything
that had arrived is handled, and nothing is read in between.
"""

import asyncio
from collections.abc import Callable

__all__ = ("Turn",)


class Turn:
    """Calls back at the end of the turn in which it was first asked to.

    Example:
        >>> async def story() -> None:
        ...     turn = Turn()
        ...     turn.ends_with(lambda: print("one"))
        ...     turn.ends_with(lambda: print("two"))
        ...     print("all is handled")
        ...     await asyncio.sleep(0)
        >>> asyncio.run(story())
        all is handled
        one
        two
    """

    __slots__ = ("_callbacks", "_loop")

    def __init__(self) -> None:
        self._callbacks: list[Callable[[], None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        """Where it was first asked to; a session may also end while its loop stands still."""

    def ends_with(self, callback: Callable[[], None]) -> None:
        """Call back at the end of this turn; what is called should not raise."""
        if not self._callbacks:
            if self._loop is None:
                self._loop = asyncio.get_running_loop()
            self._loop.call_soon(self.end)
        self._callbacks.append(callback)

    def end(self) -> None:
        """End it now; whoever stands behind one that breaks out is called in the next."""
        callbacks, self._callbacks = self._callbacks, []
        to_call = iter(callbacks)
        try:
            for callback in to_call:
                callback()
        finally:
            for callback in to_call:
                self.ends_with(callback)
