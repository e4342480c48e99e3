"""An event loop without sockets, threads and time of its own.

Decides that callbacks run in the order in which they were asked for, as asyncio's do, and that
whatever one of them raises is kept. Refuses to wait: whoever drives it says when something happens.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from contextvars import Context
from ssl import SSLContext
from typing import Any, Final, Protocol, TypeVar

__all__ = ("BeginsTLS", "MemoryLoop", "new_loop")

T = TypeVar("T")
CALLBACKS_MAX: Final = 100_000
"""More than any story needs; only one that goes round in circles needs more."""


class BeginsTLS(Protocol):
    """What a transport does when TLS is to be agreed on it."""

    async def begin_tls(
        self, protocol: asyncio.BaseProtocol, context: SSLContext
    ) -> asyncio.Transport | None:
        """Agree TLS."""
        ...


class MemoryLoop(asyncio.AbstractEventLoop):
    """The part of an event loop that a session needs."""

    def __init__(self) -> None:
        self._ready: deque[asyncio.Handle] = deque()
        self.complaints: list[dict[str, Any]] = []
        """What callbacks raised and nobody caught."""
        self.tasks: list[asyncio.Task[Any]] = []

    def run(self) -> None:
        """Call whatever is to be called, until nothing is."""
        ready = self._ready
        for _ in range(CALLBACKS_MAX):
            if not ready:
                return
            handle = ready.popleft()
            if not handle.cancelled():
                handle._run()
        raise AssertionError(f"expected rest after {CALLBACKS_MAX} callbacks, found {ready[0]!r}")

    def turn(self) -> None:
        """Call what is to be called in this turn, and nothing that is asked for in it."""
        for _ in range(len(self._ready)):
            handle = self._ready.popleft()
            if not handle.cancelled():
                handle._run()

    # --- what asyncio and the server call ---------------------------------------------------------

    def call_soon(
        self, callback: Callable[..., object], *args: object, context: Context | None = None
    ) -> asyncio.Handle:
        """Call back in the next turn."""
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def create_future(self) -> asyncio.Future[Any]:
        """Make a future of this loop."""
        return asyncio.Future(loop=self)

    def create_task(  # type: ignore[override]  # typeshed's signature changes with each version.
        self, coro: Coroutine[Any, Any, T], **_: object
    ) -> asyncio.Task[T]:
        """Make a task of this loop, and remember it."""
        task = asyncio.Task(coro, loop=self)
        self.tasks.append(task)
        return task

    def run_in_executor(
        self, executor: Executor | None, func: Callable[..., T], *args: object
    ) -> asyncio.Future[T]:
        """Do in the next turn what a thread would do by and by."""
        del executor
        future: asyncio.Future[T] = self.create_future()
        self.call_soon(self._do, future, func, args)
        return future

    @staticmethod
    def _do(future: asyncio.Future[T], func: Callable[..., T], args: tuple[object, ...]) -> None:
        if future.done():
            return
        try:
            future.set_result(func(*args))
        except OSError as error:
            future.set_exception(error)

    async def start_tls(  # type: ignore[override]  # Nothing is said of the server's side here.
        self,
        transport: BeginsTLS,
        protocol: asyncio.BaseProtocol,
        sslcontext: SSLContext,
        **_: object,
    ) -> asyncio.Transport | None:
        """Let the story say whether TLS is agreed."""
        return await transport.begin_tls(protocol, sslcontext)

    def get_debug(self) -> bool:
        """Be quick."""
        return False

    def is_running(self) -> bool:
        """Say that callbacks run."""
        return True

    def is_closed(self) -> bool:
        """Be open."""
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Keep what went wrong."""
        self.complaints.append(context)


def new_loop() -> MemoryLoop:
    """Make a loop; what no session needs of one is not there."""
    return MemoryLoop()  # type: ignore[abstract]
