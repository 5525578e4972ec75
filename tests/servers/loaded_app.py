"""An application whose origins are in a file, for servers that fork. It answers with its process id."""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from corswsgi import CORSMiddleware, LoadedOrigins, Policy

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

STORE = Path(os.environ.get("CORSWSGI_TEST_STORE", "/nowhere"))


def load() -> list[str]:
    origins: list[str] = json.loads(STORE.read_text())
    return origins


def app(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain"), ("Cache-Control", "no-store")])
    return [str(os.getpid()).encode()]


origins = LoadedOrigins(load, every=0.2)
application = CORSMiddleware(app, Policy(allow_origins=["https://always.example", origins]))

if "CORSWSGI_TEST_ASKS_AT_ONCE" in os.environ:
    origins("https://asked.example", {})  # a server that imports before it forks has the thread in the parent alone
