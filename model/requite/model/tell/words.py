"""The words that every form of a counterexample has in common.

Decides how a session, a counter and what a row takes and gives back are called, which step is the
wrong one, and what its row ought to owe. Refuses to decide how any of it looks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from requite.model.balance import Imbalance, imbalances
from requite.model.declaration import AnyResource, Per
from requite.model.explore.net import Counter
from requite.model.explore.report import Exploration, Finding
from requite.model.explore.story import Book, Step, Story

__all__ = (
    "NOTHING",
    "Entry",
    "asks",
    "book_name",
    "entries",
    "gives_back",
    "is_wrong",
    "loops",
    "ought",
    "refused",
    "root_of",
    "session_name",
    "stories",
    "takes",
    "why",
    "wrong_number",
)

NOTHING = "nothing"
DEATH = "The process of the session has died; who counts gives back what it held"


def session_name(step: Step) -> str:
    """Return what a session is called: "S1" and so on."""
    return f"S{step.session}"


def book_name(counter: Counter) -> str:
    """Return what a counter is called: "ACCOUNT 1"; without a number where there is one key."""
    name: str = counter.resource.resource.name
    return name if counter.resource.per is Per.SERVER else f"{name} {counter.key}"


def why(step: Step) -> str:
    """Return the reason of the row that a step takes."""
    return DEATH if step.move.edge is None else step.move.edge.why


# --- what a step does ----------------------------------------------------------------------------


def takes(story: Story, step: Step) -> tuple[str, ...]:
    """Return what a step takes, each with its key where keys are told apart."""
    edge = step.move.edge
    return tuple(
        _with_key(story, step, item)
        for item in story.declared.resources
        if edge is not None and edge.event in item.taken_by
    )


def asks(story: Story, step: Step) -> tuple[str, ...]:
    """Return the requests of a step that are answered by a grant or a refusal."""
    answers = {
        event for item in story.declared.resources for event in (*item.taken_by, *item.refused_by)
    }
    return tuple(
        request.effect.name
        for request in story.declared.requests
        if request.effect.name in step.effects and answers.intersection(request.completions)
    )


def refused(story: Story, step: Step) -> tuple[str, ...]:
    """Return what a step says there is no room for."""
    edge = step.move.edge
    return tuple(
        _with_key(story, step, item)
        for item in story.declared.resources
        if edge is not None and edge.event in item.refused_by
    )


def gives_back(story: Story, step: Step) -> tuple[str, ...]:
    """Return what a step gives back, each with its key where keys are told apart."""
    edge = step.move.edge
    if edge is None:
        return tuple(book_name(step.before[number].counter) for number, _ in step.move.change)
    names = []
    for item in story.declared.resources:
        times = edge.effects.count(item.given_back_by)
        if times:
            name = _with_key(story, step, item)
            names.append(name if times == 1 else f"{name} {_times(times)}")
    return tuple(names)


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def _with_key(story: Story, step: Step, resource: AnyResource) -> str:
    name: str = resource.resource.name
    if all(limit.resource.resource is not resource.resource for limit in story.scope.limits):
        return name
    root = f"{root_of(story, resource).name} "
    key = next((key.removeprefix(root) for key in step.keys if key.startswith(root)), None)
    return name if key is None or resource.per is Per.SERVER else f"{name} {key}"


def root_of(story: Story, resource: AnyResource) -> Enum:
    """Return the resource under whose name the key of another is kept."""
    by_name = {item.resource: item for item in story.declared.resources}
    passed = []
    while resource.same_key_as is not None and resource.resource not in passed:
        passed.append(resource.resource)
        resource = by_name[resource.same_key_as]
    root: Enum = resource.resource
    return root


# --- the books -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """One counter before and after a step."""

    name: str
    before: Book
    after: Book

    @property
    def wrong(self) -> bool:
        """Whether the count is not the number of holders, or is out of its limits."""
        book = self.after
        return book.counted != book.holders or not 0 <= book.counted <= book.counter.limit

    @property
    def new(self) -> bool:
        """Whether it is wrong in a way in which it was not before."""
        old, new = self.before, self.after
        apart = new.counted - new.holders != old.counted - old.holders
        over = new.counted > new.counter.limit >= old.counted
        return self.wrong and (apart or over)

    @property
    def mark(self) -> str:
        """What stands beside it where it is wrong."""
        return "WRONG" if self.new else "still wrong" if self.wrong else ""

    def __str__(self) -> str:
        counted = _change(self.before.counted, self.after.counted)
        holders = _change(self.before.holders, self.after.holders)
        if counted == holders:
            over = f", its limit is {self.after.counter.limit}" if self.wrong else ""
            return f"{self.name}: {counted}{over}"
        return f"{self.name}: counted {counted}, held {holders}"


def _change(before: int, after: int) -> str:
    return str(after) if before == after else f"{before} -> {after}"


def entries(step: Step) -> tuple[Entry, ...]:
    """Return the counters that a step changes, or makes wrong."""
    pairs = (
        Entry(book_name(new.counter), old, new)
        for old, new in zip(step.before, step.after, strict=True)
    )
    return tuple(entry for entry in pairs if entry.before != entry.after or entry.new)


# --- what is wrong -------------------------------------------------------------------------------


def is_wrong(step: Step) -> bool:
    """Say whether a step makes something wrong that was not so before."""
    return bool(step.move.unbalanced) or any(entry.new for entry in entries(step))


def wrong_number(story: Story) -> int | None:
    """Return the number of the wrong step; None where no single step is to blame."""
    numbers = (number for number, step in enumerate(story.steps, 1) if is_wrong(step))
    return next(numbers, None)


def ought(story: Story, step: Step) -> tuple[str, ...]:
    """Return what the row of the wrong step owes and what it should, in whole sentences."""
    edge = step.move.edge
    if edge is None:
        return ()
    found = [item for item in imbalances(story.declared) if item.edge is edge]
    right = _right_effects(step, found)
    if right is None:
        return tuple(f"{item.resource.resource.name}: {item}." for item in found)
    return (f"{edge} owes {_listed(step.effects)}; it should owe {_listed(right)}.",)


def _right_effects(step: Step, found: list[Imbalance]) -> tuple[str, ...] | None:
    """Return the effects that would be right; None where no effects can make it so."""
    wanted: dict[str, int] = {}
    for item in found:
        owed, name = item.taken - item.holders, item.resource.given_back_by.name
        if owed < 0 or wanted.setdefault(name, owed) != owed:
            return None
    if not wanted:
        return None
    first = [name for name, times in wanted.items() for _ in range(times)]
    return (*first, *(effect for effect in step.effects if effect not in wanted))


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) or NOTHING


def loops(story: Story) -> str | None:
    """Return how a story that never ends goes on, in one sentence; None where it ends."""
    begin, last = story.again_from, len(story.steps)
    if begin is None:
        return None
    if begin > last:
        return f"Nothing need happen after step {last}: it stays so for ever."
    if begin == last:
        return f"Step {last} can be taken again and again, for ever."
    return f"Steps {begin} to {last} can be taken again and again, for ever."


# --- explorations --------------------------------------------------------------------------------


def stories(exploration: Exploration) -> Iterator[tuple[Finding, Story]]:
    """Yield each finding that a story refutes, with the story."""
    for finding in exploration.findings:
        if finding.story is not None:
            yield finding, finding.story
