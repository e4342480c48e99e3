"""A borrower of the pool, from asking for a connection to being gone.

Decides what a borrower holds at each moment: one of the pool's places, in which a connection may be
open. Refuses to decide who is served first: that is `places`.
"""

from enum import Enum
from typing import Final, TypeAlias

from requite.model import Edge, Kind, Lifecycle, Per, Reply, Request, Resource, StateRow

__all__ = ("POOL", "Effect", "Event", "Held", "State", "Wait")


class Wait(Enum):
    """What a state waits for."""

    NOTHING = "nothing"
    ANSWER = "an answer, while the borrower waits for it too"
    LATE_ANSWER = "an answer that nobody waits for any more"
    WORK = "what the borrower does with the connection"
    LEAVING = "the borrower to go"


class State(Enum):
    """Where a borrower stands."""

    OUTSIDE = "nobody has asked yet"
    WAITING = "a place is asked for"
    CONNECTING = "a connection is opened in the place"
    LENT = "the borrower works with the connection"
    LOST = "the connection broke under the borrower, who has yet to go"
    REFUSED = "the borrower was told that there is no connection, and has yet to go"
    CLOSING = "the borrower left in the middle, and the connection is closed"
    TURNED_AWAY_WAITING = "the pool closes, and the request of who waits is withdrawn"
    TURNED_AWAY_CONNECTING = "the pool closes while a connection is opened"
    WITHDRAWING = "the borrower left while waiting, and the request is withdrawn"
    CONNECTING_ABANDONED = "the borrower left while a connection was opened"
    GONE = "the borrower is gone"


class Event(Enum):
    """What happened."""

    ASKED = "somebody asks for a connection"
    PLACE_GRANTED = "there is a place"
    PLACE_REFUSED = "there will be no place: too many wait, or the request was withdrawn"
    CONNECTED = "the place has an open connection"
    CONNECT_FAILED = "no connection can be opened"
    RETURNED = "the borrower is done with the connection"
    LEFT = "the borrower went away: cancelled, out of time, or failed"
    CONNECTION_LOST = "the connection broke"
    CONNECTION_CLOSED = "the connection is closed"
    POOL_CLOSED = "the pool takes nobody in any more"


class Effect(Enum):
    """What the pool owes."""

    GIVE_PLACE_BACK = "give the place back, with the connection in it if one is open"
    ASK_FOR_PLACE = "ask for a place"
    WITHDRAW = "withdraw the request for a place; it is answered all the same"
    CONNECT = "see to it that a connection is open in the place"
    LEND = "let the borrower use the connection"
    CLOSE_CONNECTION = "close the connection in the place"


class Held(Enum):
    """What a borrower holds."""

    PLACE = "one of the places of the pool"


Row: TypeAlias = Edge[State, Event, Effect, Held]

WAITING: Final[tuple[Row, ...]] = (
    Edge(
        State.OUTSIDE,
        Event.ASKED,
        State.WAITING,
        (Effect.ASK_FOR_PLACE,),
        why="Nobody opens a connection without a place to keep it in",
    ),
    Edge(
        State.WAITING,
        Event.PLACE_GRANTED,
        State.CONNECTING,
        (Effect.CONNECT,),
        why="A place may be empty, or its connection may have died of old age",
    ),
    Edge(
        State.WAITING,
        Event.PLACE_REFUSED,
        State.REFUSED,
        (Reply("Too many wait already."),),
        why="A queue without a bound only hides that the pool is too small",
    ),
    Edge(
        State.WAITING,
        Event.LEFT,
        State.WITHDRAWING,
        (Effect.WITHDRAW,),
        why="The grant may be on its way already, so the answer is waited for",
    ),
    Edge(
        State.WAITING,
        Event.POOL_CLOSED,
        State.TURNED_AWAY_WAITING,
        (Effect.WITHDRAW,),
        why="Who has no place yet gets none any more, and the grant may be on its way already",
    ),
)

WITHDRAWING: Final[tuple[Row, ...]] = (
    Edge(
        State.WITHDRAWING,
        Event.PLACE_GRANTED,
        State.GONE,
        (Effect.GIVE_PLACE_BACK,),
        why="The grant was on its way; the next in the queue has a use for it",
    ),
    Edge(
        State.WITHDRAWING,
        Event.PLACE_REFUSED,
        State.GONE,
        why="The request was still in the queue, and nothing was granted",
    ),
)

TURNED_AWAY: Final[tuple[Row, ...]] = (
    Edge(
        State.TURNED_AWAY_WAITING,
        Event.PLACE_GRANTED,
        State.REFUSED,
        (Effect.GIVE_PLACE_BACK, Reply("The pool is closed.")),
        why="The grant was on its way, and no work begins in a pool that closes",
    ),
    Edge(
        State.TURNED_AWAY_WAITING,
        Event.PLACE_REFUSED,
        State.REFUSED,
        (Reply("The pool is closed."),),
        why="The request was still in the queue, and nothing was granted",
    ),
    Edge(
        State.TURNED_AWAY_WAITING,
        Event.LEFT,
        State.WITHDRAWING,
        why="The request is withdrawn already; only its answer is still to come",
    ),
)

HOLDING: Final[tuple[Row, ...]] = (
    Edge(
        State.CONNECTING,
        Event.CONNECTED,
        State.LENT,
        (Effect.LEND,),
        why="There is a place, and a connection in it",
    ),
    Edge(
        State.CONNECTING,
        Event.CONNECT_FAILED,
        State.REFUSED,
        (Effect.GIVE_PLACE_BACK, Reply("The server cannot be reached.")),
        why="Whoever tries again asks again, behind those who wait",
    ),
    Edge(
        State.CONNECTING,
        Event.LEFT,
        State.CONNECTING_ABANDONED,
        why="A connection that is half open can be given to nobody, so its end is waited for",
    ),
    Edge(
        State.CONNECTING,
        Event.POOL_CLOSED,
        State.TURNED_AWAY_CONNECTING,
        why="No work begins in a pool that closes",
    ),
    Edge(
        State.TURNED_AWAY_CONNECTING,
        Event.CONNECTED,
        State.REFUSED,
        (Effect.GIVE_PLACE_BACK, Reply("The pool is closed.")),
        why="The pool closes the connection with those that nobody has borrowed",
    ),
    Edge(
        State.TURNED_AWAY_CONNECTING,
        Event.CONNECT_FAILED,
        State.REFUSED,
        (Effect.GIVE_PLACE_BACK, Reply("The pool is closed.")),
        why="It does not matter any more why",
    ),
    Edge(
        State.TURNED_AWAY_CONNECTING,
        Event.LEFT,
        State.CONNECTING_ABANDONED,
        why="The connection is still half open",
    ),
    Edge(
        State.CONNECTING_ABANDONED,
        Event.CONNECTED,
        State.GONE,
        (Effect.GIVE_PLACE_BACK,),
        why="The next borrower finds it open",
    ),
    Edge(
        State.CONNECTING_ABANDONED,
        Event.CONNECT_FAILED,
        State.GONE,
        (Effect.GIVE_PLACE_BACK,),
        why="The place is empty, and still a place",
    ),
    Edge(
        State.LENT,
        Event.RETURNED,
        State.GONE,
        (Effect.GIVE_PLACE_BACK,),
        why="A connection on which every question was answered can be used again",
    ),
    Edge(
        State.LENT,
        Event.LEFT,
        State.CLOSING,
        (Effect.CLOSE_CONNECTION,),
        why="An answer may still come on it, which the next borrower would take for its own",
    ),
    Edge(
        State.LENT,
        Event.CONNECTION_LOST,
        State.LOST,
        (Effect.GIVE_PLACE_BACK,),
        why="A borrower with nothing to work with needs no place",
    ),
    Edge(
        State.CLOSING,
        Event.CONNECTION_CLOSED,
        State.GONE,
        (Effect.GIVE_PLACE_BACK,),
        why="Before that the server would count one connection too many",
    ),
)

LEAVING: Final[tuple[Row, ...]] = (
    Edge(
        State.LOST,
        Event.RETURNED,
        State.GONE,
        why="The borrower had no more to ask, and never noticed",
    ),
    Edge(
        State.LOST,
        Event.LEFT,
        State.GONE,
        why="The place was given back when the connection broke",
    ),
    Edge(
        State.REFUSED,
        Event.LEFT,
        State.GONE,
        why="A refusal holds nothing; the borrower goes with it or is cancelled meanwhile",
    ),
)

UNMOVED: Final = {
    State.LENT: "Closing waits for what is lent",
    State.LOST: "Nothing is held",
    State.REFUSED: "Nothing is held",
    State.CLOSING: "It is closed already",
    State.TURNED_AWAY_WAITING: "It is known already",
    State.TURNED_AWAY_CONNECTING: "It is known already",
    State.WITHDRAWING: "The answer is still to come",
    State.CONNECTING_ABANDONED: "The answer is still to come",
}
CLOSED: Final[tuple[Row, ...]] = tuple(
    Edge(state, Event.POOL_CLOSED, state, why=why) for state, why in UNMOVED.items()
)

POOL: Final = Lifecycle(
    name="pool",
    states=(
        StateRow(State.OUTSIDE, Wait.NOTHING),
        StateRow(State.WAITING, Wait.ANSWER, awaits=Effect.ASK_FOR_PLACE),
        StateRow(State.CONNECTING, Wait.ANSWER, awaits=Effect.CONNECT),
        StateRow(State.LENT, Wait.WORK),
        StateRow(State.LOST, Wait.LEAVING, main=False),
        StateRow(State.REFUSED, Wait.LEAVING, main=False),
        StateRow(State.CLOSING, Wait.LATE_ANSWER, awaits=Effect.CLOSE_CONNECTION, main=False),
        StateRow(State.TURNED_AWAY_WAITING, Wait.ANSWER, awaits=Effect.ASK_FOR_PLACE, main=False),
        StateRow(State.TURNED_AWAY_CONNECTING, Wait.ANSWER, awaits=Effect.CONNECT, main=False),
        StateRow(State.WITHDRAWING, Wait.LATE_ANSWER, awaits=Effect.ASK_FOR_PLACE, main=False),
        StateRow(State.CONNECTING_ABANDONED, Wait.LATE_ANSWER, awaits=Effect.CONNECT, main=False),
        StateRow(State.GONE, Wait.NOTHING),
    ),
    edges=(*WAITING, *WITHDRAWING, *TURNED_AWAY, *HOLDING, *LEAVING, *CLOSED),
    requests=(
        Request(Effect.ASK_FOR_PLACE, (Event.PLACE_GRANTED, Event.PLACE_REFUSED)),
        Request(Effect.CONNECT, (Event.CONNECTED, Event.CONNECT_FAILED)),
        Request(Effect.CLOSE_CONNECTION, (Event.CONNECTION_CLOSED,)),
    ),
    resources=(
        Resource(
            Held.PLACE,
            Kind.COUNTED,
            held_in=frozenset(
                {
                    State.CONNECTING,
                    State.LENT,
                    State.CLOSING,
                    State.TURNED_AWAY_CONNECTING,
                    State.CONNECTING_ABANDONED,
                }
            ),
            taken_by=frozenset({Event.PLACE_GRANTED}),
            given_back_by=Effect.GIVE_PLACE_BACK,
            per=Per.SERVER,
        ),
    ),
    environment=(Event.POOL_CLOSED,),
    initial=State.OUTSIDE,
    final=(State.GONE,),
    brings={
        Wait.ANSWER: (Event.LEFT,),
        Wait.WORK: (Event.RETURNED, Event.LEFT, Event.CONNECTION_LOST),
        Wait.LEAVING: (Event.LEFT,),
    },
)
