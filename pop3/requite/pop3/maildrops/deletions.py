"""Say what becomes of a message that a client deletes, or that has been kept for long enough.

Decides which policies there are, how they are written, which mailbox has which, and from when a
message is old. Refuses to touch a message: `committing` does that in a Maildir, `memory` in memory.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Self

from requite.pop3.names import MailboxName

__all__ = ("EXPUNGE", "DeletePolicy", "Deletion", "Deletions")

DAY_S: Final = 86_400
FOLDER: Final = re.compile(r"(?!.*\.\.)[^./\x00-\x1f\x7f][^/\x00-\x1f\x7f]{0,199}(?<!\.)")
"""A folder of Maildir++ is a directory of the Maildir whose name is a dot and this, where further
dots divide it."""


class Deletion(StrEnum):
    """What a commit does with what a client has deleted."""

    EXPUNGE = "expunge"
    """Its file is removed."""
    MOVE = "move"
    """Its file is moved to a folder."""
    HIDE = "hide"
    """It stays, and is hidden from the account that has deleted it."""
    NEVER = "never"
    """It stays, and DELE is refused."""


@dataclass(frozen=True, slots=True)
class DeletePolicy:
    """What a commit does in one mailbox.

    Example:
        >>> DeletePolicy.parse("move:Trash")
        DeletePolicy(deletion=<Deletion.MOVE: 'move'>, folder='Trash')
    """

    deletion: Deletion
    folder: str = ""
    """Where it moves, for `MOVE` alone: ``Trash`` is the directory ``.Trash`` of the Maildir."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "expunge", "hide", "never" or "move:Trash".

        Raises:
            ValueError: its text says what to write instead.
        """
        word, colon, folder = text.partition(":")
        if word not in tuple(Deletion):
            raise ValueError("write expunge, hide, never or move:FOLDER")
        deletion = Deletion(word)
        if bool(colon) != (deletion is Deletion.MOVE):
            raise ValueError("write a folder after move, such as move:Trash, and after no other")
        if colon and not FOLDER.fullmatch(folder):
            raise ValueError("write the folder without its first dot and without /: move:Trash")
        return cls(deletion, folder)

    @property
    def text(self) -> str:
        """The policy as a configuration file writes it."""
        return f"{self.deletion.value}:{self.folder}" if self.folder else self.deletion.value


EXPUNGE: Final = DeletePolicy(Deletion.EXPUNGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletions:
    """What leaves the maildrops of a server, and how sure it is to stay away."""

    default: DeletePolicy = EXPUNGE
    of_mailbox: Mapping[MailboxName, DeletePolicy] = field(default_factory=dict)
    """The policies of the mailboxes that have another one."""
    retention_days: int = 0
    """After so many days a commit removes a message that nobody has deleted; 0 is never."""
    fsync: bool = True
    """Whether a commit waits for the disk."""

    def policy_of(self, mailbox: MailboxName) -> DeletePolicy:
        """Give the policy of a mailbox."""
        return self.of_mailbox.get(mailbox, self.default)

    def is_old(self, delivered_s: float, *, now_s: float) -> bool:
        """Say whether a message has been there for longer than it is kept."""
        return bool(self.retention_days) and self._end_s(delivered_s) < now_s

    def _end_s(self, delivered_s: float) -> float:
        return delivered_s + self.retention_days * DAY_S
