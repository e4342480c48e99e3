"""The pictures of a lifecycle: in which formats it can be drawn, and drawing it in one of them.

Decides how a format is called and how its files end. What is drawn is decided in `svg`, `mermaid`
and `dot`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from requite.model.derive.dot import dot
from requite.model.derive.mermaid import mermaid
from requite.model.derive.origin import Origin
from requite.model.derive.svg import svg
from requite.model.lifecycle import AnyLifecycle

__all__ = ("FORMATS", "Format", "draw")


@dataclass(frozen=True, slots=True)
class Format:
    """One way to draw a lifecycle."""

    suffix: str
    write: Callable[[AnyLifecycle, Origin], str]


FORMATS: Final[Mapping[str, Format]] = MappingProxyType(
    {
        "svg": Format(".svg", svg),
        "mermaid": Format(".mmd", mermaid),
        "dot": Format(".dot", dot),
    }
)


def draw(lifecycle: AnyLifecycle, form: str = "svg", *, declared_at: str = "") -> str:
    """Draw a lifecycle; the same one gives the same text on every machine.

    Args:
        lifecycle: what to draw.
        form: "svg" for a picture that is complete, "mermaid" for a `stateDiagram-v2`, "dot" for
            Graphviz.
        declared_at: where it is declared, as "module:name"; the head of the text then says so.

    Returns:
        The text of the picture.

    Raises:
        ValueError: there is no such format.
    """
    if form not in FORMATS:
        raise ValueError(f"there is no format {form!r}; expected one of {', '.join(FORMATS)}")
    declared = declared_at or f"the lifecycle {lifecycle.title}"
    return FORMATS[form].write(lifecycle, Origin(lifecycle, declared, "requite draw"))
