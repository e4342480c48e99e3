"""How Sphinx builds these pages: `make docs`.

Decides the theme, the extensions and which numbers the pages may quote; each number is derived
here, so that no page has one typed in. Refuses to fetch anything: the site is built offline.
"""

import sys
from importlib.metadata import version as version_of
from pathlib import Path

from requite.lifecycles.pop3 import POP3_SESSION
from requite.model import RULES
from requite.pop3.configuration import TLS, Limits, Timeouts
from requite.pop3.configuration._certificates import EXPIRES_SOON_DAYS
from requite.pop3.sample_messages import SAMPLE_MESSAGES
from requite.pop3.shell import Settings

TYPE_VARIABLES = ("State", "Event", "Effect", "Resource", "Wait")

sys.path.append(str(Path(__file__).parent / "_ext"))
sys.path.append(str(Path(__file__).parent.parent / "tests"))  # The clients are described there.

project = "requite"
project_copyright = "the requite contributors"
release = version = version_of("requite")
language = "en"
smartquotes_action = "De"  # A quotation mark is often one of a configuration; leave it alone.
default_role = "code"  # As docstrings mean it.

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "requite_docs.extension",
]
exclude_patterns = ["_build", "_ext", "examples/*/derived"]

# --- Markdown -------------------------------------------------------------------------------------

myst_enable_extensions = ["colon_fence", "deflist", "substitution"]
myst_heading_anchors = 3
myst_substitutions = {
    "version": release,
    "states": len(POP3_SESSION.rows),
    "events": len(POP3_SESSION.events_in_order),
    "rows": len(POP3_SESSION.edges),
    "exits": len(POP3_SESSION.exits),
    "abandoned": sum(not row.main for row in POP3_SESSION.rows),
    "resources": len(POP3_SESSION.resources),
    "rules": len(RULES),
    "sample_messages": len(SAMPLE_MESSAGES),
    "sample_shared": sum(message.mailbox == "support" for message in SAMPLE_MESSAGES),
    "sessions_per_account": Limits().sessions_per_account,
    "idle_s": f"{Timeouts().idle_s:g}",
    "commit_s": f"{Timeouts().commit_s:g}",
    "lock_s": f"{Timeouts().lock_s:g}",
    "lock_retry_s": f"{Settings().lock_retry_s:g}",
    "close_s": f"{Timeouts().close_s:g}",
    "drain_s": f"{Timeouts().drain_s:g}",
    "handshake_s": f"{Timeouts().handshake_s:g}",
    "check_s": f"{TLS(certificate=Path(), key=Path()).check_s:g}",
    "expires_soon_days": EXPIRES_SOON_DAYS,
}

# --- what is read from the code -------------------------------------------------------------------

nitpicky = True
nitpick_ignore = [
    # Type variables of the declaration: each stands for an enum that the reader writes.
    *(("py:class", f"requite.model.declaration.{name}T") for name in TYPE_VARIABLES),
    # An alias for a Lifecycle of any vocabulary; Sphinx takes it for a class.
    ("py:class", "AnyLifecycle"),
    # What is explored, place by place; a fault of meaning makes one of another.
    ("py:class", "requite.model.explore.net.Net"),
]
nitpick_ignore_regex = [
    # What Python and transitions document themselves: their inventories are not at hand offline.
    ("py:.*", rf"({'|'.join(sorted(sys.stdlib_module_names))}|transitions)\..+"),
]
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
maximum_signature_line_length = 88
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
napoleon_numpy_docstring = False
napoleon_use_rtype = False

# --- how it looks ---------------------------------------------------------------------------------

html_theme = "furo"
html_title = f"requite {release}"
html_static_path = ["_static"]
html_css_files = ["requite.css"]
html_show_sphinx = False
html_copy_source = False
pygments_style = "friendly"
pygments_dark_style = "monokai"
