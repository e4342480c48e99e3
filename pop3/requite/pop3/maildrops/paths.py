"""Say where a mailbox's Maildir stands, from the template of the configuration.

Decides which mailbox names can be a part of a path at all; a name that could lead out of the
configured tree is no mailbox. Refuses to look at the disk, and to decide who may open what.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from requite.pop3.names import MailboxName

__all__ = ("PLACEHOLDER", "MailboxPath", "NoSuchMailbox", "is_component")

PLACEHOLDER: Final = "{mailbox}"
"""What stands in a template for the mailbox's name."""

COMPONENT_BYTES_MAX: Final = 255
"""NAME_MAX of every Linux file system: what is longer names no directory."""


class NoSuchMailbox(LookupError):  # noqa: N818  # It is an answer about a name, not a failure.
    """A mailbox name that can stand for no mailbox."""


@dataclass(frozen=True, slots=True, init=False)
class MailboxPath:
    """The Maildir of each mailbox, by a template such as ``mail/{mailbox}/Maildir``.

    Example:
        >>> MailboxPath("/srv/mail/{mailbox}/Maildir")(MailboxName("support")).as_posix()
        '/srv/mail/support/Maildir'
        >>> MailboxPath("/srv/mail/{mailbox}")(MailboxName("../etc"))
        Traceback (most recent call last):
        requite.pop3.maildrops.paths.NoSuchMailbox: '../etc' can be no mailbox's name
    """

    pieces: tuple[str, ...]
    """The path around the name; one piece alone is the same Maildir for every mailbox."""

    def __init__(self, template: str, *, base: Path | None = None) -> None:
        """Read the template.

        Args:
            template: a path in which ``{mailbox}`` stands for the mailbox's name.
            base: what a relative template is relative to: the configuration file's directory.

        Raises:
            ValueError: its text says what to write instead.
        """
        first, *others = template.split(PLACEHOLDER)
        if not others or "\0" in template:
            # Without it all mailboxes would be the same one; `single` says so where that is meant.
            raise ValueError(f"put {PLACEHOLDER} where the mailbox's name belongs")
        if re.search("[{}]", "".join((first, *others))):
            raise ValueError(f"write {PLACEHOLDER}; there is no other placeholder")
        # Not Path's join, which would lose the last slash of "mail/{mailbox}".
        start = first if base is None else os.path.join(base, first)  # noqa: PTH118
        object.__setattr__(self, "pieces", (start, *others))

    @classmethod
    def single(cls, maildir: Path) -> Self:
        """Give every mailbox the same Maildir, for a server with one mailbox."""
        path = cls.__new__(cls)
        object.__setattr__(path, "pieces", (str(maildir),))
        return path

    @property
    def is_single(self) -> bool:
        """Whether every mailbox has the same Maildir."""
        return len(self.pieces) == 1

    @property
    def root(self) -> Path:
        """The deepest directory that is the same for every mailbox, and that must exist."""
        return Path(self.pieces[0]) if self.is_single else Path(self.pieces[0] + "_").parent

    @property
    def template(self) -> str:
        """The path with ``{mailbox}`` where the name belongs."""
        return PLACEHOLDER.join(self.pieces)

    def __call__(self, mailbox: MailboxName) -> Path:
        """Give the path of a mailbox's Maildir, always below `root`.

        Raises:
            NoSuchMailbox: the name is no single part of a path.
        """
        if not is_component(mailbox):
            raise NoSuchMailbox(f"{mailbox!r} can be no mailbox's name")
        return Path(mailbox.join(self.pieces))


def is_component(name: str) -> bool:
    """Say whether a name can be one part of a path and stays where it is put."""
    if name in ("", ".", "..") or "/" in name or "\0" in name:
        return False
    try:
        return len(os.fsencode(name)) <= COMPONENT_BYTES_MAX
    except UnicodeEncodeError:
        return False
