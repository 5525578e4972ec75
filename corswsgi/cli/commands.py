"""The subcommands of ``corswsgi``, each from the module of its name."""

import click

from corswsgi.cli.check import check


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="corswsgi")
def commands() -> None:
    """Look into tables of CORS policies."""


commands.add_command(check)
