"""What the server proves itself with: contexts from the configuration, and how they are renewed.

Decides which certificate a client is shown, and when the files are read anew. A renewal makes new
contexts and leaves the old ones to the sessions that use them, so that nobody is disturbed; what
cannot be used is refused as a whole. Refuses to decide when TLS begins: that is the declaration's.
"""

import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from ssl import (
    CERT_OPTIONAL,
    OP_NO_RENEGOTIATION,
    PROTOCOL_TLS_SERVER,
    SSLContext,
    SSLObject,
    SSLSocket,
    TLSVersion,
)
from typing import Final, TypeAlias

from requite.pop3.configuration import TLS, OldestTLS, look_at_files
from requite.pop3.sasl import BoundContext
from requite.pop3.shell import Clock
from requite.pop3.shell.surroundings import Handle

__all__ = ("ALPN", "Certificates", "Watch", "tls_context")

logger = logging.getLogger("requite.pop3")

ALPN: Final = "pop3"
"""The name of POP3 in the registry of RFC 7301 section 6."""
VERSIONS: Final = {
    OldestTLS.TLS_1_2: TLSVersion.TLSv1_2,
    OldestTLS.TLS_1_3: TLSVersion.TLSv1_3,
}
CIPHERS: Final = (
    "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:ECDHE+AES:DHE+AES"
    ":!aNULL:!eNULL:!aDSS:!SHA1:!AESCCM"
)
"""What is agreed in TLS 1.2: suites with an ephemeral key alone (RFC 7525 section 4). Said here,
because what `ssl` offers by itself depends on how Python was built: Debian's takes more."""
Stamp: TypeAlias = tuple[Path, int, int, int]
"""A file with its inode, size and time of change; zeros when it is not there."""


def tls_context(tls: TLS) -> SSLContext:
    """Make what the server proves itself with, whatever name a client asks for.

    A client that asks for a name of `[tls.names]` is shown that certificate; one that asks for
    another name, or for none, is shown the first (RFC 6066 section 3).

    Raises:
        OSError: a certificate or its key cannot be read, or do not belong together.
    """
    context = _context(tls, tls.certificate, tls.key)
    context_of_name = {
        name: _context(tls, pair.certificate, pair.key) for name, pair in tls.names.items()
    }

    def choose(client: SSLObject | SSLSocket, asked: str | None, _: SSLContext) -> None:
        for name in _names_for(asked or ""):
            if name in context_of_name:
                client.context = context_of_name[name]
                return

    if context_of_name:
        # The typeshed wants a method of SSLSocket here; ssl itself calls it with an SSLObject.
        context.sni_callback = choose
    return context


def _names_for(asked: str) -> tuple[str, str]:
    """Give the name that a client asks for, and the one with a star that covers it."""
    name = asked.lower().removesuffix(".")
    return name, f"*.{name.partition('.')[2]}"


def _context(tls: TLS, certificate: Path, key: Path) -> SSLContext:
    context = BoundContext(PROTOCOL_TLS_SERVER)
    context.minimum_version = VERSIONS[tls.minimum]
    context.set_ciphers(CIPHERS)
    context.options |= OP_NO_RENEGOTIATION
    context.set_alpn_protocols([ALPN])
    context.load_cert_chain(certificate, key)
    for authority in tls.client_authorities:
        context.load_verify_locations(cafile=authority)
        context.verify_mode = CERT_OPTIONAL
    return context


class Certificates:
    """The contexts of a configuration, as its files were when they were last all right.

    Args:
        tls: names the files.

    Raises:
        OSError: a certificate or its key cannot be read, or do not belong together.
    """

    def __init__(self, tls: TLS) -> None:
        self._tls = tls
        self._files = tuple(_files_of(tls))
        self._seen = self._stamps()
        self.context = tls_context(tls)
        """What a handshake that begins now is to use."""

    @property
    def check_s(self) -> float:
        """Seconds between two looks at the files; 0 for none."""
        return self._tls.check_s

    def renew(self) -> bool:
        """Read all files anew, and keep what was there unless all of them can be used.

        What is wrong is logged as an error, with the file and the reason.

        Returns:
            Whether there is a new context.
        """
        self._seen = self._stamps()  # Before they are read: what changes meanwhile is seen.
        problems = look_at_files(self._tls)
        try:
            context = None if problems else tls_context(self._tls)
        except OSError as error:
            # The next look sees it changed, and names it unless it is right by then.
            problems, context = (f"a file has changed while it was read: {error}",), None
        for problem in problems:
            logger.error("The certificates stay as they were: %s.", problem)
        if context is None:
            return False
        self.context = context
        logger.info("The certificates have been read anew.")
        return True

    def renew_if_changed(self) -> bool:
        """Read all files anew if one of them has changed since the last time.

        Returns:
            Whether there is a new context.
        """
        return self._stamps() != self._seen and self.renew()

    def _stamps(self) -> tuple[Stamp, ...]:
        return tuple(map(_stamp, self._files))


def _files_of(tls: TLS) -> Iterable[Path]:
    for _, _, certificate, key in tls.pairs:
        yield certificate
        yield key
    yield from tls.client_authorities


def _stamp(path: Path) -> Stamp:
    try:
        found = path.stat()
    except OSError:
        return (path, 0, 0, 0)
    return (path, found.st_ino, found.st_size, found.st_mtime_ns)


class Watch:
    """Looks at the files of certificates now and then, and at once when it is asked to.

    A look costs one `stat` for each file, however many sessions there are.

    Args:
        certificates: what is kept fresh.
        use: is given each new context.
        clock: time.
    """

    def __init__(
        self, certificates: Certificates, use: Callable[[SSLContext], None], clock: Clock
    ) -> None:
        self._certificates = certificates
        self._use = use
        self._clock = clock
        self._next: Handle | None = None
        self._wait()

    def _wait(self) -> None:
        if self._certificates.check_s:
            self._next = self._clock.call_later(self._certificates.check_s, self._look)

    def _look(self) -> None:
        if self._certificates.renew_if_changed():
            self._use(self._certificates.context)
        self._wait()

    def renew(self) -> None:
        """Read the files now, changed or not."""
        if self._certificates.renew():
            self._use(self._certificates.context)

    def stop(self) -> None:
        """Look no more."""
        if self._next is not None:
            self._next.cancel()
