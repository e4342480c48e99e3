"""One whole session of a real server in memory, played from a story and then looked over.

Decides what must hold after any story: nothing was raised, nothing is held, no timer and no task is
left, no buffer was larger than its bound, each step was a row, and each answer is accounted for.
Where reads end never shows. Refuses to know which stories are worth telling.
"""

import asyncio
import base64
import hashlib
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Final
from unittest import mock

from driving.clock import ManualClock
from fuzz.answers import LINE, check_answers, check_steps, check_whose_answer
from fuzz.log import ErrorLog
from fuzz.loop import MemoryLoop, new_loop
from fuzz.script import Happening, Piece, Script, read_script
from fuzz.site import END_POINT, LARGEST_PIECE, SECRET, Site, services_of
from fuzz.transport import StoryTransport
from requite.generated.pop3 import Step
from requite.pop3.names import SessionId
from requite.pop3.sasl import BoundContext
from requite.pop3.server import Server
from requite.pop3.shell import Settings
from requite.pop3.shell.connection import Connection
from requite.pop3.wire.commands import Command
from sasl.scram_client import ScramClient

__all__ = ("Play", "play", "play_both_ways", "predictable")

PROXY: Final = "127.0.0.1"
STRANGER: Final = "127.0.0.2"
TRUSTED: Final = (ip_network(PROXY),)
WIDE: Final = Settings(proxies_trusted=TRUSTED)
CLEAR_TEXT_FORBIDDEN: Final = Settings(proxies_trusted=TRUSTED, plaintext_without_tls="never")
TIGHT: Final = Settings(
    proxies_trusted=TRUSTED,
    plaintext_without_tls="always",
    line_octets=64,
    sasl_line_octets=256,
    skipped_octets=512,
    input_octets=512,
    output_octets=1_024,
    commands_before_login_max=8,
    mistakes_max=3,
    failed_logins_max=2,
    commands_per_turn=3,
)
PASSES_S: Final = {"1": 1.0, "2": 30.0, "3": 3_600.0}
TAKEN_OCTETS: Final = 1_000
STRIDE_MIN: Final = 2
STRIDES: Final = 19
ENDINGS_MAX: Final = 200
"""Steps of waiting that bring any session to its end."""
STAMP: Final = "<1.2@localhost>"
NONCE: Final = "nonce-of-the-server-in-a-story"
DIGEST: Final = hashlib.md5(STAMP.encode() + SECRET).hexdigest().encode()  # noqa: S324
BOUND_FIRST: Final = b"p=tls-server-end-point,,"
CHALLENGE: Final = re.compile(rb"\+ ([A-Za-z0-9+/]+=*)\r\n\Z")
CERTIFICATE: Final = BoundContext(ssl.PROTOCOL_TLS_SERVER)
CERTIFICATE.end_point = END_POINT


def _stamp() -> str:
    return STAMP


def _nonce(_: int) -> str:
    return NONCE


@contextmanager
def predictable() -> Iterator[None]:
    """Take the chance out of timestamps and nonces, so that a story is always the same."""
    with (
        mock.patch("requite.pop3.shell.keeping.new_stamp", _stamp),
        mock.patch("requite.pop3.sasl.scram.secrets.token_urlsafe", _nonce),
    ):
        yield


class WatchedConnection(Connection):
    """A connection that is looked at whenever something arrives."""

    __slots__ = ("largest", "line_taken", "too_much")

    line_taken: Callable[[], None]
    largest: int
    """The octets of the largest read."""
    too_much: str
    """What was more than its bound; empty if nothing was."""

    def data_received(self, data: bytes) -> None:
        """Check the bounds afterwards."""
        self.largest = max(self.largest, len(data))
        super().data_received(data)
        self._check_bounds()

    @property
    def has_line(self) -> bool:
        """Whether a line has come that nobody has taken."""
        return self._lines.has_line

    def _check_bounds(self) -> None:
        """Note what is too much; to raise here would be to break the session."""
        settings = self._surroundings.settings
        kept = len(self._lines.kept) + len(self._early)
        bound = settings.input_octets + self.largest
        if kept > bound:
            self.too_much = f"expected at most {bound} octets of input, found {kept}"
        unsent, bound = self.output.unsent, settings.output_octets + LARGEST_PIECE
        if unsent > bound:
            self.too_much = f"expected at most {bound} octets of output, found {unsent}"

    def _next_command(self) -> Command | None:
        command = super()._next_command()
        if command is not None:
            self.line_taken()
            self._check_bounds()
        return command


@dataclass
class Play:
    """One story as it goes on."""

    script: Script
    loop: MemoryLoop = field(default_factory=new_loop)
    clock: ManualClock = field(default_factory=ManualClock)
    trace: list[Step | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Set everything up."""
        flags = self.script.flags
        self.site = site = Site(flags, self.loop, self.clock)
        settings = CLEAR_TEXT_FORBIDDEN if "f" in flags else WIDE
        self.server = Server(
            services_of(site, flags),
            TIGHT if "x" in flags else settings,
            tls=CERTIFICATE if flags & {"t", "z"} else None,
            clock=self.clock,
            observer=self._observe,
        )
        self.connection = WatchedConnection(
            self.server,
            self.server._begin,
            tls_first="z" in flags,
            proxies=self.server._proxies if "p" in flags else None,
        )
        self.connection.line_taken = lambda: self.trace.append(LINE)
        self.connection.largest = 0
        self.connection.too_much = ""
        self.transport = StoryTransport(
            self.loop,
            self.connection,
            STRANGER if "s" in flags else PROXY,
            quiet_abort="w" in flags,
        )
        self.scram = ScramClient(password=SECRET)
        self.answered_late = False

    def _observe(self, _: SessionId, step: Step) -> None:
        self.trace.append(step)

    # --- the story --------------------------------------------------------------------------------

    def tell(self, stride: int | None = None) -> None:
        """Let everything happen that the script says, and then whatever ends a session.

        Args:
            stride: how many octets there are in a read; as the script says, without.
        """
        pieces = self.script.pieces
        first = pieces[0] if pieces and "z" in self.script.flags else None
        if isinstance(first, bytes):
            self._receive(first, stride)
            pieces = pieces[1:]
        self.connection.connection_made(self.transport)
        if isinstance(first, bytes):
            self.transport.read_anyway()
            self.loop.run()
        for position, piece in enumerate(pieces):
            self._happen(piece, stride)
            if HURRIED.isdisjoint({piece, *pieces[position + 1 : position + 2]}):
                self.loop.run()
        self.loop.run()
        self._end()

    def _happen(self, piece: Piece, stride: int | None) -> None:
        if isinstance(piece, bytes):
            self._receive(piece, stride)
            return
        happen = HAPPENINGS.get(piece.letter)
        if happen is not None:
            self.answered_late |= bool(self.transport.untaken) and self.connection.has_line
            happen(self)
            return
        octets = SENDINGS[piece.letter](self) if piece.letter in SENDINGS else b""
        self._receive(octets, stride)

    def _receive(self, octets: bytes, stride: int | None) -> None:
        if stride is None:
            self.transport.receive(octets)
            return
        for at in range(0, len(octets), stride):
            self.transport.receive(octets[at : at + stride])

    def _end(self) -> None:
        """Let everybody lose patience, and every service answer at last."""
        self.transport.set_taking(to=True)
        self.transport.end()
        for _ in range(ENDINGS_MAX):
            self.loop.run()
            if not self.server.sessions and not self.server._futures:
                break
            if not self.site.answer():
                self.clock.advance(PASSES_S["3"])
        self.loop.run()

    # --- what is sent -----------------------------------------------------------------------------

    def scram_first(self, header: bytes, bound: bytes) -> bytes:
        """Begin SCRAM, with a client of its own."""
        self.scram = ScramClient(password=SECRET, header=header, bound=bound)
        return base64.b64encode(self.scram.first())

    def scram_final(self) -> bytes:
        """Answer the last challenge, if it is one that this client has asked for."""
        found = CHALLENGE.search(self.transport.written[-1_024:])
        if found is None or not hasattr(self.scram, "bare"):
            return b""
        challenge = base64.b64decode(found[1])
        if not challenge.startswith(b"r=" + self.scram.nonce.encode() + NONCE.encode()):
            return b""
        return base64.b64encode(self.scram.final(challenge))

    # --- afterwards -------------------------------------------------------------------------------

    def check(self, log: ErrorLog) -> None:
        """Check all that must hold when a session is over."""
        assert not self.connection.too_much, self.connection.too_much
        self._check_that_nothing_is_left()
        log.check(self.site.failures)
        assert not self.loop.complaints, f"expected no complaint, found {self.loop.complaints}"
        check_steps(self.trace)
        check_whose_answer(self.trace)
        written, cut_off = bytes(self.transport.written), self.transport.cut_off
        check_answers(written, self.trace, cut_off=cut_off)

    def _check_that_nothing_is_left(self) -> None:
        assert not self.server.sessions, f"expected no session, found {self._standing()}"
        self.site.give_back()
        books = self.site.ledger.books()
        assert not books, f"expected an empty ledger, found {books}"
        assert not self.site.locked, f"expected no lock, found {self.site.locked}"
        assert not self.site.opened, f"expected no open message, found {self.site.opened}"
        for one in (self.server._deadline, self.server._giving_up):
            if one is not None:
                one.cancel()  # As whoever waits for the end of a drain does.
        bells = len(self.clock.bells)
        assert not bells, f"expected no timer, found {bells}"
        tasks = [task for task in self.loop.tasks if not task.done()]
        assert not tasks, f"expected no task, found {tasks}"
        assert self.transport.lost, "expected the connection to be given back"

    @property
    def is_late(self) -> bool:
        """Whether anything happened before all that had come was read and answered.

        How much that was depends on reads: what is said in one turn is written at its end, and only
        then is a client seen not to take it.
        """
        return self.transport.read_late or self.answered_late

    def _standing(self) -> list[str]:
        return [one.machine.state.name for one in self.server.sessions.values()]


HURRIED: Final[frozenset[Piece]] = frozenset({Happening(","), Happening(".")})
"""What nothing settles before."""


def _nothing(_: Play) -> None:
    """Let nothing happen but the end of a read."""


HAPPENINGS: Final[dict[str, Callable[[Play], object]]] = {
    "|": _nothing,
    ",": _nothing,
    ".": lambda play: play.loop.turn(),
    "1": lambda play: play.clock.advance(PASSES_S["1"]),
    "2": lambda play: play.clock.advance(PASSES_S["2"]),
    "3": lambda play: play.clock.advance(PASSES_S["3"]),
    "v": lambda play: play.site.answer(),
    "e": lambda play: play.site.fail(),
    "c": lambda play: play.site.give_up(),
    "q": lambda play: play.transport.set_taking(to=False),
    "o": lambda play: play.transport.take(TAKEN_OCTETS),
    "g": lambda play: play.transport.set_taking(to=True),
    "h": lambda play: play.transport.end(),
    "r": lambda play: play.transport.reset(),
    "k": lambda play: [play.server.kick(one) for one in tuple(play.server.sessions)],
    "d": lambda play: play.server.drain(),
    "y": lambda play: play.transport.agree(agreed=True),
    "n": lambda play: play.transport.agree(agreed=False),
}
SENDINGS: Final[dict[str, Callable[[Play], bytes]]] = {
    "i": lambda play: play.scram_first(b"n,,", b""),
    "j": lambda play: play.scram_first(BOUND_FIRST, END_POINT),
    "p": Play.scram_final,
    "a": lambda _: DIGEST,
}


def play(script: Script, log: ErrorLog, *, stride: int | None = None) -> Play:
    """Play a story to its end, and check what must hold then."""
    told = Play(script)
    log.clear()
    asyncio._set_running_loop(told.loop)
    try:
        told.tell(stride)
        told.check(log)
    finally:
        asyncio._set_running_loop(None)
    return told


def play_both_ways(octets: bytes, log: ErrorLog) -> Play:
    """Play a story as it is told, and with other reads; both must give the same answers."""
    script = read_script(octets)
    told = play(script, log)
    if HURRIED.intersection(script.pieces) or told.is_late:
        return told
    again = play(script, log, stride=STRIDE_MIN + len(octets) % STRIDES)
    if not again.is_late:
        first, second = bytes(told.transport.written), bytes(again.transport.written)
        assert first == second, f"expected {first[-300:]!r}, found {second[-300:]!r}"
    return told
