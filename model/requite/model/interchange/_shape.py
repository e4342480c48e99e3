"""The form of the data, for `msgspec` to check: which keys there are, with what kinds of values.

Decides the keys and the kinds. Refuses to decide what a name means: `_reading` looks it up.
"""

import msgspec

from requite.model.errors import InterchangeError
from requite.model.plain import FORMAT

__all__ = (
    "BringsShape",
    "EdgeShape",
    "EnumShape",
    "FactShape",
    "MemberShape",
    "ReplyShape",
    "RequestShape",
    "ResourceShape",
    "Shape",
    "StateShape",
    "VocabularyShape",
    "shaped",
)


class _Strict(msgspec.Struct, forbid_unknown_fields=True):
    """An object whose keys are all known."""


class MemberShape(_Strict):
    """A name and what it means."""

    name: str
    about: str | int


class EnumShape(_Strict):
    """An enum, with its members in the order of its author."""

    enum: str
    about: str | None
    members: list[MemberShape]


class VocabularyShape(_Strict):
    """The enums of a declaration."""

    states: EnumShape
    waits: EnumShape
    events: EnumShape
    effects: EnumShape
    resources: EnumShape


class StateShape(_Strict):
    """A `StateRow`."""

    state: str
    waits_for: str
    awaits: str | None = None
    main: bool = True


class ReplyShape(_Strict):
    """A `Reply`."""

    reply: str


class EdgeShape(_Strict):
    """An `Edge`."""

    source: str
    event: str
    target: str
    why: str
    effects: list[str | ReplyShape] = []
    guard: str | None = None


class RequestShape(_Strict):
    """A `Request`."""

    effect: str
    completions: list[str]


class ResourceShape(_Strict):
    """A `Resource`."""

    resource: str
    kind: str
    held_in: list[str]
    taken_by: list[str]
    given_back_by: str
    lost_by: list[str] = []
    refused_by: list[str] = []
    per: str = "KEY"
    same_key_as: str | None = None


class BringsShape(_Strict):
    """The events that one kind of wait can bring."""

    wait: str
    events: list[str]


class FactShape(_Strict):
    """A `Fact`."""

    name: str
    type: str
    about: str


class Shape(_Strict):
    """A declaration."""

    format: str
    name: str
    vocabulary: VocabularyShape
    initial: str
    final: list[str]
    states: list[StateShape]
    edges: list[EdgeShape]
    environment: list[str] = []
    requests: list[RequestShape] = []
    resources: list[ResourceShape] = []
    brings: list[BringsShape] = []
    facts: list[FactShape] = []


def shaped(data: object) -> Shape:
    """Check the form of some data.

    Raises:
        InterchangeError: a key is missing or unknown, or a value is of another kind.
    """
    version = data.get("format") if isinstance(data, dict) else None
    if isinstance(data, dict) and version != FORMAT:
        raise InterchangeError("/format", f"expected {FORMAT!r}, found {version!r}")
    try:
        return msgspec.convert(data, Shape)
    except msgspec.ValidationError as error:
        raise _told(error) from None


def _told(error: msgspec.ValidationError) -> InterchangeError:
    """Say what msgspec says in our words: `Expected `str`, got `int` - at `$.edges[0].why``."""
    says, _, path = str(error).partition(" - at `")
    inside = path.rstrip("`").removeprefix("key in ").removeprefix("$")
    where = inside.replace("[", "/").replace("]", "").replace(".", "/")
    if says.startswith("Object missing required field "):
        says = f"expected the key {says.split()[-1]}, found none"
    elif says.startswith("Object contains unknown field "):
        says = f"expected a key of the format, found {says.split()[-1]}"
    else:
        says = says[0].lower() + says[1:].replace(", got ", ", found ")
    return InterchangeError(where, says)
