"""The POP3 session, declared once.

Everything that decides what may happen next in a session of `requite.pop3` stands in this package;
the server, the tests and the pictures are derived from it. `vocabulary` has the names, `places`
says what is held where, `arriving`, `logging_in`, `using` and `late` have the rows in the order in
which a session meets them, and `ways_out` the rows that many states have in common.
"""

from requite.lifecycles.pop3.table import POP3_SESSION
from requite.lifecycles.pop3.vocabulary import Effect, Event, Held, State, Wait

__all__ = ("POP3_SESSION", "Effect", "Event", "Held", "State", "Wait")
