"""How every verb takes the name of a lifecycle: loaded, or said why not with an exit code.

Decides what is said of a declaration that cannot be loaded, and the exit codes of every verb.
Whoever wrote it wants its line, not ours, so no traceback is shown.
"""

import sys
import traceback
from collections.abc import Iterable
from enum import Enum
from typing import Final, NoReturn

import click

from requite.model.declaration import AnyDeclaration
from requite.model.errors import DeclarationError, Fault, InterchangeError
from requite.model.lifecycle import AnyLifecycle
from requite.model.loading import LifecycleNotFoundError, load_declaration, load_lifecycle

__all__ = (
    "BROKEN",
    "MISUNDERSTOOD",
    "NOT_FINISHED",
    "OK",
    "declaration_named",
    "leave",
    "lifecycle_named",
    "members_named",
)

OK: Final = 0
"""All is well."""
BROKEN: Final = 1
"""Something is not as it should be, and was named."""
MISUNDERSTOOD: Final = 2
"""The command line, or a file it names, cannot be understood."""
NOT_FINISHED: Final = 3
"""Time, memory or patience ran out before there was an answer, which is never green."""


def lifecycle_named(verb: str, declared_at: str) -> AnyLifecycle:
    """Load a lifecycle, or end: with 1 if it breaks a rule, with 2 if it cannot be understood."""
    try:
        return load_lifecycle(declared_at)
    except DeclarationError as error:
        leave(verb, str(error), code=BROKEN)
    except (LifecycleNotFoundError, InterchangeError) as error:
        leave(verb, str(error), code=MISUNDERSTOOD)
    except Exception as error:  # noqa: BLE001 - the file is its author's, and may raise anything.
        leave(verb, _not_loaded(declared_at, error), code=MISUNDERSTOOD)


def declaration_named(verb: str, declared_at: str) -> tuple[AnyDeclaration, tuple[Fault, ...]]:
    """Load what is declared with its faults, or end with 2 if it cannot be understood."""
    try:
        return load_declaration(declared_at)
    except (LifecycleNotFoundError, InterchangeError) as error:
        leave(verb, str(error), code=MISUNDERSTOOD)
    except Exception as error:  # noqa: BLE001 - the file is its author's, and may raise anything.
        leave(verb, _not_loaded(declared_at, error), code=MISUNDERSTOOD)


def members_named(verb: str, what: str, names: Iterable[str], known: Iterable[Enum]) -> list[Enum]:
    """Return the members that a command line names, or end with 2 if one is not declared."""
    by_name = {member.name: member for member in known}
    found = []
    for name in names:
        if name not in by_name:
            expected = ", ".join(by_name) or f"none, for no {what} is declared"
            leave(verb, f"{name!r} is no {what}; expected one of {expected}", code=MISUNDERSTOOD)
        found.append(by_name[name])
    return found


def leave(verb: str, says: str, *, code: int) -> NoReturn:
    """End a verb with what is wrong."""
    click.echo(f"requite {verb}: {says}", err=True)
    sys.exit(code)


def _not_loaded(declared_at: str, error: Exception) -> str:
    place = declared_at.rpartition(":")[0]
    what = "".join(traceback.format_exception_only(error)).strip().splitlines()[-1]
    return f"{place} cannot be loaded: {what}{_line(error)}"


def _line(error: Exception) -> str:
    """Say where an error was raised; the place of a syntax error is not where it was found."""
    if isinstance(error, SyntaxError):
        return f" ({error.filename}, line {error.lineno})"
    frames = traceback.extract_tb(error.__traceback__)
    return f" ({frames[-1].filename}, line {frames[-1].lineno})"
