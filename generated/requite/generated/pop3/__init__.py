"""What is derived from the pop3 lifecycle.

Derived from requite.lifecycles.pop3:POP3_SESSION; change that instead.
Digest of the declaration: sha256 9db3bd342ae613936a40927f029509b6
Written by: requite derive
"""

from .machine import (
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
