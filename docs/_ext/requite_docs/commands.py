"""The directive `command`: one verb of the command line as `--help` has it.

Decides how a verb's arguments, options and text look on a page. Refuses to describe a verb in
other words than its own.
"""

import inspect
import re
from collections.abc import Iterator
from importlib.metadata import entry_points
from typing import ClassVar, Final

import click
from docutils import nodes  # type: ignore[import-untyped] # docutils ships no types.
from sphinx.util.docutils import SphinxDirective

__all__ = ("CommandDirective", "verbs")

GROUP = "requite.commands"
OPTION: Final = re.compile(r"(--[a-z-]+)")


def verbs() -> dict[str, click.Command]:
    """Return every verb of `requite` by its name."""
    found = {point.name: point.load() for point in entry_points(group=GROUP)}
    return dict(sorted(found.items()))


class CommandDirective(SphinxDirective):
    """Show one verb: how it is called, what it says of itself, its options."""

    required_arguments: ClassVar[int] = 1

    def run(self) -> list[nodes.Node]:
        """Return the usage, the help text and the options of the verb that is named."""
        name = self.arguments[0]
        verb = verbs().get(name)
        if verb is None:
            raise self.error(f"requite has no verb {name!r}; expected one of {', '.join(verbs())}")
        context = click.Context(verb, info_name=f"requite {name}")
        usage = " ".join([context.command_path, *verb.collect_usage_pieces(context)])
        return [
            nodes.literal_block(usage, usage, language="text"),
            *_paragraphs(verb.help or ""),
            *_options(verb, context),
        ]


def _paragraphs(text: str) -> Iterator[nodes.Node]:
    r"""Give the paragraphs of a help text; click marks one that is not to be wrapped by \b."""
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        if paragraph.startswith("\b"):
            lines = inspect.cleandoc(paragraph.removeprefix("\b\n"))
            yield nodes.literal_block(lines, lines, language="text")
        else:
            yield _paragraph(" ".join(paragraph.split()))


def _paragraph(text: str) -> nodes.Node:
    """Give a paragraph in which options stand as they are typed."""
    paragraph = nodes.paragraph()
    for part in OPTION.split(text):
        paragraph += nodes.literal(text=part) if OPTION.fullmatch(part) else nodes.Text(part)
    return paragraph


def _options(verb: click.Command, context: click.Context) -> Iterator[nodes.Node]:
    """Give the options in the order of `--help`, which stands last."""
    items = nodes.definition_list()
    for parameter in verb.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None and record[1]:
            written, about = record
            term = nodes.term("", "", nodes.literal(text=written))
            items += nodes.definition_list_item("", term, nodes.definition("", _paragraph(about)))
    yield items
