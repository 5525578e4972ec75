"""``python -m corswsgi``."""

from corswsgi.cli import main

main()
