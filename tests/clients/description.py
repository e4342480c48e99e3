"""What the tests and the pages have to know of a client program.

Decides the words in which a client is described: what it is told, how what it stores is read back,
what it changes, and what it cannot do. Refuses to know any client, and to run one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from types import MappingProxyType

__all__ = ("Case", "Change", "Client", "Errand", "Refused", "Security", "only_with")


class Security(Enum):
    """How a client reaches the server."""

    PLAIN = "plain"
    STLS = "STLS"
    TLS = "implicit TLS"


class Case(Enum):
    """What a client is asked to do."""

    KEEP = "keep on server"
    ONLY_NEW = "fetch only new ones"
    DELETE = "delete after fetch"
    WRONG_PASSWORD = "wrong password"
    FULL = "limit reached"
    STRANGER = "an unknown certificate authority"


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What a client is told for one run."""

    host: str
    port: int
    security: Security
    authority: Path
    """The certificates that the client is to trust, and no others."""
    name: str
    password: str
    home: Path
    """Where it may write; the same for a second run."""
    messages: int
    """How many there are, for a client that has to name them."""
    deletes: bool = False
    only_new: bool = False

    @property
    def stored(self) -> Path:
        """Say where it stores what it fetches."""
        return self.home / "stored"


@dataclass(frozen=True, slots=True)
class Change:
    """What a client makes of one message of the sample, whoever serves it."""

    says: str
    """What it does, as a sentence of a table."""
    holds: Callable[[bytes, bytes], bool] | None = None
    """Compare what was sent with what is stored; None where nothing is stored."""
    left_behind: bool = False
    """It does not delete this message when it deletes what it has fetched."""


@dataclass(frozen=True, slots=True)
class Refused:
    """How a client ends when it was refused."""

    status: int
    says: bytes
    """Part of what it prints; what the server said, where the client shows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One client program."""

    name: str
    package: str
    """What brings it: a package of Debian, or Python's standard library."""
    program: str
    probe: tuple[str, ...] = ()
    """A command that fails where the program is there and a library of its own is not."""
    command: Callable[[Errand], list[str]]
    """Write what it needs into its home, and give the command line without the program."""
    given: Callable[[Errand], str] = lambda _: ""
    """What it reads from standard input."""
    read_back: Callable[[Path], list[bytes]]
    """Give what it has stored, from `Errand.stored`."""
    in_order: bool = True
    """What is read back has the order of the maildrop."""
    undone: Callable[[bytes], bytes]
    """What it should store of a message, if it does nothing but undo the wire form."""
    undone_over_tls: Callable[[bytes], bytes] | None = None
    """The same over TLS, where it is another."""
    says: str
    """What it stores, as a sentence of a table."""
    changes: Mapping[str, Change] = field(default_factory=lambda: MappingProxyType({}))
    """Which messages of the sample it changes, by what is awkward about them."""
    nothing_new: int = 0
    """How it ends when there is nothing to fetch."""
    wrong_password: Refused
    full: Refused
    stranger: Refused
    cannot: Mapping[Security | Case, str] = field(default_factory=lambda: MappingProxyType({}))
    """What it cannot do, and why."""

    def can(self, security: Security, case: Case) -> bool:
        """Say whether it can do a case over one of the three."""
        return security not in self.cannot and case not in self.cannot

    def stores(self, about: str, sent: bytes, found: bytes) -> bool:
        """Compare one message, octet by octet unless the client is known to change it.

        A change that the client has given up is to be taken out of its description.
        """
        change = self.changes.get(about)
        if change is None:
            return found == sent
        return change.holds is not None and found != sent and change.holds(sent, found)


def only_with(security: Security, *options: str) -> list[str]:
    """Give options that are meant for any connection but one in the clear."""
    return [] if security is Security.PLAIN else [*options]
