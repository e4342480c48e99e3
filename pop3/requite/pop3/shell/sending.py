"""Sending what is longer than a line: listings and messages, in constant memory.

Decides how much is read and written at a time, and waits for the reader in between. Refuses to
decide what is sent before and after; that is the declaration's.
"""

import logging
from asyncio import Future, get_running_loop
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import Executor
from typing import Final, Protocol

from requite.pop3.services import Content, Message
from requite.pop3.wire.content import TopForm, WireForm

__all__ = ("MESSAGE_INLINE_OCTETS", "MessageSender", "Outlet", "scan_listings", "unique_ids")

logger = logging.getLogger("requite.pop3")

CHUNK_OCTETS: Final = 262_144
"""Read from a disk in one piece; a quarter of the memory that a session may use for buffers."""
MESSAGE_INLINE_OCTETS: Final = 65_536
"""A message up to this size is read on the event loop: some 20 us from the page cache, less than a
thread costs to be asked."""
LISTING_LINES: Final = 1_000
"""Lines of a listing that are made in one piece: at most 73 KB of unique ids."""


class Outlet(Protocol):
    """Where to send: the connection, as a sender sees it."""

    def send(self, *pieces: bytes) -> None:
        """Queue octets for the peer, to be written together."""
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


class MessageSender:
    """Sends one message, and says exactly once how that ended.

    Args:
        content: the open message; whoever opened it closes it.
        form: how its octets become those of the wire.
        outlet: where to send.
        readers: the threads that read.
        ended: is told True when all of it was sent, False when it could not be read or was
            stopped. It is told only when no read is outstanding, so that the content may be
            closed then.
    """

    __slots__ = (
        "_content",
        "_ended",
        "_form",
        "_left",
        "_outlet",
        "_readers",
        "_reading",
        "_stopped",
    )

    def __init__(
        self,
        content: Content,
        form: WireForm | TopForm,
        outlet: Outlet,
        readers: Executor,
        ended: Callable[[bool], None],
    ) -> None:
        self._content = content
        self._left = content.stored_octets
        self._form = form
        self._outlet = outlet
        self._readers = readers
        self._ended = ended
        self._reading = False
        self._stopped = False

    def start(self) -> None:
        """Begin; a small message is sent before this returns."""
        if self._left > MESSAGE_INLINE_OCTETS:
            self._go_on()
            return
        pieces = []
        while chunk := self._content.read(CHUNK_OCTETS):
            pieces.append(self._form.feed(chunk))
        self._finish(*pieces)

    def stop(self) -> None:
        """Read no further; the end is told now, or once an outstanding read is done."""
        self._stopped = True
        if not self._reading:
            self._end(sent=False)

    def _go_on(self) -> None:
        if self._stopped:
            return
        if self._outlet.congested:
            self._outlet.when_taken(self._go_on)
            return
        self._reading = True
        future = get_running_loop().run_in_executor(self._readers, self._content.read, CHUNK_OCTETS)
        future.add_done_callback(self._read)

    def _read(self, future: "Future[bytes]") -> None:
        self._reading = False
        error = None if future.cancelled() else future.exception()
        if error is not None:
            logger.error("A message could not be read to its end.", exc_info=error)
        if self._stopped or future.cancelled() or error is not None:
            self._end(sent=False)
            return
        chunk = future.result()
        self._left -= len(chunk)
        wire = self._form.feed(chunk)
        complete = isinstance(self._form, TopForm) and self._form.complete
        if complete or not chunk or self._left <= 0:
            self._finish(wire)
        else:
            self._outlet.send(wire)
            self._go_on()

    def _finish(self, *pieces: bytes) -> None:
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
