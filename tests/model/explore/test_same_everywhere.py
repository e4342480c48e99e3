"""The same exploration says the same under every hash seed.

Decides that no order of a set shows: numbers, stories, loops and words.
"""

import subprocess
import sys
from pathlib import Path

PROGRAM = """
from model.explore.drafts import FAITHFUL_LOCK, PHILOSOPHERS
from requite.lifecycles.abstract_pop3 import ABSTRACT_POP3, FORGETS, REFUNDS
from requite.lifecycles.pop3 import POP3_SESSION
from requite.model.explore import EVERY, explore

for declared in (ABSTRACT_POP3, FORGETS, REFUNDS, POP3_SESSION, FAITHFUL_LOCK, PHILOSOPHERS):
    for sessions in (2, 3, EVERY):
        explored = explore(declared, sessions=sessions, accounts=1)
        print(explored.reduction, explored.states, explored.moves, explored.depth)
        for finding in explored.findings:
            print(finding.claim.name, finding.verdict.name, finding.says, finding.assumes)
            for step in finding.story.steps if finding.story else ():
                print(step.session, step.source, step.event, step.target, *step.effects, *step.keys)
                print(*map(str, step.before + step.after))
"""
ROOT = Path(__file__).parents[3]


def _said(seed: int) -> bytes:
    roots = [str(ROOT / name) for name in ("model", "pop3", "generated", "tests")]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={"PYTHONHASHSEED": str(seed), "PYTHONPATH": ":".join(roots)},
        capture_output=True,
        check=True,
        timeout=60,
    )
    return done.stdout


def test_two_hash_seeds_say_the_same() -> None:
    """Every word and every number."""
    first, second = _said(1), _said(2)

    assert first == second
    assert first.count(b"\n") > 300
