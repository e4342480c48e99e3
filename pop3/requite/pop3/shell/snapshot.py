"""The maildrop as one session sees it: what is there, what is marked, what must be kept.

Decides what counts as there for STAT, LIST, UIDL, RETR, TOP and DELE (RFC 1939 section 5).
Nothing here touches the maildrop: marks are kept until they are committed.
"""

from collections.abc import Set as AbstractSet

from requite.pop3.services import Maildrop, Message

__all__ = ("Snapshot",)


class Snapshot:
    """A maildrop with the marks of one session."""

    __slots__ = ("_deleted", "_kept", "count", "maildrop", "octets")

    def __init__(self, maildrop: Maildrop) -> None:
        self.maildrop = maildrop
        self._deleted: set[int] = set()
        self._kept: set[int] = set()
        self.count = 0
        self.octets = 0
        self.unmark_all()

    @property
    def deleted(self) -> AbstractSet[int]:
        """The numbers that are marked as deleted."""
        return self._deleted

    def __contains__(self, number: int) -> bool:
        return 1 <= number <= len(self.maildrop.messages) and number not in self._deleted

    def __getitem__(self, number: int) -> Message:
        return self.maildrop.messages[number - 1]

    def mark(self, number: int) -> None:
        """Mark a message as deleted."""
        self._deleted.add(number)
        self.count -= 1
        self.octets -= self[number].octets

    def unmark_all(self) -> None:
        """Unmark every message (RSET)."""
        self._deleted.clear()
        self.count = len(self.maildrop.messages)
        self.octets = self.maildrop.octets

    def keep(self, number: int) -> None:
        """Refuse to mark a message in this session: it could not be read."""
        self._kept.add(number)

    def is_kept(self, number: int) -> bool:
        """Say whether a message must be kept."""
        return number in self._kept
