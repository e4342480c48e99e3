"""Passwords, the right to open a mailbox, and the file that says so.

Decides that nobody gets in without a password, that rights are asked for after it, and that a
broken file is refused. Refuses to test how names are written or how a session goes on.
"""

import asyncio
import hmac
import threading
from collections.abc import Awaitable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import argon2
import pytest

from requite.pop3 import accounts as accounts_module
from requite.pop3.accounts import AccountsBusy, FileAccounts, SingleAccount
from requite.pop3.names import AccountName, MailboxName
from requite.pop3.passwd_file import AccountsFileError, Argon2id, read_accounts
from requite.pop3.services import Accounts, Credentials, Identity, Rejected

ALICE = AccountName("alice")
BOB = AccountName("bob")
SUPPORT = MailboxName("support")
CHEAP = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
DEARER = argon2.PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
BOBS_HASH = CHEAP.hash("b0b")
DELEGATES: Mapping[MailboxName, tuple[AccountName, ...]] = {SUPPORT: (ALICE, BOB)}


@dataclass(frozen=True, slots=True)
class HeldChecks:
    """Accounts whose checks of hashes end when they are told to."""

    accounts: FileAccounts
    may_end: threading.Event

    def of_bob(self) -> asyncio.Future[Identity | Rejected]:
        """Begin to check bob's password."""
        answer = self.accounts.verify(Credentials(BOB, None, b"b0b"))
        assert isinstance(answer, asyncio.Future)
        return answer


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[FileAccounts]:
    """Give alice with a plain password, bob with a hashed one, and their shared mailbox."""
    path = tmp_path / "accounts"
    path.write_text(
        f"# accounts\n\nalice:{{PLAIN}}s3cret\nbob:{{ARGON2ID}}{BOBS_HASH}:1000:1000::/home/bob\n"
        "carol:{plain}c4rol\n",
        encoding="utf-8",
    )
    read = FileAccounts(path, delegates=DELEGATES)
    yield read
    read.close()


@pytest.fixture
def plain_accounts(tmp_path: Path) -> Iterator[FileAccounts]:
    """Give alice alone, with a plain password."""
    path = tmp_path / "accounts"
    path.write_bytes(b"alice:{PLAIN}s3cret")
    read = FileAccounts(path)
    yield read
    read.close()


def verified(
    accounts: Accounts, account: str, password: bytes, mailbox: str | None = None
) -> Identity | Rejected:
    """Verify credentials, whether the answer comes at once or later."""

    async def answer() -> Identity | Rejected:
        asked = None if mailbox is None else MailboxName(mailbox)
        given = accounts.verify(Credentials(AccountName(account), asked, password))
        return await given if isinstance(given, Awaitable) else given

    return asyncio.run(answer())


def reason(answer: Identity | Rejected) -> str:
    """Give the reason of a rejection."""
    assert isinstance(answer, Rejected)
    return answer.reason


# --- passwords -------------------------------------------------------------------------------


@pytest.mark.rfc("4616-2-verified")
@pytest.mark.parametrize(
    ("account", "password"), [("alice", b"s3cret"), ("bob", b"b0b"), ("carol", b"c4rol")]
)
def test_the_right_password_opens_the_own_mailbox(
    accounts: FileAccounts, account: str, password: bytes
) -> None:
    """Each account gets in by its own password and opens the mailbox of its own name."""
    expected = Identity(AccountName(account), MailboxName(account))

    assert verified(accounts, account, password) == expected


@pytest.mark.rfc("4616-2-verified")
@pytest.mark.parametrize("account", ["alice", "bob"])
@pytest.mark.parametrize(
    "password", [b"", b"s3cre", b"s3cret ", b"S3CRET", b"x", b"\xff\0", b"B0b"]
)
def test_a_wrong_password_is_rejected(
    accounts: FileAccounts, account: str, password: bytes
) -> None:
    """No other password lets an account in, and the reason names the account."""
    assert (
        reason(verified(accounts, account, password)) == f"wrong password for account {account!r}"
    )


@pytest.mark.parametrize("account", ["mallory", "", "Alice", "alice "])
def test_an_unknown_account_is_rejected(accounts: FileAccounts, account: str) -> None:
    """A name that is not in the file is rejected with any password, and the reason says so."""
    answer = verified(accounts, account, b"s3cret")

    assert reason(answer) == f"there is no account {account!r}"


def test_a_plain_password_is_checked_at_once(accounts: FileAccounts) -> None:
    """Without a hash there is nothing to wait for."""
    answer = accounts.verify(Credentials(ALICE, None, b"s3cret"))

    assert answer == Identity(ALICE, MailboxName("alice"))


def test_a_hash_is_checked_off_the_loop(
    accounts: FileAccounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hashed password is checked in another thread than the event loop's."""
    threads: list[threading.Thread] = []
    really = argon2.PasswordHasher.verify

    def note(hasher: argon2.PasswordHasher, encoded: str, password: bytes) -> bool:
        threads.append(threading.current_thread())
        return really(hasher, encoded, password)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", note)
    verified(accounts, "bob", b"b0b")

    assert [thread is threading.main_thread() for thread in threads] == [False]


def test_checks_run_in_a_bounded_number_of_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many log in at once, no more hashes are checked together than allowed."""
    path = tmp_path / "accounts"
    path.write_text(f"bob:{{ARGON2ID}}{BOBS_HASH}", encoding="utf-8")
    accounts = FileAccounts(path, threads_max=2)
    together = threading.Barrier(2)
    running = 0
    most = 0
    guard = threading.Lock()

    def check(*_: object) -> bool:
        nonlocal running, most
        with guard:
            running += 1
            most = max(most, running)
        together.wait(timeout=10)
        with guard:
            running -= 1
        return True

    monkeypatch.setattr(argon2.PasswordHasher, "verify", check)

    async def many() -> None:
        answers = [accounts.verify(Credentials(BOB, None, b"x")) for _ in range(6)]
        for answer in answers:
            assert isinstance(answer, Awaitable)
            await answer

    asyncio.run(many())
    accounts.close()

    assert most == 2


@pytest.fixture
def held_checks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HeldChecks]:
    """Give accounts with one thread and room for two, in which no check ends by itself."""
    path = tmp_path / "accounts"
    path.write_text(f"alice:{{PLAIN}}s3cret\nbob:{{ARGON2ID}}{BOBS_HASH}", encoding="utf-8")
    may_end = threading.Event()
    monkeypatch.setattr(argon2.PasswordHasher, "verify", lambda *_: may_end.wait(timeout=10))
    accounts = FileAccounts(path, threads_max=1, checks_waiting_max=2)
    yield HeldChecks(accounts, may_end)
    may_end.set()
    accounts.close()


def test_as_many_checks_wait_as_may(held_checks: HeldChecks) -> None:
    """With one check in the only thread, as many more as allowed are answered in their turn."""

    async def ask() -> list[Identity | Rejected]:
        answers = [held_checks.of_bob() for _ in range(3)]
        held_checks.may_end.set()
        return [await answer for answer in answers]

    assert asyncio.run(ask()) == [Identity(BOB, MailboxName("bob"))] * 3


def test_one_check_more_cannot_be_made(held_checks: HeldChecks) -> None:
    """One check more than may wait is refused at once, and it is said of whom and of how many."""

    async def ask() -> str:
        answers = [held_checks.of_bob() for _ in range(3)]
        with pytest.raises(AccountsBusy) as refused:
            await held_checks.of_bob()
        held_checks.may_end.set()
        await asyncio.gather(*answers)
        return str(refused.value)

    assert asyncio.run(ask()).startswith(
        "account 'bob': expected fewer than 3 password checks at a time, found 3; "
    )


def test_checks_that_are_over_make_room(held_checks: HeldChecks) -> None:
    """After as many checks as may be under way, as many more can be made."""

    async def ask() -> list[Identity | Rejected]:
        held_checks.may_end.set()
        return [
            answer
            for _ in range(2)
            for answer in await asyncio.gather(*[held_checks.of_bob() for _ in range(3)])
        ]

    assert len(asyncio.run(ask())) == 6


def test_a_check_that_is_given_up_makes_room(held_checks: HeldChecks) -> None:
    """A check that is cancelled while it waits counts no more."""

    async def ask() -> None:
        first, second, third = [held_checks.of_bob() for _ in range(3)]
        third.cancel()
        await asyncio.wait([third])
        fourth = held_checks.of_bob()
        held_checks.may_end.set()
        await asyncio.gather(first, second, fourth)

    asyncio.run(ask())


def test_a_plain_password_does_not_wait_for_hashes(held_checks: HeldChecks) -> None:
    """While as many checks wait as may, an account without a hash still gets in."""

    async def ask() -> object:
        answers = [held_checks.of_bob() for _ in range(3)]
        answer = held_checks.accounts.verify(Credentials(ALICE, None, b"s3cret"))
        held_checks.may_end.set()
        await asyncio.gather(*answers)
        return answer

    assert asyncio.run(ask()) == Identity(ALICE, MailboxName("alice"))


def test_a_check_that_breaks_is_no_rejection(
    accounts: FileAccounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failure of the check itself is raised: it says nothing about the password."""

    def fail(*_: object) -> bool:
        raise argon2.exceptions.VerificationError("memory allocation error")

    monkeypatch.setattr(argon2.PasswordHasher, "verify", fail)

    with pytest.raises(argon2.exceptions.VerificationError):
        verified(accounts, "bob", b"b0b")


# --- unknown names cost the same -------------------------------------------------------------


def test_an_unknown_name_costs_a_hash_where_hashes_are(
    accounts: FileAccounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With any hash in the file, an unknown account's password is hashed with its parameters."""
    hashed: list[str] = []
    really = argon2.PasswordHasher.verify

    def note(hasher: argon2.PasswordHasher, encoded: str, password: bytes) -> bool:
        hashed.append(encoded)
        return really(hasher, encoded, password)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", note)
    verified(accounts, "mallory", b"b0b")

    assert [argon2.extract_parameters(each) for each in hashed] == [
        argon2.extract_parameters(BOBS_HASH)
    ]


def test_a_plain_password_costs_no_hash_where_hashes_are(
    accounts: FileAccounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where both are mixed, a plain account costs less than an unknown one, as documented."""
    monkeypatch.setattr(argon2.PasswordHasher, "verify", lambda *_: pytest.fail("hashed"))

    assert isinstance(verified(accounts, "alice", b"guess"), Rejected)


@pytest.mark.parametrize("account", ["alice", "mallory"])
def test_every_name_costs_a_comparison_where_no_hashes_are(
    plain_accounts: FileAccounts, monkeypatch: pytest.MonkeyPatch, account: str
) -> None:
    """With plain passwords only, a known and an unknown name cost one careful comparison each."""
    compared: list[bytes] = []

    def note(expected: bytes, given: bytes) -> bool:
        compared.append(given)
        return hmac.compare_digest(expected, given)

    monkeypatch.setattr(accounts_module, "_equal", note)
    verified(plain_accounts, account, b"guess")

    assert compared == [b"guess"]


def test_the_dearest_hash_stands_for_nobody(tmp_path: Path) -> None:
    """A hash made up for unknown names has the parameters of the dearest known one, and is new."""
    path = tmp_path / "accounts"
    dearer = DEARER.hash("x")
    path.write_text(f"bob:{{ARGON2ID}}{BOBS_HASH}\neve:{{ARGON2ID}}{dearer}\n", encoding="utf-8")
    nobody = accounts_module._secret_of_nobody(read_accounts(path).values())

    assert isinstance(nobody, Argon2id)
    assert argon2.extract_parameters(nobody.encoded) == argon2.extract_parameters(dearer)
    assert nobody.encoded not in (dearer, BOBS_HASH)


# --- rights ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("account", "password"), [("alice", b"s3cret"), ("bob", b"b0b")])
def test_a_delegate_opens_the_shared_mailbox(
    accounts: FileAccounts, account: str, password: bytes
) -> None:
    """A delegate is itself, not the owner of what it opens: that is what the slot goes by."""
    expected = Identity(AccountName(account), SUPPORT)

    assert verified(accounts, account, password, "support") == expected


@pytest.mark.parametrize("mailbox", ["support", "alice", "bob", "nothing"])
def test_who_is_no_delegate_is_rejected(accounts: FileAccounts, mailbox: str) -> None:
    """The right password does not open the mailbox of somebody else."""
    answer = verified(accounts, "carol", b"c4rol", mailbox)

    assert reason(answer) == f"account 'carol' is no delegate of mailbox {mailbox!r}"


@pytest.mark.parametrize(
    ("account", "mailbox"), [("carol", "support"), ("bob", "alice"), ("alice", "support")]
)
def test_rights_are_told_only_after_the_password(
    accounts: FileAccounts, account: str, mailbox: str
) -> None:
    """With a wrong password the reason is the password, whatever the rights are."""
    answer = verified(accounts, account, b"wrong", mailbox)

    assert reason(answer) == f"wrong password for account {account!r}"


def test_asking_for_the_own_mailbox_by_name_is_always_right(accounts: FileAccounts) -> None:
    """An account opens its own mailbox by its name without being anybody's delegate."""
    assert verified(accounts, "carol", b"c4rol", "carol") == Identity(
        AccountName("carol"), MailboxName("carol")
    )


# --- one account -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("account", "password", "mailbox", "right"),
    [
        ("alice", b"s3cret", None, True),
        ("alice", b"s3cret", "alice", True),
        ("alice", b"s3cret", "support", False),
        ("alice", b"wrong", None, False),
        ("alice", b"", None, False),
        ("bob", b"s3cret", None, False),
        ("bob", b"s3cret", "alice", False),
    ],
)
def test_a_single_account_opens_its_own_mailbox_only(
    account: str, password: bytes, mailbox: str | None, *, right: bool
) -> None:
    """One name with one password gets in, and to one mailbox."""
    answer = verified(SingleAccount(ALICE, b"s3cret"), account, password, mailbox)

    assert (answer == Identity(ALICE, MailboxName("alice"))) == right


# --- the file --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"alice", "no colon"),
        (b":{PLAIN}x", "an account name before the colon"),
        (b" alice:{PLAIN}x", "an account name before the colon"),
        (b"a\tb:{PLAIN}x", "an account name before the colon"),
        (b"alice:x", "no scheme in braces"),
        (b"alice:{PLAIN", "no scheme in braces"),
        (b"alice:", "no scheme in braces"),
        (b"alice:PLAIN}x", "no scheme in braces"),
        (b"alice:{PLAIN}", "a secret for account 'alice', found none"),
        (b"alice:{PLAIN}:1000", "a secret for account 'alice', found none"),
        (
            b"alice:{MD5}x",
            "{PLAIN}, {ARGON2ID} or {SCRAM-SHA-256} for account 'alice', found {MD5}",
        ),
        (b"alice:{ARGON2ID}x", "an encoded argon2id hash for account 'alice'"),
        (b"alice:{ARGON2ID}" + BOBS_HASH[:-40].encode(), "an encoded argon2id hash"),
        (b"alice:{ARGON2ID}" + BOBS_HASH.replace("2id", "2i").encode(), "an encoded argon2id hash"),
        (b"\xff:{PLAIN}x", "UTF-8"),
        (b"bob:{PLAIN}x", "each account once, found 'bob' in line 2 already"),
    ],
)
def test_a_broken_line_is_refused_with_its_place(
    tmp_path: Path, line: bytes, expected: str
) -> None:
    """The error names the file, the line, and what was expected in it."""
    path = tmp_path / "accounts"
    path.write_bytes(b"# comment\nbob:{PLAIN}pw\n\n" + line + b"\n")

    with pytest.raises(AccountsFileError) as caught:
        FileAccounts(path)
    assert str(caught.value).startswith(f"{path}:4: expected ")
    assert expected in str(caught.value)


@pytest.mark.parametrize("line", ["bob:hunter2", "bob:{MD5}hunter2", "bob:{ARGON2ID}hunter2"])
def test_an_error_never_repeats_a_secret(tmp_path: Path, line: str) -> None:
    """The error, which may reach a log, holds nothing of the password."""
    path = tmp_path / "accounts"
    path.write_text(line, encoding="utf-8")

    with pytest.raises(AccountsFileError) as caught:
        FileAccounts(path)
    assert "hunter2" not in str(caught.value)


def test_secrets_do_not_show() -> None:
    """Neither credentials nor a hash show their secret when they are printed."""
    shown = repr((Credentials(ALICE, None, b"hunter2"), Argon2id("hunter2", 1)))

    assert "hunter2" not in shown


def test_lines_may_end_in_crlf(tmp_path: Path) -> None:
    """A file that was written on another system has no carriage returns in its passwords."""
    path = tmp_path / "accounts"
    path.write_bytes(b"# comment\r\n\r\nalice:{PLAIN}s3cret\r\n")
    accounts = FileAccounts(path)
    answer = verified(accounts, "alice", b"s3cret")
    accounts.close()

    assert answer == Identity(ALICE, MailboxName("alice"))


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    """No file is not the same as no accounts."""
    with pytest.raises(FileNotFoundError):
        FileAccounts(tmp_path / "accounts")
