"""A script played on machines: those of a derived package, or of a declaration as it stands.

Decides how the effects of a machine are counted: one machine for each session, and a shell that
only counts what is taken and given back. Nothing waits, and no server is needed.
"""

import importlib
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from types import ModuleType
from typing import Any, Protocol

from requite.model.declaration import AnyDeclaration, Reply
from requite.model.loading import load_declaration
from requite.model.tell.script import Cue, Names, Script, check_books

__all__ = ("play_on_machines",)


def play_on_machines(script: Script, machine: str) -> None:
    """Play a script on one machine for each session.

    It ends early, with a line that says so, where a machine goes another way than the script: the
    declaration has been changed since, and this is no way of it any more.

    Args:
        script: what happens.
        machine: a derived package, such as "requite.generated.pop3"; or a declaration as
            "module:name" or "path/to/file.py:name", which need not keep the rules.

    Raises:
        AssertionError: a count is not the number of sessions that hold what it counts, or the
            script goes on for ever or is stuck where it was when it was found.
    """
    _Playing(script, _table_of(machine)).play()


# --- the two kinds of machine --------------------------------------------------------------------


class _Table(Protocol):
    """What is asked of a machine, whoever made it."""

    initial: str

    def step(self, state: str, event: str, effect: Callable[[str], None]) -> str | None:
        """Tell each effect of a step, and return the target; None where there is no such step."""
        ...

    def events(self, state: str) -> Names:
        """Return the events that can happen in a state."""
        ...

    def held(self, state: str) -> Names:
        """Return what is held in a state."""
        ...

    def guard(self, state: str, event: str) -> str | None:
        """Return the resource that a step needs room for, if it is known."""
        ...


def _table_of(machine: str) -> _Table:
    if ":" in machine:
        return _Declared(load_declaration(machine)[0])
    return _Derived(importlib.import_module(machine))


class _Declared:
    """The table of a declaration."""

    def __init__(self, declared: AnyDeclaration) -> None:
        self.initial: str = declared.initial.name
        self._declared = declared
        self._rows = {(e.source.name, e.event.name): e for e in declared.edges}

    def step(self, state: str, event: str, effect: Callable[[str], None]) -> str | None:
        edge = self._rows.get((state, event))
        if edge is None:
            return None
        for owed in edge.effects:
            if not isinstance(owed, Reply):
                effect(owed.name)
        target: str = edge.target.name
        return target

    def events(self, state: str) -> Names:
        return tuple(event for source, event in self._rows if source == state)

    def held(self, state: str) -> Names:
        states = {row.state.name: row.state for row in self._declared.states}
        return tuple(held.name for held in self._declared.held_in(states[state]))

    def guard(self, state: str, event: str) -> str | None:
        guard = self._rows[state, event].guard
        return None if guard is None else guard.name


class _Derived:
    """The step table of a derived package, performed on a shell that tells its effects.

    The package's enums are its own, so that nothing more is known of its types here.
    """

    def __init__(self, package: ModuleType) -> None:
        self.initial: str = package.INITIAL.name
        self._package: Any = package

    def step(self, state: str, event: str, effect: Callable[[str], None]) -> str | None:
        package = self._package
        if event not in package.Event.__members__:
            return None
        step = package.STEPS[package.State[state]][package.Event[event]]
        if step is None:
            return None
        step.perform(_Shell(effect))
        target: str = step.target.name
        return target

    def events(self, state: str) -> Names:
        row = self._package.STEPS[self._package.State[state]]
        return tuple(step.event.name for step in row if step is not None)

    def held(self, state: str) -> Names:
        return tuple(held.name for held in self._package.HELD[self._package.State[state]])

    def guard(self, state: str, event: str) -> str | None:
        del state, event
        return None


class _Shell:
    """A shell that tells the name of each effect; it knows no fact, and gives any."""

    def __init__(self, effect: Callable[[str], None]) -> None:
        self._effect = effect

    def send_reply(self, text: str, /, **facts: object) -> None:
        """Say nothing: no peer is there."""

    def __getattr__(self, name: str) -> "_Owed":
        return _Owed(self._effect, name.upper())


class _Owed:
    """An effect that can be called, or a fact that a reply is given."""

    def __init__(self, effect: Callable[[str], None], name: str) -> None:
        self._effect = effect
        self._name = name

    def __call__(self) -> None:
        self._effect(self._name)


# --- playing -------------------------------------------------------------------------------------


class _Playing:
    def __init__(self, script: Script, table: _Table) -> None:
        self._script = script
        self._table = table
        self._states: dict[int, str] = {}
        self._keys: dict[int, dict[str, int]] = {}
        self._counted: Counter[str] = Counter()
        self._round: list[dict[int, Names]] = []
        """Which events each session could take, in each state of what begins anew."""

    def play(self) -> None:
        script = self._script
        for number, cue in enumerate(script.cues, 1):
            self._look(number)
            if not self._take(cue):
                print(f"{script.where(number)}: this is no way of it any more")  # noqa: T201
                return
            check_books(script, number, self._all_counted(), self._held())
        self._look(len(script.cues) + 1)
        if script.about:
            return
        if script.again_from is not None:
            self._check_end()
        elif script.stuck and self._stands_still():
            raise AssertionError(f"after step {len(script.cues)}: no session can move any more")

    def _take(self, cue: Cue) -> bool:
        state = self._states.get(cue.session, self._table.initial)
        keys = self._keys.setdefault(cue.session, {})
        keys.update(cue.keys)
        if cue.died:
            for resource in self._table.held(state):
                self._counted[self._name(cue.session, resource)] -= 1
            del self._states[cue.session]
            return True
        self._states.setdefault(cue.session, state)
        if cue.event not in self._possible(cue.session):
            return False
        for resource in self._script.taken_by.get(cue.event, ()):
            self._counted[self._name(cue.session, resource)] += 1
        target = self._table.step(state, cue.event, lambda effect: self._owe(cue.session, effect))
        if target is None or target != cue.target:
            return False
        self._states[cue.session] = target
        return True

    def _owe(self, session: int, effect: str) -> None:
        for resource in self._script.given_back_by.get(effect, ()):
            self._counted[self._name(session, resource)] -= 1

    def _name(self, session: int, resource: str) -> str:
        key = self._keys[session].get(resource)
        return resource if key is None else f"{resource} {key}"

    def _held(self) -> Counter[str]:
        return Counter(
            self._name(session, resource)
            for session, state in self._states.items()
            for resource in self._table.held(state)
        )

    def _all_counted(self) -> dict[str, int]:
        names = (*self._script.about, *self._held(), *self._counted)
        return {name: self._counted[name] for name in names}

    # --- what can happen -------------------------------------------------------------------------

    def _look(self, number: int) -> None:
        """Note what can happen before a step that begins anew."""
        begin = self._script.again_from
        if begin is not None and number >= begin:
            going_on = [s for s, state in self._states.items() if self._table.events(state)]
            self._round.append({session: tuple(self._possible(session)) for session in going_on})

    def _possible(self, session: int) -> Iterator[str]:
        script, state = self._script, self._states[session]
        for event in self._table.events(state):
            guard = self._table.guard(state, event)
            needed = (*script.taken_by.get(event, ()), *((guard,) if guard else ()))
            full = script.refused_by.get(event)
            if all(self._has(session, name, room=True) for name in needed) and (
                full is None or any(self._has(session, name, room=False) for name in full)
            ):
                yield event

    def _has(self, session: int, resource: str, *, room: bool) -> bool:
        """Say whether a resource can have room for a session, or none; unlimited, it has both."""
        name = self._name(session, resource)
        known = [name] if name in self._script.limits else []
        names = known or [one for one in self._script.limits if one.startswith(f"{resource} ")]
        below = [self._counted[one] < self._script.limits[one] for one in names]
        return not below or room in below

    def _stands_still(self) -> bool:
        going_on = [s for s, state in self._states.items() if self._table.events(state)]
        return bool(going_on) and not any(
            True for session in going_on for _ in self._possible(session)
        )

    def _check_end(self) -> None:
        """Fail unless all are over, or some event surely comes that leads out of what goes on."""
        script = self._script
        if not self._round[0]:
            return
        begin = script.again_from or 1
        taken = {(cue.session, cue.event) for cue in script.cues[begin - 1 :]}
        for session in self._round[0]:
            for events in script.fair:
                if self._forced(session, events) and not any((session, e) in taken for e in events):
                    print(f"S{session}: one of {', '.join(events)} surely comes")  # noqa: T201
                    return
        raise AssertionError(
            f"after step {len(script.cues)}: nothing need happen that has not happened since step "
            f"{begin}, for ever"
        )

    def _forced(self, session: int, events: Collection[str]) -> bool:
        return all(
            any(event in possible.get(session, ()) for event in events) for possible in self._round
        )
