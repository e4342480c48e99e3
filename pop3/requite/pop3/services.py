"""The three services that a session asks: accounts, the ledger and maildrops.

Decides what they are asked and in which terms they answer. Refuses to decide how they work, and
what a session does with an answer: that is the declaration's. A service may answer at once or
later (`Answer`); whatever it raises means that it is unavailable, and is a row of the table too.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from ipaddress import IPv4Address, IPv6Address
from typing import Protocol, TypeAlias, TypeVar, runtime_checkable

from requite.pop3.names import AccountName, MailboxName, SessionId

__all__ = (
    "APOPAccounts",
    "APOPProof",
    "AccountKey",
    "Accounts",
    "AddressKey",
    "Answer",
    "AtOnce",
    "AuthorizedAccounts",
    "Busy",
    "Content",
    "Credentials",
    "Identity",
    "Key",
    "Lease",
    "Ledger",
    "Lock",
    "MailboxKey",
    "Maildrop",
    "Maildrops",
    "Message",
    "NotesRetrieved",
    "OtherHolders",
    "Refusal",
    "Rejected",
    "ScramAccounts",
    "ScramKeys",
    "ServerKey",
    "TokenAccounts",
    "TokenFault",
    "TokenHints",
    "TokenRejected",
    "TooSoon",
    "Unusable",
)

T = TypeVar("T")
Answer: TypeAlias = T | Awaitable[T]
"""What a service gives: the answer itself, or something to await for it."""


# --- accounts ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client claims: who it is, what it wants to open, and a password as proof."""

    account: AccountName
    mailbox: MailboxName | None
    """None asks for the account's own mailbox."""
    password: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who has proved to be what: the account to charge and the mailbox it may open."""

    account: AccountName
    mailbox: MailboxName


@dataclass(frozen=True, slots=True)
class Rejected:
    """The credentials are wrong, or the account may not open that mailbox."""

    reason: str
    """For the log, never for the client."""


class Accounts(Protocol):
    """Who are you, and whose mailbox may you open?"""

    def verify(self, credentials: Credentials, /) -> Answer[Identity | Rejected]:
        """Check a password and the right to open a mailbox.

        Raises:
            Exception: anything at all means that the check could not be made.
        """
        ...


@dataclass(frozen=True, slots=True)
class ScramKeys:
    """What SCRAM-SHA-256 keeps of a password (RFC 5802 section 3): nobody can log in by it."""

    iterations: int
    salt: bytes
    stored_key: bytes = field(repr=False)
    server_key: bytes = field(repr=False)


class AuthorizedAccounts(Protocol):
    """Whose mailbox may you open, once it is proved who you are?"""

    def authorize(
        self, account: AccountName, mailbox: MailboxName | None, /
    ) -> Answer[Identity | Rejected]:
        """Check that an account is there, and its right to open a mailbox.

        Raises:
            Exception: anything at all means that the check could not be made.
        """
        ...


class ScramAccounts(AuthorizedAccounts, Protocol):
    """Who are you, if you can prove a password without saying it?"""

    def scram_keys(self, account: AccountName, /) -> Answer[ScramKeys]:
        """Give an account's keys; where it has none, or is none, such that nobody can prove.

        Neither the answer nor the time it takes tells the two apart.

        Raises:
            Exception: anything at all means that the keys could not be had.
        """
        ...


@dataclass(frozen=True, slots=True)
class APOPProof:
    """What a client claims by APOP, with a digest as proof (RFC 1939 section 7)."""

    account: AccountName
    mailbox: MailboxName | None
    """None asks for the account's own mailbox."""
    stamp: str
    """The timestamp of the banner, with its angle brackets."""
    digest: bytes = field(repr=False)
    """The MD5 of the timestamp and the secret, as 32 hexadecimal digits in lower case."""


class APOPAccounts(Protocol):
    """Who are you, if a digest says so? Needs secrets that can be read."""

    def verify_apop(self, proof: APOPProof, /) -> Answer[Identity | Rejected]:
        """Check a digest and the right to open a mailbox.

        Raises:
            Exception: anything at all means that the check could not be made.
        """
        ...


class TokenFault(Enum):
    """Why a token does not do, by the registered names of errors (RFC 6750 section 3.1)."""

    INVALID = "invalid_token"
    """It is none, not for this server, or its time is over."""
    INSUFFICIENT = "insufficient_scope"
    """It is good, and not for what is asked for."""


@dataclass(frozen=True, slots=True)
class TokenRejected:
    """A token does not do."""

    reason: str
    """For the log, never for the client, and never with any part of the token."""
    fault: TokenFault = TokenFault.INVALID
    """For the client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenHints:
    """What a client whose token was refused is told, so that it can get another."""

    scope: str | None = None
    """The scope that a token needs."""
    openid_configuration: str | None = None
    """Where the document of OpenID Connect Discovery stands that says who issues tokens."""


class TokenAccounts(AuthorizedAccounts, Protocol):
    """Who are you, if a bearer token says so?"""

    @property
    def hints(self) -> TokenHints:
        """What helps a client to a better token."""
        ...

    def account_of(self, token: str, /) -> Answer[AccountName | TokenRejected]:
        """Check a token, and say whose it is.

        Raises:
            Exception: anything at all means that the check could not be made. Its text has no part
                of the token.
        """
        ...


# --- the ledger ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ServerKey:
    """The server as a whole."""


@dataclass(frozen=True, slots=True)
class AddressKey:
    """One client address."""

    address: IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class AccountKey:
    """One account that logs in: the slot of the seed."""

    account: AccountName


@dataclass(frozen=True, slots=True)
class MailboxKey:
    """One mailbox that is opened."""

    mailbox: MailboxName


Key: TypeAlias = ServerKey | AddressKey | AccountKey | MailboxKey


@dataclass(frozen=True, slots=True)
class Refusal:
    """One limit that had no room. Nothing was taken under any key."""

    key: Key
    held: int
    limit: int


@dataclass(frozen=True, slots=True)
class TooSoon:
    """The account has logged in too short a time ago. Nothing was taken under any key."""

    account: AccountName
    delay_s: int
    """How many seconds must pass between two logins of an account."""


class Lease(Protocol):
    """The proof that a session holds a slot under every key that it asked for."""

    @property
    def keys(self) -> tuple[Key, ...]:
        """The keys under which the slot was taken, and under which it will be given back."""
        ...

    def release(self) -> None:
        """Give the slot back, at once and without fail.

        Raises:
            InvariantBroken: the lease has been released before; that is a defect of ours.
        """
        ...


class Ledger(Protocol):
    """May one more come in?"""

    def take(self, session: SessionId, keys: Sequence[Key], /) -> Answer[Lease | Refusal | TooSoon]:
        """Take one slot under each of the keys in one step, or none at all.

        `TooSoon` is an answer where an account is among the keys, and there alone.
        """
        ...


# --- maildrops -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a maildrop as it stood when the maildrop was opened."""

    octets: int
    """What RETR sends before dot-stuffing and without the final line "." (RFC 1939 section 11)."""
    uid: str
    """Its unique id, 1 to 70 characters of 0x21 to 0x7E (RFC 1939 section 7)."""


class Content(Protocol):
    """A message that is open for reading, as it is stored.

    It has the octets that its `Message` says, or RETR ends the session before the message's end: a
    client never gets one that looks whole and is not. What offers `AtOnce` as well is read with
    less ado.
    """

    @property
    def stored_octets(self) -> int:
        """The size as stored, before line ends are made CRLF."""
        ...

    def read(self, size_octets: int, /) -> bytes:
        """Read on, at most that many octets; empty at the end. May block on a disk."""
        ...

    def close(self) -> None:
        """Let go of what reading needed."""
        ...


@runtime_checkable
class AtOnce(Protocol):
    """What a `Content` may offer besides: octets that nobody has to wait for.

    Each of these goes on where another, or `Content.read`, has stopped.
    """

    def sent_as_stored(self) -> bool:
        """Say whether RETR sends these very octets: CRLF everywhere, and no dot begins a line."""
        ...

    def read_at_once(self, size_octets: int, /) -> bytes | None:
        """Read on, or give None where that would wait, for a disk or for whatever else."""
        ...

    def send_at_once(self, socket: int, size_octets: int, /) -> int:
        """Send on to a socket that does not wait, where the octets are sent as they are stored.

        Returns:
            How many octets the socket has taken; 0 where the socket, or the message, would have to
            be waited for, and where it does not work at all. The next ones are then read.
        """
        ...


class Maildrop(Protocol):
    """A snapshot of one mailbox, for one session. Numbers start at 1, as on the wire."""

    @property
    def messages(self) -> Sequence[Message]:
        """The messages in order; message number n is `messages[n - 1]`."""
        ...

    @property
    def octets(self) -> int:
        """What the messages have together (RFC 1939 section 5, STAT)."""
        ...

    @property
    def deletable(self) -> bool:
        """Whether messages may be marked as deleted: not where a policy keeps all of them."""
        ...

    def read(self, number: int, /) -> Answer[Content | None]:
        """Open one message, or give None when another program has removed it."""
        ...

    def commit(self, numbers: Sequence[int], /) -> Answer[int]:
        """Remove messages for good, each wholly or not at all; or do what a policy has instead.

        It is asked for at QUIT, also with no numbers: old messages may be removed with it.

        Returns:
            How many could not be removed; one that was gone already counts as removed.
        """
        ...


@runtime_checkable
class NotesRetrieved(Protocol):
    """What a `Maildrop` may offer besides: to be told what its client has got."""

    def note_retrieved(self, number: int, /) -> None:
        """Take note, at once and without fail, that RETR has sent a message to its final dot.

        The client may still lose it. What TOP sends is never noted, though it may be all of it.
        """
        ...


class Lock(Protocol):
    """The proof that a session holds a maildrop."""

    def release(self) -> None:
        """Let go, at once and without fail.

        Raises:
            InvariantBroken: it has been released before; that is a defect of ours.
        """
        ...


OtherHolders: TypeAlias = Callable[[], Sequence[str]]
"""Says who holds a maildrop beside this process, a phrase for each; may block, and may fail."""


@dataclass(frozen=True, slots=True)
class Busy:
    """Somebody else holds the maildrop."""

    others: OtherHolders | None = field(default=None, compare=False)
    """For the log, never for the client; None where nobody else can hold it."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """The mailbox cannot be opened now or later, until somebody mends what is set up wrong."""

    reason: str
    """For the log, never for the client."""


class Maildrops(Protocol):
    """Lock a mailbox's maildrop and take a snapshot of it."""

    def lock(self, mailbox: MailboxName, /) -> Answer[Lock | Busy | Unusable]:
        """Take the maildrop's lock, exclusive or shared as configured."""
        ...

    def open(self, mailbox: MailboxName, account: AccountName | None = None, /) -> Answer[Maildrop]:
        """Take a snapshot of a maildrop whose lock is held.

        Args:
            mailbox: whose maildrop.
            account: who looks at it, where not everybody sees the same; None is the mailbox's own.
        """
        ...
