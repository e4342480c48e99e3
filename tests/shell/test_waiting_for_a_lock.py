"""A login to a maildrop that another session holds: how long it waits, and what is logged.

Decides that the wait has an end, that nothing is held after it, and that the log names the holder.
Refuses to test the locks themselves.
"""

import logging
import os
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor, Future
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Final

import pytest

from requite.generated.pop3 import Event, State
from requite.pop3.maildrops.memory import MemoryMaildrop, MemoryMaildrops
from requite.pop3.names import AccountName, MailboxName
from requite.pop3.services import Busy, ServerKey
from running import MAILBOX, PASSWORD, Peer, Running, connected, logged_in, run, running_server
from shell.words import FIRST, SETTINGS, both_loops

ASKS: Final = round(SETTINGS.lock_s / SETTINGS.lock_retry_s)
IN_USE: Final = b"-ERR [IN-USE] Another session has this mailbox open; try again later."


async def ask_for_it(running: Running, peer: Peer) -> None:
    """Log in to a maildrop that is busy, until the session waits."""
    await peer.ask(b"USER alice")
    await peer.send(b"PASS " + PASSWORD + b"\r\n")
    await running.until(lambda: running.events[-1] is Event.MAILDROP_BUSY)


@asynccontextmanager
async def one_waits() -> AsyncIterator[tuple[Running, Peer, Peer]]:
    """Serve alice's maildrop to one session while another waits for it."""
    async with (
        running_server(FIRST) as running,
        connected(running) as second,
        logged_in(running) as first,
    ):
        await ask_for_it(running, second)
        yield running, first, second


@pytest.mark.rfc("1939-4-lock")
@both_loops
def test_who_waits_comes_in_a_moment_after_the_maildrop_is_free(loop: str) -> None:
    """The holder leaves, and one asking later the waiting client is logged in, having erred not."""

    async def story() -> None:
        async with one_waits() as (running, first, second):
            assert (await first.ask(b"QUIT")).startswith(b"+OK")
            running.clock.advance(SETTINGS.lock_retry_s)
            assert (await second.line()).startswith(b"+OK Logged in")

    run(story(), loop=loop)


@both_loops
def test_the_wait_ends_when_its_time_is_over_and_not_before(loop: str) -> None:
    """A maildrop that stays busy is asked for to the last moment, and then answered [IN-USE]."""

    async def story() -> None:
        async with one_waits() as (running, _, second):
            running.clock.advance(SETTINGS.lock_s - SETTINGS.lock_retry_s / 2)
            assert Event.MAILDROP_STILL_BUSY not in running.events
            running.clock.advance(SETTINGS.lock_retry_s / 2)
            assert await second.line() == IN_USE
            assert ASKS <= running.events.count(Event.MAILDROP_BUSY) <= ASKS + 1

    run(story(), loop=loop)


@both_loops
def test_without_a_wait_the_answer_comes_at_once(loop: str) -> None:
    """With `lock_s = 0` no time passes before [IN-USE]."""

    async def story() -> None:
        at_once = replace(SETTINGS, lock_s=0.0)
        async with (
            running_server(FIRST, settings=at_once) as running,
            logged_in(running),
            connected(running) as second,
        ):
            await second.ask(b"USER alice")
            assert await second.ask(b"PASS " + PASSWORD) == IN_USE
            assert Event.MAILDROP_BUSY not in running.events

    run(story(), loop=loop)


@both_loops
def test_the_next_login_has_the_whole_time_again(loop: str) -> None:
    """A client that was told [IN-USE] and tries again waits as long as before."""

    async def story() -> None:
        async with one_waits() as (running, _, second):
            running.clock.advance(SETTINGS.lock_s)
            assert await second.line() == IN_USE
            before = running.events.count(Event.MAILDROP_BUSY)
            await ask_for_it(running, second)
            running.clock.advance(SETTINGS.lock_s)
            assert await second.line() == IN_USE
            assert running.events.count(Event.MAILDROP_BUSY) == 2 * before

    run(story(), loop=loop)


def end_of_the_client(running: Running) -> None:
    """Do nothing: the client closes its socket by itself."""


def kick(running: Running) -> None:
    """End the session that waits as an administrator does."""
    [waiting] = [
        one.id
        for one in running.server.sessions.values()
        if one.machine.state is State.AWAITING_LOCK
    ]
    running.server.kick(waiting)


@both_loops
@pytest.mark.parametrize("leave", [end_of_the_client, kick])
def test_who_leaves_while_waiting_holds_nothing(
    leave: Callable[[Running], None], loop: str
) -> None:
    """The slots of the one that waited are back at once, though the maildrop is still held."""

    async def story() -> None:
        async with running_server(FIRST) as running, logged_in(running):
            before = running.ledger.books()
            async with connected(running) as second:
                await ask_for_it(running, second)
                assert running.ledger.held(ServerKey()) == 2
                leave(running)
            await running.until(lambda: len(running.server.sessions) == 1)
            assert running.ledger.books() == before

    run(story(), loop=loop)


@both_loops
def test_a_server_that_stops_does_not_wait_for_a_lock(loop: str) -> None:
    """Who waits when the server drains is let go without an answer, and holds nothing."""

    async def story() -> None:
        async with one_waits() as (running, first, second):
            running.server.drain()
            assert await second.rest() == b""
            assert (await first.rest()).startswith(b"-ERR [SYS/TEMP] The server is stopping")
            first.close()
            assert await running.server.stop() == ()

    run(story(), loop=loop)


@both_loops
def test_what_is_sent_meanwhile_is_answered_after_the_login(loop: str) -> None:
    """Commands that a client pipelines behind its password wait with it."""

    async def story() -> None:
        async with one_waits() as (running, first, second):
            await second.send(b"STAT\r\nQUIT\r\n")
            await first.ask(b"QUIT")
            running.clock.advance(SETTINGS.lock_retry_s)
            assert (await second.line()).startswith(b"+OK Logged in")
            assert await second.line() == b"+OK 1 108"

    run(story(), loop=loop)


# --- who holds it --------------------------------------------------------------------------------


@dataclass(frozen=True)
class HeldElsewhere:
    """Maildrops that another process holds, and that say by whom."""

    others: Callable[[], tuple[str, ...]]
    told_in: list[str]

    def lock(self, mailbox: MailboxName, /) -> Busy:
        """Say that it is held."""
        del mailbox
        return Busy(self._asked)

    def _asked(self) -> tuple[str, ...]:
        self.told_in.append(threading.current_thread().name)
        return self.others()

    def open(self, mailbox: MailboxName, account: AccountName | None = None, /) -> MemoryMaildrop:
        """Give an empty one."""
        del account
        return MemoryMaildrops().open(mailbox)


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Give what was logged of maildrops in use."""
    found = [record.getMessage() for record in caplog.records]
    return [text for text in found if "is in use" in text]


def test_the_log_names_the_session_that_holds_a_maildrop(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """When [IN-USE] is answered, and not while it is waited, the holder and its time are logged."""

    async def story() -> str:
        async with one_waits() as (running, _, second):
            [holder] = [one.id for one in running.server.sessions.values() if one.locked_mailbox]
            assert messages(caplog) == []
            running.clock.advance(SETTINGS.lock_s)
            assert await second.line() == IN_USE
            return holder

    with caplog.at_level(logging.INFO, logger="requite.pop3"):
        holder = run(story())

    [text] = messages(caplog)
    assert f"mailbox {MAILBOX!r} is in use, held by session {holder} for 3 s." in text


def nobody() -> tuple[str, ...]:
    """Name nobody."""
    return ()


def somebody() -> tuple[str, ...]:
    """Name two."""
    return "process 42 (pop3)", "process 43"


def unreadable() -> tuple[str, ...]:
    """Fail as a system without such a list does."""
    raise FileNotFoundError(2, os.strerror(2), "/proc/locks")


class Threads(Executor):
    """The server's own threads, whose ends a test waits for."""

    def __init__(self, real: Executor) -> None:
        """Hand everything on."""
        self._real = real
        self.given: list[Future[object]] = []

    def submit(self, *work: object) -> Future[object]:  # type: ignore[override]
        """Hand it on, and keep what tells of its end."""
        self.given.append(self._real.submit(*work))  # type: ignore[arg-type]
        return self.given[-1]

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002
        """End the threads."""
        self._real.shutdown(wait, cancel_futures=cancel_futures)


@pytest.mark.parametrize(
    ("others", "told"),
    [
        (somebody, "held by process 42 (pop3), process 43."),
        (nobody, "held by somebody who has let go since, or cannot be seen from here."),
        (unreadable, "held by another process, which cannot be named (No such file or directory)."),
    ],
)
def test_the_log_names_other_processes_as_far_as_they_are_known(
    others: Callable[[], tuple[str, ...]], told: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Who cannot be found is said to be so; the client is told nothing, the loop not held up."""
    asked_in: list[str] = []

    async def story() -> None:
        maildrops = HeldElsewhere(others, asked_in)
        async with (
            running_server(settings=replace(SETTINGS, lock_s=0.0), maildrops=maildrops) as running,
            connected(running) as peer,
        ):
            threads = running.server.readers = Threads(running.server.readers)
            await peer.ask(b"USER alice")
            assert await peer.ask(b"PASS " + PASSWORD) == IN_USE
            for future in threads.given:
                future.result(timeout=10)

    with caplog.at_level(logging.INFO, logger="requite.pop3"):
        run(story())

    [text] = messages(caplog)
    assert text.endswith(told)
    assert asked_in != [threading.main_thread().name]
