"""The same commands to our server and to Dovecot, where it is installed.

Decides that every difference between the answers of the two is listed and explained in the
reference, and that no difference is listed that is not there.
"""

import os
import pwd
import re
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import pytest
from benchmarks.corpus import Corpus
from benchmarks.servers import DOVECOT_IN_TESTS, PEERS, NotInstalled, Peer, serving

from dovecot.transcripts import MESSAGES, PASSWORD, TRANSCRIPTS, Answer, fill, mailbox_of, talk

PAGE: Final = Path(__file__).parent.parent.parent / "docs" / "reference" / "dovecot.md"
HEAD: Final = "| transcript | command | requite | Dovecot | why |"


@dataclass(frozen=True, slots=True)
class Heard:
    """What one server has answered, and what it has left in the maildrops."""

    answers: tuple[Answer, ...]
    left: dict[str, list[bytes]]


def ask(peer: Peer, directory: Path) -> Heard:
    """Start a server, say every transcript to it, each in a thread, and look at the maildrops."""
    home = directory / f"mail-of-{peer.name}"
    home.mkdir()
    corpus = Corpus(home / "mail", home / "accounts", PASSWORD, 0)
    fill(corpus.mail, corpus.accounts_file)
    if os.geteuid() == 0:  # Dovecot serves no mail as root, and writes beside it.
        for path in (home, *home.rglob("*")):
            shutil.chown(path, pwd.getpwnam("nobody").pw_uid)
    with (
        serving(peer, directory, corpus) as server,
        ThreadPoolExecutor(len(TRANSCRIPTS)) as threads,
    ):
        heard = tuple(threads.map(partial(talk, server.port), TRANSCRIPTS))
    left = {
        transcript: sorted(
            path.read_bytes()
            for folder in ("new", "cur")
            for path in (corpus.mail / mailbox_of(transcript) / "Maildir" / folder).iterdir()
        )
        for transcript in TRANSCRIPTS
    }
    return Heard(tuple(answer for answers in heard for answer in answers), left)


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[Heard, Heard]]:
    """Ask our server and Dovecot."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        directory.chmod(0o755)  # Dovecot gives up its rights before it reads mail.
        try:
            yield ask(PEERS["requite"], directory), ask(DOVECOT_IN_TESTS, directory)
        except NotInstalled as absent:
            pytest.skip(str(absent))


def differences(ours: Heard, theirs: Heard) -> list[tuple[str, ...]]:
    """Give the transcript, the command and the two answers, where these differ."""
    second = {(one.transcript, one.command): one.shape for one in theirs.answers}
    first = {(one.transcript, one.command): one.shape for one in ours.answers}
    keys = dict.fromkeys([*first, *second])
    pairs = [(*key, first.get(key, "nothing"), second.get(key, "nothing")) for key in keys]
    return [pair for pair in pairs if pair[2] != pair[3]]


def listed() -> list[tuple[str, ...]]:
    """Read the rows of the page's table."""
    _, _, table = PAGE.read_text(encoding="utf-8").partition(HEAD)
    rows = [re.split(r"(?<!\\) \| ", line[2:-2]) for line in table.splitlines()[2:] if line]
    return [tuple(cell.strip("`").strip() for cell in row) for row in rows if len(row) == 5]


def test_every_difference_is_listed_and_none_other(both: tuple[Heard, Heard]) -> None:
    """The table of the page is what differs, in the order of the transcripts."""
    found = [tuple(cell.strip() for cell in one) for one in differences(*both)]
    assert [row[:4] for row in listed()] == found


def test_every_difference_is_explained() -> None:
    """Each row says why, in a sentence."""
    assert listed()
    assert [row for row in listed() if not row[4].endswith(".")] == []


def test_the_same_is_left(both: tuple[Heard, Heard]) -> None:
    """After all transcripts each maildrop holds the same messages on both servers."""
    ours, theirs = both
    assert ours.left == theirs.left
    assert ours.left["deleted before"] == sorted(MESSAGES[2:])
    assert ours.left["read"] == sorted(MESSAGES)


def test_most_answers_are_the_same(both: tuple[Heard, Heard]) -> None:
    """What is compared is not nothing: we answered each command of each transcript."""
    ours, theirs = both
    said = sum(map(len, TRANSCRIPTS.values()))
    assert len(ours.answers) >= said
    assert len(differences(ours, theirs)) < said / 2


def test_an_answer_that_differs_would_be_seen() -> None:
    """The comparison can fail: another status, another shape, an answer that is not there."""
    one = Answer("read", "1: STAT", "+OK 1 2")
    heard = Heard((one,), {})
    assert differences(heard, heard) == []
    assert differences(heard, Heard((Answer("read", "1: STAT", "+OK 1 3"),), {}))
    assert differences(heard, Heard((), {})) == [("read", "1: STAT", "+OK 1 2", "nothing")]
    assert differences(Heard((), {}), heard) == [("read", "1: STAT", "nothing", "+OK 1 2")]
