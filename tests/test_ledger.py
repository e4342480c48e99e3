"""The ledger against a reference that writes every count down.

Decides that a slot is taken under all keys or under none, given back exactly once under the keys it
was taken by, and that every number is the size of a set. Refuses to test who asks, and when.
"""

from collections.abc import Sequence
from ipaddress import ip_address

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
)

from requite.pop3.errors import InvariantBroken
from requite.pop3.ledger import HeldLease, LedgerLimits, ProcessLedger, RecentLogins
from requite.pop3.names import AccountName, MailboxName, SessionId
from requite.pop3.services import (
    AccountKey,
    AddressKey,
    Key,
    MailboxKey,
    Refusal,
    ServerKey,
    TooSoon,
)

ALICE = AccountKey(AccountName("alice"))
BOB = AccountKey(AccountName("bob"))
SUPPORT = MailboxKey(MailboxName("support"))
ALICES = MailboxKey(MailboxName("alice"))
HERE = AddressKey(ip_address("127.0.0.1"))
THERE = AddressKey(ip_address("::1"))
SERVER = ServerKey()
KEYS: tuple[Key, ...] = (ALICE, BOB, SUPPORT, ALICES, HERE, THERE, SERVER)


def session(number: int) -> SessionId:
    """Name a session."""
    return SessionId(f"{number:04d}")


def taken(ledger: ProcessLedger, number: int, *keys: Key) -> HeldLease:
    """Take a slot that must be there."""
    lease = ledger.take(session(number), keys)
    assert isinstance(lease, HeldLease), f"expected a lease, found {lease}"
    return lease


# --- limits --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limits", "key"),
    [
        (LedgerLimits(account=3), ALICE),
        (LedgerLimits(mailbox=3), SUPPORT),
        (LedgerLimits(address=3), HERE),
        (LedgerLimits(server=3), SERVER),
    ],
    ids=["account", "mailbox", "address", "server"],
)
def test_the_limit_is_let_in_and_one_more_is_not(limits: LedgerLimits, key: Key) -> None:
    """At a limit of 3 the third session comes in and the fourth is refused, told 3 of 3."""
    ledger = ProcessLedger(limits)
    for number in range(3):
        taken(ledger, number, key)

    assert ledger.take(session(3), [key]) == Refusal(key, 3, 3)
    assert ledger.held(key) == 3


@pytest.mark.parametrize("key", KEYS, ids=repr)
def test_zero_is_no_limit(key: Key) -> None:
    """With a limit of 0 every session comes in, and is counted all the same."""
    ledger = ProcessLedger(LedgerLimits(account=0, mailbox=0, address=0, server=0))
    for number in range(1_000):
        taken(ledger, number, key)

    assert ledger.held(key) == 1_000


@pytest.mark.parametrize("key", KEYS, ids=repr)
def test_a_slot_given_back_can_be_taken_at_once(key: Key) -> None:
    """At the limit, a release makes room for exactly one."""
    ledger = ProcessLedger(LedgerLimits(account=1, mailbox=1, address=1, server=1))
    first = taken(ledger, 1, key)
    assert isinstance(ledger.take(session(2), [key]), Refusal)

    first.release()

    taken(ledger, 2, key)
    assert isinstance(ledger.take(session(3), [key]), Refusal)


def test_the_limit_of_one_account_is_not_that_of_another() -> None:
    """A full account keeps nobody else out."""
    ledger = ProcessLedger(LedgerLimits(account=1))
    taken(ledger, 1, ALICE)

    assert isinstance(ledger.take(session(2), [ALICE]), Refusal)
    taken(ledger, 2, BOB)


def test_an_account_is_not_the_mailbox_of_its_name() -> None:
    """Alice's slots and her mailbox's are counted apart, though both are called alice."""
    ledger = ProcessLedger(LedgerLimits(account=1, mailbox=1))
    taken(ledger, 1, ALICE)

    assert ledger.held(ALICES) == 0
    taken(ledger, 2, ALICES)


# --- all or none ---------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_full_key_refuses_all(place: int) -> None:
    """Wherever the full key stands among others, nothing is taken under any of them."""
    ledger = ProcessLedger(LedgerLimits(account=1))
    taken(ledger, 1, ALICE)
    before = dict(ledger.books())
    keys: list[Key] = [SUPPORT, HERE]
    keys.insert(place, ALICE)

    assert ledger.take(session(2), keys) == Refusal(ALICE, 1, 1)
    assert ledger.books() == before


def test_the_first_full_key_is_named() -> None:
    """Of several limits without room the refusal names the one that was asked for first."""
    ledger = ProcessLedger(LedgerLimits(account=1, mailbox=1))
    taken(ledger, 1, ALICE, SUPPORT)

    assert ledger.take(session(2), [SUPPORT, ALICE]) == Refusal(SUPPORT, 1, 1)
    assert ledger.take(session(2), [ALICE, SUPPORT]) == Refusal(ALICE, 1, 1)


def test_a_slot_is_taken_under_every_key() -> None:
    """A session that comes in holds one slot under each key it asked for, and no other."""
    ledger = ProcessLedger()
    taken(ledger, 1, ALICE, SUPPORT)

    assert ledger.books() == {ALICE: 1, SUPPORT: 1}


# --- giving back ---------------------------------------------------------------------------------


def test_the_lease_knows_what_to_give_back() -> None:
    """A lease keeps the very keys it was taken by, in their order, whatever becomes of the list."""
    ledger = ProcessLedger()
    keys: list[Key] = [ALICE, SUPPORT]
    lease = ledger.take(session(1), keys)
    assert isinstance(lease, HeldLease)
    keys[:] = [BOB]

    assert lease.keys == (ALICE, SUPPORT)
    lease.release()
    assert ledger.books() == {}


def test_a_delegate_gives_back_its_own_slot() -> None:
    """When alice leaves the shared mailbox her slot is free, and bob's in the same one is not."""
    ledger = ProcessLedger(LedgerLimits(account=1))
    first = taken(ledger, 1, ALICE, SUPPORT)
    taken(ledger, 2, BOB, SUPPORT)

    first.release()

    assert ledger.books() == {BOB: 1, SUPPORT: 1}


def test_a_second_release_is_a_defect() -> None:
    """Giving a slot back twice raises, names the session, and changes no count."""
    ledger = ProcessLedger()
    first = taken(ledger, 1, ALICE)
    taken(ledger, 2, ALICE)
    first.release()

    with pytest.raises(InvariantBroken, match="0001"):
        first.release()

    assert ledger.books() == {ALICE: 1}


def test_one_session_may_hold_several_leases() -> None:
    """The connection's and the account's lease of one session are given back one by one."""
    ledger = ProcessLedger()
    entry = taken(ledger, 1, SERVER, HERE)
    slot = taken(ledger, 1, ALICE, SUPPORT)

    assert list(ledger.sessions()) == [session(1)]
    slot.release()
    assert ledger.books() == {SERVER: 1, HERE: 1}
    entry.release()
    assert list(ledger.sessions()) == []


def test_two_leases_of_one_session_are_two() -> None:
    """A session that takes the same slot twice holds two of them."""
    ledger = ProcessLedger(LedgerLimits(account=2))
    first = taken(ledger, 1, ALICE)
    taken(ledger, 1, ALICE)

    assert ledger.held(ALICE) == 2
    first.release()
    assert ledger.held(ALICE) == 1


def test_holders_are_named_in_order() -> None:
    """Who holds a slot under a key can be read, sorted, whoever came first."""
    ledger = ProcessLedger()
    for number in (3, 1, 2):
        taken(ledger, number, ALICE)

    assert ledger.holders(ALICE) == (session(1), session(2), session(3))
    assert ledger.holders(BOB) == ()


# --- the delay between two logins ----------------------------------------------------------------


class Seconds:
    """A time that a test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.mark.rfc("2449-6.5-login-delay")
def test_a_login_comes_after_the_delay_and_not_before() -> None:
    """With a delay of 60 s a login 59.9 s after the last is refused, and one after 60 s is not."""
    seconds = Seconds()
    ledger = ProcessLedger(login_delay_s=60, seconds=seconds)
    taken(ledger, 1, ALICE, SUPPORT).release()

    seconds.now += 59.9
    assert ledger.take(session(2), [ALICE, SUPPORT]) == TooSoon(ALICE.account, 60)
    assert ledger.books() == {}

    seconds.now += 0.1
    taken(ledger, 3, ALICE, SUPPORT)


def test_a_refusal_does_not_prolong_the_delay() -> None:
    """Who tries too soon, or at a limit, waits no longer for that."""
    seconds = Seconds()
    ledger = ProcessLedger(LedgerLimits(account=1), login_delay_s=60, seconds=seconds)
    first = taken(ledger, 1, ALICE)
    seconds.now += 50
    assert ledger.take(session(2), [ALICE]) == Refusal(ALICE, 1, 1)
    first.release()
    assert ledger.take(session(2), [ALICE]) == TooSoon(ALICE.account, 60)

    seconds.now += 10
    taken(ledger, 2, ALICE)


def test_the_delay_of_one_account_is_not_that_of_another() -> None:
    """Bob, and whoever only connects, does not wait for alice."""
    ledger = ProcessLedger(login_delay_s=60, seconds=Seconds())
    taken(ledger, 1, ALICE, SUPPORT)

    taken(ledger, 2, BOB, SUPPORT)
    taken(ledger, 3, SERVER, HERE)


def test_logins_fade_from_memory() -> None:
    """After the delay nothing is kept of a login, however many accounts there were."""
    seconds = Seconds()
    logins = RecentLogins(60, seconds)
    for number in range(10_000):
        assert logins.begin([AccountKey(AccountName(f"account-{number}"))]) is None
        seconds.now += 1
    assert len(logins) == 60

    seconds.now += 60
    assert logins.begin([ALICE]) is None
    assert len(logins) == 1


def test_without_a_delay_no_login_is_remembered() -> None:
    """Where nobody waits nothing is kept."""
    logins = RecentLogins(0, Seconds())

    assert (logins.begin([ALICE]), logins.begin([ALICE]), len(logins)) == (None, None, 0)


# --- any order at all ----------------------------------------------------------------------------

LIMITS = st.builds(
    LedgerLimits,
    account=st.integers(0, 3),
    mailbox=st.integers(0, 3),
    address=st.integers(0, 3),
    server=st.integers(0, 5),
)


class AnyOrder(RuleBasedStateMachine):
    """Take and give back in any order, beside a list of who holds what."""

    leases = Bundle("leases")

    @initialize(limits=LIMITS)
    def begin(self, limits: LedgerLimits) -> None:
        """Begin with nothing."""
        self.ledger = ProcessLedger(limits)
        self.limit: dict[Key, int] = {
            ALICE: limits.account,
            BOB: limits.account,
            SUPPORT: limits.mailbox,
            ALICES: limits.mailbox,
            HERE: limits.address,
            THERE: limits.address,
            SERVER: limits.server,
        }
        self.held: list[tuple[HeldLease, SessionId, tuple[Key, ...]]] = []
        self.gone: list[HeldLease] = []

    def count(self, key: Key) -> int:
        """Count by going through the list."""
        return sum(1 for _, _, keys in self.held if key in keys)

    def full(self, keys: Sequence[Key]) -> list[Key]:
        """Name the keys whose limit has no room, in their order."""
        return [key for key in keys if self.limit[key] and self.count(key) >= self.limit[key]]

    @rule(
        target=leases,
        number=st.integers(0, 9),
        keys=st.lists(st.sampled_from(KEYS), unique=True, min_size=1, max_size=4),
    )
    def take(self, number: int, keys: list[Key]) -> tuple[HeldLease, ...]:
        """Take, and be refused exactly when the list says so."""
        answer = self.ledger.take(session(number), keys)
        full = self.full(keys)
        if full:
            assert answer == Refusal(full[0], self.count(full[0]), self.limit[full[0]])
            return ()
        assert isinstance(answer, HeldLease)
        assert answer.keys == tuple(keys)
        self.held.append((answer, session(number), tuple(keys)))
        return (answer,)

    @rule(leases=consumes(leases))
    def release(self, leases: tuple[HeldLease, ...]) -> None:
        """Give back what was taken."""
        for lease in leases:
            lease.release()
            self.held = [one for one in self.held if one[0] is not lease]
            self.gone.append(lease)

    @rule()
    def release_again(self) -> None:
        """Give back a second time, and be told."""
        for lease in self.gone[-1:]:
            with pytest.raises(InvariantBroken):
                lease.release()

    @invariant()
    def the_books_are_the_list(self) -> None:
        """Every number is the size of a set, and the sets are those of the list."""
        counts = {key: self.count(key) for key in KEYS}
        assert self.ledger.books() == {key: held for key, held in counts.items() if held}
        assert {key: self.ledger.held(key) for key in KEYS} == counts
        assert sum(self.ledger.books().values()) == sum(len(keys) for _, _, keys in self.held)

    @invariant()
    def the_holders_are_the_list(self) -> None:
        """Who holds what is what the list says."""
        for key in KEYS:
            expected = sorted(who for _, who, keys in self.held if key in keys)
            assert list(self.ledger.holders(key)) == expected
        assert list(self.ledger.sessions()) == sorted({who for _, who, _ in self.held})

    @invariant()
    def no_limit_is_passed(self) -> None:
        """Nowhere more is held than the limit."""
        assert all(self.ledger.held(key) <= limit for key, limit in self.limit.items() if limit)

    def teardown(self) -> None:
        """Nothing is left when all has been given back."""
        for lease, _, _ in self.held:
            lease.release()
        assert self.ledger.books() == {}


AnyOrder.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestAnyOrder = AnyOrder.TestCase
