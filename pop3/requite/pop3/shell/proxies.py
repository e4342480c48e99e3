"""The proxies whose word is taken for who the client is.

Decides who is one, and how often the log tells of others. Refuses to read what a proxy says
(`wire.proxy`), and to decide what becomes of the others: that is a row of the declaration.
"""

import logging
from collections.abc import Sequence
from typing import Final

from requite.pop3.shell.address import Address, Network
from requite.pop3.shell.surroundings import Clock

__all__ = ("Proxies",)

logger = logging.getLogger("requite.pop3")
WARNING_EVERY_S: Final = 60.0
"""A flood of strangers costs a line a minute."""


class Proxies:
    """The networks of the proxies that are trusted.

    Args:
        trusted: the networks.
        clock: time, for the log.
    """

    __slots__ = ("_clock", "_quiet_until", "_trusted", "_untold")

    def __init__(self, trusted: Sequence[Network], clock: Clock) -> None:
        self._trusted = tuple(trusted)
        self._clock = clock
        self._quiet_until = 0.0
        self._untold = 0

    def trusts(self, address: Address) -> bool:
        """Say whether an address is that of a proxy."""
        return any(address in network for network in self._trusted)

    def warn_of(self, address: Address) -> None:
        """Log that a stranger is dropped, now and then, with how many there were since."""
        now = self._clock.time()
        if now < self._quiet_until:
            self._untold += 1
            return
        logger.warning(
            "%s is dropped: it is in no network of [proxy] trusted, and connects where proxies do. "
            "Since the last warning so were %d others.",
            address,
            self._untold,
        )
        self._quiet_until = now + WARNING_EVERY_S
        self._untold = 0
