"""SASLprep: names and passwords in the one form that both sides compute with (RFC 4013).

Decides what a string becomes, and that some become nothing. The tables are the standard library's;
the packages that have the whole profile are either unmaintained or come with much else.
"""

import re
import stringprep
import unicodedata
from collections.abc import Callable
from typing import Final

from requite.pop3.login import MalformedLogin

__all__ = ("check_query", "prepared", "same_form")

PROHIBITED: Final[tuple[Callable[[str], bool], ...]] = (
    stringprep.in_table_c12,
    stringprep.in_table_c21_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c5,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
)
"""RFC 4013 section 2.3."""
PRINTABLE: Final = re.compile(rb"[ -~]+")
"""What SASLprep leaves as it is, as nearly every name and password."""


def prepared(text: str, *, stored: bool) -> str:
    r"""Prepare a string.

    Args:
        text: a name or a password.
        stored: it is kept, so that it may have no code point without a meaning (RFC 3454
            section 7); a name that is only looked up may.

    Raises:
        MalformedLogin: the string has a prohibited character, mixes directions of writing, or has
            nothing left.

    Example:
        >>> prepared("I\u00adX \u2168", stored=True)
        'IX IX'
    """
    result = _normalized(text)
    if result.isascii():
        return result  # All of it is assigned, and none of it is written from the right.
    if stored and any(map(stringprep.in_table_a1, result)):
        raise MalformedLogin("expected no unassigned code point")
    if any(map(stringprep.in_table_d1, result)):
        _check_right_to_left(result)
    return result


def check_query(sent: bytes) -> None:
    """Refuse a name or a password that a client sends and that cannot be prepared.

    RFC 6856 section 2.2 asks for it outside of SASL, RFC 4616 section 2 in PLAIN, and RFC 5034
    section 4 of the authorization identity of every mechanism. Directions of writing may be mixed:
    an Arabic name in a Latin domain is an address.

    Raises:
        MalformedLogin: it is not UTF-8, has a prohibited character, or has nothing left.
    """
    if PRINTABLE.fullmatch(sent):
        return
    try:
        text = sent.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedLogin("expected UTF-8") from None
    _normalized(text)


def same_form(text: str) -> str:
    r"""Give the form in which two spellings of a name are the same.

    A name that SASLprep refuses is left as it is.

    Example:
        >>> same_form("e\u0301") == same_form("\u00e9")
        True
    """
    if text.isascii():
        return text
    try:
        return _normalized(text)
    except MalformedLogin:
        return text


def _normalized(text: str) -> str:
    """Map, normalise and look for what is prohibited (RFC 4013 sections 2.1 to 2.3)."""
    if text.isascii() and text.isprintable() and text:
        return text  # As nearly every name and password; a look at each character costs 50 us.
    mapped = "".join(
        " " if stringprep.in_table_c12(character) else character
        for character in text
        if not stringprep.in_table_b1(character)
    )
    result = unicodedata.ucd_3_2_0.normalize("NFKC", mapped)
    if not result:
        raise MalformedLogin("expected something after SASLprep, found nothing")
    if any(prohibits(character) for character in result for prohibits in PROHIBITED):
        raise MalformedLogin("expected no character that SASLprep prohibits")
    return result


def _check_right_to_left(text: str) -> None:
    """Check RFC 3454 section 6: nothing from left to right, and the other way at both ends."""
    ends_so = stringprep.in_table_d1(text[0]) and stringprep.in_table_d1(text[-1])
    if not ends_so or any(map(stringprep.in_table_d2, text)):
        raise MalformedLogin("expected one direction of writing")
