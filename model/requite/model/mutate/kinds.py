"""The kinds of mistakes that a declaration is tried with, and one mistake as a value.

Decides what a mutant is: a row with what stands in its place, or a fault of meaning, where every
row is as it was and something is done otherwise than the rows say. The value of each kind is the
sentence that is true of its mutants.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, unique
from itertools import chain

from requite.model.declaration import AnyDeclaration, AnyEdge, AnyResource
from requite.model.explore.net import Net

__all__ = ("Kind", "MeaningMutant", "Mutant", "RowMutant")


@unique
class Kind(Enum):
    """What is done to a declaration."""

    # One row is written otherwise.
    FORGOTTEN = "one thing is no longer given back"
    DOUBLED = "one thing is given back twice"
    OTHER_RELEASE = "another thing is given back in its place"
    ADDED = "a thing is given back that the row does not owe"
    LATE = "one thing is given back last, after what could fail"
    SWAPPED = "two neighbouring effects change places"
    OMITTED = "something is no longer done that gives nothing back"
    REPEATED = "something is done twice that gives nothing back"
    DROPPED = "the row is missing"
    RETARGETED = "the row leads to another state"
    # Every row is as it was, and means something else.
    WRONG_KEY = "one row gives back under another key"
    KEYS_DIFFER = "nothing is given back where the session's two keys differ"
    KEY_CHANGED = "the room of one key is asked, and another key is counted"
    COUNTED_LATE = "what is granted is counted one step later"
    ASKED_EARLY = "the room is asked when the request is made, not when the grant comes"
    STOLEN = "a waiter that was told of room takes it later, unasked"
    TAKEN_AGAIN = "a session is granted a second time, and forgets the first grant"
    COUNTED_TWICE = "two layers count the same session"
    FIRST_UNCOUNTED = "the first session of a key is let in and not counted"
    LIMIT_OVER = "the limit lets one too many in"
    LIMIT_UNDER = "the limit keeps the last one out"
    LIMIT_LOWERED = "the limit is lowered, and only a count equal to it is refused"
    CRASH_KEEPS = "the process of a session dies, and what it held stays counted"
    COUNTS_WIPED = "every count begins at zero again while sessions live"
    COUNT_REBUILT = "the count of one key begins at zero again while its sessions live"

    @property
    def of_meaning(self) -> bool:
        """Whether every row is as it was."""
        return self in _OF_MEANING


_OF_MEANING = frozenset(list(Kind)[list(Kind).index(Kind.WRONG_KEY) :])


@dataclass(frozen=True, slots=True)
class RowMutant:
    """A row of a declaration, and what stands in its place."""

    kind: Kind
    row: AnyEdge
    instead: AnyEdge | None
    """The row as it is now; None where it is missing."""
    says: str
    """What was done, in words."""

    def __str__(self) -> str:
        return f"{self.row}: {self.says}"

    def of(self, declared: AnyDeclaration) -> AnyDeclaration:
        """Return a declaration with the mutant in the place of the row."""
        instead = () if self.instead is None else (self.instead,)
        rows = ((edge,) if edge is not self.row else instead for edge in declared.edges)
        return declared.with_edges(chain.from_iterable(rows))


@dataclass(frozen=True, slots=True)
class MeaningMutant:
    """A fault of meaning: how the net of a declaration comes to move otherwise."""

    kind: Kind
    resource: AnyResource
    """What is counted wrongly."""
    becomes: Callable[[Net], Net]
    """Gives the faulty net of a sound one in the same scope."""
    says: str
    """What was done, in words."""
    row: AnyEdge | None = None
    """The one row whose meaning is another, if it is one."""
    beside: AnyResource | None = None
    """Another resource whose keys have to be told apart for it, if any."""

    def __str__(self) -> str:
        return f"{self.row or self.resource.resource.name}: {self.says}"


Mutant = RowMutant | MeaningMutant
