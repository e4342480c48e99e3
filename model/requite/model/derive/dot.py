"""The lifecycle as a graph in the DOT language of Graphviz.

Decides the text; how it is laid out is Graphviz's. Arrows that give something back are red.
"""

from requite.model.derive.mermaid import arrows
from requite.model.derive.origin import Origin
from requite.model.lifecycle import AnyLifecycle

__all__ = ("dot",)


def dot(lifecycle: AnyLifecycle, origin: Origin) -> str:
    """Return the text of a directed graph."""
    exits = {(edge.source, edge.target) for edge in lifecycle.exits}
    lines = [
        *(f"// {line}" for line in origin.notice),
        f'digraph "{lifecycle.title}" {{',
        "    node [shape=box, style=rounded];",
        *(
            f'    {row.state.name} [tooltip="{row.state.value}"'
            f"{', peripheries=2' if row.state in lifecycle.final else ''}];"
            for row in lifecycle.rows
        ),
        *(
            f'    {source.name} -> {target.name} [label="{chr(92) + "n"}"'.replace(
                chr(92) + "n", (chr(92) + "n").join(events)
            )
            + (', color="firebrick"];' if (source, target) in exits else "];")
            for (source, target), events in arrows(lifecycle).items()
        ),
        "}",
    ]
    return "\n".join(lines) + "\n"
