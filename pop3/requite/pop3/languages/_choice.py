"""Which languages there are, and which one a language range means.

Decides by RFC 4647 section 3.4, lookup: a range that is not there is shortened from its end until
it is, so that who asks for Austrian German is answered in German and told so. Refuses to guess: a
range of another language finds nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from requite.pop3.languages._french import FRENCH
from requite.pop3.languages._german import GERMAN

__all__ = ("ENGLISH", "LANGUAGES", "Language", "Tag", "language_listing", "matching")


class Tag(StrEnum):
    """The languages of the answers, by their tags (RFC 5646)."""

    EN = "en"
    DE = "de"
    FR = "fr"


@dataclass(frozen=True, slots=True)
class Language:
    """One language, and how it says what the declaration says in English."""

    tag: Tag
    name: str
    """What the language calls itself."""
    texts: Mapping[str, str]
    """For each reply, as the derived machine gives it, what is said instead."""


ENGLISH: Final = Language(Tag.EN, "English", MappingProxyType({}))
"""The language of the declaration, which every session begins in: until the client has chosen one,
RFC 1939 lets an answer have ASCII alone."""

LANGUAGES: Final[Mapping[Tag, Language]] = MappingProxyType(
    {
        Tag.EN: ENGLISH,
        Tag.DE: Language(Tag.DE, "Deutsch", GERMAN),
        Tag.FR: Language(Tag.FR, "Français", FRENCH),
    }
)


def matching(wanted: str) -> Language | None:
    """Find the language that a basic language range means (RFC 4647 sections 2.1 and 3.4).

    Args:
        wanted: a range, in any case, that is not the star.

    Returns:
        The language, or None where there is none.

    Example:
        >>> [found and found.tag.value for found in map(matching, ("DE", "fr-CA-x-y", "sv"))]
        ['de', 'fr', None]
    """
    parts = wanted.lower().split("-")
    while parts:
        tag = "-".join(parts)
        if tag in LANGUAGES:
            return LANGUAGES[Tag(tag)]
        parts.pop()
    return None


def language_listing() -> bytes:
    """Return a line for each language, with its tag and its own name, to the final dot."""
    lines = [*(f"{one.tag} {one.name}" for one in LANGUAGES.values()), "."]
    return "".join(f"{line}\r\n" for line in lines).encode()
