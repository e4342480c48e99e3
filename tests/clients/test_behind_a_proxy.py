"""HAProxy before the server, and curl in a proxy's place: who do sessions count for?

What is compared: the address that a session is counted under, with the one that the client really
has, for headers that HAProxy and curl write. HAProxy listens on a socket that the test has bound,
so that no port is guessed.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Final

import pytest

from clients.serving import PASSWORD, program, run_program
from requite.generated.pop3 import Event
from requite.pop3.ledger import LedgerLimits
from requite.pop3.services import AddressKey
from requite.pop3.shell import Settings
from running import Peer, Running, run, running_server
from shell.words import FIRST, LOGIN

SETTINGS: Final = Settings(
    proxies_trusted=(ip_network("127.0.0.1"),), plaintext_without_tls="always"
)
FIRST_CLIENT: Final = "127.0.0.2"
SECOND_CLIENT: Final = "127.0.0.3"
"""Two addresses of this machine that are not the proxy's."""
CONFIGURATION: Final = """\
defaults
    mode tcp
    timeout connect 5s
    timeout client 20s
    timeout server 20s
frontend pop3
    bind fd@{descriptor}
    default_backend requite
backend requite
    server requite 127.0.0.1:{port} {options}
"""
versions = pytest.mark.parametrize(
    "options", ["send-proxy", "send-proxy-v2"], ids=["version 1", "version 2"]
)


@asynccontextmanager
async def haproxy(running: Running, options: str, directory: Path) -> AsyncIterator[int]:
    """Let HAProxy stand before a server, and give the port where it listens."""
    path = program("haproxy")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        file = directory / "haproxy.cfg"
        file.write_text(
            CONFIGURATION.format(
                descriptor=listener.fileno(), port=running.endpoint.port, options=options
            )
        )
        process = await asyncio.create_subprocess_exec(
            path, "-db", "-q", "-f", file, pass_fds=(listener.fileno(),)
        )
        try:
            yield listener.getsockname()[1]
        finally:
            process.terminate()
            await process.wait()


@asynccontextmanager
async def client_from(address: str, port: int) -> AsyncIterator[Peer]:
    """Connect from an address of this machine."""
    with socket.socket() as sock:
        sock.settimeout(0.0)
        sock.bind((address, 0))
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", port))
        yield Peer(sock)


def held_by(running: Running, address: str) -> int:
    """Count the sessions of an address."""
    return running.ledger.held(AddressKey(ip_address(address)))


@pytest.mark.rfc("PROXY-2-versions")
@versions
def test_haproxy_says_who_the_client_is(options: str, tmp_path: Path) -> None:
    """Two clients behind one HAProxy have room for a session each, and neither for a second one."""

    async def story() -> None:
        async with (
            running_server(
                FIRST,
                settings=SETTINGS,
                limits=LedgerLimits(address=1),
                proxied=True,
                real_time=True,
            ) as running,
            haproxy(running, options, tmp_path) as port,
            client_from(FIRST_CLIENT, port) as first,
            client_from(SECOND_CLIENT, port) as second,
        ):
            for client in (first, second):
                assert (await client.line()).startswith(b"+OK")
                for command in LOGIN[:1]:
                    assert (await client.ask(command)).startswith(b"+OK")
            assert [held_by(running, one) for one in (FIRST_CLIENT, SECOND_CLIENT)] == [1, 1]
            async with client_from(FIRST_CLIENT, port) as another:
                assert (await another.line()).startswith(b"-ERR [SYS/TEMP] Too many connections")
            assert (await first.ask(LOGIN[1])).startswith(b"+OK Logged in")
            assert await first.ask(b"QUIT") == b"+OK Goodbye."

    run(story())


@pytest.mark.rfc("PROXY-2.2-local")
@versions
def test_a_health_check_of_haproxy_leaves_nothing(options: str, tmp_path: Path) -> None:
    """HAProxy looks whether the server is there, for itself, and nothing of it stays."""

    async def story() -> None:
        async with (
            running_server(FIRST, settings=SETTINGS, proxied=True, real_time=True) as running,
            haproxy(running, f"{options} check check-send-proxy inter 50ms", tmp_path),
        ):
            await running.until(lambda: running.events.count(Event.PROXIED) > 1)
            await running.until(lambda: Event.PROXY_NAMED in running.events)
            assert Event.PROXY_UNREADABLE not in running.events

    run(story())


def test_curl_stands_in_a_proxys_place(tmp_path: Path) -> None:
    """The header that curl writes lets it read the mail, and names where curl is."""
    kept: list[int] = []

    async def story() -> None:
        async with running_server(
            FIRST, settings=SETTINGS, proxied=True, real_time=True
        ) as running:
            running.watch = lambda _, step: kept.append(
                held_by(running, "127.0.0.1") if step.event is Event.ADMITTED else 0
            )
            where = f"pop3://127.0.0.1:{running.endpoint.port}/1"
            command = [program("curl"), "--silent", "--show-error", "--haproxy-protocol", where]
            done = await run_program([*command, "--user", f"alice:{PASSWORD}"], tmp_path)
            assert done.stdout == FIRST.replace(b"\n", b"\r\n")
            assert running.events[:2] == [Event.PROXIED, Event.PROXY_NAMED]

    run(story())
    assert max(kept) == 1
