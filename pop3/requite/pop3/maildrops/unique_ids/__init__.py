"""Unique ids: what UIDL answers for each message of a Maildir, as another server did before.

Decides which forms there are, and that whoever was told an id is never told another one for the
same message. The readers of lists (`dovecot`, `courier`) only read, `lists` looks at the disk,
`assign` gives each message its own id, and `uidl_format` is how Dovecot's administrators wrote it.
"""

from requite.pop3.maildrops.unique_ids.assign import with_ids
from requite.pop3.maildrops.unique_ids.known import Known, Unreadable
from requite.pop3.maildrops.unique_ids.lists import (
    FILE_NAMES,
    Found,
    IdsOf,
    Scheme,
    UniqueIds,
    scheme_of,
)
from requite.pop3.maildrops.unique_ids.uidl_format import DOVECOT_FORMAT, UIDLFormat

__all__ = (
    "DOVECOT_FORMAT",
    "FILE_NAMES",
    "Found",
    "IdsOf",
    "Known",
    "Scheme",
    "UIDLFormat",
    "UniqueIds",
    "Unreadable",
    "scheme_of",
    "with_ids",
)
