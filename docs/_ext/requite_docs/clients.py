"""The directives `client-...`: what the tests know of the clients that they drive.

Decides how their descriptions look on a page. They are those that the tests are made of.
"""

from collections.abc import Iterable, Iterator

from docutils import nodes  # type: ignore[import-untyped] # docutils ships no types.
from sphinx.util.docutils import SphinxDirective

from clients.description import Case, Client, Security
from clients.table import CLIENTS, COMBINATIONS, LEFT_OUT
from requite_docs.mutants import markdown_table

__all__ = (
    "ClientCasesDirective",
    "ClientChangesDirective",
    "ClientLimitsDirective",
    "ClientRefusalsDirective",
)


class _TableDirective(SphinxDirective):
    """Show a table of what the clients' descriptions say."""

    def head(self) -> Iterable[str]:
        """Return the titles."""
        raise NotImplementedError

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Return the lines."""
        raise NotImplementedError

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        found: list[nodes.Node] = self.parse_text_to_nodes(markdown_table(self.head(), self.rows()))
        return found


class ClientCasesDirective(_TableDirective):
    """Show over what each client does each case, and what it stores."""

    def head(self) -> Iterable[str]:
        """Return the titles."""
        return ("", "from", *(case.value for case in Case), "what it stores")

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Return a line for each client."""
        for client in CLIENTS:
            done = (_over(client, case) for case in Case)
            yield (client.name, client.package, *done, client.says)


def _over(client: Client, case: Case) -> str:
    over = [how for one, how, what in COMBINATIONS if one is client and what is case]
    asked = len(over) + sum(one is client and what is case for one, _, what in LEFT_OUT)
    if not over:
        return "·"
    return "all" if len(over) == asked == len(Security) else ", ".join(how.value for how in over)


class ClientLimitsDirective(_TableDirective):
    """Say what a client cannot do, and why."""

    def head(self) -> Iterable[str]:
        """Return the titles."""
        return ("", "cannot", "why")

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Return a line for each such thing."""
        for client in CLIENTS:
            for what, why in client.cannot.items():
                yield (client.name, what.value, why)


class ClientChangesDirective(_TableDirective):
    """Say which messages a client changes."""

    def head(self) -> Iterable[str]:
        """Return the titles."""
        return ("", "message", "what it makes of it")

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Return a line for each such message."""
        for client in CLIENTS:
            for about, change in client.changes.items():
                yield (client.name, about, change.says)


class ClientRefusalsDirective(_TableDirective):
    """Say how a client ends that was refused."""

    def head(self) -> Iterable[str]:
        """Return the titles."""
        return ("", Case.WRONG_PASSWORD.value, Case.FULL.value, Case.STRANGER.value)

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Return a line for each client."""
        for client in CLIENTS:
            ends = (client.wrong_password, client.full, client.stranger)
            yield (client.name, *(f"{end.status}: `{end.says.decode()}`" for end in ends))
