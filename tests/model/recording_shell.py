"""A shell that only writes down what it is asked to do, in order.

Decides nothing. Every method of the protocol is written out, so that the type checker compares it
with the protocol, and so that a method that is asked for by mistake cannot answer to any name.
"""

from typing import Final

__all__ = ("FACTS", "RecordingShell")

FACTS: Final[dict[str, int | str]] = {
    "message_count": 3,
    "maildrop_octets": 320,
    "challenge": "cmVhbG0=",
    "greeting": "POP3 server ready.",
    "language": "de",
    "number": 2,
    "message_octets": 120,
    "unique_id": "whqtswO00WBw418f9t5JxYwZ",
}


class RecordingShell:
    """Writes down each order and each request by the name of its effect, and each reply."""

    def __init__(self) -> None:
        self.done: list[str] = []

    @property
    def challenge(self) -> str:
        """Return the challenge of RFC 5034's example, in short."""
        return "cmVhbG0="

    @property
    def greeting(self) -> str:
        """Return words that are no other fact."""
        return "POP3 server ready."

    @property
    def language(self) -> str:
        """Return a tag that is no other fact."""
        return "de"

    @property
    def message_count(self) -> int:
        """Return a count that is no other fact."""
        return 3

    @property
    def maildrop_octets(self) -> int:
        """Return octets that are no other fact."""
        return 320

    @property
    def number(self) -> int:
        """Return a number that is no other fact."""
        return 2

    @property
    def message_octets(self) -> int:
        """Return a size that is no other fact."""
        return 120

    @property
    def unique_id(self) -> str:
        """Return the unique id of RFC 1939's example."""
        return "whqtswO00WBw418f9t5JxYwZ"

    def send_reply(self, text: str, /, **facts: int | str) -> None:
        """Write down a reply."""
        self.done.append(f"reply {text.format(**facts) if facts else text}")

    def release_slot(self) -> None:
        """Write it down."""
        self.done.append("RELEASE_SLOT")

    def release_connection(self) -> None:
        """Write it down."""
        self.done.append("RELEASE_CONNECTION")

    def unlock_maildrop(self) -> None:
        """Write it down."""
        self.done.append("UNLOCK_MAILDROP")

    def close_message(self) -> None:
        """Write it down."""
        self.done.append("CLOSE_MESSAGE")

    def drop_socket(self) -> None:
        """Write it down."""
        self.done.append("DROP_SOCKET")

    def start_proxy_timer(self) -> None:
        """Write it down."""
        self.done.append("START_PROXY_TIMER")

    def start_handshake_timer(self) -> None:
        """Write it down."""
        self.done.append("START_HANDSHAKE_TIMER")

    def start_login_timer(self) -> None:
        """Write it down."""
        self.done.append("START_LOGIN_TIMER")

    def start_refusal_timer(self) -> None:
        """Write it down."""
        self.done.append("START_REFUSAL_TIMER")

    def start_lock_timer(self) -> None:
        """Write it down."""
        self.done.append("START_LOCK_TIMER")

    def start_idle_timer(self) -> None:
        """Write it down."""
        self.done.append("START_IDLE_TIMER")

    def start_commit_timer(self) -> None:
        """Write it down."""
        self.done.append("START_COMMIT_TIMER")

    def start_closing_timer(self) -> None:
        """Write it down."""
        self.done.append("START_CLOSING_TIMER")

    def stop_timer(self) -> None:
        """Write it down."""
        self.done.append("STOP_TIMER")

    def warn_limit_reached(self) -> None:
        """Write it down."""
        self.done.append("WARN_LIMIT_REACHED")

    def keep_name(self) -> None:
        """Write it down."""
        self.done.append("KEEP_NAME")

    def forget_plaintext(self) -> None:
        """Write it down."""
        self.done.append("FORGET_PLAINTEXT")

    def enable_utf8(self) -> None:
        """Write it down."""
        self.done.append("ENABLE_UTF8")

    def choose_language(self) -> None:
        """Write it down."""
        self.done.append("CHOOSE_LANGUAGE")

    def send_languages(self) -> None:
        """Write it down."""
        self.done.append("SEND_LANGUAGES")

    def send_mechanisms(self) -> None:
        """Write it down."""
        self.done.append("SEND_MECHANISMS")

    def send_capabilities(self) -> None:
        """Write it down."""
        self.done.append("SEND_CAPABILITIES")

    def send_scan_listings(self) -> None:
        """Write it down."""
        self.done.append("SEND_SCAN_LISTINGS")

    def send_unique_ids(self) -> None:
        """Write it down."""
        self.done.append("SEND_UNIQUE_IDS")

    def mark_deleted(self) -> None:
        """Write it down."""
        self.done.append("MARK_DELETED")

    def unmark_all(self) -> None:
        """Write it down."""
        self.done.append("UNMARK_ALL")

    def protect_message(self) -> None:
        """Write it down."""
        self.done.append("PROTECT_MESSAGE")

    def stop_opening(self) -> None:
        """Write it down."""
        self.done.append("STOP_OPENING")

    def stop_sending(self) -> None:
        """Write it down."""
        self.done.append("STOP_SENDING")

    def close_socket(self) -> None:
        """Write it down."""
        self.done.append("CLOSE_SOCKET")

    def admit(self) -> None:
        """Write it down."""
        self.done.append("ADMIT")

    def start_tls(self) -> None:
        """Write it down."""
        self.done.append("START_TLS")

    def verify_credentials(self) -> None:
        """Write it down."""
        self.done.append("VERIFY_CREDENTIALS")

    def take_slot(self) -> None:
        """Write it down."""
        self.done.append("TAKE_SLOT")

    def lock_maildrop(self) -> None:
        """Write it down."""
        self.done.append("LOCK_MAILDROP")

    def open_maildrop(self) -> None:
        """Write it down."""
        self.done.append("OPEN_MAILDROP")

    def read_message(self) -> None:
        """Write it down."""
        self.done.append("READ_MESSAGE")

    def send_message(self) -> None:
        """Write it down."""
        self.done.append("SEND_MESSAGE")

    def commit(self) -> None:
        """Write it down."""
        self.done.append("COMMIT")
