"""APOP: the timestamp of a banner, and the digest that proves a shared secret (RFC 1939 section 7).

Decides how a timestamp is made, so that no two connections have the same one and nobody can tell
the next, and which digest is right. Refuses to decide who may use APOP, and where secrets are.
"""

import hashlib
import hmac
import re
import secrets
import time
from typing import Final

__all__ = ("DIGEST", "digest_matches", "new_stamp")

RANDOM_BITS: Final = 96
"""As many as make it vain to guess a timestamp, or to wait for one to come a second time."""

DIGEST: Final = re.compile(rb"[0-9a-f]{32}")
"""RFC 1939 section 7: sixteen octets in hexadecimal, in lower case."""


def new_stamp() -> str:
    """Give a timestamp that no connection has had, in the form of an RFC 822 msg-id.

    Digits, a dot, digits, an at sign and a host: clients were found that know no other form. The
    random digits make it unique on every host, so that the host is not named, and an attacker
    cannot have a client answer tomorrow's timestamp today.

    Example:
        >>> new_stamp() == new_stamp()
        False
    """
    return f"<{secrets.randbits(RANDOM_BITS)}.{time.time_ns()}@localhost>"


def digest_matches(digest: bytes, *, stamp: str, secret: bytes) -> bool:
    """Say whether a digest proves a secret, in a time that does not tell how much of it is right.

    Example:
        >>> stamp = "<1896.697170952@dbc.mtview.ca.us>"
        >>> digest_matches(b"c4c9334bac560ecc979e58001b3e22fb", stamp=stamp, secret=b"tanstaaf")
        True
    """
    # RFC 1939 leaves no choice of a hash; the documents say what this one is worth.
    expected = hashlib.md5(stamp.encode("ascii") + secret).hexdigest()  # noqa: S324
    return hmac.compare_digest(expected.encode("ascii"), digest)
