"""A Maildir in which another program renames while it is listed.

Decides that a message which was there all the time is listed, once, at whatever moment it moves.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from maildrops.folders import deliver, settle
from requite.pop3.maildrops import listing as listing_module
from requite.pop3.maildrops.listing import Budget, list_maildir

FIRST = "1.M1.host"
SECOND = "2.M1.host"


@pytest.fixture
def after_listing(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Give what has something happen once, when the folders have been listed."""

    def once(happen: Callable[[], object]) -> None:
        really, todo = listing_module._steady_files, [happen]

        def listed(directory: str, budget: Budget | None) -> object:
            files = really(directory, budget)
            if todo:
                todo.pop()()
            return files

        monkeypatch.setattr(listing_module, "_steady_files", listed)

    return once


def uids(maildir: Path, *, knows: bool = False) -> list[str]:
    """List a Maildir, perhaps with what an earlier listing knows."""
    known = list_maildir(str(maildir), None, None) if knows else None
    return [message.uid for message in list_maildir(str(maildir), known, None).messages]


def test_a_message_that_moves_before_it_is_read_is_listed(
    maildir: Path, after_listing: Callable[[Callable[[], object]], None]
) -> None:
    """Its file is looked for where it is now."""
    path = deliver(maildir, f"new/{FIRST}")
    settle(maildir)
    after_listing(lambda: path.rename(maildir / "cur" / f"{FIRST}:2,S"))

    assert uids(maildir) == [FIRST]


@pytest.mark.parametrize("happening", ["is renamed", "is rewritten"])
def test_a_known_message_that_moves_before_it_is_looked_at_is_listed_once(
    maildir: Path, after_listing: Callable[[Callable[[], object]], None], happening: str
) -> None:
    """It is looked for, and read again: it may have been written to as well."""
    path = deliver(maildir, f"new/{FIRST}")
    deliver(maildir, f"new/{SECOND}")
    known = list_maildir(str(maildir), None, None)

    def happen() -> None:
        if happening == "is rewritten":
            path.write_bytes(b"other\n")
        path.rename(maildir / "cur" / f"{FIRST}:2,S")

    after_listing(happen)

    listing = list_maildir(str(maildir), known, None)
    assert [message.uid for message in listing.messages] == [FIRST, SECOND]
    assert listing.messages[0].octets == (7 if happening == "is rewritten" else 20)


def test_a_message_that_a_listing_lacks_is_seen_by_the_other(
    maildir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that has just changed is listed again, and what either listing has is there."""
    deliver(maildir, f"new/{FIRST}")
    deliver(maildir, f"new/{SECOND}")
    really = listing_module._files_in
    lacks = [FIRST, SECOND, FIRST]

    def lacking(directory: str) -> Iterator[tuple[str, int]]:
        lacked = lacks.pop(0)
        return ((place, inode) for place, inode in really(directory) if lacked not in place)

    monkeypatch.setattr(listing_module, "_files_in", lacking)
    monkeypatch.setattr(listing_module, "TICK_NS", 10**18)

    assert uids(maildir) == [FIRST, SECOND]
    assert lacks == []


def test_two_names_of_one_file_stay_two_messages(maildir: Path) -> None:
    """A message that was delivered as a second link is listed beside the first, each time."""
    first = deliver(maildir, f"new/{FIRST}")
    os.link(first, maildir / "new" / SECOND)

    assert uids(maildir) == uids(maildir, knows=True) == [FIRST, SECOND]


def test_a_message_that_is_removed_before_it_is_read_is_not_listed(
    maildir: Path, after_listing: Callable[[Callable[[], object]], None]
) -> None:
    """It is gone, without a warning, and the others are there."""
    path = deliver(maildir, f"new/{FIRST}")
    deliver(maildir, f"new/{SECOND}")
    after_listing(path.unlink)

    assert uids(maildir) == [SECOND]
