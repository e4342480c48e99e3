"""Lay out the sample maildrop that `requite demo` serves and the tests read.

Decides the names of its files, accounts and mailboxes, always the same ones. Refuses to make up
messages (`sample_messages` does) or a configuration, and to touch a message that is not its own.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from requite.pop3.maildrops.columns import base_of
from requite.pop3.maildrops.listing import FOLDERS, places_in
from requite.pop3.names import AccountName, MailboxName
from requite.pop3.sample_messages import SAMPLE_MESSAGES, SampleMessage

__all__ = (
    "SAMPLE_ACCOUNTS",
    "SAMPLE_DELEGATES",
    "SAMPLE_MAIL_PATH",
    "sample_of",
    "sample_uid",
    "write_sample",
)

SAMPLE_ACCOUNTS: Final[Mapping[AccountName, str]] = MappingProxyType(
    {AccountName("alice"): "wonderland", AccountName("bob"): "builder"}
)
"""The accounts of the sample and their passwords, which are no secret."""

SAMPLE_DELEGATES: Final[Mapping[MailboxName, tuple[AccountName, ...]]] = MappingProxyType(
    {MailboxName("support"): (AccountName("alice"), AccountName("bob"))}
)
"""The shared mailbox and who may open it."""

SAMPLE_MAIL_PATH: Final = "mail/{mailbox}/Maildir"
"""Where the Maildirs stand below the sample's directory."""

FIRST_DELIVERY_S: Final = 1_700_000_000
BETWEEN_DELIVERIES_S: Final = 60
MAILDIR_FOLDERS: Final = ("tmp", *FOLDERS)


def write_sample(directory: Path) -> None:
    """Write the sample below a directory; one that is there already becomes as new.

    Messages of the sample that were removed come back, flags are reset; others stay.

    Raises:
        OSError: something cannot be written.
    """
    mailboxes = {MailboxName(account) for account in SAMPLE_ACCOUNTS} | {*SAMPLE_DELEGATES}
    for mailbox in sorted(mailboxes):
        maildir = _maildir_of(directory, mailbox)
        for folder in MAILDIR_FOLDERS:
            (maildir / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        _remove_own(maildir)
    for number, message in enumerate(SAMPLE_MESSAGES):
        _deliver(_maildir_of(directory, message.mailbox), number, message)
    _write_accounts(directory / "accounts")


def sample_of(mailbox: MailboxName) -> tuple[bytes, ...]:
    """Give the stored form of a mailbox's messages, in the order in which a listing has them."""
    return tuple(message.stored for message in SAMPLE_MESSAGES if message.mailbox == mailbox)


def sample_uid(number: int) -> str:
    """Give the unique id of a message by its place in `SAMPLE_MESSAGES`, from 0."""
    return f"{_delivered_s(number)}.M{number}P1.sample"


def _delivered_s(number: int) -> int:
    return FIRST_DELIVERY_S + number * BETWEEN_DELIVERIES_S


def _maildir_of(directory: Path, mailbox: MailboxName) -> Path:
    return directory / SAMPLE_MAIL_PATH.replace("{mailbox}", mailbox)


def _remove_own(maildir: Path) -> None:
    """Remove what an earlier run left, under whatever flags."""
    own = {sample_uid(number) for number in range(len(SAMPLE_MESSAGES))}
    for place in tuple(places_in(str(maildir))):
        if base_of(place) in own:
            (maildir / place).unlink()


def _deliver(maildir: Path, number: int, message: SampleMessage) -> None:
    """Write to `tmp`, then rename: a session sees a whole message or none (maildir(5))."""
    uid = sample_uid(number)
    draft = maildir / "tmp" / uid
    draft.write_bytes(message.stored)
    os.utime(draft, (_delivered_s(number), _delivered_s(number)))
    if message.flags is None:
        draft.rename(maildir / "new" / uid)
    else:
        draft.rename(maildir / "cur" / f"{uid}:2,{message.flags}")


def _write_accounts(path: Path) -> None:
    """Write the accounts as Dovecot's passwd-file has them."""
    lines = (f"{account}:{{PLAIN}}{password}\n" for account, password in SAMPLE_ACCOUNTS.items())
    path.write_text("# The accounts of the sample.\n" + "".join(lines), encoding="utf-8")
