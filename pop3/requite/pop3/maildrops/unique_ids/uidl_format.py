"""How Dovecot writes a unique id: its setting `pop3_uidl_format`.

Decides which forms are understood, and what each gives for one message; the meaning is that of
Dovecot 2.3 (`src/lib/var-expand.c`, and `pop3_get_uid` in `src/pop3/pop3-commands.c`). Refuses
what a Maildir cannot have, such as the MD5 sum of a header (`%m`), which Dovecot itself has only of
an mbox, and what nobody is known to have used, such as offsets.
"""

import hashlib
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Self, TypeAlias

__all__ = ("DOVECOT_FORMAT", "Facts", "UIDLFormat")

VARIABLE: Final = re.compile(r"%(0?)([0-9]{0,3})([A-Z]{0,10})([a-z%]?)")
WIDTH_MAX: Final = 70
"""RFC 1939 section 7: so many characters has the longest id."""

Modifier: TypeAlias = Callable[[str], str]


def _hexadecimal(text: str) -> str:
    # str_to_ullong takes nothing but digits that fit into 64 bits; else 0 is written.
    is_number = re.fullmatch("[0-9]{1,20}", text) is not None and int(text) < 1 << 64
    return f"{int(text) if is_number else 0:x}"


def _md5(text: str) -> str:
    return hashlib.md5(os.fsencode(text), usedforsecurity=False).hexdigest()


def _reversed(text: str) -> str:
    return text[::-1]


MODIFIERS: Final[Mapping[str, Modifier]] = MappingProxyType(
    {"X": _hexadecimal, "L": str.lower, "U": str.upper, "M": _md5, "R": _reversed}
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a format can say of one message."""

    uid: str
    validity: str
    file_name: str
    """The name of its file, up to the first colon."""
    guid: str


@dataclass(frozen=True, slots=True)
class _Variable:
    key: str
    modifiers: tuple[Modifier, ...]
    width: int
    padded: bool

    def of(self, facts: Facts) -> str:
        match self.key:
            case "u":
                text = facts.uid
            case "v":
                text = facts.validity
            case "f":
                text = facts.file_name
            case _:
                text = facts.guid
        for modified in self.modifiers:
            text = modified(text)
        if not self.width:
            return text
        # A width without a zero cuts off; with one it fills up and cuts nothing off.
        return text.rjust(self.width, "0") if self.padded else text[: self.width]


@dataclass(frozen=True, slots=True)
class UIDLFormat:
    """A format that can be written for any message of a Maildir.

    Example:
        >>> facts = Facts(uid="17", validity="1700000000", file_name="1.M2.host", guid="1.M2.host")
        >>> UIDLFormat.parse("%08Xu%08Xv").of(facts)
        '000000116553f100'
        >>> UIDLFormat.parse("%v.%u").of(facts)
        '1700000000.17'
    """

    text: str
    _parts: tuple[str | _Variable, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a format.

        Raises:
            ValueError: its text says what to write instead.
        """
        parts: list[str | _Variable] = []
        at = 0
        for found in VARIABLE.finditer(text):
            parts += [text[at : found.start()], _part(found)]
            at = found.end()
        parts.append(text[at:])
        literal = "".join(part for part in parts if isinstance(part, str))
        if not all("!" <= character <= "~" for character in literal):
            raise ValueError("write no spaces and ASCII alone: an id has no others")
        format_read = cls(text, tuple(part for part in parts if part))
        if not format_read._keys - {"v"}:
            raise ValueError("write %u, %f or %g somewhere: all messages would have the same id")
        return format_read

    @property
    def _keys(self) -> frozenset[str]:
        return frozenset(part.key for part in self._parts if isinstance(part, _Variable))

    @property
    def needs_list(self) -> bool:
        """Whether it says something of a message that no file's name tells."""
        return not self._keys <= {"f", "g"}

    def of(self, facts: Facts) -> str:
        """Write the id of one message; it may still be none that RFC 1939 allows."""
        return "".join(part if isinstance(part, str) else part.of(facts) for part in self._parts)

    def of_file_name(self, name: str) -> str:
        """Write the id of a message that no list knows: its GUID is its file's name."""
        return self.of(Facts(uid="", validity="", file_name=name, guid=name))


def _part(found: re.Match[str]) -> str | _Variable:
    zero, width, modifiers, key = found.groups()
    if found[0] == "%%":
        return "%"
    if key == "m":
        raise ValueError("%m is of mboxes alone; write %Mf for the MD5 sum of the file's name")
    if key == "" or key not in "uvfg":
        raise ValueError("write %u, %v, %f or %g, such as in %08Xu%08Xv")
    for modifier in modifiers:
        if modifier not in MODIFIERS:
            raise ValueError(f"write {', '.join(MODIFIERS)} or nothing before {key}")
    if int(width or 0) > WIDTH_MAX:
        raise ValueError(f"write a width of at most {WIDTH_MAX}")
    return _Variable(key, tuple(map(MODIFIERS.__getitem__, modifiers)), int(width or 0), bool(zero))


DOVECOT_FORMAT: Final = UIDLFormat.parse("%08Xu%08Xv")
"""The default of Dovecot 2.x (`mail-storage-settings.c`)."""
