"""Our server in a Maildir where others deliver, rename and remove, and a client that polls.

Decides that nothing is lost, seen twice or mis-sized meanwhile, and that our log has no complaint.
`REQUITE_BESIDE_SECONDS` says for how long; `make beside` takes a minute.
"""

import os
import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import which
from time import monotonic
from typing import Final

import pytest

from beside.book import Book, Weather, places, serial_of
from beside.poller import PASSWORD, Poller
from beside.programs import (
    AGENTS,
    DOVECOT,
    Home,
    deliver_by_hand,
    delivering,
    imap,
    renaming,
)
from commands.processes import started

SECONDS: Final = float(os.environ.get("REQUITE_BESIDE_SECONDS", "5"))
"""Of each story."""
SEED: Final = int(os.environ.get("REQUITE_SEED", "1939"))
MANY: Final = 1_200
"""More than are looked at one by one on each log-in."""
SERVER_S: Final = 10.0
"""So long one server lives at most, and then the next one goes on with its index."""
PATIENCE_S: Final = 30.0
CONFIG: Final = """\
[listen]
pop3 = ["127.0.0.1:0"]
[accounts]
file = "accounts"
plaintext_without_tls = "loopback"
[mailboxes]
path = "mail/{mailbox}/Maildir"
lock = "exclusive"
"""
Work = Callable[[Home, Book, Weather, int], int]


@pytest.fixture
def home() -> Iterator[Home]:
    """Make a place that another user can reach as well."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        path.chmod(0o755)
        (path / "requite.toml").write_text(CONFIG, encoding="utf-8")
        (path / "accounts").write_text(f"alice:{{PLAIN}}{PASSWORD}\n", encoding="utf-8")
        yield Home.made(path)


def by_hand(home: Home, book: Book, weather: Weather, seed: int) -> int:
    """Deliver without another program."""
    return delivering(home, book, weather, seed, [deliver_by_hand])


def by_agents(home: Home, book: Book, weather: Weather, seed: int) -> int:
    """Deliver by the real agents."""
    return delivering(home, book, weather, seed, [*AGENTS.values()])


def polled(home: Home, poller: Poller, seconds: float) -> None:
    """Serve and poll for a time, and see that the log has no complaint."""
    end = monotonic() + seconds
    with started("serve", "--config", home.path / "requite.toml") as server:
        port = server.port()
        while monotonic() < end and not poller.book.faults:
            poller.poll(port, deletes=poller.rng.random() < 0.3)
        code, log = server.stopped()
    complaints = [line for line in log.splitlines() if "ERROR" in line or "WARNING" in line]
    assert (code, complaints) == (0, [])


def told(home: Home, works: Sequence[Work], *, first: int) -> None:
    """Let all work at once, with a restart of our server now and then, and look at the end."""
    print(f"REQUITE_SEED={SEED} REQUITE_BESIDE_SECONDS={SECONDS}")
    rng = random.Random(SEED)  # noqa: S311  # It is no secret.
    book, weather = Book(), Weather()
    fill(home, book, rng, first)
    poller = Poller(home, book, rng)
    servers = max(2, round(SECONDS / SERVER_S))
    with ThreadPoolExecutor(len(works)) as threads:
        done = [threads.submit(work, home, book, weather, SEED + n) for n, work in enumerate(works)]
        try:
            for _ in range(servers):
                polled(home, poller, SECONDS / servers)
        finally:
            weather.over.set()
        counts = [one.result(PATIENCE_S) for one in done]
    polled(home, poller, 0.1)
    print(f"{poller.sessions} sessions, {poller.refusals} refusals, others did {counts}")
    assert book.faults == []
    left = {serial_of(path.read_bytes()) for path in places(home.maildir)}
    assert book.expected() <= left, "a message is lost"
    assert min(counts) > 0, f"somebody did nothing: {counts}"
    assert book.removing, "nothing was removed"


def fill(home: Home, book: Book, rng: random.Random, count: int) -> None:
    """Deliver what is there first."""
    for _ in range(count):
        serial, octets = book.write(rng)
        deliver_by_hand(home, octets)
        book.note(serial, octets)


@pytest.mark.parametrize("first", [80, MANY])
def test_nothing_is_lost_beside_a_fast_renamer(home: Home, first: int) -> None:
    """Few messages or many: deliveries, moves, flags and removals beside a client that polls."""
    told(home, [by_hand, renaming], first=first)


def test_nothing_is_lost_beside_real_programs(home: Home) -> None:
    """Dovecot's IMAP server renames and expunges; dovecot-lda, procmail and maildrop deliver."""
    missing = [name for name in ("procmail", "maildrop", "setpriv") if which(name) is None]
    missing += [name for name in ("imap", "dovecot-lda") if not (DOVECOT / name).exists()]
    if missing:
        pytest.skip(f"not installed: {missing}; see .ci/tools.sh")
    told(home, [by_agents, imap], first=80)
