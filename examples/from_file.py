"""Policies from a file, in front of another application. Run it: `waitress-serve from_file:application`.

The file is read again within five seconds after a change.
"""

from pathlib import Path

from plain_wsgi import app

from corswsgi import CORSMiddleware, PolicyFile

application = CORSMiddleware(app, PolicyFile(Path(__file__).with_name("cors.toml"), check_every=5))
