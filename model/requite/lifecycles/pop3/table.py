"""The POP3 session: its rows put together and checked.

Decides every move of a session. Refuses to decide how a command is read, a name looked up or a
byte sent: those are events and effects here, and have their bodies in `requite.pop3`.

Every wait is a state. A client that leaves while a request of ours is outstanding leaves a session
behind that only waits for the late answer, in a state whose name ends in ABANDONED, and gives back
what that answer brings. All but what the outstanding work itself still uses is given back at once.
"""

from typing import Final

from requite.lifecycles.pop3.arriving import ARRIVING
from requite.lifecycles.pop3.late import LATE
from requite.lifecycles.pop3.logging_in import LOGGING_IN
from requite.lifecycles.pop3.places import BRINGS, FACTS, REQUESTS, RESOURCES, STATES
from requite.lifecycles.pop3.using import LEAVING, USING
from requite.lifecycles.pop3.vocabulary import State
from requite.lifecycles.pop3.ways_out import ENVIRONMENT
from requite.model import Lifecycle

__all__ = ("POP3_SESSION",)

POP3_SESSION: Final = Lifecycle(
    name="pop3",
    states=STATES,
    edges=(*ARRIVING, *LOGGING_IN, *USING, *LEAVING, *LATE),
    requests=REQUESTS,
    resources=RESOURCES,
    environment=ENVIRONMENT,
    initial=State.NEW,
    final=(State.CLOSED,),
    brings=BRINGS,
    facts=FACTS,
)
"""The POP3 session as `requite.pop3` serves it."""
