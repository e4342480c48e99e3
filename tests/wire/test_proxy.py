"""The header of a proxy, good and bad, whole and in pieces.

Decides that `requite.pop3.wire.proxy` reads what the PROXY protocol allows and nothing else, and
gives back what follows. Refuses to say whose header is believed.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address
from itertools import pairwise
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from requite.pop3.wire.proxy import (
    HEADER_OCTETS_MAX,
    TEXT_OCTETS_MAX,
    Header,
    HeaderReader,
    Unreadable,
)

Address: TypeAlias = IPv4Address | IPv6Address

SIGNATURE = bytes.fromhex("0d0a0d0a000d0a515549540a")
FOUR = bytes.fromhex("c0000201 c6336401 c001 006e".replace(" ", ""))
SIX = bytes.fromhex("20010db8" + "00" * 11 + "01" + "20010db8" + "00" * 11 + "02" + "c001006e")
V4, V6 = ip_address("192.0.2.1"), ip_address("2001:db8::1")
REST = (b"", b"CAPA\r\n", b"\x16\x03\x01", b"PROXY UNKNOWN\r\n", SIGNATURE)
LONGEST = (
    b"PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
    b"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n"
)
"""Section 2.1 gives it as the worst case."""


def binary(command: int, family: int, block: bytes, *, octets: int | None = None) -> bytes:
    """Write a header of version 2, with a false length if one is given."""
    length = len(block) if octets is None else octets
    return SIGNATURE + bytes([command, family]) + length.to_bytes(2, "big") + block


GOOD: tuple[tuple[bytes, Address | None, bool], ...] = (
    (b"PROXY TCP4 192.0.2.1 198.51.100.1 49153 110\r\n", V4, False),
    (b"PROXY TCP4 192.0.2.1 198.51.100.1 0 65535\r\n", V4, False),
    (b"PROXY TCP6 2001:db8::1 2001:db8::2 49153 110\r\n", V6, False),
    (b"PROXY TCP6 2001:DB8:0:0:0:0:0:1 ::1 49153 110\r\n", V6, False),
    (b"PROXY UNKNOWN\r\n", None, False),
    (b"PROXY UNKNOWN \r\n", None, False),
    (b"PROXY UNKNOWN what\never\r it \xff is\r\n", None, False),
    (LONGEST, None, False),
    (binary(0x21, 0x11, FOUR), V4, False),
    (binary(0x21, 0x21, SIX), V6, False),
    (binary(0x21, 0x11, FOUR + b"\x04\x00\x01\x00"), V4, False),
    (binary(0x21, 0x11, FOUR + b"a broken TLV"), V4, False),
    (binary(0x20, 0x00, b""), None, True),
    (binary(0x20, 0x11, FOUR), None, True),
    (binary(0x20, 0xFF, b"whatever"), None, True),
    (binary(0x21, 0x00, b""), None, False),
    (binary(0x21, 0x00, b"whatever"), None, False),
    (binary(0x21, 0x12, FOUR), None, False),
    (binary(0x21, 0x22, SIX), None, False),
    (binary(0x21, 0x31, bytes(216)), None, False),
    (binary(0x21, 0x32, bytes(216)), None, False),
    (binary(0x21, 0x11, FOUR + bytes(HEADER_OCTETS_MAX - 28)), V4, False),
)
BAD: tuple[bytes, ...] = (
    b"CAPA\r\n",
    b"x",
    b"proxy TCP4",
    b"PROXY\tTCP4",
    b"PROXYTCP4",
    b"PROXY TCP4\r\n",
    b"PROXY  TCP4 192.0.2.1 198.51.100.1 49153 110\r\n",
    b"PROXY TCP4 192.0.2.1 198.51.100.1 49153\r\n",
    b"PROXY TCP4 192.0.2.1 198.51.100.1 49153 110 \r\n",
    b"PROXY TCP4 192.0.2.1 198.51.100.1 49153 110 7\r\n",
    b"PROXY TCP4 192.0.2.1  198.51.100.1 49153 110\r\n",
    b"PROXY TCP4 192.0.2.1 198.51.100.1 65536 110\r\n",
    b"PROXY TCP4 192.0.2.1 198.51.100.1 49153 65536\r\n",
    b"PROXY TCP4 192.0.2.1 198.51.100.1 049153 110\r\n",
    b"PROXY TCP4 192.0.2.1 198.51.100.1 00 110\r\n",
    b"PROXY TCP4 192.0.2.1 198.51.100.1 +1 110\r\n",
    b"PROXY TCP4 192.0.2.1 198.51.100.1 -1 110\r\n",
    b"PROXY TCP4 192.0.2.1 198.51.100.1 1_0 110\r\n",
    b"PROXY TCP4 192.0.2.1 198.51.100.1 \xd9\xa1 110\r\n",
    b"PROXY TCP4 192.0.2.01 198.51.100.1 49153 110\r\n",
    b"PROXY TCP4 192.0.2 198.51.100.1 49153 110\r\n",
    b"PROXY TCP4 192.0.2.256 198.51.100.1 49153 110\r\n",
    b"PROXY TCP4 192.0.2.1 198.51.100 49153 110\r\n",
    b"PROXY TCP4 192.0.2.1\n 198.51.100.1 49153 110\r\n",
    b"PROXY TCP4 2001:db8::1 2001:db8::2 49153 110\r\n",
    b"PROXY TCP4 mail.example 198.51.100.1 49153 110\r\n",
    b"PROXY TCP6 192.0.2.1 198.51.100.1 49153 110\r\n",
    b"PROXY TCP6 fe80::1%eth0 2001:db8::2 49153 110\r\n",
    b"PROXY TCP6 2001:db8::1 fe80::1%1 49153 110\r\n",
    b"PROXY TCP5 192.0.2.1 198.51.100.1 49153 110\r\n",
    b"PROXY tcp4 192.0.2.1 198.51.100.1 49153 110\r\n",
    b"PROXY UNKNOWNS\r\n",
    b"PROXY unknown\r\n",
    b"PROXY \r\n",
    b"PROXY UNKNOWN\n" + b"x" * 100,
    LONGEST[:-2] + b" \r\n",
    b"\r\n\r\n\x00\r\nQUIT\r",
    b"\r\n\r\nCAPA",
    binary(0x11, 0x11, FOUR),
    binary(0x31, 0x11, FOUR),
    binary(0x22, 0x11, FOUR),
    binary(0x2F, 0x11, FOUR),
    binary(0x21, 0x10, FOUR),
    binary(0x21, 0x13, FOUR),
    binary(0x21, 0x41, SIX),
    binary(0x21, 0x01, FOUR),
    binary(0x21, 0x11, FOUR[:-1]),
    binary(0x21, 0x11, b""),
    binary(0x21, 0x21, FOUR),
    binary(0x21, 0x21, SIX[:-1]),
    binary(0x21, 0x11, FOUR + bytes(HEADER_OCTETS_MAX - 27)),
    binary(0x20, 0x00, b"", octets=HEADER_OCTETS_MAX - 15),
    binary(0x21, 0x11, FOUR, octets=65_535),
)


def read(pieces: Iterable[bytes]) -> Header | str | None:
    """Feed piece by piece, as a connection does; what comes after the header is the client's."""
    reader = HeaderReader()
    found: Header | None = None
    rest = b""
    try:
        for piece in pieces:
            if found is None:
                found = reader.feed(piece)
            else:
                rest += piece
    except Unreadable as error:
        return str(error)
    return found and Header(found.source, local=found.local, rest=found.rest + rest)


def every_way(stream: bytes) -> Iterable[list[bytes]]:
    """Give a stream whole, byte by byte, and split in two at each of its first places."""
    yield [stream]
    yield [stream[at : at + 1] for at in range(len(stream))]
    for at in range(min(len(stream), 260)):
        yield [stream[:at], stream[at:]]


@pytest.mark.rfc(
    "PROXY-2-versions",
    "PROXY-2-partial",
    "PROXY-2.1-form",
    "PROXY-2.1-unknown",
    "PROXY-2.1-accepted",
    "PROXY-2.2-local",
    "PROXY-2.2-unspecified",
    "PROXY-2.2-length",
    "PROXY-2.2-more",
)
@pytest.mark.parametrize(("header", "source", "local"), GOOD, ids=range(len(GOOD)))
@pytest.mark.parametrize("rest", REST, ids=repr)
def test_a_header_is_read_and_what_follows_is_given_back(
    header: bytes, source: Address | None, rest: bytes, *, local: bool
) -> None:
    """However it arrives, a header names its address, and not an octet behind it is lost."""
    expected = Header(source, local=local, rest=rest)

    assert all(read(pieces) == expected for pieces in every_way(header + rest))


@pytest.mark.rfc(
    "PROXY-2.1-form",
    "PROXY-2.1-end",
    "PROXY-2.2-version",
    "PROXY-2.2-command",
    "PROXY-2.2-family",
    "PROXY-2.2-neither",
)
@pytest.mark.parametrize("sent", BAD, ids=range(len(BAD)))
def test_what_is_no_header_is_refused(sent: bytes) -> None:
    """However it arrives, what is no header is refused, always with the same reason."""
    reason = read([sent])

    assert isinstance(reason, str)
    assert all(read(pieces) == reason for pieces in every_way(sent))


@pytest.mark.rfc("PROXY-2.1-end", "PROXY-2.2-whole")
@pytest.mark.parametrize("header", [case[0] for case in GOOD], ids=range(len(GOOD)))
def test_an_unfinished_header_asks_for_more(header: bytes) -> None:
    """Every beginning of a header is the beginning of one: nobody is refused too early."""
    assert all(read([header[:at]]) is None for at in range(min(len(header), 300)))


@pytest.mark.rfc("PROXY-2.1-longest", "PROXY-2.1-endless")
def test_a_line_may_have_107_octets_and_no_more() -> None:
    """The longest line of the specification is read; one octet more is refused before its end."""
    assert len(LONGEST) == TEXT_OCTETS_MAX
    assert isinstance(read([LONGEST]), Header)
    assert read([LONGEST[:-2] + b"1"]) is None
    assert isinstance(read([LONGEST[:-2] + b"12"]), str)


@pytest.mark.rfc("PROXY-2.2-length")
def test_a_header_too_long_is_refused_at_its_length() -> None:
    """Nothing of a block that is too long is waited for, nor kept."""
    assert isinstance(read([binary(0x20, 0x00, b"", octets=HEADER_OCTETS_MAX - 15)]), str)
    assert read([binary(0x20, 0x00, b"", octets=HEADER_OCTETS_MAX - 16)]) is None


# --- any header --------------------------------------------------------------------------------

PORTS = st.integers(0, 65_535)
PAIRS = st.tuples(st.ip_addresses(v=4), st.ip_addresses(v=4)) | st.tuples(
    st.ip_addresses(v=6), st.ip_addresses(v=6)
)
CUTS = st.lists(st.integers(0, 200), max_size=8)


def cut(stream: bytes, cuts: list[int]) -> list[bytes]:
    """Cut a stream into pieces."""
    places = [0, *sorted(min(place, len(stream)) for place in cuts), len(stream)]
    return [stream[start:end] for start, end in pairwise(places)]


@pytest.mark.rfc("PROXY-2.1-form")
@given(PAIRS, PORTS, PORTS, st.binary(max_size=40), CUTS)
def test_any_address_comes_back_from_the_text(
    pair: tuple[Address, Address], source: int, target: int, rest: bytes, cuts: list[int]
) -> None:
    """What is written as version 1 says is read as it was meant."""
    line = f"PROXY TCP{pair[0].version} {pair[0]} {pair[1]} {source} {target}\r\n".encode()

    assert read(cut(line + rest, cuts)) == Header(pair[0], local=False, rest=rest)


@pytest.mark.rfc("PROXY-2.2-proxy")
@given(PAIRS, st.binary(min_size=4, max_size=40), st.binary(max_size=40), CUTS)
def test_any_address_comes_back_from_the_binary_form(
    pair: tuple[Address, Address], ports_and_more: bytes, rest: bytes, cuts: list[int]
) -> None:
    """What is written as version 2 says is read as it was meant, with anything behind the ports."""
    family = 0x11 if pair[0].version == 4 else 0x21
    header = binary(0x21, family, pair[0].packed + pair[1].packed + ports_and_more)

    assert read(cut(header + rest, cuts)) == Header(pair[0], local=False, rest=rest)


@pytest.mark.rfc("PROXY-2.2-whole")
@given(
    st.sampled_from([b"", b"PROXY ", b"PROXY TCP4 ", SIGNATURE, SIGNATURE + b"\x21\x11"]),
    st.binary(max_size=120),
    CUTS,
)
def test_anything_is_read_the_same_in_any_pieces(
    beginning: bytes, more: bytes, cuts: list[int]
) -> None:
    """No octets bring about anything but a header, a refusal or the wish for more."""
    stream = beginning + more

    assert read(cut(stream, cuts)) == read([stream])
