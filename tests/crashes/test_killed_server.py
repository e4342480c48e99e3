"""`requite serve`, killed by SIGKILL while clients look, delete and quit, again and again.

Decides that each next log-in finds every message that was not deleted in a session whose QUIT was
sent, whole and under its id, and none whose deletion was answered. The instants are seeded.
"""

import os
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from signal import SIGKILL
from threading import Condition, Event
from typing import Final

from commands.processes import started
from crashes.served import DELETIONS_MAX, MESSAGES, PATIENCE_S, Drop, Session, configured

ROUNDS: Final = int(os.environ.get("REQUITE_KILLS", "14"))
"""About half a second each."""
SEED: Final = int(os.environ.get("REQUITE_SEED", "1939"))
NAMES: Final = ("alice", "bob", "carol", "dave")
COMMIT_S: Final = 0.006
"""So long after the first QUIT the commits of all clients are over, or nearly."""


class Steps:
    """Counts what all clients have done, for whoever waits for an instant."""

    def __init__(self) -> None:
        """Count from nothing."""
        self._count = 0
        self._changed = Condition()

    def step(self) -> None:
        """Count one."""
        with self._changed:
            self._count += 1
            self._changed.notify_all()

    def wait(self, count: int) -> None:
        """Wait until so many are done."""
        with self._changed:
            self._changed.wait_for(lambda: self._count >= count, PATIENCE_S)


def sessions_of(drops: list[Drop], rng: random.Random, step: Callable[[], None]) -> list[Session]:
    """Make a session for each maildrop, which deletes some of its messages."""
    sessions = []
    for drop in drops:
        drop.fill(rng)
        chosen = rng.sample(range(1, MESSAGES + 1), rng.randrange(1, DELETIONS_MAX))
        sessions.append(Session(drop, sorted(chosen), step))
    return sessions


def played(config: Path, sessions: list[Session], until: Callable[[], None] | None) -> None:
    """Serve the sessions, and kill the server when `until` returns; None lets it live."""
    with started("serve", "--config", config) as server, ThreadPoolExecutor(len(NAMES)) as threads:
        port = server.port()
        running = [threads.submit(session.run, port) for session in sessions]
        if until is not None:
            until()
            server.popen.kill()
        for one in running:
            one.result()
        code, log = server.stopped() if until is None else server.ended()
    assert code == (0 if until is None else -SIGKILL), log
    assert "ERROR" not in log, log


def test_a_killed_server_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """In any round and at any instant: every log-in finds what the book says."""
    rng = random.Random(SEED)  # noqa: S311  # It is no secret.
    print(f"REQUITE_SEED={SEED} REQUITE_KILLS={ROUNDS}")
    config = configured(tmp_path, NAMES)
    drops = [Drop(name, tmp_path / "mail" / name / "Maildir") for name in NAMES]
    every: list[Session] = []
    for number in range(ROUNDS):
        steps = Steps()
        sessions = sessions_of(drops, rng, steps.step)
        total = sum(len(session.deletions) + 4 for session in sessions)
        # By turns: somewhere in the sessions, and while the last ones quit.
        count = rng.randrange(1, total) if number % 2 else total - rng.randrange(len(NAMES))
        delay_s = rng.uniform(0, COMMIT_S)

        def instant(steps: Steps = steps, count: int = count, delay_s: float = delay_s) -> None:
            steps.wait(count)
            Event().wait(delay_s)

        played(config, sessions, instant)
        faults = [fault for session in sessions for fault in session.faults]
        assert faults == [], f"round {number}: killed {delay_s:.6f} s after step {count}"
        every += sessions

    quits, answers = sum(one.quit_sent for one in every), sum(one.answered for one in every)
    print(f"{len(every)} sessions, {quits} with QUIT, {answers} answered")
    last = sessions_of(drops, rng, lambda: None)
    played(config, last, None)
    assert [fault for session in last for fault in session.faults] == []
    assert all(session.answered for session in last)
    assert [one for one in every if not one.quit_sent], "no session was killed before QUIT"
    assert [one for one in every if one.quit_sent], "no session was killed after QUIT"


def test_a_book_tells_what_is_not_as_it_says(tmp_path: Path) -> None:
    """The oracle can fail: a loss, a change, a wrong size, a return, a double."""
    drop = Drop("alice", tmp_path, kept={"a": b"one\n"})
    right = ("a", 5, b"one\r\n")
    assert drop.judge([right]) == []
    assert drop.judge([right, right]) == ["a is there twice"]
    assert drop.judge([right, ("b", 5, b"one\r\n")]) == [
        "b is there, and was deleted or never delivered"
    ]
    assert drop.judge([("a", 6, b"one\r\n")]) == ["a is changed, or of a wrong size"]
    assert drop.judge([("a", 5, b"two\r\n")]) == ["a is changed, or of a wrong size"]
    assert drop.judge([]) == ["a is lost"]
    drop.uncertain = {"c": b"three\n"}
    assert drop.judge([]) == []
