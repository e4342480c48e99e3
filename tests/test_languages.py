"""Each catalogue says what the declaration says, and nothing else; a range finds its language.

Decides by the declaration: whoever adds a reply is told which catalogues lack it. The same function
is shown catalogues with one mistake each, and must name it.
"""

import re
from collections.abc import Iterator, Mapping
from string import Formatter
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from requite.lifecycles.pop3 import POP3_SESSION
from requite.model import Reply
from requite.pop3.languages import LANGUAGES, Language, Tag, language_listing, matching

MACHINE_PART: Final = re.compile(r"(\+OK|-ERR|\+)( \[[A-Z/-]+\])?( \{language\})?")
"""What a program reads of a reply: the status, the code and, after LANG, the tag."""
NUMBERS: Final = ("number", "message_octets", "message_count", "maildrop_octets")
LARGEST: Final = {"language": "de", **dict.fromkeys(NUMBERS, 2**63 - 1)}
OCTETS_MAX: Final = 512
"""RFC 2449 section 4: the first line of an answer has at most 512 octets with its end."""
TRANSLATED: Final = [one for one in LANGUAGES.values() if one.tag is not Tag.EN]


def facts_of(text: str) -> list[str]:
    """Name the facts of a reply, in the order of the alphabet."""
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name)


def machine_part(text: str) -> str:
    """Give what a program reads of a reply."""
    match = MACHINE_PART.match(text)
    return "" if match is None else match[0]


def has_words(text: str) -> bool:
    """Say whether a reply has anything for people."""
    prose = re.sub(r"\{[a-z_]+\}", "", text.removeprefix(machine_part(text)))
    return any(map(str.isalpha, prose))


def ends(text: str) -> bool:
    """Say whether a reply ends as a sentence does."""
    return text.endswith(".")


def spoken() -> tuple[str, ...]:
    """Give each reply of the declaration that has words, as the derived machine gives it."""
    texts = dict.fromkeys(
        effect.text if facts_of(effect.text) else effect.text.format()
        for row in POP3_SESSION.edges
        for effect in row.effects
        if isinstance(effect, Reply)
    )
    return tuple(filter(has_words, texts))


def faults(catalogue: Mapping[str, str]) -> Iterator[str]:
    """Say what is wrong with a catalogue."""
    for text in spoken():
        if text not in catalogue:
            yield f"{text} is not there"
    for text, said in catalogue.items():
        if text not in spoken():
            yield f"{text} is said by nobody"
        if machine_part(said) != machine_part(text):
            yield f"{said} has another status, code or tag"
        elif facts_of(said) != facts_of(text):
            yield f"{said} has other facts"
        elif not has_words(said) or not said.isprintable() or ends(said) != ends(text):
            yield f"{said} is no sentence as the other is"
        elif len(f"{said.format(**LARGEST)}\r\n".encode()) > OCTETS_MAX:
            yield f"{said} is too long"


@pytest.mark.rfc("6856-3.2-language")
@pytest.mark.parametrize("language", TRANSLATED, ids=lambda one: one.tag)
def test_a_catalogue_says_each_reply_and_no_other(language: Language) -> None:
    """Each reply has a translation with the same status, code and facts; no entry is left over."""
    assert [*faults(language.texts)] == []


@pytest.mark.parametrize(
    ("text", "said", "fault"),
    [
        ("-ERR Log in first.", None, "-ERR Log in first. is not there"),
        ("-ERR Log out first.", "-ERR Erst abmelden.", "-ERR Log out first. is said by nobody"),
        ("-ERR Log in first.", "+OK Ja.", "+OK Ja. has another status, code or tag"),
        ("-ERR [AUTH] Wrong name or password.", "-ERR Falsch.", "has another status"),
        ("-ERR Log in first.", "-ERR [AUTH] Erst anmelden.", "has another status"),
        ("+OK {language} The language is chosen.", "+OK So ist es, {language}.", "another status"),
        ("+OK {message_octets} octets", "+OK {number} Oktette", "has other facts"),
        ("+OK {message_octets} octets", "+OK viele Oktette", "has other facts"),
        ("-ERR Log in first.", "-ERR .", "is no sentence"),
        ("-ERR Log in first.", "-ERR Erst\r\n-ERR anmelden.", "is no sentence"),
        ("-ERR Log in first.", "-ERR Erst anmelden", "is no sentence"),
        ("-ERR Log in first.", f"-ERR {'Ä' * 253}.", "is too long"),
    ],
)
def test_each_mistake_in_a_catalogue_is_named(text: str, said: str | None, fault: str) -> None:
    """One entry that is missing, left over, of another shape or too long is seen."""
    good = LANGUAGES[Tag.DE].texts
    broken = {key: value for key, value in good.items() if key != text}
    if said is not None:
        broken[text] = said

    [found] = faults(broken)
    assert fault in found


def test_a_line_of_the_largest_size_is_not_too_long() -> None:
    """The limit is that of the standard: 512 octets with the end of the line."""
    text = "-ERR Log in first."
    longest = {**LANGUAGES[Tag.DE].texts, text: f"-ERR {'x' * 504}."}

    assert [*faults(longest)] == []
    assert [*faults({**longest, text: f"-ERR {'x' * 505}."})]


def test_english_is_what_the_declaration_says() -> None:
    """English needs no catalogue."""
    assert not LANGUAGES[Tag.EN].texts


def test_every_language_stands_under_its_tag() -> None:
    """Three languages, each found by the tag that it has, in the order of the listing."""
    assert [language.tag for language in LANGUAGES.values()] == [*LANGUAGES] == [*Tag]
    assert len(LANGUAGES) == 3


@pytest.mark.rfc("6856-3.2-listing")
def test_the_listing_names_each_language_in_itself() -> None:
    """A line has the tag, a space and what the language calls itself, in UTF-8."""
    assert language_listing() == "en English\r\nde Deutsch\r\nfr Français\r\n.\r\n".encode()


@pytest.mark.rfc("6856-3.2-range")
@pytest.mark.parametrize(
    ("wanted", "tag"),
    [
        ("en", Tag.EN),
        ("DE", Tag.DE),
        ("De-aT", Tag.DE),
        ("fr-Latn-CA", Tag.FR),
        ("fr-x-private", Tag.FR),
        ("fr-a-b-c-d", Tag.FR),
        ("den", None),
        ("d", None),
        ("mul", None),
        ("sv", None),
        ("x-de", None),
        ("i-default", None),
        ("sv-de", None),
    ],
)
def test_a_range_is_looked_up(wanted: str, tag: Tag | None) -> None:
    """A range in any case finds its tag, or the tag that it begins with, and no other."""
    found = matching(wanted)

    assert (found and found.tag) == tag


@given(st.text(st.sampled_from("defrnx-"), max_size=12))
def test_what_is_found_begins_the_range(wanted: str) -> None:
    """Whatever is asked: the tag that is found is the range, or stands before its first dash."""
    found = matching(wanted)

    assert found is None or wanted == found.tag or wanted.startswith(f"{found.tag}-")
