"""What a pointer is told about each part of a picture, in whole names and sentences.

Decides the words of the titles. A picture shortens; its titles do not.
"""

from collections.abc import Iterable
from enum import Enum

from requite.model.declaration import Reply
from requite.model.derive.drawing.plan import Bundle, Move, Plan, Run
from requite.model.rules import Row

__all__ = ("about_bundle", "about_lane", "about_row", "about_state", "names", "said_on")

STAYS_MAX = 4
"""How many events an arrow of a graph that leads to its own state may name; more are counted."""


def names(members: Iterable[Enum]) -> str:
    """Return names as they are written in the declaration."""
    return ", ".join(member.name for member in members)


def about_bundle(bundle: Bundle) -> str:
    """Say where an arrow leads, what it gives back, and on which events."""
    head = f"{bundle.source.name} → {bundle.target.name}"
    if bundle.source is bundle.target:
        head = f"{bundle.source.name} stays where it is"
    gives = f"Gives back {names(bundle.gives)}.\n" if bundle.gives else ""
    return f"{head}\n{gives}On {names(bundle.events)}."


def said_on(bundle: Bundle) -> tuple[str, ...]:
    """Say on an arrow of a graph, line by line, what happens and what it gives back."""
    events = tuple(event.name for event in bundle.events)
    if bundle.move is Move.STAYS and len(events) > STAYS_MAX:
        events = (f"{len(events)} events",)
    return (*events, f"gives back {names(bundle.gives)}") if bundle.gives else events


def about_row(plan: Plan, row: Row) -> str:
    """Say everything that a row of the declaration says."""
    gives = names(plan.lifecycle.given_back_by(row))
    guard = f"Only while there is room for {row.guard.name}.\n" if row.guard else ""
    return (
        f"{row}\n{row.event.name} ({plan.bringer(row.event).value}): {row.event.value}.\n{guard}"
        f"Owes {_owed(row)}.\n{f'Gives back {gives}.{chr(10)}' if gives else ''}Why: {row.why}."
    )


def _owed(row: Row) -> str:
    said = (f"“{e.text}”" if isinstance(e, Reply) else e.name for e in row.effects)
    return ", ".join(said) or "nothing"


def about_state(plan: Plan, state: Enum) -> str:
    """Say what a state is, what it waits for and what is held in it."""
    row = plan.lifecycle.row_of(state)
    waits = f"Waits for {row.waits_for.value}"
    if row.awaits is not None:
        waits += f": {row.awaits.name}, {row.awaits.value}"
    held = names(plan.lifecycle.held_in(state)) or "nothing"
    return f"{state.name}: {state.value}.\n{waits}.\nHolds {held}."


def about_lane(plan: Plan, run: Run) -> str:
    """Say what is held, from where to where, and what brings it."""
    resource = run.resource
    taken = f" Taken on {names(run.taken_on)}." if run.taken_on else ""
    kind = next(r.kind for r in plan.lifecycle.resources if r.resource is resource)
    return (
        f"{resource.name}: {resource.value} ({kind.name.lower()}).\n"
        f"Held in {names(run.states)}.{taken}"
    )
