"""Messages that a client has retrieved are marked as seen, where that is wanted.

Decides which are marked and when, what their files are called then, and that nothing else changes.
Refuses to test what becomes of deleted messages.
"""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildrops.folders import deliver, opened, settle
from requite.pop3.maildrops import marking as marking_module
from requite.pop3.maildrops import measuring as measuring_module
from requite.pop3.maildrops.columns import Entry, base_of
from requite.pop3.maildrops.conventions import Conventions
from requite.pop3.maildrops.deletions import DeletePolicy, Deletions
from requite.pop3.maildrops.maildir import MaildirMaildrop, MaildirMaildrops
from requite.pop3.maildrops.marking import seen_place
from requite.pop3.maildrops.paths import MailboxPath
from requite.pop3.maildrops.places import Places
from requite.pop3.maildrops.removal import SEARCHES_MAX
from running import logged_in, run, running_server

MARKS = Conventions(marks_seen=True)
LARGE_OCTETS = 400_000


def served(root: Path, deletions: Deletions | None = None) -> MaildirMaildrops:
    """Serve a tree in which messages are marked."""
    path_of = MailboxPath("{mailbox}/Maildir", base=root)
    return MaildirMaildrops(path_of, conventions=MARKS, deletions=deletions)


@pytest.fixture
def marked(root: Path) -> Iterator[MaildirMaildrops]:
    """Serve the tree so that messages are marked."""
    maildrops = served(root)
    yield maildrops
    maildrops.close()


def files(maildir: Path) -> list[str]:
    """Name what stands in `new` and `cur`."""
    return sorted(str(path.relative_to(maildir)) for path in maildir.glob("[nc][eu][wr]/*"))


def end(maildrop: MaildirMaildrop, *retrieved: int, deleted: tuple[int, ...] = ()) -> int:
    """Commit after messages were retrieved, and give the answer."""

    async def answer() -> int:
        for number in retrieved:
            maildrop.note_retrieved(number)
        given = maildrop.commit(deleted)
        return given if isinstance(given, int) else await given

    return asyncio.run(answer())


# --- a session --------------------------------------------------------------------------------


@pytest.mark.parametrize("stored", [b"Subject: a\n\nb\n", b"x" * 60 + b"\n", b"y\n" * LARGE_OCTETS])
@pytest.mark.parametrize("command", [b"RETR 1", b"TOP 1 900000", b"TOP 1 0"])
def test_what_was_retrieved_is_seen_after_quit(
    marked: MaildirMaildrops, maildir: Path, stored: bytes, command: bytes
) -> None:
    """RETR has a message moved and flagged at QUIT and not before; TOP of all of it has not."""
    deliver(maildir, "new/1.a", stored)
    deliver(maildir, "new/2.b", b"b\n")

    async def story() -> None:
        async with running_server(maildrops=marked) as running, logged_in(running) as peer:
            await peer.ask_listing(command)
            assert (await peer.ask(b"NOOP")).startswith(b"+OK")
            assert files(maildir) == ["new/1.a", "new/2.b"]
            assert (await peer.ask(b"QUIT")).startswith(b"+OK")

    run(story())
    first = "cur/1.a:2,S" if command.startswith(b"RETR") else "new/1.a"
    assert files(maildir) == [first, "new/2.b"]


def test_a_message_is_marked_once_however_often_it_was_sent(
    marked: MaildirMaildrops, maildir: Path
) -> None:
    """Commands in one packet count as well, and those about the same message do no harm."""
    for number in (1, 2, 3):
        deliver(maildir, f"new/{number}.a", b"a\n")

    async def story() -> None:
        async with running_server(maildrops=marked) as running, logged_in(running) as peer:
            await peer.send(b"RETR 3\r\nTOP 1 9\r\nRETR 3\r\nRETR 2\r\nNOOP\r\nQUIT\r\n")
            assert b"a\r\n" in await peer.rest()

    run(story())
    assert files(maildir) == ["cur/2.a:2,S", "cur/3.a:2,S", "new/1.a"]


@pytest.mark.rfc("1939-6-only-marked")
def test_a_session_without_quit_marks_nothing(marked: MaildirMaildrops, maildir: Path) -> None:
    """Who leaves without QUIT has left no trace."""
    deliver(maildir, "new/1.a", b"a\n")

    async def story() -> None:
        async with running_server(maildrops=marked) as running, logged_in(running) as peer:
            await peer.ask_listing(b"RETR 1")

    run(story())
    assert files(maildir) == ["new/1.a"]


# --- the store alone ----------------------------------------------------------------------------


def test_nothing_is_marked_unless_it_is_wanted(maildrops: MaildirMaildrops, maildir: Path) -> None:
    """Without the setting a commit changes no name, and one of nothing answers at once."""
    deliver(maildir, "new/1.a", b"a\n")
    maildrop = opened(maildrops)
    maildrop.note_retrieved(1)

    assert maildrop.commit([]) == 0
    assert files(maildir) == ["new/1.a"]


def test_what_is_deleted_is_not_marked(marked: MaildirMaildrops, maildir: Path) -> None:
    """A message that was retrieved and deleted goes, and only the others are marked."""
    deliver(maildir, "new/1.a", b"a\n")
    deliver(maildir, "new/2.b", b"b\n")

    assert end(opened(marked), 1, 2, deleted=(1,)) == 0
    assert files(maildir) == ["cur/2.b:2,S"]


def test_what_is_hidden_is_not_marked_for_the_others(root: Path, maildir: Path) -> None:
    """Where deleting hides, a deleted message stays new for who sees it still."""
    deliver(maildir, "new/1.a", b"a\n")
    maildrops = served(root, Deletions(default=DeletePolicy.parse("hide")))

    assert end(opened(maildrops), 1, deleted=(1,)) == 0
    maildrops.close()
    assert files(maildir) == ["new/1.a"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("new/1.a", "cur/1.a:2,S"),
        ("new/1.a:2,", "cur/1.a:2,S"),
        ("cur/1.a:2,FT", "cur/1.a:2,FST"),
        ("cur/1.a:2,TRab", "cur/1.a:2,RSTab"),
        ("cur/1.a:2,F,x=1", "cur/1.a:2,FS,x=1"),
        ("cur/1.a:2,TS", "cur/1.a:2,TS"),
        ("new/1.a:2,RS", "cur/1.a:2,RS"),
        ("cur/1.a,S=5:1,x", "cur/1.a,S=5:1,x:2,S"),
    ],
)
def test_flags_are_merged(
    marked: MaildirMaildrops,
    maildir: Path,
    caplog: pytest.LogCaptureFixture,
    before: str,
    after: str,
) -> None:
    """Each flag is kept, in order, whether or not anybody knows it."""
    deliver(maildir, before, b"a\n")

    assert end(opened(marked), 1) == 0
    assert files(maildir) == [after]
    assert caplog.messages == []


@given(st.text("abDFRSTé,:2.", max_size=12), st.sampled_from(("new", "cur")))
def test_a_name_keeps_its_base_and_is_marked_once(name: str, folder: str) -> None:
    """The unique id does not depend on the mark, and marking again changes nothing."""
    place = seen_place(f"{folder}/1.{name}")

    assert base_of(place) == base_of(f"{folder}/1.{name}")
    assert seen_place(place) == place


@pytest.mark.parametrize("moved", ["cur/1.a:2,F", "new/1.a:2,R", "cur/1.a:2,FS"])
def test_a_renamed_file_is_found(marked: MaildirMaildrops, maildir: Path, moved: str) -> None:
    """What another program has flagged meanwhile is marked, with its flags."""
    path = deliver(maildir, "new/1.a", b"a\n")
    maildrop = opened(marked)
    path.rename(maildir / moved)

    assert end(maildrop, 1) == 0
    assert files(maildir) == [seen_place(moved)]


def test_what_is_gone_is_passed_over(
    marked: MaildirMaildrops, maildir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A message that another program has removed is no failure, and keeps no other from a mark."""
    path = deliver(maildir, "new/1.a", b"a\n")
    deliver(maildir, "new/2.b", b"b\n")
    maildrop = opened(marked)
    path.unlink()

    assert end(maildrop, 1, 2) == 0
    assert files(maildir) == ["cur/2.b:2,S"]
    assert caplog.messages == []


def test_another_file_of_its_name_is_not_marked(marked: MaildirMaildrops, maildir: Path) -> None:
    """A file that has come in the place of a message is not taken for it."""
    deliver(maildir, "new/1.a", b"a\n")
    maildrop = opened(marked)
    deliver(maildir, "tmp/other", b"other\n").replace(maildir / "new" / "1.a")

    assert end(maildrop, 1) == 0
    assert files(maildir) == ["new/1.a"]


def test_no_name_is_taken_from_another_file(
    marked: MaildirMaildrops, maildir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Where the name is taken, both files stay, the log says so and the answer does not."""
    deliver(maildir, "new/1.a", b"a\n")
    maildrop = opened(marked)
    deliver(maildir, "cur/1.a:2,S", b"other\n")

    assert end(maildrop, 1) == 0
    assert [(maildir / file).read_bytes() for file in files(maildir)] == [b"other\n", b"a\n"]
    assert caplog.messages == [
        f"could not mark {str(maildir / 'new' / '1.a')!r} as seen: File exists"
    ]


def test_a_file_that_never_stands_still_is_logged(
    marked: MaildirMaildrops,
    maildir: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A file that moves after each search is given up after as many as are allowed."""
    where = deliver(maildir, "new/1.a", b"a\n")
    maildrop = opened(marked)
    renames = 0

    def rename() -> None:
        nonlocal where, renames
        renames += 1
        where = where.rename(maildir / "cur" / f"1.a:2,{'F' * renames}")

    class Meanwhile(Places):
        """Where files stood, though another program has gone on since."""

        def path_of(self, entry: Entry) -> str | None:
            found = super().path_of(entry)
            rename()
            return found

    monkeypatch.setattr(marking_module, "Places", Meanwhile)
    rename()

    assert end(maildrop, 1) == 0
    assert renames == SEARCHES_MAX + 1
    assert files(maildir) == [f"cur/{where.name}"]
    assert "it was renamed each time" in caplog.text


def test_a_folder_that_cannot_be_searched_changes_no_answer(
    marked: MaildirMaildrops,
    maildir: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Where a renamed file cannot be looked for, the log says so and the commit goes on."""

    def fail(directory: str) -> Places:
        raise OSError(5, "Input/output error", directory)

    path = deliver(maildir, "new/1.a", b"a\n")
    maildrop = opened(marked)
    path.rename(maildir / "cur" / "1.a:2,F")
    monkeypatch.setattr(marking_module, "Places", fail)

    assert end(maildrop, 1) == 0
    assert caplog.messages == [f"could not mark {str(maildir)!r} as seen: Input/output error"]


def test_a_disk_that_fails_changes_no_answer(
    marked: MaildirMaildrops,
    maildir: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whether the disk has kept the mark is logged, and no client is told."""

    def fail(descriptor: int) -> None:
        raise OSError(5, "Input/output error", descriptor)

    deliver(maildir, "new/1.a", b"a\n")
    maildrop = opened(marked)
    monkeypatch.setattr(os, "fsync", fail)

    assert end(maildrop, 1) == 0
    assert caplog.messages == [
        f"could not mark {str(maildir / folder)!r} as seen: Input/output error"
        for folder in ("cur", "new")
    ]


@pytest.mark.parametrize(("fsync", "waits"), [(True, 2), (False, 0)])
def test_the_disk_is_waited_for_as_it_is_for_deleting(
    root: Path, maildir: Path, monkeypatch: pytest.MonkeyPatch, *, fsync: bool, waits: int
) -> None:
    """Both folders are on the disk before QUIT is answered, or nobody asks."""
    deliver(maildir, "new/1.a", b"a\n")
    maildrops = served(root, Deletions(fsync=fsync))
    maildrop = opened(maildrops)
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)

    assert end(maildrop, 1) == 0
    maildrops.close()
    assert len(synced) == waits


def test_a_mark_costs_no_reading_and_no_id(
    marked: MaildirMaildrops, maildir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next session sees the same messages under the same ids, and reads none of them."""
    for number in (1, 2, 3):
        deliver(maildir, f"new/{number}.a", b"a\n")
    settle(maildir)
    maildrop = opened(marked)
    before = list(maildrop.messages)

    def refuse(directory: str, place: str) -> Entry:
        pytest.fail(f"{directory}/{place} was read")

    assert end(maildrop, 1, 3) == 0
    monkeypatch.setattr(measuring_module, "_measure", refuse)
    assert list(opened(marked).messages) == before
