"""In how many pieces commands may come, and in how many their answers go.

Decides that the same octets get the same answers however they are cut, and that an answer is one
write, or a few that are not cut where clients look. Refuses to test what the answers say.
"""

from collections.abc import Iterable, Sequence

import pytest

from requite.generated.pop3 import State
from running import (
    Paper,
    Running,
    connected,
    fed,
    run,
    running_server,
    turns,
)
from shell.words import FIRST, LOGIN, SECOND, both_loops, joined, sized

# --- pipelining ----------------------------------------------------------------------------------

MANY = joined(
    b"CAPA",
    *LOGIN,
    b"STAT",
    b"LIST",
    b"UIDL",
    b"RETR 1",
    b"TOP 2 1",
    b"XYZZY",
    b"DELE 1",
    b"RETR 1",
    b"LIST",
    b"RSET",
    b"RETR 2",
    b"TOP 2",
    b"DELE 2",
    b"QUIT",
)


async def answers_on_paper(pieces: Iterable[bytes]) -> bytes:
    """Feed a session without a socket, and give all it writes."""
    async with running_server(FIRST, SECOND) as running:
        with fed(running) as (feed, paper):
            for piece in pieces:
                feed(piece)
        return b"".join(paper.writes)


def test_the_same_octets_split_anywhere_get_the_same_answers() -> None:
    """Whole, octet by octet, or cut in two at every place: what is answered is the same."""

    async def story() -> None:
        whole = await answers_on_paper([MANY])
        assert whole.count(b"+OK") == 15
        assert whole.endswith(b"+OK Goodbye.\r\n")
        assert await answers_on_paper(bytes([octet]) for octet in MANY) == whole
        for cut in range(len(MANY)):
            assert await answers_on_paper([MANY[:cut], MANY[cut:]]) == whole, f"cut at {cut}"

    run(story())


@pytest.mark.rfc("2449-6.6-pipelining")
@both_loops
@pytest.mark.parametrize("size", [len(MANY), 1])
def test_pipelined_commands_are_answered_in_order(size: int, loop: str) -> None:
    """Over a socket, in one write or octet by octet, each command gets its answer in its turn."""

    async def story() -> None:
        whole = await answers_on_paper([MANY])
        async with (
            running_server(FIRST, SECOND) as running,
            connected(running, greeted=False) as peer,
        ):
            for start in range(0, len(MANY), size):
                await peer.send(MANY[start : start + size])
                await turns(1)
            assert await peer.rest() == whole

    run(story(), loop=loop)


# --- one write -----------------------------------------------------------------------------------


async def writes_of(commands: Sequence[bytes], *stored: bytes) -> list[list[bytes]]:
    """Send commands one by one to a logged-in session, and give the writes that answer each."""
    found = []
    async with running_server(*stored) as running:
        with fed(running) as (feed, paper):
            feed(joined(*LOGIN))
            for command in commands:
                paper.writes.clear()
                feed(joined(command))
                await _until_answered(running, paper)
                found.append(paper.writes.copy())
    return found


async def _until_answered(running: Running, paper: Paper) -> None:
    """Wait for answers that come from a thread."""
    del paper
    await running.until(
        lambda: all(
            session.machine.state in {State.TRANSACTION, State.CLOSING}
            for session in running.server.sessions.values()
        )
    )


def test_each_answer_is_one_write() -> None:
    """A short answer, a listing and a message of up to 64 KiB are each written in one piece."""
    commands = (
        b"STAT",
        b"LIST",
        b"LIST 1",
        b"UIDL",
        b"UIDL 1",
        b"RETR 1",
        b"RETR 3",
        b"TOP 3 1",
        b"DELE 1",
        b"RETR 1",
        b"RSET",
        b"CAPA",
        b"NOOP",
        b"XYZZY",
        b"QUIT",
    )

    async def story() -> None:
        found = await writes_of(commands, FIRST, SECOND, sized(65_000))
        several = {command: len(writes) for command, writes in zip(commands, found, strict=True)}
        assert {command: n for command, n in several.items() if n != 1} == {}

    run(story())


@pytest.mark.parametrize("octets", [65_536, 65_537, 200_000, 262_144, 262_146, 600_000])
@pytest.mark.parametrize("command", [b"RETR 1", b"TOP 1 99999999"])
def test_a_long_answer_is_never_cut_at_its_ends(command: bytes, octets: int) -> None:
    """The first write has the whole status line, the last the whole end CRLF "." CRLF.

    Clients that look for the end in one read only wait for ever otherwise.
    """

    async def story() -> None:
        [writes] = await writes_of([command], sized(octets))
        assert writes[0].startswith(b"+OK ")
        assert b"\r\n" in writes[0]
        assert writes[-1].endswith(b"\r\n.\r\n"), f"{[len(one) for one in writes]}"
        assert sum(map(len, writes)) == octets + len(b".\r\n") + writes[0].find(b"\n") + 1

    run(story())


@pytest.mark.parametrize("messages", [999, 1_000, 1_001, 2_000])
def test_a_long_listing_is_never_cut_at_its_end(messages: int) -> None:
    """However many lines a listing has, its last write has the whole end CRLF "." CRLF."""

    async def story() -> None:
        [writes] = await writes_of([b"UIDL"], *[b""] * messages)
        assert b"".join(writes).count(b"\r\n") == messages + 2
        assert writes[-1].endswith(b"\r\n.\r\n"), f"{[len(one) for one in writes]}"

    run(story())
