"""The ledger at its first scale: the leases of one process.

Decides whether one more may come in. A count is the size of a set of leases, never a stored
number; a lease remembers the keys under which it was taken, and gives back under those. Testing
every limit, testing the delay between two logins and adding the lease is one step with no `await`
in it.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from requite.pop3.errors import InvariantBroken
from requite.pop3.names import AccountName, SessionId
from requite.pop3.services import (
    AccountKey,
    AddressKey,
    Key,
    MailboxKey,
    Refusal,
    ServerKey,
    TooSoon,
)

__all__ = ("HeldLease", "LedgerLimits", "ProcessLedger", "RecentLogins")


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLimits:
    """How many sessions may hold a slot under one key; 0 is no limit."""

    account: int = 16
    mailbox: int = 0
    address: int = 0
    server: int = 4096

    def of(self, key: Key) -> int:
        """Return the limit that applies to a key."""
        match key:
            case AccountKey():
                return self.account
            case MailboxKey():
                return self.mailbox
            case AddressKey():
                return self.address
            case ServerKey():
                return self.server
            case _:
                assert_never(key)


class HeldLease:
    """The proof that a session holds a slot under each of its keys."""

    __slots__ = ("_ledger", "held", "session")

    def __init__(self, ledger: "ProcessLedger", session: SessionId, held: "Leases") -> None:
        self._ledger: ProcessLedger | None = ledger
        self.session = session
        self.held = held
        """The set of leases that this one is in, for each key it was taken under."""

    @property
    def keys(self) -> tuple[Key, ...]:
        """The keys under which the slot was taken, and under which it will be given back."""
        return tuple(self.held)

    def release(self) -> None:
        """Give the slot back under the keys it was taken by.

        Raises:
            InvariantBroken: it has been given back before.
        """
        if self._ledger is None:
            raise InvariantBroken(f"session {self.session} gives a slot back a second time")
        ledger, self._ledger = self._ledger, None
        ledger.forget(self)


Leases: TypeAlias = dict[Key, set[HeldLease]]


class RecentLogins:
    """When accounts logged in, for as long as that keeps them from the next login."""

    __slots__ = ("_delay_s", "_last", "_seconds")

    def __init__(self, delay_s: int, seconds: Callable[[], float]) -> None:
        """Know of no login."""
        self._delay_s = delay_s
        self._seconds = seconds
        self._last: dict[AccountName, float] = {}
        """The moment of each account's last login, the oldest first."""

    def begin(self, keys: Sequence[Key]) -> TooSoon | None:
        """Note a login of the account among the keys, or say that it comes too soon."""
        if not self._delay_s:
            return None
        now = self._seconds()
        self._forget_before(now - self._delay_s)
        accounts = [key.account for key in keys if isinstance(key, AccountKey)]
        for account in accounts:
            if account in self._last:
                return TooSoon(account, self._delay_s)
        self._last |= dict.fromkeys(accounts, now)
        return None

    def _forget_before(self, moment: float) -> None:
        """Forget the logins that keep nobody out any more: they stand at the front."""
        while self._last:
            account = next(iter(self._last))
            if self._last[account] > moment:
                return
            del self._last[account]

    def __len__(self) -> int:
        return len(self._last)


class ProcessLedger:
    """All leases of one process.

    Example:
        >>> from requite.pop3.names import AccountName
        >>> ledger = ProcessLedger(LedgerLimits(account=1))
        >>> alice = AccountKey(AccountName("alice"))
        >>> lease = ledger.take(SessionId("1"), [alice])
        >>> ledger.take(SessionId("2"), [alice])
        Refusal(key=AccountKey(account='alice'), held=1, limit=1)
        >>> lease.release()
        >>> ledger.held(alice)
        0
    """

    def __init__(
        self,
        limits: LedgerLimits | None = None,
        *,
        login_delay_s: int = 0,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin with no lease.

        Args:
            limits: how many sessions may hold a slot.
            login_delay_s: how long after a login of an account the next one may come; 0 is at once.
            seconds: the time, which never goes back.
        """
        self.limits = limits or LedgerLimits()
        self._leases: Leases = {}
        self._logins = RecentLogins(login_delay_s, seconds)

    def take(self, session: SessionId, keys: Sequence[Key], /) -> HeldLease | Refusal | TooSoon:
        """Take a slot under each key, or under none: the first limit without room is named.

        The limits come before the delay: who has no room would have none after the delay either.
        A login is counted when it gets its slot, and only then.
        """
        held: Leases = {}
        for key in keys:
            leases = self._leases.get(key) or set()
            limit = self.limits.of(key)
            if limit and len(leases) >= limit:
                return Refusal(key, len(leases), limit)
            held[key] = leases
        if too_soon := self._logins.begin(keys):
            return too_soon
        lease = HeldLease(self, session, held)
        for leases in held.values():
            leases.add(lease)
        # A dictionary's hashes are kept: to work out that of a key costs more than to count it.
        self._leases |= held
        return lease

    def forget(self, lease: HeldLease) -> None:
        """Take a lease out of the books; called by the lease alone."""
        for key, leases in lease.held.items():
            leases.remove(lease)
            if not leases:
                del self._leases[key]

    def held(self, key: Key) -> int:
        """Return how many sessions hold a slot under a key."""
        return len(self._leases.get(key, ()))

    def holders(self, key: Key) -> tuple[SessionId, ...]:
        """Return the sessions that hold a slot under a key."""
        return tuple(sorted(lease.session for lease in self._leases.get(key, ())))

    def books(self) -> Mapping[Key, int]:
        """Return the number held under every key that holds anything; empty at rest."""
        return {key: len(leases) for key, leases in self._leases.items()}

    def sessions(self) -> Iterator[SessionId]:
        """Yield each session that holds anything, once."""
        yield from sorted({lease.session for held in self._leases.values() for lease in held})
