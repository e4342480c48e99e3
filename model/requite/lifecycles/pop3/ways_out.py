"""The ways out that states have in common, by the kind of wait.

Decides what a session that ends owes in each kind of wait. Refuses to decide which states there
are: each function is given one, and returns rows.
"""

from typing import Final, TypeAlias

from requite.lifecycles.pop3.vocabulary import Effect, Event, Held, State
from requite.model import Edge, Reply

__all__ = (
    "ENTRY",
    "ENVIRONMENT",
    "IN_MAILDROP",
    "LOGGED_IN",
    "Effects",
    "Row",
    "Rows",
    "leaves_a_line",
    "leaves_at_once",
    "only_waits",
    "refuses",
    "say_and_close",
    "says_unreadable",
    "speaks",
)

Row: TypeAlias = Edge[State, Event, Effect, Held]
Rows: TypeAlias = tuple[Row, ...]
Effects: TypeAlias = tuple[Effect | Reply, ...]

ENVIRONMENT: Final = (
    Event.TIME_EXPIRED,
    Event.WRITE_STALLED,
    Event.KICKED,
    Event.DRAINED,
    Event.FAULTED,
)


FAREWELLS: Final = {
    Event.KICKED: Reply("-ERR [SYS/TEMP] The administrator has ended this session."),
    Event.DRAINED: Reply("-ERR [SYS/TEMP] The server is stopping; try again later."),
    Event.FAULTED: Reply("-ERR [SYS/TEMP] Something failed in the server; try again later."),
}
UNREADABLE: Final = {
    Event.COMMAND_UNKNOWN: Reply("-ERR Unknown command."),
    Event.COMMAND_MALFORMED: Reply("-ERR That command does not take these arguments."),
    Event.LINE_TOO_LONG: Reply("-ERR The line is too long; it has been skipped."),
}


ENTRY: Final = (Effect.RELEASE_CONNECTION,)
LOGGED_IN: Final = (Effect.RELEASE_SLOT, Effect.RELEASE_CONNECTION)
IN_MAILDROP: Final = (*LOGGED_IN, Effect.UNLOCK_MAILDROP)


def say_and_close(reply: Reply) -> Effects:
    """Say a last word and close, once everything but the socket is given back."""
    return (Effect.START_CLOSING_TIMER, reply, Effect.CLOSE_SOCKET)


def leaves_a_line(source: State, gives_back: tuple[Effect, ...]) -> Rows:
    """Return the ways out of a state that waits for a line and has nothing outstanding."""
    too_many = {
        Event.LINE_ENDLESS: (
            Reply("-ERR The line has no end."),
            "RFC 2449 section 4: a command line has at most 255 octets; a limit is needed",
        ),
        Event.MISTAKES_EXHAUSTED: (
            Reply("-ERR Too many lines could not be read."),
            "Who goes on sending what is no command is no client of ours",
        ),
        Event.COMMANDS_EXHAUSTED: (
            Reply("-ERR Too many commands before a login."),
            "Who does not log in may not keep the server busy for ever",
        ),
    }
    drop = (*gives_back, Effect.DROP_SOCKET)
    closed = State.CLOSED
    return (
        *(
            Edge(source, event, State.CLOSING, (*gives_back, *say_and_close(reply)), why=why)
            for event, (reply, why) in too_many.items()
            if event is not Event.COMMANDS_EXHAUSTED or gives_back == ENTRY
        ),
        Edge(
            source,
            Event.END_OF_STREAM,
            State.CLOSING,
            (*gives_back, Effect.START_CLOSING_TIMER, Effect.CLOSE_SOCKET),
            why="RFC 1939 section 6: without QUIT no UPDATE; what was answered still goes out",
        ),
        Edge(
            source,
            Event.CONNECTION_LOST,
            closed,
            drop,
            why="RFC 1939 section 6: a session that ends without QUIT never enters UPDATE",
        ),
        Edge(
            source,
            Event.TIME_EXPIRED,
            closed,
            drop,
            why="RFC 1939 section 3: autologout closes without a response and without UPDATE",
        ),
        Edge(
            source,
            Event.WRITE_STALLED,
            closed,
            drop,
            why="A client that does not read cannot be told anything",
        ),
        *(
            Edge(
                source,
                event,
                State.CLOSING,
                (*gives_back, *say_and_close(FAREWELLS[event])),
                why="An -ERR just before the end is a true answer to any command it crosses",
            )
            for event in (Event.KICKED, Event.DRAINED, Event.FAULTED)
        ),
    )


def leaves_at_once(
    source: State,
    target: State,
    effects: Effects,
    *,
    stays_on: tuple[Event, ...] = (),
) -> Rows:
    """Return the ways out of a state that waits for anything but a line.

    Args:
        source: the state.
        target: where to wait for what is outstanding, or CLOSED.
        effects: what is given back and stopped.
        stays_on: the events on which the work in hand is finished first.
    """
    reasons = {
        Event.END_OF_STREAM: "The client has left; nobody is there for what is outstanding",
        Event.CONNECTION_LOST: "The client has left; nobody is there for what is outstanding",
        Event.TIME_EXPIRED: "What is outstanding takes too long to be waited for with a slot held",
        Event.WRITE_STALLED: "A client that does not read cannot be told anything",
        Event.KICKED: "The administrator does not wait for what is outstanding",
        Event.DRAINED: "What is outstanding may take longer than the server has",
        Event.FAULTED: "After a fault of ours nothing more is begun",
    }
    patience = {
        Event.END_OF_STREAM: "A client may close its half and still read the answer it waits for",
        Event.DRAINED: "The command in hand is finished; the drain is met at the next command",
    }
    return tuple(
        Edge(source, event, source, why=patience[event])
        if event in stays_on
        else Edge(source, event, target, effects, why=why)
        for event, why in reasons.items()
    )


def only_waits(source: State, closes: dict[Event, tuple[Effect, ...]]) -> Rows:
    """Return the rows of a state that only waits for a late answer, and what each answer costs."""
    return (
        *(
            Edge(
                source,
                event,
                State.CLOSED,
                gives_back,
                why="What a late answer brings is given back by the one who asked for it",
            )
            for event, gives_back in closes.items()
        ),
        *(
            Edge(source, event, source, why="The answer is still to come, and may bring something")
            for event in ENVIRONMENT
        ),
    )


def refuses(source: State, events: tuple[Event, ...], reply: Reply, why: str) -> Rows:
    """Return the rows of commands that have no place in this state."""
    timer = (Effect.START_IDLE_TIMER,) if source is State.TRANSACTION else ()
    return tuple(Edge(source, event, source, (*timer, reply), why=why) for event in events)


def speaks(source: State) -> Rows:
    """Return the rows of LANG, which is valid before the login and after it."""
    timer = (Effect.START_IDLE_TIMER,) if source is State.TRANSACTION else ()
    listing = (*timer, Reply("+OK Languages follow."), Effect.SEND_LANGUAGES)
    chosen = (*timer, Effect.CHOOSE_LANGUAGE, Reply("+OK {language} The language is chosen."))
    return (
        Edge(
            source,
            Event.LANGUAGES_ASKED,
            source,
            listing,
            why="RFC 6856 section 3: without an argument LANG lists the languages",
        ),
        Edge(
            source,
            Event.LANGUAGE_CHOSEN,
            source,
            chosen,
            why="RFC 6856 section 3: the answer is in the new language already",
        ),
        *refuses(
            source,
            (Event.LANGUAGE_UNKNOWN,),
            Reply("-ERR That language is not there; LANG lists those that are."),
            "RFC 6856 section 3: what cannot be chosen leaves the language as it is",
        ),
    )


def says_unreadable(source: State) -> Rows:
    """Return the rows of lines that are no command."""
    why = "RFC 1939 section 3: what is not recognised or not valid is answered with -ERR"
    return tuple(
        row for event, reply in UNREADABLE.items() for row in refuses(source, (event,), reply, why)
    )
