"""The lifecycle as a Mermaid state diagram.

Decides the text; how it looks is Mermaid's. Rows between the same two states that give back the
same are one arrow; a state that only waits for a late answer has a dashed border.
"""

from collections.abc import Iterator
from enum import Enum

from requite.model.derive.drawing.plan import plan_of
from requite.model.derive.drawing.tell import said_on
from requite.model.derive.origin import Origin
from requite.model.lifecycle import AnyLifecycle

__all__ = ("mermaid",)


def mermaid(lifecycle: AnyLifecycle, origin: Origin) -> str:
    """Return the text of a Mermaid `stateDiagram-v2`."""
    return "\n".join(_lines(lifecycle, origin)) + "\n"


def _lines(lifecycle: AnyLifecycle, origin: Origin) -> Iterator[str]:
    plan = plan_of(lifecycle)
    yield from (f"%% {line}" for line in origin.notice)
    yield "stateDiagram-v2"
    yield from (f'    state "{row.state.name}" as {_id(row.state)}' for row in lifecycle.rows)
    yield f"    [*] --> {_id(lifecycle.start)}"
    yield from (
        f"    {_id(bundle.source)} --> {_id(bundle.target)} : {'<br/>'.join(said_on(bundle))}"
        for bundle in plan.bundles
    )
    yield from (f"    {_id(state)} --> [*]" for state in lifecycle.final)
    if plan.late:
        yield "    classDef late stroke-dasharray: 5 3"
        yield f"    class {','.join(_id(state) for state in plan.late)} late"


def _id(state: Enum) -> str:
    """Return a name that is no word of Mermaid's, such as NOTE, nor of what it is written in."""
    return f"s_{state.name}"
