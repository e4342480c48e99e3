"""Read a file of accounts, in the form of Dovecot's passwd-file.

Decides what a line may say: ``name:{SCHEME}secret``, with any further fields after a colon ignored.
Refuses to guess: a line that it cannot read is an error that names the file, the line and what was
expected, and never repeats a secret. It checks no password.
"""

import base64
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

import argon2

from requite.pop3.login import MalformedLogin, decode_base64
from requite.pop3.names import AccountName
from requite.pop3.services import ScramKeys

__all__ = ("AccountsFileError", "Argon2id", "Plain", "Secret", "read_accounts")

HASH_OCTETS: Final = 32
SCRAM_PARTS: Final = 4
"""Iterations, then salt, stored key and server key in base64: as Dovecot's doveadm writes it."""
ITERATIONS_MIN: Final = 4_096
"""RFC 7677 section 4."""
ITERATIONS_MAX: Final = 10_000_000
"""Some seconds of a core for each check, and for each login of a client."""
SALT_OCTETS_MAX: Final = 1_024
"""A challenge has to fit into a line."""
ENCODED: Final = re.compile(
    r"\$argon2id\$v=\d+\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]{11,}\$[A-Za-z0-9+/]{16,}", re.ASCII
)
"""What `extract_parameters` takes, and what it takes on trust: salt and hash in base64."""


class AccountsFileError(ValueError):
    """A line of an accounts file cannot be read."""

    def __init__(self, path: Path, line: int, expected: str) -> None:
        """Say where, and what was expected there.

        Args:
            path: the file.
            line: the line's number, from 1.
            expected: what should have stood there, and what did where that is no secret.
        """
        super().__init__(f"{path}:{line}: expected {expected}")
        self.path = path
        self.line = line
        self.expected = expected


@dataclass(frozen=True, slots=True)
class Plain:
    """A password that is stored as it is."""

    password: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Argon2id:
    """The hash of a password, in its encoded form (RFC 9106)."""

    encoded: str = field(repr=False)
    cost: int
    """Memory times passes: what checking it takes."""

    def with_random_hash(self) -> "Argon2id":
        """Give a hash of the same cost that no known password has."""
        parameters, _, _ = self.encoded.rpartition("$")
        noise = base64.b64encode(os.urandom(HASH_OCTETS)).rstrip(b"=").decode("ascii")
        return Argon2id(f"{parameters}${noise}", self.cost)


Secret: TypeAlias = Plain | Argon2id | ScramKeys


def read_accounts(path: Path) -> Mapping[AccountName, Secret]:
    """Read the accounts of a file; empty lines and lines that begin with "#" say nothing.

    Raises:
        AccountsFileError: a line is broken, or names an account for the second time.
        OSError: the file cannot be read.
    """
    accounts: dict[AccountName, Secret] = {}
    line_of: dict[AccountName, int] = {}
    for number, raw in enumerate(path.read_bytes().split(b"\n"), start=1):
        try:
            line = raw.removesuffix(b"\r").decode("utf-8")
        except UnicodeDecodeError:
            raise AccountsFileError(path, number, "UTF-8") from None
        if not line.strip() or line.startswith("#"):
            continue
        try:
            name, secret = _read_line(line)
        except _BrokenLine as broken:
            raise AccountsFileError(path, number, str(broken)) from None
        if name in accounts:
            expected = f"each account once, found {name!r} in line {line_of[name]} already"
            raise AccountsFileError(path, number, expected)
        accounts[name] = secret
        line_of[name] = number
    return accounts


class _BrokenLine(ValueError):  # noqa: N818  # Never leaves this module.
    """What was expected in a line."""


def _read_line(line: str) -> tuple[AccountName, Secret]:
    """Read ``name:{SCHEME}secret`` and ignore what follows a second colon."""
    name, colon, rest = line.partition(":")
    if not colon:
        raise _BrokenLine('"name:{SCHEME}secret", found no colon')
    if not name or not name.isprintable() or name != name.strip():
        raise _BrokenLine(f"an account name before the colon, found {name!r}")
    field_text = rest.partition(":")[0]
    scheme, brace, secret = field_text.removeprefix("{").partition("}")
    if not field_text.startswith("{") or not brace:
        raise _BrokenLine(f'"{{SCHEME}}secret" for account {name!r}, found no scheme in braces')
    return AccountName(name), _read_secret(name, scheme, secret)


def _read_secret(name: str, scheme: str, secret: str) -> Secret:
    """Read a secret by its scheme, whose name may be in any case."""
    if not secret:
        raise _BrokenLine(f"a secret for account {name!r}, found none")
    match scheme.upper():
        case "PLAIN":
            return Plain(secret.encode("utf-8"))
        case "ARGON2ID":
            return _read_argon2id(name, secret)
        case "SCRAM-SHA-256":
            return _read_scram(name, secret)
        case _:
            raise _BrokenLine(
                "the scheme {PLAIN}, {ARGON2ID} or {SCRAM-SHA-256} "
                f"for account {name!r}, found {{{scheme}}}"
            )


def _read_argon2id(name: str, encoded: str) -> Argon2id:
    """Read the parameters of a hash, so that a broken one is found before anybody logs in."""
    if not ENCODED.fullmatch(encoded):
        raise _BrokenLine(f"an encoded argon2id hash for account {name!r}")
    try:
        parameters = argon2.extract_parameters(encoded)
    except argon2.exceptions.InvalidHashError:
        raise _BrokenLine(f"an encoded argon2id hash for account {name!r}") from None
    return Argon2id(encoded, parameters.memory_cost * parameters.time_cost)


def _read_scram(name: str, written: str) -> ScramKeys:
    """Read what Dovecot keeps for SCRAM-SHA-256."""
    broken = _BrokenLine(f"iterations,salt,storedkey,serverkey for account {name!r}")
    iterations, *parts = written.split(",")
    if len(parts) != SCRAM_PARTS - 1 or not re.fullmatch("[0-9]{1,8}", iterations):
        raise broken
    try:
        salt, stored_key, server_key = (decode_base64(part.encode()) for part in parts)
    except MalformedLogin:
        raise broken from None
    if not 0 < len(salt) <= SALT_OCTETS_MAX or {len(stored_key), len(server_key)} != {HASH_OCTETS}:
        raise broken
    if not ITERATIONS_MIN <= int(iterations) <= ITERATIONS_MAX:
        raise _BrokenLine(
            f"{ITERATIONS_MIN} to {ITERATIONS_MAX} iterations for account {name!r}, "
            f"found {iterations}"
        )
    return ScramKeys(int(iterations), salt, stored_key, server_key)
