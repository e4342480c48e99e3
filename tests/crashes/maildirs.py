"""What is done to a Maildir, for a process that is killed meanwhile.

Decides the scenarios of our own store, and the broken stores that the same oracle must find.
"""

import asyncio
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from inspect import isawaitable
from pathlib import Path
from typing import Final, TypeVar

from crashes.killing import Scenario, Seen
from maildrops.folders import ALICE, deliver, settle
from requite.pop3.maildrops.columns import Listing
from requite.pop3.maildrops.conventions import Conventions
from requite.pop3.maildrops.deletions import Deletions
from requite.pop3.maildrops.index import INDEX_NAME, _octets, load_index, save_index
from requite.pop3.maildrops.listing import list_maildir
from requite.pop3.maildrops.lock import DirectoryLock
from requite.pop3.maildrops.maildir import MaildirMaildrops
from requite.pop3.maildrops.mbox import MboxMaildrops
from requite.pop3.names import AccountName
from requite.pop3.services import Answer, Content, Maildrop, Maildrops
from requite.pop3.wire.content import wire_octets

__all__ = (
    "CANARIES",
    "CANARIES_WITH_POWER_CUT",
    "DELETED_UIDS",
    "SCENARIOS",
    "WITH_POWER_CUT",
    "Received",
    "clean",
    "committed",
    "filled",
    "seen",
    "session",
    "session_beside_a_renamer",
)

T = TypeVar("T")

MESSAGES: Final = 5
INDEXED: Final = 12
"""Enough for an index of more than one name."""
DELETED: Final = (1, 2, 5)
DELETED_UIDS: Final = frozenset(f"170000000{number}.M1P1.host" for number in DELETED)
Received = Callable[[], None]


# --- preparing -----------------------------------------------------------------------------------


def filled(directory: Path, messages: int = MESSAGES) -> None:
    """Make a Maildir with messages in `new` and in `cur`, in which nothing changed for long."""
    for folder in ("tmp", "new", "cur", "kept"):
        (directory / folder).mkdir(parents=True)
    for number in range(1, messages + 1):
        place = (
            f"new/170000000{number}.M1P1.host"
            if number % 2
            else f"cur/170000000{number}.M1P1.host:2,S"
        )
        deliver(directory, place, f"Subject: {number}\n\n{'x' * number}\n.\n".encode() * 400)
    settle(directory)


def indexed(directory: Path, messages: int = MESSAGES) -> None:
    """Make such a Maildir, with an index beside it."""
    filled(directory, messages)
    assert save_index(str(directory), list_maildir(str(directory), None, None))


def outdated(directory: Path) -> None:
    """Make such a Maildir, which lacks a message of the index and has two that it lacks."""
    indexed(directory, MESSAGES - 2)
    (directory / "cur" / "1700000002.M1P1.host:2,S").unlink()
    filled_anew = (4, 5)
    for number in filled_anew:
        deliver(directory, f"new/170000000{number}.M1P1.host", b"new\n" * number)
    settle(directory)


# --- looking -------------------------------------------------------------------------------------


class _Warnings(logging.Handler):
    """Keep what is logged."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


@contextmanager
def clean(allowed: str | None = None) -> Iterator[None]:
    """See to it that nothing is complained of in the log.

    Args:
        allowed: a part of a warning that may be logged.
    """
    warnings = _Warnings()
    logger = logging.getLogger("requite")
    logger.addHandler(warnings)
    try:
        yield
    finally:
        logger.removeHandler(warnings)
    complaints = [text for text in warnings.texts if allowed is None or allowed not in text]
    assert not complaints, f"a log-in is not clean: {complaints}"


def found(directory: Path, allowed: str | None = None) -> list[Seen]:
    """Log in twice, with and without the index: the lock is free, and both find the same.

    Args:
        directory: the Maildir.
        allowed: a part of a warning that may be logged.
    """
    with clean(allowed):
        with_index, without = (_seen(directory, keeps_index=keeps) for keeps in (True, False))
    assert with_index == without, f"the index is believed: {with_index} is not {without}"
    return with_index


def _seen(directory: Path, *, keeps_index: bool) -> list[Seen]:
    conventions = Conventions(keeps_index=keeps_index)
    return asyncio.run(seen(MaildirMaildrops(lambda _: directory, conventions=conventions)))


async def seen(
    store: MaildirMaildrops | MboxMaildrops, account: AccountName | None = None
) -> list[Seen]:
    """Log in, which must succeed at once, and give each message."""
    lock = store.lock(ALICE)
    assert isinstance(lock, DirectoryLock), f"a lock is left: {lock}"
    try:
        maildrop = await _opened(store, account)
        return [
            (message.uid, _whole(await given(maildrop.read(number)), message.octets))
            for number, message in enumerate(maildrop.messages, 1)
        ]
    finally:
        lock.release()
        store.close()


async def _opened(store: Maildrops, account: AccountName | None) -> Maildrop:
    return await given(store.open(ALICE, account))


async def given(answer: Answer[T]) -> T:
    """Give an answer, whether it is there or will be."""
    if isawaitable(answer):
        return await answer
    return answer


def _whole(content: Content | None, octets_promised: int) -> bytes:
    assert content is not None, "expected a message that is listed, found None"
    octets = b"".join(iter(partial(content.read, 65_536), b""))
    content.close()
    assert wire_octets(octets) == octets_promised, f"found {octets_promised} of {len(octets)}"
    return octets


def found_or_kept(directory: Path) -> list[Seen]:
    """Log in, and count what was moved to another folder as well."""
    moved = [
        (path.name.partition(":")[0], path.read_bytes()) for path in (directory / "kept").iterdir()
    ]
    return [*found(directory), *moved]


# --- working -------------------------------------------------------------------------------------


def session(directory: Path, received: Received, deletions: Deletions | None = None) -> None:
    """Lock, open, read, and after QUIT commit: what a session does."""
    store = MaildirMaildrops(lambda _: directory, deletions=deletions)
    asyncio.run(committed(store, received, DELETED))


async def committed(
    store: MaildirMaildrops | MboxMaildrops, received: Received, numbers: Sequence[int]
) -> None:
    """Lock, open, read the first message, and after QUIT commit."""
    lock = store.lock(ALICE)
    assert isinstance(lock, DirectoryLock)
    maildrop = await _opened(store, AccountName(ALICE))
    content = await given(maildrop.read(1))
    _whole(content, maildrop.messages[0].octets)
    received()
    assert await given(maildrop.commit(numbers)) == 0


def session_beside_a_renamer(
    directory: Path, received: Received, deletions: Deletions | None = None
) -> None:
    """Do what a session does, while every message moves from `new` to `cur`."""

    def moved() -> None:
        received()
        for path in (directory / "new").iterdir():
            os.rename(path, directory / "cur" / f"{path.name}:2,S")  # noqa: PTH104  # As a program does.

    session(directory, moved, deletions)


def index_written(directory: Path, received: Received) -> None:
    """Write the index anew."""
    del received
    assert save_index(str(directory), _listing(directory))


def _listing(directory: Path) -> Listing:
    return list_maildir(str(directory), load_index(str(directory)), None)


# --- broken stores -------------------------------------------------------------------------------


def _doomed(directory: Path) -> list[Path]:
    paths = [path for folder in ("new", "cur") for path in (directory / folder).iterdir()]
    return [path for path in sorted(paths) if path.name.partition(":")[0] in DELETED_UIDS]


def removes_at_dele(directory: Path, received: Received) -> None:
    """Remove each message at once, and not at QUIT."""
    for path in _doomed(directory):
        path.unlink()
    received()


def removes_and_writes_again(directory: Path, received: Received) -> None:
    """Move messages to another folder, such that for a moment they are in none."""
    received()
    for path in _doomed(directory):
        octets = path.read_bytes()
        path.unlink()
        (directory / "kept" / path.name).write_bytes(octets)


def copies_and_removes(directory: Path, received: Received) -> None:
    """Move messages to another folder, such that for a moment they are in both."""
    received()
    for path in _doomed(directory):
        os.link(path, directory / "kept" / path.name)
        path.unlink()


def index_in_place(directory: Path, received: Received) -> None:
    """Write the index over the old one."""
    del received
    (directory / INDEX_NAME).write_bytes(_octets(_listing(directory)))


def forgets_to_sync(directory: Path, received: Received) -> None:
    """Remove messages, and answer before the disk has noted that."""
    received()
    for path in _doomed(directory):
        path.unlink()


def copies_without_sync(directory: Path, received: Received) -> None:
    """Move messages to another folder, without waiting until the disk has the copies."""
    received()
    for path in _doomed(directory):
        (directory / "kept" / path.name).write_bytes(path.read_bytes())
    for path in _doomed(directory):
        path.unlink()


def lock_file_left(directory: Path, received: Received) -> None:
    """Hold a lock that is a file."""
    received()
    (directory / "lock").touch()
    for path in _doomed(directory):
        path.unlink()
    (directory / "lock").unlink()


def found_without_lock_file(directory: Path) -> Sequence[Seen]:
    """Log in where a lock file keeps everybody out."""
    assert not (directory / "lock").exists(), "a lock is left"
    return found(directory)


SCENARIOS: Final = (
    Scenario("a session", filled, session, found, DELETED_UIDS),
    Scenario("a session with an index", indexed, session, found, DELETED_UIDS),
    Scenario("a session beside a renamer", filled, session_beside_a_renamer, found, DELETED_UIDS),
    Scenario("the first index", filled, index_written, found),
    Scenario("a later index", outdated, index_written, found),
)
CANARIES: Final = {
    "is lost or changed": (
        Scenario("removes at DELE", filled, removes_at_dele, found, DELETED_UIDS),
        Scenario("removes and writes again", filled, removes_and_writes_again, found_or_kept),
    ),
    "is there 2 times": (
        Scenario("copies and removes", filled, copies_and_removes, found_or_kept),
    ),
    "a log-in is not clean": (Scenario("index in place", outdated, index_in_place, found),),
    "a lock is left": (
        Scenario("a lock file", filled, lock_file_left, found_without_lock_file, DELETED_UIDS),
    ),
}
"""Broken stores, by what the oracle must say of them."""
found_after_power_cut: Final = partial(found, allowed="is built anew, because it cannot be used")
"""The index is not synced: a power cut may damage it, which costs time and is said."""
WITH_POWER_CUT: Final = tuple(replace(one, look=found_after_power_cut) for one in SCENARIOS)
CANARIES_WITH_POWER_CUT: Final = {
    "is there again": Scenario("forgets to sync", filled, forgets_to_sync, found, DELETED_UIDS),
    "is lost or changed": Scenario("no sync of copies", filled, copies_without_sync, found_or_kept),
}
