"""A POP3 client that polls a maildrop which others work in, and believes nothing.

Decides what must hold of every answer: no message lost, none under two ids, no id with other
octets, no wrong size, and -ERR only for what has really been removed.
"""

import random
from dataclasses import dataclass, field
from poplib import POP3, error_proto
from typing import Final

from beside.book import Book, places, serial_of
from beside.programs import Home

__all__ = ("PASSWORD", "Poller")

PASSWORD: Final = "wonderland"
PATIENCE_S: Final = 20.0
AGAIN: Final = 20
"""So many messages that are known are read again in each session."""


@dataclass(slots=True)
class Poller:
    """What a client has seen in all its sessions."""

    home: Home
    book: Book
    rng: random.Random
    seen: dict[str, bytes] = field(default_factory=dict)
    """The octets of each message by its unique id."""
    gone: set[str] = field(default_factory=set)
    """The unique ids of what was deleted, with QUIT answered by +OK."""
    sessions: int = 0
    refusals: int = 0

    def poll(self, port: int, *, deletes: bool) -> None:
        """Log in, compare everything with the book, delete some perhaps, and quit."""
        must = self.book.expected()
        client = POP3("127.0.0.1", port, timeout=PATIENCE_S)
        client.user("alice")
        client.pass_(PASSWORD)
        self.use(client, must, deletes=deletes)

    def use(self, client: POP3, must: set[int], *, deletes: bool) -> None:
        """Do what is to be done after a log-in, before which these messages were there."""
        self.sessions += 1
        count, total = client.stat()
        uids = [line.split()[1].decode() for line in client.uidl()[1]]
        sizes = [int(line.split()[1]) for line in client.list()[1]]
        if (len(uids), len(sizes), sum(sizes)) != (count, count, total):
            self.book.complain(f"STAT {count} {total}, {len(uids)} ids, {sum(sizes)} octets")
        self._judge_ids(uids)
        known = [uid for uid in uids if uid in self.seen]
        again = set(self.rng.sample(known, min(AGAIN, len(known))))
        for number, (uid, size) in enumerate(zip(uids, sizes, strict=True), 1):
            self._judge(client, number, uid, size, reads=uid in again or uid not in self.seen)
        self._judge_losses(must, uids)
        self._quit(client, uids, deletes=deletes)

    def _judge_ids(self, uids: list[str]) -> None:
        if len(set(uids)) != len(uids):
            self.book.complain(f"an id is listed twice: {sorted(uids)}")
        for uid in self.gone.intersection(uids):
            self.book.complain(f"{uid} is there again after QUIT was answered with +OK")

    def _judge(self, client: POP3, number: int, uid: str, size: int, *, reads: bool) -> None:
        if not reads:
            if size != len(self.seen[uid]):
                self.book.complain(f"{uid}: {size} by LIST, {len(self.seen[uid])} by RETR before")
            return
        octets = self._read(client, number, uid)
        if octets is None:
            return
        if len(octets) != size:
            self.book.complain(f"{uid}: {size} by LIST, {len(octets)} by RETR")
        if self.seen.setdefault(uid, octets) != octets:
            self.book.complain(f"{uid} has other octets than before")

    def _read(self, client: POP3, number: int, uid: str) -> bytes | None:
        """Read a message; where it is refused, it must be gone."""
        try:
            lines = client.retr(number)[1]
        except error_proto as error:
            self.refusals += 1
            # Twice: what is renamed while a folder is listed may be missed once.
            left = [path.name for _ in range(2) for path in places(self.home.maildir)]
            if [name for name in left if name.partition(":2,")[0] == uid]:
                self.book.complain(f"{uid} is refused and is there: {error}")
            return None
        return b"".join(line + b"\r\n" for line in lines)

    def _judge_losses(self, must: set[int], uids: list[str]) -> None:
        """Say which of those are not listed that were there before the log-in and are now."""
        listed = [serial_of(self.seen[uid]) for uid in uids if uid in self.seen]
        if len(set(listed)) != len(listed):
            self.book.complain(f"a message is listed under two ids: {sorted(listed)}")
        lost = (must & self.book.expected()).difference(listed)
        if lost:
            self.book.complain(f"session {self.sessions} lost {sorted(lost)}")
        for uid in uids:
            octets = self.seen.get(uid, b"").replace(b"\r\n", b"\n")
            given = self.book.delivered.get(serial_of(octets)) if octets else None
            if given is not None and given not in octets:
                self.book.complain(f"{uid} is not what was delivered")

    def _quit(self, client: POP3, uids: list[str], *, deletes: bool) -> None:
        doomed = self.rng.sample(uids, min(2, len(uids))) if deletes else []
        doomed = [uid for uid in doomed if uid in self.seen]
        for uid in doomed:
            self.book.remove(serial_of(self.seen[uid]))
            client.dele(uids.index(uid) + 1)
        try:
            client.quit()
        except error_proto as error:
            self.book.complain(f"QUIT is refused: {error}")
        self.gone.update(doomed)
