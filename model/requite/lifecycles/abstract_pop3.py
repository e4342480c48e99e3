"""The POP3 session in eight states, on which model checkers are compared, and two of its bugs.

Decides a problem small enough to write in every checker's language: a session connects, agrees
TLS, logs in, reads, commits, and can be lost at any moment; the slot of its account is counted.
`FORGETS` and `REFUNDS` are drafts with the two bugs that checkers are asked to find; they are
declarations, because a lifecycle with either cannot be made.
"""

from dataclasses import replace
from enum import Enum, unique
from typing import Final, TypeAlias

from requite.model import Declaration, Edge, Kind, Lifecycle, Resource, StateRow

__all__ = ("ABSTRACT_POP3", "FORGETS", "REFUNDS", "Effect", "Event", "Held", "State", "Wait")


@unique
class Wait(Enum):
    """What a state waits for."""

    NOTHING = "nothing"
    CLIENT = "what the client does"


@unique
class State(Enum):
    """Where a session stands."""

    CLOSED = "no client is there"
    CONNECTED = "a client has connected and is not greeted yet"
    AUTH = "the client may log in"
    TLS = "TLS is being agreed"
    SASL = "a SASL exchange has begun"
    TRANS = "the client is logged in"
    STREAM = "a message is being sent"
    UPDATE = "what is marked as deleted is being removed"
    OVER = "the session is over"


@unique
class Event(Enum):
    """What happened."""

    ACCEPTED = "a client has connected"
    GREETED = "the greeting is sent"
    STLS = "TLS is asked for"
    TLS_OK = "TLS is agreed"
    TLS_BAD = "TLS has failed"
    SASL_BEGUN = "a SASL exchange begins"
    SASL_CANCELLED = "the SASL exchange is given up"
    LOGGED_IN = "the credentials are right, and a slot is taken"
    REFUSED = "the credentials are right, and no slot is left"
    RETR = "a message is asked for"
    SENT = "the message is sent"
    QUIT = "the client has said goodbye"
    COMMITTED = "what was marked as deleted is removed"
    DISCONNECTED = "the connection is gone"
    TIMED_OUT = "the time is up"
    CRASHED = "something of ours has failed"


@unique
class Effect(Enum):
    """What is owed."""

    RELEASE = "give the slot back"


@unique
class Held(Enum):
    """What a session holds."""

    SLOT = "a slot of the account"


Row: TypeAlias = Edge[State, Event, Effect, Held]
ENDS: Final = (Event.DISCONNECTED, Event.TIMED_OUT, Event.CRASHED)
COUNTED: Final = (State.TRANS, State.STREAM, State.UPDATE)
OPEN: Final = (State.CONNECTED, State.AUTH, State.TLS, State.SASL, *COUNTED)
LOGGED_OUT: Final = (State.AUTH, State.SASL)


def _row(source: State, event: Event, target: State, *effects: Effect, why: str) -> Row:
    return Edge(source, event, target, effects, why=why)


EDGES: Final[tuple[Row, ...]] = (
    _row(State.CLOSED, Event.ACCEPTED, State.CONNECTED, why="Every session begins so"),
    _row(State.CONNECTED, Event.GREETED, State.AUTH, why="RFC 1939 section 4: a greeting first"),
    _row(State.AUTH, Event.STLS, State.TLS, why="RFC 2595 section 4: only before the login"),
    _row(State.TLS, Event.TLS_OK, State.AUTH, why="RFC 2595 section 4: then it begins anew"),
    _row(State.TLS, Event.TLS_BAD, State.OVER, why="Nothing can be said without TLS any more"),
    _row(State.AUTH, Event.SASL_BEGUN, State.SASL, why="RFC 5034 section 4: AUTH"),
    _row(State.SASL, Event.SASL_CANCELLED, State.AUTH, why="RFC 5034 section 4: an asterisk"),
    *(
        _row(state, Event.LOGGED_IN, State.TRANS, why="RFC 1939 section 4: a lock is acquired")
        for state in LOGGED_OUT
    ),
    *(
        _row(state, Event.REFUSED, State.OVER, why="Nothing was taken, so nothing is owed")
        for state in LOGGED_OUT
    ),
    _row(State.AUTH, Event.QUIT, State.OVER, why="RFC 1939 section 4: QUIT before the login"),
    _row(State.TRANS, Event.RETR, State.STREAM, why="RFC 1939 section 5: RETR"),
    _row(State.STREAM, Event.SENT, State.TRANS, why="RFC 1939 section 5: the answer has an end"),
    _row(State.TRANS, Event.QUIT, State.UPDATE, why="RFC 1939 section 6: QUIT enters UPDATE"),
    _row(
        State.UPDATE,
        Event.COMMITTED,
        State.OVER,
        Effect.RELEASE,
        why="RFC 1939 section 6: the lock is given up after UPDATE",
    ),
    *(
        _row(
            state,
            event,
            State.OVER,
            *((Effect.RELEASE,) if state in COUNTED else ()),
            why="Whatever ends a session ends what it holds",
        )
        for state in OPEN
        for event in ENDS
    ),
)

ABSTRACT_POP3: Final = Lifecycle(
    name="abstract_pop3",
    states=tuple(
        StateRow(state, Wait.CLIENT if state in OPEN else Wait.NOTHING) for state in State
    ),
    edges=EDGES,
    requests=(),
    resources=(
        Resource(
            Held.SLOT,
            Kind.COUNTED,
            held_in=frozenset(COUNTED),
            taken_by=frozenset({Event.LOGGED_IN}),
            given_back_by=Effect.RELEASE,
            refused_by=frozenset({Event.REFUSED}),
        ),
    ),
    environment=ENDS,
    initial=State.CLOSED,
    final=(State.OVER,),
)
"""The problem as it should be."""


def _instead(
    source: State, event: Event, *effects: Effect
) -> Declaration[State, Event, Effect, Held, Wait]:
    """Return the declaration with other effects in one row."""
    declared = ABSTRACT_POP3.declaration
    return declared.with_edges(
        replace(row, effects=effects) if (row.source, row.event) == (source, event) else row
        for row in declared.edges
    )


FORGETS: Final = _instead(State.STREAM, Event.DISCONNECTED)
"""Bug A: a client that is lost while a message is sent keeps the slot."""

REFUNDS: Final = _instead(State.AUTH, Event.REFUSED, Effect.RELEASE)
"""Bug B: a login that is refused gives back what it never took."""
