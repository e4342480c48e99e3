"""What a configuration makes of SASL: a context that binds, and accounts that have keys.

Decides that the parts that a server is made of are those that offer SCRAM. Refuses to talk to one.
"""

import asyncio
from pathlib import Path

import argon2
import pytest
import trustme

from requite.pop3.accounts import FileAccounts
from requite.pop3.assembly import build
from requite.pop3.configuration import load
from requite.pop3.names import AccountName
from requite.pop3.sasl import BoundContext
from requite.pop3.sasl.exchange import settled
from requite.pop3.services import ScramAccounts, ScramKeys

BOBS = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("builder")
TEXT = """
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


@pytest.mark.parametrize(
    ("line", "offered"),
    [("alice:{PLAIN}wonderland", True), (f"bob:{{ARGON2ID}}{BOBS}", False)],
    ids=["a password", "hashes alone"],
)
def test_scram_is_assembled_where_anybody_has_keys(
    line: str, tmp_path: Path, *, offered: bool
) -> None:
    """The server gets the accounts for SCRAM if one of them can use it, and a bound certificate."""
    trustme.CA().issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(
        tmp_path / "both.pem"
    )
    (tmp_path / "accounts").write_text(line + "\n")
    (tmp_path / "requite.toml").write_text(TEXT)
    parts = build(load(tmp_path / "requite.toml"))

    async def scram() -> ScramAccounts | None:
        running = await parts.start()
        await running.server.stop()
        return running.server.services.scram

    assert asyncio.run(scram()) is (parts.accounts if offered else None)
    assert parts.certificates is not None
    context = parts.certificates.context
    assert isinstance(context, BoundContext)
    assert context.end_point is not None
    parts.close()


@pytest.mark.parametrize(
    ("more", "is_the_same"), [('scram_secret_file = "secret"', True), ("", False)]
)
def test_a_restart_is_not_seen_in_the_salts(
    more: str, tmp_path: Path, *, is_the_same: bool
) -> None:
    """Two servers of one configuration give a name that nobody has the same salt, if they can."""
    (tmp_path / "accounts").write_text("alice:{PLAIN}wonderland\n")
    (tmp_path / "secret").write_bytes(b"0123456789abcdef" * 2)
    trustme.CA().issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(
        tmp_path / "both.pem"
    )
    (tmp_path / "requite.toml").write_text(TEXT.replace("[mailboxes]", f"{more}\n[mailboxes]"))

    async def salt() -> bytes:
        parts = build(load(tmp_path / "requite.toml"))
        assert isinstance(parts.accounts, FileAccounts)
        keys: ScramKeys = await settled(parts.accounts.scram_keys(AccountName("nobody")))
        parts.close()
        return keys.salt

    assert (asyncio.run(salt()) == asyncio.run(salt())) is is_the_same
