"""What one connection has used up of the patience that there is with it.

Decides when a line, or a login that failed, is one more than a connection may have: the event is
then another one, and what follows from it stands in the declaration. Refuses to forget: neither
STLS nor a login begins the counting anew, so that nobody buys patience with either.
"""

from typing import Final

from requite.generated.pop3 import Event
from requite.pop3.shell.surroundings import Settings

__all__ = ("Patience",)

MISTAKES: Final = frozenset(
    {
        Event.COMMAND_UNKNOWN,
        Event.COMMAND_MALFORMED,
        Event.RESPONSE_MALFORMED,
        Event.LINE_TOO_LONG,
    }
)
ENDS_ANYHOW: Final = frozenset({Event.QUIT_RECEIVED, Event.LINE_ENDLESS})
"""What is the last line of a connection by itself is never one too many."""


class Patience:
    """Counts what one connection may do a limited number of times.

    Example:
        >>> patience = Patience(Settings(failed_logins_max=2))
        >>> patience.after_failed_login().name, patience.after_failed_login().name
        ('REJECTED', 'REJECTED_FOR_GOOD')
    """

    __slots__ = ("_commands", "_failed_logins", "_mistakes", "_settings")

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._commands = 0
        self._mistakes = 0
        self._failed_logins = 0

    def after_line(self, event: Event, *, logged_in: bool) -> Event:
        """Count a line, and return its event, or that it was one too many."""
        if event in ENDS_ANYHOW:
            return event
        if event in MISTAKES:
            self._mistakes += 1
            if self._mistakes > self._settings.mistakes_max:
                return Event.MISTAKES_EXHAUSTED
        if not logged_in:
            self._commands += 1
            if self._commands > self._settings.commands_before_login_max:
                return Event.COMMANDS_EXHAUSTED
        return event

    def after_failed_login(self) -> Event:
        """Count a login that failed, and return whether there may be another."""
        self._failed_logins += 1
        if self._failed_logins < self._settings.failed_logins_max:
            return Event.REJECTED
        return Event.REJECTED_FOR_GOOD
