"""The texts for other checkers, as they are written: names, heads, and what cannot be said.

Decides what a reader of a text can rely on. Refuses to ask any checker: that is done elsewhere.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pytest

from model.door import DOOR
from model.oddly_named import named
from model.tla_reader import has_error
from requite.lifecycles.abstract_pop3 import ABSTRACT_POP3, Event, Held, State
from requite.model.declaration import AnyDeclaration
from requite.model.explore.net import Net, net_of
from requite.model.explore.scope import EVERY, scope_of
from requite.model.export.comparing import own_opinion
from requite.model.export.murphi import murphi
from requite.model.export.promela import promela
from requite.model.export.smtlib import smtlib
from requite.model.export.system import ExportError
from requite.model.export.tla import tla, tla_configuration

AT: Final = "room.py:ROOM"
WRITERS: Final = (promela, murphi, tla)


def net(declared: AnyDeclaration, sessions: int | None = 2) -> Net:
    """Give the net of a declaration for two accounts and a limit of one."""
    return net_of(declared, scope_of(declared, sessions=sessions, accounts=2, limit=1))


@pytest.mark.parametrize("write", WRITERS)
def test_the_head_says_where_it_comes_from_and_how_to_ask(write: Callable[..., str]) -> None:
    """Each text begins with its scope, its source, a digest and the command for its checker."""
    head = write(net(ABSTRACT_POP3.declaration), AT)[:900]

    assert "2 sessions; SLOT at most 1 for each of 2 keys." in head
    assert f"Derived from {AT}; change that instead." in head
    assert re.search("sha256 [0-9a-f]{32}", head)
    assert re.search("spin -a|rumur-run|tlc2.TLC", head)


def test_the_digest_differs_when_the_declaration_does() -> None:
    """Another reason for one row gives another digest."""
    declared = ABSTRACT_POP3.declaration
    first, *others = declared.edges
    other = declared.with_edges([replace(first, why="For another reason"), *others])
    one, two = (re.findall("sha256 ([0-9a-f]+)", smtlib(it, AT)) for it in (declared, other))

    assert one != two


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("counted", [False, True])
def test_the_number_of_sessions_is_said_once(write: Callable[..., str], counted: bool) -> None:  # noqa: FBT001
    """Another number of sessions changes the head and one constant, and nothing else."""
    two, three = (
        write(net(ABSTRACT_POP3.declaration, sessions), AT, counted=counted).splitlines()
        for sessions in (2, 3)
    )
    changed = [(a, b) for a, b in zip(two, three, strict=True) if a != b]

    assert len(changed) == (1 if write is tla else 2)


@pytest.mark.parametrize("write", WRITERS)
def test_names_are_those_of_the_declaration(write: Callable[..., str]) -> None:
    """Every event stands in the text, and every state with the keys that are held there."""
    text = write(net(ABSTRACT_POP3.declaration), AT)

    assert {event.name for event in Event} <= set(re.findall(r"\w+", text))
    held = {f"{state.name}_{key}" for state in (State.TRANS, State.STREAM) for key in (1, 2)}
    assert held <= set(re.findall(r"\w+", text))


def test_every_row_is_asked_about_in_smtlib() -> None:
    """There is one check for each row and resource, and one for the start of each resource."""
    declared = DOOR.load().declaration
    checks = (len(declared.edges) + 1) * len(declared.resources)

    assert smtlib(declared, AT).count("(check-sat)") == checks


@pytest.mark.parametrize("write", WRITERS)
def test_what_cannot_be_a_name_is_refused(write: Callable[..., str]) -> None:
    """A name with a letter outside ASCII is an error that shows it."""
    with pytest.raises(ExportError, match="'größe' cannot be written; expected a name of ASCII"):
        write(net(named("größe", "b", "h")), AT)


@pytest.mark.parametrize("write", WRITERS)
def test_every_number_of_sessions_is_refused(write: Callable[..., str]) -> None:
    """Only SMT-LIB can speak of every number of sessions at once."""
    with pytest.raises(ExportError, match="every number of sessions at once can be said in SMT"):
        write(net(ABSTRACT_POP3.declaration, EVERY), AT)
    with pytest.raises(ExportError, match="every number of sessions at once has no states"):
        own_opinion(net(ABSTRACT_POP3.declaration, EVERY))


def test_more_processes_than_spin_runs_are_refused_in_promela() -> None:
    """SPIN runs 255 processes, of which one asserts, so 255 sessions are an error."""
    assert "#define SESSIONS 254\n" in promela(net(ABSTRACT_POP3.declaration, 254), AT)
    with pytest.raises(ExportError, match="255 sessions in 11 places are too many for Promela"):
        promela(net(ABSTRACT_POP3.declaration, 255), AT)


def test_a_comment_does_not_end_early() -> None:
    """What a row says cannot close the comment in which it stands."""
    declared = named("A", "B", "h")

    assert "A comment * / ends, and" in promela(net(declared), AT)
    assert re.search("^-- Two lines$", murphi(net(declared), AT), re.MULTILINE)
    assert re.search("^; Two lines$", smtlib(declared, AT), re.MULTILINE)
    assert not has_error(tla(net(declared), AT))


def test_the_configuration_has_one_name_for_each_session() -> None:
    """TLC is told of as many sessions as there are, and of each limit."""
    text = tla_configuration(net(ABSTRACT_POP3.declaration, 3), AT)

    assert "    Sessions = {s1, s2, s3}\n" in text
    assert f"    LIMIT_{Held.SLOT.name} = 1\n" in text
    assert "SYMMETRY" not in text
    assert "SYMMETRY Interchangeable" in tla_configuration(
        net(ABSTRACT_POP3.declaration, 3), AT, counted=True
    )
