"""Sessions behind a proxy that says who the client is, over sockets.

Decides that a header comes first or nobody is served, that what follows it reaches the session or
TLS whole, and that limits and passwords are about the client and not about the proxy. Refuses to
test what is a header (`wire.test_proxy`).
"""

import asyncio
import logging
import ssl
from contextlib import AsyncExitStack
from dataclasses import replace
from ipaddress import ip_address, ip_network

import pytest

from requite.generated.pop3 import Event, State
from requite.pop3.configuration import Endpoint
from requite.pop3.ledger import LedgerLimits
from requite.pop3.services import AddressKey
from requite.pop3.shell import Settings
from requite.pop3.shell.proxies import WARNING_EVERY_S
from running import (
    Peer,
    Running,
    connected,
    run,
    running_server,
    turns,
)
from shell.tls_client import certificates
from shell.words import FIRST, LOGIN, both_loops, joined

SETTINGS = Settings(proxies_trusted=(ip_network("127.0.0.1"),), plaintext_without_tls="always")
CLIENT = ip_address("192.0.2.1")
TEXT = b"PROXY TCP4 192.0.2.1 198.51.100.1 49153 110\r\n"
BINARY = bytes.fromhex("0d0a0d0a000d0a515549540a 2111000c c0000201c6336401c001006e")
MAPPED = b"PROXY TCP6 ::ffff:192.0.2.1 ::1 49153 110\r\n"
OTHER = b"PROXY TCP6 2001:db8::1 2001:db8::2 49153 110\r\n"
LOOPBACK = b"PROXY TCP4 127.0.0.1 127.0.0.1 49153 110\r\n"
UNKNOWN = b"PROXY UNKNOWN\r\n"
UNSPEC = bytes.fromhex("0d0a0d0a000d0a515549540a 21000000")
LOCAL = bytes.fromhex("0d0a0d0a000d0a515549540a 20000000")
TALK = joined(*LOGIN, b"STAT", b"QUIT")

headers = pytest.mark.parametrize("header", [TEXT, BINARY], ids=["version 1", "version 2"])


def answers(received: bytes) -> list[bytes]:
    """Give the first words of each line."""
    return [line[:11] for line in received.splitlines()]


EXPECTED = [b"+OK requite", b"+OK Passwor", b"+OK Logged ", b"+OK 1 108", b"+OK Goodbye"]

# --- what follows the header -------------------------------------------------------------------


@pytest.mark.rfc("PROXY-2-partial")
@both_loops
@headers
@pytest.mark.parametrize("pieces", ["whole", "apart", "octets", "inside"])
def test_what_follows_the_header_is_the_clients(header: bytes, pieces: str, loop: str) -> None:
    """Commands behind a header are all answered, however the stream is cut, and then its end."""
    stream = header + TALK
    ways = {
        "whole": [stream],
        "apart": [header, TALK],
        "octets": [stream[at : at + 1] for at in range(len(stream))],
        "inside": [stream[:20], stream[20 : len(header) + 3], stream[len(header) + 3 :]],
    }

    async def story() -> None:
        async with (
            running_server(FIRST, settings=SETTINGS, proxied=True) as running,
            connected(running, greeted=False) as peer,
        ):
            for piece in ways[pieces]:
                await peer.send(piece)
                await turns(3)
            peer.end_sending()
            assert answers(await peer.rest()) == EXPECTED

    run(story(), loop=loop)


@pytest.mark.rfc("PROXY-2-complete")
@both_loops
def test_nothing_is_said_before_the_header(loop: str) -> None:
    """The greeting waits for the header, and so does the time to log in."""

    async def story() -> None:
        async with (
            running_server(FIRST, settings=SETTINGS, proxied=True) as running,
            connected(running, greeted=False) as peer,
        ):
            await running.until_state(State.PROXY_HEADER)
            await peer.send(TEXT[:-1])
            await turns()
            running.clock.advance(SETTINGS.proxy_s * 0.99)
            assert running.state() is State.PROXY_HEADER
            await peer.send(TEXT[-1:])
            assert (await peer.line()).startswith(b"+OK requite")
            running.clock.advance(SETTINGS.login_s * 0.99)
            assert running.state() is State.AUTHORIZATION
            running.clock.advance(SETTINGS.login_s * 0.02)
            assert await peer.rest() == b""
            assert running.events[-1] is Event.TIME_EXPIRED

    run(story(), loop=loop)


@both_loops
def test_however_much_follows_the_header_is_not_lost(loop: str) -> None:
    """However much follows the header in its segment, all of it is answered."""
    commands = 10_000
    settings = replace(SETTINGS, input_octets=16_384, commands_before_login_max=commands + 1)

    async def story() -> None:
        async with (
            running_server(FIRST, settings=settings, proxied=True) as running,
            connected(running, greeted=False) as peer,
        ):
            sending = asyncio.create_task(peer.send(TEXT + b"NOOP\r\n" * commands + b"QUIT\r\n"))
            received = await peer.rest()
            await sending
            assert received.count(b"-ERR Log in first.\r\n") == commands
            assert received.endswith(b"+OK Goodbye.\r\n")

    run(story(), loop=loop)


class Wrapped:
    """TLS over a client by hand, so that the test decides what goes into which segment."""

    def __init__(self, peer: Peer) -> None:
        _, client_side = certificates()
        self._peer = peer
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = client_side.wrap_bio(
            self._incoming, self._outgoing, server_hostname="127.0.0.1"
        )

    def first_words(self) -> bytes:
        """Give the ClientHello."""
        with pytest.raises(ssl.SSLWantReadError):
            self._tls.do_handshake()
        return self._outgoing.read()

    async def _more(self) -> None:
        received = await self._peer.receive()
        if not received:
            self._incoming.write_eof()
        self._incoming.write(received)

    async def shake_hands(self) -> None:
        """Go on to the end of the handshake."""
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._send()
                await self._more()
            else:
                await self._send()
                return

    async def _send(self) -> None:
        if self._outgoing.pending:
            await self._peer.send(self._outgoing.read())

    async def talk(self, commands: bytes, mark: bytes) -> bytes:
        """Send commands, and read until a mark comes."""
        self._tls.write(commands)
        await self._send()
        received = b""
        while mark not in received:
            try:
                received += self._tls.read(65_536)
            except ssl.SSLWantReadError:
                await self._more()
        return received


@both_loops
@headers
@pytest.mark.parametrize("pieces", ["whole", "apart", "octets", "inside"])
def test_a_handshake_behind_the_header_is_not_lost(header: bytes, pieces: str, loop: str) -> None:
    """On a listener that begins with TLS the handshake follows the header, in any segments."""

    async def story() -> None:
        server_side, _ = certificates()
        async with (
            running_server(
                FIRST, settings=SETTINGS, tls=server_side, tls_first=True, proxied=True
            ) as running,
            connected(running, greeted=False) as peer,
        ):
            inside = Wrapped(peer)
            hello = inside.first_words()
            stream = header + hello
            ways = {
                "whole": [stream],
                "apart": [header, hello],
                "octets": [stream[at : at + 1] for at in range(len(stream))],
                "inside": [header[:10], header[10:] + hello[:7], hello[7:]],
            }
            for piece in ways[pieces]:
                await peer.send(piece)
                await turns(3)
            await inside.shake_hands()
            received = await inside.talk(TALK, b"Goodbye.\r\n")
            assert answers(received) == EXPECTED
            peer.close()
            await running.until_over()

    run(story(), loop=loop)


# --- ways out ----------------------------------------------------------------------------------


@pytest.mark.rfc("PROXY-2-deadline")
@both_loops
@pytest.mark.parametrize("sent", [b"", b"P", TEXT[:-1], BINARY[:-1]], ids=repr)
def test_half_a_header_and_silence_ends_in_time(sent: bytes, loop: str) -> None:
    """A proxy that does not finish its header is dropped after `proxy_s`, without a word."""

    async def story() -> None:
        async with (
            running_server(FIRST, settings=SETTINGS, proxied=True) as running,
            connected(running, greeted=False) as peer,
        ):
            await running.until_state(State.PROXY_HEADER)
            await peer.send(sent)
            await turns()
            running.clock.advance(SETTINGS.proxy_s * 0.99)
            assert running.state() is State.PROXY_HEADER
            running.clock.advance(SETTINGS.proxy_s * 0.02)
            assert running.events == [Event.PROXIED, Event.TIME_EXPIRED]
            assert await rest_of(peer) == b""

    run(story(), loop=loop)


async def rest_of(peer: Peer) -> bytes:
    """Read to the end, gentle or not: who is dropped with octets unread gets a reset."""
    try:
        return await peer.rest()
    except ConnectionResetError:
        return b""


@pytest.mark.rfc("PROXY-2-complete", "PROXY-2-configured", "PROXY-2.1-abort", "PROXY-2.2-neither")
@both_loops
@pytest.mark.parametrize("tls_first", [False, True])
@pytest.mark.parametrize(
    "sent",
    [b"CAPA\r\n", b"\x16\x03\x01\x02\x00", b"\r\n\r\nQUIT\r\n", b"PROXY TCP4\r\n", b"\0" * 70_000],
    ids=lambda sent: repr(sent[:10]),
)
def test_what_is_no_header_is_dropped(sent: bytes, loop: str, *, tls_first: bool) -> None:
    """A client that comes without a header, or with a broken one, is dropped without a word."""

    async def story() -> None:
        server_side, _ = certificates()
        async with (
            running_server(
                FIRST, settings=SETTINGS, tls=server_side, tls_first=tls_first, proxied=True
            ) as running,
            connected(running, greeted=False) as peer,
        ):
            await peer.send(sent)
            assert await rest_of(peer) == b""
            assert running.events == [Event.PROXIED, Event.PROXY_UNREADABLE]

    run(story(), loop=loop)


@both_loops
@pytest.mark.parametrize(
    ("leave", "event"),
    [
        ("reset", Event.CONNECTION_LOST),
        ("close", Event.END_OF_STREAM),
        ("end_sending", Event.END_OF_STREAM),
    ],
)
def test_leaving_in_the_middle_of_a_header_leaves_nothing(
    leave: str, event: Event, loop: str
) -> None:
    """A proxy that goes away inside its header leaves nothing behind."""

    async def story() -> None:
        async with (
            running_server(FIRST, settings=SETTINGS, proxied=True) as running,
            connected(running, greeted=False) as peer,
        ):
            await peer.send(TEXT[:-5])
            await running.until_state(State.PROXY_HEADER)
            await turns()
            getattr(peer, leave)()
            await running.until_over()
            assert running.events == [Event.PROXIED, event]

    run(story(), loop=loop)


@pytest.mark.rfc("PROXY-2-trusted")
@both_loops
def test_a_stranger_is_dropped_and_told_of_now_and_then(
    loop: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Who is in no trusted network is not listened to; the log has a line a minute of it."""
    settings = replace(SETTINGS, proxies_trusted=(ip_network("10.0.0.0/8"), ip_network("::1")))
    caplog.set_level(logging.WARNING, logger="requite.pop3")

    async def comes(running: Running) -> None:
        async with connected(running, greeted=False) as peer:
            assert await rest_of(peer) == b""

    async def story() -> None:
        async with running_server(FIRST, settings=settings, proxied=True) as running:
            for _ in range(3):
                await comes(running)
            running.clock.advance(WARNING_EVERY_S * 0.99)
            await comes(running)
            running.clock.advance(WARNING_EVERY_S * 0.02)
            await comes(running)
            running.clock.advance(WARNING_EVERY_S)
            await comes(running)
            assert running.events == [Event.PROXIED, Event.PROXY_DISTRUSTED] * 6

    run(story(), loop=loop)
    first, second, third = (record.getMessage() for record in caplog.records)
    assert first.startswith("127.0.0.1 is dropped: ")
    assert first.endswith("so were 0 others.")
    assert second.endswith("so were 3 others.")
    assert third.endswith("so were 0 others.")


@pytest.mark.rfc("PROXY-2-trusted")
def test_a_listener_for_proxies_needs_to_trust_one() -> None:
    """Nobody could come in, and nobody would know why: it is refused at once."""

    async def story() -> None:
        async with running_server(FIRST) as running:
            with pytest.raises(ValueError, match=r"^a listener for proxies trusts none; give "):
                await running.server.listen(Endpoint("127.0.0.1", 0), proxied=True)

    run(story())


# --- who the client is ---------------------------------------------------------------------------


@pytest.mark.rfc("PROXY-2.1-accepted", "PROXY-2.2-proxy")
@both_loops
def test_the_limit_of_an_address_counts_the_clients(loop: str) -> None:
    """Through one proxy each client has its own room, under whichever name it comes."""

    async def story() -> None:
        async with (
            running_server(
                FIRST, settings=SETTINGS, limits=LedgerLimits(address=1), proxied=True
            ) as running,
            AsyncExitStack() as peers,
        ):

            async def greeted(header: bytes) -> bytes:
                peer = await peers.enter_async_context(connected(running, greeted=False))
                await peer.send(header)
                return await peer.line()

            for header in (TEXT, OTHER, LOOPBACK):
                assert (await greeted(header)).startswith(b"+OK")
            for header in (BINARY, MAPPED, UNKNOWN, UNSPEC, LOCAL):
                assert (await greeted(header)).startswith(b"-ERR [SYS/TEMP] Too many connections")
            assert running.ledger.held(AddressKey(CLIENT)) == 1

    run(story(), loop=loop)


@both_loops
@pytest.mark.parametrize(
    ("header", "allowed"),
    [
        (LOOPBACK, True),
        (LOCAL, True),
        (TEXT, False),
        (BINARY, False),
        (UNKNOWN, False),
        (UNSPEC, False),
    ],
    ids=["loopback", "LOCAL", "version 1", "version 2", "UNKNOWN", "UNSPEC"],
)
def test_a_password_travels_readable_from_this_machine_only(
    header: bytes, loop: str, *, allowed: bool
) -> None:
    """A proxy on this machine does not bring its clients here; whom it does not know is far."""
    settings = replace(SETTINGS, plaintext_without_tls="loopback")

    async def story() -> None:
        async with (
            running_server(FIRST, settings=settings, proxied=True) as running,
            connected(running, greeted=False) as peer,
        ):
            await peer.send(header)
            await peer.line()
            offered = b"USER" in await peer.ask_listing(b"CAPA")
            accepted = (await peer.ask(b"USER alice")).startswith(b"+OK")
            assert (offered, accepted) == (allowed, allowed)

    run(story(), loop=loop)


@both_loops
def test_stls_begins_behind_a_header_too(loop: str) -> None:
    """Inside TLS a client far away may log in, as without a proxy."""
    settings = replace(SETTINGS, plaintext_without_tls="never")

    async def story() -> None:
        server_side, _ = certificates()
        async with (
            running_server(FIRST, settings=settings, tls=server_side, proxied=True) as running,
            connected(running, greeted=False) as peer,
        ):
            await peer.send(TEXT)
            await peer.line()
            assert await peer.ask(b"STLS") == b"+OK Begin TLS."
            inside = Wrapped(peer)
            await peer.send(inside.first_words())
            await inside.shake_hands()
            received = await inside.talk(TALK, b"Goodbye.\r\n")
            assert answers(received) == EXPECTED[1:]
            peer.close()
            await running.until_over()

    run(story(), loop=loop)


@pytest.mark.rfc("PROXY-2-configured")
@both_loops
def test_a_header_is_read_once(loop: str) -> None:
    """A second header is the client's, and is no command."""

    async def story() -> None:
        async with (
            running_server(FIRST, settings=SETTINGS, proxied=True) as running,
            connected(running, greeted=False) as peer,
        ):
            await peer.send(TEXT + OTHER)
            await peer.line()
            assert await peer.line() == b"-ERR Unknown command."
            assert running.ledger.held(AddressKey(CLIENT)) == 1

    run(story(), loop=loop)


@pytest.mark.rfc("PROXY-2-configured")
@both_loops
def test_other_listeners_take_no_header(loop: str) -> None:
    """Where no proxy is expected nobody can name an address: a header is an unknown command."""

    async def story() -> None:
        async with (
            running_server(FIRST, settings=SETTINGS) as running,
            connected(running) as peer,
        ):
            assert await peer.ask(TEXT[:-2]) == b"-ERR Unknown command."
            assert running.ledger.held(AddressKey(CLIENT)) == 0

    run(story(), loop=loop)
