"""Find a message's file again after another program has renamed it.

Decides what makes it the same message: the base of its name, which flags do not change, and its
inode, so that a different file of that name is never removed in its place. Refuses to open or to
remove it.
"""

import os
import time

from requite.pop3.maildrops.columns import Entry, base_of
from requite.pop3.maildrops.listing import places_in, settled, stamps_of

__all__ = ("Places",)


class Places:
    """Where the files of a Maildir stand, looked up once for many that have moved."""

    __slots__ = ("_directory", "_paths", "_settled", "_stamps")

    def __init__(self, directory: str) -> None:
        """List the folders as they are now."""
        began_ns = time.time_ns()
        self._directory = directory
        self._stamps = stamps_of(directory)
        self._settled = settled(self._stamps, at_ns=began_ns)
        self._paths: dict[str, list[str]] = {}
        for place in places_in(directory):
            self._paths.setdefault(base_of(place), []).append(f"{directory}/{place}")

    @property
    def current(self) -> bool:
        """Say whether nothing can have moved since."""
        return self._settled and stamps_of(self._directory) == self._stamps

    def path_of(self, entry: Entry) -> str | None:
        """Give the path of a message's file, or None if it has gone."""
        for path in self._paths.get(entry.base, ()):
            try:
                status = os.stat(path)  # noqa: PTH116  # Path.stat costs twice as much.
            except FileNotFoundError:
                continue
            if status.st_ino == entry.inode:
                return path
        return None
