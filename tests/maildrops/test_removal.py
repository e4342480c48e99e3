"""How files leave a Maildir: moved without harm to others, durably, or not at all and said so.

Decides what `Removal` does with a folder that is missing, a name that is taken and a disk that
fails. Refuses to decide which messages go; tests of `commit` are in `test_maildir`.
"""

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from maildrops.folders import deliver
from requite.pop3.maildrops import removal as removal_module
from requite.pop3.maildrops import renaming
from requite.pop3.maildrops.columns import Entry
from requite.pop3.maildrops.listing import list_maildir
from requite.pop3.maildrops.removal import FAILURES_TOLD_MAX, NAMES_MAX, Removal
from requite.pop3.maildrops.renaming import rename_to_a_free_name

NAME = "1.M2P3.host,S=5:2,S"


def moving(maildir: Path, *, fsync: bool = True) -> Removal:
    """Move to Trash."""
    return Removal(str(maildir), "Trash", fsync)


def entries_of(maildir: Path) -> list[Entry]:
    """List the messages."""
    return list(list_maildir(str(maildir), None, None).entries)


def move_all(maildir: Path) -> int:
    """Move all messages to Trash."""
    return moving(maildir).of(entries_of(maildir))


def test_a_disk_that_takes_nothing_is_not_told_a_thousand_times(
    maildir: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Some of the files are named and the others counted, however many cannot be removed."""
    for number in range(50):
        deliver(maildir, f"new/{number}.M2P3.host")

    def refuse(_: str) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    entries = entries_of(maildir)
    with monkeypatch.context() as patched:
        patched.setattr(os, "unlink", refuse)
        assert Removal(str(maildir)).of(entries) == 50

    assert len(caplog.records) == FAILURES_TOLD_MAX + 1
    assert f"could not remove 40 more files of {str(maildir)!r}" in caplog.text


# --- moving -----------------------------------------------------------------------------------


def test_a_moved_file_is_the_same_file(maildir: Path) -> None:
    """It keeps its inode, its folder and its name, flags and all."""
    path = deliver(maildir, f"cur/{NAME}")
    inode = path.stat().st_ino

    assert move_all(maildir) == 0
    assert (maildir / ".Trash" / "cur" / NAME).stat().st_ino == inode
    assert not path.exists()


def test_a_missing_folder_is_made_as_others_make_it(maildir: Path) -> None:
    """It has tmp, new, cur and the mark of a folder, and the mode of the Maildir."""
    maildir.chmod(0o750)
    deliver(maildir, f"new/{NAME}")
    move_all(maildir)
    trash = maildir / ".Trash"

    assert sorted(path.name for path in trash.iterdir()) == ["cur", "maildirfolder", "new", "tmp"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in (trash, trash / "cur")} == {0o750}


def test_a_folder_that_was_half_made_is_finished(maildir: Path) -> None:
    """What a crash left of a folder is no obstacle."""
    (maildir / ".Trash" / "tmp").mkdir(parents=True)
    deliver(maildir, f"new/{NAME}")

    assert move_all(maildir) == 0
    assert (maildir / ".Trash" / "new" / NAME).exists()


def test_a_name_that_is_taken_is_left_to_its_file(maildir: Path) -> None:
    """Where the folder has files of the name, each stays, and the message gets another name."""
    for text in (b"one\n", b"two\n", b"three\n"):
        deliver(maildir, f"cur/{NAME}", text)
        assert move_all(maildir) == 0
    folder = maildir / ".Trash" / "cur"

    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        NAME: b"one\n",
        "1.M2P3.host_1,S=5:2,S": b"two\n",
        "1.M2P3.host_2,S=5:2,S": b"three\n",
    }


def test_names_are_not_tried_for_ever(
    maildir: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Where every name is taken, the message stays, is counted and is named."""
    path = deliver(maildir, f"cur/{NAME}")
    tried: list[str] = []

    def taken(_: str, target: str) -> None:
        tried.append(target)
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))

    monkeypatch.setattr(removal_module, "rename_to_a_free_name", taken)

    assert move_all(maildir) == 1
    assert path.exists()
    assert (len(set(tried)), NAME in caplog.text) == (NAMES_MAX, True)


# --- the call -----------------------------------------------------------------------------------


def without_the_call(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    """Let the system not know how to refuse a name."""
    monkeypatch.setattr(renaming, "_renamed", lambda _, __: code)


@pytest.fixture(params=[0, errno.EINVAL, errno.ENOSYS])
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run on this system, and as on two that cannot refuse a name that is taken."""
    if request.param:
        without_the_call(monkeypatch, request.param)


@pytest.mark.usefixtures("system")
def test_a_free_name_is_taken(tmp_path: Path) -> None:
    """The file has the new name and no longer the old one; names may be no text."""
    source, target = f"{tmp_path}/a\udcff", f"{tmp_path}/b\udcff"
    Path(source).write_text("x")
    rename_to_a_free_name(source, target)

    assert os.listdir(tmp_path) == ["b\udcff"]  # noqa: PTH208  # Names are all that is wanted.


@pytest.mark.usefixtures("system")
def test_no_file_is_renamed_over(tmp_path: Path) -> None:
    """A name that is taken is refused, and both files stay as they are."""
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_text("mine")
    target.write_text("theirs")
    with pytest.raises(FileExistsError):
        rename_to_a_free_name(str(source), str(target))

    assert (source.read_text(), target.read_text()) == ("mine", "theirs")


@pytest.mark.usefixtures("system")
def test_a_dangling_link_is_a_name_that_is_taken(tmp_path: Path) -> None:
    """A link that leads nowhere is not renamed over either."""
    (tmp_path / "a").write_text("mine")
    (tmp_path / "b").symlink_to("nowhere")

    with pytest.raises(FileExistsError):
        rename_to_a_free_name(f"{tmp_path}/a", f"{tmp_path}/b")


@pytest.mark.usefixtures("system")
def test_a_file_that_is_gone_is_not_renamed(tmp_path: Path) -> None:
    """What is not there raises as it does everywhere."""
    with pytest.raises(FileNotFoundError):
        rename_to_a_free_name(f"{tmp_path}/a", f"{tmp_path}/b")


# --- the disk -------------------------------------------------------------------------------------


def synced(maildir: Path, monkeypatch: pytest.MonkeyPatch, removal: Removal) -> list[str]:
    """Take everything out, and say what was synchronised after it."""
    entries = entries_of(maildir)
    seen: list[str] = []

    def sync(descriptor: int) -> None:
        assert entries_of(maildir) == []
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        seen.append(str(path.relative_to(maildir)))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", sync)
        removal.of(entries)
    return seen


def test_where_messages_are_now_is_safe_first(
    maildir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder that messages moved to is synchronised before those that they left."""
    deliver(maildir, "new/1.a")

    assert synced(maildir, monkeypatch, moving(maildir)) == [
        *(".Trash/new", ".Trash/cur", ".Trash", "."),
        *("new", "cur"),
    ]


@pytest.mark.parametrize("folder", ["", "Trash"])
def test_nothing_is_synchronised_where_that_is_off(
    maildir: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    """Without fsync no call waits for the disk, and the messages are taken out all the same."""
    deliver(maildir, "new/1.a")

    assert synced(maildir, monkeypatch, Removal(str(maildir), folder, fsync=False)) == []
    assert entries_of(maildir) == []


def fails(code: int) -> Callable[..., int]:
    """Make a call that fails."""

    def failing(*_: object, **__: object) -> int:
        raise OSError(code, os.strerror(code))

    return failing


@pytest.mark.parametrize("code", [errno.EROFS, errno.ENOSPC, errno.EACCES])
def test_without_a_folder_all_messages_stay(
    maildir: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, code: int
) -> None:
    """Where the folder cannot be made, nothing is moved, all is counted, and the reason is said."""
    deliver(maildir, "new/1.a")
    deliver(maildir, "new/2.b")
    entries = entries_of(maildir)
    with monkeypatch.context() as patched:
        patched.setattr(os, "makedirs", fails(code))
        assert moving(maildir).of(entries) == 2

    assert len(entries_of(maildir)) == 2
    assert caplog.messages == [
        f"no message can be moved to {f'{maildir}/.Trash'!r}: {os.strerror(code)}"
    ]


@pytest.mark.parametrize("code", [errno.EXDEV, errno.ENOSPC, errno.EROFS])
def test_what_cannot_be_moved_stays(
    maildir: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, code: int
) -> None:
    """A file that cannot be renamed, such as to another file system, is counted and named."""
    deliver(maildir, "new/1.a")
    without_the_call(monkeypatch, code)

    assert move_all(maildir) == 1
    assert [entry.base for entry in entries_of(maildir)] == ["1.a"]
    assert "1.a" in caplog.text


def test_a_disk_that_does_not_take_it_is_raised(
    maildir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When synchronising fails, what was removed may come back, and nobody is told otherwise."""
    deliver(maildir, "new/1.a")
    entries = entries_of(maildir)
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fails(errno.EIO))
        with pytest.raises(OSError, match="Input/output error"):
            Removal(str(maildir)).of(entries)
