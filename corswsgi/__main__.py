"""``python -m corswsgi``."""

from corswsgi.cli.entry import main

main()
