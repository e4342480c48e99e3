"""Messages in files, sent in every way: read here, in a thread, or past the server by the kernel.

Decides that each way sends the same octets in the same order, keeps the bounds on what waits for a
client, and ends when it is told to. Refuses to break a file: that is `test_broken_messages`.
"""

import asyncio
import os
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pytest

from requite.generated.pop3 import Event, State
from requite.pop3.shell.sending import CHUNK_OCTETS, PASSED_OCTETS, MessageSender, form_of
from running import Peer, Running, logged_in, run, running_server, turns
from shell.files import LONG, PASSED, SLOW, WAYS, Way, long_ways, served, ways
from shell.test_backpressure import FLOOR, MIB, buffered, output_of
from shell.tls_client import Blocking, certificates, talked
from shell.words import LOGIN, SETTINGS, both_loops


@pytest.fixture
def passed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Note how many octets the kernel sends by itself each time."""
    octets: list[int] = []
    really = os.sendfile

    def sendfile(*arguments: int) -> int:
        octets.append(really(*arguments))
        return octets[-1]

    monkeypatch.setattr(os, "sendfile", sendfile)
    return octets


# --- the same octets -----------------------------------------------------------------------------


@both_loops
@ways
@pytest.mark.parametrize("slow", [False, True])
def test_every_way_sends_the_octets_that_are_listed(
    way: Way, loop: str, tmp_path: Path, *, slow: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RETR sends the message, whole and in order between two answers, in as many octets as LIST."""
    way.prepare(monkeypatch)
    buffers = SLOW if slow else None

    async def story() -> None:
        with served(tmp_path, way.stored) as maildrops:
            async with (
                running_server(maildrops=maildrops, sends_octets=buffers) as running,
                logged_in(running, receives_octets=buffers) as peer,
            ):
                assert await peer.ask(b"LIST 1") == b"+OK 1 %d" % way.octets
                await peer.send(b"NOOP\r\nRETR 1\r\nNOOP\r\nTOP 1 1\r\nQUIT\r\n")
                found = await peer.rest()
                whole = b"+OK\r\n+OK %d octets\r\n" % way.octets + way.sent + b"+OK\r\n"
                assert found[: len(whole)] == whole
                assert found[len(whole) :].endswith(b"\r\n.\r\n+OK Goodbye.\r\n")

    run(story(), loop=loop)


@both_loops
def test_what_is_stored_as_it_is_sent_goes_past_the_server(
    passed: list[int], loop: str, tmp_path: Path
) -> None:
    """The kernel sends most of it by itself, though the client is slower than the disk."""

    async def story() -> None:
        with served(tmp_path, PASSED.stored) as maildrops:
            async with running_server(maildrops=maildrops) as running, logged_in(running) as peer:
                await peer.send(b"RETR 1\r\nQUIT\r\n")
                assert PASSED.sent in await peer.rest()

    run(story(), loop=loop)

    assert max(passed) <= PASSED_OCTETS
    assert sum(passed) > PASSED.octets / 2
    # Some clients look for the end of an answer in one read, so its octets are in one write.
    assert sum(passed) < PASSED.octets - len(b"\r\n")


@both_loops
@pytest.mark.parametrize("way", [WAYS["read here"], PASSED], ids=["LF", "as sent"])
def test_inside_tls_nothing_goes_past_the_server(
    way: Way, passed: list[int], loop: str, tmp_path: Path
) -> None:
    """What is encrypted is read, and is the same message."""
    server_side, _ = certificates()

    def talk(peer: Blocking) -> None:
        peer.begin_tls()
        for line in (None, *LOGIN):
            assert (peer.ask(line) if line else peer.line()).startswith(b"+OK")
        assert peer.ask(b"RETR 1") == b"+OK %d octets" % way.octets
        assert b"\r\n".join([*peer.listing(), b".", b""]) == way.sent
        assert peer.ask(b"QUIT") == b"+OK Goodbye."

    async def story() -> None:
        with served(tmp_path, way.stored) as maildrops:
            async with running_server(
                maildrops=maildrops, tls=server_side, tls_first=True
            ) as running:
                await talked(running, talk)

    run(story(), loop=loop)

    assert passed == []


def threads_of_reading(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Note in which threads messages are read."""
    threads: set[int] = set()
    really = os.pread

    def pread(*arguments: int) -> bytes:
        threads.add(threading.get_ident())
        return really(*arguments)

    monkeypatch.setattr(os, "pread", pread)
    return threads


@both_loops
@pytest.mark.parametrize("name", ["read in a thread", "small, in a thread", "as sent, in a thread"])
def test_a_disk_is_waited_for_in_a_thread(
    name: str, loop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the kernel has not in memory is never read on the loop, small or large."""
    way = WAYS[name]

    async def story() -> set[int]:
        with served(tmp_path, way.stored) as maildrops:
            async with running_server(maildrops=maildrops) as running, logged_in(running) as peer:
                way.prepare(monkeypatch)
                threads = threads_of_reading(monkeypatch)
                await peer.send(b"RETR 1\r\nQUIT\r\n")
                assert way.sent in await peer.rest()
        return threads

    threads = run(story(), loop=loop)

    assert threads
    assert threading.get_ident() not in threads


@both_loops
def test_a_socket_that_the_kernel_cannot_send_to_is_written_to(
    loop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where sendfile does not work at all, the message is read and written."""

    def sendfile(*_: object) -> int:
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(os, "sendfile", sendfile)

    async def story() -> None:
        with served(tmp_path, PASSED.stored) as maildrops:
            async with running_server(maildrops=maildrops) as running, logged_in(running) as peer:
                await peer.send(b"RETR 1\r\nQUIT\r\n")
                assert PASSED.sent in await peer.rest()

    run(story(), loop=loop)


# --- in the middle -------------------------------------------------------------------------------


async def in_the_middle(running: Running) -> None:
    """Wait until the client of the one session is waited for, in a message."""
    await running.until_state(State.SENDING)
    output = running.session._connection.output
    while not (output._callback and output._paused):
        await turns(1)


@both_loops
@long_ways
def test_little_is_kept_for_a_client_that_reads_nothing(
    way: Way, loop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However it is sent, a megabyte at most waits for a client; a kick ends it at once."""
    way.prepare(monkeypatch)

    async def story() -> None:
        with served(tmp_path, way.stored) as maildrops:
            async with (
                running_server(maildrops=maildrops, sends_octets=SLOW) as running,
                logged_in(running, receives_octets=SLOW) as peer,
            ):
                await peer.send(b"RETR 1\r\n")
                await in_the_middle(running)
                assert buffered(running) <= MIB
                assert running.server.kick(running.session.id)
                await running.until_over()
                assert not (await peer.rest()).endswith(b"\r\n.\r\n")
                assert Event.KICKED in running.events

    run(story(), loop=loop)


ENDINGS: Final[dict[Event, Callable[[Running, Peer], None]]] = {
    Event.WRITE_STALLED: lambda running, _: running.clock.advance(SETTINGS.write_s),
    Event.CONNECTION_LOST: lambda _, peer: peer.reset(),
}


@both_loops
@pytest.mark.parametrize("event", ENDINGS)
def test_a_message_that_goes_past_us_ends_as_any_other(
    event: Event, loop: str, tmp_path: Path
) -> None:
    """A client that takes nothing is let go after the named time, and one that leaves at once."""

    async def story() -> None:
        with served(tmp_path, PASSED.stored) as maildrops:
            async with (
                running_server(maildrops=maildrops, sends_octets=SLOW) as running,
                logged_in(running, receives_octets=SLOW) as peer,
            ):
                await peer.send(b"RETR 1\r\n")
                await in_the_middle(running)
                ENDINGS[event](running, peer)
                await running.until_over()
                assert event in running.events

    run(story(), loop=loop)


@both_loops
@pytest.mark.parametrize("half_close", [False, True])
def test_a_message_that_goes_past_us_is_finished_first(
    loop: str, tmp_path: Path, *, half_close: bool
) -> None:
    """Neither a client that sends no more nor a server that drains cuts it off."""

    async def story() -> None:
        with served(tmp_path, PASSED.stored) as maildrops:
            async with (
                running_server(maildrops=maildrops, sends_octets=SLOW) as running,
                logged_in(running, receives_octets=SLOW) as peer,
            ):
                await peer.send(b"RETR 1\r\n")
                await in_the_middle(running)
                if half_close:
                    peer.end_sending()
                else:
                    running.server.drain()
                await turns()
                assert PASSED.sent in await peer.rest()
                peer.close()
                await running.until_over()
                running.clock.advance(SETTINGS.drain_s + SETTINGS.close_s)

    run(story(), loop=loop)


@both_loops
def test_what_the_client_has_taken_is_known_to_the_octet(loop: str, tmp_path: Path) -> None:
    """What was sent past the server, less what waits, is what the client has confirmed."""

    async def story() -> None:
        with served(tmp_path, PASSED.stored) as maildrops:
            async with (
                running_server(maildrops=maildrops, sends_octets=SLOW) as running,
                logged_in(running, receives_octets=SLOW) as peer,
            ):
                output = running.session._connection.output
                before = output._sent_octets
                await peer.send(b"RETR 1\r\nQUIT\r\n")
                await in_the_middle(running)
                received = len(await peer.rest())
                taken = output._sent_octets - before
                assert taken == received

    run(story(), loop=loop)


@pytest.mark.parametrize(("taken", "stalls"), [(FLOOR, 0), (FLOOR - 1, 1)])
def test_what_was_sent_past_us_is_no_progress(taken: int, stalls: int) -> None:
    """Octets that something else sent are counted as sent, not as taken."""
    output, jar, clock, stalled = output_of(SETTINGS)
    with socket.socket() as sock:
        jar.get_extra_info = lambda name, default=None: (  # type: ignore[method-assign]
            sock if name == "socket" else default
        )
        assert output.send_through(lambda _: 100_000) == 100_000
        jar.untaken = 100_000
        output.pause()
        assert output.send_through(lambda _: 100_000) is None
        jar.untaken -= taken
        clock.advance(SETTINGS.write_s)
        assert len(stalled) == stalls
        output.detach()


class Instant:
    """A long message of which nothing is waited for."""

    stored_octets = LONG

    def __init__(self) -> None:
        """Begin at its beginning."""
        self.left = LONG
        self.pieces = 0

    def sent_as_stored(self) -> bool:
        """Have its octets looked at."""
        return False

    def read(self, size_octets: int, /) -> bytes:
        """Make lines of the size that is wanted."""
        self.pieces += 1
        taken = min(self.left, size_octets)
        self.left -= taken
        return b"x" * (taken - 2) + b"\r\n"

    read_at_once = read

    def send_at_once(self, _socket: int, _size_octets: int, /) -> int:
        """Never be sent by itself."""
        raise AssertionError("expected a message that is not sent as stored to be read")

    def close(self) -> None:
        """Let go of nothing."""


class Greedy:
    """A peer that takes everything at once."""

    drained, congested = True, False

    def send(self, *pieces: bytes) -> None:
        """Take."""

    def send_through(self, _send: Callable[[int], int]) -> None:
        """Have no socket."""

    def when_taken(self, callback: Callable[[], None]) -> None:
        """Have taken."""
        callback()


@both_loops
def test_a_long_message_leaves_others_their_turns(loop: str) -> None:
    """Between two pieces of a message that need no waiting the loop does other things."""

    async def story() -> None:
        content, ended = Instant(), asyncio.Event()
        form = form_of(content, octets=LONG, lines=None)
        with ThreadPoolExecutor(1) as readers:
            sender = MessageSender(
                content, form, Greedy(), readers, lambda _: ended.set(), octets=LONG
            )
            sender.start()
            others = 0
            while not ended.is_set():
                await turns(1)
                others += 1
        assert content.pieces == -(-LONG // CHUNK_OCTETS)
        assert others >= content.pieces - 1

    run(story(), loop=loop)
