"""Files of configuration, as tests write and load them.

Decides how a file is made wrong in one place, and how what is said about it is read.
"""

from collections.abc import Mapping
from pathlib import Path

import pytest

from requite.pop3.configuration import Configuration, ConfigurationError, load

__all__ = ("FILE_NAME", "document", "line_of_key", "loaded", "problems", "without")

FILE_NAME = "requite.toml"


def document(changes: Mapping[str, Mapping[str, str]] | None = None) -> str:
    """Write a file that is right, but for the changes."""
    tables = {
        "listen": {"pop3": '["127.0.0.1:1110"]', "pop3s": '["[::1]:1995"]'},
        "tls": {"certificate": '"cert.pem"', "key": '"key.pem"'},
        "accounts": {"file": '"accounts"'},
        "mailboxes": {"path": '"mail/{mailbox}/Maildir"'},
        "proxy": {"trusted": '["127.0.0.1"]'},
    }
    for table, keys in (changes or {}).items():
        tables[table] = tables.get(table, {}) | dict(keys)
    return "\n".join(
        f"# {table}\n[{table}]\n" + "\n".join(f"{key} = {text}" for key, text in keys.items())
        for table, keys in tables.items()
    )


def loaded(site: Path, text: str | bytes) -> Configuration:
    """Load a file with that text."""
    file = site / FILE_NAME
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load(file)


def problems(site: Path, text: str | bytes) -> tuple[str, ...]:
    """Load a file that is wrong, and give what is said about it, without the path of the file."""
    with pytest.raises(ConfigurationError) as caught:
        loaded(site, text)
    return tuple(problem.removeprefix(str(site / FILE_NAME)) for problem in caught.value.problems)


def line_of_key(text: str, table: str, name: str) -> int:
    """Count the lines by hand, as an editor does."""
    rows = text.splitlines()
    header = rows.index(f"[{table}]")
    return (
        next(
            number
            for number in range(header + 1, len(rows) + 1)
            if rows[number].startswith(name + " ")
        )
        + 1
    )


def without(text: str, *, beginning: str) -> str:
    """Leave out the lines that begin so."""
    return "\n".join(row for row in text.splitlines() if not row.startswith(beginning))
