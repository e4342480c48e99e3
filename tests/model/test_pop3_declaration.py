"""What the POP3 declaration contains, and what it must never say.

Decides the pinned numbers, the form of reasons and replies, and that the order of rows means
nothing. Whether the rows are right is for the rules and for the tests of the server.
"""

import random
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final, TypeAlias

import pytest

from requite.generated.pop3 import STEPS, Step
from requite.lifecycles.pop3 import POP3_SESSION, Effect, Event, Held, State, Wait
from requite.model import Edge, Lifecycle, Reply, Resource
from requite.model.derive.machine import machine
from requite.model.derive.origin import Origin

Row: TypeAlias = Edge[State, Event, Effect, Held]
Session: TypeAlias = Lifecycle[State, Event, Effect, Held, Wait]
Steps: TypeAlias = tuple[tuple[Step | None, ...], ...]

SESSION: Final[Session] = POP3_SESSION
ROWS: Final = SESSION.edges
REPLIES: Final = tuple(
    (row, effect) for row in ROWS for effect in row.effects if isinstance(effect, Reply)
)
REASONS: Final = sorted({row.why for row in ROWS})

ON_PURPOSE: Final = (
    "the declaration has {found} {what}, pinned are {pinned}. If you meant it: run "
    "`requite derive`, read what changed in generated/requite/generated/pop3/reference.md, and "
    "pin the new number here; if you did not, a case has come or gone by accident"
)
LARGEST_FACTS: Final[dict[str, int | str]] = {
    "greeting": "requite POP3 server ready. <" + "9" * 29 + "." + "9" * 19 + "@localhost>",
    "challenge": "A" * 3_300,  # What tests/sasl finds to be the longest, and a little more.
    "language": "de",  # Every tag has two letters.
    "message_count": 2**63 - 1,
    "maildrop_octets": 2**63 - 1,
    "number": 2**63 - 1,
    "message_octets": 2**63 - 1,
    "unique_id": "~" * 70,  # RFC 1939 section 7: a unique id has one to 70 characters.
}
RESPONSE_CODES: Final = frozenset({"IN-USE", "LOGIN-DELAY", "SYS/TEMP", "SYS/PERM", "AUTH"})
STANDARD: Final = re.compile(r"RFC \d{3,4} section \d+(\.\d+)*: \S")


# --- numbers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "found", "pinned"),
    [
        ("states", len(SESSION.rows), 30),
        ("states in the enum", len(State), 30),
        ("events", len(Event), 83),
        ("effects", len(Effect), 39),
        ("requests", len(SESSION.requests), 9),
        ("resources", len(SESSION.resources), 7),
        ("facts", len(SESSION.facts), 8),
        ("environment events", len(SESSION.environment), 5),
        ("waits that bring a fixed set", len(SESSION.brings), 4),
        ("events that a command can be", len(SESSION.brings[Wait.COMMAND]), 33),
        ("events that a header can be", len(SESSION.brings[Wait.HEADER]), 3),
        ("events that a command before the login can be", len(SESSION.brings[Wait.LOGIN]), 34),
        ("events that a response can be", len(SESSION.brings[Wait.RESPONSE]), 7),
        ("rows", len(ROWS), 361),
        ("exits", len(SESSION.exits), 167),
        ("replies", len(REPLIES), 136),
    ],
)
def test_the_numbers_are_pinned(what: str, found: int, pinned: int) -> None:
    """The declaration has as many of each as the last person to change it meant."""
    assert found == pinned, ON_PURPOSE.format(what=what, found=found, pinned=pinned)


@pytest.mark.parametrize(
    ("held", "states", "exits"),
    [
        (Held.SOCKET, 19, 113),
        (Held.CONNECTION, 17, 121),
        (Held.ADDRESS, 17, 121),
        (Held.ACCOUNT, 8, 57),
        (Held.MAILBOX, 8, 57),
        (Held.MAILDROP, 8, 33),
        (Held.MESSAGE, 2, 6),
    ],
    ids=lambda value: value.name if isinstance(value, Held) else str(value),
)
def test_the_exits_of_each_resource_are_pinned(held: Held, states: int, exits: int) -> None:
    """Each resource is held in so many states, and given back by so many rows."""
    resource = resource_of(held)
    found = (len(resource.held_in), sum(held in SESSION.given_back_by(row) for row in ROWS))
    assert found == (states, exits), ON_PURPOSE.format(
        what=f"states and exits of {held.name}", found=found, pinned=(states, exits)
    )


def resource_of(held: Held) -> Resource[Held, State, Event, Effect]:
    """Return the declaration of a resource."""
    return next(resource for resource in SESSION.resources if resource.resource is held)


# --- order ---------------------------------------------------------------------------------------


def steps_of(session: Session) -> Steps:
    """Derive the machine of a session, run what was derived, and return its table of steps."""
    text = machine(session, Origin(session, "requite.lifecycles.pop3:POP3_SESSION"))
    module: dict[str, Any] = {"__name__": "requite.generated.shuffled"}
    exec(compile(text, "shuffled", "exec"), module)  # noqa: S102 - our own derived text.
    steps: Steps = module["STEPS"]
    return steps


def relation_of(steps: Steps) -> set[tuple[str, ...]]:
    """Return a table of steps as a relation of names."""
    return {
        (
            step.source.name,
            step.event.name,
            step.target.name,
            step.waits_for.name,
            str(step.final),
            ",".join(held.name for held in step.gives_back),
            step.perform.__name__,
            ",".join(step.perform.__code__.co_names),
            step.why,
        )
        for row in steps
        for step in row
        if step is not None
    }


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_order_of_rows_changes_nothing(seed: int) -> None:
    """With its rows in any order the session loads, and the committed steps follow from it."""
    rows = list(ROWS)
    random.Random(seed).shuffle(rows)  # noqa: S311 - a repeatable order, not a secret.
    assert rows != list(ROWS), f"seed {seed} shuffles nothing"
    shuffled = relation_of(steps_of(SESSION.with_edges(rows)))
    assert shuffled == relation_of(STEPS), f"with seed {seed}"


def test_the_relation_has_every_row() -> None:
    """What the shuffled machines are compared by has one entry for each row."""
    assert len(relation_of(STEPS)) == len(ROWS)


# --- reasons -------------------------------------------------------------------------------------


@pytest.mark.parametrize("why", REASONS)
def test_a_reason_is_a_sentence_without_its_stop(why: str) -> None:
    """A reason begins with a capital, has more than two words, and the deriver adds the stop."""
    assert re.fullmatch(r"[A-Z].*[^.\s]", why)
    assert len(why.split()) > 2


@pytest.mark.parametrize("why", [why for why in REASONS if "RFC" in why])
def test_a_reason_from_a_standard_names_number_and_section(why: str) -> None:
    """Who doubts a row that quotes a standard can look it up."""
    assert STANDARD.match(why)


def test_a_third_of_the_reasons_come_from_a_standard() -> None:
    """Rows that quote a standard exist; the test above is not about an empty list."""
    found = sum(1 for row in ROWS if STANDARD.match(row.why))
    assert found == 133, ON_PURPOSE.format(what="rows from a standard", found=found, pinned=133)


# --- replies -------------------------------------------------------------------------------------


def texts() -> list[str]:
    """Return each text once, in the order of the rows."""
    return list(dict.fromkeys(reply.text for _, reply in REPLIES))


def with_facts(text: str) -> str:
    """Return a reply as the peer would see it with the longest facts there can be."""
    return text.format(**LARGEST_FACTS)


def test_every_fact_has_a_largest_value() -> None:
    """The length of replies is tried with every fact that a reply may name."""
    assert set(LARGEST_FACTS) == {fact.name for fact in SESSION.facts}


@pytest.mark.rfc("1939-3-status")
@pytest.mark.parametrize("text", texts())
def test_a_reply_begins_as_pop3_does(text: str) -> None:
    """RFC 1939 section 3: a reply is +OK or -ERR; RFC 5034 section 4: a challenge is a plus."""
    assert re.match(r"(\+OK|-ERR)( |$)|\+ ", text)


@pytest.mark.rfc("1939-3-length", "2449-4-response")
@pytest.mark.parametrize("text", texts())
def test_a_reply_fits_the_line(text: str) -> None:
    """RFC 2449 section 4: at most 512 octets; RFC 5034 section 4: a challenge may have 12,288."""
    octets_max = 12_288 if text.startswith("+ ") else 512
    assert len(f"{with_facts(text)}\r\n".encode()) <= octets_max


@pytest.mark.parametrize("text", texts())
def test_a_reply_is_printable_ascii(text: str) -> None:
    """RFC 1939 section 3: keywords and replies are printable ASCII; UTF8 has not been asked for."""
    assert all(" " <= character <= "~" for character in with_facts(text))


@pytest.mark.rfc("2449-6.4-resp-codes", "2449-8-code")
@pytest.mark.parametrize("text", [text for text in texts() if "[" in text or "]" in text])
def test_a_response_code_is_a_known_one(text: str) -> None:
    """RFC 2449 section 8: a code stands right after -ERR, and is one that is registered."""
    found = re.match(r"-ERR \[([A-Z/-]+)\] [^\[\]]+$", text)
    assert found
    assert found[1] in RESPONSE_CODES


def test_the_codes_in_use_are_pinned() -> None:
    """Every code that is known is said by some row; none is said only in a comment."""
    said = Counter(match[1] for text in texts() if (match := re.search(r"\[(.+?)\]", text)))
    assert set(said) == RESPONSE_CODES


@pytest.mark.parametrize("text", texts())
def test_no_reply_speaks_another_protocol(text: str) -> None:
    """No word of IMAP or SMTP: no BYE, NO or BAD, no star, no LOGOUT, no three-digit code."""
    assert not re.search(r"\b(BYE|BAD|NO|LOGOUT|IMAP|SMTP|EHLO)\b|^\*|^\d{3}[ -]", text)


def test_a_challenge_is_sent_for_an_exchange_only() -> None:
    """A reply that begins with a plus alone leads into the SASL exchange."""
    targets = {row.target for row, reply in REPLIES if not reply.text.startswith(("+OK", "-ERR"))}
    assert targets == {State.SASL_EXCHANGE}


def test_every_command_is_answered_at_most_once() -> None:
    """RFC 1939 section 3: one command, one status line."""
    most = max(sum(isinstance(effect, Reply) for effect in row.effects) for row in ROWS)
    assert most == 1


def test_a_dropped_socket_is_not_spoken_to() -> None:
    """No row drops the socket and then orders something to be sent on it."""
    assert not [
        str(row)
        for row in ROWS
        if Effect.DROP_SOCKET in row.effects
        and any(
            isinstance(effect, Reply) or effect.name.startswith("SEND_") for effect in row.effects
        )
    ]


# --- sometimes -----------------------------------------------------------------------------------


def reached(rows: Iterable[Row]) -> set[State]:
    """Return every state that rows lead to from the beginning."""
    known, before = {SESSION.start}, set[State]()
    steps = [(row.source, row.target) for row in rows]
    while known != before:
        before = set(known)
        known |= {target for source, target in steps if source in before}
    return known


def test_transaction_can_be_reached() -> None:
    """Sometimes a client gets as far as its mail."""
    assert State.TRANSACTION in reached(ROWS)


def test_transaction_is_reached_by_a_slot_only() -> None:
    """Without the grant of a slot no row leads to any state that holds one."""
    without = reached(row for row in ROWS if row.event is not Event.SLOT_GRANTED)
    assert not without & resource_of(Held.ACCOUNT).held_in


def test_a_slot_is_granted_somewhere() -> None:
    """Sometimes a slot is taken and kept for a while: the count is not always zero."""
    keeps = [
        row
        for row in ROWS
        if row.event is Event.SLOT_GRANTED and row.target in resource_of(Held.ACCOUNT).held_in
    ]
    assert [str(row) for row in keeps] == ["TAKING_SLOT --SLOT_GRANTED--> LOCKING"]


@pytest.mark.parametrize("held", Held, ids=lambda held: held.name)
def test_everything_is_held_sometimes(held: Held) -> None:
    """Each resource is held in some state that can be reached."""
    assert resource_of(held).held_in & reached(ROWS)


def test_a_commit_happens_after_quit_only() -> None:
    """RFC 1939 section 6: nothing is removed before QUIT in TRANSACTION, and by nothing else."""
    commits = [(row.source, row.event) for row in ROWS if Effect.COMMIT in row.effects]
    assert commits == [(State.TRANSACTION, Event.QUIT_RECEIVED)]
