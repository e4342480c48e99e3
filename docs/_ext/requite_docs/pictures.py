"""The directive `lifecycle-picture`: the picture of a lifecycle that the page itself declares.

Decides where the declaration is taken from: the files that the page has its reader write. The
picture is what `requite draw` would draw of them.
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

from docutils import nodes  # type: ignore[import-untyped] # docutils ships no types.
from sphinx.util.docutils import SphinxDirective

from requite.model.derive import draw
from requite.model.loading import load_lifecycle
from requite_docs.page_files import files_of

__all__ = ("PictureDirective",)


class PictureDirective(SphinxDirective):
    """Draw the lifecycle FILE.py:NAME of this page, inlined as SVG."""

    required_arguments: ClassVar[int] = 1

    def run(self) -> list[nodes.Node]:
        """Return the picture."""
        declared_at = self.arguments[0]
        page = Path(self.env.doc2path(self.env.docname)).read_text(encoding="utf-8")
        with TemporaryDirectory() as directory:
            for name, text in files_of(page).items():
                (Path(directory) / name).write_text(text, encoding="utf-8")
            lifecycle = load_lifecycle(f"{directory}/{declared_at}")
        picture = draw(lifecycle, declared_at=declared_at)
        return [nodes.raw("", f'<div class="picture">\n{picture}</div>', format="html")]
