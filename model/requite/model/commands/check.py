"""`requite check`: load a lifecycle and say what is proved of it.

Decides how the answer is shown. The rules themselves are asked when a lifecycle is made.
"""

import json
import sys
from collections.abc import Iterator

import click

from requite.model.commands.naming import BROKEN, OK, declaration_named
from requite.model.declaration import AnyDeclaration
from requite.model.errors import Fault
from requite.model.rules import RULES

__all__ = ("check",)


@click.command()
@click.argument("declared_at", metavar="MODULE:NAME...", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Answer with JSON, one object a lifecycle.")
def check(declared_at: tuple[str, ...], *, as_json: bool) -> None:
    """Check lifecycles: every rule of a declaration, and the balance of what is held.

    MODULE:NAME is a Lifecycle, such as requite.lifecycles.pop3:POP3_SESSION, or a Declaration that
    need not keep the rules yet; FILE.py:NAME works as well, and so does FILE.json in the form of
    requite.model.interchange. What a broken one would do is shown by `requite explore`.

    \b
    requite check room.py:ROOM
    requite check room.py:ROOM requite.lifecycles.pop3:POP3_SESSION --json

    Exit codes: 0 every rule is kept; 1 one is broken, and each fault names its row; 2 the command
    line or a file it names cannot be understood.
    """  # noqa: D301 - click wants the character itself before lines that it must not wrap.
    code = OK
    for name in declared_at:
        declared, faults = declaration_named("check", name)
        if faults:
            code = BROKEN
        if as_json:
            click.echo(json.dumps(_data(name, declared, faults)))
        elif faults:
            _complain(declared, faults)
        else:
            click.echo("\n".join(_lines(name, declared)))
    sys.exit(code)


def _lines(name: str, declared: AnyDeclaration) -> Iterator[str]:
    yield (
        f"{name}: {len(declared.states)} states, {len(declared.edges)} rows, "
        f"{len(declared.exits)} exits; {len(RULES)} rules kept."
    )
    for resource in declared.resources:
        yield (
            f"  proved for every number of sessions: the count of {resource.resource.name} is "
            f"the number of sessions in the {len(resource.held_in)} states that hold it"
        )


def _complain(declared: AnyDeclaration, faults: tuple[Fault, ...]) -> None:
    count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
    says = f"the lifecycle {declared.name!r} cannot be loaded, {count}:"
    click.echo(f"requite check: {click.style(says, fg='red')}", err=True)
    for fault in faults:
        where = click.style(fault.where, bold=True)
        click.echo(f"  {where}: {fault.says} [{fault.rule}]", err=True)


def _data(name: str, declared: AnyDeclaration, faults: tuple[Fault, ...]) -> dict[str, object]:
    return {
        "lifecycle": name,
        "states": len(declared.states),
        "rows": len(declared.edges),
        "exits": len(declared.exits),
        "rules": list(RULES),
        "faults": [{"rule": f.rule, "where": f.where, "says": f.says} for f in faults],
        "balanced": [] if faults else [item.resource.name for item in declared.resources],
    }
