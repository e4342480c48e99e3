"""Sessions inside TLS, by STLS and from the beginning.

Decides that nothing said in the clear is known inside, and that a session inside lives and ends
as one in the clear does. Refuses to test the commands once more.
"""

import asyncio
import ssl
from contextlib import suppress

import pytest

from requite.generated.pop3 import Event, State, Step
from requite.pop3.names import SessionId
from requite.pop3.shell import Settings
from running import (
    PASSWORD,
    connected,
    run,
    running_server,
    turns,
)
from shell.tls_client import OPEN_PATIENCE_S, Blocking, certificates, talked
from shell.words import (
    FIRST,
    LOGIN,
    SETTINGS,
    both_loops,
    joined,
)


@pytest.mark.rfc("8314-4-able")
@both_loops
def test_stls_is_refused_without_a_certificate(loop: str) -> None:
    """Without a certificate STLS is answered with -ERR, and the session goes on in the clear."""

    async def story() -> None:
        async with running_server(FIRST) as running, connected(running) as peer:
            assert await peer.ask(b"STLS") == b"-ERR TLS is not available here."
            await peer.ask(b"USER alice")
            assert (await peer.ask(b"PASS " + PASSWORD)).startswith(b"+OK")

    run(story(), loop=loop)


@pytest.mark.rfc("2595-4-begins", "2595-4-again", "8314-4-tls", "8314-4-stls")
@both_loops
def test_stls_begins_a_session_anew(loop: str) -> None:
    """After STLS there is no second greeting, no name is known, and STLS is offered no more."""

    def talk(peer: Blocking) -> None:
        peer.line()
        assert peer.ask(b"USER alice").startswith(b"+OK")
        assert peer.ask(b"STLS").startswith(b"+OK")
        peer.begin_tls()
        assert peer.ask(b"PASS " + PASSWORD) == b"-ERR Give USER first."
        assert peer.ask(b"CAPA").startswith(b"+OK")
        assert b"STLS" not in peer.listing()
        assert peer.ask(b"STLS") == b"-ERR TLS is not available here."
        assert peer.ask(b"USER alice").startswith(b"+OK")
        assert peer.ask(b"PASS " + PASSWORD) == b"+OK Logged in, 1 messages (108 octets)."
        assert peer.ask(b"QUIT") == b"+OK Goodbye."

    async def story() -> None:
        server_side, _ = certificates()
        settings = Settings(plaintext_without_tls="loopback")
        async with running_server(FIRST, tls=server_side, settings=settings) as running:
            await talked(running, talk)

    run(story(), loop=loop)


@both_loops
@pytest.mark.parametrize("apart", [True, False], ids=["in a second write", "in the same write"])
def test_plaintext_after_stls_is_discarded(loop: str, *, apart: bool) -> None:
    """What is sent in the clear after STLS is never taken for a command inside TLS.

    In the same write it is forgotten and the handshake goes on; in a write of its own it may also
    spoil the handshake. In neither case does it reach the session.
    """

    def talk(peer: Blocking) -> None:
        peer.line()
        injected = b"USER mallory\r\nNOOP\r\n"
        if apart:
            peer.send(b"STLS\r\n")
            peer.send(injected)
        else:
            peer.send(b"STLS\r\n" + injected)
        assert peer.line() == b"+OK Begin TLS."
        try:
            peer.begin_tls()
        except (ssl.SSLError, ConnectionError):
            return
        assert peer.ask(b"CAPA").startswith(b"+OK Capabilities")
        peer.listing()
        assert peer.ask(b"QUIT") == b"+OK Goodbye."

    async def story() -> None:
        server_side, _ = certificates()
        async with running_server(FIRST, tls=server_side) as running:
            await talked(running, talk)
            assert Event.USER_RECEIVED not in running.events
            assert Event.NOOP_RECEIVED not in running.events
            assert apart or Event.TLS_ESTABLISHED in running.events

    run(story(), loop=loop)


@both_loops
@pytest.mark.parametrize("octets_after", [0, 20_000])
@pytest.mark.parametrize(
    "commands_before", [0, SETTINGS.commands_per_turn, 3 * SETTINGS.commands_per_turn]
)
def test_plaintext_at_the_moment_of_stls_is_never_a_command(
    commands_before: int, octets_after: int, loop: str
) -> None:
    """What arrives in the clear just when STLS is taken is not executed, before TLS or inside.

    STLS may be taken in a turn of the loop that began with no input, so that the next thing the
    loop does is to read; and there may be more input behind it than the server keeps, so that
    reading has been paused before.
    """
    settings = Settings(input_octets=16_384, commands_before_login_max=1_000)

    def talk(peer: Blocking) -> None:
        peer.line()
        after = [b"NOOP"] * (octets_after // 6)
        peer.send(joined(*[b"NOOP"] * commands_before, b"STLS", *after))
        for _ in range(commands_before):
            assert peer.line() == b"-ERR Log in first."
        assert peer.line() == b"+OK Begin TLS."
        with suppress(ssl.SSLError, ConnectionError):
            # The handshake may succeed, or fail here or there by what was sent into it.
            peer.begin_tls()
            peer.send(b"QUIT\r\n")
            peer.socket.recv(1_000)

    async def story() -> None:
        server_side, _ = certificates()
        async with running_server(FIRST, tls=server_side, settings=settings) as running:
            peer = await asyncio.to_thread(Blocking, running)

            in_the_clear = peer.socket.dup()

            def inject(_: SessionId, step: Step) -> None:
                if step.event is Event.STLS_RECEIVED:
                    in_the_clear.sendall(b"USER mallory\r\n")

            running.watch = inject
            try:
                await asyncio.to_thread(talk, peer)
            finally:
                in_the_clear.close()
                peer.close()
            await running.until_over()
            assert Event.USER_RECEIVED not in running.events

    run(story(), loop=loop)


@pytest.mark.rfc("2595-2.5-checked")
@both_loops
def test_a_failed_handshake_ends_the_session(loop: str) -> None:
    """Whatever is sent in the place of a handshake closes the connection, and nothing is left."""

    def talk(peer: Blocking) -> None:
        peer.line()
        assert peer.ask(b"STLS").startswith(b"+OK")
        peer.send(b"this is no handshake\r\n" * 10)
        while peer.socket.recv(1_000):
            pass

    async def story() -> None:
        server_side, _ = certificates()
        async with running_server(FIRST, tls=server_side) as running:
            await talked(running, talk)
            assert Event.TLS_FAILED in running.events

    run(story(), loop=loop)


@both_loops
def test_leaving_in_the_middle_of_a_handshake_leaves_nothing(loop: str) -> None:
    """A client that says STLS and goes away, gently or not, leaves nothing behind."""

    async def story() -> None:
        server_side, _ = certificates()
        async with running_server(FIRST, tls=server_side) as running:
            for leave in ("close", "reset", "end_sending"):
                async with connected(running) as peer:
                    assert (await peer.ask(b"STLS")).startswith(b"+OK")
                    await running.until_state(State.STLS_HANDSHAKE)
                    await turns()
                    getattr(peer, leave)()
                    await running.until_over()

    run(story(), loop=loop)


@pytest.mark.rfc("8314-3.1-handshake", "8314-4-tls", "8314-4-implicit")
@both_loops
@pytest.mark.parametrize("patient", [True, False])
def test_implicit_tls_greets_after_the_handshake(loop: str, *, patient: bool) -> None:
    """On a pop3s listener the handshake comes first, however early the client begins it."""

    def talk(peer: Blocking) -> None:
        peer.begin_tls()
        assert peer.line().startswith(b"+OK requite")
        assert peer.ask(b"STLS") == b"-ERR TLS is not available here."
        assert peer.ask(b"USER alice").startswith(b"+OK")
        assert peer.ask(b"PASS " + PASSWORD).startswith(b"+OK")
        assert peer.ask(b"RETR 1") == b"+OK 108 octets"
        assert joined(*peer.listing()) == FIRST.replace(b"\n", b"\r\n")
        assert peer.ask(b"QUIT") == b"+OK Goodbye."

    async def story() -> None:
        server_side, _ = certificates()
        settings = Settings(plaintext_without_tls="never")
        async with running_server(
            FIRST, tls=server_side, tls_first=True, settings=settings
        ) as running:
            if patient:
                peer = await asyncio.to_thread(Blocking, running)
                await running.until_state(State.TLS_HANDSHAKE)
                await turns()
            else:
                # The first words of the handshake lie in the kernel before the server looks.
                peer = Blocking(running)
                peer.socket.settimeout(0.0)
                _, client_side = certificates()
                peer.socket = client_side.wrap_socket(
                    peer.socket, server_hostname="127.0.0.1", do_handshake_on_connect=False
                )
                with pytest.raises(ssl.SSLWantReadError):
                    peer.socket.do_handshake()
                peer.socket.settimeout(OPEN_PATIENCE_S)
                await asyncio.to_thread(peer.socket.do_handshake)
                peer.begin_tls = lambda: None  # type: ignore[method-assign] # It has begun.
            try:
                await asyncio.to_thread(talk, peer)
            finally:
                peer.close()
            await running.until_over()

    run(story(), loop=loop)


@both_loops
def test_a_large_message_arrives_through_tls(loop: str) -> None:
    """Five megabytes come through TLS as they do in the clear."""
    stored = b"Subject: large\n\n" + b"z" * 99 + b"\n" * 50_000 + b"y" * 5_000_000

    def talk(peer: Blocking) -> None:
        peer.line()
        assert peer.ask(b"STLS").startswith(b"+OK")
        peer.begin_tls()
        peer.send(joined(*LOGIN, b"RETR 1", b"QUIT"))
        peer.line()
        assert peer.line().startswith(b"+OK Logged in")
        assert peer.line().startswith(b"+OK ")
        received = b""
        while not received.endswith(b"\r\n.\r\n+OK Goodbye.\r\n"):
            data, peer._received = peer._received or peer.socket.recv(1_000_000), b""
            assert data, f"cut off after {len(received)} octets"
            received += data
        body = received.removesuffix(b".\r\n+OK Goodbye.\r\n")
        assert body == stored.replace(b"\n", b"\r\n") + b"\r\n"

    async def story() -> None:
        server_side, _ = certificates()
        async with running_server(stored, tls=server_side) as running:
            await talked(running, talk)

    run(story(), loop=loop)


@both_loops
@pytest.mark.parametrize("commands", range(4))
def test_idling_inside_tls_is_not_a_stall(commands: int, loop: str) -> None:
    """A client inside TLS may be silent for as long as one in the clear, after any command."""

    async def story() -> None:
        server_side, _ = certificates()
        async with running_server(FIRST, tls=server_side, tls_first=True) as running:
            peer = await asyncio.to_thread(Blocking, running)
            try:

                def talk() -> None:
                    peer.begin_tls()
                    peer.line()
                    for command in (*LOGIN, *[b"NOOP"] * commands):
                        peer.ask(command)

                await asyncio.to_thread(talk)
                await turns()
                running.clock.advance(SETTINGS.idle_s * 0.99)
                last = running.events[-1]
                assert running.server.sessions, f"the session is over by {last.name}"
            finally:
                await asyncio.to_thread(peer.close)

    run(story(), loop=loop)


@pytest.mark.rfc("2595-2.2-private")
@both_loops
@pytest.mark.parametrize("way", ["farewell", "close", "kick", "idle", "login"])
def test_every_way_out_of_tls_is_a_clean_one(way: str, loop: str) -> None:
    """However a session inside TLS ends, no timer and no complaint of the event loop is left."""

    async def story() -> None:
        server_side, _ = certificates()
        async with running_server(FIRST, tls=server_side, tls_first=True) as running:
            peer = await asyncio.to_thread(Blocking, running)
            try:

                def talk() -> None:
                    peer.begin_tls()
                    peer.line()
                    for command in LOGIN if way != "login" else LOGIN[:1]:
                        peer.ask(command)
                    if way == "farewell":
                        assert isinstance(peer.socket, ssl.SSLSocket)
                        with suppress(OSError):  # The server need not answer in kind.
                            peer.socket.unwrap()

                await asyncio.to_thread(talk)
                if way == "close":
                    peer.close()
                elif way == "kick":
                    running.server.kick(running.session.id)
                    assert await asyncio.to_thread(peer.line)
                    peer.close()
                elif way in {"idle", "login"}:
                    running.clock.advance(SETTINGS.idle_s if way == "idle" else SETTINGS.login_s)
                await running.until_over()
            finally:
                peer.close()

    run(story(), loop=loop)
