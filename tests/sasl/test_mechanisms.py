"""The mechanisms that say a password, what is prepared, what binds, and what is on offer.

Decides what each part makes of what it is given. Refuses to test SCRAM and a session.
"""

import base64
import re
import ssl
from datetime import UTC, datetime, timedelta
from hashlib import sha256, sha384
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID

from requite.pop3.accounts import SingleAccount
from requite.pop3.login import MalformedLogin
from requite.pop3.maildrops.memory import MemoryMaildrops
from requite.pop3.names import AccountName, MailboxName
from requite.pop3.sasl import (
    MECHANISMS,
    BoundContext,
    Certified,
    Challenge,
    Exchange,
    Mechanism,
    Offer,
    end_point_of,
)
from requite.pop3.sasl.binding import binding_of
from requite.pop3.sasl.login import LoginExchange
from requite.pop3.sasl.plain import PlainExchange
from requite.pop3.sasl.preparation import prepared
from requite.pop3.services import Credentials, Identity, Rejected
from running import connected, run, running_server
from sasl.one_token import OneToken
from sasl.test_scram import END_POINT, OneKey

ACCOUNTS = SingleAccount(AccountName("alice"), b"wonder land")
ALICE = Identity(AccountName("alice"), MailboxName("alice"))


class Remembering:
    """Accounts that remember what was claimed."""

    def __init__(self) -> None:
        self.claimed: list[Credentials] = []

    def verify(self, credentials: Credentials, /) -> Rejected:
        """Let nobody in."""
        self.claimed.append(credentials)
        return Rejected("the test says so")


# --- PLAIN and LOGIN -----------------------------------------------------------------------------


@pytest.mark.rfc("4616-2-empty", "5034-4-unprepared", "4616-2-message")
@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\0alice",
        b"\0\0p",
        b"\0alice\0",
        b"\0al\xffice\0p",
        b"\0alice\0p\0more",
        b"a\0alice\\b\0p",
        b"\0alice\0p\xff",
        b"\0alice\0p\t",
        "\0alice\0p\ufffd".encode(),
        "\0alice\0\u00ad".encode(),
        "\0al\u2028ice\0p".encode(),
        "sup\ue000port\0alice\0p".encode(),
        "\u00ad\0alice\0p".encode(),
    ],
)
def test_plain_is_three_parts_with_a_name_and_a_password(message: bytes) -> None:
    """Anything else, and what cannot be prepared, is malformed, and nobody is asked."""
    with pytest.raises(MalformedLogin):
        PlainExchange(ACCOUNTS).read(message)


@pytest.mark.rfc("4616-2-authorized")
@pytest.mark.parametrize(
    ("message", "mailbox"),
    [
        (b"alice\0alice\0p", None),
        (b"support\0alice\0p", "support"),
        (b"\0alice\\support\0p", "support"),
        (b"\0support*alice\0p", "support"),
    ],
)
def test_plain_says_which_mailbox(message: bytes, mailbox: str | None) -> None:
    """The shared mailbox can be named by the authorization identity or in the name."""
    accounts = Remembering()
    PlainExchange(accounts).read(message)()

    wanted = None if mailbox is None else MailboxName(mailbox)
    assert accounts.claimed == [Credentials(AccountName("alice"), wanted, b"p")]


def test_login_asks_for_the_name_and_then_for_the_password() -> None:
    """Two responses are one claim; the password keeps every octet."""
    exchange = LoginExchange(ACCOUNTS)

    assert exchange.first == b"Username:"
    assert exchange.read(b"alice")() == Challenge(b"Password:")
    assert exchange.read(b"wonder land")() == ALICE
    assert PlainExchange(ACCOUNTS).first == b""


def test_login_names_a_shared_mailbox_in_its_name() -> None:
    """LOGIN has no authorization identity, but names are read as with USER."""
    accounts = Remembering()
    exchange = LoginExchange(accounts)
    exchange.read(b"alice\\support")()
    exchange.read(b" p \0")()

    assert accounts.claimed == [Credentials(AccountName("alice"), MailboxName("support"), b" p \0")]


@pytest.mark.parametrize("name", [b"", b"\xff", b"a\0b", b"a*b*c", b"\xc2\xad"])
def test_login_refuses_a_name_that_cannot_be_read(name: bytes) -> None:
    """A broken name ends the exchange before a password is asked for."""
    with pytest.raises(MalformedLogin):
        LoginExchange(ACCOUNTS).read(name)


def test_login_refuses_an_empty_password() -> None:
    """No password is no password, as with PASS."""
    exchange = LoginExchange(ACCOUNTS)
    exchange.read(b"alice")

    with pytest.raises(MalformedLogin):
        exchange.read(b"")


@pytest.mark.rfc("4616-2-octets")
def test_each_part_of_plain_may_have_255_octets() -> None:
    """RFC 4616 section 2: that many of each are accepted at least."""
    mailbox, name, password = (letter * 255 for letter in (b"m", b"n", b"p"))
    accounts = Remembering()
    PlainExchange(accounts).read(b"\0".join((mailbox, name, password)))()

    expected = Credentials(AccountName(name.decode()), MailboxName(mailbox.decode()), password)
    assert accounts.claimed == [expected]


@pytest.mark.rfc("4616-2-octets", "5034-4-longest")
@pytest.mark.parametrize("at_once", [True, False], ids=["initial response", "challenge"])
def test_the_longest_plain_of_the_standard_logs_in(*, at_once: bool) -> None:
    """255 octets of name and of password each fit into a line, wherever they are said."""
    name, password = "n" * 255, b"p" * 255
    maildrops = MemoryMaildrops()
    maildrops.add(MailboxName(name), b"Subject: hello\n\nHello.\n")
    said = base64.b64encode(b"\0".join((name.encode(), name.encode(), password)))

    async def story() -> None:
        accounts = SingleAccount(AccountName(name), password)
        async with (
            running_server(accounts=accounts, maildrops=maildrops) as running,
            connected(running) as peer,
        ):
            if at_once:
                answer = await peer.ask(b"AUTH PLAIN " + said)
            else:
                assert await peer.ask(b"AUTH PLAIN") == b"+ "
                answer = await peer.ask(said)
            assert answer.startswith(b"+OK Logged in")

    run(story())


# --- SASLprep ------------------------------------------------------------------------------------


@pytest.mark.rfc("5802-2.2-normalized")
@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("I\u00adX", "IX"),
        ("user", "user"),
        ("USER", "USER"),
        ("\u00aa", "a"),
        ("\u2168", "IX"),
        ("a\u00a0b\u3000c", "a b c"),
        ("\u0627\u0628", "\u0627\u0628"),
    ],
)
def test_a_string_is_prepared_as_rfc_4013_says(text: str, form: str) -> None:
    """The examples of RFC 4013 section 3, spaces that are no ASCII, and one direction."""
    assert prepared(text, stored=True) == form


@pytest.mark.parametrize(
    "text",
    ["\u0007", "\u0627\u0031", "\u0627a\u0628", "", "\u00ad", "\ue000", "\ufffd", "\U000e0001"],
)
def test_what_is_prohibited_has_no_form(text: str) -> None:
    """Controls, mixed directions, nothing at all, private use and tags are refused."""
    with pytest.raises(MalformedLogin):
        prepared(text, stored=False)


@pytest.mark.rfc("5802-5.1-name")
def test_an_unassigned_code_point_may_be_looked_up_and_not_stored() -> None:
    """RFC 3454 section 7: U+0221 was unassigned in Unicode 3.2."""
    assert prepared("\u0221", stored=False) == "\u0221"
    with pytest.raises(MalformedLogin):
        prepared("\u0221", stored=True)


# --- channel binding -----------------------------------------------------------------------------


def certificate(
    path: Path, key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey, algorithm: object
) -> bytes:
    """Write a certificate and its key; give the certificate's DER."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    begins = datetime(2020, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=36_500))
        .sign(key, algorithm)  # type: ignore[arg-type]  # Any hash, or none for Ed25519.
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(pem))
    return made.public_bytes(serialization.Encoding.DER)


@pytest.mark.rfc("5929-4.1-same")
def test_a_certificate_binds_by_the_hash_of_its_signature(tmp_path: Path) -> None:
    """RFC 5929 section 4.1: SHA-256 and SHA-384 are used as they are, and follow a new one."""
    path = tmp_path / "pem"
    context = BoundContext(ssl.PROTOCOL_TLS_SERVER)
    for algorithm, digest in ((hashes.SHA256(), sha256), (hashes.SHA384(), sha384)):
        der = certificate(path, ec.generate_private_key(ec.SECP256R1()), algorithm)
        context.load_cert_chain(path)
        assert context.end_point == digest(der).digest()


@pytest.mark.rfc("5929-4.1-weak")
def test_a_weak_hash_is_replaced_by_sha_256() -> None:
    """RFC 5929 section 4.1: for MD5 and SHA-1 the hash is SHA-256."""
    stored = Path(__file__).with_name("signed_with_sha1.pem").read_bytes()
    der = x509.load_pem_x509_certificate(stored).public_bytes(serialization.Encoding.DER)

    assert binding_of(stored) == sha256(der).digest()


@pytest.mark.rfc("5929-4.1-undefined")
def test_a_signature_without_a_hash_binds_nothing(tmp_path: Path) -> None:
    """RFC 5929 section 4.1 leaves it undefined, so that PLUS is not offered."""
    path = tmp_path / "pem"
    certificate(path, ed25519.Ed25519PrivateKey.generate(), None)
    context = BoundContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)

    assert context.end_point is None


def test_without_tls_or_with_a_foreign_context_nothing_is_bound() -> None:
    """A context that knows no binding gives none."""
    foreign = ssl.create_default_context().wrap_bio(
        ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="x"
    )

    assert end_point_of(None) is None
    assert end_point_of(foreign) is None


# --- names ---------------------------------------------------------------------------------------


@pytest.mark.rfc("4422-3.1-names")
def test_every_mechanism_has_a_name_that_rfc_4422_allows() -> None:
    """RFC 4422 section 3.1: 1 to 20 capital letters, digits, hyphens and underscores."""
    assert [name for name in MECHANISMS if not re.fullmatch(rb"[A-Z0-9_-]{1,20}", name)] == []


# --- the offer -----------------------------------------------------------------------------------

ALL = (b"SCRAM-SHA-256-PLUS", b"SCRAM-SHA-256", b"PLAIN", b"LOGIN")


@pytest.mark.rfc("4422-6.1.2-minimum", "5802-6-both", "5802-6-without")
@pytest.mark.parametrize(
    ("scram", "end_point", "password_allowed", "listed"),
    [
        (OneKey(), END_POINT, True, ALL),
        (OneKey(), END_POINT, False, ALL[:2]),
        (OneKey(), None, True, ALL[1:]),
        (OneKey(), None, False, ALL[1:2]),
        (None, END_POINT, True, ALL[2:]),
        (None, None, False, ()),
    ],
)
def test_only_what_is_true_is_offered(
    *,
    scram: OneKey | None,
    end_point: bytes | None,
    password_allowed: bool,
    listed: tuple[bytes, ...],
) -> None:
    """SCRAM where anybody has keys, PLUS where something binds, a password where it may travel."""
    offer = Offer(accounts=ACCOUNTS, scram=scram, end_point=end_point)

    assert offer.listed(password_allowed=password_allowed) == listed


@pytest.mark.parametrize("mechanism", Mechanism)
def test_what_is_offered_can_be_begun_and_nothing_else(mechanism: Mechanism) -> None:
    """Each mechanism begins where it is on offer; SCRAM of nobody is a mistake of ours."""
    certified = Certified(AccountName("alice"), ACCOUNTS)
    whole = Offer(
        accounts=ACCOUNTS,
        scram=OneKey(),
        end_point=END_POINT,
        certified=certified,
        tokens=OneToken("secret"),
    )
    least = Offer(accounts=ACCOUNTS, scram=None, end_point=None)

    exchange: Exchange = whole.begin(mechanism)

    assert exchange.first == (b"Username:" if mechanism is Mechanism.LOGIN else b"")
    if not least.has(mechanism):
        with pytest.raises(ValueError, match=mechanism.value):
            least.begin(mechanism)
