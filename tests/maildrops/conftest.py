"""One Maildir, and the service that reads it.

Decides what every test of Maildirs begins with. Refuses to hold a check.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from requite.pop3.maildrops.maildir import MaildirMaildrops
from requite.pop3.maildrops.paths import MailboxPath


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give a tree for Maildirs in which alice has an empty one."""
    for folder in ("tmp", "new", "cur"):
        (tmp_path / "alice" / "Maildir" / folder).mkdir(parents=True)
    return tmp_path


@pytest.fixture
def maildir(root: Path) -> Path:
    """Give alice's Maildir."""
    return root / "alice" / "Maildir"


@pytest.fixture
def maildrops(root: Path) -> Iterator[MaildirMaildrops]:
    """Serve the tree, one session at a time for each mailbox."""
    path_of = MailboxPath("{mailbox}/Maildir", base=root)
    served = MaildirMaildrops(path_of, make_below=path_of.root)
    yield served
    served.close()
