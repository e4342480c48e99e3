"""Lifecycles for pictures: a small one, a crowded one, an odd one, a busy one.

Decides what a drawing must cope with: few states, long names, more things held than there are
colours, words that mean something to Mermaid, Graphviz or XML, an arrow with many events.
"""

from enum import Enum
from typing import Final

from requite.model import AnyLifecycle, Edge, Kind, Lifecycle, Reply, Resource, StateRow

__all__ = ("BUSY", "CROWDED", "ODD", "SMALL")

# --- a small lifecycle ---------------------------------------------------------------------------


class Place(Enum):
    """Where a guest is."""

    OUTSIDE = "not here yet"
    QUEUEING = "the guest stands in line, behind < 10 & more others"
    SEATED = "the guest has a seat"
    GONE = "the guest has left"


class Happening(Enum):
    """What happened."""

    ARRIVED = "a guest has arrived"
    SEAT_FREED = "a seat is free"
    CALLED_AWAY = "somebody wants to talk to the guest"
    SANG = "the guest has sung a song"
    LEFT = "the guest leaves"
    FIRE = "there is a fire"


class Deed(Enum):
    """What is owed."""

    FREE_SEAT = "give the seat to somebody else"


class Thing(Enum):
    """What a guest holds."""

    SEAT = "a seat"


class Need(Enum):
    """What a guest waits for."""

    NOTHING = "nothing"
    SEAT = "a seat that is free"
    END = 'the end of the "play"'


FREE: Final = (Deed.FREE_SEAT,)
WHY: Final = "The house has <few> seats & no other rule"
SMALL: Final[AnyLifecycle] = Lifecycle(
    name="guest",
    states=(
        StateRow(Place.OUTSIDE, Need.NOTHING),
        StateRow(Place.QUEUEING, Need.SEAT),
        StateRow(Place.SEATED, Need.END),
        StateRow(Place.GONE, Need.NOTHING),
    ),
    edges=(
        Edge(Place.OUTSIDE, Happening.ARRIVED, Place.QUEUEING, why=WHY),
        Edge(Place.QUEUEING, Happening.SEAT_FREED, Place.SEATED, why=WHY),
        Edge(Place.QUEUEING, Happening.LEFT, Place.GONE, why=WHY),
        Edge(Place.QUEUEING, Happening.FIRE, Place.GONE, why=WHY),
        Edge(Place.SEATED, Happening.SANG, Place.SEATED, why=WHY),
        Edge(Place.SEATED, Happening.CALLED_AWAY, Place.QUEUEING, FREE, why=WHY),
        Edge(Place.SEATED, Happening.LEFT, Place.GONE, FREE, why=WHY),
        Edge(Place.SEATED, Happening.FIRE, Place.GONE, FREE, why=WHY),
    ),
    requests=(),
    resources=(
        Resource(
            Thing.SEAT,
            Kind.COUNTED,
            frozenset({Place.SEATED}),
            frozenset({Happening.SEAT_FREED}),
            Deed.FREE_SEAT,
        ),
    ),
    environment=(Happening.FIRE,),
    initial=Place.OUTSIDE,
    final=(Place.GONE,),
)

# --- a crowded one: long names, many resources, one that is held here and there ------------------


class Stage(Enum):
    """Where a crowded session is."""

    BEFORE_ANYTHING_AT_ALL_HAS_HAPPENED = "nothing yet, and for a long time nothing at all to see"
    HOLDING = "everything is held"
    NOT_HOLDING = "nothing is held here, between two states in which something is"
    HOLDINGAGAINWITHANAMETHATHASNOJOINTANYWHEREINIT = "everything is held here too"
    OVER = "over"


class Turn(Enum):
    """What happened."""

    GRANTED_AFTER_A_LONG_AND_CAREFUL_DELIBERATION = "all is granted"
    REFUSED = "nothing is granted"
    MOVED = "on"
    MOVED_BACK = "back"
    STOPPED = "it must stop"


class Order(Enum):
    """What is owed."""

    GIVE_ALL_BACK = "give all back"


class Stock(Enum):
    """What is held: more things than there are colours."""

    A = "the first"
    SECOND_THING_WITH_A_LONG_NAME = "the second"
    C = "the third"
    D = "the fourth"
    E = "the fifth"
    F = "the sixth"
    G = "the seventh"
    H = "the eighth"
    NINTH = "the ninth"
    TENTH = "the tenth"


HELD_IN: Final = frozenset({Stage.HOLDING, Stage.HOLDINGAGAINWITHANAMETHATHASNOJOINTANYWHEREINIT})
GRANTED: Final = Turn.GRANTED_AFTER_A_LONG_AND_CAREFUL_DELIBERATION
BACK: Final = (Order.GIVE_ALL_BACK,)
AGAIN: Final = Stage.HOLDINGAGAINWITHANAMETHATHASNOJOINTANYWHEREINIT
CROWDED: Final[AnyLifecycle] = Lifecycle(
    name="crowded",
    states=tuple(StateRow(stage, Need.END) for stage in Stage),
    edges=(
        Edge(Stage.BEFORE_ANYTHING_AT_ALL_HAS_HAPPENED, GRANTED, Stage.HOLDING, why=WHY),
        Edge(Stage.BEFORE_ANYTHING_AT_ALL_HAS_HAPPENED, Turn.REFUSED, Stage.NOT_HOLDING, why=WHY),
        Edge(Stage.HOLDING, Turn.MOVED, AGAIN, why=WHY),
        Edge(Stage.HOLDING, Turn.REFUSED, Stage.NOT_HOLDING, BACK, why=WHY),
        Edge(Stage.HOLDING, Turn.STOPPED, Stage.OVER, BACK, why=WHY),
        Edge(Stage.NOT_HOLDING, GRANTED, AGAIN, why=WHY),
        Edge(Stage.NOT_HOLDING, Turn.STOPPED, Stage.OVER, why=WHY),
        Edge(AGAIN, Turn.MOVED_BACK, Stage.NOT_HOLDING, BACK, why=WHY),
        Edge(AGAIN, Turn.MOVED, Stage.HOLDING, why=WHY),
        Edge(AGAIN, Turn.STOPPED, Stage.OVER, BACK, why=WHY),
    ),
    requests=(),
    resources=tuple(
        Resource(stock, Kind.EXCLUSIVE, HELD_IN, frozenset({GRANTED}), Order.GIVE_ALL_BACK)
        for stock in Stock
    ),
    environment=(Turn.STOPPED,),
    initial=Stage.BEFORE_ANYTHING_AT_ALL_HAS_HAPPENED,
    final=(Stage.OVER,),
)

# --- an odd one: nothing is held, and every name and text means something elsewhere --------------


class Word(Enum):
    """States whose names are words of Mermaid or Graphviz, or no letters of theirs."""

    EDGE = 'a "quoted" <b>text</b> & &lt; more; --> not an arrow'
    STATE = "back\\slash\\n, %% no comment, # no colour, `code`"
    NOTE = "one line\nand another:: {not a block}"
    END = "it's over ]]> 終わり \x00"
    Übergang = "überall -- und noch weiter"  # noqa: PLC2401 - a name need not be ASCII.


class Sign(Enum):
    """What happened."""

    DIRECTION = "left or right"
    STRICT = 'a "sign"'
    CLASS = "first & last"


class Nothing(Enum):
    """What is held or owed: nothing."""

    AT_ALL = "nothing at all"


SIGNS: Final = (Reply('say "<hello>" \\n & {{more}}'),)
ODD: Final[AnyLifecycle] = Lifecycle(
    name="graph",
    states=(
        StateRow(Word.EDGE, Need.NOTHING),
        StateRow(Word.STATE, Need.END),
        StateRow(Word.NOTE, Need.END, main=False),
        StateRow(Word.END, Need.NOTHING),
        StateRow(Word.Übergang, Need.NOTHING),
    ),
    edges=(
        Edge(Word.EDGE, Sign.DIRECTION, Word.STATE, SIGNS, why='So says "the <rule>"'),
        Edge(Word.STATE, Sign.STRICT, Word.NOTE, why="It is; so: there"),
        Edge(Word.STATE, Sign.CLASS, Word.END, why="It is -- so"),
        Edge(Word.NOTE, Sign.STRICT, Word.NOTE, why="It is \\n so"),
        Edge(Word.NOTE, Sign.CLASS, Word.END, why="It is so"),
        Edge(Word.NOTE, Sign.DIRECTION, Word.Übergang, why="Es ist so"),
    ),
    requests=(),
    resources=(),
    environment=(Sign.CLASS,),
    initial=Word.EDGE,
    final=(Word.END, Word.Übergang),
)

# --- a busy one: three states, many events -------------------------------------------------------


class Step(Enum):
    """Where it is."""

    FIRST = "not yet"
    SECOND = "in the middle of it"
    LAST = "no more"


# Mypy wants to see each member; nothing here names one.
Call = Enum("Call", {f"CALL_NUMBER_{n}": f"call {n}" for n in range(120)})  # type: ignore[misc]
CALLS: Final = tuple(Call)
BUSY: Final[AnyLifecycle] = Lifecycle(
    name="busy",
    states=tuple(StateRow(step, Need.END) for step in Step),
    edges=(
        *(Edge(Step.FIRST, call, Step.SECOND, why=WHY) for call in CALLS[2:10]),
        Edge(Step.FIRST, CALLS[0], Step.LAST, why=WHY),
        *(Edge(Step.SECOND, call, Step.SECOND, why=WHY) for call in CALLS[2:]),
        *(Edge(Step.SECOND, call, Step.LAST, why=WHY) for call in CALLS[:2]),
    ),
    requests=(),
    resources=(),
    environment=CALLS[:1],
    initial=Step.FIRST,
    final=(Step.LAST,),
)
