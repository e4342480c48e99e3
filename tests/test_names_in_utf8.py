"""Names and passwords in UTF-8: every spelling of one name is one account (RFC 6856 section 2.2).

Decides that a client may send either form of Unicode, whichever the accounts file has, that an
account is counted by one name whatever was sent, and that SASLprep locks nobody out.
"""

import asyncio
import hashlib
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import argon2
import pytest

from requite.pop3.accounts import FileAccounts, SingleAccount, VouchedAccounts
from requite.pop3.apop import new_stamp
from requite.pop3.login import MalformedLogin
from requite.pop3.names import AccountName, MailboxName
from requite.pop3.sasl.preparation import check_query, same_form
from requite.pop3.services import APOPProof, Credentials, Identity, Rejected

COMPOSED: Final = "j\u00fcrgen"
DECOMPOSED: Final = "ju\u0308rgen"
SPELLINGS: Final = (COMPOSED, DECOMPOSED, "j\u00fcr\u00adgen", "\uff4a\u00fcrgen")
"""One name to SASLprep: composed, decomposed, with a soft hyphen, with a wide letter."""
SHARED: Final = MailboxName("b\u00fcro")
HASHER: Final = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@contextmanager
def accounts_of(tmp_path: Path, *lines: str) -> Iterator[FileAccounts]:
    """Read a file of such lines; its first account is a delegate of a shared mailbox."""
    path = tmp_path / "accounts"
    path.write_text("\n".join(lines), encoding="utf-8")
    name = AccountName(lines[0].partition(":")[0])
    accounts = FileAccounts(path, delegates={SHARED: (name,)})
    try:
        yield accounts
    finally:
        accounts.close()


def verified(
    accounts: FileAccounts, name: str, password: str, mailbox: str | None = None
) -> Identity | Rejected:
    """Verify credentials, whether the answer comes at once or later."""
    wanted = None if mailbox is None else MailboxName(mailbox)
    credentials = Credentials(AccountName(name), wanted, password.encode())

    async def story() -> Identity | Rejected:
        answer = accounts.verify(credentials)
        return await answer if inspect.isawaitable(answer) else answer

    return asyncio.run(story())


@pytest.mark.rfc("6856-2.2-saslprep", "5034-4-prepared", "4616-2-prepared", "4616-2-derived")
@pytest.mark.parametrize("stored", SPELLINGS[:2], ids=ascii)
@pytest.mark.parametrize("sent", SPELLINGS, ids=ascii)
def test_every_spelling_is_the_account_as_the_file_spells_it(
    stored: str, sent: str, tmp_path: Path
) -> None:
    """Whatever is sent, the account is counted, and its Maildir looked for, by one name alone."""
    with accounts_of(tmp_path, f"{stored}:{{PLAIN}}geheim") as accounts:
        expected = Identity(AccountName(stored), MailboxName(stored))

        assert verified(accounts, sent, "geheim") == expected
        assert verified(accounts, sent, "geheim", mailbox=sent) == expected
        assert accounts.authorize(AccountName(sent), None) == expected
        assert isinstance(verified(accounts, sent, "falsch"), Rejected)


@pytest.mark.rfc("5034-4-prepared")
def test_every_spelling_opens_the_shared_mailbox(tmp_path: Path) -> None:
    """A shared mailbox too is known by the name that the configuration gives it."""
    with accounts_of(tmp_path, f"{COMPOSED}:{{PLAIN}}geheim") as accounts:
        expected = Identity(AccountName(COMPOSED), SHARED)

        assert verified(accounts, DECOMPOSED, "geheim", mailbox="bu\u0308ro") == expected
        assert isinstance(verified(accounts, COMPOSED, "geheim", mailbox="bu\u0308re"), Rejected)


@pytest.mark.parametrize("mailbox", [COMPOSED, DECOMPOSED, "b\u00fcro"], ids=ascii)
@pytest.mark.parametrize("delegate", ["ren\u00e9", "rene\u0301"], ids=ascii)
def test_a_delegation_is_right_in_every_spelling(
    delegate: str, mailbox: str, tmp_path: Path
) -> None:
    """Whatever an editor writes into the configuration, the names are those of the accounts file.

    So a delegate opens the very Maildir that is the account's own.
    """
    path = tmp_path / "accounts"
    path.write_text(f"ren\u00e9:{{PLAIN}}eins\n{COMPOSED}:{{PLAIN}}zwei\n", encoding="utf-8")
    accounts = FileAccounts(path, delegates={MailboxName(mailbox): (AccountName(delegate),)})
    try:
        opened = COMPOSED if mailbox == DECOMPOSED else mailbox
        assert verified(accounts, "ren\u00e9", "eins", mailbox=mailbox) == Identity(
            AccountName("ren\u00e9"), MailboxName(opened)
        )
    finally:
        accounts.close()


def test_two_spellings_of_a_mailbox_are_one_with_the_delegates_of_both(tmp_path: Path) -> None:
    """No delegate is lost where a configuration has an account's mailbox twice."""
    path = tmp_path / "accounts"
    lines = (f"{COMPOSED}:{{PLAIN}}x", "alice:{PLAIN}x", "bob:{PLAIN}x")
    path.write_text("\n".join(lines), encoding="utf-8")
    delegates = {DECOMPOSED: ("alice",), COMPOSED: ("bob",)}
    accounts = FileAccounts(
        path,
        delegates={
            MailboxName(name): [AccountName(one) for one in who] for name, who in delegates.items()
        },
    )
    try:
        for name in ("alice", "bob"):
            found = verified(accounts, name, "x", mailbox=DECOMPOSED)
            assert found == Identity(AccountName(name), MailboxName(COMPOSED))
    finally:
        accounts.close()


def test_two_accounts_that_look_alike_stay_two(tmp_path: Path) -> None:
    """Where a file has two spellings, each is found as it is sent, and any other is the first."""
    lines = (f"{DECOMPOSED}:{{PLAIN}}eins", f"{COMPOSED}:{{PLAIN}}zwei")
    with accounts_of(tmp_path, *lines) as accounts:
        assert isinstance(verified(accounts, DECOMPOSED, "eins"), Identity)
        assert isinstance(verified(accounts, COMPOSED, "zwei"), Identity)
        assert isinstance(verified(accounts, COMPOSED, "eins"), Rejected)
        assert verified(accounts, SPELLINGS[2], "eins") == Identity(
            AccountName(DECOMPOSED), MailboxName(DECOMPOSED)
        )


@pytest.mark.rfc("6856-2.2-saslprep", "6856-2.2-query", "4616-2-prepared", "4616-2-hashed")
@pytest.mark.parametrize("scheme", ["PLAIN", "ARGON2ID"])
@pytest.mark.parametrize(
    ("stored", "sent", "right"),
    [
        ("geh\u00e9im", "gehe\u0301im", True),
        ("gehe\u0301im", "gehe\u0301im", True),
        ("x\u00b2", "x\u00b2", True),
        ("x2", "x\u00b2", True),
        ("x2", "x3", False),
        ("gehe\u0301im", "geheim", False),
        ("\u00e9\U0001f512", "e\u0301\U0001f512", True),
        ("\u00e9\U0001f512", "e\u0301\U0001f513", False),
    ],
    ids=ascii,
)
def test_a_password_is_right_as_it_is_or_prepared(
    stored: str, sent: str, *, right: bool, scheme: str, tmp_path: Path
) -> None:
    """A hash of the octets as they are goes on to work, and so does a prepared one.

    A character that is newer than SASLprep's Unicode 3.2 does not keep the others from it.
    """
    secret = stored if scheme == "PLAIN" else HASHER.hash(stored)
    with accounts_of(tmp_path, f"alice:{{{scheme}}}{secret}") as accounts:
        assert isinstance(verified(accounts, "alice", sent), Identity) == right


@pytest.mark.rfc("6856-2.2-apop")
@pytest.mark.parametrize("stored", ["geh\u00e9im", "gehe\u0301im"], ids=ascii)
@pytest.mark.parametrize(
    ("computed", "right"),
    [("geh\u00e9im", True), ("gehe\u0301im", None), ("geheim", False)],
    ids=ascii,
)
def test_a_digest_is_right_of_the_prepared_secret_and_of_the_stored_one(
    stored: str, computed: str, *, right: bool | None, tmp_path: Path
) -> None:
    """A client that prepares the secret is right, and one that takes it as it is stored."""
    stamp = new_stamp()
    digest = hashlib.md5((stamp + computed).encode()).hexdigest().encode()  # noqa: S324
    proof = APOPProof(AccountName(DECOMPOSED), None, stamp, digest)
    expected = stored == computed if right is None else right
    single = SingleAccount(AccountName(COMPOSED), stored.encode())
    with accounts_of(tmp_path, f"{COMPOSED}:{{PLAIN}}{stored}") as accounts:
        for one in (accounts, single):
            assert isinstance(one.verify_apop(proof), Identity) == expected


@pytest.mark.rfc("6856-2.2-stored")
def test_a_secret_with_a_new_character_is_no_stored_string() -> None:
    """A digest of such a secret is right as the secret is stored, and in no other form."""
    stored = "e\u0301\U0001f512"
    single = SingleAccount(AccountName("alice"), stored.encode())
    for computed, right in ((stored, True), ("\u00e9\U0001f512", False)):
        stamp = new_stamp()
        digest = hashlib.md5((stamp + computed).encode()).hexdigest().encode()  # noqa: S324
        answer = single.verify_apop(APOPProof(AccountName("alice"), None, stamp, digest))
        assert isinstance(answer, Identity) == right


@pytest.mark.parametrize("sent", SPELLINGS, ids=ascii)
def test_a_single_account_has_one_name(sent: str) -> None:
    """Without a file it is the same."""
    single = SingleAccount(AccountName(COMPOSED), b"geheim")
    credentials = Credentials(AccountName(sent), MailboxName(sent), b"geheim")

    assert single.verify(credentials) == Identity(AccountName(COMPOSED), MailboxName(COMPOSED))


@pytest.mark.parametrize("stored", [COMPOSED, DECOMPOSED, SPELLINGS[3], "alice"], ids=ascii)
@pytest.mark.parametrize("vouched", [*SPELLINGS, "\uff41lice"], ids=ascii)
def test_who_is_vouched_for_is_the_account_of_that_spelling_alone(
    stored: str, vouched: str, tmp_path: Path
) -> None:
    """Somebody else's issuer may give another spelling to another person."""
    with accounts_of(tmp_path, f"{stored}:{{PLAIN}}geheim") as accounts:
        for one in (accounts, SingleAccount(AccountName(stored), b"geheim")):
            answer = VouchedAccounts(one).authorize(AccountName(vouched), None)
            assert isinstance(answer, Identity) == (stored == vouched)


def test_who_is_vouched_for_may_spell_a_mailbox_as_anybody(tmp_path: Path) -> None:
    """The wish is the client's, and the right to it is the account's."""
    with accounts_of(tmp_path, f"{COMPOSED}:{{PLAIN}}geheim") as accounts:
        answer = VouchedAccounts(accounts).authorize(
            AccountName(COMPOSED), MailboxName("bu\u0308ro")
        )

        assert answer == Identity(AccountName(COMPOSED), SHARED)


@pytest.mark.rfc("6856-2.2-query")
@pytest.mark.parametrize("name", ["\u0639\u0644\u064a@example.org", "alice", "ali ce", "\u0221"])
def test_a_name_may_mix_directions_of_writing(name: str) -> None:
    """An Arabic name in a Latin domain is an address, and a letter newer than SASLprep is one."""
    check_query(name.encode())

    assert same_form(name) == name


@pytest.mark.rfc("6856-2.2-prohibited")
@pytest.mark.parametrize(
    "character",
    [
        "\0",
        "\x7f",
        "\x85",
        "\u2028",
        "\ue000",
        "\ufdd0",
        "\ufffd",
        "\u2ff0",
        "\u200e",
        "\U000e0001",
    ],
    ids=ascii,
)
def test_what_saslprep_prohibits_is_in_no_query(character: str) -> None:
    """RFC 4013 section 2.3 names nine tables, and one character of each is refused."""
    with pytest.raises(MalformedLogin):
        check_query(f"a{character}b".encode())

    assert same_form(f"a{character}b") == f"a{character}b"
