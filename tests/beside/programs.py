"""Programs that deliver to a Maildir, rename in it and remove from it, beside our server.

Decides what each of them does and how often. The real ones are Debian's, each a process that is
driven by its standard input: Dovecot's delivery agent and its IMAP server, procmail and maildrop.
"""

import imaplib
import os
import pwd
import random
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from beside.book import Book, Weather, places, serial_of

__all__ = (
    "AGENTS",
    "DOVECOT",
    "Deliver",
    "Home",
    "deliver_by_hand",
    "delivering",
    "imap",
    "imap_of",
    "renaming",
)

DOVECOT: Final = Path("/usr/lib/dovecot")
PATIENCE_S: Final = 20.0
FLAGS: Final = ("", "S", "RS", "FS", "F", "T")
IMAP_FLAGS: Final = ("\\Seen", "\\Answered", "\\Flagged", "\\Draft")
MESSAGES_WANTED: Final = 60
"""Below so many beside those that were there first, nothing is removed."""
CONFIG: Final = """\
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/dovecot.log
ssl = no
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 1
default_login_user = {user}
default_internal_user = {user}
default_internal_group = {group}
mail_location = maildir:{home}/mail/alice/Maildir:INDEX={home}/index:CONTROL={home}/control
service stats {{
  unix_listener stats-writer {{
    mode = 0
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Home:
    """Where everything stands, and as whom the real programs work."""

    path: Path
    user: pwd.struct_passwd

    @property
    def maildir(self) -> Path:
        """Give the Maildir that all share."""
        return self.path / "mail" / "alice" / "Maildir"

    @classmethod
    def made(cls, path: Path) -> "Home":
        """Make an empty Maildir, and configure the programs."""
        import grp  # noqa: PLC0415  # Nobody else needs it.

        # As root Dovecot refuses to read mail, so that all work as nobody.
        user = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        home = cls(path, user)
        for folder in ("tmp", "new", "cur"):
            (home.maildir / folder).mkdir(parents=True)
        group = grp.getgrgid(user.pw_gid).gr_name
        text = CONFIG.format(
            home=path, uid=user.pw_uid, gid=user.pw_gid, user=user.pw_name, group=group
        )
        (path / "dovecot.conf").write_text(text, encoding="utf-8")
        (path / "filter").write_text(f'to "{home.maildir}"\n', encoding="utf-8")
        (path / "filter").chmod(0o600)  # maildrop refuses what others may read.
        for one in (path, *path.rglob("*")):
            if os.geteuid() == 0:
                shutil.chown(one, user.pw_uid, user.pw_gid)
        return home

    def command(self, *words: object) -> list[str]:
        """Give the command that runs a program as the user."""
        drop = ["setpriv", f"--reuid={self.user.pw_uid}", f"--regid={self.user.pw_gid}"]
        as_user = [*drop, "--clear-groups"] if os.geteuid() == 0 else []
        named = f"USER={self.user.pw_name}"
        return [*as_user, "env", f"HOME={self.path}", named, *map(str, words)]


# --- delivery ------------------------------------------------------------------------------------

Deliver = Callable[[Home, bytes], None]


def deliver_by_hand(home: Home, octets: bytes) -> None:
    """Deliver as maildir(5) says: write in `tmp`, then move to `new`."""
    serial = serial_of(octets)
    name = f"{1_700_000_000 + serial}.M{serial}P1.host"
    path = home.maildir / "tmp" / name
    path.write_bytes(octets)
    shutil.chown(path, home.user.pw_uid, home.user.pw_gid)
    path.rename(home.maildir / "new" / name)


def _piped(home: Home, octets: bytes, *words: object) -> None:
    subprocess.run(
        home.command(*words), input=octets, check=True, capture_output=True, timeout=PATIENCE_S
    )


def by_lda(home: Home, octets: bytes) -> None:
    """Deliver by Dovecot's agent, which puts sizes into names."""
    _piped(home, octets, DOVECOT / "dovecot-lda", "-c", home.path / "dovecot.conf")


def by_procmail(home: Home, octets: bytes) -> None:
    """Deliver by procmail."""
    _piped(home, octets, "procmail", "-m", f"DEFAULT={home.maildir}/", "/dev/null")


def by_maildrop(home: Home, octets: bytes) -> None:
    """Deliver by Courier's agent."""
    _piped(home, octets, "maildrop", home.path / "filter")


AGENTS: Final[dict[str, Deliver]] = {
    "dovecot-lda": by_lda,
    "procmail": by_procmail,
    "maildrop": by_maildrop,
}


def delivering(
    home: Home, book: Book, weather: Weather, seed: int, agents: Sequence[Deliver]
) -> int:
    """Deliver several messages a second until it is over; give how many."""
    rng = random.Random(seed)  # noqa: S311  # It is no secret.
    count = 0
    while weather.works(rng.uniform(0.0, 0.03)):
        serial, octets = book.write(rng)
        rng.choice(agents)(home, octets)
        book.note(serial, octets)
        count += 1
    return count


# --- renaming and removing -----------------------------------------------------------------------


def renaming(home: Home, book: Book, weather: Weather, seed: int) -> int:
    """Move from `new` to `cur`, change flags, and now and then remove; give how often."""
    rng = random.Random(seed)  # noqa: S311  # It is no secret.
    count = 0
    while weather.works(0.002):
        found = places(home.maildir)
        for path in rng.sample(found, min(8, len(found))):
            with suppress(FileNotFoundError):  # Somebody else was faster.
                if rng.random() < 0.02 and len(book.expected()) > MESSAGES_WANTED:
                    book.remove(serial_of(path.read_bytes()))
                    path.unlink()
                else:
                    base = path.name.partition(":2,")[0]
                    path.rename(home.maildir / "cur" / f"{base}:2,{rng.choice(FLAGS)}")
                count += 1
    return count


@contextmanager
def imap_of(home: Home) -> Iterator[imaplib.IMAP4]:
    """Run Dovecot's IMAP server over a pipe, logged in."""
    words = home.command(DOVECOT / "imap", "-c", home.path / "dovecot.conf")
    log = shlex.quote(str(home.path / "imap.log"))
    client = imaplib.IMAP4_stream(f"exec {shlex.join(words)} 2>>{log}")
    try:
        yield client
    finally:
        client.shutdown()


def imap(home: Home, book: Book, weather: Weather, seed: int) -> int:
    """Change flags and expunge by IMAP until it is over; give how often."""
    rng = random.Random(seed)  # noqa: S311  # It is no secret.
    count = 0
    with imap_of(home) as client:
        client.select()
        while weather.works(0.01):
            count += _imap_once(client, book, rng)
    return count


def _imap_once(client: imaplib.IMAP4, book: Book, rng: random.Random) -> int:
    """Do something to some messages; each is named by its IMAP number for good, its UID."""
    client.noop()
    _, found = client.uid("SEARCH", "ALL")
    uids = found[0].split() if found and found[0] else []
    chosen = [uid.decode() for uid in rng.sample(uids, min(5, len(uids)))]
    if not chosen:
        return 0
    if rng.random() < 0.1 and len(book.expected()) > MESSAGES_WANTED:
        return _expunge(client, book, chosen[0])
    sign, flag = rng.choice("+-"), rng.choice(IMAP_FLAGS)
    client.uid("STORE", ",".join(chosen), f"{sign}FLAGS.SILENT", f"({flag})")
    return 1


def _expunge(client: imaplib.IMAP4, book: Book, uid: str) -> int:
    _, found = client.uid("FETCH", uid, "(BODY.PEEK[HEADER])")
    octets = b"".join(part[1] for part in found if isinstance(part, tuple))
    if not re.search(rb"X-Serial", octets):
        return 0  # It has just been removed.
    book.remove(serial_of(octets))
    client.uid("STORE", uid, "+FLAGS.SILENT", "(\\Deleted)")
    client.expunge()
    return 1
