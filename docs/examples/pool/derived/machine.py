"""The machine of the pool lifecycle.

Derived from pool/pool.py:POOL; change that instead.
Digest of the declaration: sha256 e6bae85a37ea0f0ee234a95087cdfe66
Written by: requite derive
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Protocol

__all__ = (
    "EDGES",
    "FINAL",
    "HELD",
    "INITIAL",
    "STEPS",
    "Event",
    "Held",
    "LocalProtocolError",
    "Machine",
    "Shell",
    "State",
    "Step",
    "Wait",
)


class LocalProtocolError(Exception):
    """Something of ours reported an event that cannot follow; a defect, never the peer's doing."""


class Wait(IntEnum):
    """What a state waits for."""

    NOTHING = 0
    """Nothing."""
    ANSWER = 1
    """An answer, while the borrower waits for it too."""
    LATE_ANSWER = 2
    """An answer that nobody waits for any more."""
    WORK = 3
    """What the borrower does with the connection."""
    LEAVING = 4
    """The borrower to go."""


class State(IntEnum):
    """Where a borrower stands."""

    OUTSIDE = 0
    """Nobody has asked yet."""
    WAITING = 1
    """A place is asked for."""
    CONNECTING = 2
    """A connection is opened in the place."""
    LENT = 3
    """The borrower works with the connection."""
    LOST = 4
    """The connection broke under the borrower, who has yet to go."""
    REFUSED = 5
    """The borrower was told that there is no connection, and has yet to go."""
    CLOSING = 6
    """The borrower left in the middle, and the connection is closed."""
    TURNED_AWAY_WAITING = 7
    """The pool closes, and the request of who waits is withdrawn."""
    TURNED_AWAY_CONNECTING = 8
    """The pool closes while a connection is opened."""
    WITHDRAWING = 9
    """The borrower left while waiting, and the request is withdrawn."""
    CONNECTING_ABANDONED = 10
    """The borrower left while a connection was opened."""
    GONE = 11
    """The borrower is gone."""


class Event(IntEnum):
    """What happened."""

    ASKED = 0
    """Somebody asks for a connection."""
    PLACE_GRANTED = 1
    """There is a place."""
    PLACE_REFUSED = 2
    """There will be no place: too many wait, or the request was withdrawn."""
    CONNECTED = 3
    """The place has an open connection."""
    CONNECT_FAILED = 4
    """No connection can be opened."""
    RETURNED = 5
    """The borrower is done with the connection."""
    LEFT = 6
    """The borrower went away: cancelled, out of time, or failed."""
    CONNECTION_LOST = 7
    """The connection broke."""
    CONNECTION_CLOSED = 8
    """The connection is closed."""
    POOL_CLOSED = 9
    """The pool takes nobody in any more."""


class Held(IntEnum):
    """What a borrower holds."""

    PLACE = 0
    """One of the places of the pool."""


class Shell(Protocol):
    """What performs the effects; a type checker refuses one that forgets any."""

    def send_reply(self, text: str, /) -> None:
        """Queue one line for the peer; the line end is the shell's."""
        ...

    def give_place_back(self) -> None:
        """Give the place back, with the connection in it if one is open."""
        ...

    def ask_for_place(self) -> None:
        """Ask for a place.

        Answered later by one of PLACE_GRANTED, PLACE_REFUSED.
        """
        ...

    def withdraw(self) -> None:
        """Withdraw the request for a place; it is answered all the same."""
        ...

    def connect(self) -> None:
        """See to it that a connection is open in the place.

        Answered later by one of CONNECTED, CONNECT_FAILED.
        """
        ...

    def lend(self) -> None:
        """Let the borrower use the connection."""
        ...

    def close_connection(self) -> None:
        """Close the connection in the place.

        Answered later by one of CONNECTION_CLOSED.
        """
        ...


def outside__asked(shell: Shell) -> None:
    """OUTSIDE --ASKED--> WAITING.

    Nobody opens a connection without a place to keep it in.
    """
    shell.ask_for_place()


def waiting__place_granted(shell: Shell) -> None:
    """WAITING --PLACE_GRANTED--> CONNECTING.

    A place may be empty, or its connection may have died of old age.
    """
    shell.connect()


def waiting__place_refused(shell: Shell) -> None:
    """WAITING --PLACE_REFUSED--> REFUSED.

    A queue without a bound only hides that the pool is too small.
    """
    shell.send_reply("Too many wait already.")


def waiting__left(shell: Shell) -> None:
    """WAITING --LEFT--> WITHDRAWING.

    The grant may be on its way already, so the answer is waited for.
    """
    shell.withdraw()


def waiting__pool_closed(shell: Shell) -> None:
    """WAITING --POOL_CLOSED--> TURNED_AWAY_WAITING.

    Who has no place yet gets none any more, and the grant may be on its way already.
    """
    shell.withdraw()


def withdrawing__place_granted(shell: Shell) -> None:
    """WITHDRAWING --PLACE_GRANTED--> GONE.

    The grant was on its way; the next in the queue has a use for it.
    """
    shell.give_place_back()


def withdrawing__place_refused(shell: Shell) -> None:
    """WITHDRAWING --PLACE_REFUSED--> GONE.

    The request was still in the queue, and nothing was granted.
    """


def turned_away_waiting__place_granted(shell: Shell) -> None:
    """TURNED_AWAY_WAITING --PLACE_GRANTED--> REFUSED.

    The grant was on its way, and no work begins in a pool that closes.
    """
    shell.give_place_back()
    shell.send_reply("The pool is closed.")


def turned_away_waiting__place_refused(shell: Shell) -> None:
    """TURNED_AWAY_WAITING --PLACE_REFUSED--> REFUSED.

    The request was still in the queue, and nothing was granted.
    """
    shell.send_reply("The pool is closed.")


def turned_away_waiting__left(shell: Shell) -> None:
    """TURNED_AWAY_WAITING --LEFT--> WITHDRAWING.

    The request is withdrawn already; only its answer is still to come.
    """


def connecting__connected(shell: Shell) -> None:
    """CONNECTING --CONNECTED--> LENT.

    There is a place, and a connection in it.
    """
    shell.lend()


def connecting__connect_failed(shell: Shell) -> None:
    """CONNECTING --CONNECT_FAILED--> REFUSED.

    Whoever tries again asks again, behind those who wait.
    """
    shell.give_place_back()
    shell.send_reply("The server cannot be reached.")


def connecting__left(shell: Shell) -> None:
    """CONNECTING --LEFT--> CONNECTING_ABANDONED.

    A connection that is half open can be given to nobody, so its end is waited for.
    """


def connecting__pool_closed(shell: Shell) -> None:
    """CONNECTING --POOL_CLOSED--> TURNED_AWAY_CONNECTING.

    No work begins in a pool that closes.
    """


def turned_away_connecting__connected(shell: Shell) -> None:
    """TURNED_AWAY_CONNECTING --CONNECTED--> REFUSED.

    The pool closes the connection with those that nobody has borrowed.
    """
    shell.give_place_back()
    shell.send_reply("The pool is closed.")


def turned_away_connecting__connect_failed(shell: Shell) -> None:
    """TURNED_AWAY_CONNECTING --CONNECT_FAILED--> REFUSED.

    It does not matter any more why.
    """
    shell.give_place_back()
    shell.send_reply("The pool is closed.")


def turned_away_connecting__left(shell: Shell) -> None:
    """TURNED_AWAY_CONNECTING --LEFT--> CONNECTING_ABANDONED.

    The connection is still half open.
    """


def connecting_abandoned__connected(shell: Shell) -> None:
    """CONNECTING_ABANDONED --CONNECTED--> GONE.

    The next borrower finds it open.
    """
    shell.give_place_back()


def connecting_abandoned__connect_failed(shell: Shell) -> None:
    """CONNECTING_ABANDONED --CONNECT_FAILED--> GONE.

    The place is empty, and still a place.
    """
    shell.give_place_back()


def lent__returned(shell: Shell) -> None:
    """LENT --RETURNED--> GONE.

    A connection on which every question was answered can be used again.
    """
    shell.give_place_back()


def lent__left(shell: Shell) -> None:
    """LENT --LEFT--> CLOSING.

    An answer may still come on it, which the next borrower would take for its own.
    """
    shell.close_connection()


def lent__connection_lost(shell: Shell) -> None:
    """LENT --CONNECTION_LOST--> LOST.

    A borrower with nothing to work with needs no place.
    """
    shell.give_place_back()


def closing__connection_closed(shell: Shell) -> None:
    """CLOSING --CONNECTION_CLOSED--> GONE.

    Before that the server would count one connection too many.
    """
    shell.give_place_back()


def lost__returned(shell: Shell) -> None:
    """LOST --RETURNED--> GONE.

    The borrower had no more to ask, and never noticed.
    """


def lost__left(shell: Shell) -> None:
    """LOST --LEFT--> GONE.

    The place was given back when the connection broke.
    """


def refused__left(shell: Shell) -> None:
    """REFUSED --LEFT--> GONE.

    A refusal holds nothing; the borrower goes with it or is cancelled meanwhile.
    """


def lent__pool_closed(shell: Shell) -> None:
    """LENT --POOL_CLOSED--> LENT.

    Closing waits for what is lent.
    """


def lost__pool_closed(shell: Shell) -> None:
    """LOST --POOL_CLOSED--> LOST.

    Nothing is held.
    """


def refused__pool_closed(shell: Shell) -> None:
    """REFUSED --POOL_CLOSED--> REFUSED.

    Nothing is held.
    """


def closing__pool_closed(shell: Shell) -> None:
    """CLOSING --POOL_CLOSED--> CLOSING.

    It is closed already.
    """


def turned_away_waiting__pool_closed(shell: Shell) -> None:
    """TURNED_AWAY_WAITING --POOL_CLOSED--> TURNED_AWAY_WAITING.

    It is known already.
    """


def turned_away_connecting__pool_closed(shell: Shell) -> None:
    """TURNED_AWAY_CONNECTING --POOL_CLOSED--> TURNED_AWAY_CONNECTING.

    It is known already.
    """


def withdrawing__pool_closed(shell: Shell) -> None:
    """WITHDRAWING --POOL_CLOSED--> WITHDRAWING.

    The answer is still to come.
    """


def connecting_abandoned__pool_closed(shell: Shell) -> None:
    """CONNECTING_ABANDONED --POOL_CLOSED--> CONNECTING_ABANDONED.

    The answer is still to come.
    """


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the table, ready to be taken."""

    source: State
    event: Event
    target: State
    waits_for: Wait
    """What the target waits for."""
    final: bool
    """Whether the session is over then."""
    gives_back: tuple[Held, ...]
    """What the row gives back; a row that gives anything back is an exit."""
    perform: Callable[[Shell], None]
    """Do what the row owes, in its order."""
    why: str


INITIAL: Final = State.OUTSIDE
FINAL: Final = frozenset({State.GONE})

HELD: Final[dict[State, tuple[Held, ...]]] = {
    State.OUTSIDE: (),
    State.WAITING: (),
    State.CONNECTING: (Held.PLACE,),
    State.LENT: (Held.PLACE,),
    State.LOST: (),
    State.REFUSED: (),
    State.CLOSING: (Held.PLACE,),
    State.TURNED_AWAY_WAITING: (),
    State.TURNED_AWAY_CONNECTING: (Held.PLACE,),
    State.WITHDRAWING: (),
    State.CONNECTING_ABANDONED: (Held.PLACE,),
    State.GONE: (),
}
"""What is held in each state."""

EDGES: Final = (
    Step(
        State.OUTSIDE,
        Event.ASKED,
        State.WAITING,
        waits_for=Wait.ANSWER,
        final=False,
        gives_back=(),
        perform=outside__asked,
        why="Nobody opens a connection without a place to keep it in",
    ),
    Step(
        State.WAITING,
        Event.PLACE_GRANTED,
        State.CONNECTING,
        waits_for=Wait.ANSWER,
        final=False,
        gives_back=(),
        perform=waiting__place_granted,
        why="A place may be empty, or its connection may have died of old age",
    ),
    Step(
        State.WAITING,
        Event.PLACE_REFUSED,
        State.REFUSED,
        waits_for=Wait.LEAVING,
        final=False,
        gives_back=(),
        perform=waiting__place_refused,
        why="A queue without a bound only hides that the pool is too small",
    ),
    Step(
        State.WAITING,
        Event.LEFT,
        State.WITHDRAWING,
        waits_for=Wait.LATE_ANSWER,
        final=False,
        gives_back=(),
        perform=waiting__left,
        why="The grant may be on its way already, so the answer is waited for",
    ),
    Step(
        State.WAITING,
        Event.POOL_CLOSED,
        State.TURNED_AWAY_WAITING,
        waits_for=Wait.ANSWER,
        final=False,
        gives_back=(),
        perform=waiting__pool_closed,
        why="Who has no place yet gets none any more, and the grant may be on its way already",
    ),
    Step(
        State.WITHDRAWING,
        Event.PLACE_GRANTED,
        State.GONE,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.PLACE,),
        perform=withdrawing__place_granted,
        why="The grant was on its way; the next in the queue has a use for it",
    ),
    Step(
        State.WITHDRAWING,
        Event.PLACE_REFUSED,
        State.GONE,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(),
        perform=withdrawing__place_refused,
        why="The request was still in the queue, and nothing was granted",
    ),
    Step(
        State.TURNED_AWAY_WAITING,
        Event.PLACE_GRANTED,
        State.REFUSED,
        waits_for=Wait.LEAVING,
        final=False,
        gives_back=(Held.PLACE,),
        perform=turned_away_waiting__place_granted,
        why="The grant was on its way, and no work begins in a pool that closes",
    ),
    Step(
        State.TURNED_AWAY_WAITING,
        Event.PLACE_REFUSED,
        State.REFUSED,
        waits_for=Wait.LEAVING,
        final=False,
        gives_back=(),
        perform=turned_away_waiting__place_refused,
        why="The request was still in the queue, and nothing was granted",
    ),
    Step(
        State.TURNED_AWAY_WAITING,
        Event.LEFT,
        State.WITHDRAWING,
        waits_for=Wait.LATE_ANSWER,
        final=False,
        gives_back=(),
        perform=turned_away_waiting__left,
        why="The request is withdrawn already; only its answer is still to come",
    ),
    Step(
        State.CONNECTING,
        Event.CONNECTED,
        State.LENT,
        waits_for=Wait.WORK,
        final=False,
        gives_back=(),
        perform=connecting__connected,
        why="There is a place, and a connection in it",
    ),
    Step(
        State.CONNECTING,
        Event.CONNECT_FAILED,
        State.REFUSED,
        waits_for=Wait.LEAVING,
        final=False,
        gives_back=(Held.PLACE,),
        perform=connecting__connect_failed,
        why="Whoever tries again asks again, behind those who wait",
    ),
    Step(
        State.CONNECTING,
        Event.LEFT,
        State.CONNECTING_ABANDONED,
        waits_for=Wait.LATE_ANSWER,
        final=False,
        gives_back=(),
        perform=connecting__left,
        why="A connection that is half open can be given to nobody, so its end is waited for",
    ),
    Step(
        State.CONNECTING,
        Event.POOL_CLOSED,
        State.TURNED_AWAY_CONNECTING,
        waits_for=Wait.ANSWER,
        final=False,
        gives_back=(),
        perform=connecting__pool_closed,
        why="No work begins in a pool that closes",
    ),
    Step(
        State.TURNED_AWAY_CONNECTING,
        Event.CONNECTED,
        State.REFUSED,
        waits_for=Wait.LEAVING,
        final=False,
        gives_back=(Held.PLACE,),
        perform=turned_away_connecting__connected,
        why="The pool closes the connection with those that nobody has borrowed",
    ),
    Step(
        State.TURNED_AWAY_CONNECTING,
        Event.CONNECT_FAILED,
        State.REFUSED,
        waits_for=Wait.LEAVING,
        final=False,
        gives_back=(Held.PLACE,),
        perform=turned_away_connecting__connect_failed,
        why="It does not matter any more why",
    ),
    Step(
        State.TURNED_AWAY_CONNECTING,
        Event.LEFT,
        State.CONNECTING_ABANDONED,
        waits_for=Wait.LATE_ANSWER,
        final=False,
        gives_back=(),
        perform=turned_away_connecting__left,
        why="The connection is still half open",
    ),
    Step(
        State.CONNECTING_ABANDONED,
        Event.CONNECTED,
        State.GONE,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.PLACE,),
        perform=connecting_abandoned__connected,
        why="The next borrower finds it open",
    ),
    Step(
        State.CONNECTING_ABANDONED,
        Event.CONNECT_FAILED,
        State.GONE,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.PLACE,),
        perform=connecting_abandoned__connect_failed,
        why="The place is empty, and still a place",
    ),
    Step(
        State.LENT,
        Event.RETURNED,
        State.GONE,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.PLACE,),
        perform=lent__returned,
        why="A connection on which every question was answered can be used again",
    ),
    Step(
        State.LENT,
        Event.LEFT,
        State.CLOSING,
        waits_for=Wait.LATE_ANSWER,
        final=False,
        gives_back=(),
        perform=lent__left,
        why="An answer may still come on it, which the next borrower would take for its own",
    ),
    Step(
        State.LENT,
        Event.CONNECTION_LOST,
        State.LOST,
        waits_for=Wait.LEAVING,
        final=False,
        gives_back=(Held.PLACE,),
        perform=lent__connection_lost,
        why="A borrower with nothing to work with needs no place",
    ),
    Step(
        State.CLOSING,
        Event.CONNECTION_CLOSED,
        State.GONE,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.PLACE,),
        perform=closing__connection_closed,
        why="Before that the server would count one connection too many",
    ),
    Step(
        State.LOST,
        Event.RETURNED,
        State.GONE,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(),
        perform=lost__returned,
        why="The borrower had no more to ask, and never noticed",
    ),
    Step(
        State.LOST,
        Event.LEFT,
        State.GONE,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(),
        perform=lost__left,
        why="The place was given back when the connection broke",
    ),
    Step(
        State.REFUSED,
        Event.LEFT,
        State.GONE,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(),
        perform=refused__left,
        why="A refusal holds nothing; the borrower goes with it or is cancelled meanwhile",
    ),
    Step(
        State.LENT,
        Event.POOL_CLOSED,
        State.LENT,
        waits_for=Wait.WORK,
        final=False,
        gives_back=(),
        perform=lent__pool_closed,
        why="Closing waits for what is lent",
    ),
    Step(
        State.LOST,
        Event.POOL_CLOSED,
        State.LOST,
        waits_for=Wait.LEAVING,
        final=False,
        gives_back=(),
        perform=lost__pool_closed,
        why="Nothing is held",
    ),
    Step(
        State.REFUSED,
        Event.POOL_CLOSED,
        State.REFUSED,
        waits_for=Wait.LEAVING,
        final=False,
        gives_back=(),
        perform=refused__pool_closed,
        why="Nothing is held",
    ),
    Step(
        State.CLOSING,
        Event.POOL_CLOSED,
        State.CLOSING,
        waits_for=Wait.LATE_ANSWER,
        final=False,
        gives_back=(),
        perform=closing__pool_closed,
        why="It is closed already",
    ),
    Step(
        State.TURNED_AWAY_WAITING,
        Event.POOL_CLOSED,
        State.TURNED_AWAY_WAITING,
        waits_for=Wait.ANSWER,
        final=False,
        gives_back=(),
        perform=turned_away_waiting__pool_closed,
        why="It is known already",
    ),
    Step(
        State.TURNED_AWAY_CONNECTING,
        Event.POOL_CLOSED,
        State.TURNED_AWAY_CONNECTING,
        waits_for=Wait.ANSWER,
        final=False,
        gives_back=(),
        perform=turned_away_connecting__pool_closed,
        why="It is known already",
    ),
    Step(
        State.WITHDRAWING,
        Event.POOL_CLOSED,
        State.WITHDRAWING,
        waits_for=Wait.LATE_ANSWER,
        final=False,
        gives_back=(),
        perform=withdrawing__pool_closed,
        why="The answer is still to come",
    ),
    Step(
        State.CONNECTING_ABANDONED,
        Event.POOL_CLOSED,
        State.CONNECTING_ABANDONED,
        waits_for=Wait.LATE_ANSWER,
        final=False,
        gives_back=(),
        perform=connecting_abandoned__pool_closed,
        why="The answer is still to come",
    ),
)
"""Every row of the table, in the order of the declaration."""


def _rows(steps: Iterable[Step]) -> tuple[tuple[Step | None, ...], ...]:
    table: list[list[Step | None]] = [[None] * len(Event) for _ in State]
    for step in steps:
        table[step.source][step.event] = step
    return tuple(tuple(row) for row in table)


STEPS: Final = _rows(EDGES)
"""The step for each state and event, or None where the event cannot happen."""


class Machine:
    """Where one session stands. It has no clock, no socket, no log and waits for nothing."""

    __slots__ = ("state",)

    def __init__(self) -> None:
        self.state = INITIAL

    def step(self, event: Event) -> Step:
        """Take the step that an event asks for, and return it; its effects are owed.

        Raises:
            LocalProtocolError: the event cannot happen in this state.
        """
        step = STEPS[self.state][event]
        if step is None:
            raise LocalProtocolError(f"{event.name} cannot happen in {self.state.name}")
        self.state = step.target
        return step
