"""The files that a page tells its reader to write.

Decides what a page means by a code block with a caption: the first block of a name begins the file
of that name, the next ones go on with it, and a block in the language `diff` changes it. The tests
do what the page says, and pictures are drawn of what it says.
"""

import re
from typing import Final

__all__ = ("changed", "files_of", "name_of")

BLOCK: Final = re.compile(
    r"^(?P<fence>`{3,})\{code-block\} (?P<language>\w+)\n"
    r":caption: (?P<caption>[^\n]+)\n\n?(?P<source>.*?)^(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)


def name_of(caption: str) -> str:
    """Return the file that a caption names: "room.py" of "room.py, continued"."""
    return caption.partition(",")[0].strip()


def files_of(page: str) -> dict[str, str]:
    """Return the text of each file that a page has its reader write, before any change to it."""
    files: dict[str, str] = {}
    for block in BLOCK.finditer(page):
        if block["language"] != "diff":
            name = name_of(block["caption"])
            files[name] = files.get(name, "") + block["source"]
    return files


def changed(text: str, difference: str) -> str:
    """Return a text with one change made to it.

    Args:
        text: what is changed.
        difference: lines that begin with a blank, "-" or "+", as in a unified diff.

    Raises:
        ValueError: the lines to be changed are not there, or more than once.
    """
    lines = difference.splitlines(keepends=True)
    before = "".join(line[1:] for line in lines if line[:1] != "+")
    after = "".join(line[1:] for line in lines if line[:1] != "-")
    if text.count(before) != 1:
        raise ValueError(
            f"expected these lines once, found them {text.count(before)} times:\n{before}"
        )
    return text.replace(before, after)
