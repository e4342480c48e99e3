"""What a list of another server says of unique ids.

Decides nothing but the shape in which readers hand over what they have read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

__all__ = ("INFO", "Known", "Unreadable")

INFO = ":"
"""What ends the part of a name that Dovecot (MAILDIR_INFO_SEP) and Courier (MDIRSEP) compare."""


class Unreadable(ValueError):  # noqa: N818  # It reads as the sentence that it is.
    """A list of which nothing can be believed; the text says why."""


@dataclass(frozen=True, slots=True)
class Known:
    """The ids of a list, in the order in which its server numbers its messages."""

    ids: Sequence[str] = ()
    rank_of: Mapping[str, int] = field(default_factory=dict)
    """For each file's name, up to its first colon, which of the ids it has."""
    damaged_lines: Sequence[int] = ()
    """The numbers of the lines that were passed over."""

    def __len__(self) -> int:
        return len(self.rank_of)

    def rank(self, base: str) -> int | None:
        """Say which id a message has by the base of its file's name, if it has one."""
        return self.rank_of.get(base.partition(INFO)[0])
