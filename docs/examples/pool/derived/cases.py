"""The cases of the pool lifecycle.

Derived from pool/pool.py:POOL; change that instead.
Digest of the declaration: sha256 e6bae85a37ea0f0ee234a95087cdfe66
Written by: requite derive
"""

from typing import Final

from .machine import EDGES, Event, State

__all__ = ("EXITS", "WORDS")

WORDS: Final[dict[State, tuple[Event, ...]]] = {
    State.OUTSIDE: (),
    State.WAITING: (Event.ASKED,),
    State.CONNECTING: (Event.ASKED, Event.PLACE_GRANTED),
    State.LENT: (Event.ASKED, Event.PLACE_GRANTED, Event.CONNECTED),
    State.LOST: (Event.ASKED, Event.PLACE_GRANTED, Event.CONNECTED, Event.CONNECTION_LOST),
    State.REFUSED: (Event.ASKED, Event.PLACE_REFUSED),
    State.CLOSING: (Event.ASKED, Event.PLACE_GRANTED, Event.CONNECTED, Event.LEFT),
    State.TURNED_AWAY_WAITING: (Event.ASKED, Event.POOL_CLOSED),
    State.TURNED_AWAY_CONNECTING: (Event.ASKED, Event.PLACE_GRANTED, Event.POOL_CLOSED),
    State.WITHDRAWING: (Event.ASKED, Event.LEFT),
    State.CONNECTING_ABANDONED: (Event.ASKED, Event.PLACE_GRANTED, Event.LEFT),
    State.GONE: (Event.ASKED, Event.PLACE_REFUSED, Event.LEFT),
}
"""A shortest word of events to each state."""

EXITS: Final = tuple(step for step in EDGES if step.gives_back)
"""The 10 rows that give something back."""
