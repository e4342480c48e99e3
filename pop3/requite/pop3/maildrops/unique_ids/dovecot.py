"""Read `dovecot-uidlist`.

Decides which lines can be believed, as Dovecot 2.3 does (`maildir-uidlist.c`), with one difference:
where Dovecot throws a list away at the first damaged line and numbers all messages anew, the line
alone is passed over here. Refuses to write a list, and to know how an id is written.
"""

import os
import re
from dataclasses import dataclass
from typing import Final

from requite.pop3.maildrops.unique_ids.known import INFO, Known, Unreadable
from requite.pop3.maildrops.unique_ids.uidl_format import Facts, UIDLFormat

__all__ = ("DOVECOT_LIST", "read_dovecot")

DOVECOT_LIST: Final = "dovecot-uidlist"
"""Its name in the Maildir, unless CONTROL of `mail_location` says another directory."""

UID_MAX: Final = (1 << 32) - 2
HEADER: Final = re.compile(rb"([0-9]) (.*)")
HEADER_1: Final = re.compile(rb"\s*([0-9]{1,10})\s+([0-9]{1,10})")
HEADER_3_FIELD: Final = re.compile(rb"(.)([^ ]*) *")
LINE_1: Final = re.compile(rb"([0-9]{1,10}) +([^/]+)")
LINE_3: Final = re.compile(rb"([0-9]{1,10}) +((?:[^: ][^ ]* +)*):([^/]+)")


@dataclass(frozen=True, slots=True)
class _Head:
    version: int
    validity: int
    next_uid: int


def read_dovecot(octets: bytes, uidl_format: UIDLFormat) -> Known:
    """Read a list of version 3 (Dovecot 1.1 and later) or 1 (Dovecot 1.0, Courier's IMAP server).

    Raises:
        Unreadable: its head is damaged or of another version.
    """
    first, *lines = octets.split(b"\n")
    # What follows the last end of line is a line that is not written to its end.
    if not lines:
        raise Unreadable("it has no whole line")
    head = _head(first)
    rank_of: dict[str, int] = {}
    ids: list[str] = []
    damaged: list[int] = []
    last_uid = 0
    for number, line in enumerate(lines[:-1], start=2):
        found = _fields(line, head)
        if found is None or not last_uid < found[0] <= UID_MAX:
            damaged.append(number)
            continue
        last_uid, name, extensions = found
        base = os.fsdecode(name).partition(INFO)[0]
        # A name that comes again counts as it comes last (`maildir_uidlist_next`).
        rank_of[base] = len(ids)
        ids.append(_id(last_uid, head, base, extensions, uidl_format))
    if lines[-1]:
        damaged.append(len(lines) + 1)
    return Known(ids, rank_of, damaged)


def _head(line: bytes) -> _Head:
    found = HEADER.fullmatch(line)
    if found is None:
        raise Unreadable("its first line begins with no version")
    version = int(found[1])
    if version == 1:
        numbers = HEADER_1.match(found[2])
        if numbers is None:
            raise Unreadable("its first line has no validity and next number")
        validity, next_uid = int(numbers[1]), int(numbers[2])
    elif version == 3:  # noqa: PLR2004  # The names of versions.
        fields = dict(HEADER_3_FIELD.findall(found[2]))
        validity, next_uid = _number(fields.get(b"V")), _number(fields.get(b"N"))
    else:
        raise Unreadable(f"its version, {version}, is not 1 or 3")
    if not (0 < validity <= UID_MAX + 1 and 0 < next_uid <= UID_MAX + 1):
        raise Unreadable("its first line has no validity and next number")
    return _Head(version, validity, next_uid)


def _number(text: bytes | None) -> int:
    return int(text) if text is not None and re.fullmatch(rb"[0-9]{1,10}", text) else 0


def _fields(line: bytes, head: _Head) -> tuple[int, bytes, bytes] | None:
    """Give the number, the name and the extensions of a line, or None if it is damaged."""
    if b"\0" in line:
        return None
    if head.version == 1:
        found = LINE_1.fullmatch(line)
        if found is None or int(found[1]) >= head.next_uid:
            return None
        return int(found[1]), found[2], b""
    found = LINE_3.fullmatch(line)
    return None if found is None else (int(found[1]), found[3], found[2])


def _id(uid: int, head: _Head, base: str, extensions: bytes, uidl_format: UIDLFormat) -> str:
    """Write the id of a line, as `pop3_get_uid` does: what was saved comes before the format."""
    guid = base
    for extension in extensions.split():
        key, value = extension[:1], os.fsdecode(extension[1:])
        if key == b"P":
            return value or base
        if key == b"G" and value:
            guid = value
    return uidl_format.of(Facts(str(uid), str(head.validity), base, guid))
