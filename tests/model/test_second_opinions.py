"""Other checkers about the same declarations: their verdicts, states and traces are ours.

Decides which declarations they are asked about. Where a checker is not installed its tests are
skipped on a developer's machine, and fail under CI.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import pytest
from _pytest.outcomes import Failed, Skipped

from model.door import DOOR, Event, State
from model.oddly_named import named
from model.tla_reader import has_error, read_opinion
from requite.lifecycles.abstract_pop3 import ABSTRACT_POP3, FORGETS, REFUNDS
from requite.lifecycles.pop3 import POP3_SESSION
from requite.lifecycles.pop3 import Held as Pop3Held
from requite.model import Declaration, Edge
from requite.model.declaration import AnyDeclaration
from requite.model.explore.net import Net, net_of
from requite.model.explore.scope import scope_of
from requite.model.export import opinions
from requite.model.export.comparing import differences, own_opinion, own_proof
from requite.model.export.murphi import murphi
from requite.model.export.opinions import Opinion, OpinionError, ToolMissingError
from requite.model.export.promela import promela
from requite.model.export.smtlib import smtlib
from requite.model.export.tla import tla, tla_configuration

AT: Final = "a:B"
SPIN: Final = partial(opinions.spin, optimise="-O1")
RUMUR: Final = partial(opinions.rumur, optimise="-O0")
HOUSE: Final = DOOR.load().declaration
STUCK: Final = Declaration(
    name="stuck",
    states=DOOR.states,
    edges=(
        Edge(State.OUTSIDE, Event.KNOCKED, State.ASKING, why="A guest has come"),
        Edge(State.ASKING, Event.KEY_GRANTED, State.INSIDE, why="There is one key"),
        Edge(State.INSIDE, Event.KEY_GRANTED, State.GONE, why="And nobody has a second one"),
    ),
    requests=(),
    resources=(replace(DOOR.resources[0], lost_by=frozenset()),),
    environment=(),
    initial=State.OUTSIDE,
    final=(State.GONE,),
)
"""A house with one key, in which a guest waits for a second one."""


@dataclass(frozen=True, slots=True)
class Case:
    """A declaration in a scope, and what everybody must find."""

    name: str
    declared: AnyDeclaration
    sessions: int
    limit: int
    states: int | None = None
    trace: int | None = None
    counted: bool = False

    def __str__(self) -> str:
        return self.name + (" counted" if self.counted else "")

    @property
    def net(self) -> Net:
        """The net of the declaration in the scope."""
        resources = [Pop3Held.ACCOUNT] if self.declared.name == "pop3" else None
        return net_of(
            self.declared,
            scope_of(
                self.declared,
                sessions=self.sessions,
                accounts=2,
                limit=self.limit,
                resources=resources,
                crash=self.name != "stuck",
            ),
        )


ABSTRACT: Final = ABSTRACT_POP3.declaration
POP3: Final = POP3_SESSION.declaration
SOCKET: Final = next(item for item in POP3.resources if item.resource is Pop3Held.SOCKET)
LEAKS: Final = POP3.with_edges(
    replace(row, effects=tuple(it for it in row.effects if it is not SOCKET.given_back_by))
    for row in POP3.edges
)
"""No row gives the socket back, whose limit is not kept in the scope below."""
CASES: Final = (
    Case("abstract", ABSTRACT, 4, 2, states=12_751),
    Case("abstract", ABSTRACT, 4, 2, states=811, counted=True),
    Case("pop3", POP3, 2, 1, 1241),
    Case("pop3", POP3, 2, 1, states=631, counted=True),
    Case("door", HOUSE, 3, 2, states=5**3 - 2),
    Case("forgets", FORGETS, 3, 2, trace=5),
    Case("refunds", REFUNDS, 3, 2, trace=9),
    Case("refunds", REFUNDS, 3, 2, trace=9, counted=True),
    Case("leaks", LEAKS, 2, 1, trace=2),
    Case("stuck", STUCK, 2, 1, trace=2),
)


def asked(ask: Callable[[str], Opinion], text: str) -> Opinion:
    """Ask a checker; without it the test is skipped, and fails under CI."""
    try:
        return ask(text)
    except ToolMissingError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))


# --- the same states -----------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=str)
def test_our_own_opinion_is_the_one_that_is_known(case: Case) -> None:
    """The states are those that every exact checker must find, or the trace is a shortest one."""
    ours = own_opinion(case.net, counted=case.counted)

    assert (ours.states if ours.proved else None, ours.trace) == (case.states, case.trace)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_spin_agrees(case: Case) -> None:
    """SPIN says the same of the Promela, and stores as many states or finds as short a trace."""
    theirs = asked(SPIN, promela(case.net, AT, counted=case.counted))

    assert differences(own_opinion(case.net, counted=case.counted), theirs) == []
    assert theirs.states is not None


@pytest.mark.parametrize("case", CASES, ids=str)
def test_rumur_agrees(case: Case) -> None:
    """Rumur says the same of the Murphi; counted, it permutes the sessions to find it out."""
    theirs = asked(RUMUR, murphi(case.net, AT, counted=case.counted))

    assert differences(own_opinion(case.net, counted=case.counted), theirs) == []
    assert theirs.states is not None


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_tla_says_the_same(case: Case) -> None:
    """The TLA+ keeps its grammar, and followed as its configuration says it has the same states."""
    module = tla(case.net, AT, counted=case.counted)
    theirs = read_opinion(module, tla_configuration(case.net, AT, counted=case.counted))

    assert differences(own_opinion(case.net, counted=case.counted), theirs) == []
    assert theirs.states is not None


def test_spin_stores_every_state_of_the_table_of_anchors() -> None:
    """Five sessions, two accounts and a limit of two have 119,525 states for SPIN as for us."""
    net = Case("abstract", ABSTRACT, 5, 2).net
    theirs = asked(SPIN, promela(net, AT))

    assert theirs == Opinion(tool="spin", states=119_525)
    assert differences(own_opinion(net), theirs) == []


ODD: Final = (
    Case("keywords", named("do", "Rule", "active"), 2, 1, states=3**2 - 2),
    Case("words of the texts", named("count_LIMIT_A_1", "LIMIT_A", "A"), 2, 1, states=3**2 - 2),
    Case("names of places", named("A_1", "A", "SESSIONS"), 2, 1, states=3**2 - 2),
)


@pytest.mark.parametrize("case", ODD, ids=str)
def test_names_that_a_language_keeps_for_itself_are_no_hindrance(case: Case) -> None:
    """What would be a keyword, or two things at once, is written so that all read the same."""
    ours = own_opinion(case.net)

    assert ours.states == case.states
    assert differences(ours, asked(SPIN, promela(case.net, AT))) == []
    assert differences(ours, asked(RUMUR, murphi(case.net, AT))) == []
    read = read_opinion(tla(case.net, AT), tla_configuration(case.net, AT))
    assert differences(ours, read) == []
    assert asked(opinions.z3, smtlib(case.declared, AT)).proved


# --- the same proof ------------------------------------------------------------------------------


@pytest.mark.parametrize("declared", [ABSTRACT, POP3, HOUSE], ids=lambda it: str(it.name))
def test_z3_proves_every_row(declared: AnyDeclaration) -> None:
    """For any number of sessions and keys, and any limit, z3 finds no row that breaks a count."""
    theirs = asked(opinions.z3, smtlib(declared, AT))

    assert theirs == Opinion(tool="z3")
    assert differences(own_proof(declared), theirs) == []


@pytest.mark.parametrize(
    ("declared", "row"),
    [(FORGETS, "STREAM --DISCONNECTED--> OVER"), (REFUNDS, "AUTH --REFUSED--> OVER")],
    ids=["forgets", "refunds"],
)
def test_z3_names_the_row_that_is_wrong(declared: AnyDeclaration, row: str) -> None:
    """The row, and no other, is named with numbers for which it breaks the count."""
    theirs = asked(opinions.z3, smtlib(declared, AT))

    assert theirs.broken is not None
    assert theirs.broken.startswith(f"SLOT: {row}, such as when count is ")
    assert theirs.broken.count("-->") == 1
    assert differences(own_proof(declared), theirs) == []


def test_z3_needs_the_start() -> None:
    """What is held before anybody has come is found, where no row is wrong."""
    text = smtlib(HOUSE, AT).replace("(assert (and (= count 0)", "(assert (and (= count 1)")
    theirs = asked(opinions.z3, text)

    assert theirs.broken is not None
    assert theirs.broken.startswith("KEY: the start, such as when count is 1")


# --- each comparison can fail --------------------------------------------------------------------

SMALL: Final = Case("abstract", ABSTRACT, 2, 1)


def test_a_step_that_is_missing_in_the_promela_is_seen() -> None:
    """A text that leaves a step out has fewer states, which are named beside ours."""
    text = promela(SMALL.net, AT)
    without = text.replace("place[_pid] == AUTH ->\n        place[_pid] = SASL", "false -> skip")
    assert without != text

    (difference,) = differences(own_opinion(SMALL.net), asked(SPIN, without))
    assert difference.startswith("requite and spin differ in the number of states: ")


def test_a_release_that_is_missing_in_the_murphi_is_seen() -> None:
    """A text that gives nothing back in one step has another verdict."""
    text = murphi(SMALL.net, AT)
    without = text.replace("    count_SLOT_1 := count_SLOT_1 - 1;\n", "", 1)
    assert without != text

    found = differences(own_opinion(SMALL.net), asked(RUMUR, without))
    assert found == ["requite and rumur differ in the verdict"]


def test_a_release_that_is_missing_in_the_smtlib_is_seen() -> None:
    """A proof that gives nothing back in one row has another verdict."""
    text = smtlib(ABSTRACT, AT)
    without = text.replace("(kept (- count 1)", "(kept count", 1)
    assert without != text

    found = differences(own_proof(ABSTRACT), asked(opinions.z3, without))
    assert found == ["requite and z3 differ in the verdict"]


def test_a_step_that_is_missing_in_the_tla_is_seen() -> None:
    """A module whose `Go` leaves an action out has fewer states."""
    text = tla(SMALL.net, AT)
    without = text.replace("    \\/ Go_AUTH_SASL_BEGUN_SASL(s)\n", "")
    assert without != text

    theirs = read_opinion(without, tla_configuration(SMALL.net, AT))
    (difference,) = differences(own_opinion(SMALL.net), theirs)
    assert difference.startswith("requite and reader differ in the number of states: ")


def test_a_slip_in_the_tla_is_seen() -> None:
    """The grammar refuses a bracket that is not closed."""
    assert has_error(tla(SMALL.net, AT).replace('["SLOT_1"]', '["SLOT_1"'))


def test_another_length_of_the_trace_is_seen() -> None:
    """Two that refute the same differ when one needs more steps."""
    ours = Opinion(tool="requite", states=9, broken="it", trace=5)

    assert differences(ours, replace(ours, tool="spin", states=10)) == []
    assert differences(ours, replace(ours, tool="spin", trace=6)) == [
        "requite and spin differ in the length of the trace: 5 and 6"
    ]


# --- no verdict is no proof ----------------------------------------------------------------------


@pytest.mark.parametrize("ask", [opinions.spin, opinions.rumur, opinions.z3])
def test_a_text_that_is_not_understood_has_no_verdict(ask: Callable[[str], Opinion]) -> None:
    """Nonsense is an error that shows what the checker has printed."""
    with pytest.raises(OpinionError, match=r"came to no verdict; it printed at the end:\n.*rror"):
        asked(ask, "nonsense")


def test_an_empty_proof_has_no_verdict() -> None:
    """A text in which z3 is asked nothing proves nothing."""
    with pytest.raises(OpinionError, match="z3 came to no verdict"):
        asked(opinions.z3, '(echo "one")\n(echo "sat")\n')


def test_an_unfinished_search_has_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    """SPIN that runs out of memory has found no error, and has proved nothing."""
    monkeypatch.setattr(opinions, "SPIN_FLAGS", ("-DBFS", "-DNOREDUCE", "-DMEMLIM=1"))
    with pytest.raises(OpinionError, match="spin came to no verdict"):
        asked(SPIN, promela(Case("abstract", ABSTRACT, 4, 2).net, AT))


@pytest.mark.parametrize("ask", [opinions.spin, opinions.rumur, opinions.z3])
def test_no_time_is_no_verdict(ask: Callable[..., Opinion]) -> None:
    """What takes longer than it may is ended, and said to be without a verdict."""
    with pytest.raises(OpinionError, match=r"came to no verdict in 0 seconds: .* was ended"):
        asked(lambda text: ask(text, timeout_s=0.0), promela(SMALL.net, AT))


def test_our_own_search_has_no_verdict_without_time() -> None:
    """Ours is no better: unfinished is not proved."""
    with pytest.raises(OpinionError, match="requite came to no verdict: its 0 seconds"):
        own_opinion(SMALL.net, timeout_s=0.0)


# --- a checker that is missing -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ask", "remedy"),
    [
        (opinions.spin, "spin is not installed: apt-get install spin"),
        (opinions.rumur, "rumur is not installed: apt-get install rumur"),
        (opinions.z3, r"z3 is not installed: pip install 'requite\[smt\]'"),
    ],
)
def test_a_missing_checker_is_said_to_be_missing(
    ask: Callable[[str], Opinion], remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a program is on no path, how to install it is said; under CI the test fails."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("sys.executable", "/python")

    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(Skipped, match=remedy):
        asked(ask, "")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(Failed, match=remedy):
        asked(ask, "")
