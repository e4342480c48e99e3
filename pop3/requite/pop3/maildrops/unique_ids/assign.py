"""Give each message of a listing an id of its own.

Decides what becomes of an id that RFC 1939 does not allow, and of one that two messages have.
Refuses to read lists, and to give another id to a message that has been told one.
"""

import hashlib
import os
import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import count
from typing import Final

from requite.pop3.maildrops.columns import Columns, base_of
from requite.pop3.maildrops.unique_ids.known import Known

__all__ = ("with_ids",)

UID: Final = re.compile(r"[!-~]{1,70}")  # RFC 1939 section 7.
DIGEST_OCTETS: Final = 16
DUPLICATES_MAX: Final = 10_000
"""So many messages of one id tell that the list is not worth more."""


def with_ids(
    columns: Columns,
    places: Container[str],
    known: Known,
    of_unknown: Callable[[str], str],
    told: Mapping[str, str],
) -> Columns:
    """Give the messages of some places ids; all others keep theirs.

    Args:
        columns: the messages.
        places: of which messages.
        known: what another server's list says.
        of_unknown: the id of a message that the list does not know.
        told: ids that clients have been told of messages by the bases of their names.
    """
    pending = [row for row, place in enumerate(columns.places) if place in places]
    others = dict(columns.other_ids)
    taken = set(map(columns.uid, set(range(len(columns))).difference(pending)))
    for row, choices in _in_order(columns, pending, known, of_unknown, told):
        uid = next(choice for choice in choices if choice not in taken)
        taken.add(uid)
        others.pop(row, None)
        if uid != base_of(columns.places[row]):
            others[row] = uid
    return replace(columns, other_ids=others)


def _in_order(
    columns: Columns,
    pending: Iterable[int],
    known: Known,
    of_unknown: Callable[[str], str],
    told: Mapping[str, str],
) -> Iterator[tuple[int, Iterator[str]]]:
    """Give rows with what they may be called: who was told, then the list's, then the others."""
    numbers: dict[str, int] = {}
    ranked: list[tuple[int, int]] = []
    unknown: list[int] = []
    for row in pending:
        base = base_of(columns.places[row])
        rank = known.rank(base)
        if base in told:
            yield row, _told(told[base], base)
        elif rank is None:
            unknown.append(row)
        else:
            ranked.append((rank, row))
    for rank, row in sorted(ranked):
        yield row, _listed(known.ids[rank], base_of(columns.places[row]), numbers)
    for row in unknown:
        base = base_of(columns.places[row])
        yield row, _told(of_unknown(base), base)


def _told(uid: str, base: str) -> Iterator[str]:
    """Give an id, and for a second message of it one that is made of its own name."""
    yield uid if UID.fullmatch(uid) else _digest(base)
    for number in count(1):
        yield _digest(f"{base}\0{number}")


def _listed(uid: str, base: str, numbers: dict[str, int]) -> Iterator[str]:
    """Give a list's id, and for a second message of it what Dovecot gives.

    `uidl_rename_duplicate` appends which message of that id it is. Courier's are never those of two
    messages.
    """
    if UID.fullmatch(uid):
        yield uid
        for number in range(numbers.get(uid, 2), DUPLICATES_MAX):
            numbers[uid] = number + 1
            if UID.fullmatch(f"{uid}-{number}"):
                yield f"{uid}-{number}"
    yield from _told(base, base)


def _digest(text: str) -> str:
    """Give an id for a name that cannot be one itself."""
    return hashlib.blake2b(os.fsencode(text), digest_size=DIGEST_OCTETS).hexdigest()
