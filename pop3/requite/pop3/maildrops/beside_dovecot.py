"""Maildrops that sessions of Dovecot's POP3 server stay out of, and that stay out of theirs.

Decides that both locks are held or neither is: the Maildir's own first, which keeps our processes
apart, then the file that Dovecot knows. Refuses to know how either is taken.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from requite.pop3.maildrops.lock import DirectoryLock
from requite.pop3.maildrops.maildir import MaildirMaildrop, MaildirMaildrops
from requite.pop3.maildrops.session_file import SessionFile, SessionFiles, holders_of
from requite.pop3.names import AccountName, MailboxName
from requite.pop3.services import Answer, Busy, Unusable

__all__ = ("BesideDovecot", "BothLocks")


class BothLocks:
    """The proof that a session holds a maildrop against Dovecot's sessions as well."""

    __slots__ = ("_directory", "_file")

    def __init__(self, directory: DirectoryLock, file: SessionFile) -> None:
        """Own both."""
        self._directory = directory
        self._file = file

    def release(self) -> None:
        """Let go of both, the file first: who then gets the directory finds none.

        Raises:
            InvariantBroken: it was released before.
        """
        try:
            self._file.release()
        finally:
            self._directory.release()


class BesideDovecot:
    """Maildirs whose sessions take Dovecot's session lock as well."""

    def __init__(self, maildrops: MaildirMaildrops, path_of: Callable[[MailboxName], Path]) -> None:
        """Serve what `maildrops` serves, which is closed with this.

        Args:
            maildrops: the Maildirs, with their own locks.
            path_of: where a mailbox's Maildir stands, as there.
        """
        self._maildrops = maildrops
        self._path_of = path_of
        self._files = SessionFiles()

    def lock(self, mailbox: MailboxName, /) -> BothLocks | Busy | Unusable:
        """Take both locks, or say who keeps us out, or that nobody can ever write there.

        Raises:
            OSError: the Maildir is missing, or its locks cannot be taken now.
        """
        lock = self._maildrops.lock(mailbox)
        if not isinstance(lock, DirectoryLock):
            return lock
        directory = self._path_of(mailbox)
        try:
            file = self._files.take(directory)
        except PermissionError as error:
            lock.release()
            return Unusable(f"{error.filename}: {error.strerror}; correct its owner or mode")
        except BaseException:
            lock.release()
            raise
        if file is None:
            lock.release()
            return Busy(partial(holders_of, directory))
        return BothLocks(lock, file)

    def open(
        self, mailbox: MailboxName, account: AccountName | None = None, /
    ) -> Answer[MaildirMaildrop]:
        """Take a snapshot of a maildrop whose locks are held."""
        return self._maildrops.open(mailbox, account)

    def close(self) -> None:
        """Let go of the threads; no session may follow."""
        self._files.close()
        self._maildrops.close()
