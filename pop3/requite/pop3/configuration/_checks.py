"""What makes a configuration impossible although each of its keys is right by itself.

Decides which keys need each other, which contradict each other and which files must be there.
Refuses to judge single values, which is the reader's, and to open anything for the server's own
use: what is opened here is closed again.
"""

import json
import os
import stat
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from requite.pop3.configuration._certificates import fit, holds_certificates
from requite.pop3.configuration._oauth import OAuth, oauth_problems
from requite.pop3.configuration._tables import TLS, Configuration, Mailboxes
from requite.pop3.configuration._toml_lines import KeyPath
from requite.pop3.configuration._toml_reading import Problem, dotted
from requite.pop3.configuration._values import Endpoint, MaildropFormat
from requite.pop3.maildrops.unique_ids import IdsOf

__all__ = ("problems_between", "tls_problems")

Found: TypeAlias = Iterator[Problem]
OF_MAILDIRS: Final = (
    "index",
    "unique_ids",
    "dovecot_uidl_format",
    "folders",
    "dovecot_session_lock",
    "retention_days",
    "deletion",
    "deletions",
    "fsync",
    "mark_seen",
)
"""The keys of `[mailboxes]` that mean nothing for an mbox, where whoever sets one would wait for
what never happens."""
SECRET_OCTETS_MIN: Final = 32
"""As many as the key of HMAC-SHA-256 has bits for."""


@dataclass(frozen=True, slots=True)
class _Check:
    needs: tuple[KeyPath, ...]
    """What must have been read without a problem for the check to mean anything."""
    problems_of: Callable[[Configuration], Found]


def problems_between(configuration: Configuration, *, unread: Collection[KeyPath]) -> Found:
    """Find what is wrong although each key is right.

    Args:
        configuration: what has been read, with defaults where that failed.
        unread: the places that could not be read; no check looks at them.
    """
    for check in _CHECKS:
        if not any(_touch(need, place) for need in check.needs for place in unread):
            yield from check.problems_of(configuration)


def _touch(first: KeyPath, second: KeyPath) -> bool:
    shared = min(len(first), len(second))
    return first[:shared] == second[:shared]


def _listens(configuration: Configuration) -> Found:
    if not any(endpoints for _, endpoints in _listeners(configuration)):
        yield Problem(
            ("listen",),
            "an address to listen on",
            "none",
            'add pop3 = ["127.0.0.1:1110"] or pop3s to [listen]',
        )


def _listens_once(configuration: Configuration) -> Found:
    seen = set()
    for key, endpoints in _listeners(configuration):
        for index, endpoint in enumerate(endpoints):
            if endpoint in seen and endpoint.port:
                place = ("listen", key, index)
                yield Problem(
                    place, "each address once", f'"{endpoint.text}" again', "remove one of the two"
                )
            seen.add(endpoint)


def _listeners(configuration: Configuration) -> tuple[tuple[str, tuple[Endpoint, ...]], ...]:
    listen = configuration.listen
    return (
        ("pop3", listen.pop3),
        ("pop3s", listen.pop3s),
        ("pop3_proxied", listen.pop3_proxied),
        ("pop3s_proxied", listen.pop3s_proxied),
    )


def _has_tls_for_pop3s(configuration: Configuration) -> Found:
    for key, endpoints in _listeners(configuration):
        if key.startswith("pop3s") and endpoints and configuration.tls is None:
            yield Problem(
                ("listen", key),
                "a table [tls]",
                "none",
                f"add [tls] with certificate and key, or remove {key}",
            )


def _trusts_a_proxy(configuration: Configuration) -> Found:
    for key, endpoints in _listeners(configuration):
        if key.endswith("_proxied") and endpoints and not configuration.proxy.trusted:
            yield Problem(
                ("listen", key),
                "networks in [proxy] trusted",
                "none",
                f'add [proxy] with trusted = ["127.0.0.1"], or remove {key}',
            )


def _has_accounts(configuration: Configuration) -> Found:
    place = ("accounts", "file")
    if configuration.accounts.file is None:
        yield Problem(place, "the path of a file", "nothing", 'add file = "accounts" to [accounts]')
    elif fault := _fault_of(configuration.accounts.file):
        yield _unreadable(place, configuration.accounts.file, fault)


def _has_a_secret_to_make_salts_of(configuration: Configuration) -> Found:
    place = ("accounts", "scram_secret_file")
    path = configuration.accounts.scram_secret_file
    if path is None:
        return
    if fault := _fault_of(path):
        yield _unreadable(place, path, fault)
    elif (octets := path.stat().st_size) < SECRET_OCTETS_MIN:
        yield Problem(
            place,
            f"a file of at least {SECRET_OCTETS_MIN} octets",
            f"{octets} in {_named(path)}",
            f"make one with head -c {SECRET_OCTETS_MIN} /dev/urandom",
        )


def _has_mailboxes(configuration: Configuration) -> Found:
    if configuration.mailboxes.path is None:
        yield Problem(
            ("mailboxes", "path"),
            'a path such as "mail/{mailbox}/Maildir"',
            "nothing",
            "add path = ... to [mailboxes]",
        )


def _locks_an_mbox(configuration: Configuration) -> Found:
    locks = configuration.mailboxes.mbox_locks
    if not locks:
        yield Problem(
            ("mailboxes", "mbox_locks"),
            "one lock or more",
            "none",
            "leave mbox_locks out: without a lock, mail is lost",
        )
    for index, lock in enumerate(locks):
        if lock in locks[:index]:
            place = ("mailboxes", "mbox_locks", index)
            yield Problem(place, "each lock once", f'"{lock}" again', "remove one of the two")


def _asks_no_maildir_of_an_mbox(configuration: Configuration) -> Found:
    mailboxes, plain = configuration.mailboxes, Mailboxes()
    if mailboxes.format is not MaildropFormat.MBOX:
        return
    for key in OF_MAILDIRS:
        if getattr(mailboxes, key) != getattr(plain, key):
            yield Problem(
                ("mailboxes", key),
                'format = "maildir"',
                f'"{mailboxes.format}"',
                f"remove {key}, which is for Maildirs alone",
            )


def _moves_no_message_to_where_it_is(configuration: Configuration) -> Found:
    mailboxes = configuration.mailboxes
    for mailbox, place in mailboxes.folders.items():
        policy = mailboxes.deletions.get(mailbox, mailboxes.deletion)
        if policy.folder and place.folder == f".{policy.folder}":
            yield Problem(
                ("mailboxes", "folders", mailbox),
                "another folder than the one that its deleted messages are moved to",
                f'"{place.folder}"',
                f'add "{mailbox}" = "expunge" to [mailboxes.deletions]',
            )


def _asks_for_no_format_of_ids_that_it_does_not_give(configuration: Configuration) -> Found:
    mailboxes, plain = configuration.mailboxes, Mailboxes()
    if mailboxes.format is MaildropFormat.MBOX or mailboxes.unique_ids is IdsOf.DOVECOT:
        return
    if mailboxes.dovecot_uidl_format != plain.dovecot_uidl_format:
        yield Problem(
            ("mailboxes", "dovecot_uidl_format"),
            'unique_ids = "dovecot"',
            f'"{mailboxes.unique_ids}"',
            'add unique_ids = "dovecot" to [mailboxes], or remove dovecot_uidl_format',
        )


def _asks_no_mbox_of_a_maildir(configuration: Configuration) -> Found:
    mailboxes, plain = configuration.mailboxes, Mailboxes()
    is_plain = mailboxes.mbox_locks == plain.mbox_locks
    if mailboxes.format is MaildropFormat.MAILDIR and mailboxes.mbox_locks and not is_plain:
        yield Problem(
            ("mailboxes", "mbox_locks"),
            'format = "mbox"',
            f'"{mailboxes.format}"',
            'add format = "mbox" to [mailboxes], or remove mbox_locks',
        )


def _has_certificates_and_their_keys(configuration: Configuration) -> Found:
    if configuration.tls is not None:
        yield from tls_problems(configuration.tls)


def _asks_for_the_certificates_that_it_uses(configuration: Configuration) -> Found:
    tls = configuration.tls
    if tls is None:
        return
    if tls.client_authorities and tls.client_name is None:
        # RFC 8314 section 4.2: nobody is asked for a certificate that says nothing here.
        yield Problem(
            ("tls", "client_authorities"),
            "where a certificate has the account's name, in [tls] client_name",
            "nothing",
            'add client_name = "email" or "common_name" to [tls], or remove client_authorities',
        )
    if tls.client_name is not None and not tls.client_authorities:
        yield Problem(
            ("tls", "client_name"),
            "authorities of clients in [tls] client_authorities",
            "none",
            'add client_authorities = ["clients.pem"] to [tls], or remove client_name',
        )


def tls_problems(tls: TLS) -> Found:
    """Find what cannot be used in the files of certificates, keys and authorities."""
    for place, _, certificate, key in tls.pairs:
        yield from _files_problems(place, certificate, key)
    for index, path in enumerate(tls.client_authorities):
        spot = ("tls", "client_authorities", index)
        if fault := _fault_of(path):
            yield _unreadable(spot, path, fault)
        elif not holds_certificates(path):
            yield _useless(spot, "certificates of authorities in PEM form", path)


def _files_problems(place: KeyPath, certificate: Path, key: Path) -> Found:
    unreadable = [
        _unreadable((*place, name), path, fault)
        for name, path in (("certificate", certificate), ("key", key))
        if (fault := _fault_of(path))
    ]
    yield from unreadable
    if unreadable:
        return
    if not holds_certificates(certificate):
        yield _useless((*place, "certificate"), "a certificate in PEM form", certificate)
    elif not fit(certificate, key):
        expected = f"the unencrypted private key of [{dotted(place)}] certificate in PEM form"
        yield _useless((*place, "key"), expected, key)


def _useless(place: KeyPath, expected: str, path: Path) -> Problem:
    return Problem(place, expected, f"something else in {_named(path)}", "correct the path")


def _unreadable(place: KeyPath, path: Path, fault: str) -> Problem:
    found = f"{_named(path)}: {fault}"
    return Problem(place, "a readable file", found, "correct the path or the file's permissions")


def _named(path: Path) -> str:
    """Write a path as the file has it, and whole: it is what has to be looked for."""
    return json.dumps(str(path), ensure_ascii=False)


def _fault_of(path: Path) -> str | None:
    """Say why a file cannot be read, or give None; never wait, not even for a named pipe."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        return error.strerror or "it cannot be opened"
    try:
        is_file = stat.S_ISREG(os.fstat(descriptor).st_mode)
    finally:
        os.close(descriptor)
    return None if is_file else "not a file"


def _buffers_hold_a_line(configuration: Configuration) -> Found:
    limits = configuration.limits
    needed = max(limits.line_octets, limits.sasl_line_octets)
    if limits.input_octets < needed:
        yield Problem(
            ("limits", "input_octets"),
            f"room for the longest line, {needed} octets",
            str(limits.input_octets),
            "raise input_octets, or lower line_octets and sasl_line_octets",
        )


def _refuses_before_the_login_ends(configuration: Configuration) -> Found:
    timeouts = configuration.timeouts
    if timeouts.refusal_s >= timeouts.login_s:
        yield Problem(
            ("timeouts", "refusal_s"),
            f"less than login_s, {timeouts.login_s:g} s",
            f"{timeouts.refusal_s:g} s",
            "lower refusal_s: a refusal would never be answered",
        )


def _can_validate_tokens(configuration: Configuration) -> Found:
    if configuration.oauth is not None:
        yield from oauth_problems(configuration.oauth)
        yield from _oauth_files(configuration.oauth)
        yield from _answers_before_the_login_ends(configuration, configuration.oauth)


def _oauth_files(oauth: OAuth) -> Found:
    secret = oauth.client_secret_file
    if secret is not None and (fault := _fault_of(secret)):
        yield _unreadable(("oauth", "client_secret_file"), secret, fault)
    for key, paths in (("key_files", oauth.key_files), ("authorities", oauth.authorities)):
        for index, path in enumerate(paths):
            if fault := _fault_of(path):
                yield _unreadable(("oauth", key, index), path, fault)
            elif key == "authorities" and not holds_certificates(path):
                expected = "certificates of authorities in PEM form"
                yield _useless(("oauth", key, index), expected, path)


def _answers_before_the_login_ends(configuration: Configuration, oauth: OAuth) -> Found:
    login_s = configuration.timeouts.login_s
    if oauth.answer_s >= login_s:
        yield Problem(
            ("oauth", "answer_s"),
            f"less than login_s, {login_s:g} s",
            f"{oauth.answer_s:g} s",
            "lower answer_s: an answer would come after the login has ended",
        )


_CHECKS = (
    _Check((("listen",),), _listens),
    _Check((("listen",),), _listens_once),
    _Check((("listen",), ("tls",)), _has_tls_for_pop3s),
    _Check((("listen",), ("proxy",)), _trusts_a_proxy),
    _Check((("tls",),), _has_certificates_and_their_keys),
    _Check((("tls",),), _asks_for_the_certificates_that_it_uses),
    _Check((("accounts", "file"),), _has_accounts),
    _Check((("accounts", "scram_secret_file"),), _has_a_secret_to_make_salts_of),
    _Check((("mailboxes", "path"),), _has_mailboxes),
    _Check((("mailboxes", "mbox_locks"),), _locks_an_mbox),
    _Check((("mailboxes",),), _asks_no_maildir_of_an_mbox),
    _Check((("mailboxes",),), _asks_no_mbox_of_a_maildir),
    _Check((("mailboxes",),), _moves_no_message_to_where_it_is),
    _Check((("mailboxes",),), _asks_for_no_format_of_ids_that_it_does_not_give),
    _Check(
        (("limits", "line_octets"), ("limits", "sasl_line_octets"), ("limits", "input_octets")),
        _buffers_hold_a_line,
    ),
    _Check((("timeouts", "refusal_s"), ("timeouts", "login_s")), _refuses_before_the_login_ends),
    _Check((("oauth",), ("timeouts", "login_s")), _can_validate_tokens),
)
