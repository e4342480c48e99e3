"""One connection to a server that answers each line with a line.

Decides when a connection is fit for use. A question that nobody waits for to the end makes it
unfit, because its answer would be taken for that of the next.
"""

import asyncio
from collections.abc import Callable
from typing import Final

__all__ = ("Connection", "open_connection")


class Connection(asyncio.Protocol):
    """A connection; made by `open_connection`."""

    def __init__(self) -> None:
        self.gone: Final = asyncio.Event()
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._answer: asyncio.Future[str] | None = None
        self._on_lost: Callable[[], None] | None = None

    @property
    def fit(self) -> bool:
        """Whether a question can be asked."""
        return self._transport is not None and not self._transport.is_closing()

    async def ask(self, question: str) -> str:
        """Ask one question, and return the answer to it.

        Raises:
            ConnectionError: the connection broke; there is no answer.
        """
        if self._transport is None or self._transport.is_closing():
            raise ConnectionResetError("the connection is gone")
        self._transport.write(question.encode() + b"\n")
        self._answer = asyncio.get_running_loop().create_future()
        try:
            return await self._answer
        except asyncio.CancelledError:
            self.abort()
            raise
        finally:
            self._answer = None

    def abort(self) -> None:
        """Close it, without waiting for anything; it is lost in a later turn."""
        if self._transport is not None:
            self._transport.abort()

    def when_lost(self, on_lost: Callable[[], None] | None) -> None:
        """Have this called once when the connection is lost, in place of what was to be called."""
        self._on_lost = on_lost
        if self.gone.is_set():
            asyncio.get_running_loop().call_soon(self._tell)

    def _tell(self) -> None:
        on_lost, self._on_lost = self._on_lost, None
        if on_lost is not None:
            on_lost()

    # --- what the event loop calls ----------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        # A protocol made for create_connection is always given a transport of streams.
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the type checker.
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Hand over an answer when its line is complete."""
        self._received += data
        line, end, rest = self._received.partition(b"\n")
        if end:
            self._received = rest
            if self._answer is not None and not self._answer.done():
                self._answer.set_result(line.decode())

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail who waits for an answer, and tell who borrowed it."""
        self.gone.set()
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("the connection broke"))
        self._tell()


async def open_connection(host: str, port: int) -> Connection:
    """Open a connection.

    Raises:
        OSError: nobody listens there.
    """
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(Connection, host, port)
    return connection
