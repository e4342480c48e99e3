"""The stored form and the wire form, against a reference that goes octet by octet.

Decides that `requite.pop3.wire.content` sends and counts what RFC 1939 says, wherever the chunks
are cut. Refuses to look at files or sockets.
"""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from requite.pop3.wire.content import (
    StoredForm,
    TopForm,
    WireForm,
    WireOctets,
    top_form,
    wire_form,
    wire_octets,
)

# Few octets, so that the ones that matter meet: line ends, dots, NUL, 8-bit, a letter.
AWKWARD = st.lists(
    st.sampled_from([b"\r", b"\n", b"\r\n", b".", b"\0", b"\xff", b"a", b"\n\n", b"\r\n\r\n"]),
    max_size=24,
).map(b"".join)
CUTS = st.lists(st.integers(0, 50), max_size=8)
LINES = st.integers(0, 6)


def reference_lines(stored: bytes) -> list[bytes]:
    """Give the lines of a message without their ends, by reading one octet after the other."""
    lines: list[bytes] = []
    line = bytearray()
    pending_return = False
    for octet in stored:
        if octet == 10:
            lines.append(bytes(line))
            line.clear()
            pending_return = False
            continue
        if pending_return:
            line.append(13)
        pending_return = octet == 13
        if not pending_return:
            line.append(octet)
    if pending_return:
        line.append(13)
    if line:
        lines.append(bytes(line))
    return lines


def reference_answer(lines: list[bytes]) -> bytes:
    """Write lines as a multi-line answer (RFC 1939 section 3)."""
    sent = bytearray()
    for line in lines:
        if line[:1] == b".":
            sent += b"."
        sent += line
        sent += b"\r\n"
    return bytes(sent + b".\r\n")


def reference_top(lines: list[bytes], wanted: int) -> list[bytes]:
    """Give the header, the blank line and the first lines of the body."""
    if b"" not in lines:
        return lines
    return lines[: lines.index(b"") + 1 + wanted]


def pieces(stored: bytes, cuts: list[int]) -> list[bytes]:
    """Cut a message at the given places, some of them twice or past the end."""
    edges = [0, *sorted(min(cut, len(stored)) for cut in cuts), len(stored)]
    return [stored[start:end] for start, end in pairwise(edges)]


@pytest.mark.rfc("1939-3-end")
@given(AWKWARD)
def test_a_whole_message_is_sent_as_the_reference_sends_it(stored: bytes) -> None:
    """The wire form of a message is its lines, each ended by CRLF and dot-stuffed."""
    assert wire_form(stored) == reference_answer(reference_lines(stored))


@given(AWKWARD, CUTS)
def test_where_the_chunks_are_cut_never_shows(stored: bytes, cuts: list[int]) -> None:
    """Feeding a message in any pieces sends the same octets as feeding it whole."""
    form = WireForm()
    sent = b"".join(form.feed(piece) for piece in pieces(stored, cuts)) + form.finish()

    assert sent == wire_form(stored)


@given(AWKWARD)
def test_octet_by_octet_gives_the_same(stored: bytes) -> None:
    """Feeding one octet at a time sends the same octets as feeding the message whole."""
    form = WireForm()
    sent = b"".join(form.feed(bytes([octet])) for octet in stored) + form.finish()

    assert sent == wire_form(stored)


@given(AWKWARD)
def test_the_size_is_what_is_sent_before_stuffing(stored: bytes) -> None:
    """The counted octets are those of the lines with CRLF, without any stuffing or final dot."""
    expected = sum(len(line) + 2 for line in reference_lines(stored))

    assert wire_octets(stored) == expected


@given(AWKWARD, CUTS)
def test_counting_in_pieces_counts_the_same(stored: bytes, cuts: list[int]) -> None:
    """The count does not depend on where the chunks are cut."""
    count = WireOctets()
    for piece in pieces(stored, cuts):
        count.feed(piece)

    assert count.octets == wire_octets(stored)


@given(AWKWARD, LINES)
def test_top_sends_the_header_and_some_lines(stored: bytes, lines: int) -> None:
    """TOP sends the header, the blank line and as many lines of the body as were asked for."""
    expected = reference_answer(reference_top(reference_lines(stored), lines))

    assert top_form(stored, lines) == expected


@given(AWKWARD, LINES, CUTS)
def test_top_does_not_show_where_the_chunks_are_cut(
    stored: bytes, lines: int, cuts: list[int]
) -> None:
    """TOP of a message fed in any pieces is TOP of the whole message."""
    form = TopForm(lines)
    sent = b"".join(form.feed(piece) for piece in pieces(stored, cuts)) + form.finish()

    assert sent == top_form(stored, lines)


@pytest.mark.rfc("1939-7-top-more")
@given(AWKWARD)
def test_top_of_very_many_lines_is_retr(stored: bytes) -> None:
    """TOP with 99999999 lines sends what RETR sends: fetchmail reads all its mail that way."""
    assert top_form(stored, 99_999_999) == wire_form(stored)


@given(AWKWARD, CUTS)
def test_a_message_stored_as_wire_needs_no_line_ends(stored: bytes, cuts: list[int]) -> None:
    """With the promise that all line ends are CRLF, the same octets are sent."""
    canonical = b"".join(line + b"\r\n" for line in reference_lines(stored))
    form = WireForm(stored_as_wire=True)
    sent = b"".join(form.feed(piece) for piece in pieces(canonical, cuts)) + form.finish()

    assert sent == wire_form(stored)


@given(AWKWARD)
def test_equal_sizes_mean_stored_as_wire(stored: bytes) -> None:
    """A message is as long as its wire form only if it is its wire form."""
    canonical = b"".join(line + b"\r\n" for line in reference_lines(stored))

    assert (wire_octets(stored) == len(stored)) == (canonical == stored)


@pytest.mark.rfc("1939-3-stuffing")
@pytest.mark.parametrize(
    ("stored", "sent"),
    [
        (b"", b".\r\n"),
        (b"\n", b"\r\n.\r\n"),
        (b"\r", b"\r\r\n.\r\n"),
        (b"\r\r\n", b"\r\r\n.\r\n"),
        (b".", b"..\r\n.\r\n"),
        (b".\n", b"..\r\n.\r\n"),
        (b".\r\n.\r\n", b"..\r\n..\r\n.\r\n"),
        (b"a\r.b\n", b"a\r.b\r\n.\r\n"),
        (b"a\0\xff", b"a\0\xff\r\n.\r\n"),
        (b"a\nb\r\nc", b"a\r\nb\r\nc\r\n.\r\n"),
    ],
)
def test_written_out_cases(stored: bytes, sent: bytes) -> None:
    """Each case that a reader would ask about is sent as it says here."""
    assert wire_form(stored) == sent


@pytest.mark.parametrize(
    ("stored", "lines", "sent"),
    [
        (b"S: x\n\nbody\n", 0, b"S: x\r\n\r\n.\r\n"),
        (b"S: x\n\nbody\n", 1, b"S: x\r\n\r\nbody\r\n.\r\n"),
        (b"S: x\n\n.a\n.b\n", 1, b"S: x\r\n\r\n..a\r\n.\r\n"),
        (b"S: x\n", 0, b"S: x\r\n.\r\n"),
        (b"S: x", 5, b"S: x\r\n.\r\n"),
        (b"\nbody", 0, b"\r\n.\r\n"),
        (b"\nbody", 1, b"\r\nbody\r\n.\r\n"),
        (b"", 0, b".\r\n"),
        (b"S: x\n\r\r\n\nb", 0, b"S: x\r\n\r\r\n\r\n.\r\n"),
    ],
)
def test_written_out_tops(stored: bytes, lines: int, sent: bytes) -> None:
    """Each case of TOP that a reader would ask about is sent as it says here."""
    assert top_form(stored, lines) == sent


def test_top_says_when_to_stop_reading() -> None:
    """Once the wanted lines are out, TOP is complete and gives nothing for what is fed after."""
    form = TopForm(1)
    assert not form.complete

    sent = form.feed(b"S: x\n\none\ntwo\n")

    assert form.complete
    assert sent + form.feed(b"three\n") == b"S: x\r\n\r\none\r\n"


@given(AWKWARD, CUTS)
def test_what_was_converted_is_counted_as_list_counts(stored: bytes, cuts: list[int]) -> None:
    """RETR, and a TOP that asks for everything, know the octets of what they have sent."""
    retr, top = WireForm(), TopForm(99)
    for piece in pieces(stored, cuts):
        retr.feed(piece)
        top.feed(piece)

    assert retr.octets == wire_octets(stored)
    assert top.octets == wire_octets(stored) or top.complete


@given(AWKWARD, CUTS)
def test_what_is_sent_as_stored_needs_no_looking_at(stored: bytes, cuts: list[int]) -> None:
    """A message of which the count says so is sent the same without a look, and counted too."""
    count = WireOctets()
    count.feed(stored)
    form = StoredForm()
    sent = b"".join(map(form.feed, pieces(stored, cuts))) + form.finish()

    assert count.sent_as_stored is (sent == wire_form(stored))
    assert form.octets == len(stored)


def test_octets_that_pass_by_are_counted() -> None:
    """What the kernel sends by itself is part of the message."""
    form = StoredForm()
    form.feed(b"a\r\n")
    form.pass_by(7)

    assert form.octets == 10
