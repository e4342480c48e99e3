"""The index of a Maildir when several want it at once, or somebody takes it away.

Decides that whoever reads it reads a whole one or none, that listings which are stopped again and
again come to their end, that pieces do not show, and that what stands in its place holds nobody up.
"""

import asyncio
import logging
import os
import subprocess
import sys
import threading
from asyncio import Future
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from maildrops.folders import ALICE, deliver, opened, settle
from requite.pop3.maildrops import measuring as measuring_module
from requite.pop3.maildrops.columns import Entry
from requite.pop3.maildrops.index import INDEX_NAME, load_index, save_index
from requite.pop3.maildrops.listing import list_maildir
from requite.pop3.maildrops.maildir import MaildirMaildrops

MESSAGES = 300
"""So many that, when half is known, the rest is still read in a thread."""
WRITERS = 2
LOOKS_MAX = 100_000
WRITER = """
import sys
from concurrent.futures import ThreadPoolExecutor
from requite.pop3.maildrops.index import save_index
from requite.pop3.maildrops.listing import list_maildir

listing = list_maildir(sys.argv[1], None, None)
with ThreadPoolExecutor(4) as pool:
    saved = list(pool.map(lambda _: save_index(sys.argv[1], listing), range(100)))
sys.exit(0 if all(saved) else "an index was not written")
"""


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    """Give a Maildir that is worth an index, in which nothing has changed for long."""
    path = tmp_path / "alice"
    for folder in ("tmp", "new", "cur"):
        (path / folder).mkdir(parents=True)
    for number in range(MESSAGES):
        deliver(path, f"cur/{number}.M{number}.host:2,S", b"x\n" * number)
    settle(path)
    return path


@pytest.fixture
def process(maildir: Path) -> Iterator[Callable[[], MaildirMaildrops]]:
    """Make stores that know nothing of each other, as after a restart."""
    made: list[MaildirMaildrops] = []

    def start() -> MaildirMaildrops:
        made.append(MaildirMaildrops(lambda _: maildir, exclusive=False))
        return made[-1]

    yield start
    for one in made:
        one.close()


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


# --- written by several at once --------------------------------------------------------------


def test_who_reads_while_others_write_reads_a_whole_index(
    maildir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Two processes of four threads write it at once, and at any time a whole one stands there."""
    assert save_index(str(maildir), list_maildir(str(maildir), None, None))
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(maildir)]) for _ in range(WRITERS)
    ]
    looks = 0
    while any(writer.poll() is None for writer in writers) and looks < LOOKS_MAX:
        found = load_index(str(maildir))
        assert (None if found is None else len(found)) == MESSAGES
        looks += 1

    assert [writer.wait(timeout=60) for writer in writers] == [0] * WRITERS
    assert [*(maildir / "tmp").iterdir()] == []
    assert caplog.records == []
    assert looks > WRITERS


def test_several_log_in_to_a_maildrop_without_an_index(
    process: Callable[[], MaildirMaildrops], maildir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight first listings at once in one process all see the same, and leave one index."""
    store = process()
    go_on = threading.Event()
    really = measuring_module._measure

    def wait(directory: str, place: str) -> Entry:
        assert go_on.wait(timeout=10)
        return really(directory, place)

    monkeypatch.setattr(measuring_module, "_measure", wait)

    async def all_at_once() -> list[int]:
        answers = [store.open(ALICE) for _ in range(8)]
        go_on.set()
        return [len((await answer).messages) for answer in answers if isinstance(answer, Future)]

    assert asyncio.run(all_at_once()) == [MESSAGES] * 8
    store.close()

    found = load_index(str(maildir))
    assert found is not None
    assert len(found) == MESSAGES
    assert [*(maildir / "tmp").iterdir()] == []


# --- taken away, or out of reach -------------------------------------------------------------


def test_an_index_that_is_removed_is_missed_by_nobody(
    process: Callable[[], MaildirMaildrops], maildir: Path, read: list[str]
) -> None:
    """The process that wrote it reads nothing again, and the next one reads all and writes it."""
    first = process()
    opened(first)
    first.close()
    read.clear()
    (maildir / INDEX_NAME).unlink()
    opened(first)
    assert read == []

    second = process()
    opened(second)
    second.close()
    assert len(read) == MESSAGES
    assert load_index(str(maildir)) is not None


def test_a_maildir_that_is_read_only_is_tried_once(
    process: Callable[[], MaildirMaildrops],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where no file can be made, one warning says so, and later sessions do not try again."""
    really = os.open

    def refuse(path: str, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_CREAT:
            raise OSError(30, "Read-only file system")
        return really(path, flags, mode)

    monkeypatch.setattr(os, "open", refuse)
    store = process()
    assert [len(opened(store).messages) for _ in range(3)] == [MESSAGES] * 3
    store.close()

    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "is not kept over a restart: Read-only file system" in caplog.text


@pytest.mark.parametrize("kind", ["pipe", "directory", "link", "unreadable"])
def test_what_is_no_index_holds_nobody_up(
    process: Callable[[], MaildirMaildrops],
    maildir: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    """A pipe, a directory, a link or another user's file is named in a warning, and not waited for.

    It is replaced, but for the directory, which is not ours to remove.
    """
    index = maildir / INDEX_NAME
    match kind:
        case "pipe":
            os.mkfifo(index)
        case "directory":
            index.mkdir()
        case "link":
            index.symlink_to(maildir / "elsewhere")
        case _:
            index.write_bytes(b"")
            really = os.open

            def refuse(path: str, flags: int, mode: int = 0o777) -> int:
                if path == str(index):
                    raise OSError(13, "Permission denied")
                return really(path, flags, mode)

            monkeypatch.setattr(os, "open", refuse)

    with caplog.at_level(logging.WARNING):
        store = process()
        assert len(opened(store).messages) == MESSAGES
        store.close()
    assert f"{str(index)!r} is built anew" in caplog.text
    monkeypatch.undo()

    assert (load_index(str(maildir)) is not None) is (kind != "directory")
    held = {os.path.realpath(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd")}  # noqa: PTH208  # Names alone.
    assert str(index) not in held


# --- stopped again and again -----------------------------------------------------------------


def test_who_leaves_early_again_and_again_comes_to_an_end(
    process: Callable[[], MaildirMaildrops], maildir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each session gets further than the one before, over a restart too, and none reads again."""
    read: list[str] = []
    left, go_on = threading.Event(), threading.Event()
    really = measuring_module._measure

    def leave(directory: str, place: str) -> Entry:
        read.append(place)
        if len(read) % 60 == 0:
            left.set()
            assert go_on.wait(timeout=10)
        return really(directory, place)

    monkeypatch.setattr(measuring_module, "_measure", leave)

    async def log_in_and_leave(store: MaildirMaildrops) -> None:
        left.clear()
        go_on.clear()
        answer = store.open(ALICE)
        assert isinstance(answer, Future)
        await asyncio.to_thread(left.wait, 10)
        answer.cancel()
        await asyncio.sleep(0)
        go_on.set()

    known = []
    for _ in range(3):
        store = process()
        asyncio.run(log_in_and_leave(store))
        store.close()
        found = load_index(str(maildir))
        known.append(None if found is None else len(found))
    assert known == [60, 120, 180]

    go_on.set()
    assert len(opened(process()).messages) == MESSAGES
    assert len(read) == len(set(read)) == MESSAGES


# --- read in pieces --------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 7])
def test_pieces_of_any_size_give_the_same_listing(
    maildir: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """However few are sorted and kept as objects at a time, order and twins are as in one piece."""
    for number in range(0, MESSAGES, 3):
        os.link(
            maildir / f"cur/{number}.M{number}.host:2,S", maildir / f"new/{number}.M{number}.host"
        )
    monkeypatch.setattr(measuring_module, "SORTED_AT_ONCE", 10 * MESSAGES)
    monkeypatch.setattr(measuring_module, "ENTRIES_MAX", 10 * MESSAGES)
    whole = list_maildir(str(maildir), None, None)
    monkeypatch.setattr(measuring_module, "SORTED_AT_ONCE", size)
    monkeypatch.setattr(measuring_module, "ENTRIES_MAX", size)

    assert [*list_maildir(str(maildir), None, None).entries] == [*whole.entries]
    assert [message.octets for message in whole.messages] == [3 * n for n in range(MESSAGES)]
