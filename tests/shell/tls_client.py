"""A client that can begin TLS.

Decides how a client in a thread of its own talks to a server on the loop of the test. Refuses to
say what is answered.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from functools import cache

import trustme

from running import (
    Running,
)

__all__ = ("OPEN_PATIENCE_S", "Blocking", "certificates", "talked")

OPEN_PATIENCE_S = 5.0


@cache
def certificates() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Make a certificate for 127.0.0.1: the server's context and the client's."""
    authority = trustme.CA()
    server_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(server_side)
    client_side = ssl.create_default_context()
    authority.configure_trust(client_side)
    return server_side, client_side


class Blocking:
    """A client in a thread of its own, that can begin TLS."""

    def __init__(self, running: Running) -> None:
        """Connect."""
        address = (running.endpoint.host, running.endpoint.port)
        self.socket = socket.create_connection(address, timeout=OPEN_PATIENCE_S)
        self._received = b""

    def begin_tls(self) -> None:
        """Shake hands."""
        assert not self._received, (
            f"expected nothing before the handshake, found {self._received!r}"
        )
        _, client_side = certificates()
        self.socket = client_side.wrap_socket(self.socket, server_hostname="127.0.0.1")

    def send(self, data: bytes) -> None:
        """Send octets."""
        self.socket.sendall(data)

    def line(self) -> bytes:
        """Read one line without its end."""
        while b"\n" not in self._received:
            data = self.socket.recv(65_536)
            assert data, f"expected a line, found the end after {self._received!r}"
            self._received += data
        line, _, self._received = self._received.partition(b"\r\n")
        return line

    def ask(self, command: bytes) -> bytes:
        """Send a command and read a line."""
        self.send(command + b"\r\n")
        return self.line()

    def listing(self) -> list[bytes]:
        """Read lines to the final dot."""
        lines = []
        while (line := self.line()) != b".":
            lines.append(line)
        return lines

    def close(self) -> None:
        """Close without a word."""
        self.socket.close()


async def talked(running: Running, talk: Callable[[Blocking], None]) -> None:
    """Let a client talk in a thread while the server runs here."""
    peer = await asyncio.to_thread(Blocking, running)
    try:
        await asyncio.to_thread(talk, peer)
    finally:
        peer.close()
    await running.until_over()
