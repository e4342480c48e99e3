"""A POP3 server that knows nothing: the ceiling of what asyncio and uvloop can do here.

Decides nothing: no state, no password, no file once it runs. Every reply was put together before
the first client came. What a real server costs above this is what being a server costs.

    python -m benchmarks.canned PORT MAIL_DIRECTORY
"""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

import uvloop
from benchmarks.corpus import BIG, BIG_AS_ON_THE_WIRE, SMALL, Kind
from typing_extensions import override

GREETING = b"+OK canned\r\n"
OK = b"+OK\r\n"
ERROR = b"-ERR not canned\r\n"

Replies = Mapping[bytes, bytes]


def _on_the_wire(stored: bytes) -> bytes:
    return stored.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _multi_line(first: bytes, lines: Sequence[bytes]) -> bytes:
    return b"\r\n".join([first, *lines, b".", b""])


def replies_for(maildir: Path) -> Replies:
    """Put together what is answered to each command line over one Maildir."""
    paths = sorted((maildir / "cur").iterdir())
    texts = [_on_the_wire(path.read_bytes()) for path in paths]
    sizes = [len(text) for text in texts]
    numbered = list(enumerate(sizes, start=1))
    replies = {
        b"STAT": b"+OK %d %d\r\n" % (len(sizes), sum(sizes)),
        b"LIST": _multi_line(b"+OK", [b"%d %d" % pair for pair in numbered]),
        b"UIDL": _multi_line(b"+OK", [b"%d canned%d" % (n, n) for n, _ in numbered]),
        b"CAPA": _multi_line(b"+OK", [b"USER", b"UIDL", b"PIPELINING"]),
    }
    for number, text in enumerate(texts, start=1):
        stuffed = text.replace(b"\r\n.", b"\r\n..")
        replies[b"RETR %d" % number] = b"+OK %d octets\r\n%b.\r\n" % (len(text), stuffed)
    return replies


class Canned(asyncio.Protocol):
    """One client."""

    __slots__ = ("_replies", "_rest", "_sets", "_transport")

    def __init__(self, sets: Mapping[bytes, Replies]) -> None:
        """Answer from one set of replies, chosen by how the account's name begins."""
        self._sets = sets
        self._replies: Replies = {}
        self._rest = b""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        # asyncio gives a stream protocol a stream transport; its type cannot say so.
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(GREETING)

    @override
    def data_received(self, data: bytes) -> None:
        """Answer each line that is whole."""
        *lines, self._rest = (self._rest + data).split(b"\r\n")
        for line in lines:
            reply = self._replies.get(line)
            self._transport.write(self._other(line) if reply is None else reply)
            if line == b"QUIT":
                self._transport.close()

    def _other(self, line: bytes) -> bytes:
        if line.startswith(b"USER "):
            name = line[5:].rstrip(b"0123456789")
            self._replies = self._sets.get(name, {})
            return OK
        return OK if line == b"QUIT" or line.startswith(b"PASS ") else ERROR


async def _serve(port: int, sets: Mapping[bytes, Replies]) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Canned(sets), "127.0.0.1", port, backlog=1024)
    async with server:
        await server.serve_forever()


def main(port: str, mail: str) -> None:
    """Serve until killed."""
    kinds: Sequence[Kind] = (SMALL, BIG, BIG_AS_ON_THE_WIRE)
    sets = {
        kind.prefix.encode(): replies_for(Path(mail, f"{kind.prefix}0/Maildir")) for kind in kinds
    }
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(int(port), sets))


if __name__ == "__main__":
    main(*sys.argv[1:])
