"""Names as the world has them, and what is no message, each seen by a session over a socket.

Decides that every message is listed, sent and removed whatever its file is called, and that what is
broken is passed over with one warning. Refuses to test ids that come from lists.
"""

import logging
import os
import socket
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path

import pytest

from maildrops.folders import deliver, opened
from requite.pop3.maildrops import measuring as measuring_module
from requite.pop3.maildrops.columns import Entry
from requite.pop3.maildrops.maildir import MaildirMaildrops
from running import Running, logged_in, run, running_server

STORED = b"Subject: x\n\n.body\n"
OCTETS = len(STORED) + STORED.count(b"\n")
NAMES = {
    "no flags": "new/1.a.host",
    "no flags in cur": "cur/1.a.host",
    "empty flags": "cur/1.a.host:2,",
    "flags out of order": "cur/1.a.host:2,SFRDTP",
    "flags twice": "cur/1.a.host:2,SSS",
    "keywords of Dovecot": "cur/1.a.host:2,Sabcz",
    "unknown flags": "cur/1.a.host:2,S!9,more",
    "flags in new": "new/1.a.host:2,S",
    "experimental info": "cur/1.a.host:1,whatever",
    "two infos": "cur/1.a.host:2,S:2,R",
    "a wrong size": "cur/1.a.host,S=99999:2,S",
    "a wrong wire size": "cur/1.a.host,S=18,W=3:2,S",
    "no number for a size": "cur/1.a.host,S=,W=x:2,S",
    "a semicolon, as on Windows": "cur/1.a.host;2,S",
    "the longest": "cur/" + "1" * 251 + ":2,S",
    "spaces": "cur/1. a  b .host :2,S",
    "not UTF-8": "cur/1.\udcff\udce9.host:2,S",
    "UTF-8": "cur/1.\u00fcber\U0001f4e7:2,S",
    "control characters": "cur/1.\n\r\t\x7f:2,S",
    "a command": "new/1\r\nDELE 1",
    "quotes and backslashes": "cur/1.'\"\\%s{}$HOME`:2,S",
    "no time": "cur/message:2,S",
    "a negative time": "cur/-1.a:2,S",
    "an hour in the far future": "cur/" + "9" * 40 + ".a:2,S",
    "a minus alone": "cur/-:2,S",
    "nothing but flags": "cur/:2,S",
}
"""One message, in a file of this name."""


async def uidl(running: Running) -> list[bytes]:
    """Log in once and give the ids."""
    async with logged_in(running) as peer:
        lines = await peer.ask_listing(b"UIDL")
        await peer.ask(b"QUIT")
        return lines


@pytest.mark.parametrize("kind", NAMES)
def test_a_message_is_served_whatever_it_is_called(
    maildrops: MaildirMaildrops, maildir: Path, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It is listed with its true size, sent, and removed; its id is allowed and is no other's."""
    path = deliver(maildir, NAMES[kind], STORED)
    deliver(maildir, "new/5.b.host", STORED)

    async def story() -> None:
        async with running_server(maildrops=maildrops) as running, logged_in(running) as peer:
            listing = await peer.ask_listing(b"LIST")
            uids = [line.split(b" ", 1)[1] for line in await peer.ask_listing(b"UIDL")]
            number = 3 - (uids.index(b"5.b.host") + 1)
            assert listing == [b"1 %d" % OCTETS, b"2 %d" % OCTETS]
            assert len({*uids}) == 2
            assert all(0x21 <= octet <= 0x7E for uid in uids for octet in uid)
            assert await peer.ask_listing(b"RETR %d" % number) == [b"Subject: x", b"", b"..body"]
            assert (await peer.ask(b"DELE %d" % number)).startswith(b"+OK")
            assert (await peer.ask(b"QUIT")).startswith(b"+OK")

    run(story())
    assert not os.path.lexists(path)
    assert not caplog.records


def test_names_that_differ_in_case_are_two_messages(
    maildrops: MaildirMaildrops, maildir: Path
) -> None:
    """Each of them has its own id, and is removed without the other."""
    for place in ("new/1.A.host", "new/1.a.host"):
        deliver(maildir, place, place.encode())

    async def story() -> None:
        async with running_server(maildrops=maildrops) as running, logged_in(running) as peer:
            assert await peer.ask_listing(b"UIDL") == [b"1 1.A.host", b"2 1.a.host"]
            await peer.ask(b"DELE 2")
            await peer.ask(b"QUIT")

    run(story())
    assert [path.name for path in (maildir / "new").iterdir()] == ["1.A.host"]


def test_one_name_in_both_folders_is_two_messages(
    maildrops: MaildirMaildrops, maildir: Path
) -> None:
    """Two files that differ in flags alone have two ids, and the same ones in the next session."""
    deliver(maildir, "new/1.a.host", b"first\n")
    deliver(maildir, "cur/1.a.host:2,S", b"second, longer\n")

    async def story() -> None:
        async with running_server(maildrops=maildrops) as running:
            first = await uidl(running)
            assert len({*first}) == 2
            assert first == await uidl(running)

    run(story())


def test_hard_links_are_messages_of_their_own(maildrops: MaildirMaildrops, maildir: Path) -> None:
    """A file under two names is two messages; removing one leaves the other."""
    path = deliver(maildir, "new/1.a.host", STORED)
    os.link(path, maildir / "cur" / "2.b.host:2,S")

    async def story() -> None:
        async with running_server(maildrops=maildrops) as running:
            for _ in range(3):
                assert await uidl(running) == [b"1 1.a.host", b"2 2.b.host"]
            async with logged_in(running) as peer:
                await peer.ask(b"DELE 1")
                await peer.ask(b"QUIT")
            assert await uidl(running) == [b"1 2.b.host"]

    run(story())
    assert not path.exists()


def test_dot_files_are_no_messages(
    maildrops: MaildirMaildrops, maildir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What begins with a dot is left alone, and no reason for a warning (maildir(5))."""
    for name in (".nfs0000", "...", ".x:2,S"):
        deliver(maildir, f"cur/{name}")

    assert not opened(maildrops).messages
    assert not caplog.records


def make_socket(path: Path) -> None:
    """Leave a socket there that nobody listens on."""
    # Bound by a short name: a socket's path has at most 108 octets.
    with socket.socket(socket.AF_UNIX) as made, chdir(path.parent):
        made.bind(path.name)


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "a directory": (Path.mkdir, "it is not a file"),
    "a named pipe": (os.mkfifo, "it is not a file"),
    "a socket": (make_socket, "No such device or address"),
    "a link to nothing": (lambda path: path.symlink_to("gone"), "No such file or directory"),
    "a link to itself": (lambda path: path.symlink_to(path.name), "Too many levels"),
    "a link to a directory": (lambda path: path.symlink_to("/"), "it is not a file"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_broken_is_named_once(
    maildrops: MaildirMaildrops, maildir: Path, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Sessions see the other messages; a warning names the entry at the first of them alone."""
    make, reason = BROKEN[kind]
    make(maildir / "cur" / "2.broken:2,S")
    deliver(maildir, "new/1.a.host", STORED)

    async def story() -> None:
        async with running_server(maildrops=maildrops) as running:
            for _ in range(3):
                assert await uidl(running) == [b"1 1.a.host"]

    run(story())
    (warning,) = caplog.messages
    assert warning.startswith(f"skipped '{maildir}/cur/2.broken:2,S': {reason}")
    assert caplog.records[0].levelno == logging.WARNING


def test_what_is_mended_is_seen_and_named_again_when_it_breaks(
    maildrops: MaildirMaildrops, maildir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """An entry that has become a message is one; broken once more, it is told once more."""
    path = maildir / "cur" / "2.broken:2,S"
    path.symlink_to("gone")
    assert not opened(maildrops).messages
    path.unlink()
    deliver(maildir, "cur/2.broken:2,S")
    assert len(opened(maildrops).messages) == 1
    path.unlink()
    path.symlink_to("gone")
    assert not opened(maildrops).messages

    assert len(caplog.messages) == 2


def test_another_reason_is_told(
    maildrops: MaildirMaildrops, maildir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What is broken in another way than before is named again, beside what has not changed."""
    path = maildir / "cur" / "2.broken:2,S"
    path.symlink_to("gone")
    (maildir / "cur" / "3.broken:2,S").mkdir()
    assert not opened(maildrops).messages
    path.unlink()
    path.mkdir()
    assert not opened(maildrops).messages

    assert [message.rpartition(": ")[2] for message in caplog.messages] == [
        "No such file or directory",
        "it is not a file",
        "it is not a file",
    ]


def test_a_file_without_permission_is_named_once(
    maildrops: MaildirMaildrops,
    maildir: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who may not read one message sees the others, and sees it when that is mended."""
    deliver(maildir, "new/1.a.host", STORED)
    deliver(maildir, "new/2.secret", STORED).chmod(0)
    measure = measuring_module._measure

    def refused(directory: str, place: str) -> Entry:
        if Path(directory, place).stat().st_mode & 0o777 == 0:  # Root is refused nothing.
            raise PermissionError(13, "Permission denied")
        return measure(directory, place)

    monkeypatch.setattr(measuring_module, "_measure", refused)

    async def story() -> None:
        async with running_server(maildrops=maildrops) as running:
            assert await uidl(running) == await uidl(running) == [b"1 1.a.host"]
            (maildir / "new" / "2.secret").chmod(0o600)
            assert await uidl(running) == [b"1 1.a.host", b"2 2.secret"]

    run(story())
    assert caplog.messages == [f"skipped '{maildir}/new/2.secret': Permission denied"]


def test_what_vanishes_while_it_is_listed_is_no_reason_for_a_warning(
    maildrops: MaildirMaildrops,
    maildir: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A message that another program removes between the look and the reading is just not there."""
    deliver(maildir, "new/1.a.host", STORED)
    fleeting = deliver(maildir, "new/2.b.host", STORED)
    measure = measuring_module._measure

    def vanishing(directory: str, place: str) -> Entry:
        if place.endswith(fleeting.name):
            fleeting.unlink(missing_ok=True)
        return measure(directory, place)

    monkeypatch.setattr(measuring_module, "_measure", vanishing)

    async def story() -> None:
        async with running_server(maildrops=maildrops) as running:
            assert await uidl(running) == [b"1 1.a.host"]

    run(story())
    assert not caplog.records


def test_many_broken_entries_hide_no_message(
    maildrops: MaildirMaildrops, maildir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A folder full of what is no message costs one warning each, once, and nothing else."""
    for number in range(200):
        (maildir / "cur" / f"{number}.d").mkdir()
    deliver(maildir, "new/1.a.host", STORED)
    for _ in range(2):
        assert [message.uid for message in opened(maildrops).messages] == ["1.a.host"]

    assert len(caplog.messages) == 200


def test_the_names_are_pinned() -> None:
    """No kind of name vanishes from these tests in silence."""
    assert (len(NAMES), len(BROKEN)) == (26, 6)
