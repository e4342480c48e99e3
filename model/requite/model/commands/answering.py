"""What verbs that answer have in common: the options of a scope, and where the answer goes.

Decides how a scope is asked for and that an answer is the same octets on every terminal. Refuses
to decide what is answered.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from requite.model.commands.naming import MISUNDERSTOOD, leave

__all__ = ("answer", "bounded")

Function = TypeVar("Function", bound=Callable[..., Any])

BOUNDS = (
    click.option(
        "--accounts",
        type=click.IntRange(min=1),
        default=2,
        show_default=True,
        help="How many keys, such as accounts, a limit is counted for.",
    ),
    click.option(
        "--limit",
        type=click.IntRange(min=1),
        default=2,
        show_default=True,
        help="How many sessions of one key may hold a counted resource.",
    ),
    click.option(
        "--resource",
        "resources",
        metavar="RESOURCE",
        multiple=True,
        help="Keep only this resource's limit; repeatable. If not said, of all that are shared by "
        "key.",
    ),
    click.option(
        "--no-crash", is_flag=True, help="Leave out that the process of a session can die."
    ),
)


def bounded(function: Function) -> Function:
    """Give a verb the options of a scope, but for the number of sessions."""
    for option in reversed(BOUNDS):
        function = option(function)
    return function


def answer(verb: str, text: str, output: Path | None) -> None:
    """Write an answer to a file or to standard output, or end: the file cannot be written."""
    if output is None:
        sys.stdout.buffer.write(text.encode())
        return
    try:
        output.write_bytes(text.encode())
    except OSError as error:
        leave(verb, f"{output} cannot be written: {error.strerror}", code=MISUNDERSTOOD)
