"""The error that means a defect of ours.

What a peer does wrong is an event; what we do wrong is an exception. The two never meet.
"""

__all__ = ("InvariantBroken",)


class InvariantBroken(RuntimeError):  # noqa: N818 - what it names is a broken invariant.
    """Something that must hold does not; a defect of ours, never of a peer's making."""
