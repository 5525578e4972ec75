"""An application that one does not edit, behind a file of policies: run this file, or serve `from_file:application`."""

import argparse
from contextlib import suppress
from pathlib import Path
from wsgiref.simple_server import make_server

from plain_wsgi import app

from corswsgi import CORSMiddleware, PolicyFile

application = CORSMiddleware(app, PolicyFile(Path(__file__).with_name("cors.toml"), check_every=5))

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="0 lets the system choose (default: 8000)")
    with make_server("127.0.0.1", parser.parse_args().port, application) as server, suppress(KeyboardInterrupt):
        print(f"http://127.0.0.1:{server.server_port}/api/public/news", flush=True)
        server.serve_forever()
