"""The bytes of one session: received, cut into lines, queued, sent.

Decides when to read, when to stop reading, and how output is put into as few writes as it can be.
Holds no rule about states: what the session waits for at the moment is the derived machine's to
say, and decides whether a line is taken from what was received.
"""

import asyncio
import logging
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address
from ssl import SSLContext
from typing import Final, Protocol, cast, runtime_checkable

from requite.generated.pop3 import Event, Wait
from requite.pop3.shell.alarm import Alarm
from requite.pop3.shell.surroundings import Surroundings
from requite.pop3.wire.commands import Command, read_command, read_response
from requite.pop3.wire.lines import LineReader

__all__ = ("Connection", "TakesBytes", "Talker")

logger = logging.getLogger("requite.pop3")

COMMANDS_A_TURN: Final = 100
"""Commands of one client before others get their turn: about a millisecond."""
WRITE_OCTETS: Final = 65_536
"""Replies to pipelined commands are joined up to this size, and then written."""


@runtime_checkable
class TakesBytes(Protocol):
    """What TLS is to its transport in asyncio and in uvloop: a buffered protocol."""

    def get_buffer(self, sizehint: int) -> bytearray | memoryview:
        """Give room to write into."""
        ...

    def buffer_updated(self, nbytes: int) -> None:
        """Take what was written there."""
        ...


class Talker(Protocol):
    """The session, as its connection sees it."""

    waits_for: Wait

    def report(self, event: Event, /) -> None:
        """Take the step that an event asks for."""
        ...

    def handle(self, command: Command, /) -> None:
        """Take the step that a line asks for."""
        ...


class Connection(asyncio.Protocol):
    """One client's socket, until it is dropped."""

    __slots__ = (
        "_advancing",
        "_closing",
        "_early",
        "_end_due",
        "_ended",
        "_lines",
        "_out",
        "_out_octets",
        "_queued_octets",
        "_reading_paused",
        "_session",
        "_shaking_hands",
        "_stall",
        "_surroundings",
        "_taken",
        "_taken_octets",
        "_transport",
        "_writing_paused",
        "begin",
        "peer",
        "tls_active",
        "tls_first",
    )

    def __init__(
        self,
        surroundings: Surroundings,
        begin: Callable[["Connection"], Talker],
        *,
        tls_first: bool,
    ) -> None:
        self._surroundings = surroundings
        self.begin = begin
        self.tls_first = tls_first
        self.tls_active = False
        self.peer: IPv4Address | IPv6Address = IPv4Address("0.0.0.0")  # noqa: S104 - not yet known.
        self._transport: asyncio.Transport | None = None
        self._session: Talker
        settings = surroundings.settings
        self._lines = LineReader(
            sasl_line_octets=settings.sasl_line_octets, skipped_octets=settings.skipped_octets
        )
        self._stall = Alarm(surroundings.clock, self._look_for_progress)
        self._early = b""
        self._out: list[bytes] = []
        self._out_octets = 0
        self._queued_octets = 0
        self._taken_octets = 0
        self._taken: Callable[[], None] | None = None
        self._writing_paused = self._reading_paused = False
        self._advancing = self._closing = self._shaking_hands = False
        self._ended = self._end_due = False

    # --- what asyncio calls ---------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin the session."""
        # asyncio gives stream protocols a Transport; its signature says only BaseTransport.
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=0)
        self.peer = _address(transport.get_extra_info("peername"))
        if self.tls_first:
            # What comes first is a handshake, for TLS to read.
            self._hold_reading()
        self._session = self.begin(self)
        self._session.report(Event.CONNECTED)

    def _hold_reading(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def data_received(self, data: bytes) -> None:
        """Keep what was received, and handle the lines in it."""
        if self._closing or self._transport is None:
            return
        if self.tls_first and not self.tls_active:
            # uvloop reads once whatever connection_made says; TLS is given it when it begins.
            self._early += data
            self._hold_reading()
            return
        try:
            self._lines.feed(data)
        except Exception:
            logger.exception("What a client sent could not be kept.")
            self._session.report(Event.FAULTED)
            return
        if len(self._lines) > self._surroundings.settings.input_octets:
            self._transport.pause_reading()
            self._reading_paused = True
        self.advance()

    def eof_received(self) -> bool:
        """Note that the client sends no more; its half may be closed and ours still open."""
        self._ended = True
        if self._closing and self._unsent:
            # The farewell is still on its way: close once it is taken.
            self._open.close()
        else:
            self._end_due = True
            self.advance()
        return not self.tls_active

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the connection is gone, unless we dropped it ourselves.

        During a handshake this is one of the ways in which it fails, and is told by that.
        """
        del exc
        if self._transport is not None and not self._shaking_hands:
            self._session.report(Event.CONNECTION_LOST)

    def pause_writing(self) -> None:
        """Note that the client has not taken all of what was sent."""
        if self._transport is None:
            return
        self._writing_paused = True
        self._stall.start(self._surroundings.settings.write_s)
        self._taken_octets = self._queued_octets - self._unsent

    def resume_writing(self) -> None:
        """Note that the client has taken what was sent, and go on."""
        if self._transport is None:
            return
        self._writing_paused = False
        self._stall.stop()
        taken, self._taken = self._taken, None
        if taken is not None:
            taken()
        self.advance()

    # --- input ---------------------------------------------------------

    def advance(self) -> None:
        """Handle what was received, as far as the session waits for it; then write."""
        if self._advancing or self._transport is None:
            return
        self._advancing = True
        try:
            self._handle_lines()
        except Exception:
            logger.exception("What a client sent could not be handled.")
            self._session.report(Event.FAULTED)
        finally:
            self._advancing = False
        self.flush()
        if self._reading_paused and self._transport is not None:
            self._read_on()

    def _handle_lines(self) -> None:
        for _ in range(COMMANDS_A_TURN):
            if not self._takes_a_line():
                break
            if self._surroundings.draining:
                self._session.report(Event.DRAINED)
                break
            command = self._next_command()
            if command is None:
                break
            self._session.handle(command)
        else:
            # The next turn of the loop is the others'; there is nobody else to wake us.
            asyncio.get_running_loop().call_soon(self.advance)
            return
        self._report_the_end()

    def _takes_a_line(self) -> bool:
        return (
            self._transport is not None
            and self._session.waits_for in LINES
            and not (self._writing_paused and self.congested)
        )

    def _next_command(self) -> Command | None:
        settings = self._surroundings.settings
        if self._session.waits_for is Wait.RESPONSE:
            line = self._lines.next(settings.sasl_line_octets)
            return None if line is None else read_response(line)
        line = self._lines.next(settings.line_octets)
        return None if line is None else read_command(line)

    def _report_the_end(self) -> None:
        """Report the end of the stream once all that came before it is handled.

        It is reported where it is met, and again wherever the session then waits for a line.
        """
        if not self._ended or self._transport is None or self._lines.has_line:
            return
        if self._end_due or self._session.waits_for in LINES:
            self._end_due = False
            self.flush()
            self._session.report(Event.END_OF_STREAM)

    def _read_on(self) -> None:
        if self._closing or len(self._lines) * 2 < self._surroundings.settings.input_octets:
            self._open.resume_reading()
            self._reading_paused = False

    def forget_input(self) -> None:
        """Drop what was received and not handled, and read no more before TLS does.

        What comes in the clear after STLS, even in this very turn of the loop, is never a command
        (the class of CVE-2011-0411), and the handshake is not ours to read.
        """
        self._lines.forget()
        self._reading_paused = False  # Whoever paused for want of room must not resume now.
        self._hold_reading()

    # --- output ---------------------------------------------------------

    @property
    def _open(self) -> asyncio.Transport:
        if self._transport is None:
            raise ConnectionAbortedError("the socket has been dropped")
        return self._transport

    @property
    def _unsent(self) -> int:
        return self._open.get_write_buffer_size()

    @property
    def congested(self) -> bool:
        """Whether the client has yet to take what was sent before more is made."""
        self.flush()
        limit = self._surroundings.settings.output_octets
        return self._transport is not None and self._writing_paused and self._unsent >= limit

    def when_taken(self, callback: Callable[[], None]) -> None:
        """Call back once the client has taken what was sent."""
        self._taken = callback

    def send(self, *pieces: bytes) -> None:
        """Queue octets; they are written when everything at hand is handled.

        Pieces that are given together are written together: some clients look for the end of an
        answer in one read only.
        """
        self._out += pieces
        self._out_octets += sum(map(len, pieces))
        if self._out_octets >= WRITE_OCTETS:
            self.flush()

    def flush(self) -> None:
        """Write what is queued, in one piece."""
        if not self._out or self._transport is None:
            return
        data = self._out[0] if len(self._out) == 1 else b"".join(self._out)
        self._out.clear()
        self._out_octets = 0
        self._queued_octets += len(data)
        self._transport.write(data)

    def _look_for_progress(self) -> None:
        """See whether the client has taken anything since the write timer was started."""
        if self._transport is None:
            return
        taken = self._queued_octets - self._unsent
        if taken > self._taken_octets or not self._unsent:
            self._taken_octets = taken
            self._stall.start(self._surroundings.settings.write_s)
        else:
            self._session.report(Event.WRITE_STALLED)

    # --- the socket ---------------------------------------------------------

    async def start_tls(self, context: SSLContext, *, handshake_s: float) -> bool:
        """Agree TLS; what is sent and received from then on is inside it.

        Returns:
            Whether it was agreed; a client that leaves, or takes too long, has not agreed.
        """
        self._shaking_hands = True
        loop = asyncio.get_running_loop()
        raw = self._open
        handshake = loop.start_tls(
            raw, self, context, server_side=True, ssl_handshake_timeout=handshake_s
        )
        try:
            if self._early:
                # The task's first step tells TLS of its transport in the turn after it; what was
                # read too early is handed over right behind.
                task = loop.create_task(handshake)
                loop.call_soon(loop.call_soon, self._hand_over, raw)
                transport = await task
            else:
                transport = await handshake
        except OSError as error:
            logger.info("A TLS handshake failed: %s.", error)
            return False
        if self._transport is None or transport is None:
            # An abort during the handshake is not an error to every event loop.
            if transport is not None:
                transport.abort()
            return False
        transport.set_write_buffer_limits(high=1)  # TLS pauses at the limit, TCP above it.
        self._transport = transport
        self._shaking_hands = self._reading_paused = False
        self.tls_active = True
        return True

    def _hand_over(self, raw: asyncio.Transport) -> None:
        """Give TLS what was read of the handshake before it began."""
        early, self._early = self._early, b""
        protocol = raw.get_protocol()
        while early and isinstance(protocol, TakesBytes):
            room = memoryview(protocol.get_buffer(len(early)))
            taken = min(len(room), len(early))
            room[:taken] = early[:taken]
            protocol.buffer_updated(taken)
            early = early[taken:]

    def shut(self) -> None:
        """Send what is queued, say that no more comes, and hear nothing but the client's end."""
        self._lines.forget()
        self._closing = True
        self.flush()
        if self._open.can_write_eof() and not self._ended:
            self._open.write_eof()
            if self._reading_paused:
                self._read_on()
        else:
            self._open.close()

    def drop(self) -> None:
        """Close the socket at once, and hear no more of it."""
        self._stall.close()
        self._lines.forget()
        self._out.clear()
        self._taken = None
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.abort()


LINES: Final = (Wait.COMMAND, Wait.RESPONSE)


def _address(peername: object) -> IPv4Address | IPv6Address:
    """Read a client's address; one that is mapped into IPv6 is the IPv4 address it stands for."""
    host = peername[0] if isinstance(peername, tuple) else "127.0.0.1"
    address = ip_address(str(host).partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
