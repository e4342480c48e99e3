"""From a configuration to a server that listens: the one place where the parts meet.

Decides which class serves which table of the configuration, and who closes what was opened. Refuses
to read a file of configuration (`configuration` does), and to decide when the server stops.
"""

import errno
import os
from dataclasses import dataclass, replace
from ssl import SSLContext
from typing import Final, TypeAlias

from requite.pop3.accounts import FileAccounts, SingleAccount, VouchedAccounts
from requite.pop3.configuration import (
    OAUTH_EXTRA,
    Configuration,
    ConfigurationError,
    Endpoint,
    Limits,
    MaildropFormat,
    MaildropLock,
)
from requite.pop3.ledger import LedgerLimits, ProcessLedger
from requite.pop3.maildrops.beside_dovecot import BesideDovecot
from requite.pop3.maildrops.conventions import Conventions
from requite.pop3.maildrops.deletions import Deletions
from requite.pop3.maildrops.folders import with_folders
from requite.pop3.maildrops.maildir import MaildirMaildrops
from requite.pop3.maildrops.mbox import MboxMaildrops
from requite.pop3.maildrops.paths import MailboxPath
from requite.pop3.maildrops.unique_ids import scheme_of
from requite.pop3.sasl import CertifiedAccounts
from requite.pop3.server import Server
from requite.pop3.services import TokenAccounts
from requite.pop3.shell import Clock, Services, Settings
from requite.pop3.shell.surroundings import Observer
from requite.pop3.tls import Certificates, Watch

__all__ = ("Assembly", "ListenError", "Listener", "Running", "build")

ADVICE: Final = {
    errno.EADDRINUSE: "stop the program that listens there, or choose another port",
    errno.EACCES: "a port below 1024 needs root or CAP_NET_BIND_SERVICE; or choose another port",
    errno.EADDRNOTAVAIL: "this machine has no such address",
}


class ListenError(Exception):
    """An address cannot be listened on; the text says which, why, and what to do."""

    def __init__(self, endpoint: Endpoint, error: OSError) -> None:
        """Say it in one sentence.

        Args:
            endpoint: where it was tried.
            error: what the system said.
        """
        code = error.errno if error.errno in errno.errorcode else None
        reason = str(error) if code is None else os.strerror(code)
        advice = ADVICE.get(code or 0, "choose another address")
        super().__init__(f"cannot listen on {endpoint.text}: {reason}; {advice}")
        self.endpoint = endpoint
        self.code = code
        """The system's number of the error, or None where it gave none."""


@dataclass(frozen=True, slots=True)
class Listener:
    """One address that is listened on, with the port that it really has."""

    endpoint: Endpoint
    tls_first: bool
    """Whether TLS begins at once: `pop3s`."""
    proxied: bool = False
    """Whether a proxy says first who the client is: `pop3_proxied` and `pop3s_proxied`."""


@dataclass(frozen=True, slots=True)
class Running:
    """A server that listens."""

    server: Server
    listeners: tuple[Listener, ...]


AnyAccounts: TypeAlias = FileAccounts | SingleAccount
AnyMaildrops: TypeAlias = MaildirMaildrops | BesideDovecot | MboxMaildrops


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """The parts of a server, made from a configuration and not yet listening.

    Example:
        >>> async def serve_until(stopped, configuration):
        ...     parts = build(configuration)
        ...     running = await parts.start()
        ...     await stopped.wait()
        ...     await running.server.stop()
        ...     parts.close()
    """

    configuration: Configuration
    accounts: AnyAccounts
    ledger: ProcessLedger
    maildrops: AnyMaildrops
    settings: Settings
    certificates: Certificates | None
    tokens: TokenAccounts | None = None

    async def start(
        self, *, observer: Observer | None = None, clock: Clock | None = None
    ) -> Running:
        """Listen wherever the configuration says.

        Args:
            observer: is told of each step of each session.
            clock: time; the event loop's own unless a test brings another.

        Raises:
            ListenError: an address cannot be listened on; then none is.
        """
        accounts = self.accounts
        services = Services(
            accounts=accounts,
            ledger=self.ledger,
            maildrops=self.maildrops,
            scram=accounts if isinstance(accounts, FileAccounts) and accounts.has_scram else None,
            apop=self.apop,
            certified=self.certified,
            tokens=self.tokens,
        )
        context = None if self.certificates is None else self.certificates.context
        server = Server(services, self.settings, tls=context, clock=clock, observer=observer)
        wanted = self.configuration.listen
        places = (
            *(Listener(place, tls_first=False) for place in wanted.pop3),
            *(Listener(place, tls_first=True) for place in wanted.pop3s),
            *(Listener(place, tls_first=False, proxied=True) for place in wanted.pop3_proxied),
            *(Listener(place, tls_first=True, proxied=True) for place in wanted.pop3s_proxied),
        )
        try:
            listeners = [await _listen(server, place) for place in places]
        except ListenError:
            await server.stop()
            raise
        return Running(server, tuple(listeners))

    @property
    def apop(self) -> AnyAccounts | None:
        """Who is asked about digests: the accounts, where it is configured and one can use it."""
        if not self.configuration.accounts.apop:
            return None
        if isinstance(self.accounts, FileAccounts) and self.accounts.all_without_apop:
            return None
        return self.accounts

    @property
    def certified(self) -> CertifiedAccounts | None:
        """Who may log in by a client certificate: the accounts, where that is configured."""
        tls = self.configuration.tls
        if tls is None or tls.client_name is None:
            return None
        return CertifiedAccounts(tls.client_name, VouchedAccounts(self.accounts))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What works but should be thought over, as the accounts are; one sentence each."""
        if not self.configuration.accounts.apop or not isinstance(self.accounts, FileAccounts):
            return ()
        without = sorted(self.accounts.without_apop)
        if self.accounts.all_without_apop:
            return ("[accounts] apop: not offered, because no account has a {PLAIN} secret.",)
        if not without:
            return ()
        return (
            "[accounts] apop: an account without a {PLAIN} secret cannot use it, and some clients "
            f"then try nothing else; {without[0]!r} is one of {len(without)}.",
        )

    def watch(self, running: Running) -> Watch | None:
        """Keep the certificates of a running server fresh; None where it has none."""
        server = running.server

        def use(context: SSLContext) -> None:
            server.tls = context

        if self.certificates is None:
            return None
        return Watch(self.certificates, use, server.clock)

    def close(self) -> None:
        """Let go of the threads; no session may be left. Waits for what they are doing."""
        if isinstance(self.accounts, FileAccounts):
            self.accounts.close()
        self.maildrops.close()


def build(configuration: Configuration, *, account: SingleAccount | None = None) -> Assembly:
    """Make the parts of a server; nothing is listened on yet.

    Args:
        configuration: what `configuration.load` or `configuration.for_one_maildir` gives.
        account: the only one that may log in, instead of those of a file.

    Raises:
        AccountsFileError: a line of the accounts file is broken.
        OSError: the accounts file, the secret of SCRAM, the certificate or its key cannot be read
            or used.
        ConfigurationError: tokens cannot be validated as it says.
        ValueError: the configuration names no accounts, or no mailboxes.
    """
    path = configuration.mailboxes.path
    if path is None:
        raise ValueError("the configuration has no [mailboxes] path")
    tls = configuration.tls
    accounts = _file_accounts(configuration) if account is None else account
    return Assembly(
        configuration=configuration,
        tokens=_tokens(configuration, accounts),
        certificates=None if tls is None else Certificates(tls),
        accounts=accounts,
        ledger=ProcessLedger(
            _ledger_limits(configuration.limits), login_delay_s=configuration.limits.login_delay_s
        ),
        maildrops=_maildrops(configuration, path),
        settings=_settings(configuration),
    )


async def _listen(server: Server, wanted: Listener) -> Listener:
    try:
        endpoint = await server.listen(
            wanted.endpoint, tls_first=wanted.tls_first, proxied=wanted.proxied
        )
    except OSError as error:
        raise ListenError(wanted.endpoint, error) from error
    return replace(wanted, endpoint=endpoint)


def _file_accounts(configuration: Configuration) -> FileAccounts:
    if configuration.accounts.file is None:
        raise ValueError("the configuration has no [accounts] file")
    secret = configuration.accounts.scram_secret_file
    return FileAccounts(
        configuration.accounts.file,
        delegates=configuration.mailboxes.delegates,
        scram_secret=None if secret is None else secret.read_bytes(),
    )


def _tokens(configuration: Configuration, accounts: AnyAccounts) -> TokenAccounts | None:
    if configuration.oauth is None:
        return None
    try:
        from requite.pop3.oauth import token_accounts  # noqa: PLC0415 - it needs the extra.

        return token_accounts(configuration.oauth, VouchedAccounts(accounts))
    except ImportError as error:
        told = f"[oauth]: expected the package {error.name}, found none; run: {OAUTH_EXTRA}"
        raise ConfigurationError((told,)) from error
    except ValueError as error:
        raise ConfigurationError((str(error),)) from error


def _ledger_limits(limits: Limits) -> LedgerLimits:
    return LedgerLimits(
        account=limits.sessions_per_account,
        mailbox=limits.sessions_per_mailbox,
        address=limits.sessions_per_address,
        server=limits.sessions,
    )


def _maildrops(configuration: Configuration, path: MailboxPath) -> AnyMaildrops:
    mailboxes = configuration.mailboxes
    exclusive = mailboxes.lock is MaildropLock.EXCLUSIVE
    make_below = None if path.is_single else path.root
    if mailboxes.format is MaildropFormat.MBOX:
        locks = mailboxes.mbox_locks
        return MboxMaildrops(path, exclusive=exclusive, make_below=make_below, locks=locks)
    path_of = with_folders(path, mailboxes.folders)
    maildrops = MaildirMaildrops(
        path_of,
        exclusive=exclusive,
        make_below=make_below,
        conventions=Conventions(
            unique_ids=scheme_of(mailboxes.unique_ids, mailboxes.dovecot_uidl_format),
            folders=mailboxes.folders.keys(),
            keeps_index=mailboxes.index,
            marks_seen=mailboxes.mark_seen,
        ),
        deletions=Deletions(
            default=mailboxes.deletion,
            of_mailbox=mailboxes.deletions,
            retention_days=mailboxes.retention_days,
            fsync=mailboxes.fsync,
        ),
    )
    if mailboxes.dovecot_session_lock:
        return BesideDovecot(maildrops, path_of)
    return maildrops


def _settings(configuration: Configuration) -> Settings:
    limits, timeouts = configuration.limits, configuration.timeouts
    return Settings(
        idle_s=timeouts.idle_s,
        login_s=timeouts.login_s,
        handshake_s=timeouts.handshake_s,
        write_s=timeouts.write_s,
        refusal_s=timeouts.refusal_s,
        commit_s=timeouts.commit_s,
        lock_s=timeouts.lock_s,
        close_s=timeouts.close_s,
        drain_s=timeouts.drain_s,
        line_octets=limits.line_octets,
        sasl_line_octets=limits.sasl_line_octets,
        skipped_octets=limits.skipped_octets,
        input_octets=limits.input_octets,
        output_octets=limits.output_octets,
        closing=limits.closing,
        commands_before_login_max=limits.commands_before_login_max,
        mistakes_max=limits.mistakes_max,
        failed_logins_max=limits.failed_logins_max,
        commands_per_turn=limits.commands_per_turn,
        floor_octets_per_s=limits.floor_octets_per_s,
        line_floor_octets_per_s=limits.line_floor_octets_per_s,
        plaintext_without_tls=configuration.accounts.plaintext_without_tls,
        proxy_s=timeouts.proxy_s,
        proxies_trusted=tuple(one.network for one in configuration.proxy.trusted),
        login_delay_s=limits.login_delay_s,
        announce=configuration.server.announce,
        language=configuration.server.language,
        retention_days=configuration.mailboxes.retention_days,
    )
