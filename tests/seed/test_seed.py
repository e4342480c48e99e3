"""The seed's two stories, and the mutants that each must catch."""

import asyncio
import logging
from collections.abc import Callable

import pytest

from driving.seed import LIMIT, SEED, SlotLost, connects_and_leaves, ways_to_leave, wedged_commits
from requite.generated.pop3 import State
from requite.pop3.ledger import HeldLease, LedgerLimits, ProcessLedger
from requite.pop3.names import AccountName
from requite.pop3.services import AccountKey, MailboxKey
from requite.pop3.shell import Session

TIMES = 1_000
WAYS_PINNED = 128


def test_the_ways_to_leave_are_pinned() -> None:
    """No way to leave vanishes from the stories in silence."""
    assert len(ways_to_leave()) == WAYS_PINNED


def test_kb968626_a_thousand_sessions_on_a_shared_mailbox(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """After 1,000 sessions, left in every way, 16 fit, the 17th is event 1009, all counts are 0."""
    with caplog.at_level(logging.WARNING, logger="requite.pop3"):
        asyncio.run(connects_and_leaves(ProcessLedger, times=TIMES, seed=SEED))

    warnings = [record for record in caplog.records if getattr(record, "event_id", 0) == 1009]
    text = warnings[-1].getMessage()
    assert "account 'alice' holds 16 of 16 sessions" in text
    assert "sessions_per_account" in text


def test_kb932905_a_teardown_that_never_completes() -> None:
    """Sixteen commits that never complete hold no slot: sixteen more sessions fit."""
    asyncio.run(wedged_commits(ProcessLedger))


# --- mutants: each breaks the release as a real server did, and must be caught ------------------


class ReleasesByOwner(ProcessLedger):
    """Works the key out again at release, from the mailbox (KB968626; bugs B01, B08)."""

    def forget(self, lease: HeldLease) -> None:
        """Take the lease out under the owner of the mailbox that was open."""
        owners = [AccountName(key.mailbox) for key in lease.keys if isinstance(key, MailboxKey)]
        for key in lease.keys:
            wrong = AccountKey(owners[0]) if isinstance(key, AccountKey) else key
            leases = self._leases.get(wrong, set())
            leases.discard(lease)
            if not leases:
                self._leases.pop(wrong, None)


def skip_for_delegates(release: Callable[[Session], None]) -> Callable[[Session], None]:
    """Release only what the owner of the mailbox took (mutation operator M2)."""

    def mutant(session: Session) -> None:
        who = session.identity
        if who is None or str(who.account) == str(who.mailbox):
            release(session)

    return mutant


def after_the_teardown(release: Callable[[Session], None]) -> Callable[[Session], None]:
    """Release only once the teardown has completed (KB932905; mutation operator M10)."""

    def mutant(session: Session) -> None:
        if session.machine.state is not State.COMMITTING_ABANDONED:
            release(session)

    return mutant


def test_a_release_by_mailbox_owner_is_caught() -> None:
    """The story names the first session whose slot was given back to the wrong account."""
    with pytest.raises(SlotLost, match=r"gives back .*ACCOUNT") as caught:
        asyncio.run(connects_and_leaves(ReleasesByOwner, times=100, seed=SEED))
    print(caught.value)


def test_a_release_skipped_for_delegates_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The story names the first session of a delegate that kept its slot."""
    monkeypatch.setattr(Session, "release_slot", skip_for_delegates(Session.release_slot))

    with pytest.raises(SlotLost, match=r"gives back .*ACCOUNT") as caught:
        asyncio.run(connects_and_leaves(ProcessLedger, times=100, seed=SEED))
    print(caught.value)


def test_a_release_after_a_blocked_teardown_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The story names the session that kept its slot for as long as its commit takes."""
    monkeypatch.setattr(Session, "release_slot", after_the_teardown(Session.release_slot))

    with pytest.raises(SlotLost, match="COMMITTING --TIME_EXPIRED") as caught:
        asyncio.run(wedged_commits(ProcessLedger))
    assert f"{LIMIT} commits are wedged; they hold {LIMIT} slots" in str(caught.value)
    print(caught.value)


def test_a_ledger_is_made_with_limits() -> None:
    """The mutants differ from the ledger in nothing but what they break."""
    assert ReleasesByOwner(LedgerLimits(account=3)).limits.account == 3
