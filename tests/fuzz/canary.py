"""Defects that are planted, so that a fuzzer is seen to find one.

Decides what is wrong with each copy of a reader. Nothing of it is in the product, and no fuzzer
meets it but by a canary's own name.
"""

from collections.abc import Callable
from typing import Final

from fuzz.grammar import LIMITS, check_command
from requite.pop3.wire.commands import Command, read_command
from requite.pop3.wire.lines import Line, LineFault, LineReader

__all__ = ("CANARIES", "KEYWORD", "Planted", "try_keyword", "try_limit")

KEYWORD: Final = b"XYZZY!"
"""Six octets that nobody guesses, and that stand in no corpus."""


class Planted(Exception):  # noqa: N818 - it is no error that anything raises but on purpose.
    """What a planted defect raises."""


def read_command_wrongly(line: Line) -> Command:
    """Read a command, but fail at one keyword."""
    if isinstance(line, bytes) and line.partition(b" ")[0].upper() == KEYWORD:
        raise Planted("a fuzzer has found the keyword")
    return read_command(line)


class WrongLineReader(LineReader):
    """Takes a line for too long that is as long as it may be, where its end comes late."""

    def next(self, octets_max: int) -> Line | None:
        """Take the next line, with a limit that is off by one while there is no end."""
        return super().next(octets_max if b"\n" in self.kept else octets_max - 1)


def try_keyword(octets: bytes) -> None:
    """Read lines, one of which may have the keyword."""
    reader = LineReader(sasl_line_octets=LIMITS.long_line, skipped_octets=LIMITS.skipped)
    reader.feed(octets)
    while (line := reader.next(LIMITS.line)) is not None and line is not LineFault.ENDLESS:
        check_command(read_command_wrongly(line), [])


def try_limit(octets: bytes) -> None:
    """Cut lines after two reads and after one, which must be the same lines."""
    reads = (octets[:-1], octets[-1:])
    found = [_lines(reads), _lines((octets,))]
    if found[0] != found[1]:
        raise Planted("a fuzzer has found the limit")


def _lines(reads: tuple[bytes, ...]) -> list[Line]:
    reader = WrongLineReader(sasl_line_octets=LIMITS.long_line, skipped_octets=LIMITS.skipped)
    lines: list[Line] = []
    for received in reads:
        reader.feed(received)
        while (line := reader.next(LIMITS.line)) is not None and line is not LineFault.ENDLESS:
            lines.append(line)
    return lines


CANARIES: Final[dict[str, Callable[[bytes], None]]] = {
    "keyword": try_keyword,
    "limit": try_limit,
}
"""Each planted defect by its name."""
