"""The subcommands of ``corswsgi``, each from the module of its name."""

from typing import Any

import click

from corswsgi.cli.audit import audit
from corswsgi.cli.check import check
from corswsgi.cli.codes import codes
from corswsgi.cli.explain import explain
from corswsgi.cli.output import printable_errors
from corswsgi.cli.playground import playground
from corswsgi.cli.probe import probe


class _Commands(click.Group):
    def make_context(self, *arguments: Any, **options: Any) -> click.Context:
        with printable_errors():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: click.Context) -> Any:
        with printable_errors():
            return super().invoke(ctx)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="corswsgi")
def commands() -> None:
    """Look into CORS: tables of policies, applications and servers."""


commands.add_command(audit)
commands.add_command(check)
commands.add_command(codes)
commands.add_command(explain)
commands.add_command(playground)
commands.add_command(probe)
