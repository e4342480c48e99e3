"""The body of each effect of the derived machine: here, answers, messages and their removal.

`keeping` has what a session keeps, `coming_in` what it does until its maildrop is open. None of
them decides what may follow.
"""

import logging
from functools import lru_cache

from requite.generated.pop3 import Event
from requite.pop3.languages import LANGUAGES, language_listing
from requite.pop3.services import Content, Maildrop, NotesRetrieved
from requite.pop3.shell.coming_in import ComingIn
from requite.pop3.shell.keeping import there
from requite.pop3.shell.requests import Question
from requite.pop3.shell.sending import MessageSender, form_of, scan_listings, unique_ids
from requite.pop3.wire.capabilities import capabilities
from requite.pop3.wire.lines import UTF8_LINE_OCTETS

__all__ = ("Effects",)

logger = logging.getLogger("requite.pop3")


class Effects(ComingIn):
    """What one session does; `Session` adds when."""

    __slots__ = ()

    # --- orders ---------------------------------------------------------

    def send_reply(self, text: str, /, **facts: int | str) -> None:
        """Queue one line for the client, in its language."""
        spoken = self._language.texts.get(text, text)
        line = spoken.format_map(facts) if facts else spoken
        self._connection.output.send(f"{line}\r\n".encode())

    def enable_utf8(self) -> None:
        """Take longer command lines from now on."""
        connection = self._connection
        connection.line_octets = max(connection.line_octets, UTF8_LINE_OCTETS)

    def choose_language(self) -> None:
        """Answer in the language that the command names, or that the administrator prefers."""
        preferred = LANGUAGES[self._surroundings.settings.language]
        self._language = self._command.language or preferred

    def send_languages(self) -> None:
        """Send the languages of answers."""
        self._connection.output.send(language_listing())

    def send_capabilities(self) -> None:
        """Send the capabilities."""
        self._connection.output.send(
            capabilities(
                password_allowed=self._password_allowed,
                mechanisms=self._mechanisms,
                stls=self._tls_can_begin and self._snapshot is None,
                promises=self._surroundings.settings.promises,
            )
        )

    def send_scan_listings(self) -> None:
        """Begin to send a scan listing of each message."""
        self._listing = scan_listings(self._opened.maildrop.messages, self._opened.deleted)
        self._send_listing()

    def send_unique_ids(self) -> None:
        """Begin to send the unique id of each message."""
        self._listing = unique_ids(self._opened.maildrop.messages, self._opened.deleted)
        self._send_listing()

    def _send_listing(self) -> None:
        for piece in self._listing:
            self._connection.output.send(piece)
            if self._connection.output.congested:
                self._connection.output.when_taken(self._send_listing)
                return
        if self._connection.output.drained:
            self.report(Event.ANSWER_TAKEN)
        else:
            self._connection.output.when_taken(lambda: self.report(Event.ANSWER_TAKEN))

    def mark_deleted(self) -> None:
        """Mark the message as deleted."""
        self._opened.mark(self.number)

    def unmark_all(self) -> None:
        """Unmark every message."""
        self._opened.unmark_all()

    def protect_message(self) -> None:
        """Refuse to delete this message in this session."""
        self._opened.keep(self.number)

    def stop_sending(self) -> None:
        """Read no further in the message that is being sent."""
        there(self._sender, "a message being sent").stop()

    def close_socket(self) -> None:
        """Send what is queued, say that no more comes, and wait for the client's end."""
        self._connection.shut()
        self._surroundings.lingers(self.id)

    # --- requests ---------------------------------------------------------

    def read_message(self) -> None:
        """Ask for the message."""
        question: Question[Content | None] = Question(
            lambda: self._opened.maildrop.read(self.number),
            self._message_answer,
            Event.MESSAGE_UNREADABLE,
        )
        self._ask(question)

    def _message_answer(self, answer: Content | None) -> Event:
        if answer is None:
            return Event.MESSAGE_GONE
        self._content = answer
        return Event.MESSAGE_OPENED if self._command.lines is None else Event.TOP_OPENED

    def send_message(self) -> None:
        """Send the message, to the final dot."""
        content = there(self._content, "an open message")
        self._sender = MessageSender(
            content,
            form_of(content, octets=self.message_octets, lines=self._command.lines),
            self._connection.output,
            self._surroundings.readers,
            self._message_ended,
            octets=self.message_octets,
        )
        self._sender.start()

    def _message_ended(self, sent: bool) -> None:  # noqa: FBT001 - a callback's one argument.
        if sent and self._command.lines is None:
            _note_retrieved(self._opened.maildrop, self.number)
        self.report(Event.MESSAGE_SENT if sent else Event.MESSAGE_BROKEN)

    def commit(self) -> None:
        """Ask for the removal of the messages marked as deleted."""
        question: Question[int] = Question(
            lambda: self._opened.maildrop.commit(sorted(self._opened.deleted)),
            self._commit_answer,
            Event.COMMIT_FAILED,
        )
        self._ask(question)

    def _commit_answer(self, not_removed: int) -> Event:
        if not_removed:
            logger.error("Session %s: %d messages could not be removed.", self.id, not_removed)
        return Event.COMMIT_FAILED if not_removed else Event.COMMITTED


@lru_cache(maxsize=64)
def _notes_retrieved(kind: type[object]) -> bool:
    return issubclass(kind, NotesRetrieved)


def _note_retrieved(maildrop: Maildrop, number: int) -> None:
    """Tell a maildrop that wants to know; its class is asked once, as for `AtOnce`."""
    if _notes_retrieved(type(maildrop)) and isinstance(maildrop, NotesRetrieved):
        maildrop.note_retrieved(number)
