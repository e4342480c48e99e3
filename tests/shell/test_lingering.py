"""Sessions that are over but for a client that does not close its socket."""

import asyncio
from dataclasses import replace

from requite.pop3.shell import Settings
from running import connected, run, running_server

SETTINGS = Settings()

LIMIT = 3


def test_lingering_sockets_have_a_limit() -> None:
    """With as many clients as the limit that never close after QUIT, one more ends the oldest."""

    async def story() -> None:
        settings = replace(SETTINGS, closing=LIMIT)
        async with running_server(b"Subject: one\n", settings=settings) as running:
            clients = [connected(running) for _ in range(LIMIT + 1)]
            peers = [await client.__aenter__() for client in clients]
            for peer in peers[:LIMIT]:
                await peer.send(b"QUIT\r\n")
                assert await peer.line() == b"+OK Goodbye."
            assert len(running.server.sessions) == LIMIT + 1
            await peers[LIMIT].send(b"QUIT\r\n")
            assert await peers[LIMIT].line() == b"+OK Goodbye."
            await running.until(lambda: len(running.server.sessions) == LIMIT)
            for client in clients:
                await client.__aexit__(None, None, None)
            await running.until_over()

    run(story(), loop="asyncio")


def test_whoever_lingers_is_ended_by_its_own_timer_too() -> None:
    """A client that never closes after QUIT keeps its socket for `close_s` and no longer."""

    async def story() -> None:
        async with running_server(b"Subject: one\n") as running, connected(running) as peer:
            await peer.send(b"QUIT\r\n")
            assert await peer.line() == b"+OK Goodbye."
            await asyncio.sleep(0)
            running.clock.advance(SETTINGS.close_s)
            await running.until_over()

    run(story(), loop="asyncio")
