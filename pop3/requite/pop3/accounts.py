"""Check who a client is, and whose mailbox it may open.

Decides whether a password is right, by a file of hashes or by one password, and then whether the
account may open the mailbox: its own always, another one if it is a delegate. Refuses to decide how
names are written (`login`), how often one may try, and how many sessions an account may hold.
"""

import asyncio
import hmac
import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import argon2

from requite.pop3.apop import digest_matches
from requite.pop3.names import AccountName, MailboxName
from requite.pop3.passwd_file import Argon2id, Plain, Secret, read_accounts
from requite.pop3.sasl.preparation import same_form
from requite.pop3.sasl.scram_keys import ScramBook, derive_keys, scram_form
from requite.pop3.services import (
    Answer,
    APOPProof,
    Credentials,
    Identity,
    Rejected,
    ScramKeys,
)

__all__ = ("CHECKS_WAITING_MAX", "AccountsBusy", "FileAccounts", "SingleAccount", "VouchedAccounts")

THREADS_MAX: Final = max(1, min(4, os.cpu_count() or 1))
"""Each check in a thread keeps a core busy and up to 64 MiB in use while it runs."""

CHECKS_WAITING_MAX: Final = 256
"""How many checks may wait for a thread. Whoever waits must be done within `login_s`, 60 s. A check
with argon2-cffi's own parameters was measured at 50 to 100 ms, so the last of 256 waits 13 to 26 s
on one core and 3 to 7 s on four; even hashes of 200 ms on one core make it 51 s. A longer queue
would only compute answers that come too late."""

T = TypeVar("T")
NO_DELEGATES: Final[Mapping[MailboxName, Iterable[AccountName]]] = {}


class AccountsBusy(RuntimeError):  # noqa: N818  # The accounts are busy; nothing is wrong.
    """So many passwords are being checked that one more cannot wait; try again later."""


class FileAccounts:
    """Accounts of a passwd file, with the mailboxes that each may open."""

    def __init__(
        self,
        path: Path,
        *,
        delegates: Mapping[MailboxName, Iterable[AccountName]] = NO_DELEGATES,
        scram_secret: bytes | None = None,
        threads_max: int = THREADS_MAX,
        checks_waiting_max: int = CHECKS_WAITING_MAX,
    ) -> None:
        """Read the file; it is not read again.

        Args:
            path: a file with one account in each line, as `read_accounts` reads it.
            delegates: who else may open a mailbox.
            scram_secret: what salts that the file has not are made of; without it they change with
                each server.
            threads_max: how many hashes are computed at the same time.
            checks_waiting_max: how many more checks may wait for their turn.

        Raises:
            AccountsFileError: a line is broken.
            OSError: the file cannot be read.
        """
        self._secrets = read_accounts(path)
        self._spelt = {same_form(account): account for account in reversed([*self._secrets])}
        self._delegates = self._as_the_file_spells(delegates)
        self._mailboxes_spelt = {same_form(mailbox): mailbox for mailbox in self._delegates}
        self._unknown = os.urandom(16)
        self._nobody = _secret_of_nobody(self._secrets.values())
        self._hasher = argon2.PasswordHasher()
        self._threads_max = threads_max
        self._checks_waiting_max = checks_waiting_max
        self._book = ScramBook(
            kept=_of_kind(self._secrets, ScramKeys),
            passwords={
                account: secret.password
                for account, secret in _of_kind(self._secrets, Plain).items()
            },
            secret=scram_secret,
        )
        self._checks: set[Future[Any]] = set()
        self._pool = ThreadPoolExecutor(threads_max, thread_name_prefix="requite-password")

    def verify(self, credentials: Credentials, /) -> Answer[Identity | Rejected]:
        """Check a password, at once or in a thread, then the right to open the mailbox.

        An unknown account costs what the dearest ARGON2ID hash of the file costs, without one what
        the dearest SCRAM-SHA-256 costs, or one comparison where the file has PLAIN passwords only.
        So the time tells who exists in neither a file of PLAIN passwords nor a file whose hashes
        all have the same parameters. It does where they are mixed: an account with a PLAIN
        password or a cheaper hash is answered sooner than one that does not exist.

        Raises:
            AccountsBusy: as many checks wait as may.
        """
        secret = self._secrets.get(self._known(credentials.account), self._nobody)
        if isinstance(secret, Plain):
            matches = _same_password(secret.password, credentials.password)
            return self._judge(credentials, matches=matches)
        if isinstance(secret, ScramKeys):
            return self._compute(credentials.account, lambda: self._judge_keys(credentials, secret))
        return self._compute(credentials.account, lambda: self._judge_hashed(credentials, secret))

    @property
    def has_scram(self) -> bool:
        """Whether any account can log in by SCRAM: one that has only a hash cannot."""
        return not self._book.is_empty

    def scram_keys(self, account: AccountName, /) -> Answer[ScramKeys]:
        """Give the keys of an account, or such that nobody has; in a thread if any is derived.

        Raises:
            AccountsBusy: as many checks wait as may.
        """
        account = self._known(account)
        if self._book.is_slow:
            return self._compute(account, lambda: self._book.keys(account))
        return self._book.keys(account)

    def authorize(
        self, account: AccountName, mailbox: MailboxName | None, /
    ) -> Identity | Rejected:
        """Check the right of an account, which has proved who it is, to open a mailbox."""
        return self._judge(Credentials(account, mailbox, b""), matches=True)

    def verify_apop(self, proof: APOPProof, /) -> Identity | Rejected:
        """Check a digest, then the right to open the mailbox, at once.

        An account that does not exist, and one whose secret is hashed, costs what any other does:
        one digest, of a secret that nobody has.
        """
        secret = self._secrets.get(self._known(proof.account))
        known = secret.password if isinstance(secret, Plain) else self._unknown
        return self._judge(proof, matches=_digest_is_of(known, proof))

    @property
    def without_apop(self) -> frozenset[AccountName]:
        """The accounts whose secrets are hashed, so that no digest can be checked."""
        hashed = (name for name, secret in self._secrets.items() if not isinstance(secret, Plain))
        return frozenset(hashed)

    @property
    def all_without_apop(self) -> bool:
        """Whether no account at all can use APOP."""
        return len(self.without_apop) == len(self._secrets)

    def close(self) -> None:
        """Let go of the threads, after what they are doing; no session may follow."""
        self._pool.shutdown()

    def _compute(self, account: AccountName, work: Callable[[], T]) -> "asyncio.Future[T]":
        """Have a thread compute, unless too many wait for one already."""
        unfinished = len(self._checks)
        unfinished_max = self._threads_max + self._checks_waiting_max
        if unfinished >= unfinished_max:
            raise AccountsBusy(
                f"account {account!r}: expected fewer than {unfinished_max} password "
                f"checks at a time, found {unfinished}; use cheaper hashes, more cores, or a limit "
                "on sessions from an address"
            )
        check = self._pool.submit(work)
        self._checks.add(check)
        check.add_done_callback(self._checks.discard)
        return asyncio.wrap_future(check)

    def _judge_hashed(self, credentials: Credentials, secret: Argon2id) -> Identity | Rejected:
        sent = credentials.password
        matches = any(self._is_hash_of(secret, form) for form in _forms(sent, stored=False))
        return self._judge(credentials, matches=matches)

    def _is_hash_of(self, secret: Argon2id, password: bytes) -> bool:
        try:
            self._hasher.verify(secret.encoded, password)
        except argon2.exceptions.VerifyMismatchError:
            return False
        return True

    def _judge_keys(self, credentials: Credentials, keys: ScramKeys) -> Identity | Rejected:
        """Check a password against what SCRAM keeps of it."""
        given = derive_keys(scram_form(credentials.password), keys.salt, keys.iterations)
        return self._judge(credentials, matches=_equal(keys.stored_key, given.stored_key))

    def _judge(self, credentials: Credentials | APOPProof, *, matches: bool) -> Identity | Rejected:
        """Give the answer to credentials whose password has been compared."""
        account = self._known(credentials.account)
        if account not in self._secrets:
            return Rejected(f"there is no account {account!r}")
        if not matches:
            return Rejected(f"wrong password for account {account!r}")
        mailbox = self._known_mailbox(credentials.mailbox, account)
        if mailbox == MailboxName(account) or account in self._delegates.get(mailbox, ()):
            return Identity(account, mailbox)
        return Rejected(f"account {account!r} is no delegate of mailbox {mailbox!r}")

    def _as_the_file_spells(
        self, delegates: Mapping[MailboxName, Iterable[AccountName]]
    ) -> Mapping[MailboxName, frozenset[AccountName]]:
        """Give delegates, and mailboxes that are an account's own, the names that accounts have."""
        spelt: dict[MailboxName, frozenset[AccountName]] = {}
        for mailbox, who in delegates.items():
            known = MailboxName(self._known(AccountName(mailbox)))
            spelt[known] = spelt.get(known, frozenset()).union(map(self._known, who))
        return spelt

    def _known(self, sent: AccountName) -> AccountName:
        """Give a name as the file spells it, so that an account is counted by one name alone."""
        return sent if sent in self._secrets else self._spelt.get(same_form(sent), sent)

    def _known_mailbox(self, sent: MailboxName | None, account: AccountName) -> MailboxName:
        """Give a mailbox's name as it is spelt where its Maildir is; without one, the account's."""
        if sent is None or same_form(sent) == same_form(account):
            return MailboxName(account)
        return sent if sent in self._delegates else self._mailboxes_spelt.get(same_form(sent), sent)


class SingleAccount:
    """One account with one password, which may open its own mailbox only."""

    def __init__(self, name: AccountName, password: bytes) -> None:
        """Know one account."""
        self._name = name
        self._password = password

    def verify(self, credentials: Credentials, /) -> Identity | Rejected:
        """Check the password at once."""
        matches = _same_password(self._password, credentials.password)
        return self._judge(credentials, matches=matches)

    def authorize(
        self, account: AccountName, mailbox: MailboxName | None, /
    ) -> Identity | Rejected:
        """Check the right of an account, which has proved who it is, to open a mailbox."""
        return self._judge(Credentials(account, mailbox, b""), matches=True)

    def verify_apop(self, proof: APOPProof, /) -> Identity | Rejected:
        """Check the digest at once."""
        return self._judge(proof, matches=_digest_is_of(self._password, proof))

    def _judge(self, credentials: Credentials | APOPProof, *, matches: bool) -> Identity | Rejected:
        """Give the answer to credentials whose password has been compared."""
        account, mailbox = credentials.account, credentials.mailbox
        if same_form(account) != same_form(self._name):
            return Rejected(f"there is no account {account!r}, only {self._name!r}")
        if not matches:
            return Rejected(f"wrong password for account {account!r}")
        if mailbox is not None and same_form(mailbox) != same_form(self._name):
            return Rejected(f"account {account!r} is no delegate of mailbox {mailbox!r}")
        return Identity(self._name, MailboxName(self._name))


@dataclass(frozen=True, slots=True)
class VouchedAccounts:
    """Accounts that somebody else vouches for: an issuer of tokens, or of certificates.

    Each is known by the very name that the accounts have. To whoever vouches, another spelling may
    be another person, who must not become this one by SASLprep.
    """

    accounts: FileAccounts | SingleAccount
    """Know what each may open."""

    def authorize(
        self, account: AccountName, mailbox: MailboxName | None, /
    ) -> Identity | Rejected:
        """Check the right of an account, whose name is vouched for, to open a mailbox."""
        answer = self.accounts.authorize(account, mailbox)
        if isinstance(answer, Identity) and answer.account != account:
            return Rejected(
                f"account {answer.account!r} is vouched for as {account!a}, which may be another"
            )
        return answer


def _forms(password: bytes, *, stored: bool) -> Iterable[bytes]:
    """Give a password as it is and, if that is another, as SASLprep has it (RFC 6856 section 2.2).

    Both count: a hash may have been made of either, and a client may compute with either.
    """
    return dict.fromkeys((password, scram_form(password, stored=stored)))


def _same_password(expected: bytes, given: bytes) -> bool:
    """Compare passwords as SASLprep has them; what is the same as it is, is so then too."""
    return _equal(scram_form(expected, stored=False), scram_form(given, stored=False))


def _digest_is_of(password: bytes, proof: APOPProof) -> bool:
    """Say whether a digest proves a password, in one of its forms."""
    matches = [
        digest_matches(proof.digest, stamp=proof.stamp, secret=form)
        for form in _forms(password, stored=True)
    ]
    return any(matches)


def _equal(expected: bytes, given: bytes) -> bool:
    """Compare passwords in a time that does not tell how much of them is the same."""
    return hmac.compare_digest(expected, given)


def _secret_of_nobody(secrets: Iterable[Secret]) -> Secret:
    """Give a secret that nothing matches, and that costs what the dearest known hash costs."""
    known = list(secrets)
    hashed = [secret for secret in known if isinstance(secret, Argon2id)]
    if hashed:
        return max(hashed, key=lambda secret: secret.cost).with_random_hash()
    iterations = [secret.iterations for secret in known if isinstance(secret, ScramKeys)]
    if iterations:
        return ScramKeys(max(iterations), *(os.urandom(octets) for octets in (16, 32, 32)))
    return Plain(os.urandom(16))


def _of_kind(secrets: Mapping[AccountName, Secret], kind: type[T]) -> Mapping[AccountName, T]:
    return {account: secret for account, secret in secrets.items() if isinstance(secret, kind)}
