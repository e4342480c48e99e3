"""What these pages derive from the code while they are built.

Decides which directives there are, such as `rules`, `requirements`, `command` and
`lifecycle-picture`. Each reads what the code says of itself, so that a page cannot say something
else.
"""

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from requite_docs.attributes import AFTER_NAPOLEON, BEFORE_NAPOLEON, AttributeDocstrings
from requite_docs.clients import (
    ClientCasesDirective,
    ClientChangesDirective,
    ClientLimitsDirective,
    ClientRefusalsDirective,
)
from requite_docs.commands import CommandDirective
from requite_docs.mutants import KindsDirective, MutantsDirective, OperatorsDirective
from requite_docs.pictures import PictureDirective
from requite_docs.requirements import RequirementsDirective
from requite_docs.rules import RulesDirective

__all__ = ("setup",)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Tell Sphinx of the directives."""
    app.add_directive("client-cases", ClientCasesDirective)
    app.add_directive("client-changes", ClientChangesDirective)
    app.add_directive("client-limits", ClientLimitsDirective)
    app.add_directive("client-refusals", ClientRefusalsDirective)
    app.add_directive("command", CommandDirective)
    app.add_directive("lifecycle-picture", PictureDirective)
    app.add_directive("mutant-kinds", KindsDirective)
    app.add_directive("mutants", MutantsDirective)
    app.add_directive("operators", OperatorsDirective)
    app.add_directive("requirements", RequirementsDirective)
    app.add_directive("rules", RulesDirective)
    attributes = AttributeDocstrings()
    app.connect("autodoc-process-docstring", attributes.keep, priority=BEFORE_NAPOLEON)
    app.connect("autodoc-process-docstring", attributes.put_back, priority=AFTER_NAPOLEON)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
