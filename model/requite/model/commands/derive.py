"""`requite derive`: write what follows from the lifecycles that a project declares.

Decides where it is said what is derived: under [tool.requite.derive] in pyproject.toml, one line
"MODULE:NAME" = "directory" for each lifecycle.
"""

import sys
import tomllib
from pathlib import Path

import click

from requite.model.commands.naming import BROKEN, MISUNDERSTOOD, leave, lifecycle_named
from requite.model.derive import derive as derived_texts
from requite.model.derive.files import differences, write

__all__ = ("derive",)


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; fail when a file is not fresh.")
def derive(*, check: bool) -> None:
    """Write the machine, cases, tables and pictures of every lifecycle of the project.

    Run it where pyproject.toml is. With --check nothing is written: exit code 1 when the set of
    derived files, or a byte of one of them, is not what the declarations give.
    """
    stale: list[str] = []
    try:
        for declared_at, directory in _targets(Path("pyproject.toml")).items():
            texts = derived_texts(lifecycle_named("derive", declared_at), declared_at)
            if check:
                stale += differences(directory, texts)
            else:
                write(directory, texts)
                click.echo(f"{declared_at} -> {directory} ({len(texts)} files)")
    except (FileNotFoundError, ValueError) as error:
        leave("derive", str(error), code=MISUNDERSTOOD)
    for sentence in stale:
        click.echo(sentence, err=True)
    if stale:
        click.echo("requite derive: run it without --check and commit the result", err=True)
        sys.exit(BROKEN)


def _targets(project: Path) -> dict[str, Path]:
    try:
        settings = tomllib.loads(project.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise FileNotFoundError("there is no pyproject.toml here; run it in a project") from None
    targets = settings.get("tool", {}).get("requite", {}).get("derive", {})
    if not targets:
        raise ValueError(
            "pyproject.toml says nothing under [tool.requite.derive]; "
            'expected lines "MODULE:NAME" = "directory"'
        )
    return {name: Path(directory) for name, directory in targets.items()}
