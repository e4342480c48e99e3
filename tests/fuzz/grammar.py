"""The readers of what a client sends, each on its own: lines, commands, headers, names, SASL.

Decides what must hold whatever they are given: nothing but the exceptions that they document,
events for which the machine has a row, bounds that are kept, and that where reads end never shows.
The first octet of an input chooses the reader, the second how many octets a read has.
"""

from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, cast

from driving.clock import ManualClock
from fuzz.loop import new_loop
from fuzz.site import END_POINT, SECRET, Site, offer_of
from requite.generated.pop3 import EDGES, STEPS, State, Wait
from requite.pop3.login import LoginName, MalformedLogin, decode_base64, read_name, read_plain
from requite.pop3.sasl import MECHANISMS, Challenge, Exchange, Outcome
from requite.pop3.sasl.scram_messages import read_final, read_first
from requite.pop3.services import Identity, Rejected
from requite.pop3.wire.commands import Command, read_command, read_response
from requite.pop3.wire.lines import Line, LineFault, LineReader
from requite.pop3.wire.proxy import HEADER_OCTETS_MAX, Header, HeaderReader, Unreadable
from sasl.scram_client import ScramClient

__all__ = ("LIMITS", "READERS", "Limits", "Read", "read_lines", "try_reader")

Read = Callable[[Line], Command]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of lines with the proportions of the real ones, so that short inputs cross them."""

    line: int = 64
    long_line: int = 128
    skipped: int = 256


LIMITS: Final = Limits()
STRIDES: Final = 16
PROOF: Final = b"$"
"""A SASL message that stands for the right proof."""
WAITS: Final = {step.target: step.waits_for for step in EDGES}
COMMAND_STATES: Final = [
    state for state, wait in WAITS.items() if wait in (Wait.COMMAND, Wait.LOGIN)
]
RESPONSE_STATES: Final = [state for state, wait in WAITS.items() if wait is Wait.RESPONSE]


def try_reader(octets: bytes) -> None:
    """Give octets to the reader that they name."""
    if len(octets) > 1:
        readers = tuple(READERS)
        chosen = octets[:1] if octets[:1] in READERS else readers[octets[0] % len(readers)]
        READERS[chosen](octets[2:], octets[1] % STRIDES)


def _reads(octets: bytes, stride: int) -> list[bytes]:
    """Cut octets into reads; 0 is one read."""
    stride = stride or max(1, len(octets))
    return [octets[at : at + stride] for at in range(0, len(octets), stride)]


# --- lines ----------------------------------------------------------------------------------------


def read_lines(reads: list[bytes], read: Read, octets_max: int) -> list[Command]:
    """Read lines as a session does, and check what is kept meanwhile."""
    reader = LineReader(sasl_line_octets=LIMITS.long_line, skipped_octets=LIMITS.skipped)
    commands = []
    for received in reads:
        reader.feed(received)
        while (line := reader.next(octets_max)) is not None:
            commands.append(read(line))
            if line is LineFault.ENDLESS:
                return commands
        assert len(reader) < LIMITS.long_line, f"expected less than a line, found {len(reader)}"
    return commands


def _try_lines(octets: bytes, stride: int, read: Read, *, states: list[State]) -> None:
    octets_max = LIMITS.long_line if states is RESPONSE_STATES else LIMITS.line
    cut = read_lines(_reads(octets, stride), read, octets_max)
    whole = read_lines([octets], read, octets_max)
    assert cut == whole, f"expected {whole}, found {cut}"
    for command in whole:
        check_command(command, states)


def check_command(command: Command, states: list[State]) -> None:
    """Check that the machine has a row, and that what a command carries is what it may."""
    event = command.event
    missing = [state.name for state in states if STEPS[state][event] is None]
    assert not missing, f"expected rows for {event.name}, found none in {missing}"
    assert command.number >= 0, f"expected a number, found {command.number}"
    assert command.lines is None or command.lines >= 0, f"expected lines, found {command.lines}"
    assert repr(command) == f"Command({event.name})", f"expected no secret, found {command!r}"
    if command.name is not None:
        check_name(command.name)


def _try_commands(octets: bytes, stride: int) -> None:
    _try_lines(octets, stride, read_command, states=COMMAND_STATES)


def _try_responses(octets: bytes, stride: int) -> None:
    _try_lines(octets, stride, read_response, states=RESPONSE_STATES)


# --- a proxy's header -----------------------------------------------------------------------------


def _try_header(octets: bytes, stride: int) -> None:
    cut, whole = _header_of(_reads(octets, stride)), _header_of([octets])
    assert cut == whole, f"expected {whole}, found {cut}"


def _header_of(reads: list[bytes]) -> Header | str | None:
    """Read a header, and what stands behind it."""
    reader = HeaderReader()
    for position, received in enumerate(reads):
        try:
            header = reader.feed(received)
        except Unreadable:
            return "unreadable"
        if header is not None:
            rest = header.rest + b"".join(reads[position + 1 :])
            return Header(header.source, local=header.local, rest=rest)
        kept, bound = len(reader._kept), HEADER_OCTETS_MAX
        assert kept <= bound, f"expected at most {bound} octets, found {kept}"
    return None


# --- names and messages ---------------------------------------------------------------------------


def check_name(name: LoginName) -> None:
    """Check that a name can stand in a line of a log, and that no part is empty."""
    for part in (name.account, name.mailbox):
        fits = part is None or (part and not set(part) & CONTROLS)
        assert fits, f"expected a name without control characters, found {part!r}"


CONTROLS: Final = frozenset(map(chr, [*range(32), *range(127, 160)]))


def _try_names(octets: bytes, stride: int) -> None:
    """Give octets to whatever reads names or messages; what is no message is said to be none."""
    del stride
    with suppress(MalformedLogin):
        check_name(read_name(octets))
    with suppress(MalformedLogin):
        credentials = read_plain(octets)
        check_name(LoginName(credentials.account, credentials.mailbox))
        assert octets.endswith(b"\0" + credentials.password), "expected the password as it was sent"
    with suppress(MalformedLogin):
        first = read_first(octets)
        check_name(first.who)
        assert first.header + first.bare == octets, f"expected {octets!r}, found {first}"
    with suppress(MalformedLogin):
        final = read_final(octets)
        assert octets.startswith(final.unproved + b",p="), f"expected {octets!r}, found {final}"
    with suppress(MalformedLogin):
        decode_base64(octets)


# --- exchanges ------------------------------------------------------------------------------------


def _try_exchange(octets: bytes, stride: int) -> None:
    """Run the exchange of a mechanism: its name, then a message a line."""
    del stride
    name, *messages = octets.split(b"\n")
    mechanism = MECHANISMS.get(name)
    site = Site(frozenset(), new_loop(), ManualClock())
    offer = offer_of(site)
    if mechanism is None or not offer.has(mechanism):
        return
    exchange = offer.begin(mechanism)
    client = ScramClient(password=SECRET)
    challenge = b""
    for message in messages:
        outcome = _say(exchange, _meant(message, client, challenge))
        if not isinstance(outcome, Challenge):
            assert outcome is None or isinstance(outcome, Identity | Rejected)
            return
        challenge = outcome.octets


def _meant(message: bytes, client: ScramClient, challenge: bytes) -> bytes:
    """Put the right proof in its place, where one was asked for; remember what is said first."""
    if message != PROOF:
        header, _, client.bare = message.partition(b"n=")
        client.header, client.bare = header, b"n=" + client.bare
        nonce = client.bare.partition(b",r=")[2].partition(b",")[0]
        client.nonce = nonce.decode("latin-1")
        client.bound = END_POINT if header.startswith(b"p=") else b""
        return message
    if challenge.startswith(b"r=" + client.nonce.encode("latin-1")):
        return client.final(challenge)
    return b""


def _say(exchange: Exchange, response: bytes) -> Outcome | None:
    """Give the outcome of a response, or None where it is none; every service answers at once."""
    try:
        answer = exchange.read(response)()
    except MalformedLogin:
        return None
    if isinstance(answer, Challenge | Identity | Rejected):
        return answer
    # Whatever is not there yet is the coroutine of a mechanism.
    coroutine = cast("Coroutine[None, None, Outcome]", answer)
    try:
        coroutine.send(None)
    except StopIteration as stopped:
        return cast("Outcome", stopped.value)
    raise AssertionError("expected an answer at once")


READERS: Final[dict[bytes, Callable[[bytes, int], None]]] = {
    b"C": _try_commands,
    b"R": _try_responses,
    b"P": _try_header,
    b"N": _try_names,
    b"S": _try_exchange,
}
"""What the first octet of an input chooses."""
