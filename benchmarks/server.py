"""Compare what POP3 servers cost, beside each other in one run.

    python -m benchmarks.server [--quick] [--only NAME ...] [--before CHECKOUT] [--rounds N]
                                [--all-cores] [--json FILE]

Decides the order (rounds that visit every server, so that a machine that slows down slows all of
them) and how the figures are shown. A server that is not installed is left out, loudly; one that
does not start, or answers wrongly, makes the run fail.
"""

import argparse
import json
import signal
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from benchmarks.corpus import Corpus, lay_out
from benchmarks.generator import CannotLoad, build
from benchmarks.measures import (
    ACCOUNTS_UNDER_LOAD,
    IDLE,
    IDLE_GOAL_KB,
    MEASURES,
    Sample,
    fit,
    measure_idle,
    take,
    warm_up,
)
from benchmarks.processes import lift_descriptor_limit, stay_on_one_core
from benchmarks.rounds import Say, end, narrator, visits
from benchmarks.servers import (
    PEERS,
    DidNotStart,
    NotInstalled,
    Peer,
    Server,
    before,
    log_tail,
    serving,
)

OURS: Final = "requite"
BEFORE: Final = "before"
BESIDE: Final = ("dovecot", "canned")
BUSY_S: Final = 0.5
"""CPU time of a server in one reading. Children that have ended are counted in ticks of 10 ms, so
that this is good to 2 %; four servers, four figures and five rounds then take about a minute."""
BUSY_QUICK_S: Final = 0.2
ROUNDS: Final = 5
ROUNDS_QUICK: Final = 1


@dataclass(frozen=True, slots=True)
class Result:
    """All readings of one figure of one server."""

    server: str
    measure: str
    samples: tuple[Sample, ...]

    @property
    def figure(self) -> float:
        """The median of the rounds."""
        return statistics.median(sample.figure for sample in self.samples)

    @property
    def errors(self) -> int:
        """Replies that were wrong, in all rounds."""
        return sum(sample.errors for sample in self.samples)


@dataclass(frozen=True, slots=True)
class Goal:
    """What our own server may cost at most."""

    measure: str
    at_most: float
    found: float

    @property
    def is_met(self) -> bool:
        """Whether it does."""
        return self.found <= self.at_most


# --- running -------------------------------------------------------------------------------


def _start(peers: Sequence[Peer], corpus: Corpus, stack: ExitStack, say: Say) -> list[Server]:
    servers: list[Server] = []
    directory = corpus.mail.parent
    for peer in peers:
        say(f"starting {peer.name}")
        try:
            server = stack.enter_context(serving(peer, directory, corpus))
        except NotInstalled as absent:
            say(f"*** {peer.name} IS LEFT OUT. {absent}")
            continue
        _check(server, corpus)
        servers.append(server)
    return servers


def _check(server: Server, corpus: Corpus) -> None:
    try:
        complaint = warm_up(server, corpus).first_error
    except CannotLoad as trouble:
        complaint = str(trouble)
    if complaint:
        raise DidNotStart(
            f"{server.peer.name} answers wrongly: {complaint}; its log ends:\n"
            f"{log_tail(server.directory)}"
        )


def _compare(
    servers: Sequence[Server], corpus: Corpus, *, rounds: int, busy_s: float, say: Say
) -> list[Result]:
    amounts: dict[tuple[str, str], int] = {}
    samples: dict[tuple[str, str], list[Sample]] = {}
    for server in servers:
        say(f"calibrating {server.peer.name}")
        for measure in MEASURES:
            amounts[server.peer.name, measure.name] = fit(server, measure, corpus, busy_s)
    for number, server in visits(servers, rounds):
        say(f"round {number} of {rounds}: {server.peer.name}")
        for measure in MEASURES:
            key = server.peer.name, measure.name
            samples.setdefault(key, []).append(take(server, measure, corpus, amounts[key]))
    for server in servers:
        say(f"idle sessions: {server.peer.name}")
        samples[server.peer.name, "idle"] = [measure_idle(server, corpus)]
    return [Result(server, name, tuple(found)) for (server, name), found in samples.items()]


# --- showing -------------------------------------------------------------------------------


def _of(results: Sequence[Result], measure: str) -> Mapping[str, Result]:
    return {result.server: result for result in results if result.measure == measure}


def _ratio(result: Result, other: Result | None) -> str:
    """Compare within each round, where the machine was the same, and take the median of that."""
    if other is None or min(sample.figure for sample in other.samples) <= 0:
        return "-"
    pairs = zip(result.samples, other.samples, strict=True)
    ratio = statistics.median(ours.figure / theirs.figure for ours, theirs in pairs)
    return f"{ratio:.3f}" if ratio < 1 else f"{ratio:.2f}"


def _row(result: Result, beside: Mapping[str, Result]) -> str:
    figures = [sample.figure for sample in result.samples]
    share = statistics.median(sample.load_share for sample in result.samples)
    busy = statistics.median(sample.load_busy for sample in result.samples)
    ratios = "".join(f"{_ratio(result, beside.get(name)):>11}" for name in _beside(beside))
    return (
        f"  {result.server:<13}{result.figure:>9.3f}{min(figures):>9.3f}{max(figures):>9.3f}"
        f"{ratios}{share:>9.0%}{busy:>9.0%}{result.errors:>8}"
    )


LEGEND: Final = """\
load: the load generator's share of all CPU time of the run; busy: the part of one core that it
used (at 100 % it would be the bottleneck). / NAME: the ratio to that server in the same round,
the median of all rounds; a machine that drifts moves the figures, and moves the ratios little."""


def _beside(results: Mapping[str, Result]) -> Sequence[str]:
    return (*BESIDE, BEFORE) if BEFORE in results else BESIDE


def _header(results: Mapping[str, Result]) -> str:
    ratios = "".join(f"{'/ ' + name:>11}" for name in _beside(results))
    return (
        f"  {'server':<13}{'median':>9}{'lowest':>9}{'highest':>9}"
        f"{ratios}{'load':>9}{'busy':>9}{'errors':>8}"
    )


def _table(title: str, results: Mapping[str, Result]) -> str:
    rows = [_row(result, results) for result in results.values()]
    return "\n".join([title, _header(results), *rows])


def _goals(results: Sequence[Result]) -> list[Goal]:
    wanted = {measure.name: measure.goal for measure in MEASURES} | {"idle": IDLE_GOAL_KB}
    return [
        Goal(result.measure, at_most, result.figure)
        for result in results
        if result.server == OURS and (at_most := wanted[result.measure]) is not None
    ]


def _show(results: Sequence[Result]) -> None:
    titles = {measure.name: measure.title for measure in MEASURES} | {"idle": IDLE}
    for name, title in titles.items():
        print(_table(title, _of(results, name)), end="\n\n")
    print(LEGEND)
    for goal in _goals(results):
        verdict = "met" if goal.is_met else "NOT MET"
        print(f"goal: {OURS}, {goal.measure}: at most {goal.at_most:g}, {verdict}", end=" ")
        print(f"({goal.found:.3f})")


def _write_json(path: Path, results: Sequence[Result]) -> None:
    document = {
        "results": [
            asdict(result) | {"median": result.figure, "errors": result.errors}
            for result in results
        ],
        "goals": [asdict(goal) | {"met": goal.is_met} for goal in _goals(results)],
    }
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


# --- the command line ----------------------------------------------------------------------


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.server", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--quick", action="store_true", help="one short round: for a first look")
    parser.add_argument("--only", nargs="+", choices=tuple(PEERS), metavar="NAME", default=None)
    parser.add_argument("--before", type=Path, metavar="CHECKOUT", default=None)
    parser.add_argument("--rounds", type=int, choices=range(1, 10), metavar="N", default=None)
    parser.add_argument("--all-cores", action="store_true", help="pin nothing to one core")
    parser.add_argument("--json", type=Path, metavar="FILE", default=None)
    return parser.parse_args()


def _run(arguments: argparse.Namespace) -> list[Result]:
    say = narrator()
    peers = [PEERS[name] for name in arguments.only or PEERS]
    if arguments.before is not None:
        peers.append(before(BEFORE, arguments.before.resolve()))
    rounds = arguments.rounds or (ROUNDS_QUICK if arguments.quick else ROUNDS)
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="requite-bench-")))
        # Dovecot reads the mail as another user when it is started as root.
        directory.chmod(0o755)
        mailboxes = max(ACCOUNTS_UNDER_LOAD, *(peer.idle_sessions for peer in peers))
        say(f"laying out {mailboxes} mailboxes")
        corpus = lay_out(directory, mailboxes)
        servers = _start(peers, corpus, stack, say)
        if not servers:
            raise DidNotStart("no server is left to measure")
        busy_s = BUSY_QUICK_S if arguments.quick else BUSY_S
        return _compare(servers, corpus, rounds=rounds, busy_s=busy_s, say=say)


def main() -> int:
    """Run the comparison; 0 when every server answered rightly, 1 otherwise."""
    arguments = _arguments()
    signal.signal(signal.SIGTERM, end)
    lift_descriptor_limit()
    if not arguments.all_cores:
        stay_on_one_core()
    try:
        build()
        results = _run(arguments)
    except (CannotLoad, DidNotStart) as trouble:
        print(f"benchmarks: {trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("benchmarks: interrupted; every server that was started is stopped", file=sys.stderr)
        return 130
    _show(results)
    if arguments.json:
        _write_json(arguments.json, results)
    wrong = [
        f"{result.server}, {result.measure}: {sample.first_error}"
        for result in results
        for sample in result.samples
        if sample.errors
    ]
    print("\n".join(f"WRONG ANSWERS: {text}" for text in wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
