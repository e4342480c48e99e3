"""SCRAM-SHA-256 without a socket: the standard's own figures, and everything that can be wrong.

Decides what a mechanism makes of each message. Refuses to test what a session does with it.
"""

import asyncio
import base64
import hashlib
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from requite.pop3.login import MalformedLogin
from requite.pop3.names import AccountName, MailboxName
from requite.pop3.sasl import Challenge, Claim, Outcome
from requite.pop3.sasl.exchange import settled
from requite.pop3.sasl.scram import Binding, ScramExchange
from requite.pop3.sasl.scram_keys import ITERATIONS, ScramBook, derive_keys
from requite.pop3.sasl.scram_messages import NONCE_OCTETS_MAX
from requite.pop3.services import Answer, Identity, Rejected, ScramKeys
from sasl.scram_client import ScramClient

ALICE = AccountName("alice")
KEYS = derive_keys(b"wonderland", b"some salt", 4_096)
NOT_BOUND = Binding(end_point=None, required=False)
END_POINT = hashlib.sha256(b"a certificate").digest()
BOUND = Binding(end_point=END_POINT, required=True)
P_HEADER = b"p=tls-server-end-point,,"

# RFC 7677 section 3.
VECTOR_KEYS = derive_keys(b"pencil", base64.b64decode(b"W22ZaJ0SNY7soEsUEjb6gQ=="), 4_096)
VECTOR_NONCE = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
VECTOR = (
    b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
    b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
    b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
    b"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
    b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
)


@dataclass
class OneKey:
    """Accounts with one key for every name, which remember who was asked about."""

    keys: ScramKeys = KEYS
    asked: list[str] = field(default_factory=list)
    opened: list[tuple[str, str | None]] = field(default_factory=list)
    may_open: bool = True

    def scram_keys(self, account: AccountName, /) -> Answer[ScramKeys]:
        """Give the keys."""
        self.asked.append(account)
        return self.keys

    async def authorize(
        self, account: AccountName, mailbox: MailboxName | None, /
    ) -> Identity | Rejected:
        """Let everybody open everything, unless the test says otherwise."""
        self.opened.append((account, mailbox))
        if not self.may_open:
            return Rejected("the test says so")
        return Identity(account, mailbox or MailboxName(account))


def answered(claim: Claim) -> Outcome:
    """Wait for the answer to what a response claims."""
    return asyncio.run(_answered(claim))


async def _answered(claim: Claim) -> Outcome:
    outcome: Outcome = await settled(claim())
    return outcome


def challenged(exchange: ScramExchange, message: bytes) -> bytes:
    """Say something that must be answered by a challenge."""
    outcome = answered(exchange.read(message))
    assert isinstance(outcome, Challenge), f"expected a challenge, found {outcome}"
    return outcome.octets


def outcome_of(client: ScramClient, accounts: OneKey, binding: Binding = NOT_BOUND) -> Outcome:
    """Go through a whole exchange, as far as it goes."""
    exchange = ScramExchange(accounts, binding)
    outcome = answered(exchange.read(client.first()))
    if isinstance(outcome, Challenge):
        outcome = answered(exchange.read(client.final(outcome.octets)))
    if isinstance(outcome, Challenge):
        assert outcome.octets == client.expected, "expected the server's own proof"
        outcome = answered(exchange.read(b""))
    return outcome


# --- what goes well ------------------------------------------------------------------------------


@pytest.mark.rfc("5802-5.1-count", "7677-3-hash")
def test_the_exchange_of_rfc_7677_is_reproduced_octet_by_octet() -> None:
    """With the nonce and the salt of RFC 7677 section 3 each message is the one there."""
    accounts = OneKey(VECTOR_KEYS)
    exchange = ScramExchange(accounts, NOT_BOUND, nonce=VECTOR_NONCE)

    assert challenged(exchange, VECTOR[0]) == VECTOR[1]
    assert challenged(exchange, VECTOR[2]) == VECTOR[3]
    assert answered(exchange.read(b"")) == Identity(AccountName("user"), MailboxName("user"))
    assert accounts.asked == ["user"]


@pytest.mark.rfc("5802-5.1-verifier")
@pytest.mark.parametrize(
    ("client", "binding"),
    [
        (ScramClient(), NOT_BOUND),
        (ScramClient(header=b"y,,"), NOT_BOUND),
        (ScramClient(), Binding(end_point=END_POINT, required=False)),
        (ScramClient(header=P_HEADER, bound=END_POINT), BOUND),
    ],
    ids=["no binding", "none offered, it thinks", "offered and not supported", "bound"],
)
def test_the_right_password_logs_in(client: ScramClient, binding: Binding) -> None:
    """Bound or not, who knows the password is who it says."""
    assert outcome_of(client, OneKey(), binding) == Identity(ALICE, MailboxName("alice"))


@pytest.mark.rfc(
    "4422-3.4.1-empty",
    "4422-3.4.1-requested",
    "5802-5.1-name",
    "5802-5.1-received",
    "5802-5.1-escapes",
    "5802-5.1-derived",
)
@pytest.mark.parametrize(
    ("header", "name", "opened"),
    [
        (b"n,,", "alice", ("alice", None)),
        (b"n,a=support,", "alice", ("alice", "support")),
        (b"n,a=alice,", "alice", ("alice", None)),
        (b"n,,", "alice\\support", ("alice", "support")),
        (b"n,,", "support*alice", ("alice", "support")),
        (b"n,a=a=2Cb=3Dc,", "alice", ("alice", "a,b=c")),
        (b"n,,", "al=2Cice=3D", ("al,ice=", None)),
        (b"n,,", "al\u00adice", ("alice", None)),
        (b"n,,", "\u2168", ("IX", None)),
    ],
)
def test_names_are_those_of_plain(header: bytes, name: str, opened: tuple[str, str | None]) -> None:
    """The mailbox is named as in PLAIN; a comma and an equals sign are escaped, and prepared."""
    accounts = OneKey()

    outcome = outcome_of(ScramClient(header=header, name=name), accounts)

    assert isinstance(outcome, Identity)
    assert accounts.asked == [opened[0]]
    assert accounts.opened == [opened]


@pytest.mark.rfc("5802-5.1-optional")
def test_unknown_extensions_are_ignored_and_proved() -> None:
    """RFC 5802 section 5.1: an extension that is not mandatory is ignored, and is hashed."""
    exchange = ScramExchange(OneKey(), NOT_BOUND)
    client = ScramClient()
    first = client.first() + b",x=ignored"
    client.bare += b",x=ignored"

    server_first = challenged(exchange, first)

    assert challenged(exchange, client.final(server_first)) == client.expected


# --- what is wrong -------------------------------------------------------------------------------


@pytest.mark.rfc(
    "5802-5.1-nonce", "5802-5.1-proof", "5802-6-validated", "5802-7-data", "4422-3.6-verified"
)
@pytest.mark.parametrize(
    ("client", "binding"),
    [
        (ScramClient(password=b"wrong"), NOT_BOUND),
        (ScramClient(nonce_back="rOprNGfwEbeRWgbNEkqOanother"), NOT_BOUND),
        (ScramClient(header_back=b"y,,"), NOT_BOUND),
        (ScramClient(header_back=b"n,a=root,"), NOT_BOUND),
        (ScramClient(bound=b"more"), NOT_BOUND),
        (ScramClient(header=P_HEADER, bound=END_POINT[::-1]), BOUND),
        (ScramClient(header=P_HEADER), BOUND),
        (ScramClient(header=P_HEADER, header_back=b"n,,"), BOUND),
    ],
    ids=[
        "password",
        "nonce",
        "flag",
        "authorization identity",
        "binding where there is none",
        "another certificate",
        "no certificate",
        "binding taken back",
    ],
)
def test_a_proof_of_something_else_is_rejected(client: ScramClient, binding: Binding) -> None:
    """What was said at the beginning, the nonce and the channel are part of what is proved."""
    assert isinstance(outcome_of(client, OneKey(), binding), Rejected)


@pytest.mark.rfc("5802-6-downgrade", "5802-6-type", "5802-6.1-unique", "5802-6.1-chosen")
@pytest.mark.parametrize(
    ("header", "binding"),
    [
        (b"y,,", Binding(end_point=END_POINT, required=False)),
        (b"y,,", BOUND),
        (b"n,,", BOUND),
        (P_HEADER, Binding(end_point=END_POINT, required=False)),
        (P_HEADER, NOT_BOUND),
        (b"p=tls-unique,,", BOUND),
        (b"p=tls-exporter,,", BOUND),
    ],
    ids=["downgrade", "y in PLUS", "n in PLUS", "p without PLUS", "p in the clear", "old", "new"],
)
def test_a_downgrade_is_rejected_before_anybody_is_asked(header: bytes, binding: Binding) -> None:
    """RFC 5802 section 6: who was made to believe that nothing can be bound does not get in."""
    accounts = OneKey()

    outcome = outcome_of(ScramClient(header=header, bound=END_POINT), accounts, binding)

    assert isinstance(outcome, Rejected)
    assert accounts.asked == []


@pytest.mark.rfc("4422-3.6-authorized", "5802-5.1-authorization")
def test_no_right_to_the_mailbox_is_a_rejection_without_our_proof() -> None:
    """Who is no delegate is rejected though the password is right."""
    outcome = outcome_of(ScramClient(header=b"n,a=root,"), OneKey(may_open=False))

    assert outcome == Rejected("the test says so")


FIRST_MALFORMED = (
    b"",
    b"n",
    b"n,,",
    b"n,,n=alice",
    b"n,,r=abc",
    b"n,,r=abc,n=alice",
    b"n,,n=,r=abc",
    b"n,,n=alice,r=",
    b"n,n=alice,r=abc",
    b"x,,n=alice,r=abc",
    b"p=,,n=alice,r=abc",
    b"p,,n=alice,r=abc",
    b"n,b=support,n=alice,r=abc",
    b"n,a=,n=alice,r=abc",
    b"n,,m=mandatory,n=alice,r=abc",
    b"n,,n=alice,r=abc,m=mandatory",
    b"n,,n=alice,r=abc,n=bob",
    b"n,,n=alice,r=ab c",
    b"n,,n=alice,r=ab\xc3\xa4",
    b"n,,n=al\0ice,r=abc",
    b"n,,n=al\xffice,r=abc",
    b"n,,n=al=2cice,r=abc",
    b"n,,n=al=ice,r=abc",
    b"n,,n=al\x07ice,r=abc",
    b"n,,n=\xc2\xad,r=abc",
    b"n,a=\xc2\xad,n=alice,r=abc",
    b"n,a=\xef\xbf\xbd,n=alice,r=abc",
    b"n,a=other,n=alice\\support,r=abc",
    b"n,,n=alice,r=abc\n",
    b"n,,n=alice,r=" + b"x" * (NONCE_OCTETS_MAX + 1),
)


@pytest.mark.rfc(
    "4422-3.4.1-form",
    "5802-3-encoded",
    "5802-5-first",
    "5802-5.1-order",
    "5802-5.1-unprepared",
    "5802-5.1-escapes",
    "5802-5.1-mandatory",
    "5034-4-unprepared",
    "4422-3.6-malformed",
)
@pytest.mark.parametrize("message", FIRST_MALFORMED)
def test_a_first_message_that_is_none_is_malformed(message: bytes) -> None:
    """Each part has its place, its letter and its characters; nobody is asked about the rest."""
    accounts = OneKey()

    with pytest.raises(MalformedLogin):
        ScramExchange(accounts, NOT_BOUND).read(message)
    assert accounts.asked == []


FINAL_MALFORMED = (
    b"",
    b"c=biws",
    b"c=biws,r={nonce}",
    b"r={nonce},c=biws,p={proof}",
    b"c=biws,r={nonce},p=",
    b"c=biws,r={nonce},p=AAAA",
    b"c=biws,r={nonce},p={proof}=",
    b"c=!,r={nonce},p={proof}",
    b"c=biws,r={nonce},p={proof},x=more",
    b"c=biws,r={nonce},m=mandatory,p={proof}",
    b"c=biws,r=\xff,p={proof}",
    b"c=biws,r={nonce},p={proof}\0",
)


@pytest.mark.rfc("5802-5.1-order", "5802-5.1-mandatory", "5802-5.1-proof")
@pytest.mark.parametrize("message", FINAL_MALFORMED)
def test_a_final_message_that_is_none_is_malformed(message: bytes) -> None:
    """The proof comes last and has 32 octets; the exchange is over then, whatever comes next."""
    exchange = ScramExchange(OneKey(), NOT_BOUND)
    client = ScramClient()
    good = client.final(challenged(exchange, client.first()))
    parts = dict(part.split(b"=", 1) for part in good.split(b","))
    spoilt = message.replace(b"{nonce}", parts[b"r"]).replace(b"{proof}", parts[b"p"])

    with pytest.raises(MalformedLogin):
        exchange.read(spoilt)
    with pytest.raises(MalformedLogin):
        exchange.read(good)


@pytest.mark.rfc("5034-4-data")
def test_the_last_word_of_the_client_is_empty() -> None:
    """RFC 5034 section 4: our proof is a challenge, and only an empty response ends it well."""
    exchange = ScramExchange(OneKey(), NOT_BOUND)
    client = ScramClient()
    challenged(exchange, client.final(challenged(exchange, client.first())))

    with pytest.raises(MalformedLogin):
        exchange.read(b"more")
    with pytest.raises(MalformedLogin):
        exchange.read(b"")


@pytest.mark.parametrize("said", ["a rejected proof", "an identity"])
def test_nothing_follows_an_outcome(said: str) -> None:
    """After a rejection and after the end there is no second try in the same exchange."""
    exchange = ScramExchange(OneKey(), NOT_BOUND)
    client = ScramClient(password=b"wrong" if said == "a rejected proof" else b"wonderland")
    final = client.final(challenged(exchange, client.first()))
    answered(exchange.read(final))
    if said == "an identity":
        answered(exchange.read(b""))

    for message in (final, b"", client.first()):
        with pytest.raises(MalformedLogin):
            exchange.read(message)


@given(st.binary(max_size=300))
def test_whatever_comes_first_is_read_or_malformed(message: bytes) -> None:
    """No octets make the reading of a first message fail otherwise."""
    try:
        ScramExchange(OneKey(), NOT_BOUND).read(message)
    except MalformedLogin:
        return


@pytest.mark.rfc("5802-5.1-differs")
def test_every_exchange_has_a_nonce_of_its_own() -> None:
    """The server's part differs from one exchange to the next, and has no comma."""
    firsts = {
        challenged(ScramExchange(OneKey(), NOT_BOUND), ScramClient().first()) for _ in range(100)
    }

    assert len(firsts) == 100
    assert {first.count(b",") for first in firsts} == {2}


@pytest.mark.rfc("5034-4-longest")
def test_the_longest_challenge_fits_its_line() -> None:
    """With the longest nonce, salt and count a challenge has less than the 12,288 of RFC 5034."""
    keys = replace(KEYS, salt=b"x" * 1_024, iterations=10_000_000)
    client = ScramClient(nonce="x" * NONCE_OCTETS_MAX)

    challenge = challenged(ScramExchange(OneKey(keys), NOT_BOUND), client.first())

    assert 3_200 < len(base64.b64encode(challenge)) <= 3_300


# --- whose keys ----------------------------------------------------------------------------------

NOBODY = AccountName("nobody")
STORED = {AccountName("eve"): derive_keys(b"apple", b"salt of eve", 5_000)}
PASSWORDS = {ALICE: b"wonderland", AccountName("rtl"): "\u0627a".encode()}


@pytest.mark.parametrize(
    "book",
    [
        ScramBook(kept=STORED, passwords={}),
        ScramBook(kept={}, passwords=PASSWORDS),
        ScramBook(kept=STORED, passwords=PASSWORDS),
    ],
    ids=["keys", "passwords", "both"],
)
def test_nobody_looks_like_somebody(book: ScramBook) -> None:
    """A name without keys has always the same salt, of a length and a count that others have."""
    shapes = {(keys.iterations, len(keys.salt)) for keys in map(book.keys, (*STORED, ALICE))}

    for name in (NOBODY, AccountName("nobody else"), AccountName("rtl")):
        found = book.keys(name)
        assert (found.iterations, len(found.salt)) in shapes
        assert found == book.keys(name)
        assert {len(found.stored_key), len(found.server_key)} == {32}
    assert book.keys(NOBODY).salt != book.keys(AccountName("nobody else")).salt


@pytest.mark.parametrize("name", [NOBODY, ALICE, AccountName("eve")], ids=str)
def test_with_a_secret_a_restart_changes_no_salt(name: AccountName) -> None:
    """Who asks before and after a restart learns nothing of who has keys of its own."""
    before = ScramBook(kept=STORED, passwords=PASSWORDS, secret=b"of the file")
    after = ScramBook(kept=STORED, passwords=PASSWORDS, secret=b"of the file")

    assert before.keys(name) == after.keys(name)


@pytest.mark.parametrize("secret", [None, b"of another file"])
def test_another_secret_makes_other_salts(secret: bytes | None) -> None:
    """Salts of two servers are not the same by chance: without the secret nobody foresees them."""
    one = ScramBook(kept=STORED, passwords=PASSWORDS, secret=b"of the file")
    other = ScramBook(kept=STORED, passwords=PASSWORDS, secret=secret)

    for name in (NOBODY, ALICE):
        assert one.keys(name).salt != other.keys(name).salt


def test_nobody_is_like_this_one_or_that_one() -> None:
    """Where accounts differ in their counts, names without keys differ as they do."""
    book = ScramBook(kept=STORED, passwords=PASSWORDS)
    counts = {book.keys(AccountName(f"nobody {number}")).iterations for number in range(200)}

    assert counts == {5_000, ITERATIONS}


@pytest.mark.rfc("7677-3-iterations")
def test_nobody_is_as_much_work_as_somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where any password is stored, every name costs one derivation of the same count."""
    book = ScramBook(kept=STORED, passwords=PASSWORDS)
    counts: list[int] = []
    real = hashlib.pbkdf2_hmac

    def counted(name: str, password: bytes, salt: bytes, iterations: int) -> bytes:
        counts.append(iterations)
        return real(name, password, salt, iterations)

    monkeypatch.setattr(hashlib, "pbkdf2_hmac", counted)
    for name in (NOBODY, ALICE, AccountName("eve"), AccountName("rtl")):
        book.keys(name)

    assert counts == [ITERATIONS] * 4
    assert book.is_slow


def test_keys_that_are_kept_are_given_as_they_are() -> None:
    """An account's own keys come out, and those of a password are derived from it."""
    book = ScramBook(kept=STORED, passwords=PASSWORDS)
    alices = book.keys(ALICE)

    assert book.keys(AccountName("eve")) == STORED[AccountName("eve")]
    assert alices == derive_keys(b"wonderland", alices.salt, ITERATIONS)


@pytest.mark.rfc("5802-2.2-normalized")
def test_a_book_of_nobody_is_empty() -> None:
    """A password that SASLprep refuses gives no keys."""
    assert ScramBook(kept={}, passwords={}).is_empty
    assert ScramBook(kept={}, passwords={ALICE: "\u0627a".encode(), NOBODY: b"\xff"}).is_empty
    assert not ScramBook(kept=STORED, passwords={}).is_empty
    assert not ScramBook(kept={}, passwords=PASSWORDS).is_empty
