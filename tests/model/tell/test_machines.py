"""Scripts played on machines: where they fail, where they end early, and what they cannot judge."""

from dataclasses import replace
from typing import Final

import pytest

from model.tell.told_stories import explored, story_of
from requite.lifecycles.abstract_pop3 import ABSTRACT_POP3
from requite.model.explore import Claim, explore
from requite.model.explore.net import REST, net_of
from requite.model.explore.scope import scope_of
from requite.model.explore.story import CRASHED, told
from requite.model.tell import Cue, Script, play_on_machines, script_of
from requite.model.tell.script import check_books

DECLARED: Final = "requite.lifecycles.abstract_pop3:"
FORKS: Final = "model.tell.forks:FORKS"
CUE: Final = Cue(1, "GREETED", "CONNECTED", "AUTH")


@pytest.mark.parametrize("claim", [Claim.BALANCE, Claim.ROOM])
def test_a_leak_fails_at_its_first_step(claim: Claim) -> None:
    """However long the story goes on, the first count that is wrong is named."""
    script = script_of(story_of(explored("forgets"), claim))
    with pytest.raises(AssertionError, match=r"^step 5 of \d+, S1 DISCONNECTED in STREAM: "):
        play_on_machines(script, DECLARED + "FORGETS")
    play_on_machines(script, DECLARED + "ABSTRACT_POP3")


def test_a_story_where_nobody_can_move_fails_at_its_end() -> None:
    """Two sessions that wait for each other stand still on machines as well."""
    script = script_of(story_of(explored("stuck"), Claim.MOVES))
    assert script.stuck
    with pytest.raises(AssertionError, match="after step 4: no session can move any more"):
        play_on_machines(script, FORKS)


@pytest.mark.parametrize("claim", [Claim.ENDS, Claim.ROOM])
def test_a_story_that_just_stays_fails_at_its_end(claim: Claim) -> None:
    """A way that never ends may be one in which nothing happens any more."""
    script = script_of(story_of(explored("stuck"), claim))
    assert script.again_from == len(script.cues) + 1
    with pytest.raises(AssertionError, match="nothing need happen"):
        play_on_machines(script, FORKS)


def test_a_machine_that_goes_another_way_ends_the_story(capsys: pytest.CaptureFixture[str]) -> None:
    """A declaration that has no such row any more has no such counterexample, and that is said."""
    script = script_of(story_of(explored("forgets")))
    elsewhere = replace(script.cues[3], event="REFUSED")
    play_on_machines(
        replace(script, cues=(*script.cues[:3], elsewhere, *script.cues[4:])),
        DECLARED + "ABSTRACT_POP3",
    )
    assert "step 4 of 5, S1 REFUSED in TRANS: this is no way of it" in capsys.readouterr().out


def test_a_refusal_needs_a_limit_that_is_reached(capsys: pytest.CaptureFixture[str]) -> None:
    """With room for three the third session is not refused, and the story is none."""
    script = script_of(story_of(explored("refunds")))
    play_on_machines(replace(script, limits={"SLOT 1": 3}), DECLARED + "REFUNDS")
    assert "step 9 of 9, S3 REFUSED in AUTH: this is no way of it" in capsys.readouterr().out


def test_who_dies_gives_back_what_it_held() -> None:
    """After the death of a session's process the books are right again."""
    declared = ABSTRACT_POP3.declaration
    net = net_of(declared, scope_of(declared, sessions=1, accounts=1, limit=1))
    place, moves = REST, []
    for event in ("ACCEPTED", "GREETED", "LOGGED_IN", CRASHED):
        move = next(
            move
            for move in net.moves
            if move.source == place
            and (move.edge is None if event is CRASHED else str(move.edge).count(f"-{event}-"))
        )
        place = move.target
        moves.append((0, move))
    script = script_of(told(net, moves, "nothing"))
    assert script.cues[-1].died
    play_on_machines(script, DECLARED + "ABSTRACT_POP3")


def test_a_driver_that_does_not_count_cannot_pass() -> None:
    """What the script is about must be counted, or nothing would have been compared."""
    script = Script(lifecycle="x", about=("SLOT 1",), limits={}, cues=(CUE,))
    with pytest.raises(LookupError, match="does not say what is counted of SLOT 1; it says OTHER"):
        check_books(script, 1, {"OTHER": 0}, {})


def test_a_count_over_its_limit_is_named() -> None:
    """The limit is compared after the holders, and named with the count."""
    script = Script(lifecycle="x", about=(), limits={"SLOT 1": 1}, cues=(CUE,))
    with pytest.raises(AssertionError, match="to be counted at most once; found 2 times"):
        check_books(script, 1, {"SLOT 1": 2}, {"SLOT 1": 2})


def test_fairness_decides_what_never_ends() -> None:
    """Where nothing surely comes, even the declaration as it should be can go on for ever."""
    exploration = explore(ABSTRACT_POP3, fair=[])
    assert exploration.finding(Claim.ENDS).story is not None
    script = replace(script_of(story_of(exploration, Claim.ENDS)), fair=())
    with pytest.raises(AssertionError, match="for ever"):
        play_on_machines(script, DECLARED + "ABSTRACT_POP3")
