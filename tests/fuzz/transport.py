"""A client's socket that is none: it does what asyncio's transport does, when a story says so.

Decides in which order a session is told what, after asyncio's own `selector_events`: data in reads
of their own, the end after all data, a loss once and in a turn of its own. Refuses to know what is
sent. TLS is a transport above that agrees or not, and changes no octet.
"""

import asyncio
from collections import deque
from ssl import SSLContext
from types import SimpleNamespace
from typing import Any, Final

from fuzz.loop import MemoryLoop

__all__ = ("SealedTransport", "StoryTransport")

HANDSHAKE_OCTETS: Final = 64
"""The room that TLS gives at a time, in a buffered protocol."""


CERTIFICATE: Final = {"subject": ((("commonName", "alice"),),)}
"""What a client shows in a handshake, as `ssl` has it."""


class Handshake(asyncio.BufferedProtocol):
    """TLS, as long as it is being agreed: it takes whatever comes."""

    def __init__(self, waiter: "asyncio.Future[bool]") -> None:
        self.waiter = waiter

    def get_buffer(self, sizehint: int) -> bytearray:
        """Give room."""
        return bytearray(min(max(1, sizehint), HANDSHAKE_OCTETS))

    def buffer_updated(self, nbytes: int) -> None:
        """Take it."""

    def fail(self, error: Exception) -> None:
        """Tell who waits that it cannot be agreed."""
        if not self.waiter.done():
            self.waiter.set_exception(error)


class StoryTransport(asyncio.Transport):
    """A connection in memory."""

    def __init__(
        self, loop: MemoryLoop, protocol: asyncio.Protocol, peer: str, *, quiet_abort: bool
    ) -> None:
        super().__init__({"peername": (peer, 49_152)})
        self._loop = loop
        self.protocol = protocol
        self._quiet_abort = quiet_abort
        self.written = bytearray()
        """Everything that was ever written."""
        self.handshake: Handshake | None = None
        self._inbox: deque[bytes] = deque()
        self._high = 65_536
        self._paused_reading = self._paused_writing = False
        self.taking = True
        self.untaken = 0
        self.closing = self.lost = self._ended = self._end_told = self._shut = False
        self._was_reset = self._sealed = False
        self.read_late = False
        """Whether anything had to wait because the session was not reading."""

    # --- what the client does ---------------------------------------------------------------------

    def receive(self, data: bytes) -> None:
        """Let octets arrive."""
        if data and not self._ended:
            self._inbox.append(data)
            self._loop.call_soon(self._read_ready)

    def read_anyway(self) -> None:
        """Read once although reading is paused, as uvloop does after a connection is made."""
        if self._inbox and not self.closing:
            self.protocol.data_received(self._inbox.popleft())

    def end(self) -> None:
        """Send no more."""
        self._ended = True
        self._loop.call_soon(self._read_ready)

    def reset(self) -> None:
        """Break the connection."""
        self._was_reset = True
        self._break(ConnectionResetError("the story says so"))

    def take(self, octets: int) -> None:
        """Take some of what waits."""
        if not self.untaken:
            return
        self.untaken = max(0, self.untaken - octets)
        if self._paused_writing and self.untaken <= self._high // 4:
            self._paused_writing = False
            self.protocol.resume_writing()
        if not self.untaken and self.closing and not self.lost:
            self.lost = True
            self._tell_the_loss(None)  # In this very turn, as asyncio does.

    def set_taking(self, *, to: bool) -> None:
        """Take everything from now on, or nothing."""
        self.taking = to
        if to:
            self.take(self.untaken)

    @property
    def cut_off(self) -> bool:
        """Whether answers may be missing: it was reset, or a client inside TLS has ended.

        asyncio knows of no half-closed TLS: at the end of what comes in it closes both ways.
        """
        return self._was_reset or (self._sealed and self._end_told)

    # --- reading ----------------------------------------------------------------------------------

    def _read_ready(self) -> None:
        if self.closing or self._end_told:
            return
        if self.handshake is not None:
            self._inbox.clear()
            if self._ended:
                self._break(ConnectionResetError("the end came in a handshake"))
            return
        if self._paused_reading:
            self.read_late = True
            return
        if self._inbox:
            self.protocol.data_received(self._inbox.popleft())
            self._loop.call_soon(self._read_ready)
        elif self._ended:
            self._end_told = True
            if not self.protocol.eof_received():
                self.close()

    def pause_reading(self) -> None:
        """Deliver nothing for now."""
        if not self.closing:
            self._paused_reading = True

    def resume_reading(self) -> None:
        """Deliver again."""
        if self._paused_reading and not self.closing:
            self._paused_reading = False
            self._loop.call_soon(self._read_ready)

    # --- writing ----------------------------------------------------------------------------------

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write down, and keep what the client does not take."""
        assert not self._shut, "expected nothing to be written after the end was said"
        if self.lost:
            return
        self.written += data
        if self.taking and not self.untaken:
            return
        self.untaken += len(data)
        if self.untaken > self._high and not self._paused_writing:
            self._paused_writing = True
            self.protocol.pause_writing()

    def get_write_buffer_size(self) -> int:
        """Say what waits for the client."""
        return self.untaken

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Pause above a limit."""
        del low
        self._high = 65_536 if high is None else high

    def can_write_eof(self) -> bool:
        """Be a socket in this."""
        return True

    def write_eof(self) -> None:
        """Say that no more comes."""
        self._shut = True

    # --- closing ----------------------------------------------------------------------------------

    def is_closing(self) -> bool:
        """Say whether it is being closed."""
        return self.closing

    def close(self) -> None:
        """Close, once everything is taken."""
        if not self.closing:
            self.closing = True
            if not self.untaken:
                self._lose_soon()

    def abort(self) -> None:
        """Close at once."""
        self._break(None)

    def _break(self, error: Exception | None) -> None:
        self.untaken = 0
        self.closing = True
        self._lose_soon(error)

    def _lose_soon(self, error: Exception | None = None) -> None:
        if not self.lost:
            self.lost = True
            self._inbox.clear()
            self._loop.call_soon(self._tell_the_loss, error)

    def _tell_the_loss(self, error: Exception | None) -> None:
        handshake = self.handshake
        if handshake is None:
            self.protocol.connection_lost(error)
        elif self._quiet_abort and error is None:
            if not handshake.waiter.done():
                handshake.waiter.set_result(False)
        else:
            handshake.fail(error or ConnectionAbortedError("it was aborted"))

    # --- TLS --------------------------------------------------------------------------------------

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Give who is told what happens."""
        return self.handshake or self.protocol

    async def begin_tls(
        self, protocol: asyncio.BaseProtocol, context: SSLContext
    ) -> asyncio.Transport | None:
        """Wait until the story says whether TLS is agreed."""
        assert protocol is self.protocol
        self.handshake = handshake = Handshake(self._loop.create_future())
        self._paused_reading = False
        self._loop.call_soon(self._read_ready)
        try:
            agreed = await handshake.waiter
        except OSError:
            self.close()
            raise
        finally:
            self.handshake = None
        self._sealed = agreed
        return SealedTransport(self, context) if agreed else None

    def agree(self, *, agreed: bool) -> None:
        """End a handshake, if there is one."""
        if self.handshake is None or self.handshake.waiter.done():
            return
        if agreed:
            self.handshake.waiter.set_result(True)
        else:
            self.handshake.fail(ConnectionError("the story says so"))


class SealedTransport(asyncio.Transport):
    """What is above TLS: it changes nothing, and cannot be half-closed."""

    def __init__(self, below: StoryTransport, context: SSLContext) -> None:
        shown = SimpleNamespace(context=context, getpeercert=lambda: CERTIFICATE)
        super().__init__({"ssl_object": shown})
        self._below = below

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - it is another's.
        """Be what is below."""
        return getattr(self._below, name)

    def get_extra_info(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 - as asyncio.
        """Tell of TLS as well."""
        own = super().get_extra_info(name)
        return self._below.get_extra_info(name, default) if own is None else own

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write below."""
        self._below.write(data)

    def get_write_buffer_size(self) -> int:
        """Keep nothing here."""
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Pause as below."""
        self._below.set_write_buffer_limits(high, low)

    def pause_reading(self) -> None:
        """Pause below."""
        self._below.pause_reading()

    def resume_reading(self) -> None:
        """Resume below."""
        self._below.resume_reading()

    def is_closing(self) -> bool:
        """Say whether what is below is being closed."""
        return self._below.is_closing()

    def can_write_eof(self) -> bool:
        """Know of no half-closed TLS."""
        return False

    def close(self) -> None:
        """Close below."""
        self._below.close()

    def abort(self) -> None:
        """Close below, at once."""
        self._below.abort()
