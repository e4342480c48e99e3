"""`requite export`: a lifecycle in the language of another checker, and what that one says of it.

Decides how the scope is asked for, where the text goes, and how an opinion is shown beside ours.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import click

from requite.model.commands.answering import bounded
from requite.model.commands.naming import (
    BROKEN,
    MISUNDERSTOOD,
    NOT_FINISHED,
    declaration_named,
    leave,
    members_named,
)
from requite.model.declaration import AnyDeclaration
from requite.model.errors import InterchangeError
from requite.model.explore.net import Net, net_of
from requite.model.explore.scope import ScopeError, scope_of
from requite.model.export import opinions
from requite.model.export.comparing import differences, own_opinion, own_proof
from requite.model.export.murphi import murphi
from requite.model.export.opinions import Opinion, OpinionError, ToolMissingError
from requite.model.export.promela import promela
from requite.model.export.smtlib import smtlib
from requite.model.export.system import ExportError
from requite.model.export.tla import tla, tla_configuration

__all__ = ("export",)

LANGUAGES: Final = ("promela", "murphi", "tla", "smtlib")


@click.command(name="export")
@click.argument("declared_at", metavar="MODULE:NAME")
@click.option(
    "--to", "language", type=click.Choice(LANGUAGES), required=True, help="What to write it in."
)
@click.option(
    "--sessions",
    type=click.IntRange(min=1),
    default=3,
    show_default=True,
    help="How many sessions there are at once.",
)
@bounded
@click.option("--counted", is_flag=True, help="Do not tell the sessions apart.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where to write it; standard output by default. For tla the configuration stands beside.",
)
@click.option("--run", is_flag=True, help="Ask the checker, and compare its opinion with ours.")
@click.option(
    "--seconds",
    type=click.FloatRange(min=1),
    default=opinions.TIMEOUT_S,
    show_default=True,
    help="What each opinion may take with --run.",
)
def export(  # noqa: PLR0913, PLR0917 - one for each option.
    declared_at: str,
    language: str,
    sessions: int,
    accounts: int,
    limit: int,
    resources: tuple[str, ...],
    no_crash: bool,  # noqa: FBT001 - click hands every option over by name.
    counted: bool,  # noqa: FBT001
    output: Path | None,
    run: bool,  # noqa: FBT001
    seconds: float,
) -> None:
    """Write a lifecycle for another checker, and ask that one for a second opinion.

    MODULE:NAME is a Lifecycle or a Declaration, such as requite.lifecycles.pop3:POP3_SESSION;
    FILE.py:NAME works as well.

    promela is for SPIN, murphi for rumur and tla for TLC: they search the same states as
    `requite explore` does for the same number of sessions, accounts and the same limit. smtlib is
    for z3: it is the proof for any number of each, row by row, so these options say nothing there.

    \b
    requite export room.py:ROOM --to promela --output room.pml
    requite export room.py:ROOM --to murphi --sessions 4 --run
    requite export room.py:ROOM --to smtlib --run

    Exit codes: 0 it is written, and with --run both say that it is proved; 1 something is refuted,
    or the two opinions differ; 2 the command line cannot be understood, or the checker is not
    installed; 3 not finished: there was no verdict within the time.
    """  # noqa: D301 - click wants the character itself before lines that it must not wrap.
    declared, _ = declaration_named("export", declared_at)
    held = [item.resource for item in declared.resources]
    try:
        scope = scope_of(
            declared,
            sessions=sessions,
            accounts=accounts,
            limit=limit,
            resources=members_named("export", "resource", resources, held) or None,
            crash=not no_crash,
        )
        exporting = _Exporting(declared, declared_at, net_of(declared, scope), counted=counted)
        text = exporting.text(language)
        if output is not None:
            _written(exporting, language, text, output)
        elif not run:
            sys.stdout.buffer.write(text.encode())
        if run:
            sys.exit(exporting.compared(language, text, timeout_s=seconds))
    except (ScopeError, ExportError, InterchangeError, ToolMissingError) as error:
        leave("export", str(error), code=MISUNDERSTOOD)
    except OpinionError as error:
        leave("export", str(error), code=NOT_FINISHED)


def _written(exporting: "_Exporting", language: str, text: str, output: Path) -> None:
    try:
        exporting.write(language, text, output)
    except OSError as error:
        leave("export", f"{output} cannot be written: {error.strerror}", code=MISUNDERSTOOD)


class _Exporting:
    """One declaration, in any of the languages."""

    def __init__(
        self, declared: AnyDeclaration, declared_at: str, net: Net, *, counted: bool
    ) -> None:
        self._declared = declared
        self._declared_at = declared_at
        self._net = net
        self._counted = counted

    def text(self, language: str) -> str:
        """Return the text in a language."""
        if language == "smtlib":
            return smtlib(self._declared, self._declared_at)
        write = {"promela": promela, "murphi": murphi, "tla": tla}[language]
        return write(self._net, self._declared_at, counted=self._counted)

    def write(self, language: str, text: str, output: Path) -> None:
        """Write the text into a file, and what belongs to it beside."""
        if language == "tla":
            self._write_configuration(output)
        output.write_text(text, encoding="utf-8")

    def _write_configuration(self, output: Path) -> None:
        name = f"{self._declared.name}.tla"
        if output.name != name:
            raise ExportError(f"a module of TLA+ bears the name of its file; write it to {name}")
        configuration = tla_configuration(self._net, self._declared_at, counted=self._counted)
        output.with_suffix(".cfg").write_text(configuration, encoding="utf-8")

    def compared(self, language: str, text: str, *, timeout_s: float) -> int:
        """Show the checker's opinion beside ours, and return the exit code."""
        asked: dict[str, Callable[..., Opinion]] = {
            "promela": opinions.spin,
            "murphi": opinions.rumur,
            "smtlib": opinions.z3,
        }
        if language not in asked:
            raise ExportError("TLC is not run from here; the head of the text says how to ask it")
        theirs = asked[language](text, timeout_s=timeout_s)
        if language == "smtlib":
            ours = own_proof(self._declared)
        else:
            ours = own_opinion(self._net, counted=self._counted, timeout_s=timeout_s)
        differ = differences(ours, theirs)
        for line in (ours, theirs, *differ):
            click.echo(str(line))
        return BROKEN if differ or not ours.proved else 0
