"""What can be known of a certificate and its key before a client sees them.

Decides whether a certificate can be read, whether a key is its own, and whether clients will take
it today and in two weeks. Refuses to parse certificates: the TLS library judges them, by a
handshake with itself in memory.
"""

import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

__all__ = ("EXPIRES_SOON_DAYS", "fit", "holds_certificates", "prospects")

EXPIRES_SOON_DAYS: Final = 14
"""Chosen as half of the 30 days before the end at which ACME clients renew: by then, one has
failed."""
SECONDS_A_DAY: Final = 86_400
FLIGHTS: Final = 4
"""The turns of both sides in a handshake of TLS 1.2 or 1.3, with one to spare."""


def holds_certificates(path: Path) -> bool:
    """Say whether a readable file has at least one certificate in PEM form."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_verify_locations(cafile=path)
    except ssl.SSLError:
        return False
    return True


def fit(certificate: Path, key: Path) -> bool:
    """Say whether a readable key is unencrypted and belongs to a certificate."""
    return _server_side(certificate, key) is not None


def prospects(certificate: Path, key: Path, *, name: str | None) -> Iterator[str]:
    """Say what clients will have against a certificate, in a sentence each.

    Args:
        certificate: a file that may have changed since it was checked.
        key: the certificate's key.
        name: what the certificate has to be valid for; None does not look.
    """
    try:
        server_side = _server_side(certificate, key)
        if server_side is None:
            return
        days_left = _days_left(server_side, _trusting(certificate), name)
    except ssl.SSLCertVerificationError as error:
        yield f"clients will refuse it: {error.verify_message.rstrip('.')}."
    except OSError:
        return  # It was there before, and is looked at again before it is used.
    else:
        if days_left < EXPIRES_SOON_DAYS:
            yield f"it expires in {days_left} days; renew it."


class _EncryptedKeyError(Exception):
    """A private key asks for a password, which a server that starts by itself has not."""


def _no_password() -> str:
    raise _EncryptedKeyError


def _server_side(certificate: Path, key: Path) -> ssl.SSLContext | None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except (ssl.SSLError, _EncryptedKeyError):
        return None
    return context


def _trusting(certificate: Path) -> ssl.SSLContext:
    """Make a client that takes a certificate for its own sake, whoever has issued it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cafile=certificate)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def _days_left(server_side: ssl.SSLContext, client_side: ssl.SSLContext, name: str | None) -> int:
    """Let a client shake hands with a server, and ask it when what it has seen will expire."""
    client_side.check_hostname = name is not None
    asked = None if name is None else name.replace("*", "any")
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_side.wrap_bio(to_client, to_server, server_hostname=asked)
    server = server_side.wrap_bio(to_server, to_client, server_side=True)
    for side in (client, server) * FLIGHTS:
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    ends = (client.getpeercert() or {})["notAfter"]
    return int((ssl.cert_time_to_seconds(str(ends)) - time.time()) // SECONDS_A_DAY)
