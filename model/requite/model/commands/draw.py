"""`requite draw`: draw a lifecycle, as a picture or as the text of one.

Decides where the picture goes and in which format it is. Writes octets, so that the picture is the
same whatever the terminal and its locale are.
"""

from pathlib import Path

import click

from requite.model.commands.answering import answer
from requite.model.commands.naming import MISUNDERSTOOD, leave, lifecycle_named
from requite.model.derive.pictures import FORMATS
from requite.model.derive.pictures import draw as drawn

__all__ = ("draw",)

BY_SUFFIX = {form.suffix: name for name, form in FORMATS.items()}


@click.command()
@click.argument("declared_at", metavar="MODULE:NAME")
@click.option(
    "--format",
    "form",
    type=click.Choice(tuple(FORMATS)),
    help="What to draw. Without it the suffix of --output decides, and without that it is svg.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where to write it; standard output by default.",
)
def draw(declared_at: str, form: str | None, output: Path | None) -> None:
    """Draw a lifecycle: its states, what is held in them, and every way out.

    MODULE:NAME is a Lifecycle, such as requite.lifecycles.pop3:POP3_SESSION; FILE.py:NAME works
    as well.

    svg is a picture for a page or a browser, drawn by requite itself: point at an event to read
    what it owes and why. mermaid is a stateDiagram-v2 for where Markdown is shown; dot is for
    Graphviz. The same lifecycle gives the same octets every time.

    \b
    requite draw room.py:ROOM --output room.svg
    requite draw room.py:ROOM --output room.mmd
    requite draw room.py:ROOM --format mermaid
    requite draw room.py:ROOM --format dot | dot -Tpdf -o room.pdf

    Exit codes: 0 it is drawn; 1 the lifecycle breaks a rule, and each fault names its row; 2 the
    command line or a file it names cannot be understood.
    """  # noqa: D301 - click wants the character itself before lines that it must not wrap.
    form = form or _by_suffix(output)
    picture = drawn(lifecycle_named("draw", declared_at), form, declared_at=declared_at)
    answer("draw", picture, output)


def _by_suffix(output: Path | None) -> str:
    if output is None:
        return "svg"
    if output.suffix not in BY_SUFFIX:
        endings = ", ".join(BY_SUFFIX)
        leave("draw", f"{output} does not end in {endings}; name a --format", code=MISUNDERSTOOD)
    return BY_SUFFIX[output.suffix]
