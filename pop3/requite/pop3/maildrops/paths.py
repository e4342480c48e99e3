"""Say where a mailbox's Maildir stands, from the template of the configuration.

Decides which mailbox names can be a part of a path at all; a name that could lead out of the
configured tree is no mailbox. Refuses to look at the disk, and to decide who may open what.
"""

import os
from pathlib import Path
from typing import Final

from requite.pop3.names import MailboxName

__all__ = ("MailboxPath", "NoSuchMailbox")

PLACEHOLDER: Final = "{mailbox}"

COMPONENT_BYTES_MAX: Final = 255
"""NAME_MAX of every Linux file system: what is longer names no directory."""


class NoSuchMailbox(LookupError):  # noqa: N818  # It is an answer about a name, not a failure.
    """A mailbox name that can stand for no mailbox."""


class MailboxPath:
    """A mailbox name's path, by a template such as ``mail/{mailbox}/Maildir``.

    Example:
        >>> MailboxPath("/srv/mail/{mailbox}/Maildir")(MailboxName("support")).as_posix()
        '/srv/mail/support/Maildir'
        >>> MailboxPath("/srv/mail/{mailbox}")(MailboxName("../etc"))
        Traceback (most recent call last):
        requite.pop3.maildrops.paths.NoSuchMailbox: '../etc' can be no mailbox's name
    """

    def __init__(self, template: str, *, base: Path | None = None) -> None:
        """Read the template.

        Args:
            template: a path in which ``{mailbox}`` stands for the mailbox's name.
            base: what a relative template is relative to: the configuration file's directory.

        Raises:
            ValueError: the template does not hold ``{mailbox}``, so that all mailboxes would be
                the same one.
        """
        if PLACEHOLDER not in template:
            raise ValueError(f"expected a path with {PLACEHOLDER} in it, found {template!r}")
        self._template = str(base / template) if base is not None else template

    @property
    def root(self) -> Path:
        """The deepest directory that is the same for every mailbox, and that must exist."""
        return Path(self._template.partition(PLACEHOLDER)[0] + "_").parent

    def __call__(self, mailbox: MailboxName) -> Path:
        """Give the path of a mailbox's Maildir, always below `root`.

        Raises:
            NoSuchMailbox: the name is no single part of a path.
        """
        if not _is_component(mailbox):
            raise NoSuchMailbox(f"{mailbox!r} can be no mailbox's name")
        return Path(self._template.replace(PLACEHOLDER, mailbox))


def _is_component(name: str) -> bool:
    """Say whether a name can be one part of a path and stays where it is put."""
    if name in ("", ".", "..") or "/" in name or "\0" in name:
        return False
    try:
        return len(os.fsencode(name)) <= COMPONENT_BYTES_MAX
    except UnicodeEncodeError:
        return False
