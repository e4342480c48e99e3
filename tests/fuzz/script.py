"""What a fuzzed input says: how a server is set up, what a client sends, and what happens.

Decides how octets are read as a story, so that any octets are one and most stories can be read by
people. A first line of small letters sets things up, each letter one (`FLAGS`). The rest is sent
as it stands, but for `^` with one more octet, which is something that happens (`HAPPENS`).
"""

import base64
import re
from dataclasses import dataclass
from typing import Final, TypeAlias

__all__ = ("FLAGS", "HAPPENS", "SENDS", "Happening", "Piece", "Script", "read_script")

FLAGS: Final = {
    "a": "APOP is offered",
    "b": "somebody else holds the maildrop",
    "c": "the server has no room for a connection",
    "d": "the account has logged in too short a time ago",
    "f": "no password may travel in the clear",
    "l": "services answer later",
    "m": "the disk fails while a long message is read",
    "n": "nobody has keys for SCRAM",
    "p": "a proxy connects first",
    "r": "the account has no slot left",
    "s": "the client is no proxy that is trusted",
    "t": "the server has a certificate",
    "u": "the mailbox is set up wrong",
    "w": "whoever drops a connection during a handshake hears of no error",
    "x": "the bounds are tight",
    "z": "TLS comes first",
}
"""What each letter of the first line sets up; others set nothing up."""

ESCAPE: Final = ord("^")
OPENS: Final = ord("{")
CLOSES: Final = b"^}"

HAPPENS: Final = {
    "|": "a read ends here, and everything settles, as it does wherever nothing else is said",
    ",": "a read ends here, and the next thing happens before anything is read",
    ".": "one turn of the loop passes, and the next thing happens before the rest",
    "1": "a second passes",
    "2": "half a minute passes",
    "3": "an hour passes",
    "v": "a service answers",
    "e": "a service fails",
    "c": "a service gives its answer up",
    "q": "the client stops taking what is sent",
    "o": "the client takes some of what is sent",
    "g": "the client takes everything again",
    "h": "the client sends no more",
    "r": "the client resets the connection",
    "k": "an administrator ends the session",
    "d": "the server drains",
    "y": "a TLS handshake is agreed",
    "n": "a TLS handshake fails",
}
"""What `^` and one of these octets make happen."""

SENDS: Final = {
    "i": "the first message of SCRAM, in base64",
    "j": "the first message of SCRAM with channel binding, in base64",
    "p": "the right proof for the last challenge, in base64",
    "a": "the right digest for the timestamp of the greeting",
    "^": "the octet itself",
}
"""What `^` and one of these octets send. What stands between `^{` and `^}` is sent in base64."""

HAPPENING_OCTETS: Final = {ord(letter): letter for letter in HAPPENS}
SENDING_OCTETS: Final = {ord(letter): letter for letter in SENDS}
HEAD: Final = re.compile(rb"([a-z]{0,32})\n")
"""Small letters alone; anything else is sent."""
PIECES_MAX: Final = 256
"""So that no input is a story of thousands of events; octets that are sent count once."""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happens, or that is sent and depends on what came before."""

    letter: str


Piece: TypeAlias = bytes | Happening


@dataclass(frozen=True, slots=True)
class Script:
    """A story."""

    flags: frozenset[str]
    pieces: tuple[Piece, ...]


def read_script(octets: bytes) -> Script:
    r"""Read any octets as a story.

    Example:
        >>> read_script(b"l\nUSER alice\n^v").pieces
        (b'USER alice\n', Happening(letter='v'))
    """
    found = HEAD.match(octets)
    head, body = (found[1], octets[found.end() :]) if found else (b"", octets)
    return Script(frozenset(head.decode("ascii")) & FLAGS.keys(), tuple(_pieces(body)))


def _pieces(body: bytes) -> list[Piece]:
    pieces: list[Piece] = []
    at = 0
    while at < len(body) and len(pieces) < PIECES_MAX:
        piece, at = _piece(body, at)
        pieces.append(piece)
    return pieces


def _piece(body: bytes, at: int) -> tuple[Piece, int]:
    """Read what stands somewhere, and say where the next piece begins."""
    if body[at] != ESCAPE:
        end = body.find(ESCAPE, at)
        end = len(body) if end < 0 else end
        return body[at:end], end
    octet = body[at + 1] if at + 1 < len(body) else ESCAPE
    if octet == OPENS:
        end = body.find(CLOSES, at)
        end = len(body) if end < 0 else end
        return base64.b64encode(body[at + 2 : end]), end + len(CLOSES)
    letter = HAPPENING_OCTETS.get(octet) or SENDING_OCTETS.get(octet)
    if letter is None or letter == "^":
        return body[at + 1 : at + 2] if letter else body[at : at + 2], at + 2
    return Happening(letter), at + 2
