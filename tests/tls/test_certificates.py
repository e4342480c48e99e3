"""Which certificate a client sees, which versions are spoken, and what a client may show.

Decides that the configuration means what it says, over real sockets. Refuses to test how the files
are renewed.
"""

import asyncio
import ssl
import warnings
from contextlib import suppress

import pytest
import trustme

from requite.generated.pop3 import Event
from requite.pop3.configuration import OldestTLS
from requite.pop3.tls import ALPN, tls_context
from running import Running, connected, run, running_server
from shell.words import FIRST, both_loops
from tls.site import Site, names_in, shaken


@pytest.mark.rfc("8314-4.4-names")
@both_loops
@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("default.example", "default.example"),
        ("mail.example", "mail.example"),
        ("MAIL.Example", "mail.example"),
        ("a.wild.example", "*.wild.example"),
        ("b.a.wild.example", "default.example"),
        ("wild.example", "default.example"),
        ("own.wild.example", "own.wild.example"),
        ("unknown.example", "default.example"),
        (None, "default.example"),
    ],
)
def test_a_client_is_shown_the_certificate_of_the_name(
    site: Site, loop: str, asked: str | None, shown: str
) -> None:
    """The name that is asked for decides; an unknown one, or none, gets the first certificate."""
    names = {
        name: site.write(f"name{number}", name)
        for number, name in enumerate(("mail.example", "*.wild.example", "own.wild.example"))
    }
    context = tls_context(site.tls(names=names))

    async def story() -> None:
        async with (
            running_server(FIRST, tls=context, tls_first=True) as running,
            shaken(running, site.client(), asks_for=asked) as (reader, _, tls),
        ):
            assert (await reader.readline()).startswith(b"+OK")
            assert names_in(tls) == (shown,)

    run(story(), loop=loop)


def old_client(site: Site, version: ssl.TLSVersion) -> ssl.SSLContext:
    """Make a client that speaks one version only, with whatever ciphers it needs for that."""
    client = site.client()
    client.set_ciphers("DEFAULT:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # It is deprecated: that is the point.
        client.minimum_version = client.maximum_version = version
    return client


async def fails(running: Running, client: ssl.SSLContext) -> None:
    """Expect that a handshake fails at the server."""
    try:
        async with shaken(running, client) as (reader, _, _):
            # In TLS 1.3 a client believes that all is well until it reads.
            said = await reader.readline()
    except (ssl.SSLError, ConnectionError):
        said = b""
    assert said == b"", f"expected no greeting, found {said!r}"
    await running.until_over()
    assert running.events[-1] is Event.TLS_FAILED


VERSIONS = {
    ssl.TLSVersion.TLSv1: (),
    ssl.TLSVersion.TLSv1_1: (),
    ssl.TLSVersion.TLSv1_2: (OldestTLS.TLS_1_2,),
    ssl.TLSVersion.TLSv1_3: (OldestTLS.TLS_1_2, OldestTLS.TLS_1_3),
}


@pytest.mark.rfc("8314-4-version", "8314-4.1-versions", "8314-4-versions")
@both_loops
@pytest.mark.parametrize("minimum", OldestTLS)
@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.name)
def test_only_versions_from_the_minimum_on_are_spoken(
    site: Site, loop: str, version: ssl.TLSVersion, minimum: OldestTLS
) -> None:
    """TLS 1.1 and older are always refused (RFC 8996), and 1.2 where 1.3 is asked for."""
    context = tls_context(site.tls(minimum=minimum))
    client = old_client(site, version)

    async def story() -> None:
        async with running_server(FIRST, tls=context, tls_first=True) as running:
            if minimum not in VERSIONS[version]:
                await fails(running, client)
                return
            async with shaken(running, client) as (reader, _, _):
                assert (await reader.readline()).startswith(b"+OK")

    run(story(), loop=loop)


RECOMMENDED = {
    f"{key}-AES{size}"
    for key in ("ECDHE-RSA", "DHE-RSA")
    for size in ("128-GCM-SHA256", "256-GCM-SHA384")
}
"""RFC 7525 section 4.2, in the names of OpenSSL."""


@pytest.mark.rfc("8314-4-ciphers")
def test_the_recommended_cipher_suites_are_there(site: Site) -> None:
    """Those of RFC 7525, and none without an ephemeral key."""
    suites = {suite["name"] for suite in tls_context(site.tls()).get_ciphers()}

    assert suites >= RECOMMENDED
    assert not {name for name in suites if not name.startswith(("TLS_", "ECDHE-", "DHE-"))}


@pytest.mark.rfc(
    "7301-3.1-one",
    "7301-3.2-chosen",
    "7301-3.2-none",
    "7301-3.1-name",
    "7301-3.1-ignored",
    "7301-3.2-definitive",
)
@both_loops
@pytest.mark.parametrize(
    ("offered", "agreed"),
    [((ALPN,), ALPN), (("imap", ALPN), ALPN), ((), None), (("imap", "h2"), None)],
)
def test_pop3_is_agreed_where_it_is_offered(
    site: Site, loop: str, offered: tuple[str, ...], agreed: str | None
) -> None:
    """ALPN is agreed on pop3; a client that offers none, or only others, is served without.

    RFC 7301 section 3.2 asks for the alert no_application_protocol in the last case. Python's ssl
    has no way to send it: what it answers to an offer that does not fit is no answer.
    """
    context = tls_context(site.tls())

    async def story() -> None:
        async with (
            running_server(FIRST, tls=context, tls_first=True) as running,
            shaken(running, site.client(*offered)) as (reader, _, tls),
        ):
            assert (await reader.readline()).startswith(b"+OK")
            assert tls.selected_alpn_protocol() == agreed

    run(story(), loop=loop)


@both_loops
@pytest.mark.parametrize("named", [False, True], ids=["the first certificate", "another name"])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("shows", ["good", "untrusted", "none"])
def test_a_client_certificate_is_asked_for_and_not_required(
    site: Site, loop: str, shows: str, version: ssl.TLSVersion, *, named: bool
) -> None:
    """A client may show one of the right authority, or none; one of another is refused."""
    ours, theirs = (trustme.CA(key_type=trustme.KeyType.ECDSA) for _ in range(2))
    names = {"mail.example": site.write("mail", "mail.example")}
    context = tls_context(site.tls(names=names, client_authority=ours))
    client = site.client()
    client.maximum_version = version
    if shows != "none":
        issuer = ours if shows == "good" else theirs
        issuer.issue_cert("alice@mail.example").configure_cert(client)
    asked = "mail.example" if named else None
    seen: list[object] = []

    async def story() -> None:
        async with running_server(FIRST, tls=context, tls_first=True) as running:
            if shows == "untrusted":
                await fails(running, client)
                return
            async with shaken(running, client, asks_for=asked) as (reader, _, _):
                assert (await reader.readline()).startswith(b"+OK")
                transport = running.session._connection._transport
                assert transport is not None
                seen.append(transport.get_extra_info("ssl_object").getpeercert())

    run(story(), loop=loop)
    match seen:
        case [{"subjectAltName": (("email", "alice@mail.example"),)}]:
            assert shows == "good"
        case [None] | []:
            assert shows != "good"
        case _:
            pytest.fail(f"expected no other certificate, found {seen}")


@pytest.mark.rfc("8314-4.2-asked")
@both_loops
def test_without_authorities_no_client_certificate_is_asked_for(site: Site, loop: str) -> None:
    """A client that has a certificate keeps it to itself, whoever has issued it."""
    context = tls_context(site.tls())
    client = site.client()
    trustme.CA().issue_cert("alice@mail.example").configure_cert(client)

    async def story() -> None:
        async with (
            running_server(FIRST, tls=context, tls_first=True) as running,
            shaken(running, client) as (reader, _, _),
        ):
            assert (await reader.readline()).startswith(b"+OK")
            transport = running.session._connection._transport
            assert transport is not None
            assert not transport.get_extra_info("ssl_object").getpeercert(binary_form=True)

    run(story(), loop=loop)


@pytest.mark.rfc("8314-4.4-names")
@both_loops
def test_a_name_picks_the_certificate_after_stls_too(site: Site, loop: str) -> None:
    """STLS leads to the same choice as implicit TLS."""
    names = {"mail.example": site.write("mail", "mail.example")}
    context = tls_context(site.tls(names=names))

    async def story() -> None:
        async with running_server(FIRST, tls=context) as running:
            async with connected(running) as peer:
                assert await peer.ask(b"STLS") == b"+OK Begin TLS."
                transport, _ = await asyncio.get_running_loop().create_connection(
                    asyncio.Protocol,
                    sock=peer._socket.dup(),
                    ssl=site.client(),
                    server_hostname="mail.example",
                )
                assert names_in(transport.get_extra_info("ssl_object")) == ("mail.example",)
                transport.abort()
            await running.until_over()

    run(story(), loop=loop)


@both_loops
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_name_that_is_none_fails_the_handshake(site: Site, loop: str) -> None:
    """A name with a character that no host name has ends the session and nothing else.

    Python cannot hand such a name to us; it fails the handshake and writes why to stderr.
    """
    context = tls_context(site.tls(names={"mail.example": site.write("mail", "mail.example")}))
    nothing, hello = ssl.MemoryBIO(), ssl.MemoryBIO()
    with suppress(ssl.SSLWantReadError):
        client = site.client().wrap_bio(nothing, hello, server_hostname="mail.example")
        client.do_handshake()

    async def story() -> None:
        async with (
            running_server(FIRST, tls=context, tls_first=True) as running,
            connected(running, greeted=False) as peer,
        ):
            await peer.send(hello.read().replace(b"mail.example", b"m\xffil.example"))
            await peer.rest()
            await running.until_over()
            assert running.events[-1] is Event.TLS_FAILED

    run(story(), loop=loop)


@pytest.mark.rfc("5929-3.1-renegotiated")
def test_nothing_is_negotiated_anew(site: Site) -> None:
    """A client of TLS 1.2 cannot make the server shake hands again and again, whatever the name."""
    names = {"mail.example": site.write("mail", "mail.example")}

    assert tls_context(site.tls(names=names)).options & ssl.OP_NO_RENEGOTIATION
