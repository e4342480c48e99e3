"""The way in: a declaration from a `transitions` machine and a word on what is held where.

Decides what can be taken from a machine: its states, triggers, moves and callbacks become states,
events, rows and effects. What it cannot say is asked for (`holds`) or worked out, and said.
"""

import difflib
import keyword
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import Enum
from types import MappingProxyType
from typing import Any, TypeAlias, TypeVar

from transitions import Machine

from requite.model.declaration import (
    AnyDeclaration,
    AnyResource,
    Declaration,
    Edge,
    Kind,
    Resource,
    StateRow,
)
from requite.model.errors import InterchangeError
from requite.model.interchange._machine_rows import MachineRow, machine_of, rows_of
from requite.model.interchange._reading import built_enum
from requite.model.interchange._shape import EnumShape, MemberShape

__all__ = ("Wait", "from_transitions")

NOTHING: Mapping[Any, Any] = MappingProxyType({})
Members: TypeAlias = Mapping[str, Enum]
"""The members of an enum by what the machine calls them."""
FoundT = TypeVar("FoundT")
Row: TypeAlias = Edge[Enum, Enum, Enum, Enum]


class Wait(Enum):
    """What a state waits for, as far as a machine says it."""

    NOTHING = "nothing"
    TRIGGER = "one of its triggers"


def from_transitions(  # noqa: PLR0913 - what a machine does not say, all of it keyword-only.
    machine: Machine | Mapping[str, Any],
    *,
    holds: Mapping[str, Collection[str | Enum]],
    gives_back: Mapping[str, str] = NOTHING,
    taken_by: Mapping[str, Collection[str]] = NOTHING,
    exclusive: Collection[str] = (),
    environment: Collection[str] = (),
    final: Collection[str | Enum] = (),
    renamed: Mapping[tuple[str, str], str] = NOTHING,
    split_conditions: bool = False,
    name: str | None = None,
) -> AnyDeclaration:
    """Make a declaration of a `transitions` machine, so that its ways out can be checked.

    Each callback becomes an effect, in the order in which the machine would call it. Automatic
    transitions (`to_STATE`) are left out: a program that calls them has rows that it does not
    declare.

    Args:
        machine: a machine, or the keyword arguments to make one with.
        holds: for each thing that is held the states in which it is held.
        gives_back: for each thing the callback that gives it back. Where none is named, an effect
            is put at the front of each row that owes it: the `exits` are what is to be written.
        taken_by: for each thing the triggers that bring it. Where none is named, it is brought by
            each trigger that leads into the states that hold it, wherever that is triggered.
        exclusive: the things that one session at a time can hold; the others are counted.
        environment: the triggers that can happen in every state that waits.
        final: where a session ends; without it the states that say so, or that nothing leaves.
        renamed: another event in the place of a trigger, by state and trigger.
        split_conditions: make an event of each trigger with its conditions, such as
            `open_if_ready`; a machine with conditions is refused otherwise.
        name: what a derived package is called; without it the name of the machine.

    Returns:
        The declaration, not yet checked: `Lifecycle.of` does that, and `requite check`.

    Raises:
        InterchangeError: the machine has something that no table can say, or an argument names
            what the machine does not have; the text says what to do.
    """
    found = machine_of(machine)
    start = _Start(found, renamed=renamed, split_conditions=split_conditions)
    resources = start.resources(holds, gives_back, taken_by, exclusive)
    ends = [start.state(state, "final") for state in final] or start.ends()
    resting = {start.initial, *ends}
    return Declaration(
        name=name or found.name.removesuffix(": ") or "machine",
        states=[
            StateRow(state, Wait.NOTHING if state in resting else Wait.TRIGGER)
            for state in start.states.values()
        ],
        edges=start.edges(resources),
        requests=(),
        resources=resources,
        environment=start.events_of(environment, "environment"),
        initial=start.initial,
        final=ends,
    )


class _Start:
    """A machine on its way to a declaration: its rows and the enums for its names."""

    def __init__(
        self, machine: Machine, *, renamed: Mapping[tuple[str, str], str], split_conditions: bool
    ) -> None:
        self._machine = machine
        self._rows = tuple(rows_of(machine))
        self._events: dict[MachineRow, str] = {}
        taken: set[tuple[str, str]] = set()
        for row in self._rows:
            event = _event_name(row, renamed, split_conditions=split_conditions)
            # The library takes the first transition whose conditions hold: the same again is dead.
            if (row.source, event) not in taken:
                taken.add((row.source, event))
                self._events[row] = event
        pairs = {(row.source, row.trigger) for row in self._rows}
        for pair in renamed:
            if pair not in pairs:
                raise InterchangeError("renamed", f"the machine has no transition {pair!r}")
        self.states = _members("State", "Where a session is.", _states(machine))
        self.events = _members(
            "Event",
            "What is triggered.",
            {event: f"{event} is triggered" for event in self._events.values()},
        )
        calls = dict.fromkeys(call for row in self._rows for call in row.calls)
        self._calls = {call: f"call {call}" for call in calls}
        self._told: set[Enum] = set()
        self.effects: Members = {}
        if machine.initial is None:
            raise InterchangeError(
                "initial", "the machine does not say where it begins; make it with initial=STATE"
            )
        self.initial = self.state(machine.initial, "initial")

    def state(self, given: str | Enum, where: str) -> Enum:
        """Return the state that the machine calls so."""
        return _found(
            self.states,
            given.name if isinstance(given, Enum) else given,
            where,
            "state of the machine",
        )

    def events_of(self, triggers: Collection[str], where: str) -> tuple[Enum, ...]:
        """Return the events that triggers have become."""
        by_trigger: dict[str, dict[Enum, None]] = {}
        for row, event in self._events.items():
            by_trigger.setdefault(row.trigger, {})[self.events[event]] = None
        return tuple(
            event
            for trigger in _several(triggers, where)
            for event in _found(by_trigger, trigger, where, "trigger of the machine")
        )

    def ends(self) -> list[Enum]:
        """Return the states that say that they are final, or else those that nothing leaves."""
        said = [self.states[n] for n, state in self._machine.states.items() if state.final]
        left = {row.source for row in self._rows}
        return said or [state for n, state in self.states.items() if n not in left]

    def resources(
        self,
        holds: Mapping[str, Collection[str | Enum]],
        gives_back: Mapping[str, str],
        taken_by: Mapping[str, Collection[str]],
        exclusive: Collection[str],
    ) -> tuple[AnyResource, ...]:
        """Return what is held, and find the effects on the way."""
        things = _members("Held", "What is held.", {thing: f"one {thing}" for thing in holds})
        for where, named in (
            ("gives_back", gives_back),
            ("taken_by", taken_by),
            ("exclusive", _several(exclusive, "exclusive")),
        ):
            for thing in named:
                _found(things, thing, where, "name in holds")
        for thing, call in gives_back.items():
            remedy = "; leave it out to have the rows that owe it worked out"
            _found(self._calls, call, f"gives_back[{thing!r}]", "callback of the machine", remedy)
        backs = {thing: gives_back.get(thing, f"give_back_{thing.lower()}") for thing in holds}
        self.effects = _members(
            "Effect",
            "What is called.",
            self._calls | {back: f"call {back}" for back in backs.values()},
        )
        self._told = {self.effects[call] for call in self._calls}
        return tuple(
            Resource(
                things[thing],
                Kind.EXCLUSIVE if thing in exclusive else Kind.COUNTED,
                held_in=self._held_in(thing, states),
                taken_by=self._taken_by(thing, states, taken_by.get(thing)),
                given_back_by=self.effects[backs[thing]],
            )
            for thing, states in holds.items()
        )

    def _held_in(self, thing: str, states: Collection[str | Enum]) -> frozenset[Enum]:
        where = f"holds[{thing!r}]"
        return frozenset(self.state(state, where) for state in _several(states, where))

    def _taken_by(
        self, thing: str, states: Collection[str | Enum], told: Collection[str] | None
    ) -> frozenset[Enum]:
        if told is not None:
            return frozenset(self.events_of(told, f"taken_by[{thing!r}]"))
        inside = self._held_in(thing, states)
        enters: dict[str, MachineRow] = {}
        leaves: dict[str, MachineRow] = {}
        for row, event in self._events.items():
            before, after = self.states[row.source] in inside, self.states[row.target] in inside
            if before != after:
                (leaves if before else enters).setdefault(event, row)
        for event in enters.keys() & leaves.keys():
            raise InterchangeError(
                f"holds[{thing!r}]",
                f"{event} brings it in {enters[event]} and cannot be said to bring it in "
                f"{leaves[event]}; name one of the two otherwise, as in "
                f"renamed={{({leaves[event].source!r}, {leaves[event].trigger!r}): 'NAME'}}, or "
                "say what brings it in taken_by",
            )
        return frozenset(self.events[event] for event in enters)

    def edges(self, resources: Sequence[AnyResource]) -> list[Row]:
        """Return the rows; what no callback gives back is given back in front, where it is owed."""
        untold = [item for item in resources if item.given_back_by not in self._told]
        return [self._edge(row, event, untold) for row, event in self._events.items()]

    def _edge(self, row: MachineRow, event: str, untold: Iterable[AnyResource]) -> Row:
        source, target = self.states[row.source], self.states[row.target]
        owed: list[Enum] = []
        for item in untold:
            taken = self.events[event] in item.taken_by
            holders = (target in item.held_in) - (source in item.held_in)
            owed += [item.given_back_by] * (taken - holders)
        return Edge(
            source,
            self.events[event],
            target,
            (*owed, *(self.effects[call] for call in row.calls)),
            why=f"The machine goes from {row.source} to {row.target} on {row.trigger}"
            + "".join(f", {condition}" for condition in row.conditions),
        )


def _event_name(
    row: MachineRow, renamed: Mapping[tuple[str, str], str], *, split_conditions: bool
) -> str:
    if row.conditions and not split_conditions:
        raise InterchangeError(
            str(row),
            f"it has a condition ({' and '.join(row.conditions)}), and a table "
            "has one row for each state and event; give each outcome a trigger of its own, or "
            "pass split_conditions=True to have events made of them",
        )
    conditions = (condition.replace(" ", "_") for condition in row.conditions)
    return "_".join((renamed.get((row.source, row.trigger), row.trigger), *conditions))


def _states(machine: Machine) -> dict[str, str]:
    """Return what each state means: the words of its enum member, where it has some."""
    values = {name: state.value for name, state in machine.states.items()}
    words = {
        name: value.value
        for name, value in values.items()
        if isinstance(value, Enum) and isinstance(value.value, str) and value.value.strip()
    }
    return {name: words.get(name, f"the machine is in {name}") for name in values}


def _members(enum: str, about: str, meanings: Mapping[str, str]) -> Members:
    """Build an enum, and return its members by what the machine calls them."""
    names: dict[str, str] = {}
    for given in meanings:
        name = re.sub(r"\W", "_", given)
        if not name.isidentifier() or keyword.iskeyword(name) or name == "mro" or name[0] == "_":
            name = f"{enum.lower()}_{name.strip('_')}"
        if name in names:
            raise InterchangeError(
                given, f"expected a name of its own, found one that reads as that of {names[name]}"
            )
        names[name] = given
    listed = [MemberShape(name, meanings[given]) for name, given in names.items()]
    built = built_enum(EnumShape(enum, about, listed), enum)
    return {given: built[name] for name, given in names.items()}


def _several(given: Collection[FoundT], where: str) -> Collection[FoundT]:
    if isinstance(given, str):
        raise InterchangeError(where, f"expected names, found a word; write {{{given!r}}}")
    return given


def _found(
    known: Mapping[str, FoundT], name: str, where: str, what: str, remedy: str = ""
) -> FoundT:
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean {near[0]}?" if near else f" ({', '.join(known) or 'there is none'})"
    raise InterchangeError(where, f"expected a {what}, found {name!r}{hint}{remedy}")
