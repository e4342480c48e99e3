"""How much of what was written the kernel still holds, because the client has not confirmed it.

Decides what a client is seen to take. Written octets leave this process long before they reach a
client, and in large steps: a socket is writable again only when a third of its buffer is free,
which a modem may need minutes for. Refuses to be called with each write: it costs a system call.
"""

import asyncio
import fcntl
import struct
import termios
from typing import Final

__all__ = ("octets_in_kernel",)

INT: Final = struct.Struct("i")


def octets_in_kernel(transport: asyncio.Transport) -> int:
    """Return the octets that the peer of a socket has not confirmed (tcp(7), SIOCOUTQ).

    Where the system does not say, it is 0: what the kernel has then counts as taken.
    """
    sock = transport.get_extra_info("socket")
    if sock is None or sock.fileno() < 0:
        return 0
    try:
        # Linux gives the two the same number; it is about the socket's queue in both cases.
        answer = fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, bytes(INT.size))
    except OSError:
        return 0
    (octets,) = INT.unpack(answer)
    return int(octets)
