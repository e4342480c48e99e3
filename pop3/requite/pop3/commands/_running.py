"""Run a server in the foreground: signals, event loop, log, exit code.

Decides what a signal means, how many descriptors the process may open and what it says last.
Refuses to decide what is served (`assembly`), and what becomes of a session that is under way (the
derived machine).
"""

import asyncio
import logging
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from typing import Final, NoReturn

import click

from requite.pop3.assembly import Assembly, ListenError, Running
from requite.pop3.commands._steps import StepPrinter
from requite.pop3.configuration import ConfigurationError
from requite.pop3.names import SessionId
from requite.pop3.passwd_file import AccountsFileError
from requite.pop3.services import Identity
from requite.pop3.tls import Watch

try:
    import uvloop
except ImportError:  # It is an extra speed, not a need; PyPy and Windows have none.
    LOOP_FACTORY: Callable[[], asyncio.AbstractEventLoop] | None = None
else:
    LOOP_FACTORY = uvloop.new_event_loop

__all__ = (
    "SIGNALS",
    "Refused",
    "descriptor_warning",
    "log_to_stderr",
    "prepare_stdout",
    "raise_descriptor_limit",
    "refusals",
    "run",
)

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
SESSIONS_LEFT: Final = 1
DESCRIPTORS_OF_A_SESSION: Final = 3
"""Its socket, its maildrop's lock and the message that it reads."""
DESCRIPTORS_OF_THE_PROCESS: Final = 64
"""Chosen from: 3 standard streams, the event loop's 4, a listener for each address, and the folders
that 8 threads list."""
logger = logging.getLogger("requite.pop3")


class Refused(click.ClickException):
    """A command cannot be carried out as it was given; the text says why, in a sentence."""

    exit_code = 2


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what an operator can mend into a sentence without a traceback."""
    try:
        yield
    except (ConfigurationError, AccountsFileError, ListenError) as error:
        raise Refused(str(error)) from error
    except OSError as error:
        what = "" if error.filename is None else f"{click.format_filename(error.filename)}: "
        raise Refused(f"{what}{error.strerror or error}") from error


def log_to_stderr(form: str = "%(asctime)s %(levelname)s %(message)s") -> None:
    """Write the log to stderr, one line with the time for each event."""
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format=form, datefmt="%Y-%m-%dT%H:%M:%S%z"
    )


def prepare_stdout() -> None:
    """Let no name of a file or a mailbox be one that stdout cannot write."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def raise_descriptor_limit() -> int:
    """Let the process open as many descriptors as it may without being root; give how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):
        # Where the system refuses, the old limit stands, and is what is warned of.
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    return soft


def descriptor_warning(sessions: int, *, descriptors: int) -> str | None:
    """Say in one line that descriptors do not suffice for the sessions, or None if they do.

    Args:
        sessions: `[limits] sessions`; 0 is no limit, and says nothing about what is needed.
        descriptors: how many the process may open.

    Example:
        >>> descriptor_warning(1, descriptors=67)
        >>> descriptor_warning(1, descriptors=66)
        '[limits] sessions: 1 need 67 descriptors, found 66; raise LimitNOFILE, or lower sessions.'
    """
    needed = DESCRIPTORS_OF_A_SESSION * sessions + DESCRIPTORS_OF_THE_PROCESS
    if sessions == 0 or descriptors == resource.RLIM_INFINITY or descriptors >= needed:
        return None
    return (
        f"[limits] sessions: {sessions} need {needed} descriptors, found {descriptors}; "
        "raise LimitNOFILE, or lower sessions."
    )


def run(
    assembly: Assembly,
    announce: Callable[[Running], None],
    *,
    printer: StepPrinter | None = None,
    clear_away: Callable[[], None] | None = None,
) -> int:
    """Serve until a signal says to stop, and give the exit code.

    Ends the process with exit code 1, instead of returning, when sessions are left at the end.

    The first SIGTERM or SIGINT drains: each session ends where it next waits for a command. The
    second ends every session at once. Once none is left, a third ends the process as usual.

    Args:
        assembly: the parts of the server; they are closed.
        announce: is called once the server listens.
        printer: is told of each step of each session.
        clear_away: is called once no session is left, while a signal still ends nothing else.

    Raises:
        ListenError: an address cannot be listened on.
    """
    try:
        with asyncio.Runner(loop_factory=LOOP_FACTORY) as runner:
            left = runner.run(_serve(assembly, announce, printer, clear_away))
            if left:
                _leave_at_once(left)
        logger.info("Stopped; the ledger is empty.")
        return 0
    finally:
        assembly.close()
        _let_go_of_stdout()


async def _serve(
    assembly: Assembly,
    announce: Callable[[Running], None],
    printer: StepPrinter | None,
    clear_away: Callable[[], None] | None,
) -> tuple[str, ...]:
    """Serve until a signal says to stop, and give a phrase for each session that is left."""
    running = await assembly.start(observer=None if printer is None else printer.show)
    if printer is not None:
        printer.identity_of = _identities(running)
    loop = asyncio.get_running_loop()
    asked_to_stop = asyncio.Event()
    for number in SIGNALS:
        loop.add_signal_handler(number, _stop, running, number, asked_to_stop)
    watch = assembly.watch(running)
    loop.add_signal_handler(signal.SIGHUP, _renew, watch)
    with suppress(OSError):
        # Who started us may not read what we print; the server is there all the same.
        announce(running)
    await asked_to_stop.wait()
    waiting = await running.server.stop()
    if clear_away is not None:
        clear_away()
    for number in (*SIGNALS, signal.SIGHUP):
        loop.remove_signal_handler(number)
    if watch is not None:
        watch.stop()
    return tuple(_left(running, waiting, frozenset(assembly.ledger.sessions())))


def _renew(watch: Watch | None) -> None:
    """Read the certificates anew, if there are any."""
    if watch is None:
        logger.info("SIGHUP: there is no certificate to read anew.")
    else:
        watch.renew()


def _stop(running: Running, number: signal.Signals, asked_to_stop: asyncio.Event) -> None:
    """Drain at the first signal, end all at the next."""
    server = running.server
    if server.draining:
        if server.sessions:  # Without any there is nothing to say, however many signals come.
            logger.info("%s again: ending %d sessions.", number.name, len(server.sessions))
        server.end_all()
        return
    logger.info("%s: draining %d sessions.", number.name, len(server.sessions))
    server.drain()
    asked_to_stop.set()


def _left(
    running: Running, waiting: Iterable[SessionId], holding: frozenset[SessionId]
) -> Iterator[str]:
    """Look into the books: at the end they are empty, or it is said who is still in them."""
    for session in sorted(holding.union(waiting)):
        found = running.server.sessions.get(session)
        facts = ["is in the ledger"] if session in holding else []
        if found is not None:
            facts.append(f"waits for {found.waits_for.name} in {found.machine.state.name}")
        yield f"{session} ({', '.join(facts) or 'waits for an answer'})"


def _leave_at_once(left: Iterable[str]) -> NoReturn:
    """Say which sessions are left, and end the process here and now.

    What they wait for hangs in a thread, and a thread cannot be ended from outside. The interpreter
    waits for every thread before it exits, and so does closing the assembly: the process would stay
    for ever, with nobody listening. So neither of them gets its turn.
    """
    logger.error("Stopped, and sessions are left: %s.", "; ".join(left))
    for handler in logging.getLogger().handlers:
        with suppress(OSError, ValueError):  # Nobody reads the log any more, or it is closed.
            handler.flush()
    _let_go_of_stdout()
    os._exit(SESSIONS_LEFT)


def _identities(running: Running) -> Callable[[SessionId], Identity | None]:
    """Give what tells who has logged in with a session."""

    def identity_of(session: SessionId) -> Identity | None:
        found = running.server.sessions.get(session)
        return None if found is None else found.identity

    return identity_of


def _let_go_of_stdout() -> None:
    """Leave nothing that the interpreter would fail to write when it ends."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
