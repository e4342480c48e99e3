"""A declaration as plain data: what JSON can say, and every list in its author's order.

Decides the form, which is also what the digest in a derived file is taken of. A name is written as
itself; what it means, and the enum that it belongs to, stand once under `vocabulary`. Refuses to
read it back, which takes a library that checks it: that is `requite.model.interchange`.
"""

import inspect
import json
from collections.abc import Iterable
from enum import Enum
from typing import Any, Final

from requite.model.declaration import AnyDeclaration, AnyEdge, AnyResource, Reply
from requite.model.errors import InterchangeError
from requite.model.vocabulary import AnyVocabulary, vocabulary_of

__all__ = ("FORMAT", "to_data", "to_json")

FORMAT: Final = "requite/1"
"""What the key `format` says. Another number means that older readers would misread the data."""


def to_json(declared: AnyDeclaration) -> str:
    """Return a declaration as JSON text; `from_json` reads it back without loss.

    The digest in a derived file is the SHA-256 of this text.

    Raises:
        InterchangeError: a name is no member of its enum, or means something JSON has no form for.
    """
    return json.dumps(to_data(declared), indent=2, ensure_ascii=False) + "\n"


def to_data(declared: AnyDeclaration) -> dict[str, Any]:
    """Return a declaration as dictionaries, lists and words; `from_data` reads it back.

    Raises:
        InterchangeError: a name is no member of its enum, or means something JSON has no form for.
    """
    words = vocabulary_of(declared)
    return {
        "format": FORMAT,
        "name": declared.name,
        "vocabulary": {
            kind: _enum(getattr(words, kind), f"/vocabulary/{kind}")
            for kind in ("states", "waits", "events", "effects", "resources")
        },
        "initial": declared.initial.name,
        "final": _names(declared.final),
        "environment": _names(declared.environment),
        "states": [
            {
                "state": row.state.name,
                "waits_for": row.waits_for.name,
                "awaits": _name(row.awaits),
                "main": row.main,
            }
            for row in declared.states
        ],
        "requests": [
            {"effect": request.effect.name, "completions": _names(request.completions)}
            for request in declared.requests
        ],
        "resources": [_resource(resource, words) for resource in declared.resources],
        "brings": [
            {"wait": wait.name, "events": _names(events)}
            for wait, events in declared.brings.items()
        ],
        "facts": [
            {"name": fact.name, "type": fact.type.__name__, "about": fact.about}
            for fact in declared.facts
        ],
        "edges": [_edge(edge) for edge in declared.edges],
    }


def _enum(vocabulary: type[Enum], where: str) -> dict[str, Any]:
    members = []
    for number, member in enumerate(vocabulary):
        if type(member.value) not in {str, int}:
            raise InterchangeError(
                f"{where}/members/{number}/about",
                f"expected the words that {member} stands for, found {member.value!r}",
            )
        members.append({"name": member.name, "about": member.value})
    # Python 3.13 takes the indentation out of docstrings; the same bytes are to follow everywhere.
    about = inspect.cleandoc(vocabulary.__doc__) if vocabulary.__doc__ else None
    return {"enum": vocabulary.__name__, "about": about, "members": members}


def _resource(resource: AnyResource, words: AnyVocabulary) -> dict[str, Any]:
    return {
        "resource": resource.resource.name,
        "kind": resource.kind.name,
        "held_in": _chosen(words.states, resource.held_in),
        "taken_by": _chosen(words.events, resource.taken_by),
        "given_back_by": resource.given_back_by.name,
        "lost_by": _chosen(words.events, resource.lost_by),
        "refused_by": _chosen(words.events, resource.refused_by),
        "per": resource.per.name,
        "same_key_as": _name(resource.same_key_as),
    }


def _edge(edge: AnyEdge) -> dict[str, Any]:
    return {
        "source": edge.source.name,
        "event": edge.event.name,
        "target": edge.target.name,
        "effects": [
            {"reply": effect.text} if isinstance(effect, Reply) else effect.name
            for effect in edge.effects
        ],
        "guard": _name(edge.guard),
        "why": edge.why,
    }


def _name(member: Enum | None) -> str | None:
    return None if member is None else member.name


def _names(members: Iterable[Enum]) -> list[str]:
    return [member.name for member in members]


def _chosen(vocabulary: type[Enum], chosen: frozenset[Enum]) -> list[str]:
    """Write a set in the order in which its author wrote the enum."""
    return [member.name for member in vocabulary if member in chosen]
