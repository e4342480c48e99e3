"""What the server says of itself: its greeting, and what CAPA and AUTH list.

Decides the words, and that only what is true where it is asked is listed (RFC 2449 section 6,
RFC 2595, RFC 3206, RFC 5034, RFC 6856). Refuses to decide whether a password may travel here, which
mechanisms are on offer and whether TLS can begin: it is told.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

__all__ = ("NAME", "Promises", "capabilities", "greeting", "mechanism_list")

NAME: Final = "requite"


def greeting(*, announced: bool, stamp: str) -> str:
    """Return the greeting after its "+OK".

    Args:
        announced: whether the program may be named.
        stamp: the timestamp of APOP, empty where APOP is not offered.

    Example:
        >>> greeting(announced=True, stamp="")
        'requite POP3 server ready.'
    """
    name = f"{NAME} " if announced else ""
    return f"{name}POP3 server ready.{stamp and f' {stamp}'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promises:
    """What an operator promises to everybody, before a login and after it."""

    login_delay_s: int = 0
    """How long after a login the next one may come; 0 is at once."""
    retention_days: int = 0
    """How long messages are kept at least; 0 is for ever."""
    announced: bool = True
    """Whether the program may be named."""

    @property
    def lines(self) -> list[bytes]:
        """The capabilities that say so."""
        return [
            b"EXPIRE %d" % self.retention_days if self.retention_days else b"EXPIRE NEVER",
            *([b"LOGIN-DELAY %d" % self.login_delay_s] if self.login_delay_s else []),
            *([b"IMPLEMENTATION " + NAME.encode()] if self.announced else []),
        ]


NOTHING_SPECIAL: Final = Promises()


@cache
def capabilities(
    *,
    password_allowed: bool,
    mechanisms: tuple[bytes, ...],
    stls: bool,
    promises: Promises = NOTHING_SPECIAL,
) -> bytes:
    """Return the capability list, to the final dot.

    Args:
        password_allowed: whether a password may travel here.
        mechanisms: the SASL mechanisms on offer here.
        stls: whether TLS can begin here.
        promises: what an operator promises.
    """
    lines = [
        b"TOP",
        b"UIDL",
        b"RESP-CODES",
        b"AUTH-RESP-CODE",
        b"PIPELINING",
        b"UTF8 USER",
        b"LANG",
        *promises.lines,
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
