"""`requite explore`: every interleaving of several sessions, and what is claimed of them.

Decides how the question is asked and how the answer is shown; what it is, `requite.model.explore`
decides.
"""

import shutil
import sys
from pathlib import Path

import click

from requite.model.commands.answering import answer, bounded
from requite.model.commands.naming import (
    BROKEN,
    MISUNDERSTOOD,
    NOT_FINISHED,
    OK,
    declaration_named,
    leave,
    members_named,
)
from requite.model.commands.patience import ProgressLine, interruptible
from requite.model.explore import (
    EVERY,
    Budget,
    Exploration,
    Reduction,
    ScopeError,
    Verdict,
)
from requite.model.explore import explore as explored
from requite.model.tell import FORMS, pytest_file, report

__all__ = ("explore",)

CODES = {
    Verdict.PROVED_FOR_ALL: OK,
    Verdict.PROVED_UP_TO_N: OK,
    Verdict.REFUTED: BROKEN,
    Verdict.NOT_FINISHED: NOT_FINISHED,
}


class _Sessions(click.ParamType[int | None]):
    """A number of sessions, or every."""

    name = "N|every"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | None:
        """Return the number; None for every."""
        if value is EVERY or value == "every":
            return EVERY
        text = str(value)
        if not text.isdecimal() or int(text) < 1:
            self.fail(f"{text!r} is neither a number from 1 nor 'every'", param, ctx)
        return int(text)


class _LimitOf(click.ParamType[tuple[str, int]]):
    """A resource with its limit."""

    name = "RESOURCE=N"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:
        """Return the resource's name and the limit."""
        if isinstance(value, tuple):
            return value
        name, equals, number = str(value).partition("=")
        if not equals or not number.isdecimal() or int(number) < 1:
            self.fail(f"{value!r} is not like ACCOUNT=2, with a limit from 1", param, ctx)
        return name, int(number)


@click.command(name="explore")
@click.argument("declared_at", metavar="MODULE:NAME")
@click.option(
    "--sessions",
    type=_Sessions(),
    default="3",
    show_default=True,
    help="How many sessions there are at once, or every number of them.",
)
@bounded
@click.option(
    "--limit-of", type=_LimitOf(), multiple=True, help="Another limit for one resource; repeatable."
)
@click.option(
    "--reduction",
    type=click.Choice([item.name.lower() for item in Reduction]),
    help="How much of a state is told apart. Chosen by the number of sessions if not said.",
)
@click.option(
    "--fair",
    metavar="EVENT",
    multiple=True,
    help="An event that surely comes while it can; repeatable. Those of the environment if not "
    "said; that requests are answered is always assumed.",
)
@click.option("--seconds", type=click.FloatRange(min=0), help="Stop unfinished after this time.")
@click.option("--states", type=click.IntRange(min=1), help="Stop unfinished after so many states.")
@click.option(
    "--memory", type=click.IntRange(min=1), metavar="MIB", help="Stop unfinished at this memory."
)
@click.option(
    "--format",
    "form",
    type=click.Choice([*FORMS, "pytest"]),
    default="text",
    show_default=True,
    help="How the answer is told; pytest is a test that plays the story of what is refuted.",
)
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
@click.option(
    "--driver",
    metavar="MODULE:FUNCTION",
    help="What the pytest file drives a server with; machines are driven if it is not said.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where to write the answer; standard output by default.",
)
def explore(  # noqa: PLR0913, PLR0917 - one for each option.
    declared_at: str,
    sessions: int | None,
    accounts: int,
    limit: int,
    limit_of: tuple[tuple[str, int], ...],
    resources: tuple[str, ...],
    reduction: str | None,
    fair: tuple[str, ...],
    no_crash: bool,  # noqa: FBT001 - click hands every option over by name.
    seconds: float | None,
    states: int | None,
    memory: int | None,
    form: str,
    driver: str | None,
    output: Path | None,
) -> None:
    """Explore every interleaving of several sessions of a lifecycle.

    MODULE:NAME is a Lifecycle or a Declaration, such as requite.lifecycles.pop3:POP3_SESSION;
    FILE.py:NAME works as well. What breaks a rule can be explored too: the answer then shows the
    shortest story of what goes wrong.

    \b
    requite explore requite.lifecycles.pop3:POP3_SESSION
    requite explore room.py:ROOM --sessions every
    requite explore room.py:ROOM --sessions 5 --limit 1

    Exit codes: 0 every claim is proved; 1 one is refuted, and its story was told; 2 the command
    line cannot be understood; 3 not finished: time, memory or patience ran out.
    """  # noqa: D301 - click wants the character itself before lines that it must not wrap.
    declared, faults = declaration_named("explore", declared_at)
    held = [item.resource for item in declared.resources]
    names = [name for name, _ in limit_of]
    limits = dict(
        zip(
            members_named("explore", "resource", names, held),
            [number for _, number in limit_of],
            strict=True,
        )
    )
    line = ProgressLine()
    with interruptible() as interrupted:
        try:
            exploration = explored(
                declared,
                sessions=sessions,
                accounts=accounts,
                limit=limit,
                resources=members_named("explore", "resource", resources, held) or None,
                limits=limits,
                crash=not no_crash,
                reduction=Reduction[reduction.upper()] if reduction else None,
                fair=members_named("explore", "event", fair, declared.events_in_order) or None,
                budget=Budget(seconds, states, memory, interrupted, line),
            )
        except ScopeError as error:
            leave("explore", str(error), code=MISUNDERSTOOD)
        finally:
            line.done()
    told = _told(declared_at, exploration, form, driver, to_terminal=output is None)
    answer("explore", told, output)
    if faults:
        click.echo(f"{declared_at} cannot be loaded: `requite check` names its faults.", err=True)
    sys.exit(BROKEN if faults else CODES[exploration.verdict])


def _told(
    declared_at: str, exploration: Exploration, form: str, driver: str | None, *, to_terminal: bool
) -> str:
    if form == "pytest":
        return _test(declared_at, exploration, driver)
    if driver is not None:
        leave("explore", "--driver goes with --format pytest", code=MISUNDERSTOOD)
    if form == "text" and to_terminal and sys.stdout.isatty():
        return report(exploration, shutil.get_terminal_size().columns, colour=True)
    return FORMS[form](exploration)


def _test(declared_at: str, exploration: Exploration, driver: str | None) -> str:
    story = next((item.story for item in exploration.refuted if item.story), None)
    if story is None:
        says = f"there is no story to play: the verdict is {exploration.verdict.value!r}"
        leave("explore", says, code=CODES[exploration.verdict])
    try:
        return pytest_file(story, machine=None if driver else declared_at, driver=driver)
    except ValueError as error:
        leave("explore", str(error), code=MISUNDERSTOOD)
