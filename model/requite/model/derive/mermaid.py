"""The lifecycle as a Mermaid state diagram.

Decides the text; how it looks is Mermaid's. Rows between the same two states are one arrow.
"""

from enum import Enum

from requite.model.derive.origin import Origin
from requite.model.lifecycle import AnyLifecycle

__all__ = ("arrows", "mermaid")


def arrows(lifecycle: AnyLifecycle) -> dict[tuple[Enum, Enum], list[str]]:
    """Return the events between each two states, in the order of the declaration."""
    found: dict[tuple[Enum, Enum], list[str]] = {}
    for edge in lifecycle.edges:
        found.setdefault((edge.source, edge.target), []).append(edge.event.name)
    return found


def mermaid(lifecycle: AnyLifecycle, origin: Origin) -> str:
    """Return the text of a Mermaid `stateDiagram-v2`."""
    lines = [
        *(f"%% {line}" for line in origin.notice),
        "stateDiagram-v2",
        *(f'    state "{row.state.name}" as {row.state.name}' for row in lifecycle.rows),
        f"    [*] --> {lifecycle.start.name}",
        *(
            f"    {source.name} --> {target.name}: {'<br/>'.join(events)}"
            for (source, target), events in arrows(lifecycle).items()
        ),
        *(f"    {state.name} --> [*]" for state in lifecycle.final),
    ]
    return "\n".join(lines) + "\n"
