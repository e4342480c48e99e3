"""`requite demo`: a sample maildrop, a server, lines of curl to try, and each step as it happens.

Decides what a newcomer is shown first. Refuses to decide how a step looks (`_steps`), how a server
runs (`_running`) and which messages there are (`sample`).
"""

import errno
import shlex
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Final, NoReturn

import click

from requite.pop3.assembly import Assembly, ListenError, Running, build
from requite.pop3.commands._running import SIGNALS, log_to_stderr, prepare_stdout, refusals, run
from requite.pop3.commands._steps import StepPrinter, colour_wanted
from requite.pop3.configuration import (
    LOOPBACK,
    Accounts,
    Configuration,
    Endpoint,
    Listen,
    Mailboxes,
)
from requite.pop3.maildrops.paths import MailboxPath
from requite.pop3.names import AccountName, MailboxName
from requite.pop3.sample import (
    SAMPLE_ACCOUNTS,
    SAMPLE_DELEGATES,
    SAMPLE_MAIL_PATH,
    sample_of,
    write_sample,
)

__all__ = ("demo",)

ALICE: Final = AccountName("alice")
SHARED: Final = MailboxName("support")
ANY_PORT: Final = Endpoint(LOOPBACK[0].host, 0)
READ_NUMBER: Final = 3
SIGNAL_STATUS: Final = 128
"""What a shell adds to the number of the signal that ended a process."""


@dataclass(frozen=True, slots=True)
class _Line:
    """Something to try."""

    about: str
    command: str


@click.command()
@click.option(
    "--directory",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Put the sample there and leave it; otherwise it stands in a temporary directory.",
)
@click.option("--any-port", is_flag=True, help=f"Do not try {LOOPBACK[0].text} first.")
def demo(*, directory: Path | None, any_port: bool) -> None:
    """Serve a sample maildrop on this machine, and show each session's steps as they happen.

    Prints lines of curl to try in another terminal. Ends with Ctrl-C, or SIGTERM.
    """
    prepare_stdout()
    log_to_stderr("%(levelname)s %(message)s")
    with refusals(), _place(directory) as place:
        write_sample(place.path)
        code = _serve(place, (ANY_PORT,) if any_port else (*LOOPBACK, ANY_PORT))
    sys.exit(code)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the sample stands."""

    path: Path
    clear_away: Callable[[], None] | None = None
    """Removes it, unless somebody wanted it there; a second time does nothing."""


@contextmanager
def _place(directory: Path | None) -> Iterator[_Place]:
    """Give a directory, which is removed at the end if nobody named it, whoever wants the end."""
    if directory is not None:
        directory.mkdir(parents=True, exist_ok=True)
        yield _Place(directory.absolute())
    else:
        with _unwinding():
            temporary = TemporaryDirectory(prefix="requite-demo-")
            with temporary as path:
                yield _Place(Path(path), temporary.cleanup)


@contextmanager
def _unwinding() -> Iterator[None]:
    """Let SIGTERM end the process as Ctrl-C does while nothing is served yet; once is enough."""
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def leave(number: int, frame: FrameType | None) -> NoReturn:
        del frame
        for one in SIGNALS:
            signal.signal(one, signal.SIG_IGN)
        sys.exit(SIGNAL_STATUS + number)

    signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _serve(place: _Place, endpoints: tuple[Endpoint, ...], *, taken: Endpoint | None = None) -> int:
    """Listen on the first of the addresses that is free."""
    first, *others = endpoints
    printer = StepPrinter()

    def announce(running: Running) -> None:
        endpoint = running.listeners[0].endpoint
        if taken is not None:
            click.echo(f"{taken.text} is taken by another program; this is on {endpoint.text}.")
        _show_welcome(place.path, endpoint)
        printer.show_legend()

    try:
        assembly = _assembly(place.path, first)
        return run(assembly, announce, printer=printer, clear_away=place.clear_away)
    except ListenError as error:
        if not others or error.code != errno.EADDRINUSE:
            raise
    return _serve(place, tuple(others), taken=first)


def _assembly(place: Path, endpoint: Endpoint) -> Assembly:
    return build(
        Configuration(
            listen=Listen(pop3=(endpoint,)),
            accounts=Accounts(file=place / "accounts"),
            mailboxes=Mailboxes(
                path=MailboxPath(SAMPLE_MAIL_PATH, base=place), delegates=SAMPLE_DELEGATES
            ),
        )
    )


def _show_welcome(place: Path, endpoint: Endpoint) -> None:
    """Print what there is, and what to try."""
    colour = colour_wanted(sys.stdout)
    own, shared = (len(sample_of(mailbox)) for mailbox in (MailboxName(ALICE), SHARED))
    click.echo(
        f"{endpoint.text} serves a sample: {own} messages of {ALICE}, "
        f"{shared} of the shared mailbox {SHARED}."
    )
    click.echo(f"The Maildirs stand in {click.format_filename(place)}.\n")
    click.echo("Try these lines in another terminal. Ctrl-C here ends the demo.\n")
    for line in _lines_to_try(endpoint):
        click.echo(click.style(f"  # {line.about}", dim=True), color=colour)
        click.echo(click.style(f"  {line.command}", bold=True) + "\n", color=colour)


def _lines_to_try(endpoint: Endpoint) -> Iterator[_Line]:
    """Give the lines of curl, each of which works as it stands, in any order."""
    own = f"{ALICE}:{SAMPLE_ACCOUNTS[ALICE]}"
    shared = rf"{ALICE}\{SHARED}:{SAMPLE_ACCOUNTS[ALICE]}"
    yield _Line(f"List {ALICE}'s messages.", _curl(endpoint, "", own))
    yield _Line("Read one.", _curl(endpoint, str(READ_NUMBER), own))
    yield _Line(
        f"Open a shared mailbox. It is {ALICE} who logs in, and her slot that is taken.",
        _curl(endpoint, "", shared),
    )
    yield _Line(
        "Delete a message there. It goes at QUIT, and only then; list them again to see.",
        _curl(endpoint, "1", shared, "--request", "DELE", "--head", "--silent"),
    )
    yield _Line(
        "Go away without a word, in the middle of five megabytes. See what is given back.",
        _curl(endpoint, str(_number_of_largest()), own, "--silent") + " | head -n 3",
    )


def _number_of_largest() -> int:
    sizes = [len(stored) for stored in sample_of(MailboxName(ALICE))]
    return 1 + sizes.index(max(sizes))


def _curl(endpoint: Endpoint, number: str, user: str, *options: str) -> str:
    return shlex.join(["curl", f"pop3://{endpoint.text}/{number}", "--user", user, *options])
