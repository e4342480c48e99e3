"""A small declaration whose names, reasons and words are as odd as a test wants them.

Decides what in a declaration could break the text of another language: names that it keeps for
itself, ends of comments, and ends of lines.
"""

from enum import Enum

from model.door import Effect, Event, Wait
from requite.model import Declaration, Edge, Kind, Resource, StateRow
from requite.model.declaration import AnyDeclaration

__all__ = ("named",)


def named(first: str, second: str, held: str) -> AnyDeclaration:
    """Give a declaration with two states and one thing that is held in the second of them."""
    states = Enum("states", {first: "here", second: "there", "OVER": "nowhere"})  # type: ignore[misc]
    things = Enum("things", {held: "a\nthing"})  # type: ignore[misc]
    here, there, over = states
    (thing,) = things
    return Declaration(
        name="named",
        states=[StateRow(state, Wait.GUEST) for state in states],
        edges=[
            Edge(here, Event.KEY_GRANTED, there, why="A comment */ ends, and (* begins"),
            Edge(there, Event.WALKED_AWAY, over, (Effect.TAKE_KEY_BACK,), why="Two\nlines"),
        ],
        requests=(),
        resources=[
            Resource(
                thing,
                Kind.COUNTED,
                held_in=frozenset({there}),
                taken_by=frozenset({Event.KEY_GRANTED}),
                given_back_by=Effect.TAKE_KEY_BACK,
            )
        ],
        environment=(Event.WALKED_AWAY,),
        initial=here,
        final=(over,),
    )
