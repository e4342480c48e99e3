"""Show each step of each session, one line a step, for people.

Decides how a step looks: whose it is, what is held, what happened, from where to where, and what
was just taken or given back. Refuses to decide anything about a session, and never fails one: when
its reader has gone away, it is silent.
"""

import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, TextIO

import click

from requite.generated.pop3 import HELD, Held, Step
from requite.pop3.names import SessionId
from requite.pop3.services import Identity

__all__ = ("StepPrinter", "colour_wanted")

SESSION_WIDTH: Final = 9
EVENT_WIDTH: Final = 20
SOURCE_WIDTH: Final = 13
TARGET_WIDTH: Final = 13
"""Room for what is common; a longer name pushes the rest of its line to the right."""

SESSION_COLOURS: Final = ("cyan", "magenta", "bright_blue", "bright_cyan", "bright_magenta", "blue")
TAKEN: Final = "green"
GIVEN_BACK: Final = "yellow"


@dataclass(frozen=True, slots=True)
class _Signs:
    """The characters that stand for something."""

    taken: str
    given_back: str
    nothing: str
    arrow: str


FINE_SIGNS: Final = _Signs(taken="●", given_back="○", nothing="·", arrow="→")
PLAIN_SIGNS: Final = _Signs(taken="+", given_back="-", nothing=".", arrow=">")


class StepPrinter:
    """Prints steps to a stream, in colours where people look at a terminal."""

    def __init__(self, stream: TextIO | None = None, *, colour: bool | None = None) -> None:
        """Print nothing yet.

        Args:
            stream: where to; stdout if left out.
            colour: whether to use colours; by default on a terminal, unless NO_COLOR is set.
        """
        self.identity_of: Callable[[SessionId], Identity | None] = lambda _: None
        """Who has logged in with a session; nobody, until a server is at hand to ask."""
        self._stream = sys.stdout if stream is None else stream
        self._colour = colour_wanted(self._stream) if colour is None else colour
        self._encoding = getattr(self._stream, "encoding", None) or "utf-8"
        self._signs = FINE_SIGNS if _can_write(self._encoding) else PLAIN_SIGNS
        self._colours: dict[SessionId, str] = {}
        self._sessions_seen = 0
        self._reader_gone = False

    def show_legend(self) -> None:
        """Print how to read the lines to come."""
        signs = self._signs
        dots = self._style(signs.taken * len(Held), fg=TAKEN)
        names = ", ".join(thing.name.lower() for thing in Held)
        taken = self._sign_words(signs.taken, ["just taken"], TAKEN)
        given_back = self._sign_words(signs.given_back, ["just given back"], GIVEN_BACK)
        self._print(
            "Below, each line is a step of a session: whose, what is then held, what happened, "
            f"from {signs.arrow} to."
        )
        self._print(f"{'':{SESSION_WIDTH}} {dots} {names}")
        self._print(f"{'':{SESSION_WIDTH}} {taken}   {given_back}")
        self._print("")

    def show(self, session: SessionId, step: Step) -> None:
        """Print one step."""
        source = f"{step.source.name:>{SOURCE_WIDTH}} {self._signs.arrow} "
        self._print(
            self._style(f"{session:<{SESSION_WIDTH}} ", fg=self._colour_of(session))
            + self._meter(step)
            + self._style(f" {step.event.name:<{EVENT_WIDTH}} ", bold=True)
            + self._style(source, dim=True)
            + f"{step.target.name:<{TARGET_WIDTH}} "
            + "  ".join(self._changes(session, step))
        )
        if step.final:
            self._colours.pop(session, None)
            self._print("")

    def _meter(self, step: Step) -> str:
        """Draw one dot for each thing that can be held."""
        held = HELD[step.target]
        return "".join(
            self._style(self._signs.taken, fg=TAKEN)
            if thing in held
            else self._style(self._signs.nothing, dim=True)
            for thing in Held
        )

    def _changes(self, session: SessionId, step: Step) -> Iterable[str]:
        """Say in words what the step took and gave back."""
        taken = [thing for thing in HELD[step.target] if thing not in HELD[step.source]]
        if taken:
            words = [self._taken_word(session, thing) for thing in taken]
            yield self._sign_words(self._signs.taken, words, TAKEN)
        if step.gives_back:
            words = [thing.name.lower() for thing in step.gives_back]
            yield self._sign_words(self._signs.given_back, words, GIVEN_BACK)
        if step.final:
            yield self._style("over", bold=True)

    def _taken_word(self, session: SessionId, thing: Held) -> str:
        word = thing.name.lower()
        identity = self.identity_of(session)
        if identity is None:
            return word
        names = {Held.ACCOUNT: identity.account, Held.MAILBOX: identity.mailbox}
        return f"{word} {names[thing]}" if thing in names else word

    def _sign_words(self, sign: str, words: Iterable[str], colour: str) -> str:
        return self._style(f"{sign} {', '.join(words)}", fg=colour)

    def _colour_of(self, session: SessionId) -> str:
        if session not in self._colours:
            self._colours[session] = SESSION_COLOURS[self._sessions_seen % len(SESSION_COLOURS)]
            self._sessions_seen += 1
        return self._colours[session]

    def _style(
        self, text: str, *, fg: str | None = None, bold: bool = False, dim: bool = False
    ) -> str:
        return click.style(text, fg=fg, bold=bold or None, dim=dim or None)

    def _print(self, text: str) -> None:
        """Write a line; whoever watches must not be able to end a session."""
        if self._reader_gone:
            return
        line = text.rstrip().encode(self._encoding, "replace").decode(self._encoding)
        try:
            click.echo(line, file=self._stream, color=self._colour)
        except (OSError, ValueError):
            self._reader_gone = True


def colour_wanted(stream: TextIO) -> bool:
    """Say whether people look at a stream and have not asked for no colours (no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _can_write(encoding: str) -> bool:
    try:
        "●○·→".encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
