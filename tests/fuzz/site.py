"""The services of a fuzzed session: accounts, a ledger and maildrops, in memory.

Decides when they answer, which a story says, and that they count what they gave and got back.
Refuses to know what a session does with an answer.
"""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from driving.clock import ManualClock
from fuzz.loop import MemoryLoop
from requite.pop3.apop import digest_matches
from requite.pop3.client_certificates import ClientName
from requite.pop3.ledger import LedgerLimits, ProcessLedger
from requite.pop3.maildrops.memory import MemoryMaildrops
from requite.pop3.names import AccountName, MailboxName, SessionId
from requite.pop3.sasl import Certified, CertifiedAccounts, Offer
from requite.pop3.sasl.scram_keys import derive_keys
from requite.pop3.services import (
    AccountKey,
    Answer,
    APOPProof,
    Busy,
    Content,
    Credentials,
    Identity,
    Key,
    Lease,
    Lock,
    Maildrop,
    Message,
    Refusal,
    Rejected,
    ScramKeys,
    ServerKey,
    TokenHints,
    TokenRejected,
    TooSoon,
    Unusable,
)
from requite.pop3.shell import Services
from requite.pop3.wire.content import wire_octets

__all__ = (
    "ALICE",
    "END_POINT",
    "LARGEST_PIECE",
    "SECRET",
    "STORED",
    "Site",
    "offer_of",
    "services_of",
)

T = TypeVar("T")
ALICE: Final = AccountName("alice")
SECRET: Final = b"secret"
END_POINT: Final = b"the binding of this very channel"
DELAY_S: Final = 60
SUPPORT: Final = MailboxName("support")
KEYS: Final = derive_keys(SECRET, b"salt of the story", 1)
"""One iteration: what is fuzzed is not how long a client takes."""
NOBODY: Final = ScramKeys(1, b"another of nobody", hashlib.sha256(b"").digest(), b"no key")
STORED: Final = (
    b"Subject: dots\n\n.\n..\n.a\r\nb\rc\x00\xff\nlast",
    b"",
    b"no body",
    b"Subject: long\r\n\r\n" + b".1234567890123456789\r\n" * 3_400,
)
MESSAGES: Final = tuple(
    Message(wire_octets(stored), f"uid-{number}") for number, stored in enumerate(STORED, 1)
)
READ_OCTETS: Final = 8_000
"""What a disk gives at a time, so that the long message takes several reads."""
LARGEST_PIECE: Final = 2 * READ_OCTETS + 1_000
"""What is sent at once at most: what a disk gives, were it all dots, or an answer of some lines."""


class Site:
    """Every service at once, set up by the letters of a story."""

    def __init__(self, flags: frozenset[str], loop: MemoryLoop, clock: ManualClock) -> None:
        self._flags = flags
        self._loop = loop
        self.ledger = ProcessLedger(
            LedgerLimits(account=1), login_delay_s=DELAY_S * ("d" in flags), seconds=clock.time
        )
        self.locks = MemoryMaildrops()
        self._before = self._take_before() if flags & {"c", "d", "r"} else []
        self._held_before = self.locks.lock(SUPPORT) if "b" in flags else None
        self._waiting: list[tuple[asyncio.Future[object], Callable[[], object]]] = []
        self._fails_next = False
        self.failures = 0
        """How often something failed that the log must tell of."""
        self.opened = 0
        """How many messages are open."""

    def _take_before(self) -> list[Lease]:
        """Hold, or have held, what the story says."""
        if "c" in self._flags:
            self.ledger.limits = LedgerLimits(account=1, server=1)
            taken = [self.ledger.take(SessionId("before"), [ServerKey()])]
        else:
            taken = [self.ledger.take(SessionId("before"), [AccountKey(ALICE)])]
        leases = [one for one in taken if not isinstance(one, Refusal | TooSoon)]
        if "r" not in self._flags and "c" not in self._flags:
            for lease in leases:
                lease.release()
            return []
        return list(leases)

    def give_back(self) -> None:
        """Give back what others held."""
        for lease in self._before:
            lease.release()
        if self._held_before is not None and not isinstance(self._held_before, Busy):
            self._held_before.release()

    @property
    def locked(self) -> int:
        """How many locks are held."""
        return self.locks.holders(SUPPORT) + self.locks.holders(MailboxName(ALICE))

    # --- when answers come ------------------------------------------------------------------------

    def _ask(self, answer: Callable[[], T]) -> Answer[T]:
        if self._fails_next:
            self._fails_next = False
            self.failures += 1
            raise OSError("the story says so")
        if "l" not in self._flags:
            return answer()
        future: asyncio.Future[T] = self._loop.create_future()
        self._waiting.append((future, answer))  # type: ignore[arg-type]  # Whoever asked knows T.
        return future

    def _next_waiting(self) -> tuple["asyncio.Future[object]", Callable[[], object]] | None:
        while self._waiting:
            future, answer = self._waiting.pop(0)
            if not future.done():
                return future, answer
        return None

    def answer(self) -> bool:
        """Answer the oldest question, and say whether there was one."""
        found = self._next_waiting()
        if found is not None:
            found[0].set_result(found[1]())
        return found is not None

    def fail(self) -> None:
        """Fail at the oldest question, or at the next."""
        found = self._next_waiting()
        if found is None:
            self._fails_next = True
        else:
            self.failures += 1
            found[0].set_exception(OSError("the story says so"))

    def give_up(self) -> None:
        """Cancel the oldest question, if there is one."""
        found = self._next_waiting()
        if found is not None:
            found[0].cancel()

    # --- accounts -----------------------------------------------------------------------------

    def verify(self, credentials: Credentials, /) -> Answer[Identity | Rejected]:
        """Know one account."""
        right = credentials.password == SECRET
        return self._ask(lambda: _judge(credentials.account, credentials.mailbox, right=right))

    def verify_apop(self, proof: APOPProof, /) -> Answer[Identity | Rejected]:
        """Know its secret."""
        right = digest_matches(proof.digest, stamp=proof.stamp, secret=SECRET)
        return self._ask(lambda: _judge(proof.account, proof.mailbox, right=right))

    def scram_keys(self, account: AccountName, /) -> Answer[ScramKeys]:
        """Have its keys."""
        return self._ask(lambda: KEYS if account == ALICE else NOBODY)

    def authorize(
        self, account: AccountName, mailbox: MailboxName | None, /
    ) -> Answer[Identity | Rejected]:
        """Know its rights."""
        return self._ask(lambda: _judge(account, mailbox, right=True))

    @property
    def hints(self) -> TokenHints:
        """Say where a better token is."""
        return TokenHints(scope="mail")

    def account_of(self, token: str, /) -> Answer[AccountName | TokenRejected]:
        """Know one token."""
        right = token == SECRET.decode("ascii")
        return self._ask(lambda: ALICE if right else TokenRejected("the story says so"))

    # --- the ledger -----------------------------------------------------------------------------

    def take(self, session: SessionId, keys: Sequence[Key], /) -> Answer[Lease | Refusal | TooSoon]:
        """Ask the real ledger."""
        return self._ask(lambda: self.ledger.take(session, keys))

    # --- maildrops ------------------------------------------------------------------------------

    def lock(self, mailbox: MailboxName, /) -> Answer[Lock | Busy | Unusable]:
        """Lock for real, unless it cannot be."""
        if "u" in self._flags:
            self.failures += 1
            return Unusable("the story says so")
        return self._ask(lambda: self.locks.lock(SUPPORT if "b" in self._flags else mailbox))

    def open(self, mailbox: MailboxName, account: AccountName | None = None, /) -> Answer[Maildrop]:
        """Give the one maildrop."""
        del mailbox, account
        return self._ask(lambda: StoryMaildrop(self))

    def open_message(self, stored: bytes) -> Content:
        """Open a message, and count it."""
        self.opened += 1
        return StoryContent(self, stored, breaks="m" in self._flags)

    ask = _ask


class StoryMaildrop:
    """A maildrop that is never written."""

    messages: Sequence[Message] = MESSAGES
    octets: int = sum(message.octets for message in MESSAGES)
    deletable: bool = True

    def __init__(self, site: Site) -> None:
        self._site = site

    def read(self, number: int, /) -> Answer[Content | None]:
        """Open a message; the second one is gone."""
        gone = number == 2
        return self._site.ask(lambda: None if gone else self._site.open_message(STORED[number - 1]))

    def commit(self, numbers: Sequence[int], /) -> Answer[int]:
        """Remove all but the third one."""
        not_removed = int(3 in numbers)
        self._site.failures += not_removed
        return self._site.ask(lambda: not_removed)


class StoryContent:
    """A message that is open."""

    def __init__(self, site: Site, stored: bytes, *, breaks: bool) -> None:
        self._site = site
        self._stored = stored
        self._at = 0
        self._breaks = breaks
        self._closed = False

    @property
    def stored_octets(self) -> int:
        """The size as stored."""
        return len(self._stored)

    def read(self, size_octets: int, /) -> bytes:
        """Read on, a part at a time; a disk that fails does so after the first."""
        assert not self._closed, "expected nothing to be read of a closed message"
        if self._at and self._breaks and self._at < len(self._stored):
            self._site.failures += 1
            raise OSError("the story says so")
        chunk = self._stored[self._at : self._at + min(size_octets, READ_OCTETS)]
        self._at += len(chunk)
        return chunk

    def close(self) -> None:
        """Count, once."""
        assert not self._closed, "expected a message to be closed once"
        self._closed = True
        self._site.opened -= 1


def services_of(site: Site, flags: frozenset[str]) -> Services:
    """Give a server its services, all of them the site's; some only if a story says so."""
    return Services(
        accounts=site,
        ledger=site,
        maildrops=site,
        scram=None if "n" in flags else site,
        certified=CertifiedAccounts(ClientName.COMMON_NAME, site),
        apop=site if "a" in flags else None,
        tokens=site,
    )


def offer_of(site: Site) -> Offer:
    """Offer every mechanism to a client whose channel can be bound."""
    return Offer(
        accounts=site,
        scram=site,
        end_point=END_POINT,
        certified=Certified(ALICE, site),
        tokens=site,
    )


def _judge(
    account: AccountName, mailbox: MailboxName | None, *, right: bool
) -> Identity | Rejected:
    if not right or account != ALICE:
        return Rejected("the story says so")
    return Identity(account, mailbox or MailboxName(account))
