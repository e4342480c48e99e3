"""The socket of one session: what is received is cut into lines and handled in turn.

Decides when to read, when to stop reading, and when TLS takes over.
Holds no rule about states: what the session waits for at the moment is the derived machine's to
say, and decides whether a line is taken from what was received.
"""

import asyncio
import logging
from collections.abc import Callable
from ssl import SSLContext
from typing import Final, Protocol, cast, runtime_checkable

from requite.generated.pop3 import Event, Wait
from requite.pop3.sasl import Certified, end_point_of
from requite.pop3.shell.address import NOT_YET_KNOWN, Address, read_address
from requite.pop3.shell.output import Output
from requite.pop3.shell.pace import Pace
from requite.pop3.shell.proxies import Proxies
from requite.pop3.shell.surroundings import Surroundings
from requite.pop3.shell.talker import NOBODY, Talker
from requite.pop3.wire.commands import Command, read_command, read_response
from requite.pop3.wire.lines import UTF8_LINE_OCTETS, LineReader
from requite.pop3.wire.proxy import HeaderReader, Unreadable

__all__ = ("Connection", "TakesBytes")

logger = logging.getLogger("requite.pop3")


@runtime_checkable
class TakesBytes(Protocol):
    """What TLS is to its transport in asyncio and in uvloop: a buffered protocol."""

    def get_buffer(self, sizehint: int) -> bytearray | memoryview:
        """Give room to write into."""
        ...

    def buffer_updated(self, nbytes: int) -> None:
        """Take what was written there."""
        ...


class Connection(asyncio.Protocol):
    """One client's socket, until it is dropped."""

    __slots__ = (
        "_advancing",
        "_early",
        "_end_due",
        "_ended",
        "_header",
        "_lines",
        "_pace",
        "_proxies",
        "_raw",
        "_reading_paused",
        "_session",
        "_shaking_hands",
        "_shut_due",
        "_surroundings",
        "_transport",
        "_turn_due",
        "_write_due",
        "begin",
        "certified",
        "closing",
        "end_point",
        "line_octets",
        "output",
        "peer",
        "peer_known",
        "tls_active",
        "tls_first",
    )

    def __init__(
        self,
        surroundings: Surroundings,
        begin: Callable[["Connection"], Talker],
        *,
        tls_first: bool,
        proxies: Proxies | None = None,
    ) -> None:
        self._surroundings = surroundings
        self.begin = begin
        self.tls_first = tls_first
        self.tls_active = False
        self.end_point: bytes | None = None
        """What a login can be bound to: the certificate that was shown, if any was."""
        self.certified: Certified | None = None
        """The account that the client's own certificate names, if it has shown one."""
        self.peer: Address = NOT_YET_KNOWN
        """The client's address, also where a proxy speaks for it."""
        self.peer_known = True
        """Whether it is the client's own; where a proxy does not say, it is the proxy's."""
        self._proxies = proxies
        self._header: HeaderReader | None = None
        """What is read before anything else, where a proxy is to say for whom it connects."""
        self._transport: asyncio.Transport | None = None
        self._raw: asyncio.Transport | None = None
        self._session: Talker = NOBODY
        settings = surroundings.settings
        self.line_octets = settings.line_octets
        """How long a command line may be, with its end."""
        longest = max(settings.line_octets, settings.sasl_line_octets, UTF8_LINE_OCTETS)
        self._lines = LineReader(sasl_line_octets=longest, skipped_octets=settings.skipped_octets)
        self.output = Output(surroundings, lambda: self._session.report(Event.WRITE_STALLED))
        self._pace = Pace(settings, surroundings.clock, self._crawls)
        self._early = b""
        self._reading_paused = self._shaking_hands = False
        self._advancing = self._turn_due = False
        self._write_due = self._shut_due = False
        self._ended = self._end_due = self.closing = False

    @property
    def is_local(self) -> bool:
        """Whether the client is known to be on this machine."""
        return self.peer_known and self.peer.is_loopback

    # --- what asyncio calls ---------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin the session, unless the client has gone already or the server stops."""
        # asyncio gives stream protocols a Transport; its signature says only BaseTransport.
        stream = cast("asyncio.Transport", transport)
        peername = transport.get_extra_info("peername")
        if peername is None or self._surroundings.draining:
            stream.abort()
            return
        self.peer = read_address(peername[0])
        self._transport = self._raw = stream
        self.output.attach(stream, raw=stream)
        self._session = self.begin(self)
        if self._proxies is not None:
            self._expect_a_header(self._proxies)
            return
        if self.tls_first:
            # What comes first is a handshake, for TLS to read.
            self._hold_reading()
        self._session.report(Event.CONNECTED)

    def _expect_a_header(self, proxies: Proxies) -> None:
        self._header = HeaderReader()
        self._session.report(Event.PROXIED)
        if not proxies.trusts(self.peer):
            proxies.warn_of(self.peer)
            self._session.report(Event.PROXY_DISTRUSTED)

    def _hold_reading(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def data_received(self, data: bytes) -> None:
        """Keep what was received, and handle the lines in it."""
        if self.closing or self._transport is None:
            return
        try:
            if self._header is None:
                self._keep(data)
            else:
                self._read_header(self._header, data)
        except Exception:
            logger.exception("What a client sent could not be kept.")
            self._session.report(Event.FAULTED)
            return
        self.advance()

    def _keep(self, data: bytes) -> None:
        if self.tls_first and not self.tls_active and not self._shaking_hands:
            # uvloop reads once whatever connection_made says, and a proxy's header may have brought
            # more; TLS is given it when it begins.
            self._early += data
            self._hold_reading()
            return
        self._lines.feed(data)
        self._pace.received(data)
        if self._transport is not None and self._input_is_full:
            self._transport.pause_reading()
            self._reading_paused = True

    @property
    def _input_is_full(self) -> bool:
        return len(self._lines.kept) > self._surroundings.settings.input_octets

    def _read_header(self, reader: HeaderReader, data: bytes) -> None:
        """Read on in a proxy's header; what stands behind it is the client's, and is kept first."""
        try:
            header = reader.feed(data)
        except Unreadable as error:
            logger.info("What came from %s is no header of a proxy: %s.", self.peer, error)
            self._session.report(Event.PROXY_UNREADABLE)
            return
        if header is None:
            return
        self._header = None
        self.peer_known = header.local or header.source is not None
        if header.source is not None:
            self.peer = read_address(str(header.source))
        self._keep(header.rest)
        self._session.report(Event.PROXY_NAMED)

    def eof_received(self) -> bool:
        """Note that the client sends no more; its half may be closed and ours still open."""
        self._ended = True
        self._write()
        if self._transport is None:
            return False
        if self.closing and self.output.unsent:
            self._close()  # Once what is on its way is taken.
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
            # There is nothing left to abort.
            self._transport = self._raw = None
            self.output.detach()
            self._session.report(Event.CONNECTION_LOST)

    def pause_writing(self) -> None:
        """Note that the client has not taken all of what was sent."""
        self.output.pause()

    def resume_writing(self) -> None:
        """Note that the client has taken what was sent, and go on in the next turn.

        Not in this one: asyncio looks after this call whether to finish a closing, and would do so
        twice if what goes on here closes.
        """
        self.output.resume()
        asyncio.get_running_loop().call_soon(self._go_on)

    def _go_on(self) -> None:
        self.output.taken()
        self.advance()

    # --- input ---------------------------------------------------------

    def advance(self) -> None:
        """Handle what was received, as far as the session waits for it; then write, by and by."""
        if self._advancing or self._turn_due or self._transport is None:
            return
        self._advancing = True
        try:
            self._handle_lines()
            if self._ended:
                self._report_the_end()
            if self.output.queue and not self._write_due:
                self._write_soon()
            if self._reading_paused:
                self._read_on()
        except Exception:
            logger.exception("What a client sent could not be handled.")
            self._advancing = False
            if self._transport is not None:
                self._session.report(Event.FAULTED)
        finally:
            self._advancing = False

    def _handle_lines(self) -> None:
        for _ in range(self._surroundings.settings.commands_per_turn):
            if not (self._lines.kept or self._surroundings.draining) or not self._takes_a_line():
                break
            if self._surroundings.draining:
                self._session.report(Event.DRAINED)
                break
            command = self._next_command()
            if command is None:
                self._pace.line_begun()
                break
            self._session.handle(command)
        else:
            # The next turn of the loop is the others'; there is nobody else to wake us.
            self._turn_due = True
            asyncio.get_running_loop().call_soon(self._take_a_turn)

    def _crawls(self) -> None:
        """Report that a client has had its time for lines, unless others are waited for now."""
        if self._session.waits_for in LINES:
            self._session.report(Event.TIME_EXPIRED)

    def _take_a_turn(self) -> None:
        self._turn_due = False
        self.advance()

    def _takes_a_line(self) -> bool:
        return (
            self._transport is not None
            and self._session.waits_for in LINES
            and not self.output.full
        )

    def _next_command(self) -> Command | None:
        if self._session.waits_for is Wait.RESPONSE:
            line = self._lines.next(self._surroundings.settings.sasl_line_octets)
            return None if line is None else read_response(line)
        line = self._lines.next(self.line_octets)
        return None if line is None else read_command(line)

    def _report_the_end(self) -> None:
        """Report the end of the stream once all that came before it is handled.

        It is reported where it is met, and again wherever the session then waits for a line.
        """
        if self._turn_due or self._transport is None or self._lines.has_line:
            return
        if self.closing and (self.output.unsent or self._transport.is_closing()):
            return  # The loss of the connection will be told, once everything is taken.
        if self._end_due or self._session.waits_for in LINES:
            self._end_due = False
            self.output.flush()
            self._session.report(Event.END_OF_STREAM)

    def _read_on(self) -> None:
        room = len(self._lines) * 2 < self._surroundings.settings.input_octets
        if (
            self._transport is not None
            and not self._transport.is_closing()
            and (self.closing or room)
        ):
            self._transport.resume_reading()
            self._reading_paused = False

    def forget_input(self) -> None:
        """Drop what was received and not handled, and read no more before TLS does.

        What comes in the clear after STLS, even in this very turn of the loop, is never a command
        (the class of CVE-2011-0411), and the handshake is not ours to read.
        """
        self._lines.forget()
        self._pace.line_ended()
        self._reading_paused = False  # Whoever paused for want of room must not resume now.
        self._hold_reading()

    # --- output ---------------------------------------------------------

    def _write_soon(self) -> None:
        self._write_due = True
        self._surroundings.turn.ends_with(self._write)

    def _write(self) -> None:
        """Write what is queued, and say after a farewell that no more comes."""
        self._write_due = False
        try:
            self.output.flush()
            if self._shut_due:
                self._shut_due = False
                self._say_the_end()
        except Exception:
            logger.exception("What a client is to be told could not be written.")
            if self._raw is not None:
                self._session.report(Event.FAULTED)

    def _say_the_end(self) -> None:
        self.output.progressed()
        if self._transport is None or not self._transport.can_write_eof() or self._ended:
            self._close()
            return
        try:
            self._transport.write_eof()
        except OSError:
            self._close()  # The client is gone already; that will be told.
        if self._reading_paused:
            self._read_on()

    def _close(self) -> None:
        """Close once everything is sent; a second call would break TLS in asyncio."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.close()

    # --- the socket ---------------------------------------------------------

    async def start_tls(self, context: SSLContext) -> bool:
        """Agree TLS; what is sent and received from then on is inside it.

        Returns:
            Whether it was agreed; a client that leaves, or is dropped meanwhile, has not agreed.
        """
        # What is said in the clear is taken before: the transport would tell TLS, which knows of no
        # pause, that it may go on, and us never.
        await self.output.until_taken()
        raw = self._raw
        if raw is None:
            return False
        self._shaking_hands = True
        loop = asyncio.get_running_loop()
        handshake = loop.start_tls(
            raw,
            self,
            context,
            server_side=True,
            ssl_handshake_timeout=FOR_EVER_S,
            ssl_shutdown_timeout=FOR_EVER_S,
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
        self._transport = transport
        self.output.attach(transport, raw=raw)
        self._shaking_hands = self._reading_paused = False
        tls = transport.get_extra_info("ssl_object")
        self.end_point = end_point_of(tls)
        certified = self._surroundings.services.certified
        self.certified = None if certified is None else certified.named_to(tls)
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
        self._pace.close()
        self.closing = True
        self._end_due = False
        self._shut_due = True
        self.output.progressed()
        self._write_soon()

    def drop(self) -> None:
        """Close the socket at once, and hear no more of it; what the kernel takes now is sent."""
        self._lines.forget()
        self._pace.close()
        raw, self._raw = self._raw, None
        self._write()
        self._transport = None
        self._session = NOBODY
        self.output.detach()
        if raw is not None:
            # Below TLS, whose own abort does nothing once it has been closed.
            raw.abort()


FOR_EVER_S: Final = 86_400.0
"""TLS may take its time to begin and to close: the session's own timers bound both."""
LINES: Final = (Wait.COMMAND, Wait.LOGIN, Wait.RESPONSE)
