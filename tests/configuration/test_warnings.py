"""What is warned of in a configuration that works, and the ways to have one.

Decides what an operator is told, that one Maildir needs no file, and that the page shows a good
one.
"""

from collections.abc import Mapping
from pathlib import Path

import pytest

from configuration.files import document, loaded
from requite.pop3 import configuration as public
from requite.pop3.configuration import (
    IDLE_MIN_S,
    Configuration,
    Limits,
    PlaintextWithoutTLS,
    Timeouts,
    for_one_maildir,
)
from requite.pop3.names import MailboxName

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "configuration.md"


@pytest.mark.rfc("1939-3-autologout")
@pytest.mark.parametrize(
    ("changes", "warned_of"),
    [
        ({}, ()),
        ({"timeouts": {"idle_s": "599.9"}}, ("[timeouts] idle_s",)),
        ({"timeouts": {"idle_s": f"{IDLE_MIN_S}"}}, ()),
        ({"accounts": {"plaintext_without_tls": '"always"'}}, ()),
        (
            {
                "listen": {"pop3": '["0.0.0.0:110"]'},
                "accounts": {"plaintext_without_tls": '"always"'},
            },
            ("[accounts] plaintext_without_tls",),
        ),
        (
            {
                "listen": {"pop3_proxied": '["127.0.0.1:1111"]'},
                "accounts": {"plaintext_without_tls": '"always"'},
            },
            ("[accounts] plaintext_without_tls",),
        ),
        ({"proxy": {"trusted": '["0.0.0.0/1"]'}}, ()),
        ({"proxy": {"trusted": '["0.0.0.0/0"]'}}, ("[proxy] trusted",)),
        ({"proxy": {"trusted": '["10.0.0.0/8", "::/0"]'}}, ("[proxy] trusted",)),
        ({"mailboxes": {"path": '"mial/{mailbox}"'}}, ("[mailboxes] path",)),
    ],
    ids=str,
)
def test_what_is_unwise_is_warned_of_and_accepted(
    site: Path, changes: Mapping[str, Mapping[str, str]], warned_of: tuple[str, ...]
) -> None:
    """A warning names the key and stops nothing."""
    warnings = loaded(site, document(changes)).warnings

    assert tuple(warning.partition(":")[0] for warning in warnings) == warned_of


def test_a_server_to_which_no_password_can_be_sent_is_warned_of() -> None:
    """Without TLS and without plaintext there is no way to log in."""
    accounts = public.Accounts(plaintext_without_tls=PlaintextWithoutTLS.NEVER)
    (warning,) = Configuration(accounts=accounts).warnings

    assert warning == "[accounts] plaintext_without_tls: without [tls] no password can be sent."


def test_one_maildir_needs_no_file(tmp_path: Path) -> None:
    """The server without a file listens on loopback and serves its one Maildir to any name."""
    built = for_one_maildir(tmp_path / "{mailbox}")

    assert built.mailboxes.path is not None
    assert built.mailboxes.path(MailboxName("a")) == tmp_path / "{mailbox}"
    assert [endpoint.is_loopback for endpoint in built.listen.pop3] == [True]


def test_a_configuration_cannot_be_changed() -> None:
    """A key that has been read keeps its value."""
    limits = Limits()

    with pytest.raises(AttributeError):
        limits.sessions = 3  # type: ignore[misc]  # The checker sees that it is frozen, too.


def test_the_example_of_the_page_is_a_good_file(site: Path) -> None:
    """The file that the page shows is loaded without a warning, and says what the defaults are."""
    example = PAGE.read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
    read = loaded(site, example)

    assert not read.warnings
    assert (read.limits, read.timeouts) == (Limits(), Timeouts())
