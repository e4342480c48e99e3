"""Sending what is longer than a line: listings and messages, in constant memory.

Decides how much is read and written at a time, and waits for the reader in between. Refuses to
decide what is sent before and after; that is the declaration's.
"""

import logging
from asyncio import Future, get_running_loop
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import Executor
from functools import lru_cache
from typing import Final, Protocol, TypeAlias, TypeGuard

from requite.pop3.services import AtOnce, Content, Message
from requite.pop3.wire.content import StoredForm, TopForm, WireForm

__all__ = (
    "MESSAGE_INLINE_OCTETS",
    "MessageSender",
    "Outlet",
    "form_of",
    "scan_listings",
    "unique_ids",
)

Form: TypeAlias = WireForm | StoredForm | TopForm
"""How the octets of a message become those of the wire."""

logger = logging.getLogger("requite.pop3")

CHUNK_OCTETS: Final = 262_144
"""Read from a disk in one piece; a quarter of the memory that a session may use for buffers."""
MESSAGE_INLINE_OCTETS: Final = 65_536
"""A message up to this size is read on the event loop: some 20 us from the page cache, less than a
thread costs to be asked."""
PASSED_OCTETS: Final = 1_048_576
"""Sent past us in one turn of the loop: about 0.1 ms, and a socket rarely takes as much."""
BAIT_OCTETS: Final = 16_384
"""Written when the socket is full, so that the transport says when it takes more, and at the end:
little, because what is written is copied."""
UNREADABLE: Final = "A message could not be read to its end."
LISTING_LINES: Final = 1_000
"""Lines of a listing that are made in one piece: at most 73 KB of unique ids."""


class Outlet(Protocol):
    """Where to send: the connection, as a sender sees it."""

    def send(self, *pieces: bytes) -> None:
        """Queue octets for the peer, to be written together."""
        ...

    def send_through(self, send: Callable[[int], int]) -> int | None:
        """Let something send to the peer's socket itself, or give None where nothing may."""
        ...

    @property
    def drained(self) -> bool:
        """Whether the peer has taken everything."""
        ...

    @property
    def congested(self) -> bool:
        """Whether the peer has yet to take what was sent before more is made."""
        ...

    def when_taken(self, callback: Callable[[], None]) -> None:
        """Call back once the peer has taken what was sent."""
        ...


def scan_listings(messages: Sequence[Message], deleted: AbstractSet[int]) -> Iterator[bytes]:
    """Yield the lines of LIST in pieces, to the final dot (RFC 1939 section 5)."""
    return _pieces(
        f"{number} {message.octets}\r\n"
        for number, message in enumerate(messages, 1)
        if number not in deleted
    )


def unique_ids(messages: Sequence[Message], deleted: AbstractSet[int]) -> Iterator[bytes]:
    """Yield the lines of UIDL in pieces, to the final dot (RFC 1939 section 7)."""
    return _pieces(
        f"{number} {message.uid}\r\n"
        for number, message in enumerate(messages, 1)
        if number not in deleted
    )


def _pieces(lines: Iterator[str]) -> Iterator[bytes]:
    """Join lines; the final dot is never alone, so that no write begins inside the end."""
    piece: list[str] = []
    for line in lines:
        if len(piece) == LISTING_LINES:
            yield "".join(piece).encode("ascii")
            piece.clear()
        piece.append(line)
    piece.append(".\r\n")
    yield "".join(piece).encode("ascii")


@lru_cache(maxsize=64)
def _is_at_once(kind: type[object]) -> bool:
    return issubclass(kind, AtOnce)


def _offers_at_once(content: Content | AtOnce) -> TypeGuard[AtOnce]:
    """Say whether a content offers `AtOnce`; to ask its class anew costs some 15 us each time."""
    return _is_at_once(type(content))


def form_of(content: Content, *, octets: int, lines: int | None) -> Form:
    """Choose how a message's octets become those of the wire.

    Args:
        content: the open message.
        octets: its exact size.
        lines: how many lines of the body TOP asks for; None is RETR.
    """
    as_wire = content.stored_octets == octets
    if lines is not None:
        return TopForm(lines, stored_as_wire=as_wire)
    if as_wire and _offers_at_once(content) and content.sent_as_stored():
        return StoredForm()
    return WireForm(stored_as_wire=as_wire)


class MessageSender:
    """Sends one message, and says exactly once how that ended.

    Args:
        content: the open message; whoever opened it closes it.
        form: how its octets become those of the wire.
        outlet: where to send.
        readers: the threads that read.
        ended: is told True when all of it was sent, False when it could not be read, had not the
            octets that it should, or was stopped. It is told only when no read is outstanding, so
            that the content may be closed then.
        octets: its exact size. The final dot is never sent after any other number of octets.
    """

    __slots__ = (
        "_at_once",
        "_content",
        "_ended",
        "_form",
        "_left",
        "_octets",
        "_outlet",
        "_passes",
        "_readers",
        "_reading",
        "_stopped",
    )

    def __init__(  # noqa: PLR0913 - it stands between four others, and no two could be swapped.
        self,
        content: Content,
        form: Form,
        outlet: Outlet,
        readers: Executor,
        ended: Callable[[bool], None],
        *,
        octets: int,
    ) -> None:
        self._content = content
        self._left = content.stored_octets
        self._at_once = content if _offers_at_once(content) else None
        self._form = form
        self._outlet = outlet
        self._readers = readers
        self._ended = ended
        self._octets = octets
        self._passes = False
        """Whether octets can go past us, for which nothing may wait before them."""
        self._reading = False
        self._stopped = False

    def start(self) -> None:
        """Begin; a small message is sent before this returns, unless a disk is waited for."""
        if self._left > MESSAGE_INLINE_OCTETS:
            self._go_on()
        else:
            self._send_small()

    def stop(self) -> None:
        """Read no further; the end is told now, or once an outstanding read is done."""
        self._stopped = True
        if not self._reading:
            self._end(sent=False)

    def _send_small(self) -> None:
        """Send a small message in one piece with what was said before it."""
        pieces: list[bytes] = []
        chunk: bytes | None = b""
        read = self._content.read if self._at_once is None else self._at_once.read_at_once
        try:
            while self._left > 0 and (chunk := read(CHUNK_OCTETS)):
                self._left -= len(chunk)
                pieces.append(self._form.feed(chunk))
        except Exception:
            logger.exception(UNREADABLE)
            self._end(sent=False)
            return
        if chunk is None:
            self._outlet.send(*pieces)
            self._read_in_thread()
        else:
            self._finish(*pieces)

    def _go_on(self) -> None:
        """Send the next piece: past us, or read here where that takes no time, or in a thread."""
        if self._stopped:
            return
        if self._outlet.congested or (self._passes and not self._outlet.drained):
            self._outlet.when_taken(self._go_on)
            return
        try:
            passed = self._pass_by()
            chunk = None if passed else self._read_here(passed)
        except Exception:
            logger.exception(UNREADABLE)
            self._end(sent=False)
            return
        if passed:
            self._left -= passed
            get_running_loop().call_soon(self._go_on)
        elif chunk is None:
            self._read_in_thread()
        else:
            self._take(chunk)

    def _pass_by(self) -> int | None:
        """Send octets as they are stored, without reading them; None where that cannot be."""
        message, form = self._at_once, self._form
        # The last octets are read, and written with the final dot: as in listings, it is not alone.
        wanted = min(PASSED_OCTETS, self._left - BAIT_OCTETS)
        if message is None or not isinstance(form, StoredForm) or wanted <= 0:
            return None
        passed = self._outlet.send_through(lambda socket: message.send_at_once(socket, wanted))
        self._passes = passed is not None
        form.pass_by(passed or 0)
        return passed

    def _read_here(self, passed: int | None) -> bytes | None:
        """Read what nobody waits for, and little of it where only the socket is waited for."""
        if self._at_once is None:
            return None
        return self._at_once.read_at_once(CHUNK_OCTETS if passed is None else BAIT_OCTETS)

    def _read_in_thread(self) -> None:
        self._reading = True
        future = get_running_loop().run_in_executor(self._readers, self._content.read, CHUNK_OCTETS)
        future.add_done_callback(self._read)

    def _read(self, future: "Future[bytes]") -> None:
        self._reading = False
        error = None if future.cancelled() else future.exception()
        if error is not None:
            logger.error(UNREADABLE, exc_info=error)
        if error is not None or self._stopped or future.cancelled():
            self._end(sent=False)
        else:
            self._take(future.result())

    def _take(self, chunk: bytes) -> None:
        """Send what was read; where it is nothing, there is no more."""
        self._left -= len(chunk)
        wire = self._form.feed(chunk)
        if not chunk or self._is_complete or self._left <= 0:
            self._finish(wire)
        else:
            self._outlet.send(wire)
            # The next turn of the loop: others have theirs in between.
            get_running_loop().call_soon(self._go_on)

    @property
    def _is_complete(self) -> bool:
        return isinstance(self._form, TopForm) and self._form.complete

    def _finish(self, *pieces: bytes) -> None:
        """End the message, if it is the one that was announced."""
        if not self._is_complete and self._form.octets != self._octets:
            found = self._form.octets
            logger.error("Expected a message of %d octets, found %d.", self._octets, found)
            self._end(sent=False)
            return
        self._outlet.send(*pieces, self._form.finish())
        if self._outlet.drained:
            self._end(sent=True)
        else:
            self._outlet.when_taken(self._taken)

    def _taken(self) -> None:
        if not self._stopped:
            self._end(sent=True)

    def _end(self, *, sent: bool) -> None:
        self._stopped = True
        self._ended(sent)
