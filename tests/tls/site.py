"""A directory of certificates, and a client on the test's own loop that shakes hands.

Decides how files of certificates are written and replaced, and how a client asks for a name.
Refuses to say which certificate is the right one.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import trustme

from requite.pop3.configuration import TLS, Certificate, OldestTLS
from running import Running

__all__ = ("Site", "names_in", "shaken")


@dataclass
class Site:
    """Certificates in a directory, of one authority."""

    directory: Path
    authority: trustme.CA = field(
        default_factory=lambda: trustme.CA(key_type=trustme.KeyType.ECDSA)
    )

    def write(self, file: str, *names: str, ends: datetime | None = None) -> Certificate:
        """Issue a certificate and write it with its key, over what was there."""
        issued = self.authority.issue_cert(*names, not_after=ends, key_type=trustme.KeyType.ECDSA)
        paths = Certificate(
            certificate=self.directory / f"{file}.pem", key=self.directory / f"{file}.key"
        )
        paths.certificate.write_bytes(b"".join(pem.bytes() for pem in issued.cert_chain_pems))
        paths.key.write_bytes(issued.private_key_pem.bytes())
        return paths

    def tls(
        self,
        *,
        names: Mapping[str, Certificate] | None = None,
        minimum: OldestTLS = OldestTLS.TLS_1_2,
        client_authority: trustme.CA | None = None,
        check_s: float = 60.0,
    ) -> TLS:
        """Configure a certificate for default.example beside others."""
        pair = self.write("default", "default.example")
        authorities = []
        if client_authority is not None:
            authorities.append(self.directory / "clients.pem")
            client_authority.cert_pem.write_to_path(authorities[0])
        return TLS(
            certificate=pair.certificate,
            key=pair.key,
            names=names or {},
            minimum=minimum,
            client_authorities=tuple(authorities),
            check_s=check_s,
        )

    def client(self, *protocols: str) -> ssl.SSLContext:
        """Make a client that trusts the authority, and takes a certificate for any name."""
        context = ssl.create_default_context()
        context.check_hostname = False
        self.authority.configure_trust(context)
        if protocols:
            context.set_alpn_protocols(protocols)
        return context


@asynccontextmanager
async def shaken(
    running: Running, client: ssl.SSLContext, *, asks_for: str | None = None
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter, ssl.SSLObject]]:
    """Connect and shake hands, asking for a name or for none; close at the end."""
    reader, writer = await asyncio.open_connection(
        running.endpoint.host, running.endpoint.port, ssl=client, server_hostname=asks_for or ""
    )
    try:
        yield reader, writer, writer.get_extra_info("ssl_object")
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


def names_in(tls: ssl.SSLObject | ssl.SSLSocket) -> tuple[str, ...]:
    """Return the host names of the certificate that the server has shown."""
    match tls.getpeercert():
        case {"subjectAltName": alternatives}:
            return tuple(str(entry[1]) for entry in alternatives if entry[0] == "DNS")
        case shown:
            raise AssertionError(f"expected a certificate with names, found {shown}")
