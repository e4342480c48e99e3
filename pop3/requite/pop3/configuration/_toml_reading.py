"""From a TOML document to typed structures, with every problem at once.

Decides whether a table has the keys and a key the type and the range that a structure declares,
and says what was expected, what was found and what to do. Refuses to know any key: those stand in
the structures. `msgspec` judges each single value; it would stop at the first, so the walk over
tables, arrays and mappings is ours.
"""

import json
import types
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from typing import TypeGuard, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import inspect

from requite.pop3.configuration._toml_lines import KeyPath

__all__ = (
    "Problem",
    "TextForm",
    "dotted",
    "expected_for",
    "found_as",
    "is_structure",
    "read",
    "unit_of",
    "without_none",
)

S = TypeVar("S", bound=msgspec.Struct)

_UNITS = {"s": "seconds", "octets": "octets"}
_FOUND_LENGTH_MAX = 60
"""Characters of a wrong value that a message repeats: one line of a terminal with the rest."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong at one place of a document."""

    place: KeyPath
    expected: str
    found: str
    advice: str


@dataclass(frozen=True, slots=True)
class TextForm:
    """How a value of one type is written as a string."""

    expected: str
    parse: Callable[[str], object]
    """Raises ValueError, whose text says what to do."""


class _Refused(Enum):
    """What stands for a value that could not be read."""

    REFUSED = "refused"


_REFUSED = _Refused.REFUSED


def read(
    document: Mapping[str, object], into: type[S], forms: Mapping[type, TextForm]
) -> tuple[S, tuple[Problem, ...]]:
    """Read a document into a structure all of whose keys have a default.

    Args:
        document: what `tomllib` gives.
        into: the structure that declares the tables and keys.
        forms: the types that are written as strings.

    Returns:
        The structure, with the default in place of whatever could not be read, and the problems.
    """
    reader = _Reader(into, forms)
    read_structure = reader.structure(document, into, ())
    return (
        into() if read_structure is _REFUSED else read_structure,
        tuple(reader.problems),
    )


class _Reader:
    """One reading of one document."""

    def __init__(self, root: type[msgspec.Struct], forms: Mapping[type, TextForm]) -> None:
        self._forms = forms
        self._homes = dict(_homes(root))
        self.problems: list[Problem] = []

    def structure(self, value: object, into: type[S], place: KeyPath) -> S | _Refused:
        """Read one table whose keys are known."""
        if not _is_table(value):
            return self._refuse(place, "a table", value, f"write [{place[-1]}] on its own line")
        fields = {field.name: field for field in msgspec.structs.fields(into)}
        self._refuse_unknown(value, fields, place)
        values: dict[str, object] = {}
        complete = True
        for name, field in fields.items():
            if name in value:
                values[name] = self._value(value[name], field.type, (*place, name))
            elif field.required:
                expected = expected_for(field.type, self._forms, unit_of(name))
                self._missing((*place, name), expected)
                complete = False
        read_values = {name: value for name, value in values.items() if value is not _REFUSED}
        complete = complete and all(
            name in read_values for name, field in fields.items() if field.required
        )
        return into(**read_values) if complete else _REFUSED

    def _value(self, value: object, annotation: object, place: KeyPath) -> object:
        target = without_none(annotation)
        if is_structure(target):
            return self.structure(value, target, place)
        if get_origin(target) is tuple:
            return self._array(value, get_args(target)[0], place)
        if get_origin(target) is Mapping:
            return self._mapping(value, target, place)
        if isinstance(target, type) and target in self._forms:
            return self._text(value, self._forms[target], place)
        return self._scalar(value, target, place)

    def _array(self, value: object, annotation: object, place: KeyPath) -> object:
        if not isinstance(value, list):
            item = expected_for(annotation, self._forms, None)
            return self._refuse(place, f"an array, each element {item}", value, "put [ ] around it")
        elements = [
            self._value(element, annotation, (*place, index)) for index, element in enumerate(value)
        ]
        return _REFUSED if _REFUSED in elements else tuple(elements)

    def _mapping(self, value: object, annotation: object, place: KeyPath) -> object:
        key_annotation, value_annotation = get_args(annotation)
        if not _is_table(value):
            return self._refuse(place, "a table", value, f"write [{dotted(place)}]")
        elements = {
            self._value(key, key_annotation, (*place, key)): self._value(
                element, value_annotation, (*place, key)
            )
            for key, element in value.items()
        }
        refused = _REFUSED in elements or _REFUSED in elements.values()
        return _REFUSED if refused else elements

    def _text(self, value: object, form: TextForm, place: KeyPath) -> object:
        if not isinstance(value, str):
            return self._refuse(place, form.expected, value, "write a string in quotes")
        try:
            return form.parse(value)
        except ValueError as error:
            return self._refuse(place, form.expected, value, str(error))

    def _scalar(self, value: object, annotation: object, place: KeyPath) -> object:
        try:
            return msgspec.convert(value, annotation)
        except msgspec.ValidationError:
            expected = expected_for(annotation, self._forms, unit_of(place[-1]))
            return self._refuse(place, expected, value, _advice_for(value, annotation))

    def _refuse_unknown(
        self, table: Mapping[str, object], known: Collection[str], place: KeyPath
    ) -> None:
        what = f"a key of [{dotted(place)}]" if place else "a table"
        for name in table:
            if name not in known:
                advice = self._advice_for_unknown(name, known, place)
                self.problems.append(Problem((*place, name), what, f'"{name}"', advice))

    def _advice_for_unknown(self, name: str, known: Collection[str], place: KeyPath) -> str:
        if close := get_close_matches(name.lower(), known, n=1):
            return f'did you mean "{close[0]}"?'
        if name in self._homes:
            return f"it belongs into {self._homes[name]}"
        where = f"[{dotted(place)}]" if place else "the file"
        return f"remove it; {where} may hold {_listed(known, 'and')}"

    def _missing(self, place: KeyPath, expected: str) -> None:
        advice = f"add {place[-1]} = ... to [{dotted(place[:-1])}]"
        self.problems.append(Problem(place, expected, "nothing", advice))

    def _refuse(self, place: KeyPath, expected: str, value: object, advice: str) -> _Refused:
        self.problems.append(Problem(place, expected, found_as(value), advice))
        return _REFUSED


def _is_table(value: object) -> TypeGuard[Mapping[str, object]]:
    return isinstance(value, dict)


def is_structure(annotation: object) -> TypeGuard[type[msgspec.Struct]]:
    """Say whether an annotation is a structure, which a document writes as a table."""
    return isinstance(annotation, type) and issubclass(annotation, msgspec.Struct)


def without_none(annotation: object) -> object:
    """Give the type that an optional value has when it is there."""
    if get_origin(annotation) in {Union, types.UnionType}:
        (annotation,) = (part for part in get_args(annotation) if part is not types.NoneType)
    return annotation


def _homes(root: type[msgspec.Struct]) -> Iterable[tuple[str, str]]:
    """Give the table of every key, to help where a key stands in the wrong one."""
    for table in msgspec.structs.fields(root):
        if is_structure(structure := without_none(table.type)):
            for field in msgspec.structs.fields(structure):
                yield field.name, f"[{table.name}]"


def dotted(place: KeyPath) -> str:
    """Write the way to a table as TOML does."""
    return ".".join(_bare_or_quoted(part) for part in place)


def _bare_or_quoted(part: str | int) -> str:
    text = str(part)
    is_bare = text.isascii() and text.replace("-", "_").isidentifier()
    return text if is_bare else json.dumps(text, ensure_ascii=False)


def unit_of(name: str | int) -> str | None:
    """Give the unit that a key's name ends with, spelt out."""
    amount = str(name).removesuffix("_per_s")
    unit = _UNITS.get(amount.rpartition("_")[2])
    return f"{unit} a second" if unit and amount != name else unit


def expected_for(annotation: object, forms: Mapping[type, TextForm], unit: str | None) -> str:
    """Say in words which values a type allows."""
    target = without_none(annotation)
    if isinstance(target, type) and target in forms:
        return forms[target].expected
    if is_structure(target):
        return f"a table with {_listed(target.__struct_fields__, 'and')}"
    if get_origin(target) is tuple:
        return f"an array, each element {expected_for(get_args(target)[0], forms, unit)}"
    if get_origin(target) is Mapping:
        key, value = (expected_for(part, forms, unit) for part in get_args(target))
        return f"a table, each key {key}, each value {value}"
    return _expected_scalar(inspect.type_info(target), unit)


def _expected_scalar(kind: inspect.Type, unit: str | None) -> str:
    of_unit = f" of {unit}" if unit else ""
    match kind:
        case inspect.Metadata(extra={"expected": str(expected)}):
            return expected
        case inspect.EnumType(cls=members):
            return _listed([member.value for member in members], "or", quoted=True)
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType():
            return f"a whole number{of_unit} from {kind.ge} to {kind.le}"
        case inspect.FloatType(ge=None):
            return f"a number{of_unit} above {kind.gt} and at most {kind.le}"
        case inspect.FloatType():
            return f"a number{of_unit} from {kind.ge} to {kind.le}"
        case _:
            raise TypeError(f"expected a type that a configuration file can hold, found {kind}")


def _advice_for(value: object, annotation: object) -> str:
    kind = inspect.type_info(annotation)
    is_number = isinstance(kind, inspect.IntType | inspect.FloatType)
    match value:
        case _ if isinstance(kind, inspect.BoolType):
            return "write true or false, without quotes"
        case str() if isinstance(kind, inspect.EnumType):
            choices = [str(member.value) for member in kind.cls]
            close = get_close_matches(value.lower(), choices, n=1)
            return f'did you mean "{close[0]}"?' if close else "choose one of them"
        case str():
            return "write the number without quotes" if is_number else "choose another name"
        case float() if isinstance(kind, inspect.IntType):
            return "write it without a fraction"
        case int() | float() if is_number and not isinstance(value, bool):
            return "choose a number in this range"
        case _:  # A value of another type.
            return "write a number" if is_number else "write a string in quotes"


def _listed(words: Iterable[str], conjunction: str, *, quoted: bool = False) -> str:
    *first, last = (f'"{word}"' if quoted else word for word in words)
    return f"{', '.join(first)} {conjunction} {last}" if first else last


def found_as(value: object) -> str:
    """Write a value as the file has it, cut to what fits a message."""
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            text = repr(value)
        case str():
            text = json.dumps(value, ensure_ascii=False)
        case list():
            return "an array"
        case dict():
            return "a table"
        case _:  # What is left in TOML.
            return "a date or a time"
    return text if len(text) <= _FOUND_LENGTH_MAX else f"{text[:_FOUND_LENGTH_MAX]}..."
