"""Whatever a reply or a reason says, the derived code says the same.

Decides that no character of a text is lost, doubled or taken for code on its way into the derived
machine. Derives the door with one text changed, runs what was derived, and listens.
"""

from dataclasses import replace
from typing import Any, Final

import pytest

from model.door import DOOR, Effect, Event, State, alter
from requite.model import Reply
from requite.model.derive.machine import machine
from requite.model.derive.origin import Origin

GUESTS: Final = 7


class Porter:
    """A shell that only remembers what it was told to say."""

    guests = GUESTS

    def __init__(self) -> None:
        self.said: list[str] = []
        self.told: list[tuple[str, dict[str, int]]] = []

    def send_reply(self, text: str, /, **facts: int) -> None:
        """Remember a reply."""
        self.told.append((text, facts))
        self.said.append(text.format(**facts) if facts else text)


def derived(**new: object) -> dict[str, Any]:
    """Return the module that is derived from a door whose refusal is changed so."""
    lifecycle = alter(State.ASKING, Event.KEY_REFUSED, **new)(DOOR).load()
    text = machine(lifecycle, Origin(lifecycle, "door:DOOR"))
    module: dict[str, Any] = {"__name__": "requite.generated.door"}
    exec(compile(text, "door", "exec"), module)  # noqa: S102 - our own derived text.
    return module


def spoken(text: str) -> list[str]:
    """Return what the derived code says where the declaration says this."""
    porter = Porter()
    derived(effects=(Reply(text),))["asking__key_refused"](porter)
    return porter.said


@pytest.mark.parametrize(
    "text",
    [
        "There is no key left.",
        "{guests} are in.",
        "{guests} of {guests}",
        "{guests:>4} are in.",
        'They say "no".',
        "It's full",
        "Both ' and \" in {guests}",
        "C:\\keys",
        "\\{guests}\\",
        "50 % full",
        "#{guests}",
        "Señor {guests} ☃",
        "{{literal}}",
        "{{{guests}}}",
        "only a closing }}",
    ],
)
def test_a_reply_is_said_as_it_was_written(text: str) -> None:
    """The derived code says the text with its facts filled in, and doubled braces as single."""
    assert spoken(text) == [text.format(guests=GUESTS)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{guests} of {guests:>4}", ("{guests} of {guests:>4}", {"guests": GUESTS})),
        ("{{{guests}}}", ("{{{guests}}}", {"guests": GUESTS})),
        ("There is no key left.", ("There is no key left.", {})),
        ("{{literal}}", ("{literal}", {})),
    ],
)
def test_a_shell_is_told_the_text_and_its_facts(text: str, told: tuple[str, object]) -> None:
    """A shell can say it in another language: it has the text as declared, and each fact once."""
    porter = Porter()
    derived(effects=(Reply(text),))["asking__key_refused"](porter)
    assert porter.told == [told]


@pytest.mark.parametrize(
    "why",
    [
        "It is so",
        'They say "no"',
        "It's a path: C:/keys",
        "50 % {guests} are in",
        "Señor ☃ said so",
        "The path is C:\\keys",
        'He said """no""" and left',
    ],
)
def test_a_reason_is_quoted_as_it_was_written(why: str) -> None:
    """The step and the docstring of its function carry the reason, character for character."""
    module = derived(why=why)
    step = next(s for s in module["EDGES"] if s.perform.__name__ == "asking__key_refused")
    assert step.why == why
    assert step.perform.__doc__.split("\n\n", 1)[1].strip() == f"{why}."


def test_an_effect_beside_a_reply_keeps_its_place() -> None:
    """Replies and orders are performed in the order in which the row has them."""
    effects = (Reply("One"), Effect.WAVE, Reply("Two"))

    class Waving(Porter):
        """A porter that waves, too."""

        def wave(self) -> None:
            """Remember that it waved."""
            self.said.append("(waves)")

    porter = Waving()
    derived(effects=effects)["asking__key_refused"](porter)
    assert porter.said == ["One", "(waves)", "Two"]


def test_a_shell_need_not_say_anything_where_no_row_does() -> None:
    """The protocol asks for `send_reply` only where some row has a reply."""
    speaking = DOOR.load()
    silent = speaking.with_edges(
        replace(edge, effects=tuple(e for e in edge.effects if not isinstance(e, Reply)))
        for edge in speaking.edges
    )
    assert "def send_reply(" in machine(speaking, Origin(speaking, "door:DOOR"))
    assert "send_reply" not in machine(silent, Origin(silent, "door:DOOR"))
