"""A configuration with tokens, served: real tokens, a real issuer, over real sockets.

Decides what a client is answered to each token, whichever way it is validated.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeAlias

import pytest

from oauth.issuer import AUDIENCE, ISSUER, SECRET, Issuer, claims, jwk, nobody, pem, signed
from requite.pop3.assembly import build
from requite.pop3.configuration import Configuration, load
from requite.pop3.services import TokenAccounts, TokenHints
from running import Peer, connected, run, running_server
from sasl.test_transcripts_bearer import WRONG, message, told
from shell.words import both_loops

TEXT = """
[listen]
pop3 = ["127.0.0.1:0"]

[accounts]
file = "accounts"

[mailboxes]
path = "mail/{{mailbox}}/Maildir"
[mailboxes.delegates]
"support" = ["alice"]

[timeouts]
refusal_s = 0.0

[oauth]
scope = "mail"
openid_configuration = "https://login.example/openid"
{oauth}
"""
SIGNED = f"""
issuer = "{ISSUER}"
audiences = ["{AUDIENCE}"]
"""
OPAQUE = "ya29.opaque"
Way: TypeAlias = Callable[[Issuer], str]


def files(issuer: Issuer) -> str:
    """Validate by keys of a file."""
    del issuer
    return SIGNED + 'key_files = ["keys.pem"]'


def fetched(issuer: Issuer) -> str:
    """Validate by the keys that the issuer publishes."""
    return SIGNED + f'keys_url = "{issuer.url}/keys"'


def introspected(issuer: Issuer) -> str:
    """Validate by asking."""
    return f"""
account_claim = "username"
introspection_url = "{issuer.url}/introspect"
client_id = "pop3 server"
client_secret_file = "secret"
"""


@asynccontextmanager
async def serving(directory: Path, oauth: str) -> AsyncIterator[Peer]:
    """Serve what a configuration says, and connect."""
    parts = build(written(directory, oauth))
    try:
        async with (
            running_server(
                tokens=parts.tokens,
                accounts=parts.accounts,
                maildrops=parts.maildrops,
                settings=parts.settings,
                real_time=True,
            ) as running,
            connected(running) as peer,
        ):
            yield peer
            running.complaints.clear()  # Tests of failures look at the whole log.
    finally:
        await asyncio.to_thread(parts.close)


def written(directory: Path, oauth: str) -> Configuration:
    """Write a configuration with its files, and load it."""
    (directory / "mail").mkdir(exist_ok=True)
    (directory / "accounts").write_text("alice:{PLAIN}wonderland\nbob:{PLAIN}builder\n")
    (directory / "keys.pem").write_bytes(pem("rsa"))
    (directory / "secret").write_text(SECRET + "\n", encoding="utf-8")
    (directory / "requite.toml").write_text(TEXT.format(oauth=oauth), encoding="utf-8")
    return load(directory / "requite.toml")


async def tried(peer: Peer, token: str, *, asked: str = "alice", name: str = "XOAUTH2") -> bytes:
    """Log in by a token, and give the first answer."""
    return await peer.ask(f"AUTH {name} ".encode() + message(name, token=token, asked=asked))


def test_a_configured_server_offers_tokens(tmp_path: Path, issuer: Issuer) -> None:
    """What is assembled is what sessions ask; without the table they ask nobody."""
    parts = build(written(tmp_path, files(issuer)))

    async def offered() -> TokenAccounts | None:
        running = await parts.start()
        await running.server.stop()
        return running.server.services.tokens

    assert parts.tokens is not None
    assert asyncio.run(offered()) is parts.tokens
    assert parts.tokens.hints == TokenHints(
        scope="mail", openid_configuration="https://login.example/openid"
    )
    parts.close()


ways = pytest.mark.parametrize("way", [files, fetched, introspected])
both_names = pytest.mark.parametrize("name", ["OAUTHBEARER", "XOAUTH2"])


def good_token(issuer: Issuer, way: Way, **changes: object) -> str:
    """Get a token that the issuer vouches for, in whichever way."""
    if way is not introspected:
        return signed(claims(**changes))
    issuer.active[OPAQUE] = {"username": changes.pop("sub", "alice"), "scope": "mail", **changes}
    return OPAQUE


@both_loops
@both_names
@ways
@pytest.mark.parametrize(
    ("account", "asked"), [("alice", "alice"), ("bob", "bob"), ("alice", "support")]
)
def test_a_good_token_opens_the_own_mailbox_and_a_shared_one(  # noqa: PLR0913, PLR0917 - dimensions.
    way: Way, name: str, account: str, asked: str, loop: str, tmp_path: Path, issuer: Issuer
) -> None:
    """By every way of validation, with both mechanisms."""
    token = good_token(issuer, way, sub=account)

    async def story() -> None:
        async with serving(tmp_path, way(issuer)) as peer:
            answer = await tried(peer, token, asked=asked, name=name)
            assert answer == b"+OK Logged in, 0 messages (0 octets)."
            await asyncio.to_thread(issuer.settle)

    run(story(), loop=loop)


@pytest.mark.rfc("7662-5-private")
@ways
@pytest.mark.parametrize(
    ("account", "asked"),
    [("bob", "alice"), ("bob", "support"), ("carol", "carol"), ("\uff41lice", "alice")],
    ids=ascii,
)
def test_a_good_token_opens_nothing_else(
    way: Way, account: str, asked: str, tmp_path: Path, issuer: Issuer
) -> None:
    """The accounts say who may open what, and that there is no such account.

    To the issuer, a wide letter is another letter, and so another person.
    """
    token = good_token(issuer, way, sub=account)

    async def story() -> None:
        async with serving(tmp_path, way(issuer)) as peer:
            words = told(await tried(peer, token, asked=asked))
            assert words == {"status": "403", "schemes": "bearer", "scope": "mail"}
            assert await peer.ask(b"") == WRONG
            await asyncio.to_thread(issuer.settle)

    run(story())


BAD: dict[str, Callable[[], str]] = {
    "another": lambda: "another",
    "expired": lambda: signed(claims(exp=1_000_000_000)),
    "for another audience": lambda: signed(claims(aud="imap.example")),
    "by another issuer": lambda: signed(claims(iss="https://other.example/")),
    "by an unknown key": lambda: signed(key="rsa of somebody", kid="unknown"),
    "by another key": lambda: signed(key="rsa of somebody"),
}


@ways
@pytest.mark.parametrize("kind", BAD)
def test_a_token_that_does_not_do_is_told_of_and_not_logged(
    way: Way, kind: str, tmp_path: Path, issuer: Issuer, caplog: pytest.LogCaptureFixture
) -> None:
    """The client is told where to get another; the log has the reason and nothing of the token."""
    caplog.set_level(logging.DEBUG)
    token = BAD[kind]()

    async def story() -> None:
        async with serving(tmp_path, way(issuer)) as peer:
            words = told(await tried(peer, token, name="OAUTHBEARER"))
            assert words == {
                "status": "invalid_token",
                "scope": "mail",
                "openid-configuration": "https://login.example/openid",
            }
            assert await peer.ask(b"AQ==") == WRONG
            await asyncio.to_thread(issuer.settle)

    run(story())
    assert "a token that is not" in caplog.text or "a token signed by" in caplog.text
    # At no level, and by no library.
    assert all(part not in caplog.text for part in token.split("."))
    assert SECRET not in caplog.text


@pytest.mark.parametrize("way", [fetched, introspected])
def test_an_issuer_that_is_down_is_a_failure_of_ours(
    way: Way, tmp_path: Path, issuer: Issuer, caplog: pytest.LogCaptureFixture
) -> None:
    """No connection, another status and nonsense are told as [SYS/TEMP], to good tokens and bad."""
    caplog.set_level(logging.DEBUG)
    token = good_token(issuer, way)

    async def story() -> None:
        async with serving(tmp_path, way(issuer)) as peer:
            issuer.status = 503
            assert (await tried(peer, token)).startswith(b"-ERR [SYS/TEMP]")
            assert (await tried(peer, "bad")).startswith(
                b"-ERR [SYS/TEMP]" if way is introspected else b"+ "
            )
            await asyncio.to_thread(issuer.settle)

    run(story())
    with nobody() as url:
        issuer.url = url

        async def nowhere() -> None:
            async with serving(tmp_path, way(issuer)) as peer:
                assert (await tried(peer, token)).startswith(b"-ERR [SYS/TEMP]")

        run(nowhere())
        assert url in caplog.text
    assert token not in caplog.text


def test_a_token_that_an_answer_repeats_is_not_logged(
    tmp_path: Path, issuer: Issuer, caplog: pytest.LogCaptureFixture
) -> None:
    """What is no HTTP is quoted by the library's errors, and it may be what was sent."""
    caplog.set_level(logging.DEBUG)
    token = good_token(issuer, introspected)
    issuer.location = f"\0{token}"

    async def story() -> None:
        async with serving(tmp_path, introspected(issuer)) as peer:
            assert (await tried(peer, token)).startswith(b"-ERR [SYS/TEMP]")
            await asyncio.to_thread(issuer.settle)

    run(story())
    assert f"{issuer.url}/introspect: no answer: ClientResponseError" in caplog.text
    assert token not in caplog.text


def test_a_new_key_of_the_issuer_is_fetched(tmp_path: Path, issuer: Issuer) -> None:
    """After `keys_gap_s` a token by a key that was not there before is good."""
    oauth = fetched(issuer) + "\nkeys_gap_s = 1e-9\n"

    async def story() -> None:
        async with serving(tmp_path, oauth) as peer:
            told(await tried(peer, signed(key="ec", kid="ec", algorithm="ES256")))
            assert await peer.ask(b"") == WRONG
            issuer.published = [jwk("ec")]
            answer = await tried(peer, signed(key="ec", kid="ec", algorithm="ES256"))
            assert answer.startswith(b"+OK Logged in")
            await asyncio.to_thread(issuer.settle)

    run(story())
    assert issuer.asked == ["/keys", "/keys"]


def test_bad_tokens_do_not_make_the_issuer_be_asked(tmp_path: Path, issuer: Issuer) -> None:
    """One fetch serves them all, whatever keys they name."""

    async def story() -> None:
        async with serving(tmp_path, fetched(issuer) + "\nkeys_gap_s = 3600.0") as peer:
            for number in range(2):
                told(await tried(peer, signed(kid=f"made up {number}")))
                assert await peer.ask(b"") == WRONG
            assert (await tried(peer, signed())).startswith(b"+OK")
            await asyncio.to_thread(issuer.settle)

    run(story())
    assert issuer.asked == ["/keys"]
