"""The driver of the real server, tried on every row of the declaration, with the books compared.

Decides that a counterexample can be played wherever it leads: each row is the last step of a story
that is brought about over a loopback socket.
"""

import asyncio
from collections.abc import Iterable
from typing import Final

import pytest

from driving.counterexamples import NotBroughtAboutError, real_server
from model.tell.told_stories import explored, story_of
from requite.generated import pop3 as generated
from requite.generated.pop3.cases import WORDS
from requite.lifecycles.pop3 import POP3_SESSION, Event, State
from requite.model.explore.net import REST, Move, net_of
from requite.model.explore.scope import scope_of
from requite.model.explore.story import CRASHED, told
from requite.model.tell import Script, play, script_of

ROWS: Final = POP3_SESSION.edges
NET: Final = net_of(
    POP3_SESSION.declaration,
    scope_of(POP3_SESSION.declaration, sessions=2, accounts=2, limit=2),
)
NOT_BROUGHT_ABOUT: Final = {
    Event.PLAINTEXT_FORBIDDEN,
    Event.DELETION_REFUSED,
    Event.DELETION_FORBIDDEN,
}
"""What needs another configuration of the server, or a message that could not be read before."""
NOT_BROUGHT_ABOUT_PINNED: Final = 5


def moves_of(words: Iterable[tuple[int, str]]) -> list[tuple[int, Move]]:
    """Return the moves of several sessions by the names of their events."""
    places: dict[int, int] = {}
    found = []
    for session, event in words:
        place = places.get(session, REST)
        move = next(
            move
            for move in NET.moves
            if move.source == place and event == (move.edge.event.name if move.edge else CRASHED)
        )
        places[session] = move.target
        found.append((session, move))
    return found


def script_to(words: Iterable[tuple[int, str]]) -> Script:
    """Return the script of several sessions that do nothing wrong."""
    return script_of(told(NET, moves_of(words), "nothing"))


def word_to(row: object) -> list[str]:
    """Return the events of a way that ends in a row and can be taken in life."""
    edge = next(edge for edge in ROWS if edge is row)
    source = "AUTHORIZATION" if edge.source is State.CLOSING else edge.source.name
    word = [event.name for event in WORDS[generated.State[source]]]
    if edge.source is State.CLOSING:
        word.append("QUIT_RECEIVED")
    if edge.event is Event.TOP_OPENED:
        word = [event.replace("RETR_", "TOP_") for event in word]
    return [*word, edge.event.name]


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.event not in NOT_BROUGHT_ABOUT], ids=str
)
def test_the_books_are_right_after_every_row(row: object) -> None:
    """Whatever row a story takes, the server counts what the declaration says is held."""
    asyncio.run(play(script_to((0, event) for event in word_to(row)), real_server))


def test_few_rows_cannot_be_brought_about() -> None:
    """What the driver cannot do is pinned, and it says so instead of passing."""
    rows = [row for row in ROWS if row.event in NOT_BROUGHT_ABOUT]
    assert len(rows) == NOT_BROUGHT_ABOUT_PINNED
    for row in rows:
        with pytest.raises(NotBroughtAboutError, match=f"{row.event.name} in {row.source.name}"):
            asyncio.run(play(script_to((0, event) for event in word_to(row)), real_server))


def test_only_the_session_that_it_is_about_runs_out_of_time() -> None:
    """Of two sessions that wait, one times out and the other goes on."""
    login = [event.name for event in WORDS[generated.State.AUTHORIZATION]]
    words = [
        *((0, event) for event in login),
        *((1, event) for event in login),
        (0, "TIME_EXPIRED"),
        (1, "CREDENTIALS_RECEIVED"),
        (1, "VERIFIED"),
        (1, "SLOT_GRANTED"),
    ]
    asyncio.run(play(script_to(words), real_server))


def test_only_the_session_that_it_is_about_is_answered() -> None:
    """Of two sessions that ask, the second is answered first, and the first is answered late."""
    asks = [event.name for event in WORDS[generated.State.TAKING_SLOT]]
    words = [
        *((0, event) for event in asks),
        *((1, event) for event in asks),
        (1, "SLOT_GRANTED"),
        (0, "CONNECTION_LOST"),
        (0, "SLOT_GRANTED"),
        (1, "MAILDROP_LOCKED"),
    ]
    asyncio.run(play(script_to(words), real_server))


def test_a_drain_of_one_session_spares_the_others() -> None:
    """A server drains all its sessions; a story can say it of one."""
    login = [event.name for event in WORDS[generated.State.AUTHORIZATION]]
    words = [
        *((0, event) for event in login),
        *((1, event) for event in login),
        (0, "DRAINED"),
        (1, "QUIT_RECEIVED"),
    ]
    asyncio.run(play(script_to(words), real_server))


def test_a_session_of_one_process_cannot_die_alone() -> None:
    """A story with such a death is refused, and not played in some other way."""
    login = [event.name for event in WORDS[generated.State.AUTHORIZATION]]
    words = [*((0, event) for event in login), (0, CRASHED)]
    with pytest.raises(NotBroughtAboutError, match="explore without crashes"):
        asyncio.run(play(script_to(words), real_server))


def test_another_way_than_the_story_is_told() -> None:
    """A server that does not do what the script says is no server that passes."""
    script = script_of(story_of(explored("keeps a slot")))
    broken = Script(
        lifecycle=script.lifecycle,
        about=script.about,
        limits=script.limits,
        cues=tuple(
            type(cue)(1, cue.event, cue.source, "CLOSED", cue.keys, cue.held)
            if cue.event == "VERIFIED"
            else cue
            for cue in script.cues
        ),
    )
    with pytest.raises(AssertionError, match="expected the session to be in CLOSED, found it in"):
        asyncio.run(play(broken, real_server))
