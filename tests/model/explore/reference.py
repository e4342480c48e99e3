"""What exploring means, written again in the slowest and plainest way, to compare with.

Decides nothing that the library decides: it reads the rows of a declaration one by one, keeps a
session as its state and its keys, and every count in a dictionary. It shares no code with
`requite.model.explore`, so that a slip in one of the two shows as a difference.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from itertools import product
from typing import Any, NamedTuple, TypeVar

from requite.model import Declaration, Edge, Kind, Per, Resource

__all__ = ("Act", "Reference", "Searched", "Session", "Situation", "in_order")

Row = Edge[Any, Any, Any, Any]
Named = TypeVar("Named", bound=tuple[Any, ...])


def in_order(items: Iterable[Named]) -> tuple[Named, ...]:
    """Return what begins with a name in the order of the names."""
    return tuple(sorted(items, key=lambda item: (item[0].name, *item[1:])))


class Session(NamedTuple):
    """Where a session stands, and the key of each family of resources that it holds."""

    state: Enum
    keys: tuple[tuple[Enum, int], ...] = ()


class Situation(NamedTuple):
    """All sessions, and what each counter says: by resource and key, where it is not 0."""

    sessions: tuple[Session, ...]
    counts: tuple[tuple[Enum, int, int], ...]


class Act(NamedTuple):
    """One session takes one row with some keys; no row where its process dies."""

    who: int
    row: int | None
    keys: tuple[tuple[Enum, int], ...]
    after: Situation


@dataclass
class Searched:
    """Everything that was found, layer by layer."""

    layers: list[set[Situation]] = field(default_factory=list)
    taken: set[int] = field(default_factory=set)
    """The rows that were taken, by their number in the declaration."""
    breach: str | None = None
    length: int | None = None
    """How many steps the shortest breach has."""

    @property
    def states(self) -> set[Situation]:
        """Every situation found."""
        return set().union(*self.layers)


@dataclass
class Reference:
    """All runs of some sessions of a declaration."""

    declared: Declaration[Any, Any, Any, Any, Any]
    sessions: int
    limits: Mapping[Enum, tuple[int, int]]
    """The number of keys and the limit of each resource whose limit is kept."""
    crash: bool = True

    def start(self) -> Situation:
        """Return the situation before anything happens."""
        return Situation((Session(self.declared.initial),) * self.sessions, ())

    def rests(self, session: Session) -> bool:
        """Say whether a session has not begun, or is over and makes room for the next."""
        return session == Session(self.declared.initial)

    @cached_property
    def _resources(self) -> dict[Enum, Resource[Any, Any, Any, Any]]:
        return {item.resource: item for item in self.declared.resources}

    def resource(self, name: Enum) -> Resource[Any, Any, Any, Any]:
        """Return the row of a resource."""
        return self._resources[name]

    def family(self, name: Enum) -> Enum:
        """Return the resource under whose name a session keeps its key."""
        other = self.resource(name).same_key_as
        return name if other is None else self.family(other)

    # --- what can happen -------------------------------------------------------------

    def acts(self, now: Situation) -> Iterator[Act]:
        """Yield everything that can happen next."""
        for who, session in enumerate(now.sessions):
            for number, row in enumerate(self.declared.edges):
                if row.source is session.state:
                    yield from self._taking(now, who, number, row)
            if self.crash and not self.rests(session):
                yield self._dying(now, who)

    def _taking(self, now: Situation, who: int, number: int, row: Row) -> Iterator[Act]:
        counts = {(name, key): count for name, key, count in now.counts}
        for keys in self._choices(now.sessions[who], row):
            if self._possible(row, keys, counts):
                yield Act(who, number, keys, self._after(now, who, row, dict(keys)))

    def _choices(self, session: Session, row: Row) -> Iterator[tuple[tuple[Enum, int], ...]]:
        """Yield the keys that a session may act with: those it has, and any where it needs one."""
        having = dict(session.keys)
        concerned = [name for name in self.limits if self._concerned(row, self.resource(name))]
        families = dict.fromkeys(map(self.family, concerned))
        needed = [family for family in families if family not in having]
        numbers = [range(1, self._keys(family) + 1) for family in needed]
        for chosen in product(*numbers):
            having_all = having | dict(zip(needed, chosen, strict=True))
            yield in_order(having_all.items())

    def _keys(self, family: Enum) -> int:
        return max(keys for name, (keys, _) in self.limits.items() if self.family(name) is family)

    def _refusing(self, row: Row) -> list[Enum]:
        """Return the resources of which one must be full; none where others refuse freely."""
        refusing = [
            item.resource
            for item in self.declared.resources
            if row.event in item.refused_by and item.per is not Per.SESSION
        ]
        return refusing if all(name in self.limits for name in refusing) else []

    def _concerned(self, row: Row, resource: Resource[Any, Any, Any, Any]) -> bool:
        enters = row.target in resource.held_in and row.source not in resource.held_in
        return (
            row.event in resource.taken_by
            or resource.resource in self._refusing(row)
            or resource.given_back_by in row.effects
            or row.guard is resource.resource
            or enters
        )

    def _possible(
        self,
        row: Row,
        keys: tuple[tuple[Enum, int], ...],
        counts: Mapping[tuple[Enum, int], int],
    ) -> bool:
        has = dict(keys)

        def count(name: Enum) -> int:
            return counts.get((name, has[self.family(name)]), 0)

        for name, (_, limit) in self.limits.items():
            takes = row.event in self.resource(name).taken_by or row.guard is name
            if takes and count(name) >= limit:
                return False
        refusing = self._refusing(row)
        return not refusing or any(count(name) >= self.limits[name][1] for name in refusing)

    def _after(self, now: Situation, who: int, row: Row, has: dict[Enum, int]) -> Situation:
        counts = Counter({(name, key): count for name, key, count in now.counts})
        for item in self.declared.resources:
            key = has.get(self.family(item.resource), 0) if item.resource in self.limits else 0
            counts[item.resource, key] += int(row.event in item.taken_by)
            counts[item.resource, key] -= row.effects.count(item.given_back_by)
        return self._with(now, who, self._standing(row.target, has), counts)

    def _standing(self, state: Enum, has: Mapping[Enum, int]) -> Session:
        if state in self.declared.final or state is self.declared.initial:
            return Session(self.declared.initial)
        kept = {self.family(name) for name in self.limits if state in self.resource(name).held_in}
        return Session(state, in_order((f, k) for f, k in has.items() if f in kept))

    def _dying(self, now: Situation, who: int) -> Act:
        """Return the death of a session's process: whoever counts takes back what it held."""
        session = now.sessions[who]
        has = dict(session.keys)
        counts = Counter({(name, key): count for name, key, count in now.counts})
        for item in self.declared.resources:
            if session.state in item.held_in:
                key = has.get(self.family(item.resource), 0) if item.resource in self.limits else 0
                counts[item.resource, key] -= 1
        rest = Session(self.declared.initial)
        return Act(who, None, session.keys, self._with(now, who, rest, counts))

    @staticmethod
    def _with(
        now: Situation, who: int, session: Session, counts: Mapping[tuple[Enum, int], int]
    ) -> Situation:
        sessions = (*now.sessions[:who], session, *now.sessions[who + 1 :])
        left = [(name, key, count) for (name, key), count in counts.items() if count]
        return Situation(sessions, in_order(left))

    # --- what must hold in each situation -------------------------------------------------

    def holders(self, now: Situation) -> Counter[tuple[Enum, int]]:
        """Count who holds what, from where the sessions stand."""
        held: Counter[tuple[Enum, int]] = Counter()
        for session in now.sessions:
            has = dict(session.keys)
            for item in self.declared.resources:
                if not self.rests(session) and session.state in item.held_in:
                    kept = item.resource in self.limits
                    held[item.resource, has[self.family(item.resource)] if kept else 0] += 1
        return held

    def wrong(self, now: Situation) -> str | None:
        """Say what breaks an invariant of a situation, if anything does."""
        counts = {(name, key): count for name, key, count in now.counts}
        if counts != dict(self.holders(now)):
            return "BALANCE"
        for (name, _), count in counts.items():
            if count < 0 or (name in self.limits and count > self._limit(name)):
                return "LIMIT"
        return None

    def _limit(self, name: Enum) -> int:
        exclusive = self.resource(name).kind is Kind.EXCLUSIVE
        return 1 if exclusive else self.limits[name][1]

    def can(self, now: Situation, who: int, events: Collection[Enum] | None = None) -> bool:
        """Say whether a session can take a row, whichever keys it has set its mind on.

        Args:
            now: the situation.
            who: the session.
            events: the events of the rows that are meant; all of them if it is not said.
        """
        session = now.sessions[who]
        counts = {(name, key): count for name, key, count in now.counts}
        rows = [row for row in self.declared.edges if row.source is session.state]
        families = [*dict.fromkeys(map(self.family, self.limits))]
        having = dict(session.keys)
        minds = product(
            *(
                [having[family]] if family in having else range(1, self._keys(family) + 1)
                for family in families
            )
        )
        return all(
            any(
                self._possible(row, tuple(zip(families, mind, strict=True)), counts)
                for row in rows
                if events is None or row.event in events
            )
            for mind in minds
        )

    def stuck(self, now: Situation) -> bool:
        """Say whether sessions have begun and none of them can take a row; dying is no row."""
        begun = [who for who, session in enumerate(now.sessions) if not self.rests(session)]
        return bool(begun) and not any(self.can(now, who) for who in begun)

    def search(self, *, layers_max: int = 200) -> Searched:
        """Find all situations, nearest first, up to the first layer with a breach."""
        found = Searched([{self.start()}])
        seen = {self.start()}
        for depth in range(layers_max):
            fresh: set[Situation] = set()
            for now in found.layers[depth]:
                for act in self.acts(now):
                    if wrong := self.wrong(act.after):
                        found.breach, found.length = wrong, depth + 1
                    elif act.row is not None:
                        found.taken.add(act.row)
                    fresh.add(act.after)
            if found.breach:
                return found
            if any(map(self.stuck, found.layers[depth])):
                found.breach, found.length = "MOVES", depth
                return found
            if not fresh - seen:
                return found
            found.layers.append(fresh - seen)
            seen |= fresh
        raise OverflowError(f"there are more than {layers_max} layers")
