"""A Maildir at one moment, kept in columns.

Decides how a listing is kept: a hundred thousand messages are a few arrays and one list of names,
and an object for a message is made when somebody asks for it. Refuses to look at a disk (`listing`
does), and to be written to a file (`index` does).
"""

import os
from abc import abstractmethod
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass, field, replace
from itertools import accumulate, chain
from typing import NamedTuple, TypeVar, overload

from requite.pop3.services import Message

__all__ = ("Columns", "Entries", "Entry", "Listing", "Messages", "Stamps", "base_of")

T_co = TypeVar("T_co", covariant=True)


def base_of(place: str) -> str:
    """Give the part of a file's name that stays when its folder and flags change.

    Example:
        >>> base_of("cur/1700000000.M1P2.host,S=120:2,RS")
        '1700000000.M1P2.host,S=120'
    """
    return place.partition("/")[2].partition(":2,")[0]


class Entry(NamedTuple):
    """One message's file, as it was found and measured."""

    place: str
    """Its folder and its name: ``cur/1700000000.M1P2.host:2,S``."""
    inode: int
    stored_octets: int
    mtime_ns: int
    message: Message
    sent_as_stored: bool = False
    """Every line is stored with CRLF and none begins with a dot: RETR sends it as it is."""

    @property
    def base(self) -> str:
        """The part of its name that stays when flags change."""
        return base_of(self.place)

    def measures(self, status: os.stat_result) -> bool:
        """Say whether the file is still the one that was measured."""
        return (
            status.st_mtime_ns == self.mtime_ns
            and status.st_size == self.stored_octets
            and status.st_ino == self.inode
        )


@dataclass(frozen=True, slots=True)
class Stamps:
    """What shows that a folder's names have changed: inode and time of each."""

    of_each: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """What is known of each message's file, one row a message, in the order of delivery."""

    places: Sequence[str]
    inodes: "array[int]"
    stored_octets: "array[int]"
    mtimes_ns: "array[int]"
    octets: "array[int]"
    sent_as_stored: bytes
    """A 1 for each message that RETR sends as it is stored, and a 0 for each other."""
    other_ids: Mapping[int, str] = field(default_factory=dict)
    """The unique ids of the rows whose id is not the base of their name."""

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> "Columns":
        """Turn rows into columns."""
        return cls(
            places=[entry.place for entry in entries],
            inodes=array("Q", [entry.inode for entry in entries]),
            stored_octets=array("Q", [entry.stored_octets for entry in entries]),
            mtimes_ns=array("q", [entry.mtime_ns for entry in entries]),
            octets=array("Q", [entry.message.octets for entry in entries]),
            sent_as_stored=bytes(entry.sent_as_stored for entry in entries),
            other_ids={
                row: entry.message.uid
                for row, entry in enumerate(entries)
                if entry.message.uid != entry.base
            },
        )

    @classmethod
    def joined(cls, parts: Sequence["Columns"]) -> "Columns":
        """Append parts to each other."""
        begins = accumulate(map(len, parts), initial=0)
        return cls(
            places=[*chain.from_iterable(part.places for part in parts)],
            inodes=_joined("Q", (part.inodes for part in parts)),
            stored_octets=_joined("Q", (part.stored_octets for part in parts)),
            mtimes_ns=_joined("q", (part.mtimes_ns for part in parts)),
            octets=_joined("Q", (part.octets for part in parts)),
            sent_as_stored=b"".join(part.sent_as_stored for part in parts),
            other_ids={
                begin + row: uid
                for begin, part in zip(begins, parts, strict=False)
                for row, uid in part.other_ids.items()
            },
        )

    def __len__(self) -> int:
        return len(self.places)

    @property
    def of_each(self) -> tuple[Sized, ...]:
        """The columns that have a value in each row."""
        return (
            self.places,
            self.inodes,
            self.stored_octets,
            self.mtimes_ns,
            self.octets,
            self.sent_as_stored,
        )

    def picked(self, rows: Sequence[int], places: Sequence[str]) -> "Columns":
        """Give some of the rows, in their order, each with the place where its file is now."""
        if len(rows) == len(self):
            return replace(self, places=places)
        row_before = {before: row for row, before in enumerate(rows)}
        return Columns(
            places=places,
            inodes=_picked(self.inodes, rows),
            stored_octets=_picked(self.stored_octets, rows),
            mtimes_ns=_picked(self.mtimes_ns, rows),
            octets=_picked(self.octets, rows),
            sent_as_stored=bytes(map(self.sent_as_stored.__getitem__, rows)),
            other_ids={
                row_before[before]: uid
                for before, uid in self.other_ids.items()
                if before in row_before
            },
        )

    def uid(self, row: int) -> str:
        """Give the unique id of one message."""
        return self.other_ids.get(row) or base_of(self.places[row])

    def entry(self, row: int) -> Entry:
        """Give one row."""
        return Entry(
            place=self.places[row],
            inode=self.inodes[row],
            stored_octets=self.stored_octets[row],
            mtime_ns=self.mtimes_ns[row],
            message=Message(self.octets[row], self.uid(row)),
            sent_as_stored=bool(self.sent_as_stored[row]),
        )


def _picked(column: "array[int]", rows: Sequence[int]) -> "array[int]":
    return array(column.typecode, map(column.__getitem__, rows))


def _joined(typecode: str, columns: Iterable["array[int]"]) -> "array[int]":
    whole = array(typecode)
    for column in columns:
        whole.extend(column)
    return whole


class _Rows(Sequence[T_co]):
    """What stands in columns, seen as a sequence."""

    __slots__ = ("_columns",)

    def __init__(self, columns: Columns) -> None:
        self._columns = columns

    def __len__(self) -> int:
        return len(self._columns)

    @abstractmethod
    def _row(self, row: int) -> T_co:
        """Give one row."""

    @overload
    def __getitem__(self, at: int) -> T_co: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[T_co]: ...

    def __getitem__(self, at: int | slice) -> T_co | Sequence[T_co]:
        if isinstance(at, slice):
            return [self._row(row) for row in range(*at.indices(len(self)))]
        return self._row(range(len(self))[at])

    def __iter__(self) -> Iterator[T_co]:
        return map(self._row, range(len(self)))


class Entries(_Rows[Entry]):
    """The files of a listing."""

    __slots__ = ()

    def _row(self, row: int) -> Entry:
        return self._columns.entry(row)


class Messages(_Rows[Message]):
    """The messages of a listing."""

    __slots__ = ()

    def _row(self, row: int) -> Message:
        return Message(self._columns.octets[row], self._columns.uid(row))


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """A Maildir at one moment. Sessions share it: nothing in it ever changes."""

    columns: Columns
    stamps: Stamps
    names_trusted: bool
    """While the stamps stay, the names do: the folders had settled and nothing was skipped."""
    unsaved: int = 0
    """How many of its messages an index on the disk would save from being read again."""
    ids_given_by: str = ""
    """What gave its unique ids (`unique_ids`); empty is the names of the files."""
    skipped: Mapping[str, str] = field(default_factory=dict)
    """The places of what cannot be read, each with the reason that has been told."""
    octets: int = field(init=False)
    """What all messages have together."""

    def __post_init__(self) -> None:
        """Add up once what every session asks for."""
        object.__setattr__(self, "octets", sum(self.columns.octets))

    def __len__(self) -> int:
        return len(self.columns)

    @property
    def entries(self) -> Entries:
        """The files, in the order of delivery."""
        return Entries(self.columns)

    @property
    def messages(self) -> Messages:
        """The messages, in the order of delivery."""
        return Messages(self.columns)
