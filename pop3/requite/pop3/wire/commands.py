"""Read a line as a command or as a SASL response.

Decides which event a line is, by its own words alone, and what it carries. Refuses to decide
whether the event may follow, and whether a message of that number is there. No I/O.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from requite.generated.pop3 import Event
from requite.pop3.apop import DIGEST
from requite.pop3.login import LoginName, MalformedLogin, decode_base64, read_name, read_plain
from requite.pop3.services import Credentials
from requite.pop3.wire.lines import Line, LineFault

__all__ = ("MECHANISMS", "Command", "read_command", "read_response")

MECHANISMS: Final = (b"PLAIN",)
"""The SASL mechanisms on offer, in the order of preference."""


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
    credentials: Credentials | None = None
    digest: bytes = b""
    """What APOP proves a secret by."""

    def __repr__(self) -> str:
        """Name the event alone: what it carries may be a secret."""
        return f"Command({self.event.name})"


FAULTS: Final = {
    LineFault.TOO_LONG: Command(Event.LINE_TOO_LONG),
    LineFault.ENDLESS: Command(Event.LINE_ENDLESS),
}
UNKNOWN: Final = Command(Event.COMMAND_UNKNOWN)
MALFORMED: Final = Command(Event.COMMAND_MALFORMED)
MALFORMED_RESPONSE: Final = Command(Event.RESPONSE_MALFORMED)


def read_command(line: Line) -> Command:
    """Read a command line (RFC 1939 section 3: keyword, then arguments after one space)."""
    if isinstance(line, LineFault):
        return FAULTS[line]
    keyword, _, arguments = line.partition(b" ")
    read = KEYWORDS.get(keyword.upper())
    return UNKNOWN if read is None else read(arguments)


def read_response(line: Line) -> Command:
    """Read a line of a SASL exchange (RFC 5034 section 4)."""
    if isinstance(line, LineFault):
        return FAULTS[line]
    if line == b"*":
        return Command(Event.RESPONSE_CANCELLED)
    return _plain(line)


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
    words = arguments.split()
    if len(words) != 2:  # noqa: PLR2004 - two numbers.
        return MALFORMED
    number, lines = _number(words[0]), _number(words[1])
    if number is None or lines is None:
        return MALFORMED
    return Command(Event.TOP_RECEIVED, number, lines)


def _user(arguments: bytes) -> Command:
    try:
        return Command(Event.USER_RECEIVED, name=read_name(arguments.strip(b" ")))
    except MalformedLogin:
        return MALFORMED


def _pass(arguments: bytes) -> Command:
    """Read PASS (RFC 1939 section 7: spaces belong to the password)."""
    return Command(Event.PASS_RECEIVED, password=arguments) if arguments else MALFORMED


def _apop(arguments: bytes) -> Command:
    """Read APOP (RFC 1939 section 7: a name, then a digest; a name may have spaces, as in USER)."""
    name, _, digest = arguments.strip(b" ").rpartition(b" ")
    if not DIGEST.fullmatch(digest):
        return MALFORMED
    try:
        return Command(Event.APOP_RECEIVED, name=read_name(name.strip(b" ")), digest=digest)
    except MalformedLogin:
        return MALFORMED


def _auth(arguments: bytes) -> Command:
    """Read AUTH (RFC 5034 section 4: a mechanism, then an initial response)."""
    mechanism, _, response = arguments.strip(b" ").partition(b" ")
    if not mechanism:
        return Command(Event.MECHANISMS_ASKED)
    if mechanism.upper() not in MECHANISMS:
        return Command(Event.MECHANISM_UNKNOWN)
    return _plain(response) if response else Command(Event.AUTH_RECEIVED)


def _plain(response: bytes) -> Command:
    """Read a response to PLAIN; "=" is an empty one, and PLAIN has none."""
    try:
        credentials = read_plain(decode_base64(response))
    except MalformedLogin:
        return MALFORMED_RESPONSE
    return Command(Event.CREDENTIALS_RECEIVED, credentials=credentials)


KEYWORDS: Final[dict[bytes, Read]] = {
    b"USER": _user,
    b"PASS": _pass,
    b"APOP": _apop,
    b"AUTH": _auth,
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
"""What each keyword is read by (RFC 1939, RFC 2449, RFC 2595, RFC 5034)."""
