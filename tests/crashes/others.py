"""What is done to maildrops that move or hide what is deleted, or are one file.

Decides the scenarios of the delete policies `move` and `hide` and of the mbox store, what each must
leave, and the broken ones that the same oracle must find. Refuses to kill.
"""

import asyncio
import os
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from crashes.killing import Scenario, Seen
from crashes.maildirs import (
    DELETED_UIDS,
    Received,
    clean,
    committed,
    filled,
    seen,
    session,
    session_beside_a_renamer,
)
from maildrops.folders import ALICE
from maildrops.mboxes import FROM_LINE, append, letters_of
from requite.pop3.maildrops.deletions import DeletePolicy, Deletions
from requite.pop3.maildrops.maildir import MaildirMaildrops
from requite.pop3.maildrops.mbox import MboxMaildrops
from requite.pop3.maildrops.mbox._format import scan
from requite.pop3.maildrops.views import VIEWS_NAME, View, view_name
from requite.pop3.names import AccountName

__all__ = (
    "OTHERS_WITH_POWER_CUT",
    "OTHER_CANARIES",
    "OTHER_CANARIES_WITH_POWER_CUT",
    "OTHER_SCENARIOS",
)

FOLDER: Final = ".Trash"
MOVE: Final = Deletions(default=DeletePolicy.parse("move:Trash"))
HIDE: Final = Deletions(default=DeletePolicy.parse("hide"))
BOB: Final = AccountName("bob")
LETTERS: Final = tuple(f"Subject: {n}\n\n{'x' * n}\n".encode() * 400 for n in range(1, 6))
MBOX_DELETED: Final = (1, 2, 4)


# --- move ----------------------------------------------------------------------------------------


def with_folder(directory: Path) -> None:
    """Make a Maildir whose folder is there."""
    filled(directory)
    for part in ("tmp", "new", "cur"):
        (directory / FOLDER / part).mkdir(parents=True)


def found_or_moved(directory: Path) -> list[Seen]:
    """Log in, and look where each message is: in INBOX or in the folder, under "somewhere"."""
    with clean():
        inbox = asyncio.run(seen(MaildirMaildrops(lambda _: directory)))
    somewhere = [*_files(directory), *_files(directory / FOLDER)]
    return [*inbox, *((f"{uid} somewhere", octets) for uid, octets in somewhere)]


def _files(directory: Path) -> list[Seen]:
    """Give the messages of a folder, without our own store."""
    paths = [path for part in ("new", "cur") for path in (directory / part).glob("*")]
    return [(path.name.partition(":")[0], path.read_bytes()) for path in paths]


def links_and_removes(directory: Path, received: Received) -> None:
    """Move messages such that for a moment they have two names."""
    received()
    for path in _doomed(directory):
        os.link(path, directory / FOLDER / "cur" / path.name)
        path.unlink()


def moves_without_sync(directory: Path, received: Received) -> None:
    """Move messages, and answer before the disk has noted that."""
    received()
    for path in _doomed(directory):
        path.rename(directory / FOLDER / "cur" / path.name)


def _doomed(directory: Path) -> list[Path]:
    paths = [path for part in ("new", "cur") for path in (directory / part).iterdir()]
    return [path for path in sorted(paths) if path.name.partition(":")[0] in DELETED_UIDS]


# --- hide ----------------------------------------------------------------------------------------


def with_views(directory: Path) -> None:
    """Make a Maildir of which two accounts have hidden something already."""
    filled(directory)
    for account, number in ((AccountName(ALICE), 3), (BOB, 4)):
        uid = f"170000000{number}.M1P1.host"
        View(str(directory), account).hide({uid}, gone=(), fsync=True)


def hides(directory: Path, received: Received) -> None:
    """Hide the first, second and last of what is left."""
    store = MaildirMaildrops(lambda _: directory, deletions=HIDE)
    asyncio.run(committed(store, received, (1, 2, 4)))


def found_by_both(directory: Path) -> list[Seen]:
    """Log in as the one who hides and as another: what the other sees stays."""
    with clean():
        own, other = (
            asyncio.run(seen(MaildirMaildrops(lambda _: directory, deletions=HIDE), account))
            for account in (AccountName(ALICE), BOB)
        )
    return [
        *own,
        *((f"{uid} of the other", octets) for uid, octets in other),
        *((f"{uid} of the maildrop", octets) for uid, octets in _files(directory)),
    ]


def writes_view_in_place(directory: Path, received: Received) -> None:
    """Write over what was hidden before."""
    received()
    path = directory / VIEWS_NAME / view_name(AccountName(ALICE))
    text = "\n".join(("requite view 1", *sorted(DELETED_UIDS), "1700000003.M1P1.host", "end", ""))
    path.write_text(text, encoding="ascii")


# --- mbox ----------------------------------------------------------------------------------------


def mbox(directory: Path) -> None:
    """Make an mbox."""
    directory.mkdir()
    for letter in LETTERS:
        append(directory / ALICE, letter)


def mbox_store(directory: Path) -> MboxMaildrops:
    """Serve it."""
    return MboxMaildrops(lambda mailbox: directory / mailbox)


def mbox_session(directory: Path, received: Received) -> None:
    """Lock, open, read, and after QUIT commit: what a session does."""
    asyncio.run(committed(mbox_store(directory), received, MBOX_DELETED))


def mbox_found(directory: Path) -> list[Seen]:
    """Log in, at once and with no complaint; one log-in finishes what was left undone."""
    with clean():
        there = asyncio.run(seen(mbox_store(directory)))
    letters = [octets for _, octets in there]
    assert letters_of(directory / ALICE) == letters, "the file is not what the log-in has found"
    return there


def _uids(numbers: Sequence[int]) -> frozenset[str]:
    with tempfile.TemporaryDirectory() as beside:
        path = Path(beside) / "mbox"
        mbox(path)
        with (path / ALICE).open("rb") as file:
            entries = scan(file.fileno())
    return frozenset(entries[number - 1].message.uid for number in numbers)


def mbox_in_place(directory: Path, received: Received) -> None:
    """Write what is left over the mbox, without a journal."""
    received()
    left = [FROM_LINE + letter + b"\n" for letter in letters_of(directory / ALICE)[2:]]
    (directory / ALICE).write_bytes(b"".join(left))


MOVE_ALONE: Final = Scenario(
    "move", filled, partial(session, deletions=MOVE), found_or_moved, DELETED_UIDS
)
MOVE_BESIDE: Final = Scenario(
    "move beside a renamer",
    filled,
    partial(session_beside_a_renamer, deletions=MOVE),
    found_or_moved,
    DELETED_UIDS,
)
"""Two messages are looked for again, and one is where it was."""
HIDE_FIRST: Final = Scenario(
    "hide", filled, partial(session, deletions=HIDE), found_by_both, DELETED_UIDS
)
HIDE_MORE: Final = Scenario("hide more", with_views, hides, found_by_both, DELETED_UIDS)
MBOX: Final = Scenario("mbox", mbox, mbox_session, mbox_found, _uids(MBOX_DELETED))
OTHER_SCENARIOS: Final = (MOVE_BESIDE, HIDE_MORE, MBOX)
OTHERS_WITH_POWER_CUT: Final = (MOVE_ALONE, HIDE_FIRST, HIDE_MORE, MBOX)
OTHER_CANARIES: Final = {
    "somewhere is there 2 times": Scenario(
        "links and removes", with_folder, links_and_removes, found_or_moved, DELETED_UIDS
    ),
    "a log-in is not clean": Scenario(
        "view in place", with_views, writes_view_in_place, found_by_both, DELETED_UIDS
    ),
    "is lost or changed": Scenario("mbox in place", mbox, mbox_in_place, mbox_found, _uids((1, 2))),
}
OTHER_CANARIES_WITH_POWER_CUT: Final = {
    "is there again": Scenario(
        "moves without sync", with_folder, moves_without_sync, found_or_moved, DELETED_UIDS
    ),
}
"""Broken stores, by what the oracle must say of them."""
