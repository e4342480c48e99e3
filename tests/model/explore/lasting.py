"""Whether a fair run exists after which something lasts for ever, worked out by brute force.

Decides it on the graph of the reference by a greatest fixed point (Emerson and Lei, Modalities for
model checking: branching time logic strikes back, 1987), which has nothing in common with the
library's look for strongly connected parts. A run may also stop where fairness asks nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum

from model.explore.comparing import Asked
from model.explore.reference import Act, Reference, Situation
from model.explore.retelling import played, reference_of
from requite.model.explore import Claim, Reduction, Step, Story, Verdict

__all__ = (
    "Lasts",
    "at_limit",
    "differences_for_ever",
    "faults_of_lasso",
    "lasts_for_ever",
    "never_ends",
)

Lasts = Callable[[Reference, Situation], bool]
Fair = frozenset[Enum]
PROVED = (Verdict.PROVED_FOR_ALL, Verdict.PROVED_UP_TO_N)
STORY_SESSIONS_MAX = 12
"""More sessions than a loop of three has: who is over and comes again has a new number."""


def never_ends(reference: Reference, now: Situation) -> bool:
    """Say whether the first session is there; the others are like it."""
    return not reference.rests(now.sessions[0])


def at_limit(name: Enum, key: int) -> Lasts:
    """Return the question whether a counter is at its limit."""
    return lambda reference, now: (name, key, reference.limits[name][1]) in now.counts


def _fairness(reference: Reference, fair: Iterable[Enum]) -> list[Fair]:
    answers = [frozenset(request.completions) for request in reference.declared.requests]
    return [*answers, *(frozenset({event}) for event in fair)]


def _asked(reference: Reference, act: Act, who: int, fair: Fair) -> bool:
    return (
        act.who == who and act.row is not None and reference.declared.edges[act.row].event in fair
    )


def _kept(reference: Reference, now: Situation) -> Situation:
    """Leave out the counts whose limits are not kept: they mean nothing for what can happen."""
    return now._replace(counts=tuple(c for c in now.counts if c[0] in reference.limits))


def lasts_for_ever(reference: Reference, lasts: Lasts, fair: Iterable[Enum]) -> bool:
    """Say whether some fair run keeps something for ever from some moment on."""
    graph: dict[Situation, list[Act]] = {}
    todo = [reference.start()]
    while todo:
        now = todo.pop()
        if now not in graph:
            acts = reference.acts(now)
            graph[now] = [act._replace(after=_kept(reference, act.after)) for act in acts]
            todo += [act.after for act in graph[now]]
    alive = {now for now in graph if lasts(reference, now)}
    wanted = [
        (who, item) for who in range(reference.sessions) for item in _fairness(reference, fair)
    ]
    while True:
        kept = alive
        for who, item in wanted:
            kept = _can_satisfy(reference, graph, kept, who, item)
        if kept == alive:
            return bool(alive)
        alive = kept


def _can_satisfy(
    reference: Reference,
    graph: dict[Situation, list[Act]],
    alive: set[Situation],
    who: int,
    fair: Fair,
) -> set[Situation]:
    """Return from where one can stay alive up to where fairness is content."""
    good = set()
    for now in alive:
        asked = (act for act in graph[now] if _asked(reference, act, who, fair))
        rests = reference.rests(now.sessions[who])
        if rests or not reference.can(now, who, fair) or any(act.after in alive for act in asked):
            good.add(now)
    while True:
        more = {now for now in alive - good if any(act.after in good for act in graph[now])}
        if not more:
            return good
        good |= more


def faults_of_lasso(story: Story, lasts: Lasts, fair: Iterable[Enum]) -> list[str]:
    """Return what is wrong with the story of a way that never ends.

    The loop must come back to the same situation, keep what it says all along, and give each
    session that stays what is fair.
    """
    reference = reference_of(story.declared, story)
    faults, situations = played(reference, story)
    if faults:
        return faults
    if story.again_from is None:
        return ["it must say where it begins anew"]
    loop = [_kept(reference, now) for now in situations[story.again_from - 1 :]]
    first, last = loop[0], loop[-1]
    if sorted(map(str, first.sessions)) != sorted(map(str, last.sessions)):
        faults.append(f"the loop begins at {first} and ends at {last}")
    if first.counts != last.counts:
        faults.append(f"the loop begins with {first.counts} and ends with {last.counts}")
    if not all(lasts(reference, now) for now in loop):
        faults.append("it does not last over the whole loop")
    staying = [
        who
        for who in range(reference.sessions)
        if not any(reference.rests(now.sessions[who]) for now in loop)
    ]
    for who in staying:
        if first.sessions[who] != last.sessions[who]:
            faults.append(f"session {who + 1} is somewhere else after the loop")
        for item in _fairness(reference, fair):
            if not _content(reference, loop, story.steps[story.again_from - 1 :], who, item):
                names = sorted(event.name for event in item)
                faults.append(f"session {who + 1} could all the time, and never does: {names}")
    return faults


def _content(
    reference: Reference, loop: Sequence[Situation], steps: Sequence[Step], who: int, fair: Fair
) -> bool:
    """Say whether a session takes in a loop what is fair, or somewhere cannot."""
    for step in steps:
        if step.session - 1 == who and step.move.edge is not None and step.move.edge.event in fair:
            return True
    return not all(reference.can(now, who, fair) for now in loop)


# --- both answers, compared ------------------------------------------------------------------


def differences_for_ever(asked: Asked) -> Iterator[str]:
    """Yield what the library says of *eventually* and brute force does not, or the other way."""
    counters = [
        at_limit(name, key)
        for name, (keys, _) in asked.reference(1).limits.items()
        for key in range(1, keys + 1)
    ]
    someone = [_never_ends_of(who) for who in range(STORY_SESSIONS_MAX)]
    yield from _compared(asked, Claim.ENDS, [never_ends], someone)
    yield from _compared(asked, Claim.ROOM, counters, counters)


def _never_ends_of(who: int) -> Lasts:
    return lambda reference, now: who < len(now.sessions) and not reference.rests(now.sessions[who])


def _compared(
    asked: Asked, claim: Claim, asks: Sequence[Lasts], tells: Sequence[Lasts]
) -> Iterator[str]:
    fair = asked.declared.environment
    real = {
        sessions: any(lasts_for_ever(asked.reference(sessions), lasts, fair) for lasts in asks)
        for sessions in range(1, asked.sessions + 1)
    }
    for reduction in (Reduction.COUNTED, Reduction.OPEN):
        finding = asked.explored(reduction).finding(claim)
        name = f"{reduction.name}: {claim.name} is {finding.verdict.name}"
        if finding.verdict is Verdict.NOT_FINISHED:
            yield f"{name}: {finding.says}"
        if finding.verdict in PROVED and any(real.values()):
            yield f"{name}, and by number of sessions it is broken so: {real}"
        if finding.verdict is not Verdict.REFUTED:
            continue
        if reduction is Reduction.COUNTED and not real[asked.sessions]:
            yield f"{name}, and {asked.sessions} sessions cannot"
        if finding.story is None:
            yield f"{name} without a story"
        else:
            faults = [faults_of_lasso(finding.story, lasts, fair) for lasts in tells]
            if all(faults):
                yield f"{name}, but of its story: {min(faults, key=len)}"
