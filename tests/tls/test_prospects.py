"""What is said of a certificate before a client sees it.

Decides that `--check-config` and the start tell what clients will have against it. Refuses to test
what makes a configuration impossible, which `configuration/test_between_keys` does.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from requite.pop3.configuration import TLS, Certificate, Configuration
from requite.pop3.configuration._certificates import EXPIRES_SOON_DAYS, fit, holds_certificates
from tls.site import Site

SPARE = timedelta(hours=1)
"""Time that a test may take before a day less is left."""


def warnings_of(tls: TLS) -> tuple[str, ...]:
    """Return what is warned of."""
    return Configuration(tls=tls).warnings


def ending(site: Site, ends: datetime) -> TLS:
    """Configure a certificate that ends at a moment."""
    tls = site.tls()
    site.write("default", "default.example", ends=ends)
    return tls


@pytest.mark.parametrize("days", [0, 1, EXPIRES_SOON_DAYS - 1])
def test_a_certificate_that_expires_soon_is_warned_of(site: Site, days: int) -> None:
    """With less than two weeks left, the days are counted."""
    ends = datetime.now(UTC) + timedelta(days=days) + SPARE

    assert warnings_of(ending(site, ends)) == (
        f"[tls] certificate: it expires in {days} days; renew it.",
    )


def test_a_certificate_with_two_weeks_left_is_not_warned_of(site: Site) -> None:
    """At the limit nothing is said."""
    ends = datetime.now(UTC) + timedelta(days=EXPIRES_SOON_DAYS) + SPARE

    assert warnings_of(ending(site, ends)) == ()


@pytest.mark.rfc("8314-4.4-valid")
def test_a_certificate_that_has_expired_is_warned_of(site: Site) -> None:
    """The server would start; clients would not talk to it."""
    ends = datetime.now(UTC) - SPARE

    assert warnings_of(ending(site, ends)) == (
        "[tls] certificate: clients will refuse it: certificate has expired.",
    )


@pytest.mark.parametrize(
    ("name", "issued_for", "is_right"),
    [
        ("mail.example", "mail.example", True),
        ("mail.own.example", "*.own.example", True),
        ("*.wild.example", "*.wild.example", True),
        ("mail.example", "other.example", False),
        ("*.wild.example", "a.wild.example", False),
    ],
)
def test_a_certificate_for_another_name_is_warned_of(
    site: Site, name: str, issued_for: str, *, is_right: bool
) -> None:
    """What is shown to clients that ask for a name must be valid for it."""
    pair = site.write("named", issued_for)
    (*told,) = warnings_of(site.tls(names={name: pair}))

    assert len(told) == (0 if is_right else 1), told
    if told:
        assert told[0].startswith(f'[tls.names."{name}"] certificate: clients will refuse it: ')


def test_the_first_certificate_may_be_for_any_name(site: Site) -> None:
    """It is shown to who asks for nothing, so no name is expected of it."""
    assert warnings_of(site.tls()) == ()


def test_a_key_is_tried_with_its_certificate(site: Site) -> None:
    """A key fits its own certificate, and no other."""
    first, second = site.write("first", "a.example"), site.write("second", "a.example")

    assert fit(first.certificate, first.key)
    assert not fit(first.certificate, second.key)


def test_a_key_is_no_certificate(site: Site) -> None:
    """Two files that are swapped are told apart."""
    pair = site.write("first", "a.example")

    assert holds_certificates(pair.certificate)
    assert not holds_certificates(pair.key)


@pytest.mark.parametrize("gone", ["certificate", "key"])
def test_files_that_have_vanished_are_no_reason_to_fail(site: Site, gone: str) -> None:
    """Who checks the files says that they are not there; warnings do not say it once more."""
    tls = site.tls()
    path: Path = getattr(tls, gone)
    path.unlink()

    assert warnings_of(tls) == ()


@pytest.mark.parametrize("kind", trustme.KeyType)
def test_every_kind_of_key_is_looked_at(site: Site, kind: trustme.KeyType) -> None:
    """RSA and ECDSA certificates are both read."""
    issued = site.authority.issue_cert("a.example", key_type=kind)
    pair = Certificate(certificate=site.directory / "a.pem", key=site.directory / "a.key")
    issued.cert_chain_pems[0].write_to_path(pair.certificate)
    issued.private_key_pem.write_to_path(pair.key)

    assert fit(pair.certificate, pair.key)
    assert warnings_of(site.tls(names={"a.example": pair})) == ()
