"""Where Maildirs stand, which are made, and which names lead nowhere.

Decides that no name leaves the configured tree. Refuses to look at messages.
"""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from requite.pop3.maildrops.lock import DirectoryLock
from requite.pop3.maildrops.maildir import MaildirMaildrop, MaildirMaildrops
from requite.pop3.maildrops.paths import MailboxPath, NoSuchMailbox
from requite.pop3.names import MailboxName
from requite.pop3.services import Unusable

ALICE = MailboxName("alice")


def test_a_missing_maildir_is_made_empty(maildrops: MaildirMaildrops, root: Path) -> None:
    """Who has got no mail yet has an empty maildrop, in a Maildir for its owner alone."""
    bob = MailboxName("bob")
    lock = maildrops.lock(bob)
    assert isinstance(lock, DirectoryLock)
    lock.release()
    maildrop = maildrops.open(bob)

    assert isinstance(maildrop, MaildirMaildrop)
    assert not maildrop.messages
    made = root / "bob" / "Maildir"
    assert sorted(path.name for path in made.iterdir()) == ["cur", "new", "tmp"]
    assert made.stat().st_mode & 0o777 == 0o700


def test_nothing_is_made_where_it_was_not_allowed(root: Path) -> None:
    """Without a directory to make Maildirs below, a missing one is an error."""
    strict = MaildirMaildrops(MailboxPath("{mailbox}/Maildir", base=root))
    with pytest.raises(FileNotFoundError):
        strict.lock(MailboxName("bob"))
    strict.close()

    assert not (root / "bob").exists()


def test_nothing_is_made_in_a_tree_that_is_missing(tmp_path: Path) -> None:
    """A tree that is not there, such as a disk that is not mounted, is not made."""
    path_of = MailboxPath("mail/{mailbox}/Maildir", base=tmp_path)
    unmounted = MaildirMaildrops(path_of, make_below=path_of.root)
    with pytest.raises(FileNotFoundError):
        unmounted.lock(ALICE)
    unmounted.close()

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name", ["", ".", "..", "/", "a/b", "../alice", "/etc", "a\0b", "x" * 256, "\ud800"]
)
def test_a_name_that_could_leave_the_tree_is_no_mailbox(
    maildrops: MaildirMaildrops, name: str
) -> None:
    """A name that is no single part of a path is refused before the disk is touched."""
    with pytest.raises(NoSuchMailbox):
        maildrops.open(MailboxName(name))

    assert maildrops.lock(MailboxName(name)) == Unusable(f"{name!r} can be no mailbox's name")


@pytest.mark.rfc("3206-4-perm")
def test_a_maildir_that_is_a_file_is_no_mailbox(maildrops: MaildirMaildrops, root: Path) -> None:
    """Whatever stands where the Maildir belongs, and is no directory, will not become one."""
    (root / "bob").mkdir()
    path = root / "bob" / "Maildir"
    path.write_bytes(b"")

    assert maildrops.lock(MailboxName("bob")) == Unusable(
        f'{path}: Not a directory; correct [mailboxes] path, or format = "mbox" if it is one'
    )


@given(st.text(max_size=12) | st.text(alphabet="./\\\0ab{}", max_size=6))
def test_no_name_ever_leaves_the_tree(name: str) -> None:
    """The path of any name that is not refused stands directly below the tree."""
    base = Path("/srv/mail")
    try:
        path = MailboxPath("{mailbox}/Maildir", base=base)(MailboxName(name))
    except NoSuchMailbox:
        return
    assert Path(os.path.normpath(path)).parent.parent == base


@pytest.mark.parametrize(
    ("template", "advice"),
    [
        ("mail", r"put \{mailbox\} where"),
        ("", r"put \{mailbox\} where"),
        ("\0/{mailbox}", r"put \{mailbox\} where"),
        ("{mail}/{mailbox}", "no other placeholder"),
        ("{{mailbox}}", "no other placeholder"),
    ],
)
def test_a_template_that_means_something_else_is_refused(template: str, advice: str) -> None:
    """A template that makes all mailboxes the same one, or has other braces, is an error."""
    with pytest.raises(ValueError, match=advice):
        MailboxPath(template)


def test_a_single_maildir_is_every_mailbox(tmp_path: Path) -> None:
    """For one Maildir its path is taken as it is, braces and all."""
    maildir = tmp_path / "{mailbox}"
    path_of = MailboxPath.single(maildir)

    assert path_of(ALICE) == path_of(MailboxName("bob")) == path_of.root == maildir


def test_paths_that_mean_the_same_are_equal() -> None:
    """A template and its base are compared as one path."""
    path = MailboxPath("mail/{mailbox}", base=Path("/srv"))

    assert {path} == {MailboxPath("/srv/mail/{mailbox}")}
    assert path != MailboxPath("/srv/mail/{mailbox}/")
