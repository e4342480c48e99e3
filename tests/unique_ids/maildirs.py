"""Maildirs whose messages another server has named, and what we answer for them.

Decides how messages are told apart without their ids: by what they hold. Refuses to hold a check.
"""

import os
import pwd
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from maildrops.folders import opened
from requite.pop3.maildrops.content import MaildirContent
from requite.pop3.maildrops.conventions import Conventions
from requite.pop3.maildrops.maildir import MaildirMaildrop, MaildirMaildrops
from requite.pop3.maildrops.unique_ids import DOVECOT_FORMAT, IdsOf, UIDLFormat, scheme_of

__all__ = ("PLACES", "fill", "give_away", "ids_by_message", "process", "uids")

PLACES: Final = (
    "new/1700000000.M1P1.host",
    "cur/1700000001.M1P1.host:2,",
    "cur/1700000001.M2P1.host,S=38:2,S",
    "cur/1700000002.M1P1.host,S=43,W=46:2,RSTab",
    "cur/1700000003.two words:2,F",
    "new/1700000004.Va01I5e5M0.host",
    "cur/1700000005.\udce9t\udce9:2,",
    "cur/1700000006." + "x" * 80 + ":2,S",
)
"""Names as Postfix, Dovecot, Courier and Exim write them, and some that hardly anybody does.
Their sizes are true, because Dovecot refuses a whole maildrop for one that is not."""


def fill(maildir: Path, places: Sequence[str] = PLACES) -> None:
    """Lay out a Maildir in which every message holds the base of its name."""
    for folder in ("new", "cur", "tmp"):
        (maildir / folder).mkdir(parents=True, exist_ok=True)
    for place in places:
        base = place.partition("/")[2].partition(":")[0]
        (maildir / place).write_bytes(b"Subject: %s\n\nx\n" % os.fsencode(base))


def give_away(*paths: Path) -> None:
    """Let Dovecot write there, which serves no mail as root."""
    if os.geteuid() == 0:
        for top in paths:
            for path in (top, *top.rglob("*")):
                shutil.chown(path, pwd.getpwnam("nobody").pw_uid)


def process(maildir: Path, ids: IdsOf, uidl_format: UIDLFormat = DOVECOT_FORMAT) -> MaildirMaildrop:
    """Open a Maildir as a server that has just been started does."""
    conventions = Conventions(unique_ids=scheme_of(ids, uidl_format))
    maildrops = MaildirMaildrops(lambda _: maildir, conventions=conventions)
    maildrop = opened(maildrops)
    maildrops.close()
    return maildrop


def uids(maildrop: MaildirMaildrop) -> list[str]:
    """Give the ids of a maildrop, in the order of delivery."""
    return [message.uid for message in maildrop.messages]


def ids_by_message(maildrop: MaildirMaildrop) -> Mapping[str, str]:
    """Give the id of each message by its subject."""
    subjects = []
    for number in range(1, len(maildrop.messages) + 1):
        content = maildrop.read(number)
        assert isinstance(content, MaildirContent)
        subjects.append(os.fsdecode(content.read(4096).partition(b"\n")[0]))
        content.close()
    return dict(zip(subjects, uids(maildrop), strict=True))
