"""What a client was told is what it is told again.

Decides that ids last, over restarts, renames and whatever becomes of a list, that a list is read
again only when it has changed, and that a list which cannot be read never costs the maildrop.
"""

import asyncio
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from maildrops.folders import ALICE, deliver, opened, settle
from requite.pop3.maildrops.conventions import Conventions
from requite.pop3.maildrops.index import INDEX_NAME
from requite.pop3.maildrops.maildir import MaildirMaildrop, MaildirMaildrops
from requite.pop3.maildrops.unique_ids import DOVECOT_FORMAT, IdsOf, Known, UIDLFormat, lists
from requite.pop3.maildrops.unique_ids import scheme_of as scheme
from unique_ids.maildirs import fill, process, uids

COURIER = b"/3 3 1600000000\n1.a:2, 18 1:1600000000:0\n2.b:2,S 18 2:1600000000:0\n"
DOVECOT = b"3 V1600000000 N3 G3085f01b7f11094c501100008c4a11c1\n1 :1.a\n2 :2.b\n"
BY_COURIER = ["UID1-1600000000", "UID2-1600000000"]
BY_DOVECOT = ["000000015f5e1000", "000000025f5e1000"]
BY_NAME = ["1.a", "2.b"]


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    """Give a Maildir of two messages that two servers have named."""
    fill(tmp_path, ["new/1.a", "cur/2.b:2,S"])
    settle(tmp_path)
    (tmp_path / "courierpop3dsizelist").write_bytes(COURIER)
    (tmp_path / "dovecot-uidlist").write_bytes(DOVECOT)
    return tmp_path


@pytest.fixture
def courier(maildir: Path) -> Iterator[MaildirMaildrops]:
    """Serve it with Courier's ids."""
    conventions = Conventions(unique_ids=scheme(IdsOf.COURIER, DOVECOT_FORMAT))
    served = MaildirMaildrops(lambda _: maildir, conventions=conventions)
    yield served
    served.close()


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note each file that is read as a list."""
    paths: list[str] = []
    octets_of: Callable[[str], bytes] = lists._octets

    def noted(path: str) -> bytes:
        paths.append(path)
        return octets_of(path)

    monkeypatch.setattr(lists, "_octets", noted)
    return paths


@pytest.mark.parametrize(
    ("first", "then", "ids"),
    [
        (IdsOf.FILE_NAMES, IdsOf.DOVECOT, BY_DOVECOT),
        (IdsOf.FILE_NAMES, IdsOf.COURIER, BY_COURIER),
        (IdsOf.DOVECOT, IdsOf.COURIER, BY_COURIER),
        (IdsOf.DOVECOT, IdsOf.FILE_NAMES, BY_NAME),
        (IdsOf.COURIER, IdsOf.FILE_NAMES, BY_NAME),
    ],
)
def test_another_setting_is_followed_at_once(
    maildir: Path, first: IdsOf, then: IdsOf, ids: list[str]
) -> None:
    """An index that was written under one setting does not keep its ids under another."""
    process(maildir, first)
    process(maildir, then)
    assert uids(process(maildir, then)) == ids
    assert (maildir / INDEX_NAME).exists()


def test_another_format_is_another_setting(maildir: Path) -> None:
    """The ids of one `pop3_uidl_format` are not kept under another."""
    process(maildir, IdsOf.DOVECOT)
    assert uids(process(maildir, IdsOf.DOVECOT, UIDLFormat.parse("%v.%u"))) == [
        "1600000000.1",
        "1600000000.2",
    ]


def test_flags_and_folders_change_no_id(courier: MaildirMaildrops, maildir: Path) -> None:
    """A message that another program moves and flags has the same id, after a restart too."""
    assert uids(opened(courier)) == BY_COURIER
    (maildir / "new" / "1.a").rename(maildir / "cur" / "1.a:2,RS")
    (maildir / "cur" / "2.b:2,S").rename(maildir / "cur" / "2.b:2,")

    assert uids(opened(courier)) == uids(process(maildir, IdsOf.COURIER)) == BY_COURIER


def test_a_list_is_read_once(courier: MaildirMaildrops, maildir: Path, readings: list[str]) -> None:
    """New mail is named without reading a list that has not changed."""
    opened(courier)
    opened(courier)
    deliver(maildir, "new/3.c")
    assert uids(opened(courier)) == [*BY_COURIER, "3.c"]
    assert readings == [str(maildir / "courierpop3dsizelist")]


def test_a_list_that_has_changed_is_read_for_new_mail(
    courier: MaildirMaildrops, maildir: Path, readings: list[str]
) -> None:
    """While the other server goes on, what it names before we do has its id."""
    opened(courier)
    deliver(maildir, "new/3.c")
    grown = maildir / "courierpop3dsizelist"
    grown.write_bytes(COURIER + b"3.c:2, 18 3:1600000000:0\n")

    assert uids(opened(courier)) == [*BY_COURIER, "UID3-1600000000"]
    assert len(readings) == 2


@pytest.mark.parametrize("restarts", [True, False])
def test_what_a_client_was_told_stays(
    courier: MaildirMaildrops, maildir: Path, *, restarts: bool
) -> None:
    """A message that the other server names later than we did keeps the id that it had."""
    deliver(maildir, "new/3.c")
    told = uids(opened(courier))
    (maildir / "courierpop3dsizelist").write_bytes(COURIER + b"3.c:2, 18 3:1600000000:0\n")
    deliver(maildir, "new/4.d")
    if restarts:
        courier.close()

    later = process(maildir, IdsOf.COURIER) if restarts else opened(courier)

    assert told == [*BY_COURIER, "3.c"]
    assert uids(later) == [*told, "4.d"]


def test_a_message_that_was_changed_keeps_its_id(courier: MaildirMaildrops, maildir: Path) -> None:
    """Who reads a file anew asks no list about an id that was told."""
    deliver(maildir, "new/3.c")
    told = uids(opened(courier))
    (maildir / "courierpop3dsizelist").write_bytes(COURIER + b"3.c:2, 18 3:1600000000:0\n")
    deliver(maildir, "new/3.c", b"longer than before\n\n\n")

    assert uids(opened(courier)) == told


def test_without_a_list_the_names_are_the_ids(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A mailbox that the other server never had is no reason for a warning."""
    fill(tmp_path, ["new/1.a"])

    assert uids(process(tmp_path, IdsOf.DOVECOT)) == ["1.a"]
    assert uids(process(tmp_path, IdsOf.COURIER)) == ["1.a"]
    assert not caplog.records


def test_a_form_of_names_needs_no_list(tmp_path: Path) -> None:
    """The MD5 sum of a name, as tpop3d had it, is the id of new mail too."""
    fill(tmp_path, ["new/1.a"])

    (uid,) = uids(process(tmp_path, IdsOf.DOVECOT, UIDLFormat.parse("%Mf")))

    assert uid == "4e98ad274faf47a40d5d4a0ccfad4843"


BROKEN = {
    "empty": (b"", "it has no whole line"),
    "cut in its first line": (b"/3 3 16000", "it has no whole line"),
    "of the time before versions": (b"1.a 1\n2.b 2\n", "its first line is not that of"),
    "of a later version": (b"/4 3 1600000000\n", "its version, 4, is not 2 or 3"),
    "binary": (bytes(range(256)), "its first line is not that of"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_list_is_told_once_and_costs_ids_alone(
    courier: MaildirMaildrops, maildir: Path, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The messages are seen under the names of their files, and a warning says why, once."""
    path = maildir / "courierpop3dsizelist"
    path.write_bytes(BROKEN[kind][0])

    assert uids(opened(courier)) == uids(opened(courier)) == BY_NAME
    (warning,) = caplog.messages
    assert warning.startswith(f"unique ids of '{path}' are not kept: {BROKEN[kind][1]}")


def test_a_list_that_is_mended_is_believed(
    courier: MaildirMaildrops, maildir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Once an operator has brought the list back, its ids are, without a restart."""
    path = maildir / "courierpop3dsizelist"
    path.write_bytes(b"damaged\n")
    assert uids(opened(courier)) == BY_NAME
    path.write_bytes(COURIER)

    assert uids(opened(courier)) == BY_COURIER
    assert len(caplog.messages) == 1


def test_a_damaged_line_costs_one_id(
    courier: MaildirMaildrops, maildir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The other lines are believed, and a warning says where the damage begins."""
    path = maildir / "courierpop3dsizelist"
    path.write_bytes(COURIER.replace(b" 1:", b" x:"))

    assert uids(opened(courier)) == ["1.a", "UID2-1600000000"]
    assert caplog.messages == [f"1 unique ids of '{path}' are not kept: its line 2 is damaged"]


@pytest.mark.parametrize("kind", ["directory", "named pipe", "huge", "not readable"])
def test_what_is_no_list_is_told(
    courier: MaildirMaildrops,
    maildir: Path,
    kind: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing that stands in a list's place holds a login up."""
    path = maildir / "courierpop3dsizelist"
    path.unlink()
    match kind:
        case "directory":
            path.mkdir()
        case "named pipe":
            os.mkfifo(path)
        case "huge":
            path.touch()
            os.truncate(path, lists.LIST_OCTETS_MAX + 1)
        case _:
            path.write_bytes(COURIER)
            monkeypatch.setattr(lists, "_octets", refused)

    assert uids(opened(courier)) == BY_NAME
    assert len(caplog.records) == 1
    assert caplog.records[0].levelno == logging.WARNING


def refused(path: str) -> bytes:
    """Fail as the system does for who may not read a file; root may read every one."""
    raise PermissionError(13, "Permission denied", path)


def test_a_long_list_is_not_read_on_the_event_loop(
    courier: MaildirMaildrops, maildir: Path, readings: list[str]
) -> None:
    """A login with a list of more than some hundred lines is answered by a thread."""
    path = maildir / "courierpop3dsizelist"
    path.write_bytes(COURIER + b"gone:2, 18 7:7:0\n" * 10_000)

    async def login() -> MaildirMaildrop:
        given = courier.open(ALICE)
        assert not isinstance(given, MaildirMaildrop)
        return await given

    assert uids(asyncio.run(login())) == BY_COURIER
    assert len(readings) == 1


def test_lists_are_forgotten_when_they_are_too_many(
    maildir: Path, readings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is kept of lists has a bound, and what was used last stays."""
    monkeypatch.setattr(lists, "LINES_KEPT_MAX", 6)
    ids = lists.UniqueIds(scheme(IdsOf.COURIER, DOVECOT_FORMAT))
    directories = [maildir.parent / name for name in "abc"]
    for directory in directories:
        directory.mkdir()
        (directory / "courierpop3dsizelist").write_bytes(COURIER)
        found = ids.look_up(str(directory), at_once=False)
        assert found is not None
        assert len(found.known) == 2
    for directory in reversed(directories):
        ids.look_up(str(directory), at_once=False)

    assert [Path(path).parent.name for path in readings] == ["a", "b", "c", "a"]


def test_an_empty_list_knows_nobody() -> None:
    """What is known without a list is nothing."""
    assert Known().rank("1.a") is None
