"""How wide a text is, where its lines break and how a name is spoken.

Decides by an estimate, because a picture that asked a font would differ between machines. The
widths are those of DejaVu Sans, which is wider than what the common systems use.
"""

import re
from enum import Enum

__all__ = ("NO_BREAK", "listed", "spoken", "width_of", "wrapped")

NO_BREAK = "\u00a0"
BOLD = 1.13
"""How much wider a bold text is; measured on DejaVu Sans."""
EMS = (
    ("fijlrt.,:;'|!()[] I-" + NO_BREAK, 0.37),
    ("mwMW@", 0.98),
    ("ABCDEFGHJKLNOPQRSTUVXYZ", 0.72),
)
OTHER_EM = 0.63


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """Return how many pixels a text takes at most, in a common font of this size."""
    ems = sum(next((em for chars, em in EMS if char in chars), OTHER_EM) for char in text)
    return ems * size * (BOLD if bold else 1)


def wrapped(text: str, size: float, room: float, *, bold: bool = False) -> tuple[str, ...]:
    """Break a text into lines that fit; between words, then inside of one that is too long."""
    lines: list[str] = []
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(joined, size, bold=bold) <= room:
            lines[-1] = joined
        else:
            lines += _pieces(word, size, room, bold=bold)
    return tuple(lines)


def _pieces(word: str, size: float, room: float, *, bold: bool) -> list[str]:
    """Break one word: after its joints if it has any, inside of what is too long even so."""
    joints = [part for part in re.split(f"(?<=[_{NO_BREAK}])", word) if part]
    pieces = [""]
    for joint in joints:
        for atom in [joint] if width_of(joint, size, bold=bold) <= room else joint:
            if pieces[-1] and width_of(pieces[-1] + atom, size, bold=bold) > room:
                pieces.append("")
            pieces[-1] += atom
    return [piece.strip(NO_BREAK) for piece in pieces]


def spoken(name: Enum) -> str:
    """Return a name as words that stay on one line: small letters, no underscores."""
    return name.name.lower().replace("_", NO_BREAK)


def listed(names: tuple[Enum, ...]) -> str:
    """Return names as words with commas between them; a line may end after a comma."""
    return ", ".join(spoken(name) for name in names)
