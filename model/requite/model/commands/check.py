"""`requite check`: load a lifecycle and say what is proved of it."""

import sys

import click

from requite.model.errors import DeclarationError, InterchangeError
from requite.model.loading import LifecycleNotFoundError, load_lifecycle
from requite.model.rules import RULES

__all__ = ("check",)


@click.command()
@click.argument("declared_at", metavar="MODULE:NAME")
def check(declared_at: str) -> None:
    """Check a lifecycle: every rule of a declaration, and the balance of what is held.

    MODULE:NAME is a Lifecycle or a Declaration, such as requite.lifecycles.pop3:POP3_SESSION;
    FILE.py:NAME works as well, and so does FILE.json in the form of requite.model.interchange.
    Exit code 1 when a rule is broken; each fault names its row.
    """
    try:
        lifecycle = load_lifecycle(declared_at)
    except (LifecycleNotFoundError, InterchangeError) as error:
        click.echo(f"requite check: {error}", err=True)
        sys.exit(2)
    except DeclarationError as error:
        click.echo(f"requite check: {error}", err=True)
        sys.exit(1)
    click.echo(
        f"{declared_at}: {len(lifecycle.rows)} states, {len(lifecycle.edges)} rows, "
        f"{len(lifecycle.exits)} exits; {len(RULES)} rules kept."
    )
    for resource in lifecycle.resources:
        click.echo(
            f"  proved for every number of sessions: the count of {resource.resource.name} is "
            f"the number of sessions in the {len(resource.held_in)} states that hold it"
        )
