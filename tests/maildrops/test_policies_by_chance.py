"""Two accounts, their sessions and a delivery agent, in any order, beside a simple model.

Decides that whatever happens, each account sees what the policy says, in memory and in a Maildir:
no message is lost, none comes back, and none is seen again by who has deleted it.
"""

import os
import tempfile
from pathlib import Path
from typing import Final

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from maildrops.stores import ALICE, BOB, MaildirStore, MemoryStore, Store, deletions, texts
from requite.pop3.names import AccountName
from requite.pop3.services import Maildrop

POLICIES: Final = ("expunge", "move:Trash", "hide", "never")
ACCOUNTS: Final = (ALICE, BOB)
LONG_AGO_S: Final = 1_600_000_000


class _Model:
    """What should be there, in a few sets."""

    def __init__(self, policy: str) -> None:
        self.policy = policy
        self.there: list[str] = []
        self.moved: set[str] = set()
        self.hidden: dict[AccountName, set[str]] = {account: set() for account in ACCOUNTS}

    def seen(self, account: AccountName) -> list[str]:
        """Say what an account sees."""
        return [text for text in self.there if text not in self.hidden[account]]

    def commit(self, account: AccountName, deleted: set[str]) -> int:
        """Delete, and say how many are still there."""
        if self.policy == "never":
            return len(deleted)
        if self.policy == "hide":
            self.hidden[account] |= deleted
            return 0
        if self.policy != "expunge":
            self.moved |= deleted.intersection(self.there)
        self.there = [text for text in self.there if text not in deleted]
        return 0


class TwoAccounts(RuleBasedStateMachine):
    """Both stores beside the model. A session is an account, its snapshots and what they show."""

    @initialize(policy=st.sampled_from(POLICIES))
    def begin(self, policy: str) -> None:
        """Start with an empty mailbox."""
        self.directory = tempfile.TemporaryDirectory()
        self.model = _Model(policy)
        path = Path(self.directory.name)
        self.maildir = MaildirStore(deletions(policy, fsync=False), path)
        self.stores: tuple[Store, ...] = (MemoryStore(deletions(policy)), self.maildir)
        self.sessions: list[tuple[AccountName, tuple[Maildrop, ...], list[str]]] = []
        self.delivered = 0
        self.settled = 0

    @rule()
    def deliver(self) -> None:
        """Deliver one message."""
        self.delivered += 1
        text = f"m{self.delivered}"
        self.model.there.append(text)
        for store in self.stores:
            store.deliver(text)

    @rule(choice=st.data())
    @precondition(lambda self: self.model.there)
    def remove(self, choice: st.DataObject) -> None:
        """Let another program remove one message."""
        text = choice.draw(st.sampled_from(self.model.there))
        self.model.there.remove(text)
        for store in self.stores:
            store.remove(text)

    @rule(account=st.sampled_from(ACCOUNTS))
    def open(self, account: AccountName) -> None:
        """Begin a session, which sees what the model says."""
        maildrops = tuple(store.opened(account) for store in self.stores)
        for maildrop in maildrops:
            assert texts(maildrop) == self.model.seen(account)
        self.sessions.append((account, maildrops, self.model.seen(account)))

    @rule(choice=st.data())
    @precondition(lambda self: self.sessions)
    def quit(self, choice: st.DataObject) -> None:
        """End a session with QUIT, after some DELE, of messages that may be gone meanwhile."""
        session = choice.draw(st.integers(0, len(self.sessions) - 1))
        account, maildrops, seen = self.sessions.pop(session)
        numbers = choice.draw(st.lists(st.integers(1, len(seen)), unique=True) if seen else EMPTY)
        kept = self.model.commit(account, {seen[number - 1] for number in numbers})
        for store, maildrop in zip(self.stores, maildrops, strict=True):
            assert store.commit_numbers(maildrop, numbers) == kept

    @rule(choice=st.data())
    @precondition(lambda self: self.sessions)
    def drop(self, choice: st.DataObject) -> None:
        """End a session without QUIT."""
        self.sessions.pop(choice.draw(st.integers(0, len(self.sessions) - 1)))

    @rule()
    def restart(self) -> None:
        """End the process with all its sessions, and begin another one."""
        self.sessions.clear()
        for store in self.stores:
            store.restart()

    @rule()
    def settle(self) -> None:
        """Let the folders look as if nothing had changed for long."""
        self.settled += 1
        moment = LONG_AGO_S + self.settled
        for folder in ("new", "cur"):
            os.utime(self.maildir.path / folder, (moment, moment))

    @invariant()
    def nothing_is_lost(self) -> None:
        """The mailbox has the messages that the model has, and the folder what was moved."""
        for store in getattr(self, "stores", ()):
            assert store.kept() == sorted(self.model.there)
            assert store.kept("Trash") == sorted(self.model.moved)

    def teardown(self) -> None:
        """Let go of everything."""
        for store in getattr(self, "stores", ()):
            store.close()
        if hasattr(self, "directory"):
            self.directory.cleanup()


EMPTY: Final[st.SearchStrategy[list[int]]] = st.just([])

TestTwoAccounts = TwoAccounts.TestCase
TestTwoAccounts.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
