"""The command `requite`, assembled from entry points.

Decides how a verb is found: each is a `click` command under the entry point group
`requite.commands`, loaded only when it is asked for, so that the verbs of the model and those of
the server do not know each other. Refuses to decide what a verb does.
"""

import sys
from importlib.metadata import EntryPoint, entry_points
from typing import Final

import click

__all__ = ("main", "requite")

GROUP: Final = "requite.commands"


class _Verbs(click.Group):
    """The verbs of every installed portion, loaded one by one."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the verbs."""
        del ctx
        return sorted(_verbs())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one verb."""
        del ctx
        verb = _verbs().get(cmd_name)
        if verb is None:
            return None
        command = verb.load()
        if not isinstance(command, click.Command):
            raise click.ClickException(f"the entry point {verb.value} is not a click command")
        return command


def _verbs() -> dict[str, EntryPoint]:
    return {verb.name: verb for verb in entry_points(group=GROUP)}


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="requite")
def requite() -> None:
    """Declare a session's lifecycle once; derive the server, the proof, the tests and the pictures.

    Exit codes: 0 all is well; 1 something is not as it should be, and was named; 2 the command
    line or a file it names cannot be understood; 3 not finished, which is never green.
    """


def main() -> None:
    """Run the command `requite`."""
    sys.exit(requite.main(prog_name="requite", standalone_mode=True))
