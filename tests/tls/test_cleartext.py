"""What RFC 8314 and RFC 2595 ask of a server for the sake of privacy.

Decides that nothing is told in the clear that only TLS may know, and that TLS ends as it should.
Refuses to test how TLS begins, as `shell/test_transcripts_tls` does.
"""

import pytest

from requite.generated.pop3 import Event
from requite.pop3.shell import Settings
from running import PASSWORD, connected, run, running_server
from shell.tls_client import Blocking, certificates, talked
from shell.words import FIRST, LOGIN, both_loops, joined, plain

NEVER = Settings(plaintext_without_tls="never", refusal_s=0.0)
WAYS = {
    "USER and PASS": (b"USER alice", b"PASS %s"),
    "PLAIN": (b"AUTH PLAIN %s",),
    "LOGIN": (b"AUTH LOGIN " + plain(b"alice"), b"%s"),
}


@pytest.mark.rfc("8314-3.4-close")
@both_loops
@pytest.mark.parametrize("tls_first", [True, False], ids=["implicit TLS", "STLS"])
@pytest.mark.parametrize(
    "says", [(b"QUIT",), (*LOGIN, b"RETR 1", b"QUIT")], ids=["at once", "late"]
)
def test_a_farewell_ends_with_the_alert_of_tls(
    says: tuple[bytes, ...], loop: str, *, tls_first: bool
) -> None:
    """After QUIT a client can tell the end from an end that somebody else has made."""
    server_side, client_side = certificates()

    def talk(peer: Blocking) -> None:
        if not tls_first:
            peer.line()
            assert peer.ask(b"STLS").startswith(b"+OK")
        peer.socket = client_side.wrap_socket(
            peer.socket, server_hostname="127.0.0.1", suppress_ragged_eofs=False
        )
        peer.send(joined(*says))
        received = b""
        while data := peer.socket.recv(65_536):  # An end without the alert would be raised.
            received += data
        assert received.endswith(b"+OK Goodbye.\r\n")

    async def story() -> None:
        async with running_server(FIRST, tls=server_side, tls_first=tls_first) as running:
            await talked(running, talk)

    run(story(), loop=loop)


def written(line: bytes, password: bytes) -> bytes:
    """Put a password where a line has one, as the command writes it."""
    message = password if line.startswith(b"PASS") else plain(password)
    if line.startswith(b"AUTH PLAIN"):
        message = plain(b"\0alice\0" + password)
    return line.replace(b"%s", message)


@pytest.mark.rfc("8314-4.1-alike")
@both_loops
@pytest.mark.parametrize("way", WAYS)
def test_without_tls_right_and_wrong_passwords_are_answered_alike(way: str, loop: str) -> None:
    """Where a password may not travel, nothing tells in the clear whether it was right."""

    async def answers(password: bytes) -> list[bytes]:
        async with running_server(FIRST, settings=NEVER) as running, connected(running) as peer:
            told = [await peer.ask(written(line, password)) for line in WAYS[way]]
            assert Event.VERIFIED not in running.events
            assert Event.REJECTED not in running.events
            return told

    async def story() -> None:
        right, wrong = await answers(PASSWORD), await answers(b"wrong")
        assert right == wrong
        assert all(answer.startswith(b"-ERR") for answer in right)

    run(story(), loop=loop)


@pytest.mark.rfc("2595-2.2-private")
@both_loops
def test_a_server_of_pop_three_s_alone_is_private(loop: str) -> None:
    """Where nothing but implicit TLS is listened for, nobody logs in without it, however."""
    server_side, _ = certificates()

    async def story() -> None:
        async with running_server(FIRST, tls=server_side, tls_first=True) as running:
            async with connected(running, greeted=False) as peer:
                await peer.send(joined(*LOGIN, b"STAT"))
                said = await peer.rest()
                assert b"+OK" not in said
            await running.until_over()
            assert running.events[-1] is Event.TLS_FAILED

    run(story(), loop=loop)
