"""Where a derived file comes from, said at its head.

Decides the digest of a declaration and the words of the notice. No date, no host, no version.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from requite.model.declaration import Reply
from requite.model.lifecycle import AnyLifecycle

__all__ = ("Origin", "plain")


@dataclass(frozen=True)
class Origin:
    """The declaration that a file is derived from."""

    lifecycle: AnyLifecycle
    declared_at: str
    written_by: str = "requite derive"
    """The command that writes the file."""

    @property
    def notice(self) -> tuple[str, ...]:
        """Lines that say what this was derived from and how, without comment marks."""
        digest = hashlib.sha256(json.dumps(plain(self.lifecycle)).encode()).hexdigest()
        return (
            f"Derived from {self.declared_at}; change that instead.",
            f"Digest of the declaration: sha256 {digest[:32]}",
            f"Written by: {self.written_by}",
        )


def plain(lifecycle: AnyLifecycle) -> dict[str, Any]:
    """Return a lifecycle as plain data, every list in the order of the declaration."""
    return {
        "name": lifecycle.title,
        "initial": lifecycle.start.name,
        "final": [state.name for state in lifecycle.final],
        "environment": [event.name for event in lifecycle.environment],
        "states": [
            {
                "state": row.state.name,
                "about": row.state.value,
                "waits_for": row.waits_for.name,
                "awaits": row.awaits.name if row.awaits else None,
                "main": row.main,
            }
            for row in lifecycle.rows
        ],
        "events": {event.name: event.value for event in lifecycle.events_in_order},
        "effects": {effect.name: effect.value for effect in lifecycle.effects_in_order},
        "requests": {
            request.effect.name: [event.name for event in request.completions]
            for request in lifecycle.requests
        },
        "resources": [
            {
                "resource": resource.resource.name,
                "about": resource.resource.value,
                "kind": resource.kind.name,
                "held_in": [r.state.name for r in lifecycle.rows if r.state in resource.held_in],
                "taken_by": [
                    event.name for event in lifecycle.events_in_order if event in resource.taken_by
                ],
                "given_back_by": resource.given_back_by.name,
                "lost_by": [
                    event.name for event in lifecycle.events_in_order if event in resource.lost_by
                ],
                "refused_by": [
                    event.name
                    for event in lifecycle.events_in_order
                    if event in resource.refused_by
                ],
                "per": resource.per.name,
                "same_key_as": resource.same_key_as.name if resource.same_key_as else None,
            }
            for resource in lifecycle.resources
        ],
        "brings": {
            wait.name: [event.name for event in events] for wait, events in lifecycle.brings.items()
        },
        "facts": [[fact.name, fact.type.__name__, fact.about] for fact in lifecycle.facts],
        "edges": [
            {
                "source": edge.source.name,
                "event": edge.event.name,
                "target": edge.target.name,
                "effects": [
                    {"reply": effect.text} if isinstance(effect, Reply) else effect.name
                    for effect in edge.effects
                ],
                "guard": edge.guard.name if edge.guard else None,
                "why": edge.why,
            }
            for edge in lifecycle.edges
        ],
    }
