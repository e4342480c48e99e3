"""The file beside a Maildir that saves a new process from reading every message again.

Decides that it is used where it holds, and that nothing it says is believed over the files: absent,
damaged, old, foreign or forged, a session sees what is there.
"""

import asyncio
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maildrops.folders import ALICE, LONG_AGO_S, deliver, opened, settle
from requite.pop3.maildrops import index as index_module
from requite.pop3.maildrops import listing as listing_module
from requite.pop3.maildrops import measuring as measuring_module
from requite.pop3.maildrops.columns import Columns, Entry, Listing, Stamps
from requite.pop3.maildrops.index import INDEX_NAME, is_worth_saving, load_index, save_index
from requite.pop3.maildrops.listing import list_maildir
from requite.pop3.maildrops.maildir import MaildirMaildrops
from requite.pop3.services import Message

ENOUGH = 60
"""So many new messages are worth an index."""


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    """Give a Maildir with messages enough for an index, in which nothing has changed for long."""
    path = tmp_path / "alice"
    for folder in ("tmp", "new", "cur"):
        (path / folder).mkdir(parents=True)
    for number in range(ENOUGH):
        deliver(path, f"cur/{number}.M{number}.host:2,S", b"x\n" * number)
    settle(path)
    return path


@pytest.fixture
def process(maildir: Path) -> Iterator[Callable[[], MaildirMaildrops]]:
    """Make stores that know nothing of each other, as after a restart."""
    made: list[MaildirMaildrops] = []

    def start() -> MaildirMaildrops:
        made.append(MaildirMaildrops(lambda _: maildir))
        return made[-1]

    yield start
    for one in made:
        one.close()


def seen(store: MaildirMaildrops) -> list[Message]:
    """Open the maildrop, and wait until its index is written."""
    messages = [*opened(store).messages]
    store.close()
    return messages


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note each message that is read for its size."""
    places: list[str] = []
    really = measuring_module._measure

    def note(directory: str, place: str) -> Entry:
        places.append(place)
        return really(directory, place)

    monkeypatch.setattr(measuring_module, "_measure", note)
    return places


def test_a_new_process_reads_no_message_again(
    process: Callable[[], MaildirMaildrops], maildir: Path, read: list[str]
) -> None:
    """What one process has measured, the next one knows, down to sizes, ids and order."""
    before = seen(process())
    assert len(read) == ENOUGH
    read.clear()

    assert seen(process()) == before
    assert read == []
    assert (maildir / INDEX_NAME).stat().st_mode & 0o777 == 0o600
    assert os.listdir(maildir / "tmp") == []  # noqa: PTH208  # Names are all that is wanted.


def test_only_what_is_new_since_is_read(
    process: Callable[[], MaildirMaildrops], maildir: Path, read: list[str]
) -> None:
    """After a delivery, a removal and a change of flags a new process reads the new message."""
    seen(process())
    read.clear()
    deliver(maildir, "new/99.M1.host", b"new\n")
    (maildir / "cur" / "1.M1.host:2,S").unlink()
    (maildir / "cur" / "2.M2.host:2,S").rename(maildir / "cur" / "2.M2.host:2,RS")

    uids = [message.uid for message in seen(process())]

    assert read == ["new/99.M1.host"]
    assert uids == [f"{n}.M{n}.host" for n in range(ENOUGH) if n != 1] + ["99.M1.host"]


def test_a_small_maildrop_is_not_worth_an_index(
    process: Callable[[], MaildirMaildrops], maildir: Path
) -> None:
    """Below the named number of messages nothing is written, and one more is enough."""
    for path in sorted((maildir / "cur").iterdir())[: ENOUGH - index_module.UNSAVED_MAX + 1]:
        path.unlink()
    seen(process())
    assert not (maildir / INDEX_NAME).exists()

    deliver(maildir, "new/99.M1.host")
    seen(process())
    assert (maildir / INDEX_NAME).exists()


@pytest.mark.parametrize(
    ("messages", "unsaved", "worth"),
    [(100, 49, False), (100, 50, True), (100_000, 1_999, False), (100_000, 2_000, True)],
)
def test_an_index_is_written_when_much_would_be_read_again(
    messages: int, unsaved: int, *, worth: bool
) -> None:
    """Fifty messages, or the fiftieth part of a large maildrop, are worth it; one less is not."""
    entry = Entry("cur/1.a", 1, 1, 1, Message(1, "1.a"))
    listing = Listing(Columns.of([entry] * messages), Stamps(()), True, unsaved)  # noqa: FBT003

    assert is_worth_saving(listing) is worth


# --- what is not believed --------------------------------------------------------------------


def bits_flipped(octets: bytes) -> bytes:
    """Damage the middle."""
    middle = len(octets) // 2
    return octets[:middle] + bytes([octets[middle] ^ 1]) + octets[middle + 1 :]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut": lambda octets: octets[:-1],
    "short": lambda octets: octets[:20],
    "longer": lambda octets: octets + b"\0",
    "flipped": bits_flipped,
    "another version": lambda octets: octets.replace(b"index 1\n", b"index 2\n"),
    "something else": lambda _: b"Subject: no index\n" * 99,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_index_is_built_anew(
    process: Callable[[], MaildirMaildrops],
    maildir: Path,
    caplog: pytest.LogCaptureFixture,
    damage: Callable[[bytes], bytes],
) -> None:
    """Whatever stands there is named in a warning and replaced, and the session sees the files."""
    before = seen(process())
    whole = (maildir / INDEX_NAME).read_bytes()
    (maildir / INDEX_NAME).write_bytes(damage(whole))
    with caplog.at_level(logging.WARNING):
        assert seen(process()) == before

    assert [INDEX_NAME in record.getMessage() for record in caplog.records] == [True]
    assert (maildir / INDEX_NAME).read_bytes() == whole


@given(st.data())
@settings(max_examples=200)
def test_no_octets_are_mistaken_for_an_index(data: st.DataObject) -> None:
    """Whatever is cut out of an index or put in, it is refused or reads the same."""
    entries = [Entry(f"cur/{n}.a", n, n, n, Message(n, f"{n}.a")) for n in range(3)]
    listing = Listing(Columns.of(entries), Stamps(((1, 2),)), names_trusted=True)
    whole = index_module._octets(listing)
    at = data.draw(st.integers(0, len(whole)))
    changed = whole[:at] + data.draw(st.binary(max_size=4)) + whole[data.draw(st.integers(at)) :]
    if changed == whole:
        assert [*index_module._listing(changed).entries] == entries
    else:
        with pytest.raises(ValueError, match="it "):
            index_module._listing(changed)


def forged(**changes: object) -> bytes:
    """Write an index whose digest is right and whose contents are not."""
    entry = Entry("cur/1.a", 1, 1, 1, Message(1, "1.a"))
    octets = index_module._octets(Listing(Columns.of([entry]), Stamps(()), names_trusted=True))
    begin = len(index_module.MAGIC) + index_module.DIGEST_OCTETS
    stored = msgspec.msgpack.decode(octets[begin:], type=index_module._Stored)
    body = msgspec.msgpack.encode(msgspec.structs.replace(stored, **changes))
    return index_module.MAGIC + index_module._digest(body) + body


FORGERIES: dict[str, dict[str, object]] = {
    "a way out": {"names": b"../../../etc/passwd\0"},
    "a folder in a name": {"names": b"a/b\0"},
    "a dot file": {"names": b".hidden\0"},
    "a second dot file": {"names": b"1.a\0.hidden\0", "folders": b"\0\0"},
    "no end": {"names": b"1.a"},
    "no such folder": {"folders": b"\2"},
    "a column too short": {"octets": b""},
    "half a number": {"inodes": b"\0\0\0"},
    "another byte order": {"byte_order": "big" if sys.byteorder == "little" else "little"},
    "more names than rows": {"names": b"1.a\0002.a\0"},
}


@pytest.mark.parametrize("changes", FORGERIES.values(), ids=FORGERIES)
def test_a_forged_index_is_refused(
    maildir: Path, caplog: pytest.LogCaptureFixture, changes: dict[str, object]
) -> None:
    """An index that was made to lead out of the Maildir, or that fits no Maildir, is none."""
    (maildir / INDEX_NAME).write_bytes(forged(**changes))

    assert load_index(str(maildir)) is None
    assert INDEX_NAME in caplog.text


def test_an_index_that_was_copied_is_not_believed(
    process: Callable[[], MaildirMaildrops], maildir: Path, tmp_path: Path, read: list[str]
) -> None:
    """Beside files restored from elsewhere, whose inodes are others, every message is read."""
    seen(process())
    index = (maildir / INDEX_NAME).read_bytes()
    maildir.rename(tmp_path / "before")
    for folder in ("tmp", "new", "cur"):
        (maildir / folder).mkdir(parents=True)
    for number in range(ENOUGH):
        deliver(maildir, f"cur/{number}.M{number}.host:2,S", b"other\n")
    (maildir / INDEX_NAME).write_bytes(index)
    read.clear()

    assert {message.octets for message in seen(process())} == {len(b"other\r\n")}
    assert len(read) == ENOUGH


def test_a_file_that_changed_in_place_is_measured_again(
    process: Callable[[], MaildirMaildrops], maildir: Path
) -> None:
    """In a maildrop of a few messages, an index is not believed over size and time."""
    seen(process())
    path = maildir / "cur" / "5.M5.host:2,S"
    path.write_bytes(b"longer than before\n")
    settle(maildir)

    assert seen(process())[5].octets == len(b"longer than before\r\n")


def test_a_message_that_reading_finds_changed_is_measured_after_a_restart(
    process: Callable[[], MaildirMaildrops], maildir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a maildrop so large that no file is looked at, an index that was wrong is not kept."""
    monkeypatch.setattr(listing_module, "STATS_AT_LOGIN_MAX", 0)
    seen(process())
    path = maildir / "cur" / "5.M5.host:2,S"
    path.write_bytes(b"longer than before\n")
    settle(maildir)
    maildrop = opened(process())
    with pytest.raises(OSError, match="as listed"):
        maildrop.read(6)

    assert seen(process())[5].octets == len(b"longer than before\r\n")


# --- what cannot be written ------------------------------------------------------------------


def test_where_nothing_can_be_written_a_session_sees_all_the_same(
    process: Callable[[], MaildirMaildrops],
    maildir: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Without a folder for it there is no index, one warning says so, and nothing else fails."""
    (maildir / "tmp").rmdir()
    store = process()
    opened(store)

    assert len(seen(store)) == ENOUGH
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "is not kept over a restart: No such file or directory" in caplog.text


@pytest.mark.parametrize("call", ["open", "replace", "fdopen"])
def test_what_fails_in_the_middle_leaves_the_old_index(
    process: Callable[[], MaildirMaildrops],
    maildir: Path,
    monkeypatch: pytest.MonkeyPatch,
    call: str,
) -> None:
    """A disk that is full at any call leaves the index that was there, and nothing unfinished."""
    seen(process())
    before = (maildir / INDEX_NAME).read_bytes()
    listing = list_maildir(str(maildir), None, None)

    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    if call == "fdopen":
        monkeypatch.setattr(index_module, "_octets", refuse)
    else:
        monkeypatch.setattr(os, call, refuse)
    assert save_index(str(maildir), listing) is False
    monkeypatch.undo()

    assert (maildir / INDEX_NAME).read_bytes() == before
    assert [*(maildir / "tmp").iterdir()] == []


# --- a listing that nobody waits for ---------------------------------------------------------


def test_a_listing_that_is_stopped_goes_on_where_it_was(maildir: Path, read: list[str]) -> None:
    """What was read before the stop is listed, and only the rest is read the next time."""
    answers = iter([False] * 10 + [True])
    part = list_maildir(str(maildir), None, None, lambda: next(answers, True))
    assert (len(part), part.names_trusted, len(read)) == (10, False, 10)

    whole = list_maildir(str(maildir), part, None)

    assert len(whole) == len(read) == ENOUGH
    assert [*whole.messages] == [*list_maildir(str(maildir), None, None).messages]


def test_who_leaves_has_its_listing_stopped(
    process: Callable[[], MaildirMaildrops], maildir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once nobody waits, no message is read after the one in hand, and the next login goes on."""
    deliver(maildir, "new/0.first", b"x" * 262_145)
    begun, go_on = threading.Event(), threading.Event()
    read: list[str] = []
    really = measuring_module._measure

    def wait(directory: str, place: str) -> Entry:
        read.append(place)
        begun.set()
        assert go_on.wait(timeout=10)
        return really(directory, place)

    monkeypatch.setattr(measuring_module, "_measure", wait)
    store = process()

    async def leave() -> None:
        answer = store.open(ALICE)
        assert isinstance(answer, asyncio.Future)
        await asyncio.to_thread(begun.wait, 10)
        answer.cancel()
        await asyncio.sleep(0)
        go_on.set()

    asyncio.run(leave())
    store.close()
    assert len(read) == 1

    assert len(seen(process())) == ENOUGH + 1
    assert len(read) == 1 + ENOUGH + 1


def test_the_far_past_is_in_order(maildir: Path) -> None:
    """A message that is delivered late, under an early name, stands where its name says."""
    known = list_maildir(str(maildir), None, None)
    deliver(maildir, "new/3.M3000.host")
    os.utime(maildir / "new", (LONG_AGO_S + 1, LONG_AGO_S + 1))

    uids = [message.uid for message in list_maildir(str(maildir), known, None).messages]

    assert uids[3:5] == ["3.M3.host", "3.M3000.host"]
    assert len(uids) == ENOUGH + 1
