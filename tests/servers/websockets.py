"""A Flask application with a WebSocket, behind `cross_origin_writes`. As a program it is served by gevent or Werkzeug.

``/asked`` answers with how often the handler of the WebSocket has run.
"""

import socket
import sys
from typing import TYPE_CHECKING, Any

from flask import Flask
from flask_sock import Sock  # type: ignore[import-untyped]

from corswsgi import CORSMiddleware, Policy

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

app = Flask(__name__)
asked = 0


@Sock(app).route("/live", methods=["GET"])  # type: ignore[untyped-decorator]
def live(connection: Any) -> None:
    global asked  # noqa: PLW0603  (of one process)
    asked += 1
    connection.send(f"echo {connection.receive()}")


@app.get("/asked")
def count() -> str:
    return str(asked)


application = CORSMiddleware(
    app.wsgi_app,
    {"/live": Policy(allow_origins="https://ally.example", allow_credentials=True)},
    cross_origin_writes="refuse",
)


def serve(server: str, listener: socket.socket) -> None:
    if server == "gevent":
        from gevent.pywsgi import WSGIServer  # type: ignore[import-untyped]  # noqa: PLC0415

        WSGIServer(listener, application).serve_forever()
        return
    from werkzeug.serving import make_server  # noqa: PLC0415

    made: WSGIApplication = application
    make_server("127.0.0.1", 0, made, threaded=True, fd=listener.fileno()).serve_forever()


if __name__ == "__main__":
    if sys.argv[1] == "gevent":
        from gevent import monkey  # type: ignore[import-untyped]

        monkey.patch_all()
    serve(sys.argv[1], socket.socket(fileno=int(sys.argv[2])))
