"""STLS while the client has yet to take what was said in the clear.

Decides that the handshake begins when all of that has been taken, and that a session which ends
before leaves nothing behind. Refuses to test TLS itself: that is `test_transcripts_tls`.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from requite.generated.pop3 import Event, State
from requite.pop3.shell import Settings
from running import PASSWORD, Running, run, running_server, turns
from shell.tls_client import Blocking, certificates
from shell.words import FIRST, SETTINGS, both_loops, joined

COMMANDS = 5_000
"""Their answers are more than both kernels keep, and less than `output_octets`."""
PATIENT = Settings(commands_before_login_max=1_000_000)
KERNEL_OCTETS = 2_048


@asynccontextmanager
async def waiting(running: Running) -> AsyncIterator[Blocking]:
    """Ask for TLS behind many commands, and read nothing."""
    peer = await asyncio.to_thread(Blocking, running)
    try:
        peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, KERNEL_OCTETS)
        sending = asyncio.to_thread(peer.send, joined(*[b"NOOP"] * COMMANDS, b"STLS"))
        await asyncio.gather(sending, running.until_state(State.STLS_HANDSHAKE))
        await turns()
        assert running.session.unsent, "the kernels have kept everything, and nothing is tested"
        yield peer
    finally:
        peer.close()


@both_loops
def test_the_handshake_begins_when_all_before_it_is_taken(loop: str) -> None:
    """Whoever reads late is told everything in the clear, and has a whole session inside TLS."""

    def talk(peer: Blocking) -> None:
        peer.line()
        for _ in range(COMMANDS):
            assert peer.line() == b"-ERR Log in first."
        assert peer.line() == b"+OK Begin TLS."
        peer.begin_tls()
        assert peer.ask(b"USER alice").startswith(b"+OK")
        assert peer.ask(b"PASS " + PASSWORD).startswith(b"+OK")
        assert peer.ask(b"LIST").startswith(b"+OK")
        assert peer.listing() == [b"1 108"]
        assert peer.ask(b"QUIT") == b"+OK Goodbye."

    async def story() -> None:
        server_side, _ = certificates()
        async with running_server(
            FIRST, tls=server_side, sends_octets=KERNEL_OCTETS, settings=PATIENT
        ) as running:
            async with waiting(running) as peer:
                await asyncio.to_thread(talk, peer)
            await running.until_over()

    run(story(), loop=loop)


ENDS: dict[str, Callable[[Running], object]] = {
    "kicked": lambda running: running.server.kick(running.session.id),
    "drained": lambda running: running.server.drain(),
    "stalled": lambda running: running.clock.advance(SETTINGS.write_s),
    "too late to log in": lambda running: running.clock.advance(SETTINGS.login_s),
    "faulted": lambda running: running.session.report(Event.FAULTED),
}


@both_loops
@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_a_session_that_ends_before_its_handshake_begins_is_over(
    end: Callable[[Running], object], loop: str
) -> None:
    """Whatever ends a session while TLS waits for the client ends it there and then."""

    async def story() -> None:
        server_side, _ = certificates()
        async with running_server(
            FIRST, tls=server_side, sends_octets=KERNEL_OCTETS, settings=PATIENT
        ) as running:
            async with waiting(running):
                end(running)
                await running.until_over()
            assert running.events[-1] is Event.TLS_FAILED
            assert await running.server.stop() == ()

    run(story(), loop=loop)
