"""The command ``corswsgi``. `corswsgi.cli.entry` starts it; `corswsgi.cli.commands` lists its subcommands."""
