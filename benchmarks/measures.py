"""What is measured of a server: one figure at a time, from CPU and memory before and after.

Decides how much load a figure takes, what it is divided by, and the goals. Refuses to decide in
which order servers are measured and how figures are shown.
"""

from dataclasses import dataclass
from typing import Final

from benchmarks.corpus import BIG, BIG_AS_ON_THE_WIRE, SMALL, Corpus, Kind
from benchmarks.generator import CannotLoad, Report, hold, load
from benchmarks.processes import cpu_s, pss_kb, settled_cpu_s
from benchmarks.servers import Server

__all__ = (
    "ACCOUNTS_UNDER_LOAD",
    "IDLE",
    "IDLE_GOAL_KB",
    "MEASURES",
    "Measure",
    "Sample",
    "fit",
    "measure_idle",
    "take",
    "warm_up",
)

ACCOUNTS_UNDER_LOAD: Final = 64
"""Enough that no account is used twice at a time, few enough to warm all of them up."""
CONCURRENCY: Final = 16
"""Both cores stay busy with Dovecot's processes; far below every server's default limits."""
CALIBRATED_CPU_S: Final = 0.05
"""A few hundred sessions of a fast server: enough to scale by, not enough to conclude from."""
GROWTH: Final = 4


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure: a way to load a server, and what its CPU time is divided by."""

    name: str
    title: str
    mode: str
    kind: Kind
    unit_amount: int
    """The figure is CPU-seconds per this many sessions, or octets for `retr`."""
    least: int
    most: int
    """Bounds of one run, in the same terms."""
    goal: float | None = None

    def options(self, amount: int) -> tuple[str, ...]:
        """Return how the load generator is told to do that much."""
        if self.mode == "retr":
            return ("--octets", str(amount), "--concurrency", "2", "--accounts", "2")
        return (
            *("--count", str(amount), "--concurrency", str(CONCURRENCY)),
            *("--accounts", str(ACCOUNTS_UNDER_LOAD)),
        )

    def amount_done(self, report: Report) -> int:
        """Return how much was really done."""
        return report.octets if self.mode == "retr" else report.done


MEASURES: Final = (
    Measure(
        name="log-ins",
        title="CPU-s of the server per 1,000 log-ins (connect, USER, PASS, STAT, QUIT)",
        mode="logins",
        kind=SMALL,
        unit_amount=1000,
        least=ACCOUNTS_UNDER_LOAD,
        most=10_000,
        goal=0.15,
    ),
    Measure(
        name="polls",
        title="CPU-s of the server per 1,000 polls (log-in, UIDL, LIST, 5 RETR of 4 KB, QUIT)",
        mode="polls",
        kind=SMALL,
        unit_amount=1000,
        least=ACCOUNTS_UNDER_LOAD,
        most=4000,
        goal=0.45,
    ),
    Measure(
        name="retr",
        title="CPU-s of the server per GB of RETR (10 MB, stored with LF)",
        mode="retr",
        kind=BIG,
        unit_amount=1_000_000_000,
        least=20_000_000,
        most=1_000_000_000,
        goal=1.4,
    ),
    Measure(
        name="retr-wire",
        title="CPU-s of the server per GB of RETR (10 MB, stored as on the wire: CRLF, no dots)",
        mode="retr",
        kind=BIG_AS_ON_THE_WIRE,
        unit_amount=1_000_000_000,
        least=20_000_000,
        most=1_000_000_000,
        goal=0.4,
    ),
)
IDLE: Final = "KB of memory per idle session (logged in, 10 messages; PSS of all processes)"
IDLE_GOAL_KB: Final = 12.0
IDLE_BASE_SHARE: Final = 0.2
"""Held before the first reading: what is allocated once must not be divided by the sessions."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One reading of one figure of one server."""

    figure: float
    amount: int
    server_cpu_s: float
    load_cpu_s: float
    wall_s: float
    errors: int
    first_error: str

    @property
    def load_share(self) -> float:
        """The load generator's share of all CPU time that the run took."""
        whole = self.load_cpu_s + self.server_cpu_s
        return self.load_cpu_s / whole if whole else 0.0

    @property
    def load_busy(self) -> float:
        """How busy the load generator was: at 1.0 it was the bottleneck."""
        return self.load_cpu_s / self.wall_s if self.wall_s else 0.0


def take(server: Server, measure: Measure, corpus: Corpus, amount: int) -> Sample:
    """Load one server once, and return what that cost.

    Raises:
        CannotLoad: not one session came to its end.
    """
    identity = ("--prefix", measure.kind.prefix, "--password", corpus.password)
    before = cpu_s(server.pid)
    report = load(measure.mode, server.port, (*identity, *measure.options(amount)))
    spent = settled_cpu_s(server.pid) - before
    done = measure.amount_done(report)
    if not done:
        raise CannotLoad(f"{server.peer.name}, {measure.name}: nothing done: {report.first_error}")
    return Sample(
        figure=spent / done * measure.unit_amount,
        amount=done,
        server_cpu_s=spent,
        load_cpu_s=report.cpu_s,
        wall_s=report.wall_s,
        errors=report.errors,
        first_error=report.first_error,
    )


def warm_up(server: Server, corpus: Corpus) -> Sample:
    """Poll every account under load once: the first look at a Maildir is another figure."""
    polls = next(measure for measure in MEASURES if measure.name == "polls")
    return take(server, polls, corpus, ACCOUNTS_UNDER_LOAD)


def fit(server: Server, measure: Measure, corpus: Corpus, cpu_wanted_s: float) -> int:
    """Return how much load makes a server busy for about that long, within the bounds."""
    amount = measure.least
    sample = take(server, measure, corpus, amount)
    while sample.server_cpu_s < CALIBRATED_CPU_S and amount < measure.most and not sample.errors:
        amount = min(amount * GROWTH, measure.most)
        sample = take(server, measure, corpus, amount)
    if sample.server_cpu_s <= 0:
        return amount
    wanted = int(amount * cpu_wanted_s / sample.server_cpu_s)
    return max(measure.least, min(wanted, measure.most))


def measure_idle(server: Server, corpus: Corpus) -> Sample:
    """Hold some sessions, then many more, and divide the growth by the many."""
    base = int(server.peer.idle_sessions * IDLE_BASE_SHARE)
    more = server.peer.idle_sessions - base
    common = ("--concurrency", str(CONCURRENCY), "--password", corpus.password)
    first = ("--count", str(base), "--accounts", str(base), *common)
    then = ("--count", str(more), "--accounts", str(more), "--first", str(base), *common)
    cpu_before = cpu_s(server.pid)
    with hold(server.port, first) as held:
        before = pss_kb(server.pid)
        with hold(server.port, then) as added:
            after = pss_kb(server.pid)
    return Sample(
        figure=(after - before) / more,
        amount=more,
        server_cpu_s=settled_cpu_s(server.pid) - cpu_before,
        load_cpu_s=held.cpu_s + added.cpu_s,
        wall_s=held.wall_s + added.wall_s,
        errors=held.errors + added.errors,
        first_error=held.first_error or added.first_error,
    )
