"""The tables and keys of the configuration file, with every default.

Decides which keys there are, what each means, which values it may have and what it is when the
file leaves it out. Refuses to decide how a file is read and whether keys fit each other. The
docstring under each key is also its entry in the reference (`reference`).
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

from requite.pop3.client_certificates import ClientName
from requite.pop3.configuration._certificates import prospects
from requite.pop3.configuration._oauth import OAuth
from requite.pop3.configuration._toml_lines import KeyPath
from requite.pop3.configuration._toml_reading import dotted
from requite.pop3.configuration._values import (
    Delegate,
    Endpoint,
    HostName,
    MaildropFormat,
    MaildropLock,
    OldestTLS,
    PlaintextWithoutTLS,
    ProxyNetwork,
    SharedMailbox,
)
from requite.pop3.languages import Tag
from requite.pop3.maildrops.deletions import EXPUNGE, DeletePolicy
from requite.pop3.maildrops.folders import MailboxFolder
from requite.pop3.maildrops.mbox import LOCKS_BY_DEFAULT, MboxLock
from requite.pop3.maildrops.paths import MailboxPath
from requite.pop3.maildrops.unique_ids import DOVECOT_FORMAT, IdsOf, UIDLFormat

__all__ = (
    "IDLE_MIN_S",
    "TLS",
    "Accounts",
    "Certificate",
    "Configuration",
    "Limits",
    "Listen",
    "Mailboxes",
    "Proxy",
    "Server",
    "Timeouts",
)

IDLE_MIN_S = 600.0
"""RFC 1939 section 3: an autologout timer is of at least ten minutes."""

Count: TypeAlias = Annotated[int, Meta(ge=0, le=1_000_000)]
"""0 means no limit; a million sessions is more than one process has been seen to hold."""

LineOctets: TypeAlias = Annotated[int, Meta(ge=255, le=1_048_576)]
"""RFC 2449 section 4 lets every client send 255 octets; a megabyte in one line is no command."""

BufferOctets: TypeAlias = Annotated[int, Meta(ge=512, le=16_777_216)]
"""RFC 2449 section 4 lets one reply have 512 octets; more than 16 MiB is no bound for a session."""

SkippedOctets: TypeAlias = Annotated[int, Meta(ge=0, le=16_777_216)]
"""0 closes at once; the upper end is that of a buffer."""

Tries: TypeAlias = Annotated[int, Meta(ge=1, le=1_000_000)]
"""A number of times that always has an end; without the first nobody could log in."""

FloorOctets: TypeAlias = Annotated[int, Meta(ge=0, le=1_000_000)]
"""0 asks for any progress at all; a megabyte a second is more than many networks have."""

Wait: TypeAlias = Annotated[float, Meta(gt=0, le=86_400)]
"""Longer than a day is no bound for anything; mostly it was meant in milliseconds."""

WaitOrNone: TypeAlias = Annotated[float, Meta(ge=0, le=86_400)]
"""A wait that may also be left out, with 0."""

Days: TypeAlias = Annotated[int, Meta(ge=0, le=36_500)]
"""0 is for ever; a hundred years are as good as that."""


class Listen(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the server listens; at least one address is needed."""

    pop3: tuple[Endpoint, ...] = ()
    """Where POP3 is spoken, with STLS where there is TLS; port 0 lets the kernel choose."""

    pop3s: tuple[Endpoint, ...] = ()
    """Where TLS starts at once (RFC 8314 section 3.1); needs the table `tls`."""

    pop3_proxied: tuple[Endpoint, ...] = ()
    """As `pop3`, behind a proxy that says first who the client is; needs the table `proxy`."""

    pop3s_proxied: tuple[Endpoint, ...] = ()
    """As `pop3s`, behind such a proxy; needs the tables `tls` and `proxy`."""


class Proxy(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whose word is taken for who the client is (PROXY protocol, versions 1 and 2)."""

    trusted: tuple[ProxyNetwork, ...] = ()
    """The networks of the proxies; whoever else connects where proxies do is dropped."""


class Certificate(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the server proves one more name with."""

    certificate: Path
    """A PEM file with the certificate and then its chain."""

    key: Path
    """A PEM file with the certificate's private key, unencrypted."""


class TLS(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the server proves itself with; without this table it offers no TLS."""

    certificate: Path
    """A PEM file with the certificate and then its chain."""

    key: Path
    """A PEM file with the certificate's private key, unencrypted."""

    names: Mapping[HostName, Certificate] = {}
    """For each other name that clients ask for (RFC 6066 section 3), its certificate and key."""

    minimum: OldestTLS = OldestTLS.TLS_1_2
    """The oldest version that is spoken; RFC 8996 section 5 forbids older ones than TLS 1.2."""

    client_authorities: tuple[Path, ...] = ()
    """PEM files with the authorities of clients; with them, a client is asked for a certificate,
    may have none, and is refused with one of another authority; needs `client_name`."""

    client_name: ClientName | None = None
    """Where a client's certificate has the name of its account, which can then log in by SASL
    EXTERNAL (RFC 4422 appendix A); needs `client_authorities`. `email` is the rfc822Name of
    subjectAltName, `common_name` the commonName of the subject. Empty offers no EXTERNAL."""

    check_s: WaitOrNone = 60.0
    """Seconds between two looks at whether the files have changed; 0 looks at SIGHUP only. A minute
    is short beside the hours that certificates overlap."""

    @property
    def pairs(self) -> Iterator[tuple[KeyPath, str | None, Path, Path]]:
        """The place of each certificate and its key, the name it is for, and the two files."""
        yield ("tls",), None, self.certificate, self.key
        for name, pair in self.names.items():
            yield ("tls", "names", name), name, pair.certificate, pair.key


class Accounts(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who may log in."""

    file: Path | None = None
    """A file with a line `name:{SCHEME}hash` for each account, as Dovecot's passwd-file."""

    plaintext_without_tls: PlaintextWithoutTLS = PlaintextWithoutTLS.LOOPBACK
    """Where passwords may travel readable: `loopback` keeps them off every wire by default."""

    apop: bool = False
    """Whether APOP is offered (RFC 1939 section 7). It keeps the password off the wire, and whoever
    listens can still try passwords against the digest, which is MD5: TLS is worth more. It needs
    secrets of the scheme `{PLAIN}`; who has none is refused as for a wrong password."""

    scram_secret_file: Path | None = None
    """A file of 32 random octets or more that nobody else may read, as `head -c 32 /dev/urandom`
    gives. Salts of SCRAM that stand in no accounts file are made of it, and outlast a restart.
    Without it they change then, which tells those who watch which names have no keys of their own.
    """


class Mailboxes(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where mail lies, and who may open what."""

    path: MailboxPath | None = None
    """The Maildir or mbox of each mailbox, with `{mailbox}` where its name belongs."""

    format: MaildropFormat = MaildropFormat.MAILDIR
    """`maildir`: `path` is a directory with a file for each message. `mbox`: it is one file, as in
    `/var/mail/{mailbox}`."""

    mbox_locks: tuple[MboxLock, ...] = LOCKS_BY_DEFAULT
    """How an mbox is locked while it is read or rewritten, in this order; the same as all other
    programs on it do. The default is what Debian Policy 11.6 asks of every program."""

    lock: MaildropLock = MaildropLock.EXCLUSIVE
    """`exclusive`: one session at a time (RFC 1939 section 4). `shared`: a snapshot for each."""

    index: bool = True
    """Whether the sizes of messages are kept over a restart, in the file `requite-index` of each
    Maildir. It is never believed over the files; without it the first log-in to each maildrop after
    a restart reads every message."""
    dovecot_session_lock: bool = False
    """Whether Dovecot's session lock is taken too and honoured: the file that its
    `pop3_lock_session` makes in each Maildir. It keeps sessions of Dovecot's POP3 server out while
    one of ours is there, and the other way round; of `shared` sessions, those of one server
    process are together there."""

    retention_days: Days = 0
    """Days that a message is kept; CAPA says so as `EXPIRE` (RFC 2449 section 6.7). What is older,
    by the time in its file's name and by the file's own, is removed at the next QUIT, read or not;
    `move` moves it. With 0 everything is kept: `EXPIRE NEVER`."""

    deletion: DeletePolicy = EXPUNGE
    """What QUIT does with deleted messages. `expunge`: their files are removed. `move:Trash`: they
    are moved to the folder `.Trash` of the Maildir, or to another one. `hide`: they stay, and the
    account that has deleted them sees them no more. `never`: they stay, and DELE is refused."""

    deletions: Mapping[SharedMailbox, DeletePolicy] = {}
    """The same for single mailboxes, where it is not as `deletion` says."""

    fsync: bool = True
    """Whether QUIT is answered when the disk has what was done. Without it QUIT is faster; after a
    power failure, messages that were deleted in the last seconds may be back, and with `hide` all
    that an account has deleted. None that was not deleted is lost."""

    delegates: Mapping[SharedMailbox, tuple[Delegate, ...]] = {}
    """For each shared mailbox, the accounts that may open it beside the one of its own name."""

    folders: Mapping[SharedMailbox, MailboxFolder] = {}
    """For each mailbox that is a folder of Maildir++, the mailbox that it is in and its directory
    there. Every other mailbox is the inbox of its own Maildir. A folder is not made if missing."""

    unique_ids: IdsOf = IdsOf.FILE_NAMES
    """Whose unique ids clients know. `dovecot` and `courier` take them from `dovecot-uidlist` or
    `courierpop3dsizelist` in each Maildir, so that nobody fetches all mail again after a move; what
    such a list does not know has the name of its file."""

    dovecot_uidl_format: UIDLFormat = DOVECOT_FORMAT
    """What `pop3_uidl_format` was in Dovecot, for `unique_ids = "dovecot"`."""

    mark_seen: bool = False
    """Whether QUIT marks what RETR has sent whole as seen, for every program on the Maildir: it is
    moved from `new` to `cur` and gets the flag `S`, as with Dovecot. TOP marks nothing, nor does a
    session that ends without QUIT. What cannot be marked is logged; no answer shows it."""


class Limits(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a peer can make the server hold; 0 sessions means no limit."""

    sessions_per_account: Count = 16
    """Sessions of one account that logs in; 16 as in KB968626 and in Exchange 2010."""

    sessions_per_mailbox: Count = 0
    """Sessions that have one mailbox open; no limit, because the lock is the stricter one."""

    sessions_per_address: Count = 0
    """Sessions from one client address; no limit, because many clients share one behind NAT."""

    sessions: Count = 4096
    """Sessions of the whole server; 4,096 idle ones of at most 20 kB are 80 MB."""

    closing: Annotated[int, Meta(ge=1, le=1_000_000)] = 256
    """Sessions that are over but for a client that has not closed its socket; one more ends the
    oldest. Chosen as a sixteenth of `sessions`."""

    login_delay_s: Annotated[int, Meta(ge=0, le=86_400)] = 0
    """Seconds between two logins of an account (RFC 2449 section 6.5), from one slot to the next;
    0 means none, because some clients log in twice to delete (mutt)."""

    line_octets: LineOctets = 255
    """Octets of a command line with its CRLF; RFC 2449 section 4 says 255."""

    sasl_line_octets: LineOctets = 12_288
    """Octets of a line in a SASL exchange; RFC 4954 section 4 calls 12,288 sufficient."""

    skipped_octets: SkippedOctets = 65_536
    """Octets of an overlong line that are skipped before the session ends; as `input_octets`."""

    input_octets: BufferOctets = 65_536
    """Octets received and not yet handled; 64 KiB as the limit of asyncio's own streams."""

    output_octets: BufferOctets = 131_072
    """Octets that the peer has not yet taken before its commands wait; twice `input_octets`."""

    commands_before_login_max: Tries = 100
    """Lines of one connection before it has logged in, SASL responses among them; one more ends
    it, unless that is QUIT. Chosen as ten times CAPA, STLS, CAPA, USER and PASS, twice."""

    mistakes_max: Tries = 20
    """Lines of one connection that are no command or no response; one more ends it. Chosen as
    twice the 10 of Dovecot 2.2 before a login, because here they count after it as well."""

    failed_logins_max: Tries = 3
    """Wrong passwords of one connection: it ends with the last of them, whose answer is not held
    back by `refusal_s`; 3 as in Exchange's receive connectors."""

    commands_per_turn: Tries = 100
    """Pipelined commands of one session before the others have their turn; about a millisecond."""

    floor_octets_per_s: FloorOctets = 100
    """Octets a second that a peer takes at least of what waits for it, on average over `write_s`;
    a third of what a satellite phone of 2,400 bit/s takes. With 0, one octet is enough."""

    line_floor_octets_per_s: FloorOctets = 2
    """Octets a second that a client sends at least while a line of it is unfinished, looked at
    where such time is more than half of `write_s`; slower than anybody types. 0 asks for none."""


class Timeouts(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How long the server waits."""

    idle_s: Wait = IDLE_MIN_S
    """Seconds without a command until a session ends; RFC 1939 section 3 asks for 600 or more,
    so that a smaller value works and is warned of."""

    login_s: Wait = 60.0
    """Seconds from the banner to a login; 60 as in Exchange 2013."""

    handshake_s: Wait = 30.0
    """Seconds for a TLS handshake; chosen as half of `login_s`, so that after a slow one there is
    time left to log in."""

    write_s: Wait = 120.0
    """Seconds after which it is looked whether a peer takes at least `floor_octets_per_s` of what
    waits for it; chosen as twice `login_s`, so that the six resends of TCP in the first 63 seconds
    (RFC 6298 section 5.5) have had their chance."""

    refusal_s: WaitOrNone = 2.0
    """Seconds until a refused login is answered, to slow down guessing; 2 as in Dovecot."""

    lock_s: WaitOrNone = 3.0
    """Seconds that a login waits for a mailbox that another session holds, with its slot taken,
    until it is answered `[IN-USE]`; 0 answers at once. Chosen to outlast the QUIT of a session
    that is about to end, and below the 10 that Dovecot waits for a session lock, because a client
    hears nothing meanwhile. Who of several comes first is not promised."""

    commit_s: Wait = 60.0
    """Seconds that removing messages may take before the slot is given back without waiting for
    it (KB932905); chosen as `login_s`, not measured."""

    close_s: Wait = 10.0
    """Seconds that a closing connection has for the last octets; chosen as a third of what
    asyncio allows a TLS shutdown."""

    drain_s: WaitOrNone = 30.0
    """Seconds that sessions may go on after SIGTERM; chosen well below the 90 after which systemd
    kills."""

    proxy_s: Wait = 3.0
    """Seconds that a proxy has to say who the client is; 3 as in Dovecot, and the least that the
    PROXY protocol asks for in section 2, so that TCP may resend once."""


class Server(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the server says of itself."""

    announce: bool = True
    """Whether the greeting and CAPA (`IMPLEMENTATION`, RFC 2449 section 6.9) name the program;
    nothing else that is sent does."""

    language: Tag = Tag.EN
    """The language that `LANG *` chooses (RFC 6856 section 3). Until a client gives LANG it is
    answered in English, because until then answers may have ASCII alone."""


class Configuration(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything that an operator decides; without a file, every key has its default.

    The constructor believes what it is given: ranges are checked where a file is loaded.
    """

    listen: Listen = Listen()
    tls: TLS | None = None
    accounts: Accounts = Accounts()
    mailboxes: Mailboxes = Mailboxes()
    limits: Limits = Limits()
    timeouts: Timeouts = Timeouts()
    proxy: Proxy = Proxy()
    server: Server = Server()
    oauth: OAuth | None = None

    @property
    def warnings(self) -> tuple[str, ...]:
        """What works but is not what a standard or caution asks for, one sentence each."""
        applies_to_text = {
            f"[timeouts] idle_s: RFC 1939 section 3 asks for {IDLE_MIN_S:g} s or more.": (
                self.timeouts.idle_s < IDLE_MIN_S
            ),
            "[accounts] plaintext_without_tls: passwords travel readable over networks.": (
                self._passwords_travel_readable
            ),
            "[accounts] plaintext_without_tls: without [tls] no password can be sent.": (
                self._no_password_can_be_sent
            ),
            "[proxy] trusted: everybody is trusted to say who the client is.": any(
                network.is_everybody for network in self.proxy.trusted
            ),
            "[mailboxes] path: the directory that holds the mailboxes is missing.": (
                self._mailboxes_are_missing
            ),
        }
        told = tuple(text for text, applies in applies_to_text.items() if applies)
        return (*told, *self._what_clients_will_refuse)

    @property
    def _what_clients_will_refuse(self) -> Iterator[str]:
        for place, name, certificate, key in self.tls.pairs if self.tls is not None else ():
            for prospect in prospects(certificate, key, name=name):
                yield f"[{dotted(place)}] certificate: {prospect}"

    @property
    def _passwords_travel_readable(self) -> bool:
        everywhere = self.accounts.plaintext_without_tls is PlaintextWithoutTLS.ALWAYS
        # Where the proxy is says nothing of where its clients are.
        remote = self.listen.pop3_proxied or not all(one.is_loopback for one in self.listen.pop3)
        return everywhere and bool(remote)

    @property
    def _no_password_can_be_sent(self) -> bool:
        nowhere = self.accounts.plaintext_without_tls is PlaintextWithoutTLS.NEVER
        return nowhere and self.tls is None

    @property
    def _mailboxes_are_missing(self) -> bool:
        return self.mailboxes.path is not None and not self.mailboxes.path.root.is_dir()
