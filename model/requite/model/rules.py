"""The rules that every declaration keeps; a lifecycle that breaks one cannot be loaded.

Decides what is wrong with the rows of a declaration. Refuses to explore: every rule here looks at
the rows alone, one by one or along their graph, and holds for any number of sessions. Each rule
is one function and one name in `RULES`, which says how much of a declaration it looks at; the text
of a fault names the row and says what to do.
"""

from collections.abc import Hashable, Iterable, Sequence
from enum import Enum
from string import Formatter
from typing import Any, TypeAlias

from requite.model.balance import imbalances
from requite.model.declaration import AnyDeclaration, AnyEdge, Kind, Reply, repeated
from requite.model.errors import Fault
from requite.model.looking import Complaints, Looks, Rule

__all__ = ("RULES", "faults_of")

Row: TypeAlias = AnyEdge


def faults_of(declared: AnyDeclaration) -> list[Fault]:
    """Return everything that is wrong with a declaration.

    The rules of vocabulary come first; while one of them is broken the others are not asked,
    because they would complain about its consequences.
    """
    for rules in (NAMES, VOCABULARY, MEANING):
        if faults := _faults(declared, rules):
            return faults
    return []


def _faults(declared: AnyDeclaration, rules: dict[str, Rule]) -> list[Fault]:
    return [
        Fault(rule=name, where=where, says=says)
        for name, rule in rules.items()
        for where, says in rule(declared)
    ]


# --- vocabulary: the rows name what is declared, once ----------------------------------------


def _members_only(declared: AnyDeclaration) -> Complaints:
    """Every source, event, target and effect is one declared name; there are no wildcards."""
    states = [row.state for row in declared.states]
    events = _vocabulary(declared.environment)
    for edge in declared.edges:
        where = f"row {edge.source!r}/{edge.event!r}"
        for end, state in (("source", edge.source), ("target", edge.target)):
            if state not in states:
                yield (
                    where,
                    f"its {end} is {state!r}; expected one declared state. A wildcard or a list "
                    "hides final states: write one row for each state",
                )
        if events is not None and not isinstance(edge.event, events):
            yield where, f"its event is not a member of {events.__name__}"
        effects: object = edge.effects
        if not isinstance(effects, tuple) or not all(
            isinstance(effect, Enum | Reply) for effect in effects
        ):
            yield where, f"its effects are {effects!r}; expected a tuple of effects and replies"


def _resources_name_members(declared: AnyDeclaration) -> Complaints:
    """Every resource is held in declared states; declared events take, lose and refuse it."""
    states = [row.state for row in declared.states]
    events = _vocabulary(declared.environment)
    known = {None, *(resource.resource for resource in declared.resources)}
    for resource in declared.resources:
        for state in sorted(resource.held_in, key=str):
            if state not in states:
                yield (
                    resource.resource.name,
                    f"it is held in {state!r}, which is no declared state",
                )
        for event in sorted(resource.taken_by | resource.lost_by | resource.refused_by, key=str):
            if events is not None and not isinstance(event, events):
                yield resource.resource.name, f"{event!r} is not a member of {events.__name__}"
        if resource.same_key_as not in known:
            yield (
                resource.resource.name,
                f"its key is that of {resource.same_key_as!r}, which is no declared resource",
            )


def _vocabulary(members: Sequence[Any]) -> type[Enum] | None:
    return type(members[0]) if members else None


def _declared_once(declared: AnyDeclaration) -> Complaints:
    """Every state, request, resource and fact is declared once."""
    lists: dict[str, list[Any]] = {
        "state": [row.state for row in declared.states],
        "request": [request.effect for request in declared.requests],
        "resource": [resource.resource for resource in declared.resources],
        "fact": [fact.name for fact in declared.facts],
    }
    for what, items in lists.items():
        for item in repeated(items):
            yield str(item), f"this {what} is declared twice; keep one"
    if declared.initial not in lists["state"]:
        yield str(declared.initial), "the initial state is not among the states; declare it"
    for state in declared.final:
        if state not in lists["state"]:
            yield str(state), "this final state is not among the states; declare it"


def _nothing_unused(declared: AnyDeclaration) -> Complaints:
    """Every member of the enums is used by some row: a name that decides nothing misleads."""
    used: set[Enum] = {declared.initial, *declared.final}
    for edge in declared.edges:
        used |= {edge.source, edge.event, edge.target}
        used |= {effect for effect in edge.effects if not isinstance(effect, Reply)}
    used |= {resource.resource for resource in declared.resources}
    for vocabulary in sorted({type(name) for name in used}, key=lambda kind: kind.__name__):
        for member in vocabulary:
            if member not in used:
                yield str(member), "no row uses this name; write its rows or delete it"


def _one_row_each(declared: AnyDeclaration) -> Complaints:
    """There is one row for each state and event."""
    pairs = [(edge.source, edge.event) for edge in declared.edges]
    for pair in repeated([*pairs]):
        rows = [edge for edge in declared.edges if (edge.source, edge.event) == pair]
        yield (
            str(rows[0]),
            f"there are {len(rows)} rows for this state and event, to "
            f"{', '.join(row.target.name for row in rows)}; keep one",
        )


def _why(declared: AnyDeclaration) -> Complaints:
    """Every row says why, in a section of a standard or a sentence that could be false."""
    for edge in declared.edges:
        if not edge.why.strip():
            yield str(edge), "it does not say why; quote a section or write one sentence"


def _facts_are_known(declared: AnyDeclaration) -> Complaints:
    """A reply names declared facts only, and is one line."""
    known = {fact.name for fact in declared.facts}
    for edge in declared.edges:
        for reply in (effect for effect in edge.effects if isinstance(effect, Reply)):
            if "\r" in reply.text or "\n" in reply.text:
                yield str(edge), f"its reply {reply.text!r} has a line end; a reply is one line"
            try:
                parts = list(Formatter().parse(reply.text))
            except ValueError as error:
                yield str(edge), f"its reply {reply.text!r} is no format: {error}"
                continue
            for _, name, spec, conversion in parts:
                if name is not None and name not in known:
                    yield str(edge), f"its reply names {name!r}, which is no declared fact"
                if "{" in (spec or "") or conversion not in (None, "r", "s", "a"):
                    yield str(edge), f"its reply {reply.text!r} has a format that is not derived"


# --- waits: what every state answers ---------------------------------------------------------


def _waiting(declared: AnyDeclaration) -> list[Any]:
    resting = {declared.initial, *declared.final}
    return [row for row in declared.states if row.state not in resting]


def _environment_everywhere(declared: AnyDeclaration) -> Complaints:
    """Every state that waits has a row for every environment event."""
    pairs = {(edge.source, edge.event) for edge in declared.edges}
    for row in _waiting(declared):
        for event in declared.environment:
            if (row.state, event) not in pairs:
                yield (
                    f"{row.state.name} x {event.name}",
                    "there is no row, and this can happen in every state that waits; add it",
                )


def _wait_is_answered(declared: AnyDeclaration) -> Complaints:
    """A state has a row for every event that what it waits for can bring."""
    pairs = {(edge.source, edge.event) for edge in declared.edges}
    for row in declared.states:
        for event in declared.brings.get(row.waits_for, ()):
            if (row.state, event) not in pairs:
                yield (
                    f"{row.state.name} x {event.name}",
                    f"there is no row, and it waits for {row.waits_for.name}, which can bring "
                    "this; add it",
                )


def _loss_is_handled(declared: AnyDeclaration) -> Complaints:
    """A state that holds a resource has a row for each event that announces its loss."""
    pairs = {(edge.source, edge.event) for edge in declared.edges}
    for resource in declared.resources:
        for row in declared.states:
            for event in sorted(resource.lost_by, key=_declared):
                if row.state in resource.held_in and (row.state, event) not in pairs:
                    yield (
                        f"{row.state.name} x {event.name}",
                        f"there is no row, and {resource.resource.name} is held here and can be "
                        "lost by it; add it",
                    )


def _declared(member: Enum) -> int:
    return [*type(member)].index(member)


# --- requests: every one is awaited ------------------------------------------------------------


def _completions_are_awaited(declared: AnyDeclaration) -> Complaints:
    """A state that awaits a request handles each completion; no other state handles any."""
    requests = {request.effect: request for request in declared.requests}
    pairs = {(edge.source, edge.event) for edge in declared.edges}
    for row in declared.states:
        if row.awaits is None:
            continue
        if row.awaits not in requests:
            yield row.state.name, f"it awaits {row.awaits.name}, which is no declared request"
            continue
        for event in requests[row.awaits].completions:
            if (row.state, event) not in pairs:
                yield (
                    f"{row.state.name} x {event.name}",
                    f"there is no row, and {row.awaits.name} can be answered so; add it",
                )
    awaited = {row.state: row.awaits for row in declared.states}
    for edge in declared.edges:
        for request in declared.requests:
            if edge.event in request.completions and awaited[edge.source] != request.effect:
                yield (
                    str(edge),
                    f"{edge.event.name} answers {request.effect.name}, which {edge.source.name} "
                    "does not await; drop the row or declare the wait",
                )


def _pending_until_answered(declared: AnyDeclaration) -> Complaints:
    """A request, once made, is awaited in every state that can follow until it is answered."""
    requests = {request.effect: request for request in declared.requests}
    awaited = {row.state: row.awaits if row.awaits in requests else None for row in declared.states}
    for edge in declared.edges:
        made = [effect for effect in edge.effects if effect in requests]
        before, after = awaited[edge.source], awaited[edge.target]
        answered = before is not None and edge.event in requests[before].completions
        pending = [before] if before is not None and not answered else []
        outstanding = pending + made
        if len(outstanding) > 1:
            names = " and ".join(effect.name for effect in outstanding)
            yield str(edge), f"{names} would be outstanding together; await one before the next"
        elif outstanding and after != outstanding[0]:
            yield (
                str(edge),
                f"{outstanding[0].name} is still outstanding in {edge.target.name}, which does "
                "not await it: a late answer would find nobody. Go to a state that awaits it",
            )
        elif after is not None and not outstanding:
            yield (
                str(edge),
                f"{edge.target.name} awaits {after.name}, and nothing asked for it; make the "
                "request in this row",
            )


# --- resources: taken on the way in, given back on every way out -------------------------------


def _balanced(declared: AnyDeclaration) -> Complaints:
    """Entering a resource's states takes it and leaving them gives it back, exactly once."""
    for imbalance in imbalances(declared):
        yield str(imbalance.edge), str(imbalance)


def _nothing_at_rest(declared: AnyDeclaration) -> Complaints:
    """Nothing is held in the initial state or in a final one."""
    for state in dict.fromkeys((declared.initial, *declared.final)):
        for resource in declared.resources:
            if state in resource.held_in:
                yield (
                    state.name,
                    f"{resource.resource.name} is held here, where no session is left to give it "
                    "back; take the state out of held_in",
                )


def _exits_are_free(declared: AnyDeclaration) -> Complaints:
    """An exit has no guard: it can always be taken. A guard is for taking what is counted."""
    counted = {r.resource for r in declared.resources if r.kind is Kind.COUNTED}
    for edge in declared.edges:
        if edge.guard is None:
            continue
        if declared.given_back_by(edge):
            yield str(edge), "it gives something back and has a guard; an exit must always be free"
        if edge.guard not in counted:
            yield str(edge), f"its guard {edge.guard.name} is not a counted resource"


def _giving_back_comes_first(declared: AnyDeclaration) -> Complaints:
    """In a row everything is given back before anything else is done, which could fail."""
    releases = {resource.given_back_by for resource in declared.resources}
    for edge in declared.edges:
        first_other = next(
            (n for n, effect in enumerate(edge.effects) if effect not in releases),
            len(edge.effects),
        )
        late = [str(effect) for effect in edge.effects[first_other:] if effect in releases]
        if late:
            yield (
                str(edge),
                f"{', '.join(late)} comes after effects that could fail; give back first",
            )


# --- the graph -----------------------------------------------------------------------------------


def _reachable(declared: AnyDeclaration) -> Complaints:
    """Every state can be reached, and a final one can be reached from each."""
    forward: dict[Any, set[Any]] = {}
    backward: dict[Any, set[Any]] = {}
    for edge in declared.edges:
        forward.setdefault(edge.source, set()).add(edge.target)
        backward.setdefault(edge.target, set()).add(edge.source)
    met = _closure([declared.initial], forward)
    ends = _closure(list(declared.final), backward)
    for row in declared.states:
        if row.state not in met:
            yield row.state.name, f"it cannot be reached from {declared.initial.name}"
        if row.state not in ends:
            yield row.state.name, "no final state can be reached from it"


def _closure(roots: list[Any], successors: dict[Any, set[Any]]) -> set[Any]:
    met = set(roots)
    todo = list(roots)
    while todo:
        for state in successors.get(todo.pop(), set()) - met:
            met.add(state)
            todo.append(state)
    return met


def _final_is_final(declared: AnyDeclaration) -> Complaints:
    """No row leaves a final state, and none comes back to the initial one."""
    for edge in declared.edges:
        if edge.source in declared.final:
            yield str(edge), "it leaves a final state; delete it or take the state out of final"
        if edge.target is declared.initial:
            yield str(edge), "it returns to the initial state; a session begins once"


# --- what each of them looks at ----------------------------------------------------------------


def _names_in(edge: Row) -> Iterable[Hashable]:
    """Return the names that a row uses."""
    return (edge.source, edge.event, edge.target, *edge.effects)


def _way_of(edge: Row) -> Iterable[Hashable]:
    """Return the way that a row opens from one state to another."""
    return () if edge.source is edge.target else ((edge.source, edge.target),)


NAMES: dict[str, Rule] = {
    "no-wildcard": Rule(_members_only, Looks.ROW),
    "resources-name-members": Rule(_resources_name_members, Looks.PARTS),
}
VOCABULARY: dict[str, Rule] = {
    "declared-once": Rule(_declared_once, Looks.PARTS),
    "one-row-each": Rule(_one_row_each, Looks.ANSWERS),
}
MEANING: dict[str, Rule] = {
    "nothing-unused": Rule(_nothing_unused, Looks.ALL_ROWS, gives=_names_in),
    "why": Rule(_why, Looks.ROW),
    "known-facts": Rule(_facts_are_known, Looks.ROW),
    "environment-everywhere": Rule(_environment_everywhere, Looks.ANSWERS),
    "wait-is-answered": Rule(_wait_is_answered, Looks.ANSWERS),
    "loss-is-handled": Rule(_loss_is_handled, Looks.ANSWERS),
    "completions-are-awaited": Rule(_completions_are_awaited, Looks.ANSWERS),
    "pending-until-answered": Rule(_pending_until_answered, Looks.ROW),
    "balanced": Rule(_balanced, Looks.ROW),
    "nothing-at-rest": Rule(_nothing_at_rest, Looks.PARTS),
    "exits-are-free": Rule(_exits_are_free, Looks.ROW),
    "giving-back-comes-first": Rule(_giving_back_comes_first, Looks.ROW),
    "reachable": Rule(_reachable, Looks.ALL_ROWS, gives=_way_of),
    "final-is-final": Rule(_final_is_final, Looks.ROW),
}
RULES: dict[str, Rule] = NAMES | VOCABULARY | MEANING
"""Every rule by its name; `says` is the sentence that is true when it is kept."""
