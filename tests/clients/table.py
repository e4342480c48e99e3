"""Every client that is described in `programs`.

Decides that a client is in the table because its file is there: a new one is one small file.
"""

from importlib import import_module
from itertools import product
from pathlib import Path
from typing import Final

from clients.description import Case, Client, Security

__all__ = ("CLIENTS", "COMBINATIONS", "LEFT_OUT")

PROGRAMS: Final = Path(__file__).parent / "programs"


def _described(name: str) -> Client:
    client = import_module(f"clients.programs.{name}").CLIENT
    assert isinstance(client, Client), f"expected a Client in programs/{name}.py, found {client!r}"
    return client


CLIENTS: Final = tuple(_described(path.stem) for path in sorted(PROGRAMS.glob("*.py")))
"""In the order of the names of their files."""


def _makes_sense(security: Security, case: Case) -> bool:
    return case is not Case.STRANGER or security is not Security.PLAIN


_ALL: Final = tuple(
    (client, security, case)
    for client, security, case in product(CLIENTS, Security, Case)
    if _makes_sense(security, case)
)
COMBINATIONS: Final = tuple(one for one in _ALL if one[0].can(*one[1:]))
"""What is driven."""
LEFT_OUT: Final = tuple(one for one in _ALL if not one[0].can(*one[1:]))
"""What a client cannot do."""
