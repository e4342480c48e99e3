"""Placeholder."""

from requite.model.derive.origin import Origin
from requite.model.lifecycle import AnyLifecycle

__all__ = ("svg",)


def svg(lifecycle: AnyLifecycle, origin: Origin) -> str:
    """Return a picture."""
    return f"<!-- {origin.notice[0]} {lifecycle.title} -->\n"
