"""Which failures have a response code, and which one: RFC 2449 section 8, RFC 3206.

Decides it in a table written out by hand, of every event that is ever answered with -ERR. A code
anywhere else, another one, and a failure that this table does not know are red.
"""

import re
from collections import defaultdict
from typing import Final

import pytest

from requite.lifecycles.pop3 import POP3_SESSION, Event
from requite.model import Reply

CODE: Final = re.compile(r"-ERR(?: \[([A-Z/-]+)\])?")

WITH_CODE: Final[dict[Event, tuple[str, str]]] = {
    Event.ADMISSION_REFUSED: (
        "SYS/TEMP",
        "no login has been tried, so IN-USE would be untrue; later there may be room",
    ),
    Event.ADMISSION_UNAVAILABLE: ("SYS/TEMP", "a ledger that is down comes back"),
    Event.PLAINTEXT_FORBIDDEN: (
        "AUTH",
        "RFC 3206 section 5: the way of authenticating is at fault",
    ),
    Event.ACCOUNTS_UNAVAILABLE: ("SYS/TEMP", "the password was not even looked at"),
    Event.REJECTED_FOR_GOOD: ("AUTH", "RFC 3206 section 5: the credentials are at fault"),
    Event.SLOT_REFUSED: ("IN-USE", "the password was right; another session is in the way"),
    Event.LOGIN_TOO_SOON: ("LOGIN-DELAY", "the password was right; the last login is in the way"),
    Event.LEDGER_UNAVAILABLE: ("SYS/TEMP", "a ledger that is down comes back"),
    Event.MAILDROP_STILL_BUSY: ("IN-USE", "another session holds the mailbox's lock"),
    Event.MAILBOX_UNUSABLE: ("SYS/PERM", "no session opens it until an administrator helps"),
    Event.LOCK_UNAVAILABLE: ("SYS/TEMP", "a disk that is not mounted will be"),
    Event.MAILDROP_UNAVAILABLE: ("SYS/TEMP", "a disk that fails may be mended"),
    Event.DELETION_REFUSED: ("SYS/TEMP", "the next session may read the message, and delete it"),
    Event.DELETION_FORBIDDEN: ("SYS/PERM", "no session deletes it until an administrator helps"),
    Event.MESSAGE_UNREADABLE: ("SYS/TEMP", "the next session may read the message"),
    Event.KICKED: ("SYS/TEMP", "the same client may come back, and be let in"),
    Event.DRAINED: ("SYS/TEMP", "a server that stops is started again"),
    Event.FAULTED: ("SYS/TEMP", "a fault of ours is no reason to doubt a password"),
    Event.COMMIT_FAILED: ("SYS/TEMP", "the next session may delete the messages"),
}
"""What is answered with a code, whatever the state is, and why with this one."""

TIMED: Final[dict[Event, str]] = {Event.TIME_EXPIRED: "AUTH"}
"""A refusal that is held back is said when its time is over; other ends of time say nothing."""

WITHOUT_CODE: Final[dict[Event, str]] = {
    **dict.fromkeys(
        (
            Event.USER_RECEIVED,
            Event.PASS_RECEIVED,
            Event.AUTH_RECEIVED,
            Event.CREDENTIALS_RECEIVED,
            Event.APOP_RECEIVED,
            Event.UTF8_RECEIVED,
            Event.STLS_RECEIVED,
            Event.STAT_RECEIVED,
            Event.LIST_RECEIVED,
            Event.SCAN_RECEIVED,
            Event.UIDL_RECEIVED,
            Event.UNIQUE_ID_RECEIVED,
            Event.RETR_RECEIVED,
            Event.TOP_RECEIVED,
            Event.DELE_RECEIVED,
            Event.NOOP_RECEIVED,
            Event.RSET_RECEIVED,
        ),
        "the command is not for this state: neither the credentials nor the system are at fault",
    ),
    **dict.fromkeys(
        (
            Event.COMMAND_UNKNOWN,
            Event.COMMAND_MALFORMED,
            Event.LINE_TOO_LONG,
            Event.LINE_ENDLESS,
            Event.MISTAKES_EXHAUSTED,
            Event.COMMANDS_EXHAUSTED,
            Event.RESPONSE_MALFORMED,
            Event.RESPONSE_CANCELLED,
        ),
        "the words are at fault, not what they ask for",
    ),
    **dict.fromkeys(
        (
            Event.MECHANISMS_ASKED,
            Event.MECHANISM_UNKNOWN,
            Event.APOP_UNAVAILABLE,
            Event.LANGUAGE_UNKNOWN,
            Event.STLS_UNAVAILABLE,
        ),
        "what is not offered is not a matter of credentials",
    ),
    Event.NO_SUCH_MESSAGE: "the number is at fault",
    Event.MESSAGE_GONE: "another program has removed the message; it is not coming back",
}


def codes() -> dict[Event, set[str | None]]:
    """Return which codes, or none, the declaration answers each event with when it says -ERR."""
    found: dict[Event, set[str | None]] = defaultdict(set)
    for row in POP3_SESSION.edges:
        for effect in row.effects:
            if isinstance(effect, Reply) and (match := CODE.match(effect.text)):
                found[row.event].add(match[1])
    return found


def expected() -> dict[Event, set[str | None]]:
    """Return the same from the table."""
    coded: dict[Event, set[str | None]] = {event: {code} for event, (code, _) in WITH_CODE.items()}
    plain: dict[Event, set[str | None]] = {event: {None} for event in WITHOUT_CODE}
    # After the login it is a command like any other, and is refused as one.
    coded[Event.PLAINTEXT_FORBIDDEN].add(None)
    return {**coded, **plain}


@pytest.mark.rfc("3206-4-temp", "3206-4-perm", "3206-5-auth")
@pytest.mark.parametrize("event", codes(), ids=lambda event: event.name)
def test_a_code_stands_on_the_right_failure_and_there_alone(event: Event) -> None:
    """Each failure has the code of the table, or none where the table has none."""
    found = codes()[event]
    if event in TIMED:
        assert found - {None} == {TIMED[event]}
        return

    assert found == expected()[event]


def test_every_entry_of_the_table_is_said() -> None:
    """No entry is about a failure that the declaration does not have."""
    assert {*WITH_CODE, *WITHOUT_CODE, *TIMED} == {*codes()}


@pytest.mark.parametrize("why", [*WITHOUT_CODE.values(), *(why for _, why in WITH_CODE.values())])
def test_each_has_a_reason(why: str) -> None:
    """A reason is a clause of some words."""
    assert len(why.split()) > 3
