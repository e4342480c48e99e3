"""Compare how long a log-in waits as a Maildir grows, and what a huge message costs.

    python -m benchmarks.maildrops [--quick] [--only NAME ...] [--before CHECKOUT] [--rounds N]
                                   [--json FILE]

Decides what is asked of each server in a round: a log-in that has no index yet, others after it,
one after the server was started again, one after a delivery, one after a change of flags, and RETR
of 50 MB. The page cache is warm all the time: everything was written just before. A server that is
not installed is left out, loudly; one that does not start, or answers wrongly, makes the run fail.
"""

import argparse
import json
import signal
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

from benchmarks.client import Client, WrongAnswer, longest_wait_beside, read_huge, time_login
from benchmarks.corpus import Corpus, Kind
from benchmarks.large import HUGE, HUGE_AS_ON_THE_WIRE, Mailbox, lay_out_large, sent_octets
from benchmarks.processes import settled_cpu_s
from benchmarks.rounds import Say, end, narrator, visits
from benchmarks.servers import PEERS, DidNotStart, NotInstalled, Peer, Server, before, serving

OURS: Final = "requite"
BEFORE: Final = "before"
COMPARED: Final = tuple(name for name in PEERS if name != "canned")
SIZES: Final = (10, 1_000, 10_000, 100_000)
SIZES_QUICK: Final = SIZES[:-1]
ROUNDS: Final = 3
LOGINS_AGAIN: Final = 5
"""A log-in that reads nothing takes a millisecond: one alone says little."""
AGAIN_AT_LARGEST_GOAL_MS: Final = 60.0

FIRST: Final = "log-in + STAT, first time"
AGAIN: Final = "log-in + STAT, again"
RESTARTED: Final = "log-in + STAT, after a restart of the server"
DELIVERED: Final = "log-in + STAT, after one delivery"
FLAGGED: Final = "log-in + STAT, after one change of flags"
RETR: Final = "RETR of 50 MB"
BESIDE: Final = "longest wait for NOOP beside a first log-in"
STEPS: Final = (FIRST, AGAIN, RESTARTED, DELIVERED, FLAGGED, RETR, BESIDE)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one step took in one round."""

    wall_ms: float
    cpu_ms: float


@dataclass(frozen=True, slots=True)
class Figure:
    """All readings of one step of one server on one maildrop."""

    server: str
    step: str
    maildrop: str
    readings: tuple[Reading, ...]

    @property
    def wall_ms(self) -> float:
        """The median of the rounds."""
        return statistics.median(reading.wall_ms for reading in self.readings)

    @property
    def cpu_ms(self) -> float:
        """The median of the rounds."""
        return statistics.median(reading.cpu_ms for reading in self.readings)

    def ratio_to(self, other: "Figure") -> float:
        """Compare the wall within each round, and take the median of that."""
        pairs = zip(self.readings, other.readings, strict=True)
        return statistics.median(ours.wall_ms / theirs.wall_ms for ours, theirs in pairs)


@dataclass(frozen=True, slots=True)
class Goal:
    """What our own server may take at most."""

    text: str
    at_most: float
    found: float

    @property
    def is_met(self) -> bool:
        """Whether it does."""
        return self.found <= self.at_most


Readings: TypeAlias = dict[tuple[str, str, str], list[Reading]]
"""By server, step and maildrop."""


# --- one round of one server ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Round:
    """What one server is asked in one round, and where the answers go."""

    peer: Peer
    directory: Path
    corpus: Corpus
    mailboxes: Sequence[Mailbox]
    readings: Readings

    def run(self) -> None:
        """Take each reading once; the server begins with no index of any maildrop."""
        for mailbox in self.mailboxes:
            mailbox.reset()
        with self._started() as server:
            for mailbox in self.mailboxes:
                self._log_in(server, FIRST, mailbox)
                self._log_in(server, AGAIN, mailbox, times=LOGINS_AGAIN)
        with self._started() as server:
            for mailbox in self.mailboxes:
                self._log_in(server, RESTARTED, mailbox)
                mailbox.deliver()
                self._log_in(server, DELIVERED, mailbox, more=1)
                mailbox.flag()
                self._log_in(server, FLAGGED, mailbox, more=1)
            self._retrieve(server, HUGE, "LF")
            self._retrieve(server, HUGE_AS_ON_THE_WIRE, "CRLF")

    def run_beside(self) -> None:
        """See what a session waits while the largest maildrop is read for the first time."""
        idle, largest = self.mailboxes[0], self.mailboxes[-1]
        for mailbox in self.mailboxes:
            mailbox.reset()
        with self._started() as server:
            wait = partial(
                longest_wait_beside, server.port, idle.name, largest.name, self.corpus.password
            )
            self._take(server, BESIDE, _size(largest), [wait])

    def _started(self) -> AbstractContextManager[Server]:
        return serving(self.peer, self.directory, self.corpus)

    def _log_in(
        self, server: Server, step: str, mailbox: Mailbox, *, times: int = 1, more: int = 0
    ) -> None:
        log_in = partial(
            time_login, server.port, mailbox.name, self.corpus.password, mailbox.messages + more
        )
        self._take(server, step, _size(mailbox), [log_in] * times)

    def _retrieve(self, server: Server, kind: Kind, form: str) -> None:
        octets = sent_octets(kind)
        with Client(server.port) as client:
            client.log_in(kind.prefix, self.corpus.password)
            self._take(server, RETR, form, [partial(read_huge, client, octets)])

    def _take(
        self, server: Server, step: str, maildrop: str, acts: Sequence[Callable[[], float]]
    ) -> None:
        """Do something several times; keep the median of the wall and the mean of the CPU."""
        cpu_before_s = settled_cpu_s(server.pid)
        wall_s = statistics.median([act() for act in acts])
        used_s = (settled_cpu_s(server.pid) - cpu_before_s) / len(acts)
        key = server.peer.name, step, maildrop
        self.readings.setdefault(key, []).append(Reading(wall_s * 1e3, used_s * 1e3))


def _size(mailbox: Mailbox) -> str:
    return f"{mailbox.messages:,}"


def _installed(peers: Iterable[Peer], directory: Path, corpus: Corpus, say: Say) -> list[Peer]:
    """Start each server once, to see which there are."""
    found = []
    for peer in peers:
        say(f"starting {peer.name}")
        try:
            with serving(peer, directory, corpus):
                found.append(peer)
        except NotInstalled as absent:
            say(f"*** {peer.name} IS LEFT OUT. {absent}")
    if not found:
        raise DidNotStart("no server is left to measure")
    return found


def _compare(
    peers: Sequence[Peer],
    corpus: Corpus,
    mailboxes: Sequence[Mailbox],
    *,
    rounds: int,
    say: Say,
) -> list[Figure]:
    readings: Readings = {}
    for number, peer in visits(peers, rounds):
        say(f"round {number} of {rounds}: {peer.name}")
        for part in ("steps", "beside"):
            directory = corpus.mail.parent / f"{part}{number}"
            directory.mkdir(exist_ok=True)
            one = Round(peer, directory, corpus, mailboxes, readings)
            one.run() if part == "steps" else one.run_beside()
    return [Figure(*key, tuple(taken)) for key, taken in readings.items()]


# --- showing -------------------------------------------------------------------------------


def _tables(figures: Sequence[Figure]) -> Mapping[tuple[str, str], Mapping[str, Figure]]:
    """Put the figures of all servers together, by step and maildrop, in the order of the steps."""
    tables: dict[tuple[str, str], dict[str, Figure]] = {}
    for figure in sorted(figures, key=lambda figure: STEPS.index(figure.step)):
        tables.setdefault((figure.step, figure.maildrop), {})[figure.server] = figure
    return tables


def _row(maildrop: str, figure: Figure, ours: Figure | None) -> str:
    ratio = "-" if ours is None or ours is figure else f"{ours.ratio_to(figure):.3f}"
    walls = [reading.wall_ms for reading in figure.readings]
    return (
        f"  {maildrop:>9}  {figure.server:<13}{figure.wall_ms:>10.2f}{min(walls):>10.2f}"
        f"{max(walls):>10.2f}{figure.cpu_ms:>10.2f}{ratio:>12}"
    )


def _goals(figures: Sequence[Figure]) -> list[Goal]:
    goals = []
    for (step, maildrop), by_server in _tables(figures).items():
        ours = by_server.get(OURS)
        if ours is None or step == BESIDE:
            continue
        peers = [found for name, found in by_server.items() if name not in {OURS, BEFORE}]
        if peers:
            best = min(peers, key=lambda peer: peer.wall_ms)
            text = f"{step}, {maildrop}: ratio to {best.server}, the best beside us"
            goals.append(Goal(text, 1.0, ours.ratio_to(best)))
        if (step, maildrop) == (AGAIN, f"{SIZES[-1]:,}"):
            goals.append(Goal(f"{step}, {maildrop}: ms", AGAIN_AT_LARGEST_GOAL_MS, ours.wall_ms))
    return goals


LEGEND: Final = """\
Milliseconds of wall, with the lowest and the highest round, and of CPU of all its processes; the
ratio is ours to that server, wall to wall in the same round, the median of all rounds. The page
cache is warm: every message was written just before, so nothing here waits for a disk."""


def _show(figures: Sequence[Figure]) -> None:
    shown = ""
    for (step, maildrop), by_server in _tables(figures).items():
        if step != shown:
            print(f"\n{step}" if shown else step)
            print(
                f"  {'maildrop':>9}  {'server':<13}{'wall ms':>10}{'lowest':>10}{'highest':>10}"
                f"{'CPU ms':>10}{'ours / it':>12}"
            )
            shown = step
        for figure in by_server.values():
            print(_row(maildrop, figure, by_server.get(OURS)))
    print(f"\n{LEGEND}")
    for goal in _goals(figures):
        verdict = "met" if goal.is_met else "NOT MET"
        print(f"goal: {goal.text}: at most {goal.at_most:g}, {verdict} ({goal.found:.3f})")


def _write_json(path: Path, figures: Sequence[Figure]) -> None:
    document = {
        "figures": [
            asdict(figure) | {"wall_ms": figure.wall_ms, "cpu_ms": figure.cpu_ms}
            for figure in figures
        ],
        "goals": [asdict(goal) | {"met": goal.is_met} for goal in _goals(figures)],
    }
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


# --- the command line ----------------------------------------------------------------------


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.maildrops", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--quick", action="store_true", help="one round, up to 10,000 messages")
    parser.add_argument("--only", nargs="+", choices=COMPARED, metavar="NAME", default=COMPARED)
    parser.add_argument("--before", type=Path, metavar="CHECKOUT", default=None)
    parser.add_argument("--rounds", type=int, choices=range(1, 10), metavar="N", default=None)
    parser.add_argument("--json", type=Path, metavar="FILE", default=None)
    return parser.parse_args()


def _run(arguments: argparse.Namespace) -> list[Figure]:
    say = narrator()
    peers = [PEERS[name] for name in arguments.only]
    if arguments.before is not None:
        peers.append(before(BEFORE, arguments.before.resolve()))
    with tempfile.TemporaryDirectory(prefix="requite-bench-") as name:
        directory = Path(name)
        # Dovecot reads the mail as another user when it is started as root.
        directory.chmod(0o755)
        sizes = SIZES_QUICK if arguments.quick else SIZES
        corpus, mailboxes = lay_out_large(directory, sizes, say)
        found = _installed(peers, directory, corpus, say)
        rounds = arguments.rounds or (1 if arguments.quick else ROUNDS)
        figures = _compare(found, corpus, mailboxes, rounds=rounds, say=say)
        say("clearing away")
    return figures


def main() -> int:
    """Run the comparison; 0 when every server answered rightly, 1 otherwise."""
    arguments = _arguments()
    signal.signal(signal.SIGTERM, end)
    try:
        figures = _run(arguments)
    except (DidNotStart, WrongAnswer) as trouble:
        print(f"benchmarks: {trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("benchmarks: interrupted; every server that was started is stopped", file=sys.stderr)
        return 130
    _show(figures)
    if arguments.json:
        _write_json(arguments.json, figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
