"""Disks that fail and files that change, before and while a message is sent.

Decides that a client is told, or cut off before the final dot, and never gets a message that looks
whole and is not; and that nothing is lost, whatever it goes on to say. Refuses to decide how a
message that is whole is sent: that is `test_messages_in_files`.
"""

import errno
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from requite.generated.pop3 import Event
from requite.pop3.services import Message
from running import MAILBOX, Peer, Running, logged_in, memory, run, running_server, turns
from shell.files import LONG_WAYS, PASSED, SLOW, WAYS, Way, file_of, long_ways, served, ways
from shell.test_messages_in_files import in_the_middle
from shell.words import FIRST, both_loops

END: Final = b"\r\n.\r\n"
UNREADABLE: Final = b"-ERR [SYS/TEMP] Message 1 cannot be read at the moment."
KEPT: Final = b"-ERR [SYS/TEMP] Message 1"
Change = Callable[[Path], None]


def failing(error: int) -> Callable[..., None]:
    """Make a call that fails."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(error, os.strerror(error))

    return fail


# --- in the middle of a message ------------------------------------------------------------------


def truncate(path: Path) -> None:
    """Cut a file in the middle of a line, far from what is read by now."""
    os.truncate(path, path.stat().st_size - 10_001)


def grow(path: Path) -> None:
    """Append a line."""
    with path.open("ab") as file:
        file.write(b"more\r\n")


def overwrite(path: Path) -> None:
    """Write another line over the last one, of the same length."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size - 20)
        file.write(b"y" * 10)
    # Within one tick of the kernel's clock the time would be that of the delivery.
    os.utime(path, ns=(1, path.stat().st_mtime_ns + 1))


async def cut_off(running: Running, peer: Peer, way: Way) -> None:
    """Check that the client gets a part of the message and no end, and that the file is kept."""
    found = await peer.rest()
    whole = b"+OK %d octets\r\n" % way.octets + way.sent
    assert not found.endswith(END)
    assert found.startswith(whole[: len(found) // 2]), "expected the beginning of the message"
    await running.until_over()
    assert Event.MESSAGE_BROKEN in running.events
    assert Event.COMMITTED not in running.events
    running.forget_complaints(1)


@both_loops
@long_ways
@pytest.mark.parametrize("change", [truncate, grow, overwrite])
@pytest.mark.parametrize("command", [b"RETR 1", b"TOP 1 999999"], ids=["RETR", "TOP"])
def test_a_file_that_changes_while_it_is_sent_has_no_end(  # noqa: PLR0913, PLR0917 - these are the cases.
    change: Change,
    command: bytes,
    way: Way,
    loop: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Truncated, grown or written over in place: the session ends before the final dot."""
    way.prepare(monkeypatch)

    async def story() -> None:
        with served(tmp_path, way.stored) as maildrops:
            async with (
                running_server(maildrops=maildrops, sends_octets=SLOW) as running,
                logged_in(running, receives_octets=SLOW) as peer,
            ):
                await peer.send(command + b"\r\nDELE 1\r\nQUIT\r\n")
                await in_the_middle(running)
                change(file_of(tmp_path, 1))
                found = await peer.rest()
                assert not found.endswith(END)
                assert END not in found
                await running.until_over()
                assert Event.MESSAGE_BROKEN in running.events
                assert Event.COMMITTED not in running.events
                running.forget_complaints(1)
        assert file_of(tmp_path, 1).exists()

    run(story(), loop=loop)


@both_loops
@long_ways
@pytest.mark.parametrize("how", ["removed", "replaced"])
def test_a_file_whose_name_goes_while_it_is_sent_is_sent_whole(
    how: str, way: Way, loop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was opened is there until it is closed, and it is that which was listed."""
    way.prepare(monkeypatch)

    async def story() -> None:
        with served(tmp_path, way.stored) as maildrops:
            async with (
                running_server(maildrops=maildrops, sends_octets=SLOW) as running,
                logged_in(running, receives_octets=SLOW) as peer,
            ):
                await peer.send(b"RETR 1\r\n")
                await in_the_middle(running)
                path = file_of(tmp_path, 1)
                if how == "replaced":
                    path.with_name("other").write_bytes(b"another\n")
                    path.with_name("other").rename(path)
                else:
                    path.unlink()
                peer.end_sending()
                assert way.sent in await peer.rest()

    run(story(), loop=loop)


@both_loops
@long_ways
def test_a_disk_that_fails_in_the_middle_ends_the_session(
    way: Way, loop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An I/O error after the beginning was sent: no end, and nothing is removed."""
    way.prepare(monkeypatch)

    async def story() -> None:
        with served(tmp_path, way.stored) as maildrops:
            async with (
                running_server(maildrops=maildrops, sends_octets=SLOW) as running,
                logged_in(running, receives_octets=SLOW) as peer,
            ):
                await peer.send(b"RETR 1\r\nDELE 1\r\nQUIT\r\n")
                await in_the_middle(running)
                for name in ("pread", "preadv", "sendfile"):
                    monkeypatch.setattr(os, name, failing(errno.EIO))
                await cut_off(running, peer, way)
        assert file_of(tmp_path, 1).read_bytes() == way.stored

    run(story(), loop=loop)


@both_loops
def test_a_disk_that_fails_only_the_kernel_s_own_sending_is_read(
    loop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where sendfile gives up in the middle and reading goes on, the message is whole."""

    async def story() -> None:
        with served(tmp_path, PASSED.stored) as maildrops:
            async with (
                running_server(maildrops=maildrops, sends_octets=SLOW) as running,
                logged_in(running, receives_octets=SLOW) as peer,
            ):
                await peer.send(b"RETR 1\r\nQUIT\r\n")
                await in_the_middle(running)
                monkeypatch.setattr(os, "sendfile", failing(errno.EIO))
                assert PASSED.sent in await peer.rest()

    run(story(), loop=loop)


@both_loops
@pytest.mark.parametrize("command", [b"RETR 1", b"TOP 1 99"], ids=["RETR", "TOP"])
@pytest.mark.parametrize("name", [name for name in WAYS if name not in LONG_WAYS])
def test_a_small_message_that_cannot_be_read_has_no_end(
    command: bytes, name: str, loop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An I/O error in what is sent in one piece: it was announced, and nothing of it comes."""

    async def story() -> None:
        with served(tmp_path, WAYS[name].stored) as maildrops:
            async with running_server(maildrops=maildrops) as running, logged_in(running) as peer:
                for call in ("pread", "preadv"):
                    monkeypatch.setattr(os, call, failing(errno.EIO))
                await peer.send(command + b"\r\nDELE 1\r\nQUIT\r\n")
                found = await peer.rest()
                assert found.startswith(b"+OK ")
                assert END not in found
                await running.until_over()
                assert Event.MESSAGE_BROKEN in running.events
                running.forget_complaints(1)
        assert file_of(tmp_path, 1).exists()

    run(story(), loop=loop)


@both_loops
@ways
@pytest.mark.parametrize("change", [truncate, grow])
def test_a_file_that_changes_between_opening_and_reading_has_no_end(
    change: Change, way: Way, loop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However soon after it was looked at, however small, what has changed is not sent whole."""
    way.prepare(monkeypatch)
    really = os.fstat
    path = file_of(tmp_path, 1)
    changes: list[Path] = []

    def fstat(descriptor: int) -> os.stat_result:
        status = really(descriptor)
        if status.st_size == len(way.stored) and not changes:
            changes.append(path)
            os.truncate(path, status.st_size - 1) if change is truncate else change(path)
        return status

    async def story() -> None:
        with served(tmp_path, way.stored) as maildrops:
            async with running_server(maildrops=maildrops) as running, logged_in(running) as peer:
                monkeypatch.setattr(os, "fstat", fstat)
                await peer.send(b"RETR 1\r\n")
                assert END not in await peer.rest()
                assert changes
                await running.until_over()
                running.forget_complaints(1)

    run(story(), loop=loop)


@both_loops
@pytest.mark.parametrize("octets", [-1, +1])
def test_a_store_that_says_the_wrong_size_is_found_out(octets: int, loop: str) -> None:
    """Whatever store it is: one octet more or less than LIST said, and there is no final dot."""

    async def story() -> None:
        maildrops = memory(FIRST)
        [(uid, kept)] = maildrops._boxes[MAILBOX].kept.items()
        said = Message(kept.message.octets + octets, uid)
        maildrops._boxes[MAILBOX].kept[uid] = replace(kept, message=said)
        async with running_server(maildrops=maildrops) as running, logged_in(running) as peer:
            await peer.send(b"RETR 1\r\nDELE 1\r\nQUIT\r\n")
            assert await peer.rest() == b"+OK %d octets\r\n" % said.octets
            await running.until_over()
            assert Event.MESSAGE_BROKEN in running.events
            running.forget_complaints(1)
        assert maildrops.stored(MAILBOX) == (FIRST,)

    run(story(), loop=loop)


@both_loops
def test_what_top_asks_for_is_sent_though_the_rest_cannot_be_read(
    loop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TOP reads no further than it must, and its few lines are whole."""
    way = WAYS["read here"]
    really = os.pread

    def pread(descriptor: int, octets: int, at: int) -> bytes:
        if at:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return really(descriptor, octets, at)

    monkeypatch.setattr(os, "pread", pread)

    async def story() -> None:
        with served(tmp_path, way.stored) as maildrops:
            async with running_server(maildrops=maildrops) as running, logged_in(running) as peer:
                assert len(await peer.ask_listing(b"TOP 1 5")) == 2 + 5
                assert await peer.ask(b"QUIT") == b"+OK Goodbye."

    run(story(), loop=loop)


# --- before it is sent ---------------------------------------------------------------------------


async def refused(running: Running, peer: Peer, *, errors: int) -> None:
    """Check that a message is refused with a code, is kept, and that others are not affected."""
    for command in (b"RETR 1", b"TOP 1 0"):
        assert await peer.ask(command) == UNREADABLE
    running.forget_complaints(errors)
    assert (await peer.ask(b"DELE 1")).startswith(KEPT)
    assert (await peer.ask(b"DELE 2")).startswith(b"+OK")


@both_loops
@ways
@pytest.mark.parametrize("error", [errno.EACCES, errno.EIO, errno.EMFILE, errno.ESTALE])
@pytest.mark.parametrize("call", ["open", "fstat"])
def test_a_file_that_cannot_be_opened_is_refused_and_kept(  # noqa: PLR0913, PLR0917 - these are the cases.
    error: int, call: str, way: Way, loop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client is told with SYS/TEMP, DELE is refused, and no descriptor is left."""

    async def story() -> None:
        with served(tmp_path, way.stored, FIRST) as maildrops:
            async with running_server(maildrops=maildrops) as running, logged_in(running) as peer:
                with monkeypatch.context() as patched:
                    patched.setattr(os, call, failing(error))
                    for command in (b"RETR 1", b"TOP 1 0"):
                        assert await peer.ask(command) == UNREADABLE
                running.forget_complaints(2)
                assert (await peer.ask(b"DELE 1")).startswith(KEPT)
                assert (await peer.ask(b"DELE 2")).startswith(b"+OK")
                assert await peer.ask(b"QUIT") == b"+OK Goodbye."
        assert file_of(tmp_path, 1).read_bytes() == way.stored
        assert not file_of(tmp_path, 2).exists()

    run(story(), loop=loop)


def rewrite(path: Path) -> None:
    """Write another message of the same size, with line ends that are not sent as they are."""
    octets = path.read_bytes()
    path.write_bytes(octets.replace(b"\r\n", b"\n\n").replace(b"x\n", b"\n\n"))
    os.utime(path, (1, 1))


@both_loops
@ways
@pytest.mark.parametrize("change", [truncate, grow, rewrite])
def test_a_file_that_has_changed_since_it_was_listed_is_refused_and_kept(
    change: Change, way: Way, loop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who was told a size is given that many octets or none: the next session sees the new ones."""
    way.prepare(monkeypatch)

    async def story() -> None:
        with served(tmp_path, way.stored, FIRST) as maildrops:
            async with running_server(maildrops=maildrops) as running:
                async with logged_in(running) as peer:
                    path = file_of(tmp_path, 1)
                    os.truncate(path, 5) if change is truncate else change(path)
                    await refused(running, peer, errors=2)
                    assert await peer.ask(b"QUIT") == b"+OK Goodbye."
                await running.until_over()
                async with logged_in(running) as peer:
                    _, _, octets = (await peer.ask(b"LIST 1")).split()
                    lines = await peer.ask_listing(b"RETR 1")
                    stuffed = sum(line.startswith(b"..") for line in lines)
                    assert sum(len(line) + 2 for line in lines) - stuffed == int(octets)
                    assert await peer.ask(b"QUIT") == b"+OK Goodbye."

    run(story(), loop=loop)


@both_loops
@ways
def test_a_file_that_was_only_touched_is_sent(
    way: Way, loop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another time and the same octets: it is measured again, and found to be as listed."""
    way.prepare(monkeypatch)

    async def story() -> None:
        with served(tmp_path, way.stored) as maildrops:
            async with running_server(maildrops=maildrops) as running, logged_in(running) as peer:
                os.utime(file_of(tmp_path, 1), (1, 1))
                await peer.send(b"RETR 1\r\nQUIT\r\n")
                assert way.sent in await peer.rest()

    run(story(), loop=loop)


@both_loops
@ways
def test_a_message_removed_between_list_and_retr_is_refused(
    way: Way, loop: str, tmp_path: Path
) -> None:
    """The client is told who did it; the numbers of the others stay."""

    async def story() -> None:
        with served(tmp_path, way.stored, FIRST) as maildrops:
            async with running_server(maildrops=maildrops) as running, logged_in(running) as peer:
                assert len(await peer.ask_listing(b"LIST")) == 2
                file_of(tmp_path, 1).unlink()
                for command in (b"RETR 1", b"TOP 1 0"):
                    gone = await peer.ask(command)
                    assert gone == b"-ERR Message 1 has been removed by another program."
                assert (await peer.ask(b"DELE 1")).startswith(KEPT)
                assert len(await peer.ask_listing(b"RETR 2")) == 5
                assert await peer.ask(b"QUIT") == b"+OK Goodbye."

    run(story(), loop=loop)


@both_loops
@pytest.mark.parametrize("kind", ["directory", "pipe"])
def test_what_is_no_file_any_more_is_refused(kind: str, loop: str, tmp_path: Path) -> None:
    """A directory or a pipe of a message's inode is no message, and is never waited for."""

    async def story() -> None:
        with served(tmp_path, FIRST, FIRST) as maildrops:
            async with running_server(maildrops=maildrops) as running, logged_in(running) as peer:
                path = file_of(tmp_path, 1)
                path.unlink()
                path.mkdir() if kind == "directory" else os.mkfifo(path)
                await refused(running, peer, errors=2)
                assert await peer.ask(b"QUIT") == b"+OK Goodbye."
        assert path.exists()

    run(story(), loop=loop)


# --- a disk that takes nothing -------------------------------------------------------------------


@both_loops
@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT])
def test_mail_is_read_where_nothing_can_be_written(
    error: int, loop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a full or read-only disk every message is whole, and QUIT says what is not removed."""
    stored = [way.stored for way in WAYS.values()]

    async def story() -> None:
        with served(tmp_path, *stored) as maildrops:
            for call in ("replace", "rename", "unlink", "mkdir", "fsync", "write"):
                monkeypatch.setattr(os, call, failing(error))
            async with running_server(maildrops=maildrops) as running, logged_in(running) as peer:
                for number, way in enumerate(WAYS.values(), 1):
                    lines = await peer.ask_listing(b"RETR %d" % number)
                    assert b"\r\n".join([*lines, b".", b""]) == way.sent
                assert (await peer.ask(b"DELE 1")).startswith(b"+OK")
                assert (await peer.ask(b"QUIT")).startswith(b"-ERR [SYS/TEMP]")
                await turns()
                running.complaints.clear()
        assert [
            file_of(tmp_path, number + 1).read_bytes() for number in range(len(stored))
        ] == stored

    run(story(), loop=loop)
