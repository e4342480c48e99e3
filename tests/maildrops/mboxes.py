"""What tests of mbox files have in common: a delivery agent's part, and opening a maildrop.

Decides how mail gets into an mbox without a delivery agent. Refuses to hold a check.
"""

import re
from pathlib import Path
from typing import Final

__all__ = ("FROM_LINE", "append", "kept_as", "letters_of")

FROM_LINE: Final = b"From bob@example.org Sat Jan  3 01:05:34 1996\n"


def kept_as(stored: bytes) -> bytes:
    """Say what an mbox keeps: a last line that ends, and quoted From_ lines (mbox(5), mboxo)."""
    quoted = re.sub(rb"(?m)^From ", b">From ", stored)
    return quoted if not quoted or quoted.endswith(b"\n") else quoted + b"\n"


def append(path: Path, stored: bytes) -> None:
    """Append a message as a delivery agent does that holds the locks."""
    with path.open("ab") as mbox:
        mbox.write(FROM_LINE + kept_as(stored) + b"\n")


def letters_of(path: Path) -> list[bytes]:
    """Give what stands in an mbox that was written with `append` alone, without our own reader."""
    return [one.removesuffix(b"\n") for one in path.read_bytes().split(FROM_LINE)[1:]]
