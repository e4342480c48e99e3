"""Maildirs as other programs leave them, and as they change them while a session looks.

Decides that a session sees exact sizes and lasting ids, that what it holds is given back, and that
it removes its own messages and no others. Refuses to test a session.
"""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildrops.folders import ALICE, LONG_AGO_S, deliver, opened, settle
from requite.pop3.maildrops import listing as listing_module
from requite.pop3.maildrops import maildir as maildir_module
from requite.pop3.maildrops import measuring as measuring_module
from requite.pop3.maildrops import removal as removal_module
from requite.pop3.maildrops.cache import ListingCache
from requite.pop3.maildrops.columns import Columns, Entry, Listing, Stamps, base_of
from requite.pop3.maildrops.lock import DirectoryLock
from requite.pop3.maildrops.maildir import (
    MaildirContent,
    MaildirMaildrop,
    MaildirMaildrops,
)
from requite.pop3.maildrops.places import Places
from requite.pop3.maildrops.removal import SEARCHES_MAX
from requite.pop3.names import MailboxName
from requite.pop3.services import Busy, Maildrops, Message

SECOND_NS = 1_000_000_000


def committed(maildrop: MaildirMaildrop, numbers: list[int]) -> int:
    """Commit, whether that answers at once or later."""

    async def answer() -> int:
        given = maildrop.commit(numbers)
        return given if isinstance(given, int) else await given

    return asyncio.run(answer())


def content_of(maildrop: MaildirMaildrop, number: int) -> bytes | None:
    """Read a whole message, or None when it is gone."""
    content = maildrop.read(number)
    if content is None:
        return None
    assert isinstance(content, MaildirContent)
    try:
        return b"".join(iter(lambda: content.read(7), b""))
    finally:
        content.close()


def uids(maildrop: MaildirMaildrop) -> list[str]:
    """Give the ids of a maildrop's messages, in order."""
    return [message.uid for message in maildrop.messages]


def held(maildrops: MaildirMaildrops, mailbox: MailboxName = ALICE) -> DirectoryLock:
    """Take a lock that is free."""
    lock = maildrops.lock(mailbox)
    assert isinstance(lock, DirectoryLock)
    return lock


def open_descriptors() -> set[str]:
    """Give the descriptors of this process."""
    return set(os.listdir("/proc/self/fd"))  # noqa: PTH208  # Names are all that is wanted.


def forbid_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let any reading of a message for its size fail."""

    def refuse(directory: str, place: str) -> Entry:
        pytest.fail(f"{directory}/{place} was read")

    monkeypatch.setattr(measuring_module, "_measure", refuse)


# --- what a session sees ---------------------------------------------------------------------


def test_it_is_a_service_of_maildrops(maildrops: MaildirMaildrops) -> None:
    """The type checker accepts it where a session asks for maildrops."""
    service: Maildrops = maildrops

    assert service is maildrops


def test_both_folders_are_seen_in_the_order_of_delivery(
    maildrops: MaildirMaildrops, maildir: Path
) -> None:
    """Messages of `new` and `cur` are sorted by the time in their names as a number, then name."""
    for place in ("cur/10000.b:2,S", "new/9.x", "cur/10000.a:2,RS", "new/9999.M5P1", "new/odd"):
        deliver(maildir, place)

    assert uids(opened(maildrops)) == ["odd", "9.x", "9999.M5P1", "10000.a", "10000.b"]


def test_microseconds_order_one_second(maildrops: MaildirMaildrops, maildir: Path) -> None:
    """Within one second the microseconds in the name decide, as a number."""
    for place in ("new/1.M40P1.h", "new/1.M5P1.h", "new/1.V801I9M300.h"):
        deliver(maildir, place)

    assert uids(opened(maildrops)) == ["1.M5P1.h", "1.M40P1.h", "1.V801I9M300.h"]


@pytest.mark.parametrize(
    ("stored", "octets"),
    [(b"", 0), (b"\n", 2), (b"a\nb\r\nc", 9), (b".\n", 3), (b"a\r", 4), (b"x" * 300_001, 300_003)],
    ids=("empty", "one line", "mixed", "dot", "bare CR", "several chunks"),
)
def test_sizes_are_exact(
    maildrops: MaildirMaildrops, maildir: Path, stored: bytes, octets: int
) -> None:
    """A message's octets are those of its wire form before stuffing."""
    deliver(maildir, "new/1.a", stored)

    assert [message.octets for message in opened(maildrops).messages] == [octets]


@pytest.mark.rfc("1939-7-uid-lasting")
def test_an_id_lasts_when_folder_and_flags_change(
    maildrops: MaildirMaildrops, maildir: Path
) -> None:
    """A message has the same id before and after another program marks it as read."""
    path = deliver(maildir, "new/1.a")
    before = uids(opened(maildrops))

    path.rename(maildir / "cur" / "1.a:2,S")

    assert uids(opened(maildrops)) == before == ["1.a"]


@pytest.mark.rfc("1939-7-uid-form")
@pytest.mark.parametrize("name", ["1." + "x" * 80, "1.with blank", "1.umläut"])
def test_a_name_that_is_no_id_gets_one(
    maildrops: MaildirMaildrops, maildir: Path, name: str
) -> None:
    """A base that is too long or has foreign characters is replaced by a valid lasting id."""
    path = deliver(maildir, f"new/{name}")
    [before] = uids(opened(maildrops))
    path.rename(maildir / "cur" / f"{name}:2,S")

    assert [before] == uids(opened(maildrops))
    assert len(before) <= 70
    assert all("!" <= character <= "~" for character in before)


@pytest.mark.rfc("1939-7-uid-unique")
def test_ids_are_unique(maildrops: MaildirMaildrops, maildir: Path) -> None:
    """Two different files of the same base are two messages with two ids."""
    deliver(maildir, "new/1.a", b"one\n")
    deliver(maildir, "cur/1.a:2,S", b"other\n")
    maildrop = opened(maildrops)

    assert len(set(uids(maildrop))) == 2
    assert {content_of(maildrop, 1), content_of(maildrop, 2)} == {b"one\n", b"other\n"}


def test_one_file_in_both_folders_is_one_message(
    maildrops: MaildirMaildrops, maildir: Path
) -> None:
    """A file that stands in both folders, as when it moves while we look, is seen once."""
    path = deliver(maildir, "new/1.a")
    (maildir / "cur" / "1.a:2,S").hardlink_to(path)

    assert uids(opened(maildrops)) == ["1.a"]


def test_dot_files_are_no_messages(maildrops: MaildirMaildrops, maildir: Path) -> None:
    """A name that begins with a dot is passed over."""
    deliver(maildir, "new/.nfs0001")

    assert uids(opened(maildrops)) == []


def test_a_missing_folder_is_empty(maildrops: MaildirMaildrops, maildir: Path) -> None:
    """A Maildir without `cur` still has the messages of `new`."""
    deliver(maildir, "new/1.a")
    (maildir / "cur").rmdir()

    assert uids(opened(maildrops)) == ["1.a"]


def make_directory(path: Path) -> None:
    """Leave a directory where a message should stand."""
    path.mkdir()


def make_dangling_link(path: Path) -> None:
    """Leave a link that leads nowhere."""
    path.symlink_to("nowhere")


def make_fifo(path: Path) -> None:
    """Leave a pipe, which would never let go of who opens it."""
    os.mkfifo(path)


@pytest.mark.parametrize("make", [make_directory, make_dangling_link, make_fifo])
def test_a_broken_entry_is_skipped_with_a_warning(
    maildrops: MaildirMaildrops,
    maildir: Path,
    caplog: pytest.LogCaptureFixture,
    make: Callable[[Path], None],
) -> None:
    """What is no message is named in a warning, and the other messages are seen."""
    deliver(maildir, "new/1.a")
    make(maildir / "new" / "2.broken")
    with caplog.at_level(logging.WARNING):
        assert uids(opened(maildrops)) == ["1.a"]

    assert ["2.broken" in record.getMessage() for record in caplog.records] == [True]


def test_a_file_that_cannot_be_read_is_skipped_with_a_warning(
    maildrops: MaildirMaildrops,
    maildir: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A file whose reading fails is named in a warning, and the other messages are seen."""
    really = os.open

    def fail(path: str, flags: int) -> int:
        if path.endswith("2.b"):
            raise PermissionError(13, "Permission denied")
        return really(path, flags)

    monkeypatch.setattr(os, "open", fail)
    deliver(maildir, "new/1.a")
    deliver(maildir, "new/2.b")

    assert uids(opened(maildrops)) == ["1.a"]
    assert "2.b" in caplog.text


def test_a_repaired_entry_is_seen_again(maildrops: MaildirMaildrops, maildir: Path) -> None:
    """What was skipped once is looked at again, even if the folder's time does not change."""
    (maildir / "new" / "1.a").symlink_to("../later")
    settle(maildir)
    assert uids(opened(maildrops)) == []

    deliver(maildir, "later")

    assert uids(opened(maildrops)) == ["1.a"]


# --- what is remembered ----------------------------------------------------------------------


@pytest.mark.parametrize("settled", [True, False])
def test_an_unchanged_maildrop_is_not_read_again(
    maildrops: MaildirMaildrops, maildir: Path, monkeypatch: pytest.MonkeyPatch, *, settled: bool
) -> None:
    """A second log-in reads no message and sees what the first one saw."""
    for number in range(30):
        deliver(maildir, f"new/{number}.a")
    if settled:
        settle(maildir)
    before = opened(maildrops)
    forbid_reading(monkeypatch)

    assert [*opened(maildrops).messages] == [*before.messages]


def test_changed_flags_cost_no_reading(
    maildrops: MaildirMaildrops, maildir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message that was renamed is not read again for its size."""
    path = deliver(maildir, "new/1.a")
    before = [*opened(maildrops).messages]
    forbid_reading(monkeypatch)
    path.rename(maildir / "cur" / "1.a:2,S")

    assert [*opened(maildrops).messages] == before


def test_only_new_mail_is_read(
    maildrops: MaildirMaildrops, maildir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a delivery the new message is read and the others are not."""
    deliver(maildir, "new/1.a")
    opened(maildrops)
    read: list[str] = []
    really = measuring_module._measure

    def note(directory: str, place: str) -> Entry:
        read.append(Path(place).name)
        return really(directory, place)

    monkeypatch.setattr(measuring_module, "_measure", note)
    deliver(maildir, "new/2.b")

    assert uids(opened(maildrops)) == ["1.a", "2.b"]
    assert read == ["2.b"]


def test_a_delivery_is_seen_in_settled_folders(maildrops: MaildirMaildrops, maildir: Path) -> None:
    """A message that comes into a folder that had long been quiet is in the next listing."""
    deliver(maildir, "new/1.a")
    settle(maildir)
    opened(maildrops)
    deliver(maildir, "new/2.b")

    assert uids(opened(maildrops)) == ["1.a", "2.b"]


def test_a_delivery_without_a_new_time_is_seen(maildrops: MaildirMaildrops, maildir: Path) -> None:
    """Within one tick of a coarse clock, names are listed though the folder's time is the same."""
    deliver(maildir, "new/1.a")
    opened(maildrops)
    now = (maildir / "new").stat()
    deliver(maildir, "new/2.b")
    os.utime(maildir / "new", ns=(now.st_atime_ns, now.st_mtime_ns))

    assert uids(opened(maildrops)) == ["1.a", "2.b"]


@pytest.mark.parametrize("change", ["size", "time", "inode"])
def test_a_changed_file_is_measured_again(
    maildrops: MaildirMaildrops, maildir: Path, change: str
) -> None:
    """A file of another size, time or inode is read for its size, though the folder is settled."""
    path = deliver(maildir, "new/1.a", b"ab\n")
    os.utime(path, (LONG_AGO_S, LONG_AGO_S))
    settle(maildir)
    opened(maildrops)
    other = deliver(maildir, "tmp/1.a", b"longer\n" if change == "size" else b"a\n\n")
    when = LONG_AGO_S + (change == "time")
    os.utime(other, (when, when))
    if change == "inode":
        other.rename(path)
    else:
        path.write_bytes(other.read_bytes())
        os.utime(path, (when, when))
    settle(maildir)

    assert opened(maildrops).messages[0].octets == (8 if change == "size" else 5)


def test_a_large_maildrop_is_trusted_by_its_folders(
    maildrops: MaildirMaildrops, maildir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Above the named number of messages no file is looked at while the folders are unchanged."""
    monkeypatch.setattr(listing_module, "STATS_AT_LOGIN_MAX", 1)
    for number in range(3):
        deliver(maildir, f"new/{number}.a")
    settle(maildir)
    before = opened(maildrops)
    monkeypatch.setattr(listing_module, "_is_unchanged", lambda *_: pytest.fail("looked at"))

    assert [*opened(maildrops).messages] == [*before.messages]


def test_reading_verifies_what_was_measured(
    maildrops: MaildirMaildrops,
    maildir: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """One that changed in place is named and refused when it is read, and measured at log-in."""
    monkeypatch.setattr(listing_module, "STATS_AT_LOGIN_MAX", 0)
    path = deliver(maildir, "new/1.a", b"short\n")
    settle(maildir)
    opened(maildrops)
    path.write_bytes(b"much longer\n")
    maildrop = opened(maildrops)
    assert maildrop.messages[0].octets == 7

    with pytest.raises(OSError, match="expected a message of 7 octets as listed, found 13"):
        maildrop.read(1)

    assert "1.a" in caplog.text
    assert opened(maildrops).messages[0].octets == 13


def listing_of(messages: int) -> Listing:
    """Give a listing of that many messages."""
    entry = Entry("new/1.a", 1, 1, 1, Message(1, "1.a"))
    return Listing(Columns.of([entry] * messages), Stamps(()), names_trusted=True)


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 6)), max_size=40))
def test_the_cache_is_bounded(puts: list[tuple[str, int]]) -> None:
    """Whatever is put in, the kept listings never have more messages together than allowed."""
    cache = ListingCache(messages_max=10)
    for directory, messages in puts:
        cache.put(directory, listing_of(messages))
        kept = [cache.get(each) for each in "abcdef"]
        assert cache.messages == sum(len(one) for one in kept if one is not None) <= 10


def test_the_cache_forgets_what_was_used_longest_ago() -> None:
    """When room is needed, the listing that was asked for last stays."""
    cache = ListingCache(messages_max=3)
    for directory in "abc":
        cache.put(directory, listing_of(1))
    cache.get("a")
    cache.put("d", listing_of(1))

    assert [cache.get(each) is not None for each in "abcd"] == [True, False, True, True]


# --- at once or later ------------------------------------------------------------------------


def test_a_small_maildrop_answers_at_once(maildrops: MaildirMaildrops, maildir: Path) -> None:
    """Up to 256 KiB that nobody has read yet are read without a thread."""
    deliver(maildir, "new/1.a", b"x" * 262_144)

    assert isinstance(maildrops.open(ALICE), MaildirMaildrop)


def test_much_unread_mail_answers_later(maildrops: MaildirMaildrops, maildir: Path) -> None:
    """One octet more is read in a thread, and the next log-in answers at once."""
    deliver(maildir, "new/1.a", b"x" * 262_145)

    async def first() -> None:
        answer = maildrops.open(ALICE)
        assert isinstance(answer, Awaitable)
        assert (await answer).messages[0].octets == 262_147

    asyncio.run(first())
    assert isinstance(maildrops.open(ALICE), MaildirMaildrop)


def test_many_messages_answer_later(maildrops: MaildirMaildrops, maildir: Path) -> None:
    """More entries than may be looked at on the event loop are listed in a thread."""
    for number in range(1_001):
        deliver(maildir, f"new/{number}.a", b"")

    async def first() -> None:
        answer = maildrops.open(ALICE)
        assert isinstance(answer, Awaitable)
        assert len((await answer).messages) == 1_001

    asyncio.run(first())


def test_many_unread_messages_answer_later(maildrops: MaildirMaildrops, maildir: Path) -> None:
    """More unread messages than may be read on the event loop are read in a thread, just once."""
    for number in range(101):
        deliver(maildir, f"new/{number}.a", b"x\n")

    async def first() -> None:
        answer = maildrops.open(ALICE)
        assert isinstance(answer, Awaitable)
        assert sum(message.octets for message in (await answer).messages) == 303

    asyncio.run(first())
    assert isinstance(maildrops.open(ALICE), MaildirMaildrop)


def test_a_commit_of_nothing_answers_at_once(maildrops: MaildirMaildrops) -> None:
    """With nothing to remove there is nothing to wait for."""
    assert opened(maildrops).commit([]) == 0


# --- reading and removing --------------------------------------------------------------------


@pytest.mark.parametrize("stored", [b"", b"a\nb", b"x" * 100_000])
def test_reading_gives_the_stored_form(
    maildrops: MaildirMaildrops, maildir: Path, stored: bytes
) -> None:
    """What is read is what the file holds, unchanged."""
    deliver(maildir, "new/1.a", stored)
    maildrop = opened(maildrops)

    assert content_of(maildrop, 1) == stored


def test_content_knows_its_stored_size(maildrops: MaildirMaildrops, maildir: Path) -> None:
    """An open message says how large its file is."""
    deliver(maildir, "new/1.a", b"a\nb")
    content = opened(maildrops).read(1)
    assert isinstance(content, MaildirContent)
    size = content.stored_octets
    content.close()

    assert size == 3


def test_a_renamed_message_is_still_read(maildrops: MaildirMaildrops, maildir: Path) -> None:
    """A message whose flags change twice during the session is found both times."""
    path = deliver(maildir, "new/1.a", b"mine\n")
    maildrop = opened(maildrops)
    path = path.rename(maildir / "cur" / "1.a:2,S")
    assert content_of(maildrop, 1) == b"mine\n"

    path.rename(maildir / "cur" / "1.a:2,RS")

    assert content_of(maildrop, 1) == b"mine\n"


def test_a_removed_message_reads_as_gone(maildrops: MaildirMaildrops, maildir: Path) -> None:
    """A message that another program removed is None; so is another file that took its base."""
    path = deliver(maildir, "new/1.a")
    maildrop = opened(maildrops)
    other = deliver(maildir, "tmp/1.a", b"another\n")
    path.unlink()
    assert maildrop.read(1) is None

    other.rename(maildir / "cur" / "1.a:2,S")

    assert maildrop.read(1) is None


def rename_during_searches(
    monkeypatch: pytest.MonkeyPatch, path: Path, *, searches: int, before_the_look: bool
) -> Callable[[], Path]:
    """Rename a file now and during each of the next searches; give what says where it is."""
    where = path
    renames = 0

    def rename() -> None:
        nonlocal where, renames
        if renames <= searches:
            renames += 1
            where = where.rename(path.parent.parent / "cur" / f"{path.name}:2,{'S' * renames}")

    class Meanwhile(Places):
        """Where files stood, though another program has gone on since."""

        looked = False

        def path_of(self, entry: Entry) -> str | None:
            first_look, self.looked = not self.looked, True
            if first_look and before_the_look:
                rename()
            found = super().path_of(entry)
            if first_look and not before_the_look:
                rename()
            return found

    monkeypatch.setattr(maildir_module, "Places", Meanwhile)
    monkeypatch.setattr(removal_module, "Places", Meanwhile)
    rename()
    return lambda: where


@pytest.mark.parametrize("before_the_look", [True, False])
def test_a_message_that_keeps_moving_is_read(
    maildrops: MaildirMaildrops,
    maildir: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    before_the_look: bool,
) -> None:
    """A file that moves in every search but the last that is allowed is not gone."""
    path = deliver(maildir, "new/1.a", b"mine\n")
    maildrop = opened(maildrops)
    rename_during_searches(
        monkeypatch, path, searches=SEARCHES_MAX - 1, before_the_look=before_the_look
    )

    assert content_of(maildrop, 1) == b"mine\n"


@pytest.mark.parametrize("before_the_look", [True, False])
def test_a_message_that_moves_once_more_is_not_waited_for(
    maildrops: MaildirMaildrops,
    maildir: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    before_the_look: bool,
) -> None:
    """A file that moves in each search that is allowed does not hold the session."""
    path = deliver(maildir, "new/1.a", b"mine\n")
    maildrop = opened(maildrops)
    rename_during_searches(
        monkeypatch, path, searches=SEARCHES_MAX, before_the_look=before_the_look
    )

    assert content_of(maildrop, 1) is None


def test_content_is_closed_without_fail(
    maildrops: MaildirMaildrops,
    maildir: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An error of close() is in the log and goes no further; the second closing does nothing."""
    deliver(maildir, "new/1.a")
    content = opened(maildrops).read(1)
    assert isinstance(content, MaildirContent)
    really = os.close

    def close(descriptor: int) -> None:
        really(descriptor)
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(os, "close", close)
        content.close()
        content.close()

    assert caplog.messages == ["closing a message failed: Input/output error"]


@pytest.mark.rfc("1939-6-only-marked")
def test_commit_removes_exactly_what_it_is_told(maildrops: MaildirMaildrops, maildir: Path) -> None:
    """Removed are the numbered messages, wherever they have moved, and nothing else."""
    paths = [deliver(maildir, f"new/{number}.a") for number in range(1, 6)]
    maildrop = opened(maildrops)
    paths[1].rename(maildir / "cur" / "2.a:2,S")
    paths[3].unlink()
    deliver(maildir, "new/9.late")

    assert committed(maildrop, [2, 4, 5]) == 0
    assert uids(opened(maildrops)) == ["1.a", "3.a", "9.late"]


def test_commit_never_removes_another_file_of_the_same_base(
    maildrops: MaildirMaildrops, maildir: Path
) -> None:
    """When a message is gone and a different file has its base, that file stays."""
    path = deliver(maildir, "new/1.a")
    maildrop = opened(maildrops)
    other = deliver(maildir, "cur/1.a:2,S", b"another\n")
    path.unlink()

    assert committed(maildrop, [1]) == 0
    assert other.read_bytes() == b"another\n"


def test_commit_never_removes_what_was_renamed_over_a_message(
    maildrops: MaildirMaildrops, maildir: Path
) -> None:
    """When a different file has taken a message's very name, that file stays; the other is gone."""
    path = deliver(maildir, "new/1.a")
    maildrop = opened(maildrops)
    deliver(maildir, "tmp/other", b"another\n").rename(path)

    assert committed(maildrop, [1]) == 0
    assert path.read_bytes() == b"another\n"


def test_commit_finds_a_message_whose_name_another_took(
    maildrops: MaildirMaildrops, maildir: Path
) -> None:
    """When a message has moved and a different file has its name, the message is removed."""
    path = deliver(maildir, "new/1.a")
    maildrop = opened(maildrops)
    moved = path.rename(maildir / "cur" / "1.a:2,S")
    deliver(maildir, "new/1.a", b"another\n")

    assert committed(maildrop, [1]) == 0
    assert (moved.exists(), path.read_bytes()) == (False, b"another\n")


@pytest.mark.parametrize("before_the_look", [True, False])
def test_commit_finds_a_message_that_keeps_moving(
    maildrops: MaildirMaildrops,
    maildir: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    before_the_look: bool,
) -> None:
    """A file that moves in every search but the last but one is removed."""
    path = deliver(maildir, "new/1.a")
    maildrop = opened(maildrops)
    where = rename_during_searches(
        monkeypatch, path, searches=SEARCHES_MAX - 2, before_the_look=before_the_look
    )

    assert committed(maildrop, [1]) == 0
    assert not where().exists()


def test_commit_counts_what_never_stands_still(
    maildrops: MaildirMaildrops,
    maildir: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A file that moves whenever it was found counts as not removed, and is named."""
    path = deliver(maildir, "new/1.a")
    maildrop = opened(maildrops)
    where = rename_during_searches(monkeypatch, path, searches=SEARCHES_MAX, before_the_look=False)

    assert committed(maildrop, [1]) == 1
    assert where().exists()
    assert "1.a" in caplog.text


def test_a_failed_removal_is_counted(
    maildrops: MaildirMaildrops,
    maildir: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What cannot be removed is counted and named, and the rest is removed."""
    deliver(maildir, "new/1.a")
    deliver(maildir, "new/2.b")
    maildrop = opened(maildrops)
    really = os.unlink

    def refuse(path: str) -> None:
        if path.endswith("1.a"):
            raise PermissionError(1, "Operation not permitted")
        really(path)

    with monkeypatch.context() as patched:
        patched.setattr(os, "unlink", refuse)  # No mode of a directory stops root.
        failed = committed(maildrop, [1, 2])

    assert failed == 1
    assert "1.a" in caplog.text
    assert not (maildir / "new" / "2.b").exists()


def test_commit_makes_the_folders_durable(
    maildrops: MaildirMaildrops, maildir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before a commit answers, both folders have been synchronised after the removal."""
    path = deliver(maildir, "new/1.a")
    maildrop = opened(maildrops)
    synced: list[tuple[int, bool]] = []
    monkeypatch.setattr(os, "fsync", lambda fd: synced.append((os.fstat(fd).st_ino, path.exists())))
    committed(maildrop, [1])

    assert synced == [((maildir / folder).stat().st_ino, False) for folder in ("new", "cur")]


def test_nothing_is_left_open(maildrops: MaildirMaildrops, maildir: Path) -> None:
    """After locking, listing, reading, removing and releasing, no descriptor is left."""
    deliver(maildir, "new/1.a")
    deliver(maildir, "new/2.b", b"x" * 300_000)
    before = open_descriptors()
    lock = held(maildrops)
    assert maildrops.lock(ALICE) == Busy()
    maildrop = opened(maildrops)
    content_of(maildrop, 1)
    committed(maildrop, [1, 2])
    lock.release()

    assert open_descriptors() == before


@given(st.text("abc:2,S.", max_size=12))
def test_a_base_does_not_depend_on_flags(name: str) -> None:
    """A name has the same base in either folder and with any flags after it."""
    base = base_of(f"new/{name}")

    assert base_of(f"cur/{base}:2,RS") == base
