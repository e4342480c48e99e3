"""Cut what a client sends into lines.

Decides where a line ends and which one is too long. Refuses to read a line's meaning: that is
`commands`. Fed whole, byte by byte or split anywhere, the same lines come out.
"""

from enum import Enum
from typing import Final, TypeAlias

__all__ = ("UTF8_LINE_OCTETS", "Line", "LineFault", "LineReader")

UTF8_LINE_OCTETS: Final = 512
"""The limit of a command line, with its end, once UTF8 is enabled: a character of a name or of a
password may then have several octets. As RFC 2449 section 4 has it for replies."""


class LineFault(Enum):
    """What stands in the place of a line that cannot be kept."""

    TOO_LONG = "over the limit, and skipped to its end"
    ENDLESS = "over the limit, and skipped for as long as anybody cares"


Line: TypeAlias = bytes | LineFault
LONG_VERB: Final = b"AUTH"
"""RFC 5034 section 4: AUTH may carry a SASL response, which has a limit of its own."""


class LineReader:
    r"""Keep what was received until it is a line; CRLF ends one, and so does a bare LF.

    Example:
        >>> reader = LineReader(sasl_line_octets=12_288, skipped_octets=65_536)
        >>> reader.feed(b"NOOP\r\nQU")
        >>> reader.next(255), reader.next(255)
        (b'NOOP', None)
    """

    __slots__ = ("_scanned", "_skipped", "_skipped_max", "_whole_max", "kept")

    def __init__(self, *, sasl_line_octets: int, skipped_octets: int) -> None:
        """Begin with nothing.

        Args:
            sasl_line_octets: the longest line that is ever kept, with its end.
            skipped_octets: the longest line that is skipped to its end; a longer one is endless.
        """
        self.kept = bytearray()
        """What was received and not yet taken; nobody else changes it."""
        self._scanned = 0
        self._skipped = 0
        self._whole_max = sasl_line_octets
        self._skipped_max = skipped_octets

    def __len__(self) -> int:
        """Return how many octets are kept."""
        return len(self.kept)

    @property
    def has_line(self) -> bool:
        """Say whether a line is complete, or a fault is due."""
        return b"\n" in self.kept or len(self.kept) > self._whole_max

    def feed(self, received: bytes) -> None:
        """Keep what was received."""
        self.kept += received

    def forget(self) -> None:
        """Drop what is kept."""
        self.kept.clear()
        self._scanned = 0
        self._skipped = 0

    def next(self, octets_max: int) -> Line | None:
        """Take the next line without its end, or None while there is none.

        Args:
            octets_max: the limit of this line, with its end; one that begins with AUTH may be as
                long as a SASL response.
        """
        end = self.kept.find(b"\n", self._scanned)
        if self._skipped:
            return self._skip(end)
        if end < 0:
            return self._unfinished(octets_max)
        if end >= octets_max and end >= self._limit(octets_max):
            return self._skip(end)
        line = bytes(self.kept[:end])
        del self.kept[: end + 1]
        self._scanned = 0
        return line.removesuffix(b"\r")

    def _limit(self, octets_max: int) -> int:
        long = self.kept[: len(LONG_VERB)].upper() == LONG_VERB
        return max(octets_max, self._whole_max) if long else octets_max

    def _unfinished(self, octets_max: int) -> LineFault | None:
        kept = len(self.kept)
        self._scanned = kept
        if kept < octets_max or kept < self._limit(octets_max):
            return None
        return self._skip(-1)

    def _skip(self, end: int) -> LineFault | None:
        """Drop what is kept up to the end of an overlong line, if it has one."""
        dropped = len(self.kept) if end < 0 else end + 1
        self._skipped += dropped
        del self.kept[:dropped]
        self._scanned = 0
        if self._skipped > self._skipped_max:
            return LineFault.ENDLESS
        if end < 0:
            return None
        self._skipped = 0
        return LineFault.TOO_LONG
