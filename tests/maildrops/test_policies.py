"""What becomes of a deleted message, by each policy, in memory and in a Maildir alike.

Decides that both stores do the same: what a policy says and nothing else, to the messages that were
deleted or are old and to no other. Refuses to look at how a store does it.
"""

import asyncio
import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import pytest

from maildrops.stores import (
    ALICE,
    BOB,
    MAILBOX,
    MaildirStore,
    MemoryStore,
    Store,
    deletions,
    texts,
)
from requite.pop3.maildrops import maildir as maildir_module
from requite.pop3.maildrops.maildir import MaildirMaildrop

Begin: TypeAlias = Callable[..., Store]
POLICIES = ("expunge", "move:Trash", "hide", "never")


@pytest.fixture(params=["memory", "maildir"])
def begin(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Begin]:
    """Make the mailbox under a policy, with messages."""
    made: list[Store] = []

    def store(policy: str, *messages: str, retention_days: int = 0) -> Store:
        rules = deletions(policy, retention_days=retention_days)
        in_memory = request.param == "memory"
        made.append(MemoryStore(rules) if in_memory else MaildirStore(rules, tmp_path / "support"))
        for text in messages:
            made[-1].deliver(text)
        return made[-1]

    yield store
    for one in made:
        one.close()


# --- one policy each --------------------------------------------------------------------------


def test_expunged_messages_are_gone_for_everybody(begin: Begin) -> None:
    """Who deletes under `expunge` removes the message for all accounts."""
    store = begin("expunge", "a", "b", "c")

    assert store.delete(ALICE, "b") == 0
    assert (store.kept(), store.seen(BOB)) == (["a", "c"], ["a", "c"])


def test_moved_messages_are_in_the_folder(begin: Begin) -> None:
    """Who deletes under `move` finds the message in the folder and nowhere else."""
    store = begin("move:Trash", "a", "b", "c")

    assert store.delete(ALICE, "a", "c") == 0
    assert (store.kept(), store.kept("Trash")) == (["b"], ["a", "c"])


def test_a_folder_collects(begin: Begin) -> None:
    """What is moved later comes to what was moved before."""
    store = begin("move:Old.2024", "a", "b")
    store.delete(ALICE, "a")
    store.delete(BOB, "b")

    assert store.kept("Old.2024") == ["a", "b"]


def test_a_hidden_message_is_kept_and_seen_by_others(begin: Begin) -> None:
    """Who deletes under `hide` sees the message no more; everybody else does, and it is there."""
    store = begin("hide", "a", "b", "c")

    assert store.delete(ALICE, "b") == 0
    assert store.seen(ALICE) == ["a", "c"]
    assert store.seen(BOB) == store.kept() == ["a", "b", "c"]


def test_a_maildrop_counts_what_is_seen(begin: Begin) -> None:
    """The octets of a maildrop are those of the messages that the account sees."""
    store = begin("hide", "a", "bb")
    store.delete(ALICE, "a")
    maildrop = store.opened(ALICE)

    assert maildrop.octets == sum(message.octets for message in maildrop.messages) == 4


def test_hidden_messages_stay_hidden_after_a_restart(begin: Begin) -> None:
    """A new process shows each account what it has not deleted, old and new."""
    store = begin("hide", "a", "b")
    store.delete(ALICE, "a")
    store.delete(BOB, "b")
    store.restart()
    store.deliver("c")

    assert (store.seen(ALICE), store.seen(BOB)) == (["b", "c"], ["a", "c"])


def test_two_sessions_of_one_account_lose_no_entry(begin: Begin) -> None:
    """What two sessions deleted that were open at the same time is hidden together."""
    store = begin("hide", "a", "b", "c")
    first, second = store.opened(ALICE), store.opened(ALICE)
    store.commit(first, "a")
    store.commit(second, "b")

    assert store.seen(ALICE) == ["c"]


def test_a_message_that_came_late_stays_hidden(begin: Begin) -> None:
    """What a later session hid is not shown again by one that never knew of the message."""
    store = begin("hide", "a")
    early = store.opened(ALICE)
    store.deliver("late")
    store.delete(ALICE, "late")
    store.commit(early, "a")

    assert store.seen(ALICE) == []


def test_nothing_is_deleted_where_nothing_may_be(begin: Begin) -> None:
    """Under `never` a maildrop says so, and a commit that is asked for keeps all and counts all."""
    store = begin("never", "a", "b")
    maildrop = store.opened(ALICE)

    assert not maildrop.deletable
    assert store.commit(maildrop, "a", "b") == 2
    assert store.seen(ALICE) == ["a", "b"]


@pytest.mark.parametrize("policy", ["expunge", "move:Trash", "hide"])
def test_messages_are_deletable_where_a_policy_lets_them_go(begin: Begin, policy: str) -> None:
    """Under every other policy DELE is taken."""
    assert begin(policy).opened(ALICE).deletable


@pytest.mark.parametrize("policy", POLICIES)
def test_only_what_was_deleted_goes(begin: Begin, policy: str) -> None:
    """A commit of nothing changes nothing, and answers that nothing is left over."""
    store = begin(policy, "a", "b")

    assert store.delete(ALICE) == 0
    assert store.seen(ALICE) == store.seen(BOB) == store.kept() == ["a", "b"]


@pytest.mark.parametrize("policy", ["expunge", "move:Trash", "hide"])
def test_what_another_has_removed_counts_as_removed(begin: Begin, policy: str) -> None:
    """DELE of a message that another program has removed since is no failure."""
    store = begin(policy, "a", "b")
    maildrop = store.opened(ALICE)
    store.remove("a")

    assert store.commit_numbers(maildrop, [1, 2]) == 0
    assert store.seen(ALICE) == []


# --- age --------------------------------------------------------------------------------------


@pytest.mark.rfc("2449-6.7-policy")
@pytest.mark.parametrize("policy", ["expunge", "hide", "never"])
def test_old_messages_go_at_a_commit(begin: Begin, policy: str) -> None:
    """At a QUIT without DELE, what is older than it is kept is removed, and nothing younger."""
    store = begin(policy, retention_days=10)
    store.deliver("old", age_days=10.01)
    store.deliver("young", age_days=9.99)
    maildrop = store.opened(ALICE)
    before = texts(maildrop)

    assert store.commit(maildrop) == 0
    assert (before, store.kept(), store.seen(BOB)) == (["old", "young"], ["young"], ["young"])


def test_old_messages_move_where_deleted_ones_do(begin: Begin) -> None:
    """Under `move` the old messages are in the folder as well."""
    store = begin("move:Trash", "new", retention_days=1)
    store.deliver("old", age_days=2)
    store.delete(ALICE, "new")

    assert (store.kept(), store.kept("Trash")) == ([], ["new", "old"])


def test_old_messages_stay_where_all_are_kept(begin: Begin) -> None:
    """Without a retention no message is too old."""
    store = begin("expunge")
    store.deliver("old", age_days=30_000)
    store.delete(ALICE)

    assert store.kept() == ["old"]


@pytest.mark.rfc("1939-6-only-marked")
def test_old_messages_stay_until_a_commit(begin: Begin) -> None:
    """A session that ends without QUIT removes no old message either."""
    store = begin("expunge", retention_days=1)
    store.deliver("old", age_days=2)
    store.opened(ALICE)

    assert store.seen(BOB) == ["old"]


def test_what_is_hidden_grows_old_too(begin: Begin) -> None:
    """A message that an account has hidden is removed at its next commit when it is old."""
    store = begin("hide", retention_days=1)
    store.deliver("old", age_days=2)
    store.delete(ALICE, "old")
    store.delete(ALICE)

    assert store.kept() == []


# --- age in a Maildir ---------------------------------------------------------------------------


def test_a_file_is_as_old_as_its_younger_time(tmp_path: Path) -> None:
    """A message goes only if both its name and its file are old; a name without time is no bar."""
    store = MaildirStore(deletions("expunge", retention_days=1), tmp_path)
    long_ago = (1_600_000_000, 1_600_000_000)
    for name, old_file in (("1600000000.a", False), ("9999999999.b", True), ("c", True)):
        path = tmp_path / "new" / name
        path.write_text(name)
        if old_file:
            os.utime(path, long_ago)
    store.delete(ALICE)
    store.close()

    assert store.kept() == ["1600000000.a", "9999999999.b"]


def test_the_log_counts_old_messages(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """How many old messages were removed, and from where, stands in the log."""
    caplog.set_level(logging.INFO)
    store = MaildirStore(deletions("expunge", retention_days=3), tmp_path)
    for text in ("a", "b"):
        store.deliver(text, age_days=4)
    store.delete(ALICE)
    store.close()

    assert caplog.messages == [
        f"removed 2 messages of {str(tmp_path)!r} that were older than 3 days"
    ]


# --- at once or later, in a Maildir ---------------------------------------------------------------


def is_answered_later(store: MaildirStore) -> bool:
    """Open the maildrop of alice, and say whether that took a thread."""

    async def story() -> bool:
        answer = store.maildrops.open(MAILBOX, ALICE)
        if isinstance(answer, MaildirMaildrop):
            return False
        assert len((await answer).messages) == 1
        return True

    return asyncio.run(story())


@pytest.mark.parametrize("bound", ["INDEX_AT_ONCE_OCTETS", "AT_ONCE"])
def test_much_that_is_hidden_is_left_out_in_a_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    """A larger file, or more messages, than may hold the event loop up are read elsewhere."""
    store = MaildirStore(deletions("hide"), tmp_path)
    for text in ("a", "b"):
        store.deliver(text)
    store.delete(ALICE, "a")
    before = is_answered_later(store)
    small = {"INDEX_AT_ONCE_OCTETS": 1, "AT_ONCE": replace(maildir_module.AT_ONCE, entries_max=1)}
    monkeypatch.setattr(maildir_module, bound, small[bound])
    after = is_answered_later(store)
    store.close()

    assert (before, after) == (False, True)
