"""The five enums of a declaration, found in its rows.

Decides which enum each kind of name belongs to, and that every name of a kind belongs to one.
Refuses to judge what the rows say with them: that is `requite.model.rules`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeAlias, cast

from requite.model.declaration import (
    AnyDeclaration,
    AnyResource,
    EffectT,
    EventT,
    Reply,
    ResourceT,
    StateT,
    WaitT,
)
from requite.model.errors import InterchangeError

__all__ = ("AnyVocabulary", "Vocabulary", "vocabulary_of")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary(Generic[StateT, EventT, EffectT, ResourceT, WaitT]):
    """The enums that the author of a declaration has written."""

    states: type[StateT]
    events: type[EventT]
    effects: type[EffectT]
    resources: type[ResourceT]
    waits: type[WaitT]


AnyVocabulary: TypeAlias = Vocabulary[Enum, Enum, Enum, Enum, Enum]

Mention: TypeAlias = tuple[str, str, object]
"""A kind of name, where in the data it stands, and what stands there."""


def _empty(name: str) -> type[Enum]:
    return cast("type[Enum]", Enum(name, {}, module=__name__))


EMPTY: dict[str, type[Enum]] = {
    "events": _empty("Event"),
    "effects": _empty("Effect"),
    "resources": _empty("Held"),
    "waits": _empty("Wait"),
}
"""What stands for names of a kind that a declaration has none of."""


def vocabulary_of(declared: AnyDeclaration) -> AnyVocabulary:
    """Find the enums that the names of a declaration are members of.

    Raises:
        InterchangeError: something that is no member of an enum stands where a name belongs, or
            the names of one kind belong to two enums.
    """
    found: dict[str, type[Enum]] = {}
    for kind, where, name in _mentions(declared):
        if not isinstance(name, Enum):
            raise InterchangeError(where, f"expected a member of an enum, found {name!r}")
        vocabulary = found.setdefault(kind, type(name))
        if not isinstance(name, vocabulary):
            raise InterchangeError(
                where, f"expected a member of {vocabulary.__name__}, found {name!r}"
            )
    return Vocabulary(**EMPTY | found)


def _mentions(declared: AnyDeclaration) -> Iterator[Mention]:
    for number, row in enumerate(declared.states):
        yield "states", f"/states/{number}/state", row.state
        yield "waits", f"/states/{number}/waits_for", row.waits_for
        if row.awaits is not None:
            yield "effects", f"/states/{number}/awaits", row.awaits
    yield "states", "/initial", declared.initial
    yield from (("states", f"/final/{n}", state) for n, state in enumerate(declared.final))
    yield from _mentions_of_edges(declared)
    for number, event in enumerate(declared.environment):
        yield "events", f"/environment/{number}", event
    for number, request in enumerate(declared.requests):
        yield "effects", f"/requests/{number}/effect", request.effect
        for n, event in enumerate(request.completions):
            yield "events", f"/requests/{number}/completions/{n}", event
    for number, resource in enumerate(declared.resources):
        yield from _mentions_of_resource(resource, f"/resources/{number}")
    for number, (wait, events) in enumerate(declared.brings.items()):
        yield "waits", f"/brings/{number}/wait", wait
        yield from (("events", f"/brings/{number}/events/{n}", e) for n, e in enumerate(events))


def _mentions_of_edges(declared: AnyDeclaration) -> Iterator[Mention]:
    for number, edge in enumerate(declared.edges):
        where = f"/edges/{number}"
        yield "states", f"{where}/source", edge.source
        yield "events", f"{where}/event", edge.event
        yield "states", f"{where}/target", edge.target
        if not isinstance(edge.effects, tuple):
            raise InterchangeError(
                f"{where}/effects", f"expected a tuple of effects, found {edge.effects!r}"
            )
        for n, effect in enumerate(edge.effects):
            if not isinstance(effect, Reply):
                yield "effects", f"{where}/effects/{n}", effect
        if edge.guard is not None:
            yield "resources", f"{where}/guard", edge.guard


def _mentions_of_resource(resource: AnyResource, where: str) -> Iterator[Mention]:
    yield "resources", f"{where}/resource", resource.resource
    yield from (("states", f"{where}/held_in", state) for state in resource.held_in)
    for part in ("taken_by", "lost_by", "refused_by"):
        yield from (("events", f"{where}/{part}", event) for event in getattr(resource, part))
    yield "effects", f"{where}/given_back_by", resource.given_back_by
    if resource.same_key_as is not None:
        yield "resources", f"{where}/same_key_as", resource.same_key_as
