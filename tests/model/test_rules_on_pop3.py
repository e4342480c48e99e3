"""The rules guard the real declaration: each small change to the POP3 session is refused.

Decides nothing about POP3; takes `POP3_SESSION` as it is, changes rows, and reads what is said.
The number of changes tried is pinned, so that none vanishes in silence.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final, TypeAlias

import pytest

from requite.lifecycles.pop3 import POP3_SESSION, Effect, Event, Held, State, Wait
from requite.model import DeclarationError, Edge, Fault, Lifecycle, Reply, faults_of

Row: TypeAlias = Edge[State, Event, Effect, Held]
Session: TypeAlias = Lifecycle[State, Event, Effect, Held, Wait]

SESSION: Final[Session] = POP3_SESSION
ROWS: Final = SESSION.edges
TABLE: Final = SESSION.table
RELEASES: Final = (
    Effect.RELEASE_SLOT,
    Effect.RELEASE_CONNECTION,
    Effect.UNLOCK_MAILDROP,
    Effect.CLOSE_MESSAGE,
    Effect.DROP_SOCKET,
)
COMPLETIONS: Final = frozenset(
    event for request in SESSION.requests for event in request.completions
)


def changed(row: Row, *others: Row) -> tuple[Row, ...]:
    """Return all rows with others in the place of one."""
    rows = list(ROWS)
    place = rows.index(row)
    rows[place : place + 1] = others
    return tuple(rows)


def said_of(rows: Iterable[Row]) -> list[Fault]:
    """Return the faults of the session with other rows, without making its machine.

    A lifecycle asks `faults_of` its declaration when it is made and raises what it gets; the
    tests below that load say so.
    """
    return faults_of(SESSION.declaration.with_edges(rows))


def refused(rows: Iterable[Row]) -> tuple[Fault, ...]:
    """Load the session with other rows, and return the faults for which it is refused."""
    with pytest.raises(DeclarationError) as error:
        SESSION.with_edges(rows)
    return error.value.faults


def names_of(faults: Iterable[Fault]) -> set[tuple[str, str]]:
    """Return rule and place of each fault."""
    return {(fault.rule, fault.where) for fault in faults}


def test_the_session_as_it_is_loads_again() -> None:
    """The rows as they are can be loaded again; only changes are refused below."""
    assert SESSION.with_edges(ROWS).edges == ROWS


def test_the_stand_in_says_what_loading_says() -> None:
    """What `said_of` reports is what the exception carries."""
    rows = changed(TABLE[State.TRANSACTION, Event.CONNECTION_LOST])
    assert tuple(said_of(rows)) == refused(rows)


def test_a_wildcard_cannot_be_loaded() -> None:
    """A row from any state at all is refused, and its event is named."""
    anywhere: Any = "*"
    lost = TABLE[State.TRANSACTION, Event.CONNECTION_LOST]
    (fault,) = refused(changed(lost, replace(lost, source=anywhere)))
    assert (fault.rule, "CONNECTION_LOST" in fault.where) == ("no-wildcard", True)


@pytest.mark.parametrize("part", ["held_in", "taken_by", "lost_by", "refused_by"])
def test_a_resource_of_another_lifecycle_is_named(part: str) -> None:
    """No one of the 7 resources can be held in, taken or lost by what is not POP3's."""
    elsewhere: Any = frozenset({Wait.NOTHING})
    named = []
    for resource in SESSION.resources:
        names: dict[str, Any] = {part: getattr(resource, part) | elsewhere}
        stand_in = replace(
            SESSION.declaration,
            resources=tuple(
                replace(item, **names) if item is resource else item for item in SESSION.resources
            ),
        )
        expected = {("resources-name-members", resource.resource.name)}
        named.append(names_of(faults_of(stand_in)) == expected)
    assert (len(named), all(named)) == (7, True)


def test_every_environment_row_is_missed() -> None:
    """Without any one of the 140 environment rows the session is refused where it is missing."""
    environment = [row for row in ROWS if row.event in SESSION.environment]
    missed = [
        ("environment-everywhere", f"{row.source.name} x {row.event.name}")
        in names_of(said_of(changed(row)))
        for row in environment
    ]
    assert (len(missed), all(missed)) == (140, True)


def test_every_completion_row_is_missed() -> None:
    """Without any one of the 60 rows of completions the session is refused where it is missing."""
    answers = [row for row in ROWS if row.event in COMPLETIONS]
    missed = [
        ("completions-are-awaited", f"{row.source.name} x {row.event.name}")
        in names_of(said_of(changed(row)))
        for row in answers
    ]
    assert (len(missed), all(missed)) == (66, True)


def test_every_row_of_a_lost_client_is_missed() -> None:
    """Where the socket is held, no row of END_OF_STREAM or CONNECTION_LOST can be left out."""
    losses = [row for row in ROWS if row.event in (Event.END_OF_STREAM, Event.CONNECTION_LOST)]
    missed = [
        ("loss-is-handled", f"{row.source.name} x {row.event.name}")
        in names_of(said_of(changed(row)))
        for row in losses
    ]
    assert (len(missed), all(missed)) == (38, True)


@pytest.mark.parametrize(
    ("wait", "rows"), [(Wait.COMMAND, 33), (Wait.LOGIN, 68), (Wait.RESPONSE, 7)], ids=str
)
def test_every_row_of_a_line_is_missed(wait: Wait, rows: int) -> None:
    """Without any one row of what a line can be the session is refused where it is missing."""
    brought = [
        row
        for row in ROWS
        if SESSION.row_of(row.source).waits_for is wait and row.event in SESSION.brings[wait]
    ]
    missed = [
        Fault(
            rule="wait-is-answered",
            where=f"{row.source.name} x {row.event.name}",
            says=f"there is no row, and it waits for {wait.name}, which can bring this; add it",
        )
        in said_of(changed(row))
        for row in brought
    ]
    assert (len(missed), all(missed)) == (rows, True)


def test_a_session_that_does_not_answer_a_command_cannot_be_loaded() -> None:
    """NOOP in TRANSACTION, left out, is missed when the session is loaded, and nothing else is."""
    rows = changed(TABLE[State.TRANSACTION, Event.NOOP_RECEIVED])
    assert names_of(refused(rows)) == {("wait-is-answered", "TRANSACTION x NOOP_RECEIVED")}


def test_every_doubled_row_is_named() -> None:
    """A second row for any of the 361 pairs of state and event is refused, and the row named."""
    named = [("one-row-each", str(row)) in names_of(said_of((*ROWS, row))) for row in ROWS]
    assert (len(named), all(named)) == (361, True)


def test_every_event_is_needed() -> None:
    """Without all its rows an event is a name that decides nothing, and is named as such."""
    named = [
        ("nothing-unused", str(event))
        in names_of(said_of(row for row in ROWS if row.event is not event))
        for event in Event
    ]
    assert (len(named), all(named)) == (83, True)


@pytest.mark.parametrize("release", RELEASES, ids=lambda effect: effect.name)
def test_a_forgotten_release_names_its_row(release: Effect) -> None:
    """Any row that gives something back and forgets it is refused, and the text says which."""
    owing = [row for row in ROWS if release in row.effects]
    for row in owing:
        kept = tuple(effect for effect in row.effects if effect is not release)
        faults = said_of(changed(row, replace(row, effects=kept)))
        assert ("balanced", str(row)) in names_of(faults)
        assert faults[0].says.endswith(
            f" is given back no time where once is right; write {release.name} once in its effects"
        )


WAYS_OUT: Final = tuple(
    row for row in ROWS if row.source is State.TRANSACTION and Effect.RELEASE_SLOT in row.effects
)


def test_transaction_has_nine_ways_out() -> None:
    """Nine rows end TRANSACTION without QUIT; each is tried below."""
    assert len(WAYS_OUT) == 9


@pytest.mark.parametrize("row", WAYS_OUT, ids=str)
def test_no_way_out_of_transaction_can_keep_the_slot(row: Row) -> None:
    """Whatever ends TRANSACTION, its row without RELEASE_SLOT cannot be loaded."""
    kept = tuple(effect for effect in row.effects if effect is not Effect.RELEASE_SLOT)
    assert names_of(refused(changed(row, replace(row, effects=kept)))) == {("balanced", str(row))}


@pytest.mark.parametrize("release", RELEASES, ids=lambda effect: effect.name)
def test_a_doubled_release_names_its_row(release: Effect) -> None:
    """Any row that gives something back a second time is refused."""
    for row in (row for row in ROWS if release in row.effects):
        faults = said_of(changed(row, replace(row, effects=(release, *row.effects))))
        assert names_of(faults) == {("balanced", str(row))}


def test_a_late_release_names_its_row() -> None:
    """Giving back only after what could fail is refused, in each of the 35 rows that owe both."""
    late = [
        (row, (*row.effects[1:], row.effects[0]))
        for row in ROWS
        if row.effects and row.effects[0] in RELEASES and row.effects[-1] not in RELEASES
    ]
    named = [
        names_of(said_of(changed(row, replace(row, effects=effects))))
        == {("giving-back-comes-first", str(row))}
        for row, effects in late
    ]
    assert (len(named), all(named)) == (50, True)


def test_an_exit_with_a_guard_names_its_row() -> None:
    """None of the 150 exits can be made to depend on a limit."""
    named = [
        ("exits-are-free", str(row))
        in names_of(said_of(changed(row, replace(row, guard=Held.ACCOUNT))))
        for row in SESSION.exits
    ]
    assert (len(named), all(named)) == (167, True)


def test_a_lock_cannot_guard() -> None:
    """A guard asks for room under a limit, and a lock has none."""
    granted = TABLE[State.TAKING_SLOT, Event.SLOT_GRANTED]
    rows = changed(granted, replace(granted, guard=Held.MAILDROP))
    assert names_of(refused(rows)) == {("exits-are-free", str(granted))}


def test_a_session_cannot_end_while_something_is_outstanding() -> None:
    """Closing at once, where an answer is still to come, is refused in each of the 109 rows."""
    too_soon = [
        (row, replace(row, target=State.CLOSED))
        for row in ROWS
        if row.target.name.endswith("ABANDONED")
    ]
    named = [
        ("pending-until-answered", str(after)) in names_of(said_of(changed(row, after)))
        for row, after in too_soon
    ]
    assert (len(named), all(named)) == (109, True)


def test_a_forgotten_request_names_its_row() -> None:
    """Each of the 18 rows that ask and wait is refused when it only waits."""
    requests = {request.effect for request in SESSION.requests}
    asking = [row for row in ROWS if requests & set(row.effects)]
    forgetful = [
        (row, tuple(effect for effect in row.effects if effect not in requests)) for row in asking
    ]
    named = [
        ("pending-until-answered", str(row))
        in names_of(said_of(changed(row, replace(row, effects=effects))))
        for row, effects in forgetful
    ]
    assert (len(named), all(named)) == (20, True)


def test_a_row_without_a_reason_is_named() -> None:
    """No row of the session can be loaded without its reason."""
    named = [
        names_of(said_of(changed(row, replace(row, why=" ")))) == {("why", str(row))}
        for row in ROWS
    ]
    assert (len(named), all(named)) == (361, True)


def test_a_reply_of_unknown_facts_is_named() -> None:
    """No reply can name what the shell is not asked to know."""
    quit_received = TABLE[State.AUTHORIZATION, Event.QUIT_RECEIVED]
    effects = (*quit_received.effects, Reply("+OK {nobody}"))
    rows = changed(quit_received, replace(quit_received, effects=effects))
    assert names_of(refused(rows)) == {("known-facts", str(quit_received))}


def test_a_session_that_lingers_is_named() -> None:
    """A state from which no end can be reached is refused by its name."""
    rows = tuple(
        replace(row, target=State.CLOSING, effects=()) if row.source is State.CLOSING else row
        for row in ROWS
    )
    assert ("reachable", "CLOSING") in names_of(refused(rows))


def test_a_state_that_nothing_enters_is_named() -> None:
    """A state that no row leads to any more is refused by its name."""
    rows = tuple(row for row in ROWS if row.target is not State.REFUSING)
    assert ("reachable", "REFUSING") in names_of(refused(rows))


def test_no_row_leaves_the_end() -> None:
    """CLOSED has no way out."""
    back: Row = Edge(State.CLOSED, Event.CONNECTED, State.CLOSED, why="It must not be")
    assert ("final-is-final", str(back)) in names_of(refused((*ROWS, back)))


def test_nothing_is_held_at_the_end() -> None:
    """CLOSED cannot be declared a state that holds the slot."""
    stand_in = replace(
        SESSION.declaration,
        resources=tuple(
            replace(item, held_in=item.held_in | {State.CLOSED}) for item in SESSION.resources
        ),
    )
    assert ("nothing-at-rest", "CLOSED") in names_of(faults_of(stand_in))
