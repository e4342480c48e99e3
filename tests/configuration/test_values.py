"""The values of the configuration that are written as strings, and the page that lists all keys.

Decides that addresses mean what is written, and that the reference is derived. Refuses to test how
files are read, as `test_between_keys` does, and mailbox paths, as `maildrops/test_paths` does.
"""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from requite.pop3 import configuration as public
from requite.pop3.configuration import TLS, Configuration, Endpoint, OAuth
from requite.pop3.configuration._values import HostName
from requite.pop3.configuration.reference import (
    BEGIN,
    END,
    main,
    reference_table,
    with_reference_table,
)

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "configuration.md"


@given(host=st.one_of(st.ip_addresses().map(str), st.just("localhost")), port=st.integers(0, 65535))
def test_an_endpoint_is_read_as_it_is_written(host: str, port: int) -> None:
    """What `text` writes is what `parse` reads."""
    endpoint = Endpoint(host, port)

    assert Endpoint.parse(endpoint.text) == endpoint


@pytest.mark.parametrize(
    ("host", "is_loopback"),
    [("127.9.9.9", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False)],  # noqa: S104
)
def test_only_loopback_is_loopback(host: str, *, is_loopback: bool) -> None:
    """Every interface is more than this machine."""
    assert Endpoint(host, 0).is_loopback == is_loopback


LABEL = "a" * 63
NAME = ".".join([LABEL] * 3 + ["b" * 61])


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("localhost", True),
        ("mail-1.example", True),
        ("*.example", True),
        ("xn--bcher-kva.example", True),
        (f"{LABEL}.example", True),
        (f"{LABEL}a.example", False),
        (NAME, True),
        (f"{NAME}b", False),
        ("", False),
        ("*", False),
        (".example", False),
        ("mail.example.", False),
        ("a..b", False),
        ("a.*", False),
        ("*a.example", False),
        ("-a.example", False),
        ("a-.example", False),
        ("Mail.example", False),
        ("b\u00fccher.example", False),
        ("mail.example\n", False),
    ],
)
def test_a_host_name_is_one_that_clients_can_ask_for(name: str, *, is_one: bool) -> None:
    """Labels of at most 63 octets, 253 in all (RFC 1035 section 2.3.4), a star as the first."""
    assert len(NAME) == 253
    try:
        msgspec.convert(name, HostName)
    except msgspec.ValidationError:
        assert not is_one
    else:
        assert is_one


def test_every_public_name_is_there() -> None:
    """`__all__` is sorted by kind, has no name twice, and each name exists."""
    assert len(set(public.__all__)) == len(public.__all__)
    assert all(hasattr(public, name) for name in public.__all__)


def test_the_page_holds_what_is_derived() -> None:
    """`python -m requite.pop3.configuration.reference` would change nothing on the page."""
    page = PAGE.read_text(encoding="utf-8")

    assert with_reference_table(page) == page


def test_the_page_names_every_key_once() -> None:
    """Each key begins one row of the derived tables."""
    rows = [row for row in reference_table().splitlines() if row.startswith("| `")]

    assert [row.split("`")[1] for row in rows] == [
        key.name
        for table in msgspec.structs.fields(Configuration)
        for key in msgspec.structs.fields(
            {"tls": TLS, "oauth": OAuth}.get(table.name, table.default)
        )
    ]


def test_a_page_without_its_marks_is_refused() -> None:
    """What is derived cannot vanish from a page unseen."""
    with pytest.raises(ValueError, match="each once"):
        with_reference_table("# The configuration file\n")


def test_the_command_renews_what_is_between_the_marks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stands around the marks stays, and what stands between them is derived again."""
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["reference", str(page)])
    main()

    assert page.read_text(encoding="utf-8") == (
        f"before\n{BEGIN}\n\n{reference_table()}\n{END}\nafter\n"
    )
