"""What is derived from the pool lifecycle.

Derived from pool/pool.py:POOL; change that instead.
Digest of the declaration: sha256 e6bae85a37ea0f0ee234a95087cdfe66
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
