"""What a session finds around it: services, settings, a clock, and the server it belongs to.

Decides nothing; it is what a test exchanges to hold a service up or to let time pass.
"""

from asyncio import Future
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from ssl import SSLContext
from typing import Any, Protocol, TypeAlias

from requite.generated.pop3 import Step
from requite.pop3.languages import Tag
from requite.pop3.names import MailboxName, SessionId
from requite.pop3.sasl import CertifiedAccounts
from requite.pop3.services import (
    Accounts,
    APOPAccounts,
    Ledger,
    Maildrops,
    ScramAccounts,
    TokenAccounts,
)
from requite.pop3.shell.address import Network
from requite.pop3.shell.turn import Turn
from requite.pop3.wire.capabilities import Promises

__all__ = ("Clock", "Handle", "Observer", "Services", "Settings", "Surroundings")

Observer: TypeAlias = Callable[[SessionId, Step], None]
"""Is told of each step of each session, after its effects."""


class Handle(Protocol):
    """Something that will be called, unless it is cancelled."""

    def cancel(self) -> None:
        """Do not call it."""
        ...


class Clock(Protocol):
    """Time, as an event loop has it; a test brings its own."""

    def time(self) -> float:
        """Return the seconds since some moment; never goes back."""
        ...

    def call_later(self, delay: float, callback: Callable[[], object], /) -> Handle:
        """Call back after so many seconds."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Whom a session asks."""

    accounts: Accounts
    ledger: Ledger
    maildrops: Maildrops
    scram: ScramAccounts | None = None
    """Who has keys for SCRAM; without, it is not offered."""
    apop: APOPAccounts | None = None
    """Who is asked about digests; None, and APOP is not offered."""
    certified: CertifiedAccounts | None = None
    """Who may log in by a client certificate; None, and EXTERNAL is not offered."""
    tokens: TokenAccounts | None = None
    """Who is asked about bearer tokens; None, and no mechanism by token is offered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every bound on what a peer can make a session keep or wait for.

    The defaults are those of the configuration file, where each says what it was chosen from.
    """

    idle_s: float = 600.0
    login_s: float = 60.0
    handshake_s: float = 30.0
    write_s: float = 120.0
    refusal_s: float = 2.0
    commit_s: float = 60.0
    lock_s: float = 3.0
    lock_retry_s: float = 0.1
    """Seconds from one asking for a maildrop's lock to the next; as the least that Dovecot waits
    (LOCK_RANDOM_USLEEP_TIME in its file-dotlock.c). Asking takes some ten microseconds."""
    close_s: float = 10.0
    drain_s: float = 30.0
    line_octets: int = 255
    sasl_line_octets: int = 12_288
    skipped_octets: int = 65_536
    input_octets: int = 65_536
    output_octets: int = 131_072
    closing: int = 256
    commands_before_login_max: int = 100
    mistakes_max: int = 20
    failed_logins_max: int = 3
    commands_per_turn: int = 100
    floor_octets_per_s: int = 100
    line_floor_octets_per_s: int = 2
    plaintext_without_tls: str = "loopback"
    """One of never, loopback, always."""
    proxy_s: float = 3.0
    proxies_trusted: tuple[Network, ...] = ()
    """The networks of the proxies whose word is taken for who the client is."""
    login_delay_s: int = 0
    """What CAPA says; the ledger is what keeps to it, and must be told the same."""
    announce: bool = True
    language: Tag = Tag.EN
    """What `LANG *` chooses; a session begins in English whatever it is."""
    retention_days: int = 0
    """What CAPA says of how long messages are kept at least; 0 is for ever."""

    @property
    def promises(self) -> Promises:
        """What CAPA says to everybody."""
        return Promises(
            login_delay_s=self.login_delay_s,
            retention_days=self.retention_days,
            announced=self.announce,
        )


class Surroundings(Protocol):
    """The server, as a session sees it."""

    services: Services
    settings: Settings
    clock: Clock
    tls: SSLContext | None
    observer: Observer | None
    readers: Executor
    """The threads that read long messages from their disks."""
    turn: Turn
    draining: bool

    def pending(self, future: "Future[Any]") -> None:
        """Keep a future until it is done, so that the server can wait for it when it stops."""
        ...

    def lingers(self, session: SessionId) -> None:
        """Note a session that only waits for its client to close; there is a limit on them."""
        ...

    def holders(self, mailbox: MailboxName) -> Sequence[tuple[SessionId, float]]:
        """Give the sessions that hold a mailbox's maildrop, and for how many seconds."""
        ...

    def ended(self, session: SessionId) -> None:
        """Forget a session that is over."""
        ...
