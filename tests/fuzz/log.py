"""What the server says in its log while it is fuzzed.

Decides which errors a failure of a service explains. Any other error is a defect of ours.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

__all__ = ("ErrorLog", "watched_log")

EXPLAINED: Final = frozenset(
    {
        "A request failed: %s.",
        "A request could not be made: %s.",
        "A message could not be read to its end.",
        "Session %s: %s.",
        "Session %s: %d messages could not be removed.",
    }
)
"""What is logged where a service fails."""


class ErrorLog(logging.Handler):
    """Keeps errors."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._errors: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep an error; a warning is read, so that its words fit its arguments, and dropped."""
        record.getMessage()
        if record.levelno >= logging.ERROR:
            self._errors.append(record)

    def clear(self) -> None:
        """Begin anew."""
        self._errors.clear()

    def check(self, failures: int) -> None:
        """Check that there are no more errors than services failed, and each is about that."""
        if not self._errors:
            return
        unexplained = [one for one in self._errors if one.msg not in EXPLAINED]
        if unexplained:
            message = f"expected no error, found {unexplained[0].getMessage()!r}"
            raise AssertionError(message) from (unexplained[0].exc_info or (None, None))[1]
        found = [one.getMessage() for one in self._errors]
        assert len(found) <= failures, f"expected {failures} errors at most, found {found}"


@contextmanager
def watched_log() -> Iterator[ErrorLog]:
    """Keep the server's errors to be looked at, and print none."""
    logger = logging.getLogger("requite")
    log = ErrorLog()
    propagates, logger.propagate = logger.propagate, False
    logger.addHandler(log)
    try:
        yield log
    finally:
        logger.removeHandler(log)
        logger.propagate = propagates
