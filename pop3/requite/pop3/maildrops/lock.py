"""Lock a Maildir by `flock` on its own directory.

Decides how a maildrop is held against other processes and against other sessions of this one: no
lock file, so there is none to forget, and the kernel lets go of what a killed process held.
Refuses to decide who may ask, or whether to wait: an answer is given at once.
"""

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from requite.pop3.errors import InvariantBroken
from requite.pop3.maildrops.holders import flock_holders
from requite.pop3.services import Busy

__all__ = ("DirectoryLock", "lock_directory")


class DirectoryLock:
    """The proof that a session holds a maildrop: a descriptor whose closing is the release."""

    __slots__ = ("_descriptor",)

    def __init__(self, descriptor: int) -> None:
        """Own a descriptor that is locked already."""
        self._descriptor: int | None = descriptor

    def release(self) -> None:
        """Let go, at once and without fail.

        Raises:
            InvariantBroken: it was released before. A descriptor is never closed twice, because the
                second time it may be another session's.
        """
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            raise InvariantBroken("a maildrop's lock was released twice")
        with suppress(OSError):  # Linux closes the descriptor whatever close() answers.
            os.close(descriptor)


def lock_directory(directory: Path, *, exclusive: bool) -> DirectoryLock | Busy:
    """Lock a directory, or say that somebody else holds it.

    Raises:
        OSError: the directory is missing or cannot be locked.
    """
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        mode = fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH
        fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return Busy(lambda: flock_holders(directory))
    except BaseException:
        os.close(descriptor)
        raise
    return DirectoryLock(descriptor)
