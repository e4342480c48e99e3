"""Serve mailboxes from mbox files, beside the programs that deliver to them and read them."""

from requite.pop3.maildrops.mbox._locks import LOCKS_BY_DEFAULT, MboxLock
from requite.pop3.maildrops.mbox._store import MboxContent, MboxMaildrop, MboxMaildrops

__all__ = ("LOCKS_BY_DEFAULT", "MboxContent", "MboxLock", "MboxMaildrop", "MboxMaildrops")
