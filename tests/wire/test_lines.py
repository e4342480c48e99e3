"""The cutting of lines, against a reference that sees the whole stream at once.

Decides that `requite.pop3.wire.lines` gives the same lines however the stream arrives, and keeps
no more than its limits. Refuses to read what a line says.
"""

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from requite.pop3.wire.lines import Line, LineFault, LineReader

# Small limits with the proportions of the real ones, so that short streams cross all of them.
LINE_OCTETS = 12
LONG_OCTETS = 24
SKIPPED_OCTETS = 40

PARTS = st.sampled_from(
    [b"\r\n", b"\n", b"\r", b"\0", b"\xff", b" ", b"x", b"AUTH", b"auth ", b"NOOP\r\n", b"x" * 7]
)
STREAMS = st.lists(PARTS, max_size=40).map(b"".join) | st.binary(max_size=120)
CUTS = st.lists(st.integers(0, 150), max_size=10)


def a_reader() -> LineReader:
    """Make a reader with the small limits."""
    return LineReader(sasl_line_octets=LONG_OCTETS, skipped_octets=SKIPPED_OCTETS)


def lines_of(pieces: Iterable[bytes], octets_max: int = LINE_OCTETS) -> list[Line]:
    """Feed a stream piece by piece and take each line as soon as it is there, as a session does."""
    reader = a_reader()
    lines: list[Line] = []
    for piece in pieces:
        reader.feed(piece)
        while (line := reader.next(octets_max)) is not None:
            lines.append(line)
            if line is LineFault.ENDLESS:
                return lines
    return lines


def reference(stream: bytes, octets_max: int = LINE_OCTETS) -> list[Line]:
    """Cut a whole stream: what a line and a fault are, in the words of the module's docstring."""
    *ended, open_end = stream.split(b"\n")
    lines: list[Line] = []
    for line in ended:
        limit = max(octets_max, LONG_OCTETS) if line[:4].upper() == b"AUTH" else octets_max
        octets = len(line) + 1
        if octets > SKIPPED_OCTETS:
            return [*lines, LineFault.ENDLESS]
        if octets > limit:
            lines.append(LineFault.TOO_LONG)
        else:
            lines.append(line.removesuffix(b"\r"))
    if len(open_end) > SKIPPED_OCTETS:
        lines.append(LineFault.ENDLESS)
    return lines


def pieces(stream: bytes, cuts: list[int]) -> list[bytes]:
    """Cut a stream at the given places, some of them twice or past the end."""
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    return [stream[start:end] for start, end in pairwise(edges)]


@given(STREAMS)
@example(b"AUTH PLAIN " + b"x" * 12 + b"\n")
@example(b"AUTH PLAIN " + b"x" * 13 + b"\n")
@example(b"x" * 40 + b"\nNOOP\r\n")
@example(b"x" * 39 + b"\nNOOP\r\n")
@example(b"x" * 41)
def test_a_whole_stream_is_cut_as_the_reference_cuts_it(stream: bytes) -> None:
    """Fed whole, a stream gives the lines and the faults that the reference finds in it."""
    assert lines_of([stream]) == reference(stream)


@given(STREAMS)
@example(b"AUTH PLAIN " + b"x" * 13 + b"\n")
@example(b"x" * 40 + b"\nNOOP\r\n")
@example(b"x" * 11 + b"\r\nNOOP\r\n")
def test_octet_by_octet_gives_the_same_lines(stream: bytes) -> None:
    """Fed one octet at a time, a stream gives the same lines and faults as fed whole."""
    assert lines_of(bytes([octet]) for octet in stream) == reference(stream)


@given(STREAMS, CUTS)
def test_where_the_stream_is_cut_never_shows(stream: bytes, cuts: list[int]) -> None:
    """Fed in any pieces, a stream gives the same lines and faults as fed whole."""
    assert lines_of(pieces(stream, cuts)) == reference(stream)


@given(STREAMS, CUTS)
def test_a_response_line_is_cut_at_its_own_limit(stream: bytes, cuts: list[int]) -> None:
    """With the limit of a SASL response any line may be that long, whatever it begins with."""
    assert lines_of(pieces(stream, cuts), LONG_OCTETS) == reference(stream, LONG_OCTETS)


@given(STREAMS, CUTS)
@example(b"x" * 41 + b"\n" * 30, [])
def test_no_more_is_kept_than_the_longest_line(stream: bytes, cuts: list[int]) -> None:
    """Once its lines are taken, a reader keeps less than one line of the longest kind."""
    reader = a_reader()
    for piece in pieces(stream, cuts):
        reader.feed(piece)
        line: Line | None = b""
        while line is not None:
            line = reader.next(LINE_OCTETS)
            if line is LineFault.ENDLESS:
                return  # The session ends here, and forgets.
        assert len(reader) < LONG_OCTETS


@given(STREAMS)
def test_a_line_is_announced_before_it_is_taken(stream: bytes) -> None:
    """Wherever a line or a fault can be taken from what was fed whole, `has_line` said so."""
    reader = a_reader()
    reader.feed(stream)
    for _ in stream:
        announced = reader.has_line
        line = reader.next(LINE_OCTETS)
        if line is None or line is LineFault.ENDLESS:
            break
        assert announced


@pytest.mark.parametrize(
    ("stream", "lines"),
    [
        (b"", []),
        (b"NOOP", []),
        (b"NOOP\r", []),
        (b"NOOP\r\n", [b"NOOP"]),
        (b"NOOP\n", [b"NOOP"]),
        (b"\r\n", [b""]),
        (b"\n\n", [b"", b""]),
        (b"NOOP\r\r\n", [b"NOOP\r"]),
        (b"NO\rOP\r\n", [b"NO\rOP"]),
        (b"NO\0OP\r\n\0\n", [b"NO\0OP", b"\0"]),
        (b"\xff\xfe\r\n", [b"\xff\xfe"]),
        (b"NOOP\r\nQUIT\r\nST", [b"NOOP", b"QUIT"]),
    ],
)
def test_written_out_lines(stream: bytes, lines: list[Line]) -> None:
    """Each case that a reader would ask about is cut as it says here."""
    assert lines_of([stream]) == lines


@pytest.mark.parametrize(
    ("octets", "line"),
    [(254, b"x" * 252), (255, b"x" * 253), (256, LineFault.TOO_LONG)],
)
def test_the_limit_counts_the_end_of_the_line(octets: int, line: Line) -> None:
    """A line of 255 octets with its CRLF is kept, one of 256 is skipped (RFC 2449 section 4)."""
    reader = LineReader(sasl_line_octets=12_288, skipped_octets=65_536)
    reader.feed(b"x" * (octets - 2) + b"\r\nNOOP\r\n")

    assert reader.next(255) == line
    assert reader.next(255) == b"NOOP"


@pytest.mark.rfc("2449-4-extended")
@pytest.mark.parametrize(("octets", "is_kept"), [(256, True), (12_288, True), (12_289, False)])
def test_auth_has_the_limit_of_a_response(octets: int, *, is_kept: bool) -> None:
    """AUTH with an initial response may have 12,288 octets, and not one more (RFC 5034)."""
    reader = LineReader(sasl_line_octets=12_288, skipped_octets=65_536)
    line = b"aUtH PLAIN ".ljust(octets - 2, b"x")
    reader.feed(line + b"\r\n")

    assert reader.next(255) == (line if is_kept else LineFault.TOO_LONG)


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize(
    ("octets", "fault"), [(65_536, LineFault.TOO_LONG), (65_537, LineFault.ENDLESS)]
)
def test_a_line_is_endless_one_octet_past_its_limit(
    octets: int, fault: LineFault, *, at_once: bool
) -> None:
    """A line of 65,536 octets is skipped to its end; a longer one is endless."""
    reader = LineReader(sasl_line_octets=12_288, skipped_octets=65_536)
    stream = b"x" * (octets - 1) + b"\n"
    found = []
    for piece in [stream] if at_once else [stream[at : at + 999] for at in range(0, octets, 999)]:
        reader.feed(piece)
        found.append(reader.next(255))

    assert [line for line in found if line is not None] == [fault]


def test_what_is_skipped_is_not_kept() -> None:
    """While an overlong line goes on, nothing of it is held in memory."""
    reader = LineReader(sasl_line_octets=12_288, skipped_octets=65_536)
    kept = []
    for _ in range(60):
        reader.feed(b"x" * 1000)
        assert reader.next(255) is None
        kept.append(len(reader))

    assert kept == [0] * 60


def test_forgetting_drops_all_and_begins_anew() -> None:
    """After `forget` nothing that was fed before is seen, be it half a line or a skipped one."""
    for before in (b"STAT\r\nHALF A LI", b"x" * 30):
        reader = a_reader()
        reader.feed(before)
        if before.startswith(b"x"):
            assert reader.next(LINE_OCTETS) is None
        reader.forget()
        reader.feed(b"NE\r\n")

        assert len(reader) == 4
        assert reader.next(LINE_OCTETS) == b"NE"
        assert reader.next(LINE_OCTETS) is None
