"""The table `[oauth]`: every key with good, wrong and impossible values, and what goes together.

Decides what a configuration file may say of tokens. Refuses to validate one.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest
import trustme

from oauth.issuer import pem
from requite.pop3.assembly import build
from requite.pop3.configuration import (
    OAUTH_EXTRA,
    ConfigurationError,
    OAuth,
    SigningAlgorithm,
    WebAddress,
    _oauth,
    load,
)

KEYS_PINNED = 16
DAY_S = 86_400.0
URL = "https://login.example/keys"
SECONDS: Mapping[str, object] = {"0.1": 0.1, "86400": DAY_S}
GOOD: Mapping[str, Mapping[str, object]] = {
    "keys_url": {
        f'"{URL}"': WebAddress(URL),
        '"https://a_b.example:65535"': WebAddress("https://a_b.example:65535"),
    },
    "introspection_url": {
        '"http://127.0.0.1:8080/introspect"': WebAddress("http://127.0.0.1:8080/introspect"),
        '"http://localhost/"': WebAddress("http://localhost/"),
        '"http://[::1]/"': WebAddress("http://[::1]/"),
    },
    "client_id": {'"pop3 server"': "pop3 server"},
    "issuer": {'"https://login.example/"': "https://login.example/", f'"{"x" * 1024}"': "x" * 1024},
    "audiences": {'["a", "b c"]': ("a", "b c")},
    "algorithms": {'["EdDSA"]': (SigningAlgorithm.EDDSA,)},
    "scope": {'"https://mail.example/"': "https://mail.example/"},
    "account_claim": {'"upn"': "upn"},
    "openid_configuration": {f'"{URL}"': WebAddress(URL)},
    "leeway_s": {"0": 0.0, "600": 600.0},
    "answer_s": {"0.1": 0.1, "59.9": 59.9},
    "keys_age_s": {"10": 10.0, "86400": DAY_S},
    "keys_gap_s": {"0.1": 0.1, "3600": 3600.0},
}
"""The files are tried with what must be there."""
BAD_URLS = (
    '"http://login.example/keys"',
    '"ftp://login.example/keys"',
    '"login.example/keys"',
    '"https:///keys"',
    '"https://login.example:65536/keys"',
    '"https://login.example:0/keys"',
    '"https://login.example:port/keys"',
    '"https://login..example/keys"',
    f'"https://{"x" * 64}.example/keys"',
    '"https://login%2eexample/keys"',
    "'https://login\\example/keys'",
    '"https://[::1/keys"',
    '"https://[/keys"',
    '"https://name:password@login.example/keys"',
    '"https://login.example/keys#one"',
    '"https://login.example/a key"',
    '"https://login.ex\xe4mple/keys"',
    '"http://127.0.0.1.example/"',
    '""',
    "7",
)
BAD: Mapping[str, tuple[str, ...]] = {
    "key_files": ('"keys.pem"', "[7]", '[""]', '["missing.pem"]', '["pipe"]'),
    "keys_url": BAD_URLS,
    "introspection_url": BAD_URLS,
    "client_id": ('""', "7", '"a\\nb"'),
    "client_secret_file": ('""', "7", '"missing"', '"pipe"', '"."'),
    "issuer": ('""', "7", f'"{"x" * 1025}"'),
    "audiences": ('"a"', '[""]', "[7]", "[]"),
    "algorithms": ('["none"]', '["HS256"]', '["rs256"]', '"RS256"', "[]"),
    "scope": ('"a b"', '""', "7", '"\\"a"', '"a\\\\"'),
    "account_claim": ('""', "7"),
    "openid_configuration": BAD_URLS,
    "authorities": ('["keys.pem"]', '["missing.pem"]', '"authority.pem"', "[7]"),
    "leeway_s": ("-0.1", "600.1", '"1"', "true"),
    "answer_s": ("0", "-1", "60", "inf", "nan", '"1"'),
    "keys_age_s": ("0", "-1", "86400.1", "nan"),
    "keys_gap_s": ("0", "-1", "86400.1", "nan", "3600.1"),
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the files that the table can name."""
    site = tmp_path_factory.mktemp("site")
    trustme.CA().cert_pem.write_to_path(site / "authority.pem")
    (site / "keys.pem").write_bytes(pem("rsa"))
    (site / "secret").write_text("hush\nand more\n")
    (site / "accounts").write_text("alice:{PLAIN}secret\n")
    (site / "mail").mkdir()
    os.mkfifo(site / "pipe")
    return site


SIGNED: Mapping[str, str] = {
    "key_files": '["keys.pem"]',
    "issuer": '"https://login.example/"',
    "audiences": '["pop3.example"]',
}
ASKED: Mapping[str, str] = {
    "introspection_url": '"https://login.example/introspect"',
    "client_id": '"pop3"',
    "client_secret_file": '"secret"',
}


def table_with(name: str, text: str) -> Mapping[str, str]:
    """Write a table that is right, but for one key."""
    if name in ASKED:
        return {**ASKED, name: text}
    if name == "keys_url":
        return {key: value for key, value in SIGNED.items() if key != "key_files"} | {name: text}
    return {**SIGNED, name: text}


def loaded(site: Path, keys: Mapping[str, str]) -> OAuth:
    """Load a file with such a table."""
    (site / "requite.toml").write_text(
        '[listen]\npop3 = ["127.0.0.1:0"]\n[accounts]\nfile = "accounts"\n'
        '[mailboxes]\npath = "mail/{mailbox}/Maildir"\n[oauth]\n'
        + "".join(f"{key} = {text}\n" for key, text in keys.items()),
        encoding="utf-8",
    )
    oauth = load(site / "requite.toml").oauth
    assert oauth is not None
    return oauth


def problems(site: Path, keys: Mapping[str, str]) -> tuple[str, ...]:
    """Load a file that is wrong, and give what is said about it, without the path of the file."""
    with pytest.raises(ConfigurationError) as caught:
        loaded(site, keys)
    return tuple(one.removeprefix(str(site / "requite.toml")) for one in caught.value.problems)


def test_every_key_is_tested_here() -> None:
    """The keys of this file are the keys of the structure, and their number is pinned."""
    keys = [field.name for field in msgspec.structs.fields(OAuth)]

    assert sorted(BAD) == sorted(keys)
    assert sorted({*GOOD, "key_files", "client_secret_file", "authorities"}) == sorted(keys)
    assert len(keys) == KEYS_PINNED


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [(name, text, value) for name, good in GOOD.items() for text, value in good.items()],
)
def test_a_good_value_arrives(site: Path, name: str, text: str, value: object) -> None:
    """What the file says is what the server gets."""
    assert getattr(loaded(site, table_with(name, text)), name) == value


@pytest.mark.parametrize(
    ("name", "text"), [(name, text) for name, bad in BAD.items() for text in bad]
)
def test_a_bad_value_is_refused_at_its_line(site: Path, name: str, text: str) -> None:
    """The one problem names line and key, what was expected and what to do."""
    keys = table_with(name, text)
    line = 8 + [*keys].index(name)
    found = problems(site, keys)

    assert len(found) == 1
    assert found[0].startswith(f":{line}: [oauth] {name}")
    assert ": expected " in found[0]
    assert "; " in found[0]


def test_files_begin_at_the_configuration(site: Path) -> None:
    """Each path is relative to the directory of the file."""
    found = loaded(site, {**SIGNED, "authorities": '["authority.pem"]'})

    assert found.key_files == (site / "keys.pem",)
    assert found.authorities == (site / "authority.pem",)
    assert loaded(site, ASKED).client_secret_file == site / "secret"


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        ({}, "found none"),
        ({**SIGNED, **ASKED}, "found key_files and introspection_url"),
        ({**SIGNED, "keys_url": f'"{URL}"'}, "found key_files and keys_url"),
    ],
)
def test_tokens_are_validated_in_one_way(site: Path, keys: Mapping[str, str], found: str) -> None:
    """No way at all, and two ways, are refused."""
    [problem] = problems(site, keys)

    assert problem.startswith(":7: [oauth]: expected one of key_files, keys_url and intro")
    assert found in problem


@pytest.mark.parametrize("name", ["issuer", "audiences"])
def test_signed_tokens_need_an_issuer_and_an_audience(site: Path, name: str) -> None:
    """Without them a token for another server would do."""
    [problem] = problems(site, {key: text for key, text in SIGNED.items() if key != name})

    assert problem.endswith(
        f"[oauth] {name}: expected a value, for key_files, found nothing; add {name} = ..."
    )


@pytest.mark.parametrize("name", ["client_id", "client_secret_file"])
def test_an_introspection_needs_credentials(site: Path, name: str) -> None:
    """RFC 7662 section 2.1: whoever asks has to show who asks."""
    [problem] = problems(site, {key: text for key, text in ASKED.items() if key != name})

    assert f"[oauth] {name}: expected a value, for introspection_url" in problem


def test_without_the_extra_it_is_said_what_to_install(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command to run stands in the problem."""
    monkeypatch.setattr(_oauth, "PACKAGES", ("requite_is_not_there",))

    [problem] = problems(site, SIGNED)
    assert problem.endswith(f"expected the package requite_is_not_there, found none; {OAUTH_RUN}")


OAUTH_RUN = f"run: {OAUTH_EXTRA}"


def test_a_program_that_builds_without_the_extra_is_told_the_same(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever makes a configuration without a file learns it as well."""
    loaded(site, SIGNED)
    configuration = load(site / "requite.toml")
    monkeypatch.setitem(sys.modules, "requite.pop3.oauth", None)

    with pytest.raises(ConfigurationError, match=r"requite\.pop3\.oauth") as caught:
        build(configuration)
    assert OAUTH_RUN in str(caught.value)


def test_a_file_without_keys_is_refused_when_it_is_read(site: Path) -> None:
    """What is in the file is looked at by whoever can: the message names table, key and file."""
    (site / "empty.pem").write_text("nothing\n")
    loaded(site, {**SIGNED, "key_files": '["empty.pem"]'})

    with pytest.raises(ConfigurationError, match=r"\[oauth\] key_files: .*empty\.pem: expected a"):
        build(load(site / "requite.toml"))


@pytest.mark.parametrize("octets", [b"", b"\nhush\n", b"h\xfcsh\n"])
def test_a_file_without_a_secret_is_refused_when_it_is_read(octets: bytes, site: Path) -> None:
    """An empty first line and broken UTF-8 are named with table, key and file, and not repeated."""
    (site / "no-secret").write_bytes(octets)
    loaded(site, {**ASKED, "client_secret_file": '"no-secret"'})

    expected = r"\[oauth\] client_secret_file: .*no-secret: expected .* in the first line"
    with pytest.raises(ConfigurationError, match=expected) as caught:
        build(load(site / "requite.toml"))
    assert "fcsh" not in str(caught.value)
