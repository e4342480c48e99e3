"""What is derived from the worker lifecycle.

Derived from worker/worker.py:WORKER; change that instead.
Digest of the declaration: sha256 5abc87e2725c32a47c330e4e6cda0988
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
