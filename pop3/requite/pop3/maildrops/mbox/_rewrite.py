r"""Remove messages from an mbox so that no crash loses or doubles one.

Decides how an mbox is rewritten: in place, because a delivery agent may have opened the file and be
waiting for its lock; a new file that is renamed over it would leave that agent to deliver into a
file that nobody reads. Refuses to lock: whoever calls holds every lock.

A journal beside the mbox is written first. From when it has its name, the removal is decided, and
whoever locks the mbox next does again what a crash has left undone (`recover`). Between a crash and
that, programs that know nothing of the journal may append, and nothing else: so that appended mail
is told from what was not yet cut off, the end that is to be cut is filled with octets of our own.

1. The journal is made: what is to stand from the first removed message on, in phase WRITING.
2. That is written into the mbox, and the rest of it is filled. What a crash leaves of this is
   written again; what has been appended goes into a new journal first.
3. The journal is set to phase CUTTING.
4. The mbox is cut. After a crash the filling says whether that has happened; if not, what has been
   appended after it is moved in its place by a journal of its own.
5. The journal is removed.
"""

import errno
import json
import logging
import os
import secrets
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from requite.pop3.maildrops.mbox._format import chunks
from requite.pop3.maildrops.mbox._locks import HeldMbox

__all__ = ("journal_of", "keep", "recover")

Part = tuple[int, int]
"""Where a part of an mbox begins and where it ends."""

WRITING: Final = b"W"
CUTTING: Final = b"C"
VERSION: Final = 1
FILLING_OCTETS: Final = 16
"""A NUL, with which no delivery agent begins a message, and 15 octets by chance."""

HEAD_OCTETS: Final = 256
"""The journal begins with its phase and what it is for, filled up with spaces to this length."""

MODE: Final = 0o600

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a journal says."""

    inode: int
    """Of the mbox that it is for."""
    first: int
    """From where on the mbox is written."""
    old: int
    """The size of the mbox before."""
    new: int
    """Its size afterwards."""
    filling: bytes

    def filled(self, begin: int, octets: int) -> bytes:
        """Give what stands so far into the part that is to be cut off."""
        skipped = begin % FILLING_OCTETS
        return (self.filling * (octets // FILLING_OCTETS + 2))[skipped : skipped + octets]


def journal_of(path: Path) -> Path:
    """Say where the journal of an mbox stands."""
    return path.with_name(f".{path.name}.requite-journal")


def keep(held: HeldMbox, parts: Sequence[Part]) -> None:
    """Leave only these parts of an mbox, in order. What stands at the beginning stays untouched.

    Raises:
        OSError: if there is no journal afterwards, nothing has happened; otherwise the removal is
            decided, and will be done by whoever locks the mbox next.
    """
    first = parts[0][1] if parts and parts[0][0] == 0 else 0
    _decide(held, first, parts[1:] if first else parts)
    recover(held)


def recover(held: HeldMbox) -> None:
    """Finish what a crash has left undone, if it has.

    Raises:
        OSError: it could not be finished; the journal stays.
    """
    path = journal_of(held.path)
    while True:
        try:
            journal = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            return
        try:
            if _step(held, path, journal):
                _remove(path)
                return
        finally:
            os.close(journal)


def _step(held: HeldMbox, path: Path, journal: int) -> bool:
    """Go on with a journal; False if another one has taken its place."""
    phase, plan = _read(path, journal)
    status = os.fstat(held.descriptor)
    if status.st_ino != plan.inode or status.st_size < min(plan.old, plan.new):
        _set_aside(path)
        return False
    appended = (plan.old, status.st_size)
    if phase == WRITING:
        if status.st_size < plan.old:
            _set_aside(path)
            return False
        if appended[0] < appended[1]:
            kept = chunks(journal, HEAD_OCTETS, HEAD_OCTETS + plan.new - plan.first)
            _write_journal(held, plan.first, kept, [appended])
            return False
        _write(held.descriptor, journal, plan)
        _put(journal, CUTTING, 0)
        os.fsync(journal)
    elif not _is_filled(held.descriptor, plan):
        return True  # It has been cut; what is there now came later.
    elif appended[0] < appended[1]:
        _write_journal(held, plan.new, (), [appended])
        return False
    os.ftruncate(held.descriptor, plan.new)
    os.fsync(held.descriptor)
    return True


def _decide(held: HeldMbox, first: int, parts: Sequence[Part]) -> None:
    """Write the first journal; without room for it, nothing has happened."""
    try:
        _write_journal(held, first, (), parts)
    except OSError:
        with suppress(OSError):
            _unfinished(held.path).unlink(missing_ok=True)
        raise


def _unfinished(path: Path) -> Path:
    return path.with_name(f"{journal_of(path).name}.new")


def _write_journal(
    held: HeldMbox, first: int, kept: Iterable[bytes], parts: Sequence[Part]
) -> None:
    """Write a journal of what is kept and of more parts of the mbox; then give it its name."""
    made = _unfinished(held.path)
    flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    journal = os.open(made, flags, MODE)
    try:
        at = HEAD_OCTETS
        for chunk in kept:
            at = _put(journal, chunk, at)
        for begin, end in parts:
            for chunk in chunks(held.descriptor, begin, end):
                at = _put(journal, chunk, at)
        status = os.fstat(held.descriptor)
        filling = b"\0" + secrets.token_bytes(FILLING_OCTETS - 1)
        new = first + at - HEAD_OCTETS
        plan = _Plan(status.st_ino, first, status.st_size, new, filling)
        _put(journal, _head(plan), 0)
        os.fsync(journal)
    finally:
        os.close(journal)
    made.replace(journal_of(held.path))
    _make_durable(held.path.parent)


def _head(plan: _Plan) -> bytes:
    told = json.dumps(
        {
            "version": VERSION,
            "inode": plan.inode,
            "first": plan.first,
            "old": plan.old,
            "new": plan.new,
            "filling": plan.filling.hex(),
        }
    )
    return (WRITING + told.encode()).ljust(HEAD_OCTETS - 1) + b"\n"


def _read(path: Path, journal: int) -> tuple[bytes, _Plan]:
    """Read the head of a journal.

    Raises:
        OSError: it is none of ours.
    """
    head = os.pread(journal, HEAD_OCTETS, 0)
    try:
        told = json.loads(head[1:])
        if told["version"] != VERSION or head[:1] not in {WRITING, CUTTING}:
            raise ValueError("another version")  # noqa: TRY301  # It is told below, with others.
        filling = bytes.fromhex(told["filling"])
        plan = _Plan(told["inode"], told["first"], told["old"], told["new"], filling)
    except (ValueError, KeyError, TypeError) as error:
        raise OSError(errno.EINVAL, "it is no journal of this program", str(path)) from error
    return head[:1], plan


def _write(descriptor: int, journal: int, plan: _Plan) -> None:
    """Write what the journal has into the mbox, and fill the rest."""
    at = plan.first
    for chunk in chunks(journal, HEAD_OCTETS, HEAD_OCTETS + plan.new - plan.first):
        at = _put(descriptor, chunk, at)
    while at < plan.old:
        octets = min(plan.old - at, FILLING_OCTETS * 4096)
        at = _put(descriptor, plan.filled(at - plan.new, octets), at)
    os.fsync(descriptor)


def _is_filled(descriptor: int, plan: _Plan) -> bool:
    """Say whether the end that is to be cut off is still there."""
    if os.fstat(descriptor).st_size < plan.old:
        return False
    at = plan.new
    for chunk in chunks(descriptor, plan.new, plan.old):
        if chunk != plan.filled(at - plan.new, len(chunk)):
            return False
        at += len(chunk)
    return True


def _put(descriptor: int, octets: bytes, at: int) -> int:
    """Write all of the octets, and say where they end."""
    rest = memoryview(octets)
    while rest:
        written = os.pwrite(descriptor, rest, at)
        rest, at = rest[written:], at + written
    return at


def _set_aside(path: Path) -> None:
    """Keep a journal that fits no more: another program has rewritten the mbox meanwhile."""
    aside = path.with_name(f"{path.name}.aside")
    path.replace(aside)
    _logger.error("another program has rewritten the mbox; what was to be done is in %s", aside)


def _remove(path: Path) -> None:
    path.unlink()
    _make_durable(path.parent)


def _make_durable(folder: Path) -> None:
    """Have the disk keep the names of a folder as they are now."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
