"""The start of the command ``corswsgi``. It works without the extra ``cli``, to report that it is missing."""

import sys


def main() -> None:
    """Run the command. Exits with 0 when all is fine, 1 when there are problems, 2 when it cannot do what is asked."""
    try:
        from corswsgi.cli.commands import commands  # noqa: PLC0415  (needs the extra)
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] not in {"click", "rich"}:
            raise
        sys.stderr.write("corswsgi: the command needs click and rich: pip install 'corswsgi[cli]'\n")
        sys.exit(2)
    commands(prog_name="corswsgi")
