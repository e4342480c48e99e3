"""Declare a session's lifecycle once; check it, prove it, derive from it.

Knows no protocol. `Lifecycle` is made of rows (`StateRow`, `Edge`, `Request`, `Resource`, `Fact`)
and is checked when it is made: a broken one raises `DeclarationError` and cannot be imported.
"""

from requite.model.balance import Imbalance, imbalances
from requite.model.declaration import (
    AnyDeclaration,
    Declaration,
    Edge,
    Fact,
    Kind,
    Per,
    Reply,
    Request,
    Resource,
    StateRow,
)
from requite.model.errors import DeclarationError, Fault
from requite.model.lifecycle import AnyLifecycle, Lifecycle
from requite.model.rules import RULES, faults_of

__all__ = (
    "RULES",
    "AnyDeclaration",
    "AnyLifecycle",
    "Declaration",
    "DeclarationError",
    "Edge",
    "Fact",
    "Fault",
    "Imbalance",
    "Kind",
    "Lifecycle",
    "Per",
    "Reply",
    "Request",
    "Resource",
    "StateRow",
    "faults_of",
    "imbalances",
)
