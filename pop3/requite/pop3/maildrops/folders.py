"""Mailboxes that are folders in the Maildir of somebody else (Maildir++).

Decides which names can be those of a folder, and where a mailbox stands that is one. Refuses to
look at the disk, to decide who may open what, and to lead out of the Maildir of the folder's owner.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from requite.pop3.maildrops.paths import is_component
from requite.pop3.names import MailboxName

__all__ = ("MailboxFolder", "with_folders")


@dataclass(frozen=True, slots=True)
class MailboxFolder:
    """A folder in a Maildir, such as ``alice/.Archive.2024``.

    Example:
        >>> MailboxFolder.parse("alice/.Archive.2024")
        MailboxFolder(owner='alice', folder='.Archive.2024')
        >>> MailboxFolder.parse("alice/..")
        Traceback (most recent call last):
        ValueError: write a folder with a dot before each part, such as ".Archive.2024"
    """

    owner: MailboxName
    """Whose Maildir it is in."""
    folder: str
    """Its directory there: a dot before the name, and before each name inside another folder."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a folder.

        Raises:
            ValueError: its text says what to write instead.
        """
        owner, _, folder = text.partition("/")
        if not is_component(owner):
            raise ValueError("write the mailbox that it is in first, then / and the folder")
        first, *parts = folder.split(".")
        if first or not parts or not all(parts) or not is_component(folder):
            raise ValueError('write a folder with a dot before each part, such as ".Archive.2024"')
        return cls(MailboxName(owner), folder)


def with_folders(
    inbox_of: Callable[[MailboxName], Path], folders: Mapping[MailboxName, MailboxFolder]
) -> Callable[[MailboxName], Path]:
    """Say where each mailbox stands: in its own Maildir, or in the folder that is named for it.

    Args:
        inbox_of: where the Maildir of each mailbox stands.
        folders: the mailboxes that are folders.
    """

    def path_of(mailbox: MailboxName) -> Path:
        """Give the path of a mailbox; raises NoSuchMailbox as `inbox_of` does."""
        named = folders.get(mailbox)
        return inbox_of(mailbox) if named is None else inbox_of(named.owner) / named.folder

    return path_of
