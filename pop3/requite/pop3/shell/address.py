"""Read a client's address as the ledger counts it.

Decides that a client which comes by IPv4 is the same one on a socket of either family. Refuses to
decide how many sessions an address may hold, and whether it is the client's own: a proxy's address
is a proxy's.
"""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final, TypeAlias

__all__ = ("NOT_YET_KNOWN", "Address", "read_address")

Address: TypeAlias = IPv4Address | IPv6Address

NOT_YET_KNOWN: Final = IPv4Address(0)
"""The address of a client that has not connected."""

ADDRESSES_CACHED_MAX: Final = 4_096
"""As many as there may be sessions by default. Clients come again, and to read an address costs
more than to count a session under it."""


@lru_cache(maxsize=ADDRESSES_CACHED_MAX)
def read_address(host: str) -> Address:
    """Read an address as a socket names it; one that is mapped into IPv6 is the IPv4 address.

    Example:
        >>> read_address("::ffff:192.0.2.1")
        IPv4Address('192.0.2.1')
        >>> read_address("fe80::1%eth0")
        IPv6Address('fe80::1')
    """
    address = ip_address(host.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
