"""Texts in a picture fit where they are to stand, and no letter of them is lost."""

import pytest

from requite.model.derive.drawing.words import Span, flowed, width_of_line


@pytest.mark.parametrize("room", [40.0, 90.0, 300.0])
@pytest.mark.parametrize(
    "text", ["a few short words", "A_NAME_WITH_JOINTS and more", "ONEWITHOUTANYJOINTATALL"]
)
def test_every_line_fits_and_no_letter_is_lost(text: str, room: float) -> None:
    """Lines are no wider than the room, and together they are the text."""
    lines = flowed([Span("name", text), Span("quiet", text)], 12, room)
    letters = "".join(span.text for line in lines for span in line)

    assert all(width_of_line(line, 12) <= room for line in lines)
    assert letters.replace(" ", "") == (text * 2).replace(" ", "")


def test_pieces_keep_their_style_and_title_where_a_line_breaks() -> None:
    """A piece that is broken is told as the same thing on both lines; pieces are not mixed."""
    lines = flowed([Span("quiet", "on"), Span("event", "one two", "first")], 12, 48)

    assert [[(span.style, span.text, span.title) for span in line] for line in lines] == [
        [("quiet", "on", ""), ("event", " one", "first")],
        [("event", "two", "first")],
    ]
