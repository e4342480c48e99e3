"""`requite check`: load a lifecycle and say what is proved of it."""

import click

from requite.model.commands.naming import lifecycle_named
from requite.model.rules import RULES

__all__ = ("check",)


@click.command()
@click.argument("declared_at", metavar="MODULE:NAME")
def check(declared_at: str) -> None:
    """Check a lifecycle: every rule of a declaration, and the balance of what is held.

    MODULE:NAME is a Lifecycle, such as requite.lifecycles.pop3:POP3_SESSION; FILE.py:NAME works
    as well. Exit code 1 when a rule is broken; each fault names its row.
    """
    lifecycle = lifecycle_named("check", declared_at)
    click.echo(
        f"{declared_at}: {len(lifecycle.rows)} states, {len(lifecycle.edges)} rows, "
        f"{len(lifecycle.exits)} exits; {len(RULES)} rules kept."
    )
    for resource in lifecycle.resources:
        click.echo(
            f"  proved for every number of sessions: the count of {resource.resource.name} is "
            f"the number of sessions in the {len(resource.held_in)} states that hold it"
        )
