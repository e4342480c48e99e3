"""SASL EXTERNAL over a socket: a client certificate instead of a password.

Decides who gets in by which certificate, where EXTERNAL is offered, and that it is not there
without one. Refuses to test how a name is read from a certificate, as `test_client_certificates`
does, and which certificates TLS takes, as `tls/test_certificates` does.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trustme

from requite.generated.pop3 import Event
from requite.pop3.accounts import FileAccounts, SingleAccount, VouchedAccounts
from requite.pop3.assembly import build
from requite.pop3.client_certificates import ClientName
from requite.pop3.configuration import load
from requite.pop3.login import MalformedLogin
from requite.pop3.maildrops.memory import MemoryMaildrops
from requite.pop3.names import AccountName, MailboxName
from requite.pop3.sasl import Certified, CertifiedAccounts
from requite.pop3.sasl.external import ExternalExchange
from requite.pop3.services import Answer, Identity, Rejected
from requite.pop3.shell import Settings
from running import Peer, Running, connected, run, running_server
from shell.tls_client import Blocking, talked
from shell.words import FIRST, both_loops, plain

ALICE = AccountName("alice@mail.example")
IN = b"+OK Logged in, 1 messages (108 octets)."
WRONG = b"-ERR [AUTH] Wrong name or password."
UNKNOWN = b"-ERR That mechanism is not offered; CAPA lists those that are."
BY_PASSWORD = [b"PLAIN", b"LOGIN"]
NEVER = Settings(plaintext_without_tls="never", refusal_s=0.0)
LOOPBACK = Settings(refusal_s=0.0)


@dataclass
class Certificates:
    """A server, an authority of clients, and what each of them shows."""

    authority: trustme.CA = field(
        default_factory=lambda: trustme.CA(key_type=trustme.KeyType.ECDSA)
    )

    def server(self, *, asks: bool = True) -> ssl.SSLContext:
        """Make the server's context, which may ask for certificates."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert("127.0.0.1").configure_cert(context)
        if asks:
            self.authority.configure_trust(context)
            context.verify_mode = ssl.CERT_OPTIONAL
        return context

    def client(self, *names: str, common_name: str | None = None) -> ssl.SSLContext:
        """Make a client's context, with a certificate of these names, or of none without any."""
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        if names:
            self.authority.issue_cert(*names, common_name=common_name).configure_cert(context)
        return context


@pytest.fixture(scope="module")
def site() -> Certificates:
    """Make one authority for all tests of this module."""
    return Certificates()


@asynccontextmanager
async def serving(
    directory: Path,
    tls: ssl.SSLContext,
    *,
    by: ClientName = ClientName.EMAIL,
    tls_first: bool = False,
    settings: Settings = NEVER,
) -> AsyncIterator[Running]:
    """Serve alice and bob, each with one message, and a mailbox that alice may open."""
    (directory / "accounts").write_text(f"{ALICE}:{{PLAIN}}wonderland\nbob:{{PLAIN}}builder\n")
    support = MailboxName("support")
    accounts = FileAccounts(directory / "accounts", delegates={support: (ALICE,)})
    maildrops = MemoryMaildrops()
    for mailbox in (MailboxName(ALICE), MailboxName("bob"), support):
        maildrops.add(mailbox, FIRST)
    try:
        async with running_server(
            maildrops=maildrops,
            accounts=accounts,
            certified=CertifiedAccounts(by, accounts),
            tls=tls,
            tls_first=tls_first,
            settings=settings,
            real_time=True,
        ) as running:
            yield running
    finally:
        accounts.close()


def begun(
    client_side: ssl.SSLContext, talk: Callable[[Blocking], None], *, tls_first: bool = False
) -> Callable[[Blocking], None]:
    """Begin TLS, by STLS or at once, then talk."""

    def begin(peer: Blocking) -> None:
        if not tls_first:
            peer.line()
            assert peer.ask(b"STLS").startswith(b"+OK")
        peer.socket = client_side.wrap_socket(peer.socket, server_hostname="127.0.0.1")
        if tls_first:
            assert peer.line().startswith(b"+OK")
        talk(peer)

    return begin


def offered(peer: Blocking) -> list[bytes]:
    """Give what AUTH lists, which must be what CAPA lists."""
    assert peer.ask(b"AUTH").startswith(b"+OK")
    listed = peer.listing()
    assert peer.ask(b"CAPA").startswith(b"+OK")
    [capability] = [line for line in peer.listing() if line.startswith(b"SASL")] or [b"SASL"]
    assert capability.split()[1:] == listed
    return listed


# --- who gets in ---------------------------------------------------------------------------------


@pytest.mark.rfc(
    "4422-3.4.1-empty",
    "4422-3.4.1-requested",
    "4422-A.1-challenge",
    "4422-A.1-own",
    "4422-A.1-requested",
    "4422-A.1-once",
    "5034-3-stls",
    "5034-4-nothing",
    "5034-4-empty",
    "5034-4-others",
    "8314-4.2-external",
    "4422-3-empty",
)
@both_loops
@pytest.mark.parametrize("tls_first", [True, False], ids=["implicit TLS", "STLS"])
@pytest.mark.parametrize(
    ("lines", "mailbox"),
    [
        ([b"AUTH EXTERNAL ="], ALICE),
        ([b"AUTH EXTERNAL", b""], ALICE),
        ([b"AUTH EXTERNAL", b"="], ALICE),
        ([b"auth external " + plain(ALICE.encode())], ALICE),
        ([b"AUTH EXTERNAL", plain(ALICE.encode())], ALICE),
        ([b"AUTH EXTERNAL " + plain(b"support")], "support"),
        ([b"AUTH EXTERNAL", plain(b"support")], "support"),
    ],
)
def test_a_certificate_logs_in(  # noqa: PLR0913 - each is a dimension.
    lines: list[bytes],
    mailbox: str,
    loop: str,
    tmp_path: Path,
    site: Certificates,
    *,
    tls_first: bool,
) -> None:
    """Its account opens its own mailbox, or the one that is named, at once or when asked."""
    seen: list[Identity | None] = []

    async def story() -> None:
        async with serving(tmp_path, site.server(), tls_first=tls_first) as running:

            def talk(peer: Blocking) -> None:
                assert offered(peer) == [b"EXTERNAL", *BY_PASSWORD]
                *first, last = lines
                for line in first:
                    assert peer.ask(line) == b"+ "
                assert peer.ask(last) == IN
                seen.append(running.session.identity)

            await talked(running, begun(site.client(ALICE), talk, tls_first=tls_first))

    run(story(), loop=loop)
    assert seen == [Identity(ALICE, MailboxName(mailbox))]


@pytest.mark.rfc("2595-4-authorization", "8314-3.1-authorization")
@both_loops
@pytest.mark.parametrize("tls_first", [True, False], ids=["implicit TLS", "STLS"])
def test_a_certificate_alone_is_no_login(
    loop: str, tmp_path: Path, site: Certificates, *, tls_first: bool
) -> None:
    """Whoever has shown a certificate is asked to log in, and may do so by a password."""

    def talk(peer: Blocking) -> None:
        assert peer.ask(b"STAT") == b"-ERR Log in first."
        assert peer.ask(b"USER bob").startswith(b"+OK")
        assert peer.ask(b"PASS builder") == IN

    async def story() -> None:
        async with serving(tmp_path, site.server(), tls_first=tls_first) as running:
            await talked(running, begun(site.client(ALICE), talk, tls_first=tls_first))

    run(story(), loop=loop)


@pytest.mark.rfc("4422-A.1-own")
@both_loops
def test_the_setting_says_where_the_name_stands(
    loop: str, tmp_path: Path, site: Certificates
) -> None:
    """By common name a certificate is bob's whose address would be alice's."""
    seen: list[Identity | None] = []

    async def story() -> None:
        async with serving(tmp_path, site.server(), by=ClientName.COMMON_NAME) as running:

            def talk(peer: Blocking) -> None:
                assert peer.ask(b"AUTH EXTERNAL =") == IN
                seen.append(running.session.identity)

            await talked(running, begun(site.client(ALICE, common_name="bob"), talk))

    run(story(), loop=loop)
    assert seen == [Identity(AccountName("bob"), MailboxName("bob"))]


# --- who does not --------------------------------------------------------------------------------


@pytest.mark.rfc(
    "4422-3.6-authorized",
    "4422-3.6-alike",
    "4422-A.1-requested",
    "4422-A.1-inadequate",
    "5034-4-failed",
    "5034-4-plain",
)
@both_loops
@pytest.mark.parametrize(
    ("named", "asked"),
    [
        ("mallory@mail.example", b"="),
        ("mallory@mail.example", plain(ALICE.encode())),
        (ALICE, plain(b"bob")),
        (ALICE, plain(b"nobody")),
        (ALICE, plain(b"alice@mail.example\\support")),
    ],
    ids=["unknown", "unknown as alice", "no delegate", "no mailbox", "a divider"],
)
def test_who_may_not_is_told_what_a_wrong_password_is_told(
    named: str, asked: bytes, loop: str, tmp_path: Path, site: Certificates
) -> None:
    """An unknown account and a mailbox of others are refused alike; a password works after it."""

    def talk(peer: Blocking) -> None:
        assert peer.ask(b"AUTH EXTERNAL " + asked) == WRONG
        assert peer.ask(b"AUTH PLAIN " + plain(b"\0bob\0builder")) == IN

    async def story() -> None:
        async with serving(tmp_path, site.server()) as running:
            await talked(running, begun(site.client(named), talk))
            assert Event.REJECTED in running.events

    run(story(), loop=loop)


@pytest.mark.rfc("4422-3.4.1-form", "4422-A.1-form", "5034-4-unprepared", "4422-3.6-malformed")
@both_loops
@pytest.mark.parametrize(
    "response",
    [
        b"!",
        b"==",
        plain(b"\xff"),
        plain(b"bob\0"),
        plain(b"\0"),
        plain(b"a\nb"),
        plain("bo\u2028b".encode()),
        plain("\u00ad".encode()),
    ],
)
def test_what_is_no_identity_is_malformed(
    response: bytes, loop: str, tmp_path: Path, site: Certificates
) -> None:
    """Broken base64, no UTF-8, NUL and what SASLprep refuses end it, and nobody is asked."""

    def talk(peer: Blocking) -> None:
        assert peer.ask(b"AUTH EXTERNAL") == b"+ "
        assert peer.ask(response) == b"-ERR That is not a valid response."

    async def story() -> None:
        async with serving(tmp_path, site.server()) as running:
            await talked(running, begun(site.client(ALICE), talk))
            assert Event.REJECTED not in running.events

    run(story(), loop=loop)


@pytest.mark.rfc("4422-3.5-abort")
@both_loops
def test_an_exchange_can_be_cancelled(loop: str, tmp_path: Path, site: Certificates) -> None:
    """After "*" the certificate still logs in."""

    def talk(peer: Blocking) -> None:
        assert peer.ask(b"AUTH EXTERNAL") == b"+ "
        assert peer.ask(b"*") == b"-ERR The exchange is cancelled."
        assert peer.ask(b"AUTH EXTERNAL =") == IN

    async def story() -> None:
        async with serving(tmp_path, site.server()) as running:
            await talked(running, begun(site.client(ALICE), talk))

    run(story(), loop=loop)


@pytest.mark.rfc("4422-3.6-apart")
@both_loops
def test_accounts_that_cannot_be_asked_are_a_failure_of_ours(loop: str, site: Certificates) -> None:
    """What the accounts raise is answered as with a password."""

    class Unavailable:
        def authorize(
            self, account: AccountName, mailbox: MailboxName | None, /
        ) -> Answer[Identity | Rejected]:
            raise OSError(account, mailbox)

    def talk(peer: Blocking) -> None:
        assert peer.ask(b"AUTH EXTERNAL =").startswith(b"-ERR [SYS/TEMP]")

    async def story() -> None:
        certified = CertifiedAccounts(ClientName.EMAIL, Unavailable())
        async with running_server(FIRST, certified=certified, tls=site.server()) as running:
            await talked(running, begun(site.client(ALICE), talk))
            running.forget_complaints(1)

    run(story(), loop=loop)


# --- where it is offered -------------------------------------------------------------------------


async def is_not_there(peer: Peer) -> None:
    """Look that EXTERNAL is neither listed nor taken."""
    listing = b" ".join(await peer.ask_listing(b"CAPA")) + b" ".join(
        await peer.ask_listing(b"AUTH")
    )
    assert b"EXTERNAL" not in listing
    for more in (b"", b" =", b" " + plain(ALICE.encode())):
        assert (await peer.ask(b"AUTH EXTERNAL" + more)) == UNKNOWN


@pytest.mark.rfc("4422-A.1-established")
@both_loops
@pytest.mark.parametrize("settings", [NEVER, LOOPBACK], ids=["never", "loopback"])
def test_in_the_clear_it_is_not_there(
    settings: Settings, loop: str, tmp_path: Path, site: Certificates
) -> None:
    """Before STLS nobody has shown anything, whatever is allowed in the clear."""

    async def story() -> None:
        async with (
            serving(tmp_path, site.server(), settings=settings) as running,
            connected(running) as peer,
        ):
            await is_not_there(peer)

    run(story(), loop=loop)


@pytest.mark.rfc("4422-A.1-established", "4422-A.1-inadequate")
@both_loops
@pytest.mark.parametrize("tls_first", [True, False], ids=["implicit TLS", "STLS"])
@pytest.mark.parametrize("shown", ["nothing", "no address", "two", "a shared one", "not asked for"])
def test_without_a_certificate_that_names_an_account_it_is_not_there(
    shown: str, loop: str, tmp_path: Path, site: Certificates, *, tls_first: bool
) -> None:
    """Inside TLS too EXTERNAL is neither listed nor taken where no account is shown."""
    names = {
        "nothing": (),
        "no address": ("alice.mail.example",),
        "two": (ALICE, "bob@mail.example"),
        "a shared one": ("support*alice@mail.example",),
        "not asked for": (ALICE,),
    }

    def talk(peer: Blocking) -> None:
        assert offered(peer) == BY_PASSWORD
        assert peer.ask(b"AUTH EXTERNAL =") == UNKNOWN
        assert peer.ask(b"AUTH EXTERNAL") == UNKNOWN

    async def story() -> None:
        tls = site.server(asks=shown != "not asked for")
        async with serving(tmp_path, tls, tls_first=tls_first) as running:
            await talked(running, begun(site.client(*names[shown]), talk, tls_first=tls_first))

    run(story(), loop=loop)


@pytest.mark.rfc("5034-4-unsupported")
@both_loops
def test_without_the_setting_it_is_not_there(loop: str, site: Certificates) -> None:
    """A certificate that is asked for and verified logs nobody in by itself."""

    def talk(peer: Blocking) -> None:
        assert offered(peer) == BY_PASSWORD
        assert peer.ask(b"AUTH EXTERNAL =") == UNKNOWN

    async def story() -> None:
        async with running_server(FIRST, tls=site.server()) as running:
            await talked(running, begun(site.client(ALICE), talk))

    run(story(), loop=loop)


@pytest.mark.rfc("4422-A.1-established")
@both_loops
def test_the_next_connection_is_not_the_one_before(
    loop: str, tmp_path: Path, site: Certificates
) -> None:
    """What one client has shown is not known of the next one, beside it or after it."""
    tls = site.server()

    def without(peer: Blocking) -> None:
        assert offered(peer) == BY_PASSWORD

    async def story() -> None:
        async with serving(tmp_path, tls) as running:
            first = await asyncio.to_thread(Blocking, running)

            def logged_in(peer: Blocking) -> None:
                assert peer.ask(b"AUTH EXTERNAL =") == IN

            await asyncio.to_thread(begun(site.client(ALICE), logged_in), first)
            second = await asyncio.to_thread(Blocking, running)
            await asyncio.to_thread(begun(site.client(), without), second)
            second.close()
            first.close()
            await running.until_over()
            await talked(running, begun(site.client(), without))

    run(story(), loop=loop)


@both_loops
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_session_of_tls_that_is_taken_up_again_is_the_same_client(
    version: ssl.TLSVersion, loop: str, tmp_path: Path, site: Certificates
) -> None:
    """A client that resumes shows no certificate anew; the one of the session counts."""
    client = site.client(ALICE)
    client.maximum_version = version
    sessions: list[ssl.SSLSession | None] = [None]

    def talk(peer: Blocking) -> None:
        peer.line()
        assert peer.ask(b"STLS").startswith(b"+OK")
        peer.socket = client.wrap_socket(
            peer.socket, server_hostname="127.0.0.1", session=sessions[-1]
        )
        assert peer.ask(b"AUTH EXTERNAL =") == IN
        assert peer.socket.session_reused is (sessions[-1] is not None)
        sessions.append(peer.socket.session)

    async def story() -> None:
        async with serving(tmp_path, site.server()) as running:
            await talked(running, talk)
            await talked(running, talk)

    run(story(), loop=loop)


# --- the parts -----------------------------------------------------------------------------------


def test_one_account_is_enough() -> None:
    """An account of its own opens its own mailbox by a certificate, and no other account does."""
    alone = SingleAccount(ALICE, b"wonderland")
    mine = ExternalExchange(Certified(ALICE, alone))
    others = ExternalExchange(Certified(AccountName("bob"), alone))

    assert mine.first == b""
    assert mine.read(b"")() == Identity(ALICE, MailboxName(ALICE))
    assert isinstance(mine.read(b"support")(), Rejected)
    assert isinstance(others.read(b"")(), Rejected)
    with pytest.raises(MalformedLogin):
        mine.read(b"\0")


CONFIG = """
[listen]
pop3 = ["127.0.0.1:0"]
[accounts]
file = "accounts"
[mailboxes]
path = "mail/{mailbox}/Maildir"
[tls]
certificate = "both.pem"
key = "both.pem"
"""


@pytest.mark.parametrize("by", [*ClientName, None])
def test_it_is_assembled_where_it_is_configured(
    by: ClientName | None, tmp_path: Path, site: Certificates
) -> None:
    """The server asks the accounts of the file, by the name that is set, or nobody."""
    both = site.authority.issue_cert("localhost").private_key_and_cert_chain_pem
    both.write_to_path(tmp_path / "both.pem")
    (tmp_path / "accounts").write_text("alice:{PLAIN}wonderland\n")
    lines = "" if by is None else f'client_authorities = ["both.pem"]\nclient_name = "{by}"\n'
    (tmp_path / "requite.toml").write_text(CONFIG + lines)
    parts = build(load(tmp_path / "requite.toml"))

    async def certified() -> CertifiedAccounts | None:
        running = await parts.start()
        await running.server.stop()
        return running.server.services.certified

    found = asyncio.run(certified())
    parts.close()
    assert found == (None if by is None else CertifiedAccounts(by, VouchedAccounts(parts.accounts)))
