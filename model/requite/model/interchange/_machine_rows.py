"""The rows of a `transitions` machine: what it would do in each state on each trigger.

Decides what a machine says by itself, with the library's own reading of wildcards, lists and "=":
a configuration is made a machine first. Refuses what a table has no row for, and says what to do
about it: conditions, callbacks that wait, states within states.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

from transitions import Machine, MachineError, Transition

from requite.model.errors import InterchangeError

__all__ = ("MachineRow", "machine_of", "rows_of")

Callback: TypeAlias = str | Callable[..., object]


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineRow:
    """What a machine does in one state on one trigger, if its conditions allow."""

    source: str
    trigger: str
    target: str
    calls: tuple[str, ...]
    """The callbacks by name, in the order in which the machine calls them."""
    conditions: tuple[str, ...]
    """What must hold, such as "if ready" and "unless full"; empty in most rows."""

    def __str__(self) -> str:
        return f"{self.source} --{self.trigger}--> {self.target}"


def machine_of(given: Machine | Mapping[str, Any]) -> Machine:
    """Return a machine as it is, or make one of a configuration, without any model.

    Raises:
        InterchangeError: the library refuses the configuration, or the machine is of a kind that
            no table can stand for.
    """
    machine = given if isinstance(given, Machine) else _made_of(given)
    kinds = {kind.__name__ for kind in type(machine).__mro__}
    if "HierarchicalMachine" in kinds:
        raise _nested()
    if "AsyncMachine" in kinds:
        raise InterchangeError(
            type(machine).__name__,
            "its callbacks wait inside a transition, where a cancellation skips what comes after; "
            "give each wait a state of its own and its answer a trigger, in a plain Machine",
        )
    return machine


def _made_of(configuration: Mapping[str, Any]) -> Machine:
    parts = {**configuration, "model": None}
    states = configuration.get("states")
    if isinstance(states, list | tuple):
        if any(isinstance(s, Mapping) and {"children", "parallel"} & s.keys() for s in states):
            raise _nested()
        # The library writes into the dictionaries of states; those are not ours to change.
        parts["states"] = [dict(s) if isinstance(s, Mapping) else s for s in states]
    try:
        return Machine(**parts)
    except (AttributeError, KeyError, MachineError, TypeError, ValueError) as error:
        raise InterchangeError("", f"transitions can make no machine of this: {error}") from error


def _nested() -> InterchangeError:
    return InterchangeError(
        "HierarchicalMachine",
        "its states have states in them; write one state for each innermost one, with the "
        "transitions and callbacks that it inherits, in a plain Machine",
    )


def rows_of(machine: Machine) -> Iterator[MachineRow]:
    """Yield what a machine does, by state and then by trigger, both in its own order.

    Of several transitions of one state and trigger those are left out that are never reached,
    because an earlier one has no condition. Automatic transitions are left out.
    """
    automatic = _automatic(machine)
    for source in machine.states:
        for trigger, event in machine.events.items():
            if trigger in automatic:
                continue
            for transition in event.transitions.get(source, ()):
                yield _row(machine, trigger, transition)
                if not transition.conditions:
                    break


def _automatic(machine: Machine) -> set[str]:
    if not machine.auto_transitions:
        return set()
    attribute = machine.model_attribute
    infix = "" if attribute == "state" else f"{attribute}_"
    return {f"to_{infix}{state}" for state in machine.states}


def _row(machine: Machine, trigger: str, transition: Transition) -> MachineRow:
    source, target = transition.source, transition.dest or transition.source
    where = f"{source} --{trigger}--> {target}"
    if target not in machine.states:
        raise InterchangeError(where, f"it leads to {target!r}, which is no state of the machine")
    conditions = (
        f"{'if' if condition.target else 'unless'} {_name(machine, condition.func, where)}"
        for condition in transition.conditions
    )
    return MachineRow(
        source=source,
        trigger=trigger,
        target=target,
        calls=tuple(_name(machine, call, where) for call in _calls(machine, transition)),
        conditions=tuple(conditions),
    )


def _calls(machine: Machine, transition: Transition) -> Iterator[Callback]:
    """Yield the callbacks of a transition in the order of `transitions.core`, version 0.9.3."""
    groups: list[Iterable[Callback]] = [
        machine.prepare_event,
        transition.prepare,
        machine.before_state_change,
        transition.before,
    ]
    if transition.dest is not None:  # Without one it is internal: nothing is left or entered.
        target = machine.states[transition.dest]
        groups += [machine.states[transition.source].on_exit, target.on_enter]
        groups += [machine.on_final] if target.final else []
    groups += [transition.after, machine.after_state_change, machine.finalize_event]
    for group in groups:
        yield from group


def _name(machine: Machine, callback: Callback, where: str) -> str:
    """Return what a callback is called, and refuse one that waits or has no name."""
    if isinstance(callback, str):
        name, bodies = callback, [getattr(model, callback, None) for model in machine.models]
    else:
        name, bodies = str(getattr(callback, "__name__", "")), [callback]
    if any(inspect.iscoroutinefunction(body) for body in bodies):
        raise InterchangeError(
            where,
            f"its callback {name} waits; give the wait a state of its own, and its answer a "
            "trigger",
        )
    if not name or name == "<lambda>" or isinstance(callback, partial):
        raise InterchangeError(
            where, f"its callback {callback!r} has no name; write a function or a method with one"
        )
    return name
