"""What the command line asks to be served: a file's configuration, or one Maildir and a password.

Decides where a password is read from, and which Maildir and which name can be served without a
file. Refuses to decide what is served by default, which the configuration does.
"""

import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import click

from requite.pop3.accounts import SingleAccount
from requite.pop3.commands._running import Refused
from requite.pop3.configuration import LOOPBACK, Configuration, Endpoint, for_one_maildir, load
from requite.pop3.login import LoginName, MalformedLogin, read_name
from requite.pop3.names import AccountName

__all__ = ("Order", "order_of_file", "order_of_maildir")

MAILDIR_FOLDERS: Final = ("new", "cur")
PASSWORD_OCTETS_MAX: Final = 65_536
"""What is read of a first line: far more than a command line of POP3 can carry."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be served."""

    configuration: Configuration
    account: SingleAccount | None = None
    """The only account; None for those of the configuration's file."""
    warnings: tuple[str, ...] = ()
    """What works but should be thought over, one sentence each."""


def order_of_file(path: Path) -> Order:
    """Read a configuration file.

    Raises:
        ConfigurationError: it cannot be used.
    """
    configuration = load(path)
    return Order(configuration, warnings=configuration.warnings)


def order_of_maildir(
    maildir: Path, name: str, *, listen: Endpoint | None, password_file: Path | None
) -> Order:
    """Take one Maildir and one account, and get the account's password.

    Raises:
        Refused: the name is none, the directory is no Maildir, or there is no password.
        OSError: the directory or the password file cannot be read.
    """
    account = _account_name(name)
    _look_at(maildir)
    configuration = for_one_maildir(maildir, pop3=LOOPBACK if listen is None else (listen,))
    password = _password(account, password_file)
    return Order(
        configuration,
        SingleAccount(account, password),
        (*configuration.warnings, *_warnings_about(password_file)),
    )


def _account_name(name: str) -> AccountName:
    """Take a name that a client can log in by."""
    try:
        login = read_name(name.encode())
    except (MalformedLogin, UnicodeEncodeError):
        login = None
    if login != LoginName(AccountName(name), None):
        raise Refused(
            rf"--account {name!r}: write a name without \, * and control characters, such as alice"
        )
    return AccountName(name)


def _look_at(maildir: Path) -> None:
    """See that a directory is there, can be read and looks like a Maildir."""
    names = {path.name for path in maildir.iterdir()}
    if names.isdisjoint(MAILDIR_FOLDERS):
        raise Refused(
            f"{click.format_filename(maildir)}: expected a Maildir, found a directory without new "
            "and cur"
        )


def _password(account: AccountName, password_file: Path | None) -> bytes:
    """Read a password from where there is one, and refuse an empty one."""
    if password_file is not None:
        with password_file.open("rb") as file:
            password = _first_line(file)
    elif sys.stdin.isatty():
        password = str(click.prompt(f"Password of {account}", hide_input=True, err=True)).encode()
    else:
        password = _first_line(sys.stdin.buffer)
    if not password:
        where = "standard input" if password_file is None else click.format_filename(password_file)
        raise Refused(f"{where}: expected a password in the first line, found none")
    return password


def _first_line(file: BinaryIO) -> bytes:
    return file.readline(PASSWORD_OCTETS_MAX).removesuffix(b"\n").removesuffix(b"\r")


def _warnings_about(password_file: Path | None) -> tuple[str, ...]:
    if password_file is None or not password_file.stat().st_mode & stat.S_IROTH:
        return ()
    name = click.format_filename(password_file)
    return (f"{name}: every user of this machine can read the password; chmod o-r it.",)
