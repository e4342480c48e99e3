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

    __slots__ = ("_callbacks",)

    def __init__(self) -> None:
        self._callbacks: list[Callable[[], None]] = []

    def ends_with(self, callback: Callable[[], None]) -> None:
        """Call back at the end of this turn; what is called must not raise."""
        if not self._callbacks:
            asyncio.get_running_loop().call_soon(self.end)
        self._callbacks.append(callback)

    def end(self) -> None:
        """End it now."""
        callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()
