"""The table of clients is whole, and what is left out is left out for a reason.

Decides that no client and no case disappears from the table without a test that turns red.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from clients.description import Case, Change, Security
from clients.table import CLIENTS, COMBINATIONS, LEFT_OUT
from requite.pop3.sample_messages import SAMPLE_MESSAGES

TOOLS = Path(__file__).parent.parent.parent / ".ci" / "tools.sh"
BY_NAME = {client.name: client for client in CLIENTS}
LEFT_OUT_HERE = {
    ("curl", Case.ONLY_NEW),
    ("s-nail", Case.ONLY_NEW),
    ("getmail6", Security.STLS),
    ("net-pop", Security.STLS),
}


def test_the_clients_are_these() -> None:
    """Each of the eight is described."""
    assert sorted(BY_NAME) == sorted(
        [
            *("Net::POP3", "curl", "fetchmail", "getmail6"),
            *("mpop", "net-pop", "poplib", "s-nail"),
        ]
    )


def test_what_cannot_be_done_is_this() -> None:
    """No client leaves out a case but these, each with a reason that is a sentence."""
    found = {(client.name, what) for client in CLIENTS for what in client.cannot}
    assert found == LEFT_OUT_HERE
    reasons = [reason for client in CLIENTS for reason in client.cannot.values()]
    assert all(reason.endswith(".") for reason in reasons)


def test_the_cases_are_counted() -> None:
    """Eight clients, three ways, six cases; an authority is asked for in two of the ways only."""
    assert len(COMBINATIONS) + len(LEFT_OUT) == 8 * (3 * 5 + 2)
    assert len(COMBINATIONS) == 118


def test_every_package_is_installed_by_our_tools() -> None:
    """What brings a client is named in `.ci/tools.sh`, and so is Dovecot."""
    tools = TOOLS.read_text(encoding="utf-8")
    packages = {client.package for client in CLIENTS} - {"Python"}
    assert len(packages) == 7
    assert [one for one in (*packages, "dovecot-pop3d") if one not in tools] == []


def test_every_change_is_of_a_message_of_the_sample() -> None:
    """No client is excused for a message that is not there."""
    about = {one.about for one in SAMPLE_MESSAGES}
    assert [(client.name, {*client.changes} - about) for client in CLIENTS] == [
        (client.name, set()) for client in CLIENTS
    ]


def test_the_changes_are_counted() -> None:
    """How many messages each client changes; the others it stores octet by octet."""
    found = {client.name: len(client.changes) for client in CLIENTS if client.changes}
    assert found == {"curl": 1, "fetchmail": 7, "getmail6": 9, "s-nail": 6}


CHANGES: Mapping[str, Change] = MappingProxyType(
    {"Empty": Change("It doubles it.", lambda sent, found: found == sent * 2)}
)


@pytest.mark.parametrize("found", [b"a\r\n", b"a\r\na\r\na\r\n", b""])
def test_a_change_that_is_not_the_stated_one_is_seen(found: bytes) -> None:
    """Whether the client does nothing any more or something else, the comparison fails."""
    mpop = BY_NAME["mpop"]
    doubles = replace(mpop, changes=CHANGES)
    assert doubles.stores("Empty", b"a\r\n", b"a\r\na\r\n")
    assert not doubles.stores("Empty", b"a\r\n", found)


@pytest.mark.parametrize("found", [b"a\n", b"a\r\n\r\n", b""])
def test_an_octet_that_differs_is_seen(found: bytes) -> None:
    """A message that no client changes is compared octet by octet."""
    assert BY_NAME["mpop"].stores("Empty", b"a\r\n", b"a\r\n")
    assert not BY_NAME["mpop"].stores("Empty", b"a\r\n", found)
