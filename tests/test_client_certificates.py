"""Whose account a client certificate stands for.

Decides that one certificate stands for one account or for none. Refuses to test the handshake that
verifies it, as `tls/test_certificates` does.
"""

import ssl

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from requite.pop3.client_certificates import ClientName, account_of

ALICE = "alice@mail.example"


def certificate(emails: tuple[str, ...] = (), names: tuple[str, ...] = ()) -> dict[str, object]:
    """Write a certificate as ssl does."""
    return {
        "subject": ((("countryName", "UK"),), *((("commonName", name),) for name in names)),
        "issuer": ((("commonName", "an authority"),),),
        "subjectAltName": (
            ("DNS", "dns@mail.example"),
            ("DirName", ((("commonName", "a directory"),),)),
            *(("email", email) for email in emails),
        ),
        "serialNumber": "01",
    }


@pytest.mark.parametrize(
    ("by", "account"), [(ClientName.EMAIL, ALICE), (ClientName.COMMON_NAME, "alice")]
)
def test_the_setting_says_where_the_name_stands(by: ClientName, account: str) -> None:
    """A certificate with both kinds of name stands for the one that is asked for."""
    assert account_of(certificate((ALICE,), ("alice",)), by) == account


@pytest.mark.parametrize(
    "names", [(), ("a@mail.example", "b@mail.example")], ids=["none", "several"]
)
@pytest.mark.parametrize("by", ClientName)
def test_no_name_or_several_stand_for_nobody(names: tuple[str, ...], by: ClientName) -> None:
    """Nobody is chosen where the certificate does not say who."""
    assert account_of(certificate(names, names), by) is None


@pytest.mark.parametrize("by", ClientName)
def test_the_same_name_twice_is_one(by: ClientName) -> None:
    """Authorities repeat names; that makes nobody else of it."""
    assert account_of(certificate((ALICE, ALICE), (ALICE, ALICE)), by) == ALICE


@pytest.mark.parametrize("by", ClientName)
@pytest.mark.parametrize(
    "name", ["", "alice\\support", "support*alice", "alice\0", "alice\n", "\x85", "\ud800"]
)
def test_a_name_that_no_account_can_have_stands_for_nobody(name: str, by: ClientName) -> None:
    """A certificate opens nobody's mailbox by a divider, and breaks no line of a log."""
    assert account_of(certificate((name,), (name,)), by) is None


@pytest.mark.parametrize("missing", [None, {}], ids=["none", "not verified"])
@pytest.mark.parametrize("by", ClientName)
def test_without_a_verified_certificate_there_is_nobody(
    missing: dict[str, object] | None, by: ClientName
) -> None:
    """There is None where a client has no certificate, and nothing in it where none is verified."""
    assert account_of(missing, by) is None


@given(
    found=st.dictionaries(
        st.sampled_from(("subject", "subjectAltName")),
        st.recursive(
            st.sampled_from(("commonName", "email", "alice", "", "a\\b", "\0")) | st.none(),
            lambda inner: st.lists(inner).map(tuple),
        ),
    ),
    by=st.sampled_from(ClientName),
)
def test_nothing_that_ssl_could_give_is_an_error(found: dict[str, object], by: ClientName) -> None:
    """Whatever stands in a certificate, the answer is a name or nobody."""
    account = account_of(found, by)

    assert account is None or account


def test_a_real_certificate_is_read() -> None:
    """What an authority issues for an address stands for that account, once ssl has verified it."""
    authority = trustme.CA(key_type=trustme.KeyType.ECDSA)
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("mail.example").configure_cert(server_side)
    authority.configure_trust(server_side)
    server_side.verify_mode = ssl.CERT_OPTIONAL
    client_side = ssl.create_default_context()
    authority.configure_trust(client_side)
    authority.issue_cert(ALICE, common_name="alice").configure_cert(client_side)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_side.wrap_bio(to_client, to_server, server_hostname="mail.example")
    server = server_side.wrap_bio(to_server, to_client, server_side=True)
    for side in (client, server) * 4:
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue

    shown = server.getpeercert()
    assert account_of(shown, ClientName.EMAIL) == ALICE
    assert account_of(shown, ClientName.COMMON_NAME) == "alice"
