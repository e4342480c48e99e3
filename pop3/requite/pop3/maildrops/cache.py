"""Keep the latest listing of each Maildir, so that a second log-in reads no message.

Decides which listings are kept: the ones used last, as long as the messages in them are not too
many. Refuses to decide whether a listing is still true; `listing.refreshed` looks at the disk.
"""

from collections import OrderedDict
from threading import Lock

from requite.pop3.maildrops.columns import Listing

__all__ = ("ListingCache",)


class ListingCache:
    """The latest listings by directory; used by the event loop and by executor threads."""

    def __init__(self, *, messages_max: int) -> None:
        """Begin empty.

        Args:
            messages_max: how many messages all kept listings may have together. A listing that has
                more than that alone is not kept.
        """
        self._messages_max = messages_max
        self._messages = 0
        self._listings: OrderedDict[str, Listing] = OrderedDict()
        self._lock = Lock()

    @property
    def messages(self) -> int:
        """Count the messages of all kept listings."""
        return self._messages

    def get(self, directory: str) -> Listing | None:
        """Give the latest listing of a directory."""
        with self._lock:
            listing = self._listings.get(directory)
            if listing is not None:
                self._listings.move_to_end(directory)
            return listing

    def put(self, directory: str, listing: Listing) -> None:
        """Keep a listing, and forget the ones that were used longest ago if need be."""
        with self._lock:
            self._drop(directory)
            self._listings[directory] = listing
            self._messages += len(listing)
            while self._messages > self._messages_max:
                self._drop(next(iter(self._listings)))

    def forget(self, directory: str) -> None:
        """Keep no listing of a directory."""
        with self._lock:
            self._drop(directory)

    def _drop(self, directory: str) -> None:
        """Drop one listing; the lock is held."""
        listing = self._listings.pop(directory, None)
        if listing is not None:
            self._messages -= len(listing)
