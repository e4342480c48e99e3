"""APOP: timestamps, digests and the accounts that know secrets.

Decides that a timestamp is new each time and has the form that clients read, and that only the
digest of a secret lets an account in. Refuses to test the session that asks.
"""

import hashlib
import hmac
import re
import time
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from requite.pop3.accounts import FileAccounts, SingleAccount
from requite.pop3.apop import digest_matches, new_stamp
from requite.pop3.names import AccountName, MailboxName
from requite.pop3.services import APOPProof, Identity, Rejected

ALICE: Final = AccountName("alice")
BOB: Final = AccountName("bob")
STAMP: Final = "<1896.697170952@dbc.mtview.ca.us>"
FORM: Final = re.compile(r"<\d{1,40}\.\d{1,40}@[a-z]+>")
BOBS_HASH: Final = (
    "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$0ZZcpIXcGkXfCBwqZQK1LdDcoVaezgPuJkq1S8qsQbw"
)


def digest(secret: bytes, stamp: str = STAMP) -> bytes:
    """Work a digest out as a client does."""
    return hashlib.md5(stamp.encode() + secret).hexdigest().encode()  # noqa: S324 - RFC 1939.


def proof(account: AccountName, secret: bytes, mailbox: str | None = None) -> APOPProof:
    """Claim to be somebody."""
    asked = None if mailbox is None else MailboxName(mailbox)
    return APOPProof(account, asked, STAMP, digest(secret))


@pytest.fixture
def accounts(tmp_path: Path) -> FileAccounts:
    """Give alice with a plain secret and bob with a hashed one, who share a mailbox."""
    path = tmp_path / "accounts"
    path.write_text(f"alice:{{PLAIN}}tanstaaf\nbob:{{ARGON2ID}}{BOBS_HASH}\n")
    return FileAccounts(path, delegates={MailboxName("support"): (ALICE,)})


# --- timestamps ----------------------------------------------------------------------------------


@pytest.mark.rfc("1939-7-apop-stamp")
def test_a_timestamp_has_the_form_of_the_standards_example() -> None:
    """Digits, a dot, digits, an at sign and a host: the one form that every client reads."""
    assert FORM.fullmatch(new_stamp())
    assert all(FORM.fullmatch(new_stamp()) for _ in range(1_000))


@pytest.mark.rfc("1939-7-apop-differs")
def test_no_timestamp_comes_twice() -> None:
    """A thousand timestamps are a thousand."""
    assert len({new_stamp() for _ in range(1_000)}) == 1_000


@pytest.mark.rfc("1939-7-apop-differs")
def test_a_timestamp_is_unique_in_one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Though the clock stands still, no timestamp comes twice."""
    monkeypatch.setattr(time, "time_ns", lambda: 1)

    assert len({new_stamp() for _ in range(1_000)}) == 1_000


# --- digests -------------------------------------------------------------------------------------


@pytest.mark.rfc("1939-7-apop-digest")
def test_the_digest_of_the_standards_example_is_right() -> None:
    """RFC 1939 section 7 works one out, and so do we."""
    assert digest_matches(b"c4c9334bac560ecc979e58001b3e22fb", stamp=STAMP, secret=b"tanstaaf")


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_a_digest_is_right_for_one_secret(secret: bytes, other: bytes) -> None:
    """The digest of a secret matches it, and matches another only if that is the same."""
    assert digest_matches(digest(secret), stamp=STAMP, secret=secret)
    assert digest_matches(digest(secret), stamp=STAMP, secret=other) == (secret == other)


def test_a_digest_is_right_for_one_timestamp() -> None:
    """What was heard on one connection is worth nothing on the next."""
    assert not digest_matches(digest(b"s", new_stamp()), stamp=new_stamp(), secret=b"s")


# --- accounts ------------------------------------------------------------------------------------


def test_the_digest_of_the_secret_opens_the_mailbox(accounts: FileAccounts) -> None:
    """Who knows the secret gets into its own mailbox, and into one that it may open."""
    assert accounts.verify_apop(proof(ALICE, b"tanstaaf")) == Identity(ALICE, MailboxName("alice"))
    shared = accounts.verify_apop(proof(ALICE, b"tanstaaf", "support"))
    assert shared == Identity(ALICE, MailboxName("support"))


@pytest.mark.parametrize(
    ("account", "secret", "reason"),
    [
        (ALICE, b"tanstaa", "wrong password for account 'alice'"),
        (ALICE, b"", "wrong password for account 'alice'"),
        (BOB, BOBS_HASH.encode(), "wrong password for account 'bob'"),
        (BOB, b"", "wrong password for account 'bob'"),
        (AccountName("mallory"), b"", "there is no account 'mallory'"),
    ],
)
def test_any_other_digest_is_rejected(
    accounts: FileAccounts, account: AccountName, secret: bytes, reason: str
) -> None:
    """A wrong secret, a hash in place of one and a name that is not there let nobody in."""
    assert accounts.verify_apop(proof(account, secret)) == Rejected(reason)


@pytest.mark.parametrize("account", [ALICE, BOB, AccountName("mallory")])
def test_every_account_costs_one_digest(
    accounts: FileAccounts, account: AccountName, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether or not an account is there and can use APOP, one comparison is made, in set time."""
    compared = []
    really = hmac.compare_digest

    def counted(first: bytes, second: bytes) -> bool:
        compared.append((len(first), len(second)))
        return really(first, second)

    monkeypatch.setattr(hmac, "compare_digest", counted)
    assert isinstance(accounts.verify_apop(proof(account, b"wrong")), Rejected)

    assert compared == [(32, 32)]


def test_a_mailbox_of_others_stays_closed(accounts: FileAccounts) -> None:
    """A right digest opens no mailbox that the account is no delegate of."""
    answer = accounts.verify_apop(proof(ALICE, b"tanstaaf", "bob"))

    assert answer == Rejected("account 'alice' is no delegate of mailbox 'bob'")


def test_who_cannot_use_it_is_known(accounts: FileAccounts, tmp_path: Path) -> None:
    """The accounts with hashed secrets are named, and whether they are all."""
    path = tmp_path / "hashed"
    path.write_text(f"bob:{{ARGON2ID}}{BOBS_HASH}\n")

    assert accounts.without_apop == frozenset({BOB})
    assert not accounts.all_without_apop
    assert FileAccounts(path).all_without_apop


def test_the_single_account_knows_its_secret() -> None:
    """A server with one account lets it in by the digest, and nobody else."""
    single = SingleAccount(ALICE, b"tanstaaf")

    assert single.verify_apop(proof(ALICE, b"tanstaaf")) == Identity(ALICE, MailboxName("alice"))
    assert isinstance(single.verify_apop(proof(ALICE, b"wrong")), Rejected)
    assert isinstance(single.verify_apop(proof(BOB, b"tanstaaf")), Rejected)


def test_a_proof_never_shows_its_digest() -> None:
    """What a log might print of a proof does not have the digest in it."""
    assert digest(b"tanstaaf").decode() not in repr(proof(ALICE, b"tanstaaf"))
