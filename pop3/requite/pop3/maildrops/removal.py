"""Take messages out of a Maildir: remove their files, or move them to a folder.

Decides that each file is taken wholly or not at all, is still the one that was seen, and never
takes the place of another. Refuses to decide which messages go, and what a client is told.
"""

import logging
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import chain
from typing import Final, TypeAlias

from requite.pop3.maildrops.columns import Entry
from requite.pop3.maildrops.listing import FOLDERS
from requite.pop3.maildrops.places import Places
from requite.pop3.maildrops.renaming import rename_to_a_free_name

__all__ = ("SEARCHES_MAX", "Removal", "make_durable")

SEARCHES_MAX: Final = 3
"""How often to look again for files that another program renames while we read or remove them."""
FAILURES_TOLD_MAX: Final = 10
"""So many files that cannot be taken out are named, because a read-only disk may have thousands."""
NAMES_MAX: Final = 100
"""So many files of one name in a folder are stepped aside from; more are a fault of somebody."""
FOLDER_MARK: Final = "maildirfolder"
"""An empty file in each folder of Maildir++, so that programs know that it is one (Courier's
maildirmake(1) makes it, and Dovecot does)."""

_logger = logging.getLogger(__name__)


class _Outcome(Enum):
    """What became of a file that was to be taken out."""

    REMOVED = auto()
    MISSED = auto()
    FAILED = auto()


_Sought: TypeAlias = list[tuple[Entry, str | None]]
"""Messages that are to go, each with the path where it was seen last, if it was."""


@dataclass(frozen=True, slots=True)
class Removal:
    """How messages leave one Maildir."""

    directory: str
    """The Maildir."""
    folder: str = ""
    """Where files are moved, a folder of Maildir++ without its first dot; they are removed where
    there is none."""
    fsync: bool = True
    """Wait until the disk has it."""
    maildir: str = ""
    """Where the folder is, if the directory is a folder itself: no program looks for folders in a
    folder (Maildir++)."""

    def of(self, entries: Sequence[Entry]) -> int:
        """Take messages out, and say how many are still there; who was gone already is not.

        Raises:
            OSError: what was taken out may come back after a crash of the machine.
        """
        if self.folder and not self._has_folder():
            return len(entries)
        kept = self._taken_out(entries)
        if self.fsync:
            self._wait_for_the_disk()
        return kept

    def _taken_out(self, entries: Sequence[Entry]) -> int:
        """Take files where they were seen, and those that have moved where they are now."""
        pending: _Sought = [(entry, f"{self.directory}/{entry.place}") for entry in entries]
        failures = 0
        for _ in range(SEARCHES_MAX):
            missed: list[Entry] = []
            for entry, path in pending:
                tells = failures < FAILURES_TOLD_MAX
                outcome = self._take(path, inode=entry.inode, tells=tells)
                failures += outcome is _Outcome.FAILED
                if outcome is _Outcome.MISSED:
                    missed.append(entry)
            pending = self._search(missed)
        kept = [path for _, path in pending if path is not None]
        for path in kept:
            _logger.error("could not remove %r: it was renamed each time it was found", path)
        if failures > FAILURES_TOLD_MAX:
            more = failures - FAILURES_TOLD_MAX
            _logger.error("could not remove %d more files of %r", more, self.directory)
        return failures + len(kept)

    def _search(self, missed: Sequence[Entry]) -> _Sought:
        """Look where files are now; the folders are listed once for all, and not for none."""
        if not missed:
            return []
        places = Places(self.directory)
        return [(entry, places.path_of(entry)) for entry in missed]

    def _take(self, path: str | None, *, inode: int, tells: bool) -> _Outcome:
        """Take one file out if it is still the one that was seen; log why if that fails.

        No call does so only if a name still belongs to an inode, so what comes over the name
        between the two calls is taken: that leaves microseconds instead of a whole session.
        """
        if path is None:
            return _Outcome.MISSED
        try:
            if os.stat(path).st_ino != inode:  # noqa: PTH116  # Path.stat costs twice as much.
                return _Outcome.MISSED
            self._remove(path)
        except FileNotFoundError:
            return _Outcome.MISSED
        except OSError as error:
            # No traceback: the cause is the disk's, not a place in our code.
            if tells:
                _logger.error("could not remove %r: %s", path, error.strerror)  # noqa: TRY400
            return _Outcome.FAILED
        return _Outcome.REMOVED

    def _remove(self, path: str) -> None:
        if not self.folder:
            os.unlink(path)  # noqa: PTH108  # A Path for each of many files costs more.
            return
        _, folder, name = path.rsplit("/", 2)
        for number in range(NAMES_MAX):
            target = f"{self._folder_path}/{folder}/{_another_name(name, number)}"
            try:
                rename_to_a_free_name(path, target)
            except FileExistsError:
                continue
            return
        raise FileExistsError(17, f"{NAMES_MAX} files of its name are in {self._folder_path}")

    @property
    def _folder_path(self) -> str:
        return f"{self._root}/.{self.folder}"

    @property
    def _root(self) -> str:
        return self.maildir or self.directory

    def _has_folder(self) -> bool:
        """Make the folder that messages move to where it is missing, and say whether it is there.

        Its mode is the Maildir's, so that whoever reads the one reads the other.
        """
        try:
            mode = stat.S_IMODE(os.stat(self._root).st_mode)  # noqa: PTH116  # A text.
            for part in ("tmp", *FOLDERS):
                # makedirs() gives its mode to the last directory alone.
                os.makedirs(self._folder_path, mode=mode, exist_ok=True)  # noqa: PTH103
                os.makedirs(f"{self._folder_path}/{part}", mode=mode, exist_ok=True)  # noqa: PTH103
            mark = f"{self._folder_path}/{FOLDER_MARK}"
            os.close(os.open(mark, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, mode & 0o666))
        except OSError as error:
            _logger.error(  # noqa: TRY400  # As in `_take`.
                "no message can be moved to %r: %s", self._folder_path, error.strerror
            )
            return False
        return True

    def _wait_for_the_disk(self) -> None:
        """Have the disk keep what was done: first where messages are now, then where they were."""
        moved_to: tuple[str, ...] = ()
        if self.folder:
            folders = (f"{self._folder_path}/{folder}" for folder in FOLDERS)
            moved_to = (*folders, self._folder_path, self._root)
        for path in chain(moved_to, (f"{self.directory}/{folder}" for folder in FOLDERS)):
            make_durable(path)


def make_durable(folder_path: str) -> None:
    """Have the disk keep which names a folder has.

    Raises:
        OSError: the disk does not take it.
    """
    try:
        descriptor = os.open(folder_path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError:
        return  # A folder that is gone holds nothing that could come back.
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _another_name(name: str, number: int) -> str:
    """Give a name that is free, sooner or later; sizes and flags stay what they are.

    Example:
        >>> _another_name("1.M2P3.host,S=5:2,S", 0), _another_name("1.M2P3.host,S=5:2,S", 2)
        ('1.M2P3.host,S=5:2,S', '1.M2P3.host_2,S=5:2,S')
    """
    if not number:
        return name
    end = min((at for mark in ",:" if (at := name.find(mark)) >= 0), default=len(name))
    return f"{name[:end]}_{number}{name[end:]}"
