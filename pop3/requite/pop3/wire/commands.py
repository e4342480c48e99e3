"""Read a line as a command or as a SASL response.

Decides which event a line is, by its own words alone, and what it carries. Refuses to decide
whether the event may follow, and whether a message of that number is there. No I/O.
"""

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from requite.generated.pop3 import Event
from requite.pop3.apop import DIGEST
from requite.pop3.languages import Language, matching
from requite.pop3.login import LoginName, MalformedLogin, decode_base64, read_name
from requite.pop3.sasl import MECHANISMS, Mechanism
from requite.pop3.sasl.preparation import check_query
from requite.pop3.wire.lines import Line, LineFault

__all__ = ("Command", "read_command", "read_response")

RANGE: Final = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
"""RFC 4647 section 2.1: a basic language range that is not the star."""
DIGITS_MAX: Final = 4_000
"""No maildrop has so many messages; Python refuses to convert more than 4,300 digits at a time."""


class Command(NamedTuple):
    """What a line says: the event, and whatever it carries."""

    event: Event
    number: int = 0
    """The number of a message, 0 where the command names none."""
    lines: int | None = None
    """How many lines of the body TOP asks for; None asks for the whole message."""
    name: LoginName | None = None
    password: bytes = b""
    mechanism: Mechanism | None = None
    """With AUTH alone."""
    response: bytes | None = None
    """What stands in the base64 of a SASL message."""
    digest: bytes = b""
    """What APOP proves a secret by."""
    language: Language | None = None
    """With LANG alone; None asks for the one that the administrator prefers."""

    def __repr__(self) -> str:
        """Name the event alone: what it carries may be a secret."""
        return f"Command({self.event.name})"


EMPTY: Final = b"="
"""How an initial response of no octets is written."""
FAULTS: Final = {
    LineFault.TOO_LONG: Command(Event.LINE_TOO_LONG),
    LineFault.ENDLESS: Command(Event.LINE_ENDLESS),
}
UNKNOWN: Final = Command(Event.COMMAND_UNKNOWN)
MALFORMED: Final = Command(Event.COMMAND_MALFORMED)


def read_command(line: Line) -> Command:
    """Read a command line (RFC 1939 section 3: keyword, then arguments after one space)."""
    if isinstance(line, LineFault):
        return FAULTS[line]
    keyword, _, arguments = line.partition(b" ")
    read = KEYWORDS.get(keyword.upper())
    return UNKNOWN if read is None else read(arguments)


def read_response(line: Line) -> Command:
    """Read a line of a SASL exchange (RFC 5034 section 4).

    An empty response is an empty line; curl writes "=" instead, as behind AUTH, and means the same.
    """
    if isinstance(line, LineFault):
        return FAULTS[line]
    if line == b"*":
        return Command(Event.RESPONSE_CANCELLED)
    return _response(b"" if line == EMPTY else line, None)


# --- by the shape of the arguments ---------------------------------------------------------------

Read = Callable[[bytes], Command]


def _bare(event: Event) -> Read:
    """Return the reader of a command that takes no argument; spaces after it are forgiven."""
    command = Command(event)
    return lambda arguments: MALFORMED if arguments.strip(b" ") else command


def _numbered(event: Event) -> Read:
    """Return the reader of a command that takes the number of a message."""

    def read(arguments: bytes) -> Command:
        number = _number(arguments.strip(b" "))
        return MALFORMED if number is None else Command(event, number)

    return read


def _bare_or_numbered(bare: Event, numbered: Event) -> Read:
    read_bare, read_number = _bare(bare), _numbered(numbered)
    return lambda arguments: (read_number if arguments.strip(b" ") else read_bare)(arguments)


def _number(digits: bytes) -> int | None:
    """Read a number: digits alone, no sign."""
    return int(digits) if digits.isdigit() and len(digits) <= DIGITS_MAX else None


def _top(arguments: bytes) -> Command:
    """Read TOP (RFC 1939 section 7: the number of a message, then a number of lines)."""
    words = [word for word in arguments.split(b" ") if word]
    if len(words) != 2:  # noqa: PLR2004 - two numbers.
        return MALFORMED
    number, lines = _number(words[0]), _number(words[1])
    if number is None or lines is None:
        return MALFORMED
    return Command(Event.TOP_RECEIVED, number, lines)


def _user(arguments: bytes) -> Command:
    try:
        return Command(Event.USER_RECEIVED, name=_name(arguments))
    except MalformedLogin:
        return MALFORMED


def _pass(arguments: bytes) -> Command:
    """Read PASS (RFC 1939 section 7: spaces belong to the password)."""
    try:
        check_query(arguments)
    except MalformedLogin:
        return MALFORMED
    return Command(Event.PASS_RECEIVED, password=arguments)


def _name(sent: bytes) -> LoginName:
    """Read a name outside of SASL (RFC 6856 section 2.2: what SASLprep prohibits is refused)."""
    name = sent.strip(b" ")
    check_query(name)
    return read_name(name)


def _lang(arguments: bytes) -> Command:
    """Read LANG (RFC 6856 section 3: nothing, a basic language range, or a star)."""
    wanted = arguments.strip(b" ").decode("ascii", "replace")
    if not wanted:
        return Command(Event.LANGUAGES_ASKED)
    if wanted == "*":
        return Command(Event.LANGUAGE_CHOSEN)
    if not RANGE.fullmatch(wanted):
        return MALFORMED
    language = matching(wanted)
    if language is None:
        return Command(Event.LANGUAGE_UNKNOWN)
    return Command(Event.LANGUAGE_CHOSEN, language=language)


def _apop(arguments: bytes) -> Command:
    """Read APOP (RFC 1939 section 7: a name, then a digest; a name may have spaces, as in USER)."""
    name, _, digest = arguments.strip(b" ").rpartition(b" ")
    if not DIGEST.fullmatch(digest):
        return MALFORMED
    try:
        return Command(Event.APOP_RECEIVED, name=_name(name), digest=digest)
    except MalformedLogin:
        return MALFORMED


def _auth(arguments: bytes) -> Command:
    """Read AUTH (RFC 5034 section 4: a mechanism, an initial response, of which "=" is empty)."""
    name, _, initial = arguments.strip(b" ").partition(b" ")
    if not name:
        return Command(Event.MECHANISMS_ASKED)
    mechanism = MECHANISMS.get(name.upper())
    if mechanism is None:
        return Command(Event.MECHANISM_UNKNOWN)
    if not initial:
        return Command(Event.AUTH_RECEIVED, mechanism=mechanism)
    return _response(b"" if initial == EMPTY else initial, mechanism)


def _response(encoded: bytes, mechanism: Mechanism | None) -> Command:
    """Read the base64 of a SASL message; what is in it is the mechanism's to read."""
    try:
        response = decode_base64(encoded)
    except MalformedLogin:
        return Command(Event.RESPONSE_MALFORMED, mechanism=mechanism)
    return Command(Event.CREDENTIALS_RECEIVED, mechanism=mechanism, response=response)


KEYWORDS: Final[dict[bytes, Read]] = {
    b"USER": _user,
    b"PASS": _pass,
    b"APOP": _apop,
    b"AUTH": _auth,
    b"UTF8": _bare(Event.UTF8_RECEIVED),
    b"LANG": _lang,
    b"STLS": _bare(Event.STLS_RECEIVED),
    b"CAPA": _bare(Event.CAPA_RECEIVED),
    b"STAT": _bare(Event.STAT_RECEIVED),
    b"LIST": _bare_or_numbered(Event.LIST_RECEIVED, Event.SCAN_RECEIVED),
    b"UIDL": _bare_or_numbered(Event.UIDL_RECEIVED, Event.UNIQUE_ID_RECEIVED),
    b"RETR": _numbered(Event.RETR_RECEIVED),
    b"TOP": _top,
    b"DELE": _numbered(Event.DELE_RECEIVED),
    b"NOOP": _bare(Event.NOOP_RECEIVED),
    b"RSET": _bare(Event.RSET_RECEIVED),
    b"QUIT": _bare(Event.QUIT_RECEIVED),
}
"""What each keyword is read by (RFC 1939, RFC 2449, RFC 2595, RFC 5034, RFC 6856)."""
