"""A Flask API for pages of other origins; run it to see what their browsers send, get, and let the pages read.

The application comes first. The demonstration below it serves the application on a real server, on loopback, and sends
it real HTTP requests, as browsers do for pages of three origins. With `--serve` it stays up for yours.
"""

import argparse
import logging
import socket
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse

import waitress
from flask import Flask, request
from flask.typing import ResponseReturnValue

from corswsgi import CORSMiddleware, Policy

app = Flask(__name__)
app.config["PROPAGATE_EXCEPTIONS"] = True  # what a view raises leaves Flask, so that `intercept_exceptions` sees it
profile = {"name": "Ada"}


@app.get("/")
def page() -> ResponseReturnValue:
    return "<!doctype html><title>A page</title><p>Open the console of this page."


@app.get("/api/public/news")
def news() -> ResponseReturnValue:
    return {"news": ["CORS from a table of paths"]}


@app.get("/api/me")
def read_me() -> ResponseReturnValue:
    return profile, {"X-Profile-Version": "1"}


@app.put("/api/me")
def write_me() -> ResponseReturnValue:
    profile["name"] = request.get_json()["name"]
    return profile


@app.get("/api/admin/users")
def users() -> ResponseReturnValue:
    return {"users": ["Ada", "Grace"]}


@app.get("/api/crash")
def crash() -> ResponseReturnValue:
    raise RuntimeError("the database is gone")


app.wsgi_app = CORSMiddleware(  # type: ignore[method-assign]  # Flask's own way to put a middleware in front
    app.wsgi_app,
    {
        "/api/**": Policy(
            allow_origins=["https://app.example.com", "http://localhost:*"],
            allow_credentials=True,
            allow_methods=["PUT"],
            allow_headers=["Content-Type"],
            expose_headers=["X-Profile-Version"],
            max_age=600,
        ),
        "/api/public/**": Policy(allow_origins="*"),
        "/api/admin/**": None,
    },
    intercept_exceptions=True,
)


# The demonstration: pages of three origins, and what their browsers make of the answers

LISTED = "https://app.example.com"
UNLISTED = "https://other.example.net"
READER = "https://reader.example.org"


@dataclass(frozen=True, kw_only=True)
class Fetch:
    """A fetch of a page, and the expected verdict of its browser."""

    about: str
    origin: str
    method: str = "GET"
    path: str
    body: str = ""  # JSON
    cookies: bool = True  # the page wrote `credentials: "include"`
    expected: str


FETCHES = [
    Fetch(
        about="What is public, a page of any origin reads",
        origin=READER,
        path="/api/public/news",
        cookies=False,
        expected=f"a page of {READER} may read this, without cookies",
    ),
    Fetch(
        about="... but not when it sends cookies",
        origin=READER,
        path="/api/public/news",
        expected="blocked: '*' is not for requests with cookies",
    ),
    Fetch(
        about="A page of a listed origin changes the profile: the browser asks first, by a preflight",
        origin=LISTED,
        method="PUT",
        path="/api/me",
        body='{"name": "Grace"}',
        expected=f"a page of {LISTED} may read this, with cookies",
    ),
    Fetch(
        about="A page of an origin that is not listed reads the profile",
        origin=UNLISTED,
        path="/api/me",
        expected="blocked: no Access-Control-Allow-Origin",
    ),
    Fetch(
        about="... or changes it: the browser asks, and does not send the PUT",
        origin=UNLISTED,
        method="PUT",
        path="/api/me",
        body='{"name": "Mallory"}',
        expected="blocked: no Access-Control-Allow-Origin",
    ),
    Fetch(
        about="The row of the admin's path is None: no page of another origin reads it",
        origin=LISTED,
        path="/api/admin/users",
        expected="blocked: no Access-Control-Allow-Origin",
    ),
    Fetch(
        about="A crash is a 500 that the page can read (its traceback is in the log, and left out here)",
        origin=LISTED,
        path="/api/crash",
        expected=f"a page of {LISTED} may read this, with cookies",
    ),
]


def verdict(fetch: Fetch, address: tuple[str, int]) -> str:
    """Do as the browser does, with a preflight where it makes one, and say what it says to the page."""
    headers = {"Origin": fetch.origin}
    if fetch.method == "PUT":  # not one of https://fetch.spec.whatwg.org/#cors-safelisted-method
        asks = {"Access-Control-Request-Method": fetch.method, "Access-Control-Request-Headers": "content-type"}
        response = send(address, "OPTIONS", fetch.path, headers | asks)
        mistake = cors_check(fetch, response) or preflight_check(fetch, response)
        if mistake is not None:
            return f"blocked: {mistake}"
        print(f"  => a page of {fetch.origin} may send this {fetch.method}\n")
    if fetch.body:
        headers["Content-Type"] = "application/json"
    if fetch.cookies:
        headers["Cookie"] = "session=42"
    mistake = cors_check(fetch, send(address, fetch.method, fetch.path, headers, fetch.body))
    if mistake is not None:
        return f"blocked: {mistake}"
    return f"a page of {fetch.origin} may read this, {'with' if fetch.cookies else 'without'} cookies"


def cors_check(fetch: Fetch, response: HTTPResponse) -> str | None:
    """Say what is missing, in the order of https://fetch.spec.whatwg.org/#cors-check."""
    allowed = response.getheader("Access-Control-Allow-Origin")
    if allowed is None:
        return "no Access-Control-Allow-Origin"
    if allowed == "*":
        return "'*' is not for requests with cookies" if fetch.cookies else None
    if allowed != fetch.origin:
        return f"this is for {allowed}"
    if fetch.cookies and response.getheader("Access-Control-Allow-Credentials") != "true":
        return "no Access-Control-Allow-Credentials"
    return None


def preflight_check(fetch: Fetch, response: HTTPResponse) -> str | None:
    """Say what is missing, in the order of https://fetch.spec.whatwg.org/#cors-preflight-fetch."""
    if response.status not in range(200, 300):
        return f"the preflight is answered by {response.status}"
    if fetch.method not in response.getheader("Access-Control-Allow-Methods", "").split(", "):
        return f"{fetch.method} is not in Access-Control-Allow-Methods"
    if "content-type" not in response.getheader("Access-Control-Allow-Headers", "").lower().split(", "):
        return "content-type is not in Access-Control-Allow-Headers"
    return None


def send(address: tuple[str, int], method: str, path: str, headers: dict[str, str], body: str = "") -> HTTPResponse:
    """Send a request and print it, and what is answered."""
    connection = HTTPConnection(*address, timeout=10)
    connection.request(method, path, body or None, headers)
    response = connection.getresponse()
    show(">", f"{method} {path}", headers.items(), body)
    show("<", f"{response.status} {response.reason}", response.getheaders(), response.read().decode().strip())
    connection.close()
    return response


def show(mark: str, start: str, headers: Iterable[tuple[str, str]], body: str) -> None:
    """Print a request or a response, its lines marked by who speaks."""
    lines = [start, *(f"{name}: {value}" for name, value in headers)]
    if body:
        lines += ["", body]
    print("\n".join(f"  {mark} {line}".rstrip() for line in lines), end="\n\n")


def demonstrate(address: tuple[str, int]) -> int:
    """Let the pages fetch, print it all, and return the exit code."""
    logging.disable()  # one view raises on purpose
    surprises = 0
    for number, fetch in enumerate(FETCHES, 1):
        print(f"{number}. {fetch.about}\n")
        said = verdict(fetch, address)
        print(f"  => {said}\n")
        if said != fetch.expected:
            print(f"  UNEXPECTED, it should be: {fetch.expected}\n")
            surprises += 1
    logging.disable(logging.NOTSET)
    print(f"{len(FETCHES) - surprises} of {len(FETCHES)} verdicts are as expected.")
    return 1 if surprises else 0


def main() -> int:
    """Serve the application, demonstrate it, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--serve", action="store_true", help="stay up afterwards, to try it from a real browser")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="the port (default: one that the system chooses)")
    options = parser.parse_args()
    listener = socket.create_server((options.host, options.port))
    serving = threading.Thread(target=waitress.create_server(app, sockets=[listener]).run, daemon=True)
    serving.start()
    host, port = listener.getsockname()
    status = demonstrate((host, port))
    if options.serve:
        print(BROWSER.format(api=f"http://{host}:{port}", port=port), flush=True)
        with suppress(KeyboardInterrupt):
            while serving.is_alive():
                serving.join(timeout=1)  # without a time limit, nothing interrupts it on Windows
    return status


BROWSER = """
The API is at {api}. Open http://localhost:{port}, which is another origin, and paste into its console:

  fetch("{api}/api/me", {{credentials: "include", method: "PUT", headers: {{"Content-Type": "application/json"}}, \
body: '{{"name": "Hedy"}}'}}).then(r => r.json()).then(console.log)

On http://other.localhost:{port}, an origin that is not listed, the browser blocks the same line. Ctrl-C ends this."""

if __name__ == "__main__":
    sys.exit(main())
