"""The places of a pool, and the queue of those who ask for one.

Decides who is granted a place: the first who asked, whoever comes later. A place that is granted is
the asker's from that moment, although the news travel for a turn of the event loop; nobody can step
in between. Refuses to decide what a place is good for.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from .connection import Connection

__all__ = ("Asker", "Place", "Places")


@dataclass(eq=False, slots=True)
class Place:
    """Room for one connection; it stays with the place when the place is given back."""

    connection: Connection | None = None


class Asker(Protocol):
    """Who asks for a place. Exactly one of the two methods is called for each request."""

    def granted(self) -> None:
        """Learn that there is a place in `lent` for you; it has been there for a turn."""
        ...

    def refused(self) -> None:
        """Learn that there will be no place."""
        ...


class Places:
    """A number of places. How many are lent is the size of `lent`, and is stored nowhere else."""

    def __init__(
        self, size: int, waiting_max: int, soon: Callable[[Callable[[], None]], object]
    ) -> None:
        self.free: Final = [Place() for _ in range(size)]
        self.lent: Final[dict[Asker, Place]] = {}
        self.queue: Final[dict[Asker, None]] = {}  # In the order of asking; leaving is cheap.
        self.waiting_max: Final = waiting_max
        self._soon = soon

    def ask(self, who: Asker) -> None:
        """Grant a place, now or when it is the asker's turn, or refuse it."""
        if self.free:
            self._grant(who)
        elif len(self.queue) < self.waiting_max:
            self.queue[who] = None
        else:
            self._soon(who.refused)

    def withdraw(self, who: Asker) -> None:
        """Refuse who still waits; who was granted a place has yet to hear of it, and will."""
        if who in self.queue:
            del self.queue[who]
            self._soon(who.refused)

    def give_back(self, who: Asker) -> None:
        """Take a place back, and grant it to the first in the queue at once."""
        self.free.append(self.lent.pop(who))
        if self.queue:
            first = next(iter(self.queue))
            del self.queue[first]
            self._grant(first)

    def _grant(self, who: Asker) -> None:
        self.lent[who] = self.free.pop()  # The last one used: its connection is the freshest.
        self._soon(who.granted)
