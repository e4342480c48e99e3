"""Mailboxes that are folders of Maildir++.

Decides where they stand, that a session reads them and no others, and that no way of writing one
leads out of the tree.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildrops.folders import ALICE, deliver, opened
from maildrops.stores import answered
from requite.pop3.maildrops.conventions import Conventions
from requite.pop3.maildrops.deletions import DeletePolicy, Deletions
from requite.pop3.maildrops.folders import MailboxFolder, with_folders
from requite.pop3.maildrops.lock import DirectoryLock
from requite.pop3.maildrops.maildir import MaildirMaildrops
from requite.pop3.maildrops.paths import MailboxPath, NoSuchMailbox
from requite.pop3.names import MailboxName
from requite.pop3.services import Busy

ARCHIVE = MailboxName("archive")
FOLDERS = {ARCHIVE: MailboxFolder.parse("alice/.Archive.2024")}


@pytest.fixture
def served(root: Path) -> Iterator[MaildirMaildrops]:
    """Serve alice's inbox, and a folder in it as a mailbox."""
    path_of = MailboxPath("{mailbox}/Maildir", base=root)
    maildrops = MaildirMaildrops(
        with_folders(path_of, FOLDERS),
        make_below=path_of.root,
        conventions=Conventions(folders=FOLDERS.keys()),
    )
    yield maildrops
    maildrops.close()


@pytest.fixture
def folder(maildir: Path) -> Path:
    """Give alice a folder as Maildir++ has it."""
    made = maildir / ".Archive.2024"
    for name in ("tmp", "new", "cur"):
        (made / name).mkdir(parents=True)
    (made / "maildirfolder").touch()
    return made


def test_a_mailbox_is_the_inbox_unless_a_folder_is_named(
    served: MaildirMaildrops, maildir: Path, folder: Path
) -> None:
    """Each of the two sees its own messages and none of the other's."""
    deliver(maildir, "new/1.inbox")
    deliver(folder, "cur/2.archived:2,S")

    assert [message.uid for message in opened(served).messages] == ["1.inbox"]
    assert [message.uid for message in opened(served, ARCHIVE).messages] == ["2.archived"]


def test_a_folder_has_a_lock_of_its_own(served: MaildirMaildrops, folder: Path) -> None:
    """Who reads a folder does not hold the inbox, and holds the folder under any name."""
    inbox, archive = served.lock(ALICE), served.lock(ARCHIVE)
    assert isinstance(inbox, DirectoryLock)
    assert isinstance(archive, DirectoryLock)
    assert served.lock(ARCHIVE) == Busy()
    assert folder.is_dir()
    inbox.release()
    archive.release()


def test_what_is_deleted_in_a_folder_moves_to_a_folder_of_the_maildir(
    root: Path, maildir: Path, folder: Path
) -> None:
    """It moves beside the folder, where mail programs look for folders, and not into it."""
    deliver(folder, "cur/2.archived:2,S")
    maildrops = MaildirMaildrops(
        with_folders(MailboxPath("{mailbox}/Maildir", base=root), FOLDERS),
        conventions=Conventions(folders=FOLDERS.keys()),
        deletions=Deletions(default=DeletePolicy.parse("move:Trash")),
    )
    maildrop = opened(maildrops, ARCHIVE)
    assert answered(lambda: maildrop.commit([1])) == 0
    maildrops.close()

    assert (maildir / ".Trash" / "cur" / "2.archived:2,S").exists()
    assert not (folder / ".Trash").exists()


def test_a_missing_folder_is_not_made(served: MaildirMaildrops, maildir: Path) -> None:
    """A misspelt folder is an error, and no new folder in somebody's mail."""
    with pytest.raises(FileNotFoundError):
        served.lock(ARCHIVE)
    assert sorted(path.name for path in maildir.iterdir()) == ["cur", "new", "tmp"]


TEXTS = st.text(st.sampled_from("a./\0\\ é~*:\n"), max_size=12)


@given(TEXTS)
def test_no_folder_leads_out_of_its_maildir(text: str) -> None:
    """Whatever is written is refused, or is a directory right below the Maildir of one mailbox."""
    try:
        named = MailboxFolder.parse(text)
    except ValueError:
        return
    path = with_folders(MailboxPath("/srv/{mailbox}"), {ARCHIVE: named})(ARCHIVE)
    assert path == Path(os.path.normpath(path))
    assert path.parent.parent == Path("/srv")
    assert path.name.startswith(".")


def test_some_folders_are_none_of_those_refused() -> None:
    """The claim above is not empty."""
    for text in ("alice/.Archive", "alice/.Archive.2024", "a b/.é ~"):
        assert MailboxFolder.parse(text).folder.startswith(".")


def test_a_mailbox_that_is_none_stays_none() -> None:
    """Names that can be no part of a path are refused beside folders too."""
    path_of = with_folders(MailboxPath("/srv/{mailbox}"), FOLDERS)
    for name in ("..", "a/b", ""):
        with pytest.raises(NoSuchMailbox):
            path_of(MailboxName(name))
