"""Where messages of an mbox begin and end, and which ids they have.

Decides that what delivery agents and mail readers write is read to the octet. Refuses to lock.
"""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildrops.mboxes import FROM_LINE
from requite.pop3.maildrops.mbox import _format
from requite.pop3.maildrops.mbox._format import Entry, scan


def scanned(path: Path, text: bytes) -> tuple[list[bytes], list[Entry]]:
    """Write an mbox, and give its messages and what a scan says of them."""
    path.write_bytes(text)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        entries = list(scan(descriptor))
    finally:
        os.close(descriptor)
    return [text[entry.begin : entry.end] for entry in entries], entries


def uids(path: Path, text: bytes) -> list[str]:
    """Give the ids of the messages of an mbox."""
    return [entry.message.uid for entry in scanned(path, text)[1]]


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        (b"", []),
        (FROM_LINE, [b""]),
        (FROM_LINE + b"\n", [b""]),
        (FROM_LINE + b"a", [b"a"]),
        (FROM_LINE + b"a\n" + FROM_LINE + b"b\n", [b"a\n", b"b\n"]),
        (FROM_LINE + FROM_LINE + b"b\n", [b"", b"b\n"]),
        (FROM_LINE + b"a\n\n\n" + FROM_LINE + b"b\n\n", [b"a\n\n", b"b\n"]),
        (FROM_LINE + b"a\r\n\r\n" + FROM_LINE + b"b\r\n\r\n", [b"a\r\n", b"b\r\n"]),
        (FROM_LINE + b"\r\n" + FROM_LINE + b"\r\n", [b"", b""]),
        (FROM_LINE + b"a\n\nFrom here on\n\n", [b"a\n\nFrom here on\n"]),
        (FROM_LINE + b"a\n\n>" + FROM_LINE + b"\n", [b"a\n\n>" + FROM_LINE]),
        (FROM_LINE + b"a\n\n" + FROM_LINE.rstrip(b"\n"), [b"a\n\n" + FROM_LINE.rstrip(b"\n")]),
        (
            FROM_LINE + b"Content-Length: 99\n\na\n\n" + FROM_LINE + b"b\n\n",
            [b"Content-Length: 99\n\na\n", b"b\n"],
        ),
    ],
)
def test_messages_are_found_to_the_octet(
    tmp_path: Path, text: bytes, messages: list[bytes]
) -> None:
    """A message is what stands between two From_ lines, without one empty line at its end."""
    assert scanned(tmp_path / "alice", text)[0] == messages


@pytest.mark.parametrize(
    "line",
    [
        b"From bob Sat Jan  3 01:05:34 1996\n",
        b"From bob@example.org  Sat Jan  3 01:05:34 1996\n",
        b"From bob@example.org Sat Jan  3 01:05 MET DST 1996\n",
        b'From "b b"@example.org Sat Jan 13 01:05:34 1996 remote from uucp\n',
        b"From MAILER-DAEMON Sat Jan  3 01:05:34 1996 +0100\r\n",
    ],
)
def test_dates_are_as_programs_write_them(tmp_path: Path, line: bytes) -> None:
    """A From_ line has a date as asctime(3) has it, with whatever follows."""
    assert scanned(tmp_path / "alice", line + b"a\n" + line + b"b\n")[0] == [b"a\n", b"b\n"]


def test_another_file_is_no_mbox(tmp_path: Path) -> None:
    """A file that begins otherwise is an error, not an empty maildrop."""
    with pytest.raises(OSError, match="expected an mbox"):
        scanned(tmp_path / "alice", b"\n" + FROM_LINE)


@given(st.lists(st.sampled_from([b"a\n", b"\n", b"b" * 1300, b"From c\n", b"\r"]), max_size=6))
def test_where_reads_are_cut_never_shows(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes]
) -> None:
    """A file that is read in pieces of any size holds the same messages."""
    path = tmp_path_factory.getbasetemp() / "pieces"
    text = FROM_LINE + b"".join(pieces) + b"\n" + FROM_LINE + b"last\n\n"
    _, whole = scanned(path, text)
    for octets in (1, 47, 1300):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(_format, "CHUNK_OCTETS", octets)
            assert scanned(path, text)[1] == whole

    assert whole[-1].end - whole[-1].begin == len(b"last\n")


@pytest.mark.parametrize(
    "added",
    [
        b"Status: RO\n",
        b"X-Status: F\nX-Keywords: a\n b\n",
        b"Content-Length: 2\nLines: 1\n",
        b"X-UID: 7\nX-IMAPbase: 1 2\n",
    ],
)
def test_an_id_does_not_depend_on_what_readers_note(tmp_path: Path, added: bytes) -> None:
    """A message has the same id after a mail reader has written its fields into the header."""
    path = tmp_path / "alice"
    before = uids(path, FROM_LINE + b"Subject: a\n\nStatus: b\n\n")

    assert uids(path, FROM_LINE + b"Subject: a\n" + added + b"\nStatus: b\n\n") == before


@pytest.mark.parametrize(
    "other",
    [
        FROM_LINE + b"Subject: a\n\nb\n\n",
        FROM_LINE + b"Subject: b\n\n\n",
        FROM_LINE.replace(b"bob", b"eve") + b"Subject: a\n\n\n",
    ],
)
def test_an_id_depends_on_everything_else(tmp_path: Path, other: bytes) -> None:
    """Another body, another header or another delivery is another message."""
    first = FROM_LINE + b"Subject: a\n\n\n"

    assert len(set(uids(tmp_path / "alice", first + other))) == 2


def test_the_data_of_a_folder_is_no_message(tmp_path: Path) -> None:
    """What c-client writes as the first message is not shown; such a later message is."""
    data = FROM_LINE + b"Subject: FOLDER INTERNAL DATA\nX-IMAP: 1 2\n\nkeep\n\n"

    assert scanned(tmp_path / "alice", data + FROM_LINE + b"a\n\n" + data)[0] == [
        b"a\n",
        data.removeprefix(FROM_LINE)[:-1],
    ]


def test_a_scan_that_nobody_waits_for_ends(tmp_path: Path) -> None:
    """It stops after the message in hand."""
    path = tmp_path / "alice"
    path.write_bytes((FROM_LINE + b"a\n\n") * 3)
    answers = iter([False, True])
    descriptor = os.open(path, os.O_RDONLY)
    try:
        assert len(scan(descriptor, lambda: next(answers))) == 1
    finally:
        os.close(descriptor)
