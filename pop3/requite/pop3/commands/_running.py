"""Run a server in the foreground: signals, event loop, log, exit code.

Decides what a signal means and what the process says last. Refuses to decide what is served
(`assembly`), and what becomes of a session that is under way (the derived machine).
"""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from typing import Final

import click

from requite.pop3.assembly import Assembly, ListenError, Running
from requite.pop3.commands._steps import StepPrinter
from requite.pop3.configuration import ConfigurationError
from requite.pop3.names import SessionId
from requite.pop3.passwd_file import AccountsFileError
from requite.pop3.services import Identity

try:
    import uvloop
except ImportError:  # It is an extra speed, not a need; PyPy and Windows have none.
    LOOP_FACTORY: Callable[[], asyncio.AbstractEventLoop] | None = None
else:
    LOOP_FACTORY = uvloop.new_event_loop

__all__ = ("Refused", "log_to_stderr", "prepare_stdout", "refusals", "run")

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
SESSIONS_LEFT: Final = 1
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


def run(
    assembly: Assembly,
    announce: Callable[[Running], None],
    *,
    printer: StepPrinter | None = None,
) -> int:
    """Serve until a signal says to stop, and give the exit code.

    The first SIGTERM or SIGINT drains: each session ends where it next waits for a command. The
    second ends every session at once. Once none is left, a third ends the process as usual.

    Args:
        assembly: the parts of the server; they are closed.
        announce: is called once the server listens.
        printer: is told of each step of each session.

    Raises:
        ListenError: an address cannot be listened on.
    """
    try:
        with asyncio.Runner(loop_factory=LOOP_FACTORY) as runner:
            runner.run(_serve(assembly, announce, printer))
        return _verdict(assembly)
    finally:
        assembly.close()
        _let_go_of_stdout()


async def _serve(
    assembly: Assembly, announce: Callable[[Running], None], printer: StepPrinter | None
) -> None:
    running = await assembly.start(observer=None if printer is None else printer.show)
    if printer is not None:
        printer.identity_of = _identities(running)
    loop = asyncio.get_running_loop()
    asked_to_stop = asyncio.Event()
    for number in SIGNALS:
        loop.add_signal_handler(number, _stop, running, number, asked_to_stop)
    with suppress(OSError):
        # Who started us may not read what we print; the server is there all the same.
        announce(running)
    await asked_to_stop.wait()
    await running.server.stop()
    for number in SIGNALS:
        loop.remove_signal_handler(number)


def _stop(running: Running, number: signal.Signals, asked_to_stop: asyncio.Event) -> None:
    """Drain at the first signal, end all at the next."""
    server = running.server
    if server.draining:
        logger.info("%s again: ending %d sessions.", number.name, len(server.sessions))
        server.end_all()
        return
    logger.info("%s: draining %d sessions.", number.name, len(server.sessions))
    server.drain()
    asked_to_stop.set()


def _verdict(assembly: Assembly) -> int:
    """Look into the books: at the end they are empty, or it is said who is still in them."""
    left = tuple(assembly.ledger.sessions())
    if left:
        logger.error("Stopped, and the ledger still has sessions: %s.", ", ".join(left))
        return SESSIONS_LEFT
    logger.info("Stopped; the ledger is empty.")
    return 0


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
