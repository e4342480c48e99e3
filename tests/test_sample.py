"""The sample: that it is as awkward as it claims, and the same in every run.

Decides that it holds what the tests of clients need. Refuses to test how it is served.
"""

import asyncio
import email
import hashlib
import re
from pathlib import Path

import pytest

from requite.pop3.accounts import FileAccounts
from requite.pop3.maildrops.maildir import MaildirMaildrop, MaildirMaildrops
from requite.pop3.maildrops.paths import MailboxPath
from requite.pop3.names import MailboxName
from requite.pop3.sample import (
    SAMPLE_ACCOUNTS,
    SAMPLE_DELEGATES,
    SAMPLE_MAIL_PATH,
    sample_of,
    sample_uid,
    write_sample,
)
from requite.pop3.sample_messages import SAMPLE_MESSAGES, SampleMessage
from requite.pop3.services import Credentials, Identity
from requite.pop3.wire.content import wire_octets

STORED = tuple(message.stored for message in SAMPLE_MESSAGES)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the sample once."""
    written = tmp_path_factory.mktemp("sample")
    write_sample(written)
    return written


def digest_of(directory: Path) -> dict[str, str]:
    """Give what stands below a directory: names, times and contents."""
    return {
        str(
            path.relative_to(directory)
        ): f"{path.stat().st_mtime_ns if 'mail' in path.parts else 0}"
        f" {hashlib.sha256(path.read_bytes()).hexdigest()}"
        for path in directory.rglob("*")
        if path.is_file()
    }


def opened(directory: Path, mailbox: MailboxName) -> MaildirMaildrop:
    """Open a mailbox of a sample."""
    maildrops = MaildirMaildrops(MailboxPath(SAMPLE_MAIL_PATH, base=directory))

    async def answer() -> MaildirMaildrop:
        given = maildrops.open(mailbox)
        return given if isinstance(given, MaildirMaildrop) else await given

    maildrop = asyncio.run(answer())
    maildrops.close()
    return maildrop


def test_there_are_thirty_at_least() -> None:
    """The sample's size is pinned, and no two messages are the same."""
    assert len(SAMPLE_MESSAGES) == 37
    assert len(set(STORED)) == 37
    assert len(sample_of(MailboxName("support"))) == 4


@pytest.mark.parametrize(
    ("kind", "pattern"),
    [
        ("LF only", rb"\A[^\r]+\n\Z"),
        ("CRLF only", rb"\A(?:[^\r\n]*\r\n)+\Z"),
        ("bare CR", rb"\r[^\n]"),
        ("CR at the end", rb"\r\Z"),
        ("NUL", rb"\0"),
        ("8-bit", rb"\xff"),
        ("no final line end", rb"[^\r\n]\Z"),
        ("empty", rb"\A\Z"),
        ("lone dot first in the body", rb"\A(?:[^\n]+\n)+\n\.\n"),
        ("lone dot last", rb"\n\.\n\Z"),
        ("lone dot as the last octet", rb"\n\.\Z"),
        ("first octet a dot", rb"\A\."),
        ("header only", rb"\A(?:[^\n]+\n)+\Z"),
        ("no header", rb"\A\n"),
        ("folded header", rb"\nSubject: [^\n]+\n [^\n]+\n\t\S"),
        ("blanks before line ends", rb"\S[ \t]+\n"),
        ("From line", rb"\AFrom "),
        ("a line of a million octets", rb"x{1000000}"),
        ("UTF-8 in the header", rb"Subject: Gr\xc3\xbc"),
        ("multipart", rb"Content-Type: multipart/mixed"),
        ("message in a message", rb"Content-Type: message/rfc822"),
    ],
)
def test_each_awkwardness_occurs(kind: str, pattern: bytes) -> None:
    """There is a message of each kind that a server or client may stumble over."""
    assert any(re.search(pattern, stored) for stored in STORED), kind


def test_mixed_line_ends_occur() -> None:
    """There is a message with both kinds of line ends."""
    assert any(0 < stored.count(b"\r\n") < stored.count(b"\n") for stored in STORED)


def test_five_megabytes_occur() -> None:
    """There is a message of five million octets, and none that is much larger."""
    assert 5_000_000 <= max(map(len, STORED)) < 5_100_000


@pytest.mark.parametrize(
    "message",
    [message for message in SAMPLE_MESSAGES if b"Subject: " in message.stored],
    ids=lambda message: message.about[:40],
)
def test_a_subject_says_what_is_awkward(message: SampleMessage) -> None:
    """Where a message has a subject, it is what the message is listed as."""
    [subject] = re.findall(rb"\A(?:.*\r?\n)*?Subject: (.*(?:\n[ \t].*)*)", message.stored)

    assert subject.decode().split() == message.about.split()


def test_all_but_three_have_a_subject() -> None:
    """Only the empty message, the dot and the one without a header cannot say what they are."""
    assert sum(b"Subject: " not in stored for stored in STORED) == 3


def test_the_attachment_decodes() -> None:
    """The multipart message is well-formed: its attachment holds every octet."""
    [message] = [message for message in SAMPLE_MESSAGES if message.about == "An attachment"]
    parsed = email.message_from_bytes(message.stored)
    [_, attachment] = parsed.walk() if not parsed.is_multipart() else list(parsed.walk())[1:]

    assert attachment.get_payload(decode=True) == bytes(range(256)) * 16


@pytest.mark.parametrize("mailbox", ["alice", "support", "bob"])
def test_a_listing_has_the_messages_in_their_order(directory: Path, mailbox: str) -> None:
    """Opening a mailbox of the sample gives its messages with their exact sizes, in order."""
    name = MailboxName(mailbox)
    messages = opened(directory, name).messages
    expected = [
        (wire_octets(message.stored), sample_uid(number))
        for number, message in enumerate(SAMPLE_MESSAGES)
        if message.mailbox == name
    ]

    assert [(message.octets, message.uid) for message in messages] == expected


def test_both_folders_are_used(directory: Path) -> None:
    """Some messages of the shared mailbox are new, and some have been seen, with flags."""
    maildir = directory / "mail" / "support" / "Maildir"

    assert len(list((maildir / "new").iterdir())) == 1
    assert len(list((maildir / "cur").glob("*:2,*S"))) == 3


def test_writing_twice_gives_the_same(directory: Path, tmp_path: Path) -> None:
    """Another run elsewhere writes the same names, times and contents."""
    write_sample(tmp_path)

    assert digest_of(tmp_path) == digest_of(directory)


def test_writing_over_it_makes_it_new(tmp_path: Path) -> None:
    """What was removed or flagged is as in the beginning, and the mail of others stays."""
    write_sample(tmp_path)
    before = digest_of(tmp_path)
    maildir = tmp_path / "mail" / "alice" / "Maildir"
    (maildir / "new" / sample_uid(0)).unlink()
    (maildir / "new" / sample_uid(1)).rename(maildir / "cur" / f"{sample_uid(1)}:2,S")
    other = maildir / "new" / "1800000000.other"
    other.write_bytes(b"another's")

    write_sample(tmp_path)

    after = digest_of(tmp_path)
    assert after.pop(str(other.relative_to(tmp_path)))
    assert after == before


def test_its_accounts_log_in(directory: Path) -> None:
    """The written accounts file lets each account in, to its own and to the shared mailbox."""
    accounts = FileAccounts(directory / "accounts", delegates=SAMPLE_DELEGATES)
    for account, password in SAMPLE_ACCOUNTS.items():
        for mailbox in (None, MailboxName("support")):
            answer = accounts.verify(Credentials(account, mailbox, password.encode()))
            assert answer == Identity(account, mailbox or MailboxName(account))
    accounts.close()
