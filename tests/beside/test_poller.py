"""The client that polls, against servers that lie.

Decides that each lie which it is there to find is found.
"""

import random
from collections.abc import Callable
from pathlib import Path
from poplib import POP3, error_proto
from typing import Final, cast

import pytest

from beside.book import Book
from beside.poller import Poller
from beside.programs import Home, deliver_by_hand

Messages = list[tuple[str, bytes]]
Lines = tuple[bytes, list[bytes], int]


class Told:
    """What answers as a POP3 client would that has heard a server say this."""

    def __init__(self, messages: Messages, sizes: list[int] | None = None) -> None:
        """Hear of messages by their ids; their sizes are true unless given."""
        self.messages = messages
        self.sizes = sizes or [len(octets) for _, octets in messages]
        self.refuses_retr = self.refuses_quit = False

    def stat(self) -> tuple[int, int]:
        """Give the count and the total."""
        return len(self.messages), sum(self.sizes)

    def uidl(self) -> Lines:
        """Give the ids."""
        lines = [f"{n} {uid}".encode() for n, (uid, _) in enumerate(self.messages, 1)]
        return b"+OK", lines, 0

    def list(self) -> Lines:
        """Give the sizes."""
        return b"+OK", [f"{n} {size}".encode() for n, size in enumerate(self.sizes, 1)], 0

    def retr(self, number: int) -> Lines:
        """Give a message."""
        if self.refuses_retr:
            raise error_proto("-ERR gone")
        return b"+OK", self.messages[number - 1][1].split(b"\r\n")[:-1], 0

    def dele(self, number: int) -> None:
        """Mark."""

    def quit(self) -> None:
        """End."""
        if self.refuses_quit:
            raise error_proto("-ERR some were not removed")


@pytest.fixture
def poller(tmp_path: Path) -> Poller:
    """Give a client, and a Maildir of three messages, which its book knows."""
    home, book, rng = Home.made(tmp_path), Book(), random.Random(1)  # noqa: S311  # No secret.
    for _ in range(3):
        serial, octets = book.write(rng)
        deliver_by_hand(home, octets)
        book.note(serial, octets)
    return Poller(home, book, rng)


def truth(poller: Poller) -> Messages:
    """Give what a server should say."""
    found = poller.book.delivered.items()
    return [
        (f"{1_700_000_000 + n}.M{n}P1.host", octets.replace(b"\n", b"\r\n")) for n, octets in found
    ]


def used(poller: Poller, told: Told, *, deletes: bool = False) -> list[str]:
    """Have the client hear something, and give its complaints."""
    poller.use(cast("POP3", told), poller.book.expected(), deletes=deletes)  # It has its methods.
    return poller.book.faults


LIES: Final[dict[str, Callable[[Messages], Told]]] = {
    "lost": lambda true: Told(true[1:]),
    "an id is listed twice": lambda true: Told([*true, true[0]]),
    "under two ids": lambda true: Told([*true, ("other", true[0][1])]),
    "other octets than before": lambda true: Told([(true[0][0], true[1][1]), *true[1:]]),
    "is not what was delivered": lambda true: Told(
        [("new", true[0][1].replace(b"X-", b"Y: z\r\nX-", 1) + b"more\r\n"), *true[1:]]
    ),
    "by RETR": lambda true: Told(true, [len(true[0][1]) + 1, *(len(one) for _, one in true[1:])]),
}


@pytest.mark.parametrize("fault", LIES)
def test_a_lie_is_found(poller: Poller, fault: str) -> None:
    """After a session in which all was well, the lie alone is what differs."""
    true = truth(poller)
    assert used(poller, Told(true)) == []

    faults = used(poller, LIES[fault](true))

    assert [one for one in faults if fault in one], faults


def test_a_refusal_of_what_is_there_is_found(poller: Poller) -> None:
    """A message that cannot be had must be gone from the Maildir."""
    told = Told(truth(poller))
    told.refuses_retr = True
    assert [one for one in used(poller, told) if "is refused and is there" in one]


def test_a_quit_that_fails_is_found(poller: Poller) -> None:
    """Nothing here keeps a message from being removed."""
    told = Told(truth(poller))
    told.refuses_quit = True
    assert used(poller, told) == ["QUIT is refused: -ERR some were not removed"]


def test_a_message_that_comes_back_is_found(poller: Poller) -> None:
    """What was deleted, with +OK to QUIT, is not listed again."""
    told = Told(truth(poller))
    assert used(poller, told, deletes=True) == []
    assert len([one for one in used(poller, told) if "is there again" in one]) == 2
