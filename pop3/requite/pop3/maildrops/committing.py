"""Do at QUIT what the policy of a Maildir says with what was deleted, and with what is old.

Decides which messages go, which are hidden, which stay, and how many the client is told of. Refuses
to decide when: a commit is asked for, and waits for the disk in a thread.
"""

import logging
import re
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from requite.pop3.maildrops.columns import Columns, Entry, Listing
from requite.pop3.maildrops.deletions import DeletePolicy, Deletion, Deletions
from requite.pop3.maildrops.listing import TooMuch
from requite.pop3.maildrops.marking import mark_seen
from requite.pop3.maildrops.removal import Removal
from requite.pop3.maildrops.views import View
from requite.pop3.names import AccountName, MailboxName

__all__ = ("Committing", "Sight")

SECONDS: Final = re.compile(r"(?:new|cur)/([0-9]{1,12})\b")
"""The time of delivery leads the name of a message (maildir(5))."""
SECOND_NS: Final = 1_000_000_000

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """What one account sees of a Maildir."""

    seen: Listing
    """The messages that it sees."""
    whole: Listing
    """All messages."""
    gone: frozenset[str] = frozenset()
    """The ids of what it has hidden and is no longer there."""

    @classmethod
    def of(
        cls, whole: Listing, hidden: frozenset[str], *, messages_max: int | None = None
    ) -> "Sight":
        """Leave out what is hidden.

        Args:
            whole: all messages, listed after it was looked up what is hidden.
            hidden: the ids of what the account has deleted for itself.
            messages_max: give up on more messages, where any is hidden.

        Raises:
            TooMuch: it takes longer than that.
        """
        if not hidden:
            return cls(whole, whole)
        if messages_max is not None and len(whole) > messages_max:
            raise TooMuch
        columns = whole.columns
        uids = list(map(columns.uid, range(len(columns))))
        rows = [row for row, uid in enumerate(uids) if uid not in hidden]
        picked = columns.picked(rows, [columns.places[row] for row in rows])
        # What stands in a folder that is still changing, or cannot be read, may be there unseen.
        gone = hidden.difference(uids) if whole.names_trusted else frozenset[str]()
        return cls(replace(whole, columns=picked), whole, gone)


@dataclass(frozen=True, slots=True)
class Committing:
    """What a commit does in one Maildir, and whom it concerns."""

    directory: str
    """The Maildir."""
    policy: DeletePolicy
    deletions: Deletions
    view: View | None
    """What the account that looks has hidden; None where everybody sees the same."""
    maildir: str = ""
    """What it is a folder of, if it is one."""

    @classmethod
    def of(
        cls,
        directory: str,
        mailbox: MailboxName,
        account: AccountName,
        deletions: Deletions,
        *,
        maildir: str = "",
    ) -> "Committing":
        """Look up the policy of a mailbox."""
        policy = deletions.policy_of(mailbox)
        hides = policy.deletion is Deletion.HIDE
        view = View(directory, account) if hides else None
        return cls(directory, policy, deletions, view, maildir)

    @property
    def deletable(self) -> bool:
        """Whether a message may be marked as deleted at all."""
        return self.policy.deletion is not Deletion.NEVER

    def hidden(self, *, octets_max: int | None = None) -> frozenset[str]:
        """Give the ids of what the account has deleted for itself.

        This is looked up before the messages are listed: what has been hidden by then has been
        there by then, so that it has gone if a listing after it lacks it.

        Args:
            octets_max: give up on a larger file.

        Raises:
            TooMuch: it takes longer than that.
            OSError: what is hidden cannot be known now.
        """
        return frozenset() if self.view is None else self.view.hidden(octets_max=octets_max)

    def commit(self, entries: Sequence[Entry], sight: Sight, seen: Sequence[Entry] = ()) -> int:
        """Do it, and say how many of the messages that were deleted are still there.

        Args:
            entries: what was deleted.
            sight: what the account saw when the maildrop was opened.
            seen: what is marked as seen, of what is still there then.

        Raises:
            OSError: what was deleted may come back after a crash of the machine.
        """
        kept = self._delete(entries, sight.gone) if entries else 0
        if self.deletions.retention_days:
            self._remove_old(entries, sight.whole.columns)
        if seen:
            mark_seen(self.directory, seen, fsync=self.deletions.fsync)
        return kept

    def _delete(self, entries: Sequence[Entry], gone: Collection[str]) -> int:
        if not self.deletable:
            return len(entries)
        if self.view is None:
            return self._removal.of(entries)
        uids = [entry.message.uid for entry in entries]
        try:
            self.view.hide(uids, gone=gone, fsync=self.deletions.fsync)
        except OSError as error:
            _logger.error(  # noqa: TRY400  # The cause is the disk's, not a place in our code.
                "could not hide messages of %r from %r: %s",
                *(self.directory, self.view.account, error.strerror),
            )
            return len(entries)
        return 0

    @property
    def _removal(self) -> Removal:
        return Removal(self.directory, self.policy.folder, self.deletions.fsync, self.maildir)

    def _remove_old(self, deleted: Sequence[Entry], columns: Columns) -> None:
        """Remove what has been there for long enough; whoever asked for the commit is not told."""
        already = {entry.inode for entry in deleted}
        old = [entry for entry in self._old(columns) if entry.inode not in already]
        if not old:
            return
        try:
            kept = self._removal.of(old)
        except OSError as error:
            kept = 0
            _logger.error(  # noqa: TRY400  # As above.
                "old messages of %r may come back: %s", self.directory, error.strerror
            )
        _logger.info(
            "removed %d messages of %r that were older than %d days",
            *(len(old) - kept, self.directory, self.deletions.retention_days),
        )

    def _old(self, columns: Columns) -> Iterator[Entry]:
        now_s = time.time()
        for row, mtime_ns in enumerate(columns.mtimes_ns):
            # First what costs nothing: a file that is young is not old by its name either.
            if self.deletions.is_old(mtime_ns / SECOND_NS, now_s=now_s):
                named = SECONDS.match(columns.places[row])
                if named is None or self.deletions.is_old(float(named[1]), now_s=now_s):
                    yield columns.entry(row)
