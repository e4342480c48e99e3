"""The end of the process between any two calls of a commit that moves or hides.

Decides that afterwards each message is in one place, that what is hidden is what was hidden before
or that and all that was deleted, and that the next commit does the rest. Refuses to end a process.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

import pytest

from maildrops.stores import ALICE, MAILBOX, MaildirStore, deletions
from requite.pop3.maildrops import renaming
from requite.pop3.maildrops.committing import Committing, Sight
from requite.pop3.maildrops.listing import list_maildir
from requite.pop3.maildrops.views import View

P = ParamSpec("P")
T = TypeVar("T")
CALLS: Final = ("open", "fsync", "replace", "makedirs", "unlink", "stat")
"""Without close(), which the kernel does for a process that is over: it lets go of the lock."""
MESSAGES: Final = ("a", "b", "c")
DELETED: Final = {"a", "b"}
AT_MOST: Final = 100
"""More calls than any of these commits makes."""


class Crash(BaseException):
    """The process is over."""


@contextmanager
def ending_before(number: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Let the process end before that call; give how many calls there were."""
    made = [0]

    def counted(really: Callable[P, T]) -> Callable[P, T]:
        def call(*given: P.args, **named: P.kwargs) -> T:
            if made[0] >= number:
                raise Crash
            made[0] += 1
            return really(*given, **named)

        return call

    with monkeypatch.context() as patched:
        for name in CALLS:
            patched.setattr(os, name, counted(getattr(os, name)))
        patched.setattr(renaming, "_renamed", counted(renaming._renamed))
        yield made


def commit(path: Path, policy: str) -> int:
    """Delete, in a session of a new process, those of the messages that are still seen."""
    committing = Committing.of(str(path), MAILBOX, ALICE, deletions(policy))
    sight = Sight.of(list_maildir(str(path), None, None), committing.hidden())
    entries = [one for one in sight.seen.entries if one.base.rpartition(".")[2] in DELETED]
    return committing.commit(entries, sight)


@pytest.mark.parametrize(("policy", "calls"), [("expunge", 16), ("move:Trash", 36), ("hide", 19)])
def test_a_commit_that_ends_anywhere_loses_and_doubles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, policy: str, calls: int
) -> None:
    """Before each call of a commit the process ends, and the next one finds all as it should be."""
    ends = 0
    for number in range(AT_MOST):
        path = tmp_path / str(number)
        store = MaildirStore(deletions(policy), path)
        for text in MESSAGES:
            store.deliver(text)
        with ending_before(number, monkeypatch) as made, suppress(Crash):
            commit(path, policy)
        kept, moved = store.kept(), store.kept("Trash")
        hidden = View(str(path), ALICE).hidden()
        assert set(kept) | set(moved) | (DELETED if policy == "expunge" else set()) >= set(MESSAGES)
        assert not set(kept) & set(moved)
        assert "c" in kept
        assert len(hidden) in {0, len(DELETED)}
        assert commit(path, policy) == 0
        assert store.seen(ALICE) == ["c"]
        store.close()
        if made[0] < number:
            break
        ends += 1

    assert ends >= calls  # Python itself may make one more.
