"""Introspection and keys over HTTP, at an issuer on this machine.

Decides what is sent, what each answer means, and what is no answer. Refuses to test the claims.
"""

import asyncio
import json
import ssl
from collections.abc import Mapping
from pathlib import Path

import pytest
import trustme

from oauth.issuer import CLIENT, SECRET, Issuer, jwk, nobody
from requite.pop3.names import AccountName
from requite.pop3.oauth.claims import Demands
from requite.pop3.oauth.introspection import IntrospectedTokens
from requite.pop3.oauth.web import ANSWER_OCTETS_MAX, Web, WebError
from requite.pop3.services import TokenFault, TokenRejected
from running import run
from shell.words import both_loops

TOKEN = "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="
DEMANDS = Demands(account_claim="username", scope="mail")
ALICE: dict[str, object] = {"username": "alice", "scope": "mail"}
NOW = 1_000.0


def asked(
    issuer: Issuer, *, secret: str = SECRET, answer_s: float = 5.0, loop: str = "asyncio"
) -> AccountName | TokenRejected:
    """Ask about one token."""

    async def story() -> AccountName | TokenRejected:
        tokens = IntrospectedTokens(
            DEMANDS,
            Web(answer_s=answer_s),
            f"{issuer.url}/introspect",
            client=CLIENT,
            secret=secret,
            seconds=lambda: NOW,
        )
        try:
            return await tokens.account_of(TOKEN)
        finally:
            await asyncio.to_thread(issuer.settle)

    return run(story(), loop=loop)


@both_loops
@pytest.mark.rfc("7662-2.1-post", "7662-2.1-client", "7662-2.1-hint")
def test_an_active_token_is_its_owners(issuer: Issuer, loop: str) -> None:
    """The token is sent in a form, with the credentials of this server, and the answer read."""
    issuer.active[TOKEN] = ALICE

    assert asked(issuer, loop=loop) == "alice"
    assert issuer.asked == ["/introspect"]
    assert issuer.refused_clients == 0


@pytest.mark.rfc("7662-4-expired")
def test_every_login_is_a_question(issuer: Issuer) -> None:
    """Nothing is kept: what was good is asked about again, and what is told then holds."""
    issuer.active[TOKEN] = {**ALICE, "exp": NOW + 600}

    async def story() -> list[AccountName | TokenRejected]:
        tokens = IntrospectedTokens(
            DEMANDS,
            Web(answer_s=5.0),
            f"{issuer.url}/introspect",
            client=CLIENT,
            secret=SECRET,
            seconds=lambda: NOW,
        )
        try:
            before = await tokens.account_of(TOKEN)
            del issuer.active[TOKEN]
            return [before, await tokens.account_of(TOKEN)]
        finally:
            await asyncio.to_thread(issuer.settle)

    before, after = run(story())
    assert before == "alice"
    assert isinstance(after, TokenRejected)
    assert issuer.asked == ["/introspect"] * 2


def test_the_credentials_are_those_that_were_given(issuer: Issuer) -> None:
    """The canary of the test before: another secret is seen."""
    asked(issuer, secret="another")

    assert issuer.refused_clients == 1


@pytest.mark.rfc("7662-2.2-active")
def test_a_token_that_is_not_active_is_refused(issuer: Issuer) -> None:
    """Whatever else is said of it."""
    issuer.body = json.dumps({"active": False, **ALICE}).encode()
    found = asked(issuer)

    assert isinstance(found, TokenRejected)
    assert found.fault is TokenFault.INVALID


@pytest.mark.rfc("7662-2.2-times")
@pytest.mark.parametrize("changes", [{"exp": 1_000}, {"nbf": 1_000.5}, {"username": None}])
def test_an_answer_that_forbids_it_is_obeyed(issuer: Issuer, changes: Mapping[str, object]) -> None:
    """An issuer that calls a token active whose time is over is not believed."""
    issuer.active[TOKEN] = {**ALICE, **changes}

    assert isinstance(asked(issuer), TokenRejected)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b"\xff",
        b'{"active": 1}',
        b'{"active": "true"}',
        b'{"active": null}',
        b"[" * 100_000,
        b"<html>",
    ],
    ids=lambda body: repr(body[:20]),
)
def test_an_answer_that_cannot_be_read_is_none(issuer: Issuer, body: bytes) -> None:
    """Nobody is let in and nobody is refused by it."""
    issuer.body = body

    with pytest.raises(WebError, match=issuer.url):
        asked(issuer)


@pytest.mark.rfc("7662-2.3-unauthorized")
@pytest.mark.parametrize("status", [201, 400, 401, 403, 404, 429, 500, 503])
def test_another_status_is_no_answer(issuer: Issuer, status: int) -> None:
    """Our own credentials may be wrong; the token is not blamed for it."""
    issuer.active[TOKEN] = ALICE
    issuer.status = status

    with pytest.raises(WebError, match=f"found {status}"):
        asked(issuer)


def test_a_redirect_is_not_followed(issuer: Issuer) -> None:
    """The token goes where it was configured to go, and nowhere else."""
    issuer.status = 307
    issuer.location = f"{issuer.url}/elsewhere"

    with pytest.raises(WebError, match="found 307"):
        asked(issuer)
    assert issuer.asked == ["/introspect"]


def test_who_does_not_answer_in_time_does_not_answer(issuer: Issuer) -> None:
    """The wait for an issuer has an end."""
    issuer.may_answer.clear()

    async def story() -> None:
        with pytest.raises(WebError, match="TimeoutError"):
            await Web(answer_s=0.05).get(f"{issuer.url}/keys")
        issuer.may_answer.set()
        await asyncio.to_thread(issuer.settle)

    asyncio.run(story())


@both_loops
def test_nobody_there_is_no_answer(loop: str) -> None:
    """A refused connection is said with the address, and without the token."""
    with nobody() as url, pytest.raises(WebError, match=url) as caught:
        asked(Issuer(url), loop=loop)

    assert TOKEN not in str(caught.value)
    assert SECRET not in str(caught.value)


def got(issuer: Issuer) -> Mapping[str, object]:
    """Fetch something."""

    async def story() -> Mapping[str, object]:
        try:
            return await Web(answer_s=5.0).get(f"{issuer.url}/keys")
        finally:
            await asyncio.to_thread(issuer.settle)

    return run(story())


def test_an_answer_may_be_as_long_as_the_limit(issuer: Issuer) -> None:
    """At the limit it is read, and one octet more is refused."""
    text = json.dumps({"keys": [jwk("rsa")]}).encode()
    issuer.body = text.ljust(ANSWER_OCTETS_MAX)

    assert got(issuer) == json.loads(text)
    issuer.body += b" "
    with pytest.raises(WebError, match=f"at most {ANSWER_OCTETS_MAX} octets"):
        got(issuer)


@pytest.mark.rfc("7662-4-tls")
def test_the_certificate_of_an_issuer_is_checked(tmp_path: Path) -> None:
    """Over TLS an issuer is asked if an authority that is trusted vouches for it, and only then."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(server_side)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        await writer.drain()
        writer.close()

    async def story() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=server_side)
        async with server:
            url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/keys"
            trusting = Web(answer_s=5.0, authorities=[tmp_path / "authority.pem"])
            assert await trusting.get(url) == {}
            with pytest.raises(WebError, match="certificate verify failed"):
                await Web(answer_s=5.0).get(url)

    asyncio.run(story())
