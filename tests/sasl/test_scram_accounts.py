"""Accounts of a file by SCRAM: Dovecot's form, derived keys, and accounts that have none.

Decides what an accounts file gives to SCRAM and to a plain password. Refuses to test ARGON2ID.
"""

import asyncio
import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import argon2
import pytest

from requite.pop3.accounts import CHECKS_WAITING_MAX, AccountsBusy, FileAccounts
from requite.pop3.names import AccountName, MailboxName
from requite.pop3.passwd_file import AccountsFileError, read_accounts
from requite.pop3.sasl.exchange import settled
from requite.pop3.sasl.scram_keys import derive_keys
from requite.pop3.services import Credentials, Identity, Rejected, ScramKeys

EVE = AccountName("eve")
ALICE = AccountName("alice")
BOB = AccountName("bob")
KEYS = derive_keys(b"apple", b"sixteen octets!!", 4_096)
BOBS = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("builder")


def written(keys: ScramKeys) -> str:
    """Write keys as `doveadm pw -s SCRAM-SHA-256` does."""
    parts = (base64.b64encode(part) for part in (keys.salt, keys.stored_key, keys.server_key))
    return f"{keys.iterations}," + ",".join(part.decode() for part in parts)


EVES = f"eve:{{SCRAM-SHA-256}}{written(KEYS)}\n"


@contextmanager
def accounts_of(
    directory: Path, text: str, *, checks_max: int = CHECKS_WAITING_MAX
) -> Iterator[FileAccounts]:
    """Read a file with some lines."""
    path = directory / "accounts"
    path.write_text(text, encoding="utf-8")
    accounts = FileAccounts(
        path,
        delegates={MailboxName("support"): (EVE,)},
        threads_max=1,
        checks_waiting_max=checks_max - 1,
    )
    try:
        yield accounts
    finally:
        accounts.close()


def keys_of(accounts: FileAccounts, name: AccountName) -> ScramKeys:
    """Ask for keys."""

    async def ask() -> ScramKeys:
        keys: ScramKeys = await settled(accounts.scram_keys(name))
        return keys

    return asyncio.run(ask())


def verified(accounts: FileAccounts, name: AccountName, password: bytes) -> Identity | Rejected:
    """Ask whether a password is right."""

    async def ask() -> Identity | Rejected:
        claimed = Credentials(name, None, password)
        outcome: Identity | Rejected = await settled(accounts.verify(claimed))
        return outcome

    return asyncio.run(ask())


def test_a_line_that_doveadm_wrote_is_read(tmp_path: Path) -> None:
    """What `doveadm pw -s SCRAM-SHA-256 -p wonderland` of Dovecot 2.3 wrote fits."""
    line = (
        "alice:{SCRAM-SHA-256}4096,broqvoyvahQvoxqXpyKWXQ==,"
        "Dx5WXW9fptgWoa1rkCLGc+HXZ0XmaCITnjKfQXp8FQg=,SwMM1O9dpJuN8IEsaNs/rbFgxYVJbQeD1FGTbZE9fzM="
    )
    (tmp_path / "accounts").write_text(line + "\n")

    salt = base64.b64decode("broqvoyvahQvoxqXpyKWXQ==")
    expected = derive_keys(b"wonderland", salt, 4_096)
    assert read_accounts(tmp_path / "accounts") == {"alice": expected}


@pytest.mark.rfc("4616-2-prepared")
def test_kept_keys_serve_scram_and_a_plain_password(tmp_path: Path) -> None:
    """The same line gives the keys, and tells a right password from a wrong one."""
    with accounts_of(tmp_path, EVES) as accounts:
        assert accounts.has_scram
        assert keys_of(accounts, EVE) == KEYS
        assert verified(accounts, EVE, b"apple") == Identity(EVE, MailboxName("eve"))
        assert verified(accounts, EVE, b"ap\xc2\xadple") == Identity(EVE, MailboxName("eve"))
        assert isinstance(verified(accounts, EVE, b"pear"), Rejected)
        assert isinstance(verified(accounts, EVE, b"\xff"), Rejected)
        assert isinstance(verified(accounts, ALICE, b"apple"), Rejected)


@pytest.mark.rfc("5802-2.2-normalized", "5802-3-encoded")
def test_a_plain_password_is_derived_from(tmp_path: Path) -> None:
    """Keys of a stored password are those of its prepared form."""
    with accounts_of(tmp_path, "alice:{PLAIN}w\u00f6nder\u2168\n") as accounts:
        keys = keys_of(accounts, ALICE)

        assert keys == derive_keys("w\u00f6nderIX".encode(), keys.salt, keys.iterations)


def test_a_hash_has_no_keys_and_looks_as_if_it_had(tmp_path: Path) -> None:
    """Of ARGON2ID alone SCRAM is not offered; beside others such an account has keys of nobody."""
    with accounts_of(tmp_path, f"bob:{{ARGON2ID}}{BOBS}\n") as accounts:
        assert not accounts.has_scram
    with accounts_of(tmp_path, EVES + f"bob:{{ARGON2ID}}{BOBS}\n") as accounts:
        bobs = keys_of(accounts, BOB)
        assert (bobs.iterations, len(bobs.salt)) == (4_096, 16)
        assert bobs != derive_keys(b"builder", bobs.salt, 4_096)
        assert verified(accounts, BOB, b"builder") == Identity(BOB, MailboxName("bob"))


@pytest.mark.rfc("5802-5.1-authorization")
def test_who_has_proved_a_password_opens_what_a_delegate_may(tmp_path: Path) -> None:
    """The right to a mailbox is the same as with a password."""
    with accounts_of(tmp_path, EVES) as accounts:
        assert accounts.authorize(EVE, None) == Identity(EVE, MailboxName("eve"))
        assert accounts.authorize(EVE, MailboxName("support")) == Identity(
            EVE, MailboxName("support")
        )
        assert isinstance(accounts.authorize(EVE, MailboxName("alice")), Rejected)
        assert isinstance(accounts.authorize(ALICE, None), Rejected)


def test_deriving_waits_its_turn_and_no_longer_than_its_turn(tmp_path: Path) -> None:
    """Keys are computed in the threads of password checks, and under their limit."""

    async def story(accounts: FileAccounts) -> None:
        gate = Event()
        accounts._pool.submit(gate.wait)  # The one thread is held, so nothing is computed yet.
        first = accounts.scram_keys(ALICE)
        with pytest.raises(AccountsBusy):
            accounts.scram_keys(ALICE)
        gate.set()
        await settled(first)

    line = "alice:{PLAIN}wonderland\n"
    with accounts_of(tmp_path, line, checks_max=1) as accounts:
        asyncio.run(story(accounts))


@pytest.mark.parametrize(
    "secret",
    [
        "4096",
        "4096,c2FsdA==",
        written(KEYS) + ",more",
        written(KEYS).replace("4096", "+4096"),
        written(KEYS).replace("4096", "4e3"),
        written(KEYS).replace("4096", "4095"),
        written(KEYS).replace("4096", "10000001"),
        written(KEYS)[:-4],
        written(KEYS).replace("=", "!"),
        written(KEYS).replace(base64.b64encode(KEYS.salt).decode(), ""),
        written(KEYS).replace(base64.b64encode(KEYS.salt).decode(), "AAAA" * 342),
    ],
)
def test_broken_keys_are_refused_without_being_told(secret: str, tmp_path: Path) -> None:
    """The error names the line and what was expected, and repeats nothing of the keys."""
    (tmp_path / "accounts").write_text(f"eve:{{SCRAM-SHA-256}}{secret}\n")

    with pytest.raises(AccountsFileError, match=r"accounts:1: expected .* 'eve'") as caught:
        read_accounts(tmp_path / "accounts")
    assert base64.b64encode(KEYS.stored_key).decode() not in str(caught.value)


@pytest.mark.rfc("7677-3-iterations")
@pytest.mark.parametrize("iterations", ["4096", "10000000"])
def test_the_limits_of_iterations_are_within(iterations: str, tmp_path: Path) -> None:
    """4,096 and 10,000,000 are read; one less and one more are not, as above."""
    line = EVES.replace("4096", iterations)
    (tmp_path / "accounts").write_text(line)

    [keys] = read_accounts(tmp_path / "accounts").values()
    assert isinstance(keys, ScramKeys)
    assert keys.iterations == int(iterations)
