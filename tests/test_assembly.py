"""From a configuration to the parts of a server: every key arrives where it is kept.

Decides that none is lost or taken for another one on the way. Refuses to test what a limit does.
"""

import asyncio
from dataclasses import asdict, fields
from ipaddress import ip_network
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest

from requite.pop3.accounts import SingleAccount
from requite.pop3.assembly import Assembly, build
from requite.pop3.configuration import (
    Accounts,
    Configuration,
    Limits,
    MaildropFormat,
    MaildropLock,
    MboxLock,
    PlaintextWithoutTLS,
    Proxy,
    ProxyNetwork,
    Server,
    Timeouts,
    for_one_maildir,
)
from requite.pop3.languages import Tag
from requite.pop3.ledger import LedgerLimits
from requite.pop3.maildrops.deletions import DeletePolicy, Deletions
from requite.pop3.maildrops.index import INDEX_NAME
from requite.pop3.maildrops.maildir import MaildirMaildrop, MaildirMaildrops
from requite.pop3.maildrops.mbox import MboxMaildrops
from requite.pop3.names import AccountName, MailboxName, SessionId
from requite.pop3.services import AccountKey, Busy, TooSoon
from requite.pop3.shell import Settings

T = TypeVar("T", Limits, Timeouts)
ALICE = AccountName("alice")
OTHERWISE = {
    "plaintext_without_tls": "never",
    "proxies_trusted": (ip_network("192.0.2.0/24"),),
    "announce": False,
    "language": Tag.DE,
    "retention_days": 7,
    "lock_retry_s": Settings().lock_retry_s,
}
"""What has another name or place in the configuration file than in the settings."""


def assembled(configuration: Configuration) -> Assembly:
    """Make the parts, and let go of the threads."""
    parts = build(configuration, account=SingleAccount(ALICE, b"wonderland"))
    parts.close()
    return parts


def numbered(table: T, first: int) -> T:
    """Give each key a number of its own, so that none is taken for another."""
    keys = enumerate(table.__struct_fields__, first)
    return msgspec.structs.replace(table, **{key: number for number, key in keys})


@pytest.fixture
def unlike_the_defaults(tmp_path: Path) -> Configuration:
    """Give a configuration in which every number is another one."""
    plain = for_one_maildir(tmp_path)
    return msgspec.structs.replace(
        plain,
        limits=numbered(Limits(), 1_000),
        timeouts=numbered(Timeouts(), 2_000),
        accounts=Accounts(plaintext_without_tls=PlaintextWithoutTLS.NEVER),
        mailboxes=msgspec.structs.replace(plain.mailboxes, retention_days=7),
        proxy=Proxy(trusted=(ProxyNetwork.parse("192.0.2.0/24"),)),
        server=Server(announce=False, language=Tag.DE),
    )


def test_every_setting_is_what_the_configuration_says(unlike_the_defaults: Configuration) -> None:
    """Each limit of a session is the key of its name, or one of the few that are named here."""
    limits, timeouts = unlike_the_defaults.limits, unlike_the_defaults.timeouts
    keys = msgspec.structs.asdict(limits) | msgspec.structs.asdict(timeouts) | OTHERWISE
    settings = asdict(assembled(unlike_the_defaults).settings)

    assert settings == {field.name: keys[field.name] for field in fields(Settings)}


def test_what_leaves_a_maildrop_is_what_the_configuration_says(tmp_path: Path) -> None:
    """The keys about deleting arrive at the maildrops, each at its place."""
    hide, move = DeletePolicy.parse("hide"), DeletePolicy.parse("move:Trash")
    plain = for_one_maildir(tmp_path)
    mailboxes = msgspec.structs.replace(
        plain.mailboxes,
        retention_days=7,
        deletion=hide,
        deletions={MailboxName("support"): move},
        fsync=False,
    )
    parts = assembled(msgspec.structs.replace(plain, mailboxes=mailboxes))

    assert isinstance(parts.maildrops, MaildirMaildrops)
    assert parts.maildrops.deletions == Deletions(
        default=hide,
        of_mailbox={MailboxName("support"): move},
        retention_days=parts.settings.retention_days,
        fsync=False,
    )


def test_every_limit_and_every_timeout_is_used(unlike_the_defaults: Configuration) -> None:
    """What is no setting of a session is a limit of the ledger, and no key is left over."""
    parts = assembled(unlike_the_defaults)
    limits = msgspec.structs.asdict(unlike_the_defaults.limits)
    settings = {field.name for field in fields(Settings)}

    assert parts.ledger.limits == LedgerLimits(
        account=limits.pop("sessions_per_account"),
        mailbox=limits.pop("sessions_per_mailbox"),
        address=limits.pop("sessions_per_address"),
        server=limits.pop("sessions"),
    )
    assert {*limits, *Timeouts.__struct_fields__} <= settings


def test_the_ledger_keeps_to_the_delay_that_capa_tells(unlike_the_defaults: Configuration) -> None:
    """The seconds between two logins are one number for who tells them and who counts them."""
    parts = assembled(unlike_the_defaults)
    keys = [AccountKey(ALICE)]
    parts.ledger.take(SessionId("first"), keys)

    assert parts.ledger.take(SessionId("second"), keys) == TooSoon(
        ALICE, parts.settings.login_delay_s
    )


@pytest.mark.parametrize("index", [True, False])
def test_an_index_is_kept_where_the_configuration_says_so(tmp_path: Path, *, index: bool) -> None:
    """A log-in to a Maildir worth an index leaves one, or none."""
    for folder in ("tmp", "new", "cur"):
        (tmp_path / folder).mkdir()
    for number in range(60):
        (tmp_path / "cur" / f"{number}.a:2,S").write_bytes(b"x\n")
    plain = for_one_maildir(tmp_path)
    mailboxes = msgspec.structs.replace(plain.mailboxes, index=index)
    parts = build(
        msgspec.structs.replace(plain, mailboxes=mailboxes),
        account=SingleAccount(ALICE, b"wonderland"),
    )
    parts.maildrops.open(MailboxName("alice"))
    parts.close()

    assert (tmp_path / INDEX_NAME).exists() is index


@pytest.mark.parametrize("mark_seen", [True, False])
def test_mail_is_marked_where_the_configuration_says_so(tmp_path: Path, *, mark_seen: bool) -> None:
    """What was retrieved is in `cur` after a commit, or still in `new`."""
    for folder in ("tmp", "new", "cur"):
        (tmp_path / folder).mkdir()
    (tmp_path / "new" / "1.a").write_bytes(b"x\n")
    plain = for_one_maildir(tmp_path)
    mailboxes = msgspec.structs.replace(plain.mailboxes, mark_seen=mark_seen)
    parts = build(
        msgspec.structs.replace(plain, mailboxes=mailboxes),
        account=SingleAccount(ALICE, b"wonderland"),
    )

    async def story() -> None:
        maildrop = parts.maildrops.open(MailboxName("alice"))
        assert isinstance(maildrop, MaildirMaildrop)
        maildrop.note_retrieved(1)
        answer = maildrop.commit([])
        assert (answer if isinstance(answer, int) else await answer) == 0

    asyncio.run(story())
    parts.close()
    assert (tmp_path / "cur" / "1.a:2,S").exists() is mark_seen
    assert (tmp_path / "new" / "1.a").exists() is not mark_seen


def test_the_defaults_of_a_program_are_those_of_the_file(tmp_path: Path) -> None:
    """Who makes a server without a configuration has the limits that the reference lists."""
    assert assembled(for_one_maildir(tmp_path)).settings == Settings()


def test_mail_is_kept_in_maildirs_unless_the_file_says_otherwise(tmp_path: Path) -> None:
    """Without `format` there are Maildirs, and with "mbox" there are mbox files."""
    plain = for_one_maildir(tmp_path)
    mailboxes = msgspec.structs.replace(plain.mailboxes, format=MaildropFormat.MBOX)

    assert isinstance(assembled(plain).maildrops, MaildirMaildrops)
    other = msgspec.structs.replace(plain, mailboxes=mailboxes)
    assert isinstance(assembled(other).maildrops, MboxMaildrops)


@pytest.mark.parametrize("lock", MaildropLock)
def test_sessions_of_an_mbox_share_it_as_the_file_says(tmp_path: Path, lock: MaildropLock) -> None:
    """An exclusive lock keeps a second session out of an mbox, and a shared one lets it in."""
    plain = for_one_maildir(tmp_path / "mbox")
    mailboxes = msgspec.structs.replace(plain.mailboxes, format=MaildropFormat.MBOX, lock=lock)
    maildrops = assembled(msgspec.structs.replace(plain, mailboxes=mailboxes)).maildrops
    held = maildrops.lock(MailboxName("alice"))

    refused = maildrops.lock(MailboxName("alice")) == Busy()
    assert refused == (lock is MaildropLock.EXCLUSIVE)
    assert held != Busy()


def test_an_mbox_is_locked_as_the_file_says(tmp_path: Path) -> None:
    """A lock that the file does not name is not looked at."""
    (tmp_path / "mbox").touch()
    (tmp_path / "mbox.lock").touch()
    plain = for_one_maildir(tmp_path / "mbox")
    answers = []
    for locks in ((MboxLock.DOTLOCK,), (MboxLock.FCNTL,)):
        mailboxes = msgspec.structs.replace(
            plain.mailboxes, format=MaildropFormat.MBOX, mbox_locks=locks
        )
        maildrops = assembled(msgspec.structs.replace(plain, mailboxes=mailboxes)).maildrops
        answers.append(maildrops.lock(MailboxName("alice")) == Busy())

    assert answers == [True, False]
