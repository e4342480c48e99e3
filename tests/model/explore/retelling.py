"""A story played again by the reference: every step must be possible, every book must be right.

Decides what a counterexample owes: it begins at rest, each step is one that the declaration
allows with the sessions and keys that it names, the books before and after are the real ones, and
at its end is what it says.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from model.explore.reference import Act, Reference, Situation
from requite.model import Declaration
from requite.model.explore import Claim, Step, Story

__all__ = ("faults_of_story", "played", "reference_of")

Declared = Declaration[Any, Any, Any, Any, Any]


def reference_of(declared: Declared, story: Story) -> Reference:
    """Return the reference in which a story is played: each of its sessions has its own place."""
    limits = {i.resource.resource: (i.keys, i.limit) for i in story.scope.limits}
    return Reference(declared, max(1, story.sessions), limits, story.scope.crash)


def faults_of_story(declared: Declared, story: Story, claim: Claim) -> Iterator[str]:
    """Yield everything that is wrong with the story of a breach."""
    reference = reference_of(declared, story)
    faults, situations = played(reference, story)
    yield from faults
    if faults:
        return
    last = situations[-1]
    if claim is Claim.MOVES:
        if not reference.stuck(last):
            yield f"nobody can move expected at the end, found {last}"
    elif reference.wrong(last) != claim.name:
        yield f"{claim.name} broken expected at the end, found {reference.wrong(last)}"
    for situation in situations[:-1]:
        if wrong := reference.wrong(situation):
            yield f"{wrong} is broken before the end, in {situation}"
    most = story.scope.sessions
    for situation in situations:
        alive = sum(not reference.rests(session) for session in situation.sessions)
        if most is not None and alive > most:
            yield f"{most} sessions expected at once, found {alive}"


def played(reference: Reference, story: Story) -> tuple[list[str], list[Situation]]:
    """Play a story; return what is wrong with it, and the situations, the first one included."""
    now = reference.start()
    situations = [now]
    begun = 0
    for number, step in enumerate(story.steps, 1):
        who = step.session - 1
        if who > begun:
            return [f"step {number}: session {begun + 1} expected to begin, found {who + 1}"], []
        if who == begun:
            begun += 1
        elif reference.rests(now.sessions[who]):
            return [f"step {number}: session {who + 1} is over and moves again"], []
        fits = [act for act in reference.acts(now) if _is(reference, now, act, step)]
        if not fits:
            return [f"step {number}: {step.event} of session {who + 1} is not possible there"], []
        before, now = now, fits[0].after
        for books, situation in ((step.before, before), (step.after, now)):
            if fault := _books(reference, books, situation):
                return [f"step {number}: {fault}"], []
        situations.append(now)
    return [], situations


def _is(reference: Reference, now: Situation, act: Act, step: Step) -> bool:
    if act.who != step.session - 1 or now.sessions[act.who].state.name != step.source:
        return False
    keys = {f"{family.name} {key}" for family, key in act.keys}
    if act.row is None:
        return step.event == "CRASHED" and step.move.edge is None and set(step.keys) == keys
    row = reference.declared.edges[act.row]
    names = [str(getattr(effect, "name", effect)) for effect in row.effects]
    return (
        row is step.move.edge
        and (row.event.name, row.target.name) == (step.event, step.target)
        and names == [*step.effects]
        and keys == set(step.keys)
    )


def _books(reference: Reference, books: Any, now: Situation) -> str | None:  # noqa: ANN401 - books.
    counts = Counter({(name, key): count for name, key, count in now.counts})
    holders = reference.holders(now)
    for book in books:
        at = book.counter.resource.resource, book.counter.key
        if (book.counted, book.holders) != (counts[at], holders[at]):
            return f"{counts[at]} counted, {holders[at]} held expected, found {book}"
    told = {(book.counter.resource.resource, book.counter.key) for book in books}
    kept = {(name, key) for name, key, _ in now.counts if name in reference.limits}
    if not kept <= told:
        return f"a book of {sorted(kept - told, key=str)} expected, found none"
    return None
