"""A server that is told to end accepts nobody any more, in whatever order it is told.

Decides that `stop` comes to an end after `end_all` alone, and that no listener outlives it. Refuses
to test what the sessions are told: that is the exits' own test.
"""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from requite.pop3.accounts import SingleAccount
from requite.pop3.configuration import Endpoint
from requite.pop3.ledger import ProcessLedger
from requite.pop3.server import Server
from requite.pop3.shell import Services
from running import ALICE, PASSWORD, memory, run
from shell.words import FIRST, both_loops

ANYWHERE = Endpoint("127.0.0.1", 0)


@contextmanager
def a_server() -> Iterator[Server]:
    """Make a server that does not listen yet; what it forgets to close is closed all the same."""
    accounts = SingleAccount(ALICE, PASSWORD)
    server = Server(Services(accounts=accounts, ledger=ProcessLedger(), maildrops=memory(FIRST)))
    try:
        yield server
    finally:
        for listener in server._listeners:
            listener.close()  # A loop with an open one does not end, and the test would not.


async def connect(place: Endpoint) -> None:
    """Connect and leave."""
    with socket.socket() as client:
        client.setblocking(False)  # noqa: FBT003 - the standard library's only form.
        await asyncio.get_running_loop().sock_connect(client, (place.host, place.port))


@both_loops
def test_ending_all_sessions_without_draining_lets_the_server_stop(loop: str) -> None:
    """After `end_all` alone nobody is listened to, and `stop` returns."""

    async def story() -> None:
        with a_server() as server:
            place = await server.listen(ANYWHERE)
            server.end_all()
            with pytest.raises(ConnectionRefusedError):
                await connect(place)
            assert await server.stop() == ()

    run(story(), loop=loop)


@both_loops
def test_draining_after_all_were_ended_changes_nothing(loop: str) -> None:
    """Whoever drains after `end_all` finds it done, and may stop twice."""

    async def story() -> None:
        with a_server() as server:
            await server.listen(ANYWHERE)
            server.end_all()
            server.drain()
            assert await server.stop() == ()
            assert await server.stop() == ()

    run(story(), loop=loop)


@both_loops
@pytest.mark.parametrize("late", [True, False], ids=["asked after", "asked before"])
def test_a_listener_that_is_ready_only_after_draining_is_closed(loop: str, *, late: bool) -> None:
    """A server that drains while it begins to listen lets nobody in, and stops."""

    async def story() -> None:
        with a_server() as server:
            if late:
                server.drain()
            listening = asyncio.create_task(server.listen(ANYWHERE))
            await asyncio.sleep(0)
            server.drain()
            place = await listening
            with pytest.raises(ConnectionRefusedError):
                await connect(place)
            assert await server.stop() == ()

    run(story(), loop=loop)
