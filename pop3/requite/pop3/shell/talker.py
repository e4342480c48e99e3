"""The session, as its connection sees it: who is told what happens to a socket.

Decides nothing. A connection whose socket is dropped has nobody to tell: it lets go of its session,
so that both are freed at once and no cycle is left for the garbage collector to look for.
"""

from typing import Final, Protocol

from requite.generated.pop3 import Event, Wait
from requite.pop3.wire.commands import Command

__all__ = ("NOBODY", "Talker")


class Talker(Protocol):
    """The session, as its connection sees it."""

    waits_for: Wait

    def report(self, event: Event, /) -> None:
        """Take the step that an event asks for."""
        ...

    def handle(self, command: Command, /) -> None:
        """Take the step that a line asks for."""
        ...


class _Nobody:
    """Stands where there is no session yet, or none any more."""

    waits_for = Wait.NOTHING

    def report(self, event: Event, /) -> None:
        """Hear nothing."""

    def handle(self, command: Command, /) -> None:
        """Hear nothing."""


NOBODY: Final = _Nobody()
