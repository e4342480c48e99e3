"""What is derived from the pop3 lifecycle.

Derived from requite.lifecycles.pop3:POP3_SESSION; change that instead.
Digest of the declaration: sha256 20be76172b659f87cd7919dd370b4f77
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
