"""Asking a service, and reporting its answer as one of the request's completions.

Decides that every request is answered by exactly one event: an answer that is there at once, one
that comes later, an exception and a cancellation each become one. Nothing is awaited here, so no
cancellation can fall between a grant and the session that it was granted to.
"""

import logging
from asyncio import CancelledError, Future, ensure_future
from collections.abc import Callable
from dataclasses import dataclass
from inspect import isawaitable
from typing import Generic, TypeVar

from requite.generated.pop3 import Event
from requite.pop3.services import Answer
from requite.pop3.shell.surroundings import Surroundings

__all__ = ("Question", "ask")

T = TypeVar("T")
logger = logging.getLogger("requite.pop3")


@dataclass(slots=True)
class Question(Generic[T]):
    """What is asked, and which event each kind of answer is."""

    request: Callable[[], Answer[T]]
    """Asks; whatever it raises is `failed`."""
    arrived: Callable[[T], Event]
    """Keeps what an answer brings, and says which event it is."""
    failed: Event
    """The event of an answer that cannot be had."""


def ask(
    surroundings: Surroundings, question: Question[T], report: Callable[[Event], None]
) -> Future[T] | None:
    """Ask a service; `report` is told the event, at once or later.

    Returns:
        What is waited for, if the answer comes later. Whoever cancels it is answered soon.
    """
    try:
        answer = question.request()
        if isawaitable(answer):
            future: Future[T] = ensure_future(answer)
            surroundings.pending(future)
            future.add_done_callback(lambda done: report(_event_of(done, question)))
            return future
        event = question.arrived(answer)
    except (Exception, CancelledError):
        # A cancellation that a service raises here is its own: no task of ours is waiting.
        logger.exception("A request could not be made: %s.", question.failed.name)
        event = question.failed
    report(event)
    return None


def _event_of(done: "Future[T]", question: Question[T]) -> Event:
    if done.cancelled():
        logger.info("A request was cancelled: %s.", question.failed.name)
        return question.failed
    error = done.exception()
    if error is not None:
        logger.error("A request failed: %s.", question.failed.name, exc_info=error)
        return question.failed
    try:
        return question.arrived(done.result())
    except Exception:
        logger.exception("An answer could not be used: %s.", question.failed.name)
        return question.failed
