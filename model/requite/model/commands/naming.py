"""How every verb takes the name of a lifecycle: loaded, or said why not with an exit code.

Decides what is said of a declaration that cannot be loaded. Whoever wrote it wants its line, not
ours, so no traceback is shown.
"""

import sys
import traceback
from typing import NoReturn

import click

from requite.model.errors import DeclarationError
from requite.model.lifecycle import AnyLifecycle
from requite.model.loading import LifecycleNotFoundError, load_lifecycle

__all__ = ("leave", "lifecycle_named")


def lifecycle_named(verb: str, declared_at: str) -> AnyLifecycle:
    """Load a lifecycle, or end: with 1 if it breaks a rule, with 2 if it cannot be understood."""
    try:
        return load_lifecycle(declared_at)
    except DeclarationError as error:
        leave(verb, str(error), code=1)
    except LifecycleNotFoundError as error:
        leave(verb, str(error), code=2)
    except Exception as error:  # noqa: BLE001 - the file is its author's, and may raise anything.
        place = declared_at.rpartition(":")[0]
        what = "".join(traceback.format_exception_only(error)).strip().splitlines()[-1]
        leave(verb, f"{place} cannot be loaded: {what}{_line(error)}", code=2)


def _line(error: Exception) -> str:
    """Say where an error was raised; the place of a syntax error is not where it was found."""
    if isinstance(error, SyntaxError):
        return f" ({error.filename}, line {error.lineno})"
    frames = traceback.extract_tb(error.__traceback__)
    return f" ({frames[-1].filename}, line {frames[-1].lineno})"


def leave(verb: str, says: str, *, code: int) -> NoReturn:
    """End a verb with what is wrong."""
    click.echo(f"requite {verb}: {says}", err=True)
    sys.exit(code)
