"""What CAPA and AUTH list: only what is true where it is asked.

Decides the lines (RFC 2449 section 6, RFC 2595, RFC 3206, RFC 5034). Refuses to decide whether a
password may travel here and whether TLS can begin: it is told.
"""

from functools import cache

from requite.pop3.wire.commands import MECHANISMS

__all__ = ("capabilities", "mechanisms")


@cache
def capabilities(*, password_allowed: bool, stls: bool) -> bytes:
    """Return the capability list, to the final dot."""
    lines = [
        b"TOP",
        b"UIDL",
        b"RESP-CODES",
        b"AUTH-RESP-CODE",
        b"PIPELINING",
        b"EXPIRE NEVER",
        b"IMPLEMENTATION requite",
        *([b"USER", b"SASL " + b" ".join(MECHANISMS)] if password_allowed else []),
        *([b"STLS"] if stls else []),
        b".",
    ]
    return b"".join(line + b"\r\n" for line in lines)


@cache
def mechanisms(*, password_allowed: bool) -> bytes:
    """Return the list of SASL mechanisms, to the final dot."""
    lines = [*(MECHANISMS if password_allowed else ()), b"."]
    return b"".join(line + b"\r\n" for line in lines)
