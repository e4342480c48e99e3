"""Read `courierpop3dsizelist`.

Decides which lines can be believed and what Courier's POP3 server answers for each, as
`imap/pop3dserver.c` of Courier 1.0 does. Refuses to write a list, and to believe the sizes in it.
"""

import os
import re
from typing import Final

from requite.pop3.maildrops.unique_ids.known import INFO, Known, Unreadable

__all__ = ("COURIER_LIST", "read_courier")

COURIER_LIST: Final = "courierpop3dsizelist"

HEADER: Final = re.compile(rb"/([0-9]{1,9}) +[0-9]{1,20}(?: .*)?")
LINE: Final = re.compile(rb"(.+) [0-9]{1,20} ([0-9]{1,20}):([0-9]{1,20})(?::.*)?")
VERSIONS: Final = (b"2", b"3")
"""Version 3 came with UTF-8; a list of any other Courier itself passes over."""

ESCAPED: Final = re.compile(rb"[^!-~]|['\"+]")


def read_courier(octets: bytes) -> Known:
    """Read a list of version 2 or 3.

    Raises:
        Unreadable: its head is damaged or of another version.
    """
    first, *lines = octets.split(b"\n")
    if not lines:
        raise Unreadable("it has no whole line")
    head = HEADER.fullmatch(first)
    if head is None:
        raise Unreadable("its first line is not that of a list with versions")
    if head[1] not in VERSIONS:
        raise Unreadable(f"its version, {int(head[1])}, is not 2 or 3")
    rank_of: dict[str, int] = {}
    ids: list[str] = []
    damaged: list[int] = []
    for number, line in enumerate(lines[:-1], start=2):
        found = LINE.fullmatch(line)
        if found is None or b"\0" in line or b"/" in found[1]:
            damaged.append(number)
            continue
        name = found[1].partition(os.fsencode(INFO))[0]
        rank_of[os.fsdecode(name)] = len(ids)
        ids.append(_id(int(found[2]), int(found[3]), name))
    if lines[-1]:
        damaged.append(len(lines) + 1)
    return Known(ids, rank_of, damaged)


def _id(uid: int, validity: int, name: bytes) -> str:
    """Write an id as `print_uidl` does, whose three forms are those of three ages of Courier."""
    if uid:
        return f"UID{uid}-{validity}" if validity else f"UID{uid}"
    return ESCAPED.sub(lambda found: b"+%02X" % ord(found[0]), name).decode()
