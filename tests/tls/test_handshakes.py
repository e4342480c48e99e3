"""The time that a handshake has, and what a client leaves behind when it goes away in one.

Decides that a handshake has a deadline of its own, wherever the client stops, and that nothing said
in the clear is known or done after it. Refuses to say which certificate is shown.
"""

import asyncio
import ssl
from contextlib import suppress

import pytest

from requite.generated.pop3 import Event, State
from requite.pop3.ledger import LedgerLimits
from requite.pop3.login import LoginName
from requite.pop3.services import Identity
from requite.pop3.shell import Session
from running import PASSWORD, Peer, connected, logged_in, run, running_server, turns
from shell.tls_client import Blocking, certificates, talked
from shell.words import FIRST, SETTINGS, both_loops

HANDSHAKE_S = SETTINGS.handshake_s
STOPS = ("before", "in the hello", "after the hello", "in the second flight")
VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)


async def shake_until(peer: Peer, stop: str, version: ssl.TLSVersion) -> None:
    """Go on with a handshake as far as is asked for, and no further."""
    _, trusted = certificates()
    client = ssl.create_default_context()
    client.minimum_version = client.maximum_version = version
    client.load_verify_locations(cadata=b"".join(trusted.get_ca_certs(binary_form=True)))
    from_server, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = client.wrap_bio(from_server, to_server, server_hostname="127.0.0.1")
    for flight in ("hello", "second flight"):
        if stop == "before":
            return
        while not to_server.pending:
            with suppress(ssl.SSLWantReadError):
                tls.do_handshake()
            if not to_server.pending:
                from_server.write(await peer.receive())
        octets = to_server.read()
        if stop == f"in the {flight}":
            await peer.send(octets[: len(octets) // 2])
            return
        await peer.send(octets)
        if stop == f"after the {flight}":
            return


@both_loops
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("first", [True, False], ids=["implicit", "STLS"])
@pytest.mark.parametrize("stop", STOPS)
def test_a_handshake_that_is_abandoned_ends_at_its_deadline(
    loop: str, stop: str, version: ssl.TLSVersion, *, first: bool
) -> None:
    """Wherever a client falls silent, it has `handshake_s` in all, and not a moment more."""
    server_side, _ = certificates()
    state = State.TLS_HANDSHAKE if first else State.STLS_HANDSHAKE

    async def story() -> None:
        async with (
            running_server(FIRST, tls=server_side, tls_first=first) as running,
            connected(running, greeted=not first) as peer,
        ):
            if not first:
                assert (await peer.ask(b"STLS")).startswith(b"+OK")
            await running.until_state(state)
            await turns()
            running.clock.advance(HANDSHAKE_S * 0.5)
            await shake_until(peer, stop, version)
            await turns()
            running.clock.advance(HANDSHAKE_S * 0.49)
            await turns()
            assert running.state() is state
            running.clock.advance(HANDSHAKE_S * 0.02)
            await running.until_over()
            assert running.events[-2:] == [Event.TIME_EXPIRED, Event.TLS_FAILED]

    run(story(), loop=loop)


async def begin_tls(peer: Peer) -> asyncio.Transport:
    """Shake hands on the socket of a client."""
    _, client_side = certificates()
    transport, _ = await asyncio.get_running_loop().create_connection(
        asyncio.Protocol, sock=peer._socket.dup(), ssl=client_side, server_hostname="127.0.0.1"
    )
    return transport


@both_loops
@pytest.mark.parametrize("late", [False, True], ids=["in time", "too late"])
def test_a_handshake_gives_no_new_time_to_log_in(loop: str, *, late: bool) -> None:
    """After a handshake there is what was left of `login_s`, which may be nothing."""
    server_side, _ = certificates()
    before = SETTINGS.login_s - HANDSHAKE_S * (0.5 if late else 0.9)

    async def story() -> None:
        async with (
            running_server(FIRST, tls=server_side) as running,
            connected(running) as peer,
        ):
            running.clock.advance(before)
            assert (await peer.ask(b"STLS")).startswith(b"+OK")
            await running.until_state(State.STLS_HANDSHAKE)
            await turns()
            running.clock.advance(HANDSHAKE_S * 0.8)
            transport = await begin_tls(peer)
            await running.until(lambda: Event.TLS_ESTABLISHED in running.events)
            if not late:
                running.clock.advance(HANDSHAKE_S * 0.09)
                assert running.state() is State.AUTHORIZATION
            running.clock.advance(HANDSHAKE_S * 0.02)
            assert running.events[-1] is Event.TIME_EXPIRED
            transport.abort()
            peer.close()
            await running.until_over()

    run(story(), loop=loop)


@both_loops
def test_the_rest_of_a_cut_line_is_no_end_of_it_inside_tls(loop: str) -> None:
    """Half a line after STLS is forgotten: what comes inside TLS begins a line of its own."""

    def talk(peer: Blocking) -> None:
        peer.line()
        peer.send(b"STLS\r\nUSER al")
        assert peer.line() == b"+OK Begin TLS."
        peer.begin_tls()
        assert peer.ask(b"ice") == b"-ERR Unknown command."
        assert peer.ask(b"PASS " + PASSWORD) == b"-ERR Give USER first."

    async def story() -> None:
        server_side, _ = certificates()
        async with running_server(FIRST, tls=server_side) as running:
            await talked(running, talk)
            assert Event.USER_RECEIVED not in running.events

    run(story(), loop=loop)


@both_loops
@pytest.mark.parametrize("cut", range(len(b"STLS\r\nUSER mallory\r\n")))
def test_plaintext_around_stls_is_discarded_wherever_it_is_cut(loop: str, cut: int) -> None:
    """A line in the clear behind STLS is never a command, however the two are cut in segments.

    What comes before the handshake is forgotten; what comes in its place spoils it.
    """
    sent = b"STLS\r\nUSER mallory\r\n"

    async def story() -> None:
        server_side, _ = certificates()
        async with (
            running_server(FIRST, tls=server_side) as running,
            connected(running) as peer,
        ):
            await peer.send(sent[:cut])
            await turns()
            await peer.send(sent[cut:])
            assert await peer.line() == b"+OK Begin TLS."
            await turns()
            with suppress(ssl.SSLError, ConnectionError):
                transport = await begin_tls(peer)
                transport.write(b"NOOP\r\n")
                await running.until(lambda: Event.NOOP_RECEIVED in running.events)
                transport.abort()
            peer.close()
            await running.until_over()
            assert Event.USER_RECEIVED not in running.events
            spoilt = Event.TLS_FAILED in running.events
            assert spoilt == (cut >= len(b"STLS\r\n")), f"found {running.events}"

    run(story(), loop=loop)


@both_loops
def test_a_hello_that_does_not_wait_for_the_answer_is_forgotten(loop: str) -> None:
    """A handshake in one segment with STLS was received in the clear, and is not begun with."""

    async def story() -> None:
        server_side, client_side = certificates()
        nothing, hello = ssl.MemoryBIO(), ssl.MemoryBIO()
        with suppress(ssl.SSLWantReadError):
            client_side.wrap_bio(nothing, hello, server_hostname="127.0.0.1").do_handshake()
        async with (
            running_server(FIRST, tls=server_side) as running,
            connected(running) as peer,
        ):
            await peer.send(b"STLS\r\n" + hello.read())
            assert await peer.line() == b"+OK Begin TLS."
            await turns()
            running.clock.advance(HANDSHAKE_S)
            assert await peer.rest() == b""
            await running.until_over()
            assert running.events[-2:] == [Event.TIME_EXPIRED, Event.TLS_FAILED]

    run(story(), loop=loop)


def known_of(session: Session) -> tuple[Identity | None, LoginName | None]:
    """Return who a session thinks that its client is."""
    return session.identity, session._login_name


@both_loops
def test_who_logged_in_before_stls_is_forgotten(loop: str) -> None:
    """A login in the clear that opened nothing is not known inside TLS."""

    async def story() -> None:
        server_side, _ = certificates()
        limits = LedgerLimits(account=1)
        async with (
            running_server(FIRST, tls=server_side, limits=limits) as running,
            logged_in(running) as first,
            connected(running) as second,
        ):
            await second.ask(b"USER alice")
            assert (await second.ask(b"PASS " + PASSWORD)).startswith(b"-ERR [IN-USE]")
            [*_, later] = running.server.sessions.values()
            assert None not in known_of(later)
            assert (await second.ask(b"STLS")).startswith(b"+OK")
            assert known_of(later) == (None, None)
            second.close()
            await first.ask(b"QUIT")
            first.close()
            await running.until_over()

    run(story(), loop=loop)
