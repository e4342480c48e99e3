"""How much is kept for a client that sends faster than it reads, or reads slowly: constant memory.

Decides that each bound on octets holds at its limit and one past it, that a message of a gigabyte
and ten thousand pipelined RETR stay within a megabyte of buffers, and that others are served
meanwhile. Refuses to test when such a client is let go: that is `test_patience`.
"""

import asyncio
import socket
import threading
import tracemalloc
from collections.abc import Callable, Sequence
from typing import Any, Final

import pytest

from requite.generated.pop3 import Event, State
from requite.pop3.maildrops.memory import MemoryLock, MemoryMaildrops
from requite.pop3.names import AccountName, MailboxName
from requite.pop3.services import Busy, Message
from requite.pop3.shell import Settings
from requite.pop3.shell.output import WRITE_OCTETS, Output
from running import (
    MAILBOX,
    HeldAccounts,
    ManualClock,
    Paper,
    Running,
    fed,
    logged_in,
    run,
    running_server,
    turns,
)
from shell.tls_client import OPEN_PATIENCE_S, Blocking, certificates, talked
from shell.words import FIRST, LOGIN, SETTINGS, both_loops, joined, sized

MIB: Final = 1_048_576
GIGABYTE: Final = 1_000_000_000
SMALL_BUFFER: Final = 4_096


# --- a message that nobody has to store ----------------------------------------------------------


class Endless:
    """A message of a gigabyte that is made as it is read."""

    stored_octets = GIGABYTE
    PIECE: Final = b"x" * 78 + b"\r\n"

    def __init__(self) -> None:
        """Begin at its beginning."""
        self._left = GIGABYTE
        self._store = self.PIECE * (MIB // len(self.PIECE))

    def read(self, size_octets: int, /) -> bytes:
        """Make the next octets, in whole lines."""
        whole = size_octets - size_octets % len(self.PIECE)
        taken = min(whole, self._left)
        self._left -= taken
        return self._store[:taken]

    def close(self) -> None:
        """Let go of nothing."""


class Gigantic:
    """A maildrop with one message of a gigabyte."""

    messages: Sequence[Message] = (Message(GIGABYTE, "1"),)
    octets = GIGABYTE
    deletable = True

    def read(self, number: int, /) -> Endless:
        """Open it."""
        del number
        return Endless()

    def commit(self, numbers: Sequence[int], /) -> int:
        """Remove nothing."""
        return len(numbers)


class GiganticMaildrops:
    """Everybody's maildrop is the gigantic one."""

    def __init__(self) -> None:
        """Lock as in memory."""
        self._real = MemoryMaildrops()

    def lock(self, mailbox: MailboxName, /) -> MemoryLock | Busy:
        """Take the lock."""
        return self._real.lock(mailbox)

    def open(self, mailbox: MailboxName, account: AccountName | None = None, /) -> Gigantic:
        """Give it."""
        del mailbox, account
        return Gigantic()


def buffered(running: Running) -> int:
    """Return the octets that the server keeps of and for its first session."""
    connection = next(iter(running.server.sessions.values()))._connection
    return connection.output.unsent + len(connection._lines)


@both_loops
def test_a_gigabyte_for_a_slow_client_is_sent_in_constant_memory(loop: str) -> None:
    """A client that pauses again and again gets a whole gigabyte; a MiB at most waits for it."""

    async def story() -> None:
        async with (
            running_server(maildrops=GiganticMaildrops(), sends_octets=262_144) as running,
            logged_in(running, receives_octets=262_144) as peer,
        ):
            assert await peer.ask(b"RETR 1") == b"+OK %d octets" % GIGABYTE
            received, most, reads = len(await peer.receive()), 0, 0
            while received < GIGABYTE + len(b".\r\n"):
                most = max(most, buffered(running))
                if reads % 100 == 0 and received < GIGABYTE - 10 * MIB:
                    await running.until_output_waits()
                received += len(await peer.receive())
                reads += 1
            assert SETTINGS.output_octets <= most <= MIB, most
            assert received == GIGABYTE + len(b".\r\n")
            assert await peer.ask(b"NOOP") == b"+OK"

    run(story(), loop=loop, patience_s=60.0)


@pytest.mark.rfc("2449-6.6-window")
@both_loops
def test_a_gigabyte_for_a_client_that_reads_nothing_is_not_read(loop: str) -> None:
    """What Python keeps for a message of a gigabyte that nobody takes is a few chunks of it."""

    async def story() -> int:
        async with (
            running_server(maildrops=GiganticMaildrops()) as running,
            logged_in(running, receives_octets=SMALL_BUFFER) as peer,
        ):
            tracemalloc.start()
            try:
                await peer.send(b"RETR 1\r\n")
                await running.until_state(State.SENDING)
                await running.until_output_waits()
                _, peak = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
            peer.reset()
            await running.until_over()
            return peak

    # The message's own store, a megabyte, is made in the same memory.
    assert run(story(), loop=loop) < MIB + 2 * MIB


@both_loops
@pytest.mark.parametrize("retrieved", [1, 10_000], ids=["a gigabyte", "ten thousand RETR"])
def test_inside_tls_no_more_is_kept_for_a_client_that_does_not_read(
    retrieved: int, loop: str
) -> None:
    """What TLS keeps for itself is within the same megabyte, and moves on with the reader."""
    server_side, _ = certificates()
    asked = asyncio.Event()
    read_on = threading.Event()

    def talk(peer: Blocking, eventually: Callable[[], object]) -> None:
        peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        peer.begin_tls()
        peer.line()
        for line in LOGIN:
            assert peer.ask(line).startswith(b"+OK")
        peer.send(b"RETR 1\r\n" * retrieved)
        eventually()
        read_on.wait(OPEN_PATIENCE_S)
        assert len(peer.line()) < 100
        received = sum(len(peer.socket.recv(65_536)) for _ in range(10))
        assert received > 0

    async def story() -> None:
        now = asyncio.get_running_loop().call_soon_threadsafe
        async with running_server(
            maildrops=GiganticMaildrops(),
            tls=server_side,
            tls_first=True,
            sends_octets=SMALL_BUFFER,
        ) as running:
            talking = asyncio.create_task(
                talked(running, lambda peer: talk(peer, lambda: now(asked.set)))
            )
            await asked.wait()
            await running.until_output_waits()
            most = 0
            for _ in range(100):
                await turns(4)
                most = max(most, buffered(running))
            assert SETTINGS.output_octets <= most <= MIB, most
            assert running.events.count(Event.RETR_RECEIVED) == 1
            read_on.set()
            await talking

    run(story(), loop=loop)


# --- ten thousand commands -----------------------------------------------------------------------


@both_loops
def test_ten_thousand_retr_that_nobody_takes_are_kept_within_a_megabyte(loop: str) -> None:
    """Neither commands nor answers pile up, and another client has its mail meanwhile."""
    maildrops = MemoryMaildrops(exclusive=False)
    maildrops.add(MAILBOX, sized(60_000))
    maildrops.add(MAILBOX, sized(600_000))

    async def story() -> None:
        async with (
            running_server(maildrops=maildrops, sends_octets=SMALL_BUFFER) as running,
            logged_in(running, receives_octets=SMALL_BUFFER) as first,
        ):
            commands = joined(b"RETR 1", b"RETR 2") * 5_000
            sending = asyncio.create_task(first.send(commands))
            most = 0
            for _ in range(500):
                await turns(4)
                most = max(most, buffered(running))
            assert SETTINGS.output_octets <= most <= MIB, most
            retrieved = running.events.count(Event.RETR_RECEIVED)
            assert retrieved < 100, f"{retrieved} answers were begun for a client that reads none"
            async with logged_in(running) as second:
                assert (await second.ask(b"STAT")).startswith(b"+OK 2 ")
                assert b"".join(await second.ask_listing(b"RETR 1")).endswith(b"x")
                assert await second.ask(b"QUIT") == b"+OK Goodbye."
            assert buffered(running) <= MIB
            first.reset()
            await running.until_over()
            await asyncio.gather(sending, return_exceptions=True)

    run(story(), loop=loop)


@both_loops
def test_the_worst_of_everything_is_kept_within_a_megabyte(loop: str) -> None:
    """A message that doubles on the wire, nobody to take it, and as many commands as come."""

    async def story() -> None:
        async with (
            running_server(b"\n." * MIB, sends_octets=SMALL_BUFFER) as running,
            logged_in(running, receives_octets=SMALL_BUFFER) as peer,
        ):
            sending = asyncio.create_task(peer.send(b"RETR 1\r\n" + b"NOOP\r\n" * 200_000))
            await running.until_state(State.SENDING)
            most = 0
            for _ in range(500):
                await peer.receive()
                await turns(4)
                most = max(most, buffered(running))
            assert most <= MIB, most
            peer.reset()
            await running.until_over()
            await asyncio.gather(sending, return_exceptions=True)

    run(story(), loop=loop)


@both_loops
def test_ten_thousand_retr_are_answered_to_a_client_that_reads(loop: str) -> None:
    """The same commands to a client that reads get ten thousand messages, in constant memory."""

    async def story() -> None:
        async with running_server(FIRST) as running, logged_in(running) as peer:
            sending = asyncio.create_task(peer.send(b"RETR 1\r\n" * 10_000))
            most = 0
            for _ in range(10_000):
                assert await peer.line() == b"+OK 108 octets"
                assert len(await peer.listing()) == 5
                most = max(most, buffered(running))
            await sending
            assert most <= MIB, most

    run(story(), loop=loop)


# --- octets received -----------------------------------------------------------------------------


@pytest.mark.parametrize(("octets", "pauses"), [(2_000, False), (2_001, True)])
def test_reading_pauses_one_octet_past_the_limit(octets: int, *, pauses: bool) -> None:
    """While commands wait, `input_octets` are kept and reading goes on; with one more it pauses."""
    settings = Settings(input_octets=2_000)

    async def story() -> None:
        accounts = HeldAccounts()
        async with running_server(settings=settings, accounts=accounts) as running:
            with fed(running) as (feed, paper):
                paused = []
                paper.pause_reading = lambda: paused.append(True)  # type: ignore[method-assign]
                feed(joined(*LOGIN))
                assert running.state() is State.VERIFYING
                feed((b"NOOP\r\n" * octets)[: octets - 1] + b"\n")
                assert bool(paused) is pauses
                accounts.let_go()
                await turns(3)

    run(story())


# --- octets sent ---------------------------------------------------------------------------------


class Jar(Paper):
    """A transport of which a test says how much the client has not taken."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        super().__init__()
        self.untaken = 0

    def get_write_buffer_size(self) -> int:
        """Return what the client has not taken."""
        return self.untaken


class Around:
    """What an output needs to know of its server."""

    def __init__(self, settings: Settings) -> None:
        """Let time stand still."""
        self.settings = settings
        self.clock = ManualClock()


def output_of(settings: Settings) -> tuple[Output, Jar, ManualClock, list[str]]:
    """Make an output whose client is a test's; the list tells when the client has stalled."""
    around: Any = Around(settings)
    stalls: list[str] = []
    output = Output(around, lambda: stalls.append("stalled"))
    jar = Jar()
    output.attach(jar, raw=jar)
    return output, jar, around.clock, stalls


@pytest.mark.parametrize(("untaken", "full"), [(1_999, False), (2_000, True)])
def test_commands_wait_at_the_limit_of_what_is_sent(untaken: int, *, full: bool) -> None:
    """Below `output_octets` that nobody has taken the next command is handled; there it waits."""
    output, jar, _, _ = output_of(Settings(output_octets=2_000))
    output.pause()
    jar.untaken = untaken
    assert output.full is full


@pytest.mark.parametrize("limit", [2_000, 2 * WRITE_OCTETS])
def test_replies_are_joined_up_to_the_limit_of_what_is_sent(limit: int) -> None:
    """What is joined is no more than may wait: only what is written can make commands wait."""
    output, jar, _, _ = output_of(Settings(output_octets=limit))
    joined = min(limit, WRITE_OCTETS)
    output.send(bytes(joined - 1))
    assert jar.writes == []
    output.send(b"x")
    assert [*map(len, jar.writes)] == [joined]


FLOOR: Final = SETTINGS.floor_octets_per_s * int(SETTINGS.write_s)


@pytest.mark.parametrize(("taken", "stalls"), [(FLOOR, 0), (FLOOR - 1, 1)])
@pytest.mark.parametrize("sent_meanwhile", [0, 1_000_000])
def test_the_floor_is_met_to_the_octet(taken: int, stalls: int, sent_meanwhile: int) -> None:
    """Over a window the floor is enough, and one octet less is too little.

    What is sent meanwhile is not taken thereby.
    """
    output, jar, clock, stalled = output_of(SETTINGS)
    output.send(b"x" * 100_000)
    jar.untaken = 100_000
    output.pause()
    output.send(b"x" * sent_meanwhile)
    jar.untaken += sent_meanwhile - taken
    clock.advance(SETTINGS.write_s - 0.001)
    assert not stalled
    clock.advance(0.001)
    assert len(stalled) == stalls
    output.detach()


@pytest.mark.parametrize(("taken", "stalls"), [(500, 0), (499, 1)])
def test_nobody_is_asked_to_take_more_than_what_waits(taken: int, stalls: int) -> None:
    """Who takes all that waited when the window began has done enough, however little it was."""
    output, jar, clock, stalled = output_of(SETTINGS)
    output.send(b"x" * 500)
    output.flush()
    jar.untaken = 500
    output.pause()
    output.send(b"x" * 500)
    output.flush()
    jar.untaken = 1_000 - taken
    clock.advance(SETTINGS.write_s)
    assert len(stalled) == stalls
    output.detach()


@pytest.mark.parametrize(("taken", "stalls"), [(1, 0), (0, 1)])
def test_without_a_floor_one_octet_is_enough(taken: int, stalls: int) -> None:
    """With `floor_octets_per_s` 0 only a client that takes nothing at all is stalled."""
    output, jar, clock, stalled = output_of(Settings(floor_octets_per_s=0))
    output.send(b"x" * 1_000)
    output.flush()
    jar.untaken = 1_000
    output.pause()
    jar.untaken -= taken
    clock.advance(SETTINGS.write_s)
    assert len(stalled) == stalls
    output.detach()


def test_each_window_is_a_window_of_its_own() -> None:
    """What was taken in an earlier window does not count in a later one."""
    output, jar, clock, stalled = output_of(SETTINGS)
    output.send(b"x" * 1_000_000)
    jar.untaken = 1_000_000
    output.pause()
    jar.untaken -= 10 * FLOOR
    clock.advance(SETTINGS.write_s)
    assert not stalled
    clock.advance(SETTINGS.write_s)
    assert stalled
    output.detach()


def test_a_client_that_has_taken_everything_is_never_stalled() -> None:
    """Where nothing waits there is no window, and the next one begins with the next wait."""
    output, jar, clock, stalled = output_of(SETTINGS)
    output.send(b"x" * 1_000)
    output.flush()
    jar.untaken = 1_000
    output.pause()
    clock.advance(SETTINGS.write_s * 0.9)
    jar.untaken = 0
    output.resume()
    clock.advance(SETTINGS.write_s * 10)
    output.send(b"x" * 1_000)
    output.flush()
    jar.untaken = 1_000
    output.pause()
    clock.advance(SETTINGS.write_s * 0.9)
    assert not stalled
    output.detach()
