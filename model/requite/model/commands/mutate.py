"""`requite mutate`: every mistake that can be made in one place, and who would see it.

Decides how the question is asked and how the answer is shown; what it is, `requite.model.mutate`
decides.
"""

import sys
import time
from collections.abc import Callable

import click

from requite.model.commands.naming import BROKEN, OK, declaration_named, leave
from requite.model.commands.patience import LOG_EVERY_S, PATIENCE_S
from requite.model.mutate import Kind
from requite.model.mutate import mutate as mutated
from requite.model.tell.mutants import as_json, lines_of_survivors, table

__all__ = ("Line", "mutate")


@click.command(name="mutate")
@click.argument("declared_at", metavar="MODULE:NAME")
@click.option(
    "--kind",
    "kinds",
    metavar="KIND",
    type=click.Choice([kind.name for kind in Kind], case_sensitive=False),
    multiple=True,
    help="Try only this kind of mutants, by its name in the table; repeatable.",
)
@click.option("--survivors", is_flag=True, help="Show only the mutants that live, with the reason.")
@click.option("--json", "in_json", is_flag=True, help="Show all that is known of every mutant.")
def mutate(declared_at: str, *, kinds: tuple[str, ...], survivors: bool, in_json: bool) -> None:
    """Try a lifecycle with every single mistake, and say who sees each.

    MODULE:NAME is a Lifecycle, such as requite.lifecycles.pop3:POP3_SESSION; FILE.py:NAME works
    as well. A mutant is killed by the balance or another rule when it is loaded, by an exploration
    of a few sessions, or by the derived tests. One that lives behaves the same, and it is
    said why.

    \b
    requite mutate requite.lifecycles.pop3:POP3_SESSION
    requite mutate room.py:ROOM --kind DROPPED --kind RETARGETED
    requite mutate room.py:ROOM --survivors

    Exit codes: 0 every mutant is killed or behaves the same; 1 one lives and nobody can say why,
    or the lifecycle itself is broken; 2 the command line cannot be understood.
    """  # noqa: D301 - click wants the character itself before lines that it must not wrap.
    declared, faults = declaration_named("mutate", declared_at)
    if faults:
        says = f"{declared_at} cannot be loaded, so there is nothing to compare mutants with"
        leave("mutate", f"{says}; `requite check` names its faults", code=BROKEN)
    chosen = tuple(Kind[kind] for kind in kinds) or tuple(Kind)
    line = Line()
    try:
        results = mutated(declared, kinds=chosen, progress=line)
    finally:
        line.done()
    colour = sys.stdout.isatty()
    if in_json:
        click.echo(as_json(results), nl=False)
    elif survivors:
        click.echo("\n".join(lines_of_survivors(results, colour=colour)))
    else:
        click.echo(table(results, colour=colour), nl=False)
    sys.exit(OK if results.is_good else BROKEN)


class Line:
    """Says how many mutants are done, once it takes long."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._terminal = sys.stderr.isatty()
        self._due_s = clock() + PATIENCE_S
        self._shown = False

    def __call__(self, done: int, of: int) -> None:
        """Say how far it is, if it is time to."""
        now = self._clock()
        if now < self._due_s:
            return
        self._due_s = now + (0.1 if self._terminal else LOG_EVERY_S)
        line = f"{done:,} of {of:,} mutants"
        click.echo(f"\r\x1b[K{line}" if self._terminal else line, err=True, nl=not self._terminal)
        self._shown = True

    def done(self) -> None:
        """Take the line away from a terminal."""
        if self._shown and self._terminal:
            click.echo("\r\x1b[K", err=True, nl=False)
