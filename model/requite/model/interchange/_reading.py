"""Plain data as a declaration, with the author's enums or with enums built for it.

Decides what each name in the data stands for, and says of one that stands for nothing where it is,
what was expected and what was found. Refuses to judge the declaration: `Lifecycle.of` does that.
"""

import difflib
import keyword
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, TypeVar, cast, overload

import msgspec

from requite.model.declaration import (
    AnyDeclaration,
    AnyEdge,
    AnyResource,
    Declaration,
    Edge,
    EffectT,
    EventT,
    Fact,
    Kind,
    Per,
    Reply,
    Request,
    Resource,
    ResourceT,
    StateRow,
    StateT,
    WaitT,
)
from requite.model.errors import InterchangeError
from requite.model.interchange._shape import (
    EdgeShape,
    EnumShape,
    ReplyShape,
    ResourceShape,
    Shape,
    shaped,
)
from requite.model.vocabulary import AnyVocabulary, Vocabulary

__all__ = ("built_enum", "from_data", "from_json")

MemberT = TypeVar("MemberT", bound=Enum)
FACT_TYPES: Mapping[str, type[int] | type[str]] = {"int": int, "str": str}


@overload
def from_json(text: str | bytes) -> AnyDeclaration: ...
@overload
def from_json(
    text: str | bytes, *, vocabulary: Vocabulary[StateT, EventT, EffectT, ResourceT, WaitT]
) -> Declaration[StateT, EventT, EffectT, ResourceT, WaitT]: ...
def from_json(text: str | bytes, *, vocabulary: Any = None) -> AnyDeclaration:
    """Read what `to_json` has written, or what was written by hand in the same form.

    Args:
        text: the JSON text; bytes are UTF-8.
        vocabulary: the enums whose members the names are; without it enums are built.

    Returns:
        The declaration, not yet checked: `Lifecycle.of` does that.

    Raises:
        InterchangeError: it is no JSON, or not of this form; the text says where and why.
    """
    try:
        data = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise InterchangeError("", f"expected JSON, found something else ({error})") from None
    return from_data(data, vocabulary=vocabulary)


@overload
def from_data(data: object) -> AnyDeclaration: ...
@overload
def from_data(
    data: object, *, vocabulary: Vocabulary[StateT, EventT, EffectT, ResourceT, WaitT]
) -> Declaration[StateT, EventT, EffectT, ResourceT, WaitT]: ...
def from_data(data: object, *, vocabulary: Any = None) -> AnyDeclaration:
    """Read what `to_data` has written.

    Args:
        data: dictionaries, lists and words.
        vocabulary: the enums whose members the names are; without it enums are built.

    Returns:
        The declaration, not yet checked: `Lifecycle.of` does that.

    Raises:
        InterchangeError: it is not of this form; the text says where and why.
    """
    shape = shaped(data)
    listed = {kind: getattr(shape.vocabulary, kind) for kind in shape.vocabulary.__struct_fields__}
    words: AnyVocabulary
    if vocabulary is None:
        words = Vocabulary(
            **{kind: built_enum(item, f"/vocabulary/{kind}") for kind, item in listed.items()}
        )
    else:
        words = cast("AnyVocabulary", vocabulary)
        for kind, item in listed.items():
            for number, member in enumerate(item.members):
                where = f"/vocabulary/{kind}/members/{number}/name"
                _member(getattr(words, kind), member.name, where)
    return _Reader(words).declaration(shape)


class _Reader:
    """Looks up every name of some data."""

    def __init__(self, words: AnyVocabulary) -> None:
        self._words = words

    def declaration(self, shape: Shape) -> AnyDeclaration:
        words = self._words
        return Declaration(
            name=shape.name,
            states=[
                StateRow(
                    _member(words.states, row.state, f"/states/{n}/state"),
                    _member(words.waits, row.waits_for, f"/states/{n}/waits_for"),
                    _optional(words.effects, row.awaits, f"/states/{n}/awaits"),
                    row.main,
                )
                for n, row in enumerate(shape.states)
            ],
            edges=[self._edge(edge, f"/edges/{n}") for n, edge in enumerate(shape.edges)],
            requests=[
                Request(
                    _member(words.effects, request.effect, f"/requests/{n}/effect"),
                    _members(words.events, request.completions, f"/requests/{n}/completions"),
                )
                for n, request in enumerate(shape.requests)
            ],
            resources=[self._resource(r, f"/resources/{n}") for n, r in enumerate(shape.resources)],
            environment=_members(words.events, shape.environment, "/environment"),
            initial=_member(words.states, shape.initial, "/initial"),
            final=_members(words.states, shape.final, "/final"),
            brings={
                _member(words.waits, item.wait, f"/brings/{n}/wait"): _members(
                    words.events, item.events, f"/brings/{n}/events"
                )
                for n, item in enumerate(shape.brings)
            },
            facts=[
                Fact(fact.name, _one_of(FACT_TYPES, fact.type, f"/facts/{n}/type"), fact.about)
                for n, fact in enumerate(shape.facts)
            ],
        )

    def _edge(self, edge: EdgeShape, where: str) -> AnyEdge:
        words = self._words
        return Edge(
            _member(words.states, edge.source, f"{where}/source"),
            _member(words.events, edge.event, f"{where}/event"),
            _member(words.states, edge.target, f"{where}/target"),
            tuple(
                Reply(effect.reply)
                if isinstance(effect, ReplyShape)
                else _member(words.effects, effect, f"{where}/effects/{n}")
                for n, effect in enumerate(edge.effects)
            ),
            why=edge.why,
            guard=_optional(words.resources, edge.guard, f"{where}/guard"),
        )

    def _resource(self, item: ResourceShape, where: str) -> AnyResource:
        words = self._words
        return Resource(
            _member(words.resources, item.resource, f"{where}/resource"),
            _member(Kind, item.kind, f"{where}/kind"),
            held_in=frozenset(_members(words.states, item.held_in, f"{where}/held_in")),
            taken_by=frozenset(_members(words.events, item.taken_by, f"{where}/taken_by")),
            given_back_by=_member(words.effects, item.given_back_by, f"{where}/given_back_by"),
            lost_by=frozenset(_members(words.events, item.lost_by, f"{where}/lost_by")),
            refused_by=frozenset(_members(words.events, item.refused_by, f"{where}/refused_by")),
            per=_member(Per, item.per, f"{where}/per"),
            same_key_as=_optional(words.resources, item.same_key_as, f"{where}/same_key_as"),
        )


def built_enum(shape: EnumShape, where: str) -> type[Enum]:
    """Build the enum that some data describes.

    Raises:
        InterchangeError: a name is none in Python, or two members have one name or one meaning.
    """
    if not _is_name(shape.enum):
        raise InterchangeError(f"{where}/enum", f"expected a Python name, found {shape.enum!r}")
    names: set[str] = set()
    meanings: dict[str | int, str] = {}
    for number, member in enumerate(shape.members):
        place = f"{where}/members/{number}"
        if not _is_name(member.name):
            raise InterchangeError(
                f"{place}/name", f"expected a Python name, found {member.name!r}"
            )
        if member.name in names:
            raise InterchangeError(f"{place}/name", f"expected each name once, found {member.name}")
        if member.about in meanings:
            raise InterchangeError(
                f"{place}/about",
                f"expected words of its own, found those of {meanings[member.about]}",
            )
        names.add(member.name)
        meanings[member.about] = member.name
    members = [(member.name, member.about) for member in shape.members]
    # A call with names that are not in the source is an enum of no known type to type checkers.
    built = cast("type[Enum]", Enum(shape.enum, members, module=__name__))
    built.__doc__ = shape.about
    return built


def _is_name(name: str) -> bool:
    reserved = name == "mro" or (name.startswith("_") and name.endswith("_"))
    return name.isidentifier() and not keyword.iskeyword(name) and not reserved


def _member(vocabulary: type[MemberT], name: str, where: str) -> MemberT:
    if name in vocabulary.__members__:
        return vocabulary.__members__[name]
    return _one_of(vocabulary.__members__, name, where, f"a name of {vocabulary.__name__}")


def _optional(vocabulary: type[MemberT], name: str | None, where: str) -> MemberT | None:
    return None if name is None else _member(vocabulary, name, where)


def _members(vocabulary: type[MemberT], names: Iterable[str], where: str) -> tuple[MemberT, ...]:
    return tuple(_member(vocabulary, name, f"{where}/{n}") for n, name in enumerate(names))


FoundT = TypeVar("FoundT")


def _one_of(known: Mapping[str, FoundT], name: str, where: str, what: str = "a type") -> FoundT:
    """Look a name up, and say of one that is not there what it may have been meant to be."""
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    choices = "" if near or len(known) > 5 else f" ({', '.join(known)})"  # noqa: PLR2004 - a line.
    raise InterchangeError(where, f"expected {what}{choices}, found {name!r}{hint}")
