"""The deadlines that nothing but a service or a silent client can reach: just before, and at them.

Decides that each is met to the moment. The others are tested where their subject is: `proxy_s`,
`handshake_s`, `login_s`, `refusal_s` and `write_s`.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from requite.generated.pop3 import Event, State
from requite.pop3.maildrops.memory import MemoryLock
from requite.pop3.names import AccountName, MailboxName
from requite.pop3.services import Answer, Busy, Content, Maildrop, Message
from running import Peer, Running, logged_in, memory, run, running_server
from shell.words import FIRST, SETTINGS, both_loops

MOMENT_S: Final = 0.001


class SlowMaildrop:
    """A maildrop whose messages are removed when the test says so."""

    def __init__(self, real: Maildrop) -> None:
        """Stand before another one."""
        self._real = real
        self.messages: Sequence[Message] = real.messages
        self.octets = real.octets
        self.deletable = real.deletable
        self.removed: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def read(self, number: int, /) -> Answer[Content | None]:
        """Open a message at once."""
        return self._real.read(number)

    def commit(self, numbers: Sequence[int], /) -> Answer[int]:
        """Promise to remove them."""
        del numbers
        return self.removed


class SlowMaildrops:
    """Maildrops of which each is a slow one."""

    def __init__(self) -> None:
        """Keep one message."""
        self._real = memory(FIRST)
        self.last: SlowMaildrop | None = None

    def lock(self, mailbox: MailboxName, /) -> MemoryLock | Busy:
        """Take the lock."""
        return self._real.lock(mailbox)

    def open(self, mailbox: MailboxName, account: AccountName | None = None, /) -> SlowMaildrop:
        """Give it."""
        del account  # Everybody sees the same.
        self.last = SlowMaildrop(self._real.open(mailbox))
        return self.last

    def let_go(self) -> None:
        """Say that everything is removed."""
        assert self.last is not None
        self.last.removed.set_result(0)


async def asked_to_quit(running: Running, peer: Peer) -> None:
    """Delete a message, and wait until it is being removed."""
    assert (await peer.ask(b"DELE 1")).startswith(b"+OK")
    await peer.send(b"QUIT\r\n")
    await running.until_state(State.COMMITTING)


@both_loops
def test_removing_messages_may_take_so_long(loop: str) -> None:
    """A moment before `commit_s` the slot is held, and then it is back; the lock stays."""
    maildrops = SlowMaildrops()

    async def story() -> None:
        async with running_server(maildrops=maildrops) as running, logged_in(running) as peer:
            await asked_to_quit(running, peer)
            running.clock.advance(SETTINGS.commit_s - MOMENT_S)
            assert running.state() is State.COMMITTING
            running.clock.advance(MOMENT_S)
            assert running.state() is State.COMMITTING_ABANDONED
            assert running.ledger.books() == {}
            maildrops.let_go()
            await running.until_over()

    run(story(), loop=loop)


@both_loops
def test_a_server_that_stops_waits_so_long(loop: str) -> None:
    """A moment before `drain_s` what is under way goes on, and then every session is ended."""
    maildrops = SlowMaildrops()

    async def story() -> None:
        async with running_server(maildrops=maildrops) as running, logged_in(running) as peer:
            await asked_to_quit(running, peer)
            running.server.drain()
            running.clock.advance(SETTINGS.drain_s - MOMENT_S)
            assert running.state() is State.COMMITTING
            running.clock.advance(MOMENT_S)
            assert running.events[-1] is Event.KICKED
            maildrops.let_go()
            await running.until_over()
            assert await running.server.stop() == ()

    run(story(), loop=loop)


@both_loops
def test_a_closing_connection_has_so_long(loop: str) -> None:
    """A moment before `close_s` the socket of a client that does not close is kept, then not."""

    async def story() -> None:
        async with running_server(FIRST) as running, logged_in(running) as peer:
            assert await peer.ask(b"QUIT") == b"+OK Goodbye."
            await running.until_state(State.CLOSING)
            running.clock.advance(SETTINGS.close_s - MOMENT_S)
            assert running.state() is State.CLOSING
            running.clock.advance(MOMENT_S)
            await running.until_over()
            assert running.events[-1] is Event.TIME_EXPIRED

    run(story(), loop=loop)


@both_loops
def test_a_silent_client_has_so_long(loop: str) -> None:
    """A moment before `idle_s` a command is answered; a moment later the session is over."""

    async def story() -> None:
        async with running_server(FIRST) as running, logged_in(running) as peer:
            running.clock.advance(SETTINGS.idle_s - MOMENT_S)
            assert await peer.ask(b"NOOP") == b"+OK"
            running.clock.advance(SETTINGS.idle_s - MOMENT_S)
            assert running.state() is State.TRANSACTION
            running.clock.advance(MOMENT_S)
            await running.until_over()
            assert running.events[-1] is Event.TIME_EXPIRED

    run(story(), loop=loop)
