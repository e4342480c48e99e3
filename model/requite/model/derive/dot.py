"""The lifecycle as a graph in the DOT language of Graphviz.

Decides the text; how it is laid out is Graphviz's. A state that holds something has a stripe in
the colour of each thing held, and arrows that give something back or leave the main way are red,
as in the picture of our own drawing. What an arrow or a state is about is told to a pointer.
"""

from collections.abc import Iterator
from enum import Enum

from requite.model.derive.drawing.plan import Bundle, Move, Plan, plan_of
from requite.model.derive.drawing.style import EXIT, hue_of
from requite.model.derive.drawing.tell import about_row, about_state, said_on
from requite.model.derive.origin import Origin
from requite.model.lifecycle import AnyLifecycle

__all__ = ("dot",)

FAINT = "40"
"""How much of a colour a stripe has, of FF: enough to be seen behind black letters."""


def dot(lifecycle: AnyLifecycle, origin: Origin) -> str:
    """Return the text of a directed graph."""
    return "\n".join(_lines(plan_of(lifecycle), origin)) + "\n"


def _lines(plan: Plan, origin: Origin) -> Iterator[str]:
    lifecycle = plan.lifecycle
    yield from (f"// {line}" for line in origin.notice)
    yield f"digraph {_quoted(lifecycle.title)} {{"
    yield '    graph [fontname="sans-serif", labelloc=t, ranksep=0.4];'
    yield '    node [fontname="sans-serif", shape=box];'
    yield '    edge [fontname="sans-serif", fontsize=10];'
    yield f"    label={_quoted(_legend(plan))};"
    yield from (f"    {_node(plan, state)}" for state in (*plan.main, *plan.final))
    if plan.late:
        yield "    subgraph cluster_late {"
        yield '        label="Only waiting for a late answer";'
        yield '        style="dashed";'
        yield from (f"        {_node(plan, state)}" for state in plan.late)
        yield "    }"
    yield from (f"    {_arrow(plan, bundle)}" for bundle in plan.bundles)
    yield "}"


def _legend(plan: Plan) -> str:
    """Say what there is; the stripes of a state stand in this order."""
    held = ", ".join(item.resource.name for item in plan.lifecycle.resources)
    stripes = f"\nStripes, from left to right, are what is held of: {held}" if held else ""
    return f"The lifecycle {plan.lifecycle.title}{stripes}"


def _node(plan: Plan, state: Enum) -> str:
    order = [item.resource for item in plan.lifecycle.resources]
    stripes = [f"{hue_of(order.index(held))}{FAINT}" for held in plan.lifecycle.held_in(state)]
    attributes = {"tooltip": about_state(plan, state)}
    if stripes:
        attributes |= {"style": "striped", "fillcolor": ":".join(stripes)}
    if state in plan.final:
        attributes["peripheries"] = "2"
    if state is plan.lifecycle.start:
        attributes["penwidth"] = "2"
    return f"{_quoted(state.name)} [{_written(attributes)}];"


def _arrow(plan: Plan, bundle: Bundle) -> str:
    told = "\n\n".join(about_row(plan, row) for row in bundle.rows)
    attributes = {"label": "\n".join(said_on(bundle)), "tooltip": told}
    if bundle.gives or bundle.move is Move.OUT:
        attributes |= {"color": EXIT, "fontcolor": EXIT}
    ends = f"{_quoted(bundle.source.name)} -> {_quoted(bundle.target.name)}"
    return f"{ends} [{_written(attributes)}];"


def _written(attributes: dict[str, str]) -> str:
    return ", ".join(f"{name}={_quoted(value)}" for name, value in attributes.items())


def _quoted(text: str) -> str:
    """Write a text as a string of the language: a backslash begins an escape, & an entity."""
    for char, escaped in (("&", "&amp;"), ("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n")):
        text = text.replace(char, escaped)
    return '"' + text.replace("\0", "\N{REPLACEMENT CHARACTER}") + '"'
