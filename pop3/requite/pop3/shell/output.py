"""What is on its way to the client: queued, written, and taken or not.

Decides how output is put into as few writes as it can be, when more may be made, and whether the
client takes enough of it. Refuses to decide what is said: that is the declaration's.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from requite.pop3.shell.alarm import Alarm, nobody
from requite.pop3.shell.kernel import octets_in_kernel
from requite.pop3.shell.surroundings import Surroundings

__all__ = ("WRITE_OCTETS", "Output")

WRITE_OCTETS: Final = 65_536
"""Replies to pipelined commands are joined up to this size, or `output_octets` if that is less, and
then written."""


class Output:
    """The sending half of one connection.

    Args:
        surroundings: the write timer's clock, and the limits.
        stalled: is called when the client, within a window of `write_s`, has taken neither all
            that waited for it at the window's beginning nor `floor_octets_per_s` of it.
    """

    __slots__ = (
        "_callback",
        "_paused",
        "_queued_octets",
        "_raw",
        "_seen_untaken",
        "_sent_octets",
        "_settings",
        "_stall",
        "_stalled",
        "_taken_before",
        "_transport",
        "_waited_before",
        "_waiter",
        "queue",
    )

    def __init__(self, surroundings: Surroundings, stalled: Callable[[], None]) -> None:
        self._settings = surroundings.settings
        self._stalled = stalled
        self._stall = Alarm(surroundings.clock, self._look_for_progress)
        self._transport: asyncio.Transport | None = None
        self._raw: asyncio.Transport | None = None
        self.queue: list[bytes] = []
        """What waits to be written."""
        self._queued_octets = 0
        self._callback: Callable[[], None] | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._paused = False
        self._seen_untaken = 0
        self._sent_octets = 0
        self._taken_before = 0
        """What the client had taken of that when the window began."""
        self._waited_before = 0
        """What waited for the client then."""

    def attach(self, transport: asyncio.Transport, *, raw: asyncio.Transport) -> None:
        """Write to a transport from now on; `raw` is what is below TLS, or the same."""
        # TLS pauses at the limit and TCP above it; both pause for a single octet.
        transport.set_write_buffer_limits(high=0 if transport is raw else 1)
        self._transport = transport
        self._raw = raw

    def detach(self) -> None:
        """Write no more, and forget what is queued."""
        self._transport = self._raw = None
        self.queue.clear()
        self._callback = None
        self._stalled = nobody
        self._stall.close()
        self._wake()

    def send(self, *pieces: bytes) -> None:
        """Queue octets; they are written when everything at hand is handled.

        Pieces that are given together are written together: some clients look for the end of an
        answer in one read only.
        """
        self.queue += pieces
        octets = sum(map(len, pieces))
        self._sent_octets += octets
        self._queued_octets += octets
        if self._queued_octets >= min(WRITE_OCTETS, self._settings.output_octets):
            # Only of what is written it is known whether the client takes it.
            self.flush()

    def flush(self) -> None:
        """Write what is queued, in one piece."""
        if not self.queue or self._transport is None:
            return
        data = self.queue[0] if len(self.queue) == 1 else b"".join(self.queue)
        self.queue.clear()
        self._queued_octets = 0
        self._transport.write(data)

    def send_through(self, send: Callable[[int], int]) -> int | None:
        """Let something else send to the socket itself, where nothing stands between the two.

        Only where nothing waits to be written before, so that the order stays, and never inside
        TLS; what was sent in that way is counted as if it had been written.

        Returns:
            How many octets were sent; None where nothing was asked to.
        """
        self.flush()
        raw = self._raw
        if raw is None or raw is not self._transport or raw.is_closing():
            return None
        sock = raw.get_extra_info("socket")
        if self._paused or raw.get_write_buffer_size() or sock is None or sock.fileno() < 0:
            return None
        octets = send(sock.fileno())
        self._sent_octets += octets
        return octets

    # --- what the client has not taken ---------------------------------------------------------

    @property
    def unsent(self) -> int:
        """The octets that are queued or written, and not yet with the kernel."""
        if self._raw is None or self._transport is None:
            return 0
        octets = self._queued_octets + self._raw.get_write_buffer_size()
        if self._transport is not self._raw and not self._transport.is_closing():
            octets += self._transport.get_write_buffer_size()
        return octets

    @property
    def drained(self) -> bool:
        """Whether the client, or the kernel for it, has taken everything."""
        self.flush()
        return not self._paused

    @property
    def congested(self) -> bool:
        """Whether the client has yet to take what was sent before more is made."""
        self.flush()
        return self.full

    @property
    def full(self) -> bool:
        """Whether so much is waiting for the client that commands wait too.

        Nothing is written to find that out: replies to pipelined commands are joined.
        """
        return self._paused and self.unsent >= self._settings.output_octets

    def when_taken(self, callback: Callable[[], None]) -> None:
        """Call back once the client has taken what was sent."""
        self._callback = callback

    def pause(self) -> None:
        """Note that the client has not taken all of what was sent."""
        if self._transport is not None:
            self._paused = True
            self._begin_window()

    def resume(self) -> None:
        """Note that the client has taken what was sent; what the kernel has is on its way."""
        self._paused = False
        self._stall.stop()
        self._wake()

    async def until_taken(self) -> None:
        """Wait until the client has taken everything, or until nothing is written any more."""
        while self._transport is not None and not self.drained:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def taken(self) -> None:
        """Call back who waited for that, unless more has been sent since."""
        if self._paused:
            return
        callback, self._callback = self._callback, None
        if callback is not None:
            callback()

    def progressed(self) -> bool:
        """Say whether the client has taken something since this was asked last, and more is left.

        What is left is compared: nothing is written while a client is waited for in this way.
        """
        unsent = self.unsent
        untaken = self._untaken(unsent)
        before, self._seen_untaken = self._seen_untaken, untaken
        return unsent > 0 and untaken != before

    def _untaken(self, unsent: int) -> int:
        return unsent + octets_in_kernel(self._raw) if self._raw is not None else 0

    def _begin_window(self) -> None:
        """Give the client `write_s` to take enough of what waits for it."""
        self._waited_before = self._untaken(self.unsent)
        self._taken_before = self._sent_octets - self._waited_before
        self._stall.start(self._settings.write_s)

    def _look_for_progress(self) -> None:
        """Look at the end of a window; no window ends where nothing waits any more."""
        if self._transport is None:
            return
        unsent = self.unsent
        taken = self._sent_octets - self._untaken(unsent) - self._taken_before
        floor = max(1, self._settings.floor_octets_per_s * self._settings.write_s)
        if unsent and taken < min(floor, self._waited_before):
            self._stalled()
        else:
            self._begin_window()
