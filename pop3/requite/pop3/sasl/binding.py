"""The binding of a login to its TLS channel: tls-server-end-point (RFC 5929 section 4).

Decides what the binding of a certificate is. The other type, tls-exporter (RFC 9266), needs keying
material that Python's `ssl` does not give out: it knows tls-unique alone, which TLS 1.3 does not
have. So a login is bound to the certificate, not to the connection.
"""

from pathlib import Path
from ssl import SSLContext, SSLObject
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes

__all__ = ("END_POINT", "BoundContext", "binding_of", "end_point_of")

END_POINT: Final = "tls-server-end-point"
TOO_WEAK: Final = ("md5", "sha1")
"""Hashes in whose place SHA-256 stands."""


class BoundContext(SSLContext):
    """A context that knows the binding of the certificate it shows.

    It follows the certificate: whoever loads another one, or chooses another context for a name,
    needs to do nothing more.
    """

    end_point: bytes | None = None
    """The binding, or None where RFC 5929 leaves it undefined."""

    def load_cert_chain(self, certfile: Any, keyfile: Any = None, password: Any = None) -> None:  # noqa: ANN401 - the signature is that of ssl.
        """Load a certificate, and compute its binding."""
        super().load_cert_chain(certfile, keyfile, password)
        self.end_point = binding_of(Path(certfile).read_bytes())


def end_point_of(tls: SSLObject | None) -> bytes | None:
    """Give the binding of a connection, or None where it has none."""
    context = None if tls is None else tls.context
    return context.end_point if isinstance(context, BoundContext) else None


def binding_of(pem: bytes) -> bytes | None:
    """Hash the first certificate of a file by the hash that it was signed with."""
    certificate = x509.load_pem_x509_certificates(pem)[0]
    try:
        signed_with = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return None
    if signed_with is None:
        return None
    weak = signed_with.name in TOO_WEAK
    return certificate.fingerprint(hashes.SHA256() if weak else signed_with)
