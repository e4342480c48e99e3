"""The header with which a proxy says for whom it connects: PROXY protocol, versions 1 and 2.

Decides what is a header, where it ends, and which address it names. Refuses to decide whose header
is believed, and to keep more of what comes first than a header may have: what follows the header is
the client's, and is given back untouched.

The reader is our own, because the one typed library for it, proxy-protocol 0.11.3, takes what the
specification forbids (ports such as `+1` and `007`, scoped addresses, lines of any length, families
that do not exist), and does not say where a header ended.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Final, TypeAlias

__all__ = ("HEADER_OCTETS_MAX", "TEXT_OCTETS_MAX", "Header", "HeaderReader", "Unreadable")

Address: TypeAlias = IPv4Address | IPv6Address

TEXT_OCTETS_MAX: Final = 107
"""PROXY protocol section 2.1: the longest line of version 1, with its CRLF."""
HEADER_OCTETS_MAX: Final = 16_384
"""A header of version 2 may have 65,551 octets; HAProxy itself takes one of at most its buffer,
which has 16,384 by default. Senders are asked to stay below 536 (section 2)."""

TEXT: Final = b"PROXY "
SIGNATURE: Final = b"\r\n\r\n\x00\r\nQUIT\n"
PREFIX_OCTETS: Final = len(SIGNATURE) + 4
"""The signature, version and command, family and transport, and the length of the rest."""
LOCAL: Final = 0x20
PROXY: Final = 0x21
ADDRESSES: Final[dict[int, tuple[int, type[Address]]]] = {
    0x11: (4, IPv4Address),
    0x21: (16, IPv6Address),
}
"""TCP over IPv4 and over IPv6: the octets of an address."""
NO_ADDRESS: Final = (0, None)
PORTS_OCTETS: Final = 4
NOT_FOR_US: Final = frozenset({0x00, 0x12, 0x22, 0x31, 0x32})
"""UNSPEC, datagrams and Unix sockets: valid, and without an address that a limit could count."""

PORT: Final = rb"(?:0|[1-9][0-9]{0,4})"
NAMED: Final = re.compile(rb"TCP(?P<family>[46]) ([^ ]+) ([^ ]+) (" + PORT + rb") (" + PORT + rb")")
"""Section 2.1: one space between the parts; ports are decimal, and begin with no zero."""
UNNAMED: Final = re.compile(rb"UNKNOWN(?: .*)?", re.DOTALL)
"""Section 2.1: whatever stands between UNKNOWN and the CRLF is ignored."""
PORT_MAX: Final = 65_535
FAMILIES: Final[dict[bytes, type[Address]]] = {b"4": IPv4Address, b"6": IPv6Address}


@dataclass(frozen=True, slots=True)
class Header:
    """A whole header."""

    source: Address | None
    """The client's address, or None where the connection's own is to be used."""
    local: bool
    """Whether the proxy speaks for itself, as it does to see whether the server is there."""
    rest: bytes
    """What came behind the header: it is the client's."""


class Unreadable(Exception):  # noqa: N818 - it is what the peer sent, not an error of ours.
    """What came first is no header, whatever may follow; the text says why."""


class HeaderReader:
    r"""Takes octets as they come, until they are a header.

    Example:
        >>> reader = HeaderReader()
        >>> reader.feed(b"PROXY TCP4 192.0.2.1 192.0.2.9 49152 110\r")
        >>> reader.feed(b"\nCAPA\r\n")
        Header(source=IPv4Address('192.0.2.1'), local=False, rest=b'CAPA\r\n')
    """

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept = bytearray()

    def feed(self, received: bytes) -> Header | None:
        """Take what was received; None asks for more.

        Raises:
            Unreadable: no header can come of it.
        """
        self._kept += received
        kept = self._kept
        if kept.startswith(TEXT):
            return _read_text(kept)
        if kept.startswith(SIGNATURE):
            return _read_binary(kept)
        if TEXT.startswith(kept) or SIGNATURE.startswith(kept):
            return None
        raise Unreadable("it begins with neither signature")


def _read_text(kept: bytearray) -> Header | None:
    end = kept.find(b"\r\n", 0, TEXT_OCTETS_MAX)
    if end < 0:
        if len(kept) >= TEXT_OCTETS_MAX:
            raise Unreadable(f"its line has no end in {TEXT_OCTETS_MAX} octets")
        return None
    line = bytes(kept[len(TEXT) : end])
    rest = bytes(kept[end + 2 :])
    if UNNAMED.fullmatch(line):
        return Header(None, local=False, rest=rest)
    found = NAMED.fullmatch(line)
    if found is None or max(int(found[4]), int(found[5])) > PORT_MAX:
        raise Unreadable("its line names no two addresses and ports")
    family = FAMILIES[found["family"]]
    source, _ = (_address(text, family) for text in found.group(2, 3))
    return Header(source, local=False, rest=rest)


def _address(text: bytes, family: type[Address]) -> Address:
    try:
        if b"%" not in text:  # A scope means something on the proxy's machine only.
            return family(text.decode("ascii"))
    except ValueError:
        pass
    raise Unreadable("its line has an address that is none of its family")


def _read_binary(kept: bytearray) -> Header | None:
    if len(kept) < PREFIX_OCTETS:
        return None
    command, family = kept[len(SIGNATURE)], kept[len(SIGNATURE) + 1]
    end = PREFIX_OCTETS + int.from_bytes(kept[PREFIX_OCTETS - 2 : PREFIX_OCTETS], "big")
    if end > HEADER_OCTETS_MAX:
        raise Unreadable(f"it has {end} octets, more than {HEADER_OCTETS_MAX}")
    if command not in {LOCAL, PROXY}:
        raise Unreadable("its version or its command does not exist")
    # Section 2.2: the family of a LOCAL header is ignored.
    octets, kind = ADDRESSES.get(family, NO_ADDRESS) if command == PROXY else NO_ADDRESS
    if command == PROXY and kind is None and family not in NOT_FOR_US:
        raise Unreadable("its family or its transport does not exist")
    if kind is not None and end < PREFIX_OCTETS + 2 * octets + PORTS_OCTETS:
        raise Unreadable("it has no room for its addresses")
    if len(kept) < end:
        return None
    first = bytes(kept[PREFIX_OCTETS : PREFIX_OCTETS + octets])
    source = None if kind is None else kind(first)
    return Header(source, local=command == LOCAL, rest=bytes(kept[end:]))
