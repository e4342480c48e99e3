"""A session that is over is freed there and then.

Decides that nothing of a session waits for the garbage collector, which would look at every session
that is open to find the few that are over: without any work of its own a log-in cost 7 % more.
"""

import gc
from collections.abc import Awaitable, Callable, Iterator

import pytest

from requite.pop3.shell import Session
from requite.pop3.shell.connection import Connection
from running import LOOPS, Peer, connected, logged_in, run, running_server, turns
from shell.words import FIRST, SECOND


@pytest.fixture(autouse=True)
def no_collector() -> Iterator[None]:
    """Collect what others left, and nothing from then on."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def in_memory() -> list[str]:
    """Name what there is of sessions."""
    return [type(one).__name__ for one in gc.get_objects() if isinstance(one, Session | Connection)]


async def log_out(peer: Peer) -> None:
    """Read everything there is, and leave as a client should."""
    await peer.ask_listing(b"UIDL")
    await peer.ask_listing(b"RETR 1")
    await peer.ask(b"DELE 1")
    assert await peer.ask(b"QUIT") == b"+OK Goodbye."
    assert await peer.rest() == b""


async def break_off(peer: Peer) -> None:
    """Leave while a message is on its way."""
    await peer.send(b"RETR 2\r\n")
    peer.reset()


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("leave", [log_out, break_off], ids=lambda leave: leave.__name__)
def test_a_session_that_is_over_is_freed_at_once(
    leave: Callable[[Peer], Awaitable[None]], loop: str
) -> None:
    """With the garbage collector off nothing is left of a session, however it ended."""

    async def story() -> None:
        async with running_server(FIRST, SECOND) as running:
            async with logged_in(running) as peer:
                assert sorted(in_memory()) == ["Connection", "Session"]
                await leave(peer)
            await running.until_over()
            await turns(5)
            assert in_memory() == []
            async with connected(running) as peer:
                peer.close()
            await running.until_over()
            await turns(5)
            assert in_memory() == []

    run(story(), loop=loop)
