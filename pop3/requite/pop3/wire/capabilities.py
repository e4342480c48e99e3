"""What CAPA and AUTH list: only what is true where it is asked.

Decides the lines (RFC 2449 section 6, RFC 2595, RFC 3206, RFC 5034). Refuses to decide whether a
password may travel here, which mechanisms are on offer and whether TLS can begin: it is told.
"""

from functools import cache

__all__ = ("capabilities", "mechanism_list")


@cache
def capabilities(*, password_allowed: bool, mechanisms: tuple[bytes, ...], stls: bool) -> bytes:
    """Return the capability list, to the final dot."""
    lines = [
        b"TOP",
        b"UIDL",
        b"RESP-CODES",
        b"AUTH-RESP-CODE",
        b"PIPELINING",
        b"EXPIRE NEVER",
        b"IMPLEMENTATION requite",
        *([b"USER"] if password_allowed else []),
        *([b"SASL " + b" ".join(mechanisms)] if mechanisms else []),
        *([b"STLS"] if stls else []),
        b".",
    ]
    return b"".join(line + b"\r\n" for line in lines)


@cache
def mechanism_list(mechanisms: tuple[bytes, ...]) -> bytes:
    """Return the list of SASL mechanisms, to the final dot."""
    lines = [*mechanisms, b"."]
    return b"".join(line + b"\r\n" for line in lines)
