"""The subcommands of ``corswsgi``, each from the module of its name."""

import click

from corswsgi.cli.audit import audit
from corswsgi.cli.check import check
from corswsgi.cli.explain import explain
from corswsgi.cli.playground import playground
from corswsgi.cli.probe import probe


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="corswsgi")
def commands() -> None:
    """Look into CORS: tables of policies, applications and servers."""


commands.add_command(audit)
commands.add_command(check)
commands.add_command(explain)
commands.add_command(playground)
commands.add_command(probe)
