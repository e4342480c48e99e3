"""OAUTHBEARER and XOAUTH2 without a server: what is read, who logs in, and what a client is told.

Decides what each message is. Refuses to validate tokens and to talk to a session.
"""

import asyncio
import json

import pytest

from requite.pop3.login import MalformedLogin
from requite.pop3.names import AccountName, MailboxName
from requite.pop3.sasl import Challenge, Outcome
from requite.pop3.sasl.bearer import BearerExchange, BearerForm, BearerMessage
from requite.pop3.sasl.exchange import settled
from requite.pop3.sasl.oauthbearer import OAUTHBEARER, read_oauthbearer
from requite.pop3.sasl.xoauth2 import XOAUTH2, read_xoauth2
from requite.pop3.services import Answer, Identity, Rejected, TokenHints, TokenRejected
from sasl.one_token import SCOPE, OneToken

TOKEN = "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="
AUTH = f"auth=Bearer {TOKEN}\x01".encode()
ALICE = AccountName("alice")


@pytest.mark.rfc("7628-3.1-message", "7628-3.1-auth", "7628-4-case", "7628-3.2-matched")
@pytest.mark.parametrize(
    ("message", "asked"),
    [
        (b"n,,\x01" + AUTH + b"\x01", b""),
        (b"y,,\x01" + AUTH + b"\x01", b""),
        (b"n,a=alice,\x01" + AUTH + b"\x01", b"alice"),
        (b"n,a=al=2Cice=3D,\x01" + AUTH + b"\x01", b"al,ice="),
        ("n,a=j\xf6rg,\x01".encode() + AUTH + b"\x01", "j\xf6rg".encode()),
        (b"n,a=alice,\x01host=mail.example\x01port=110\x01" + AUTH + b"\x01", b"alice"),
        (b"n,a=alice,\x01" + AUTH + b"port=65535\x01" + b"\x01", b"alice"),
        (b"n,,\x01auth=bEARER  " + TOKEN.encode() + b"\x01\x01", b""),
    ],
)
def test_a_message_of_oauthbearer_is_read(message: bytes, asked: bytes) -> None:
    """The header, then keys in any order, whatever the case of the scheme."""
    assert read_oauthbearer(message) == BearerMessage(asked, TOKEN)


@pytest.mark.rfc("7628-3.1.1-reserved", "7628-3.1-unknown")
def test_keys_that_mean_nothing_are_ignored() -> None:
    """The reserved keys, and one that nobody knows."""
    more = b"mthd=POST\x01path=/\x01post=\x01qs=\x01zzz=a=b\t\r\n ~\x01"

    assert read_oauthbearer(b"n,,\x01" + more + AUTH + b"\x01").token == TOKEN


@pytest.mark.rfc("7628-4.3-discovery")
@pytest.mark.parametrize("pairs", [b"", b"auth=\x01", b"host=mail.example\x01port=110\x01"])
def test_without_a_token_a_client_asks_where_to_get_one(pairs: bytes) -> None:
    """No key `auth` and an empty one are a message, whose token is empty."""
    assert read_oauthbearer(b"n,,\x01" + pairs + b"\x01") == BearerMessage(b"", "")


@pytest.mark.rfc("7628-3.1-lone")
def test_a_lone_separator_is_no_first_message() -> None:
    """It ends an exchange that has failed, and begins none."""
    with pytest.raises(MalformedLogin):
        read_oauthbearer(b"\x01")


@pytest.mark.rfc("7628-3.2-validated", "7628-3.1-digest", "5034-4-unprepared")
@pytest.mark.parametrize(
    "message",
    [
        b"",
        AUTH,
        b"n,," + AUTH + b"\x01",
        b"n,,\x01" + AUTH,
        b"n,,\x01" + AUTH + b"\x01\x01",
        b"n,a=,\x01" + AUTH + b"\x01",
        b"n,alice,\x01" + AUTH + b"\x01",
        b"n,a=alice\x01" + AUTH + b"\x01",
        b"n,a=al,ice,\x01" + AUTH + b"\x01",
        b"n,a=al=ice,\x01" + AUTH + b"\x01",
        b"n,a=al=2cice,\x01" + AUTH + b"\x01",
        b"n,a=al\xffice,\x01" + AUTH + b"\x01",
        b"n,a=al\nice,\x01" + AUTH + b"\x01",
        b"n,a=a\\b*c,\x01" + AUTH + b"\x01",
        "n,a=al\ufffdice,\x01".encode() + AUTH + b"\x01",
        "n,a=\u00ad,\x01".encode() + AUTH + b"\x01",
        b"N,,\x01" + AUTH + b"\x01",
        b"p=tls-server-end-point,,\x01" + AUTH + b"\x01",
        b"F,n,,\x01" + AUTH + b"\x01",
        b"n,,\x01" + AUTH + AUTH + b"\x01",
        b"n,,\x01=x\x01" + AUTH + b"\x01",
        b"n,,\x01h0st=x\x01" + AUTH + b"\x01",
        b"n,,\x01host\x01" + AUTH + b"\x01",
        b"n,,\x01host=\x00\x01" + AUTH + b"\x01",
        b"n,,\x01host=\xc3\xa4\x01" + AUTH + b"\x01",
        b"n,,\x01port=0110\x01" + AUTH + b"\x01",
        b"n,,\x01port=\x01" + AUTH + b"\x01",
        b"n,,\x01port=-1\x01" + AUTH + b"\x01",
        b"n,,\x01port=123456\x01" + AUTH + b"\x01",
        b"n,,\x01auth=Basic YTpi\x01\x01",
        b'n,,\x01auth=OAuth realm="x",oauth_signature_method="HMAC-SHA1"\x01\x01',
        b'n,,\x01host=a\x01port=1\x01auth=OAuth oauth_signature_method="HMAC-SHA1"\x01\x01',
        b"n,,\x01auth=Bearer\x01\x01",
        b"n,,\x01auth=Bearer \x01\x01",
        b"n,,\x01auth=Bearer a b\x01\x01",
        b"n,,\x01auth=Bearer a=b\x01\x01",
        b"n,,\x01auth=Bearer a,b\x01\x01",
        b" n,,\x01" + AUTH + b"\x01",
    ],
)
def test_anything_else_is_no_message_of_oauthbearer(message: bytes) -> None:
    """What the grammar does not have is malformed, and nobody is asked."""
    tokens = OneToken(TOKEN)
    with pytest.raises(MalformedLogin):
        BearerExchange(tokens, OAUTHBEARER).read(message)
    assert tokens.asked == []


@pytest.mark.parametrize(
    ("message", "asked"),
    [
        (b"user=alice\x01" + AUTH + b"\x01", b"alice"),
        (b"user=alice@mail.example\x01" + AUTH + b"\x01", b"alice@mail.example"),
        (b"user=a=b,c\x01auth=bearer " + TOKEN.encode() + b"\x01\x01", b"a=b,c"),
        ("user=j\xf6rg\x01".encode() + AUTH + b"\x01", "j\xf6rg".encode()),
    ],
)
def test_a_message_of_xoauth2_is_read(message: bytes, asked: bytes) -> None:
    """A name, which is not escaped, and a token."""
    assert read_xoauth2(message) == BearerMessage(asked, TOKEN)


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\x01",
        AUTH + b"\x01",
        b"user=\x01" + AUTH + b"\x01",
        b"user=alice\x01" + AUTH,
        b"user=alice\x01" + AUTH + b"\x01\x01",
        b"user=alice\x01\x01" + AUTH + b"\x01",
        b"User=alice\x01" + AUTH + b"\x01",
        AUTH + b"user=alice\x01\x01",
        b"user=al\xffice\x01" + AUTH + b"\x01",
        b"user=al\tice\x01" + AUTH + b"\x01",
        "user=al\u2028ice\x01".encode() + AUTH + b"\x01",
        b"user=alice\x01auth=Bearer \x01\x01",
        b"user=alice\x01auth=\x01\x01",
        b"user=alice\x01auth=Mac abc\x01\x01",
        b"user=alice\x01more=1\x01" + AUTH + b"\x01",
        b"n,a=alice,\x01" + AUTH + b"\x01",
    ],
)
def test_anything_else_is_no_message_of_xoauth2(message: bytes) -> None:
    """What the document does not show is malformed, and nobody is asked."""
    tokens = OneToken(TOKEN)
    with pytest.raises(MalformedLogin):
        BearerExchange(tokens, XOAUTH2).read(message)
    assert tokens.asked == []


# --- who logs in ---------------------------------------------------------------------------------


def outcome(form: BearerForm, message: bytes, tokens: OneToken) -> Outcome:
    """Ask about one message."""
    claim: Answer[Outcome] = BearerExchange(tokens, form).read(message)()

    async def story() -> Outcome:
        result: Outcome = await settled(claim)
        return result

    return asyncio.run(story())


@pytest.mark.rfc("7628-3.2-identity")
@pytest.mark.parametrize(
    ("asked", "mailbox"),
    [
        ("alice", "alice"),
        ("support", "support"),
        ("alice\\support", "support"),
        ("support*alice", "support"),
    ],
)
@pytest.mark.parametrize("name", ["OAUTHBEARER", "XOAUTH2"])
def test_the_token_says_who_and_the_name_says_what(name: str, asked: str, mailbox: str) -> None:
    """A name that is not the token's own account is the mailbox to open."""
    form, start = (
        (OAUTHBEARER, f"n,a={asked},") if name == "OAUTHBEARER" else (XOAUTH2, f"user={asked}")
    )
    found = outcome(form, start.encode() + b"\x01" + AUTH + b"\x01", OneToken(TOKEN))

    assert found == Identity(ALICE, MailboxName(mailbox))


def test_without_a_name_the_own_mailbox_is_opened() -> None:
    """OAUTHBEARER may leave the authorization identity out."""
    found = outcome(OAUTHBEARER, b"n,,\x01" + AUTH + b"\x01", OneToken(TOKEN))

    assert found == Identity(ALICE, MailboxName("alice"))


def told(challenge: Outcome) -> dict[str, str]:
    """Give what a challenge says, and see that it is the end."""
    assert isinstance(challenge, Challenge)
    assert challenge.verdict is not None
    words = json.loads(challenge.octets)
    assert isinstance(words, dict)
    return words


HINTS = TokenHints(
    scope=SCOPE, openid_configuration="https://login.example/.well-known/openid-configuration"
)
BAD = b"auth=Bearer bad\x01\x01"


@pytest.mark.rfc("7628-3.2.2-error", "7628-3.2.2-scope", "7628-3.2.2-discovery")
def test_oauthbearer_tells_a_refused_client_what_to_get() -> None:
    """Status, scope and discovery document stand in the challenge, where they are configured."""
    bad = outcome(OAUTHBEARER, b"n,,\x01" + BAD, OneToken(TOKEN, HINTS))

    assert told(bad) == {
        "status": "invalid_token",
        "scope": SCOPE,
        "openid-configuration": HINTS.openid_configuration,
    }
    assert told(outcome(OAUTHBEARER, b"n,,\x01" + BAD, OneToken(TOKEN))) == {
        "status": "invalid_token"
    }


def test_xoauth2_tells_a_refused_client_what_to_get() -> None:
    """Status, schemes and scope, as Google's document shows them."""
    bad = outcome(XOAUTH2, b"user=alice\x01" + BAD, OneToken(TOKEN, HINTS))

    assert told(bad) == {"status": "401", "schemes": "bearer", "scope": SCOPE}
    assert told(outcome(XOAUTH2, b"user=alice\x01" + BAD, OneToken(TOKEN))) == {
        "status": "401",
        "schemes": "bearer",
    }


@pytest.mark.rfc("7628-4.3-discovery")
def test_whoever_asks_where_to_get_a_token_is_told_without_asking_the_service() -> None:
    """Discovery is answered as a token that does not do."""
    tokens = OneToken(TOKEN, HINTS)

    assert told(outcome(OAUTHBEARER, b"n,,\x01auth=\x01\x01", tokens))["scope"] == SCOPE
    assert tokens.asked == []


@pytest.mark.parametrize("asked", ["bob", "bob\\alice", "bob\\support", "support*bob"])
def test_a_good_token_opens_nothing_else(asked: str) -> None:
    """Another account's mailbox is refused, and nobody can be another account."""
    message = f"user={asked}".encode() + b"\x01" + AUTH + b"\x01"
    found = outcome(XOAUTH2, message, OneToken(TOKEN))

    assert told(found)["status"] == "403"
    by_name = outcome(
        OAUTHBEARER, f"n,a={asked},".encode() + b"\x01" + AUTH + b"\x01", OneToken(TOKEN)
    )
    assert told(by_name)["status"] == "insufficient_scope"


def test_an_account_with_a_divider_in_its_name_is_itself_alone() -> None:
    r"""A token of `mail\alice` never makes its owner the account `mail`."""

    class Divided(OneToken):
        def account_of(self, token: str, /) -> AccountName | TokenRejected:
            self.asked.append(token)
            return AccountName("mail\\alice")

        def authorize(
            self, account: AccountName, mailbox: MailboxName | None, /
        ) -> Identity | Rejected:
            return Identity(account, mailbox or MailboxName(account))

    own = outcome(XOAUTH2, b"user=mail\\alice\x01" + AUTH + b"\x01", Divided(TOKEN))
    shared = outcome(XOAUTH2, b"user=mail\\alice\\support\x01" + AUTH + b"\x01", Divided(TOKEN))
    assert own == Identity(AccountName("mail\\alice"), MailboxName("mail\\alice"))
    assert shared == Identity(AccountName("mail\\alice"), MailboxName("support"))


def test_a_token_is_in_no_representation() -> None:
    """What may be logged by mistake does not have it."""
    message = read_xoauth2(b"user=alice\x01" + AUTH + b"\x01")

    assert TOKEN not in repr(message)
    assert TOKEN not in repr(BearerExchange(OneToken(TOKEN), XOAUTH2))
