"""Keep a listing in a file beside its Maildir, so that a new process reads no message again.

Decides what the file looks like, when it is worth writing, and that it is believed only if it is
whole. It is never believed over the files: `listing` compares what it says with the folders, and
what it lacks is read. Losing it costs time and nothing else.
"""

import logging
import os
import sys
from array import array
from collections.abc import Mapping
from contextlib import suppress
from hashlib import blake2b
from itertools import count
from typing import Final

import msgspec

from requite.pop3.maildrops.columns import Columns, Listing, Stamps
from requite.pop3.maildrops.listing import FOLDERS

__all__ = ("INDEX_NAME", "is_worth_saving", "load_index", "remove_index", "save_index")

INDEX_NAME: Final = "requite-index"
"""Its name in the Maildir; no folder of Maildir++ has such a name, which would begin with a dot."""

UNFINISHED: Final = "tmp"
"""The folder of a Maildir for what is not finished."""

MAGIC: Final = b"requite index 1\n"
DIGEST_OCTETS: Final = 16
UNSAVED_MAX: Final = 50
"""So many messages may be read again after a restart: about 2 ms."""
UNSAVED_PART: Final = 50
"""Of a large maildrop, one message in so many may be read again, so that the file, of some 90
octets a message, is not written after each delivery."""
UNSAVED_IDS_PART: Final = 1_000
"""The same where the file keeps ids that nothing else does: of up to a thousand messages, none."""
FILE_OCTETS_MAX: Final = 1_073_741_824
"""Ten million messages; a larger file is none of ours."""

_logger = logging.getLogger(__name__)
_numbers = count()


class _Stored(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The columns of a listing as they are written; each array in the byte order of the machine."""

    byte_order: str
    stamps: tuple[tuple[int, int], ...]
    names_trusted: bool
    names: bytes
    """The names of the files, without their folders, each with a NUL after it."""
    folders: bytes
    """For each file the number of its folder."""
    inodes: bytes
    stored_octets: bytes
    mtimes_ns: bytes
    octets: bytes
    sent_as_stored: bytes
    other_ids: Mapping[int, str]
    ids_given_by: str = ""


def is_worth_saving(listing: Listing) -> bool:
    """Say whether so many messages would have to be read again that the file is to be written.

    Where ids come from a list, what clients have been told cannot be made up again from names if
    another program goes on with that list, so that far fewer messages may be missing.
    """
    if listing.ids_given_by:
        return listing.unsaved > len(listing) // UNSAVED_IDS_PART
    return listing.unsaved >= max(UNSAVED_MAX, len(listing) // UNSAVED_PART)


def load_index(directory: str, *, octets_max: int = FILE_OCTETS_MAX) -> Listing | None:
    """Read the file of a Maildir, or give None if there is none, or none that is whole.

    Args:
        directory: the Maildir.
        octets_max: give None for a larger file.
    """
    path = f"{directory}/{INDEX_NAME}"
    try:
        octets = _read(path, octets_max)
        return None if octets is None else _listing(octets)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        _logger.warning("%r is built anew, because it cannot be used: %s", path, error)
        return None


def _read(path: str, octets_max: int) -> bytes | None:
    """Read a file that is not too large.

    Whoever owns the Maildir may have put a pipe there: opening it does not wait for a writer, and
    its size is nought.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    # Not by `open`, which refuses a directory and then leaves its descriptor open.
    try:
        size_octets = os.fstat(descriptor).st_size
        return os.read(descriptor, size_octets) if size_octets <= octets_max else None
    finally:
        os.close(descriptor)


def save_index(directory: str, listing: Listing) -> bool:
    """Write the file of a Maildir, whole or not at all; say whether that went well.

    What a crash leaves unfinished is cleared away by whoever clears `tmp` away (maildir(5)).
    """
    number = next(_numbers)
    unfinished = f"{directory}/{UNFINISHED}/{INDEX_NAME}.{os.getpid()}.{number}"
    try:
        try:
            descriptor = os.open(
                unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600
            )
            with open(descriptor, "wb") as file:  # noqa: PTH123  # It is a descriptor.
                file.write(_octets(listing))
            os.replace(unfinished, f"{directory}/{INDEX_NAME}")  # noqa: PTH105  # Texts, as above.
        except BaseException:
            _remove(unfinished)
            raise
    except OSError as error:
        reason = error.strerror
        _logger.warning("a listing of %r is not kept over a restart: %s", directory, reason)
        return False
    return True


def remove_index(directory: str) -> None:
    """Remove the file of a Maildir that has been found to say what is not so."""
    _remove(f"{directory}/{INDEX_NAME}")


def _remove(path: str) -> None:
    with suppress(OSError):  # It is not there, or it will be found wrong again.
        os.unlink(path)  # noqa: PTH108  # A text, as everywhere here.


def _octets(listing: Listing) -> bytes:
    columns = listing.columns
    folders, names = [], []
    for place in columns.places:
        folder, _, name = place.partition("/")
        folders.append(FOLDERS.index(folder))
        names.append(name)
    encoded = msgspec.msgpack.encode(
        _Stored(
            byte_order=sys.byteorder,
            stamps=listing.stamps.of_each,
            names_trusted=listing.names_trusted,
            names=os.fsencode("".join(f"{name}\0" for name in names)),
            folders=bytes(folders),
            inodes=columns.inodes.tobytes(),
            stored_octets=columns.stored_octets.tobytes(),
            mtimes_ns=columns.mtimes_ns.tobytes(),
            octets=columns.octets.tobytes(),
            sent_as_stored=columns.sent_as_stored,
            other_ids=columns.other_ids,
            ids_given_by=listing.ids_given_by,
        )
    )
    return MAGIC + _digest(encoded) + encoded


def _listing(octets: bytes) -> Listing:
    """Read a listing.

    Raises:
        ValueError: the octets are none.
    """
    begin = len(MAGIC) + DIGEST_OCTETS
    if octets[: len(MAGIC)] != MAGIC:
        raise ValueError("it does not begin as an index of this version does")
    if octets[len(MAGIC) : begin] != _digest(memoryview(octets)[begin:]):
        raise ValueError("it is damaged")
    stored = msgspec.msgpack.decode(memoryview(octets)[begin:], type=_Stored)
    if stored.byte_order != sys.byteorder:
        raise ValueError("it was written by a machine of another byte order")
    columns = Columns(
        places=_places(stored),
        inodes=array("Q", stored.inodes),
        stored_octets=array("Q", stored.stored_octets),
        mtimes_ns=array("q", stored.mtimes_ns),
        octets=array("Q", stored.octets),
        sent_as_stored=stored.sent_as_stored,
        other_ids=stored.other_ids,
    )
    if {len(columns)} != {*map(len, columns.of_each)}:
        raise ValueError("its columns are of different lengths")
    return Listing(
        columns,
        Stamps(stored.stamps),
        stored.names_trusted,
        ids_given_by=stored.ids_given_by,
    )


def _places(stored: _Stored) -> list[str]:
    """Give the places of the files; no name leads out of the Maildir, whoever wrote it."""
    text = os.fsdecode(stored.names)
    names = text.split("\0")
    if names.pop() or "/" in text or text.startswith(".") or "\0." in text:
        raise ValueError("it names what is no file of a Maildir")
    if not {*stored.folders} <= {*range(len(FOLDERS))}:
        raise ValueError("it names what is no folder of a Maildir")
    begins = [f"{folder}/" for folder in FOLDERS]
    return [begins[folder] + name for folder, name in zip(stored.folders, names, strict=True)]


def _digest(octets: bytes | memoryview) -> bytes:
    return blake2b(octets, digest_size=DIGEST_OCTETS).digest()
