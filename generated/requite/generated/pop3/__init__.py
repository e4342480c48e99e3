"""What is derived from the pop3 lifecycle.

Derived from requite.lifecycles.pop3:POP3_SESSION; change that instead.
Digest of the declaration: sha256 46b7a50290080ff2003e04c5bbb084f9
Written by: requite derive
"""

from requite.generated.pop3.machine import (
    EDGES,
    FINAL,
    HELD,
    INITIAL,
    STEPS,
    Event,
    Held,
    LocalProtocolError,
    Machine,
    Shell,
    State,
    Step,
    Wait,
)

__all__ = (
    "EDGES",
    "FINAL",
    "HELD",
    "INITIAL",
    "STEPS",
    "Event",
    "Held",
    "LocalProtocolError",
    "Machine",
    "Shell",
    "State",
    "Step",
    "Wait",
)
