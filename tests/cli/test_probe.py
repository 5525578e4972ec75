"""``corswsgi probe`` finds every known mistake in a server that makes it, and nothing in a correct server."""

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from corswsgi import CORSMiddleware, Policy
from corswsgi.browser.page import DEFAULT_BASE
from corswsgi.browser.transport import wsgi_transport
from corswsgi.browser.url import parse
from corswsgi.cli.probe_checks import CHECKS, Hit
from corswsgi.cli.probe_origins import BRINGS, lookalikes, strangers
from corswsgi.cli.probe_seen import Subject
from corswsgi.cli.prober import EnoughError, Prober, all_tries
from corswsgi.hosts import registrable_domain
from corswsgi.standard import SERIALIZED_ORIGIN
from tests.support.commands import Serve, Write, run

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

APP = "https://app.example.com"
Headers = list[tuple[str, str]]
ROOT = parse(f"{DEFAULT_BASE}/")
PUBLIC: Headers = [("Access-Control-Allow-Origin", "*")]
OWN: Headers = [("Access-Control-Allow-Origin", APP), ("Vary", "Origin")]


def echoing(allows: Callable[[str], object], *more: tuple[str, str]) -> "WSGIApplication":
    """Make a server that repeats the origins that it allows, with all else as it should be."""

    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        origin = environ.get("HTTP_ORIGIN", "")
        granted = [("Access-Control-Allow-Origin", origin), *more] if origin and allows(origin) else []
        start_response("200 OK", [*granted, ("Vary", "Accept, Origin")])
        return []

    return app


def answering(
    get: Headers | None = None,
    preflight: Headers | None = None,
    plain: Headers | None = None,
    other: Headers | None = None,
    statuses: str = "200 204 200",
) -> "WSGIApplication":
    """Make a server that answers by the kind of request; `statuses` are of GET, preflights and other methods."""

    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        of_get, of_preflight, of_other = statuses.split()
        method = environ["REQUEST_METHOD"]
        if method == "OPTIONS":
            start_response(f"{of_preflight} Status", OWN if preflight is None else preflight)
        elif method != "GET":
            start_response(f"{of_other} Status", OWN if other is None else other)
        elif "HTTP_ORIGIN" in environ:
            start_response(f"{of_get} Status", OWN if get is None else get)
        else:
            start_response(f"{of_get} Status", [("Vary", "Origin")] if plain is None else plain)
        return []

    return app


def hits_of(app: "WSGIApplication", origin: str = APP, *, is_allowed: bool = True) -> list[Hit]:
    assert ROOT is not None
    prober = Prober(wsgi_transport(app), 150, list)
    return list(prober.probe(ROOT, Subject(origin=origin, is_allowed=is_allowed, tries=all_tries(origin))))


ORIGIN_MISTAKES = [
    pytest.param(lambda _origin: True, {"any-origin-reflected"}, id="reflection"),
    pytest.param(lambda origin: origin in {APP, "null"}, {"null-origin-allowed"}, id="null"),
    pytest.param(lambda origin: origin.startswith(APP), {"origin-prefix-matched"}, id="prefix"),
    pytest.param(
        lambda origin: origin.endswith("example.com"),
        {"origin-suffix-matched", "insecure-scheme-matched"},
        id="suffix of the domain",
    ),
    pytest.param(
        lambda origin: re.fullmatch(r"https://[\w-]*app\.example\.com", origin),
        {"origin-suffix-matched"},
        id="suffix of the host",
    ),
    pytest.param(lambda origin: "app.example.com" in origin, {"origin-substring-matched"}, id="substring"),
    pytest.param(
        lambda origin: re.fullmatch("https://app.example\\.com", origin), {"unescaped-dot-matched"}, id="first dot"
    ),
    pytest.param(
        lambda origin: re.fullmatch("https://app\\.example.com", origin), {"unescaped-dot-matched"}, id="last dot"
    ),
    pytest.param(
        lambda origin: re.match("https://app.example.com", origin),
        {"origin-prefix-matched", "unescaped-dot-matched"},
        id="regex that is neither anchored nor escaped",
    ),
    pytest.param(
        lambda origin: origin.removeprefix("http://").removeprefix("https://") == "app.example.com",
        {"insecure-scheme-matched"},
        id="scheme",
    ),
    pytest.param(
        lambda origin: re.match(r"https://app\.example\.com(?![\w.:@ -])", origin),
        {"special-characters-matched"},
        id="special characters",
    ),
    pytest.param(lambda origin: re.fullmatch(rf"{re.escape(APP)}(:\d+)?", origin), {"any-port-matched"}, id="port"),
    pytest.param(lambda origin: origin.partition("@")[0] == APP, {"userinfo-matched"}, id="user info"),
    pytest.param(lambda origin: origin.lower() == APP, {"case-ignored"}, id="case"),
    pytest.param(lambda origin: origin.removesuffix(".") == APP, {"trailing-dot-matched"}, id="trailing dot"),
    pytest.param(lambda origin: origin.split(" ")[0] == APP, {"two-origins-matched"}, id="two origins"),
    pytest.param(
        lambda origin: re.fullmatch(rf"{re.escape(APP)}|https://[\w-]+\.github\.io", origin),
        {"third-party-host-allowed"},
        id="hoster",
    ),
    pytest.param(
        lambda origin: origin == APP or origin.startswith("http://localhost"),
        {"localhost-lookalike-allowed"},
        id="localhost as a prefix",
    ),
]


@pytest.mark.parametrize(("allows", "codes"), ORIGIN_MISTAKES)
def test_mistake_in_comparing_origins_is_found(allows: Callable[[str], object], codes: set[str]) -> None:
    assert {hit.check for hit in hits_of(echoing(allows))} == codes


@pytest.mark.parametrize(
    ("origin", "allows"),
    [
        pytest.param(APP, lambda origin: origin == APP, id="exact"),
        pytest.param(APP, lambda origin: re.fullmatch(r"https://([\w-]+\.)+example\.com", origin), id="subdomains"),
        pytest.param(f"{APP}:8443", lambda origin: origin == f"{APP}:8443", id="port"),
        pytest.param(
            "http://localhost", lambda origin: re.fullmatch(r"http://localhost(:\d+)?", origin), id="any port"
        ),
        pytest.param("http://127.0.0.1:3000", lambda origin: origin == "http://127.0.0.1:3000", id="address"),
        pytest.param("http://[::1]:3000", lambda origin: origin == "http://[::1]:3000", id="IPv6"),
    ],
)
def test_server_that_compares_as_it_should_has_no_hits(origin: str, allows: Callable[[str], object]) -> None:
    assert hits_of(echoing(allows), origin) == []


@pytest.mark.parametrize(
    ("app", "codes"),
    [
        pytest.param(answering(), [], id="none"),
        pytest.param(answering(get=[*OWN, *OWN]), ["allow-origin-doubled"], id="two headers"),
        pytest.param(
            answering(get=[("Access-Control-Allow-Origin", f"{APP}, {APP}"), ("Vary", "*")]),
            ["allow-origin-doubled"],
            id="two values",
        ),
        pytest.param(
            answering(get=[*PUBLIC, ("Access-Control-Allow-Credentials", "true")], plain=PUBLIC, preflight=PUBLIC),
            ["credentials-with-wildcard"],
            id="wildcard",
        ),
        pytest.param(answering(get=OWN[:1]), ["vary-missing"], id="Vary"),
        pytest.param(answering(get=[*OWN[:1], ("Vary", "Accept")]), ["vary-missing"], id="another Vary"),
        pytest.param(answering(get=[*OWN[:1], ("Vary", "*")]), [], id="Vary: *"),
        pytest.param(answering(plain=[]), ["vary-missing-without-origin"], id="Vary without Origin"),
        pytest.param(answering(get=OWN[:1], plain=OWN[:1]), [], id="one origin, always"),
        pytest.param(answering(get=PUBLIC, plain=[], preflight=PUBLIC, other=PUBLIC), [], id="public"),
        pytest.param(answering(statuses="200 302 200"), ["preflight-redirected"], id="redirect"),
        pytest.param(answering(statuses="200 401 200"), ["preflight-demands-login"], id="login"),
        pytest.param(answering(preflight=[*OWN, ("Set-Cookie", "a=b")]), ["preflight-sets-cookies"], id="cookies"),
        pytest.param(answering(other=[], statuses="200 204 405"), ["error-without-headers"], id="405"),
        pytest.param(answering(get=[], statuses="500 204 200"), ["error-without-headers"], id="500"),
        pytest.param(answering(statuses="500 204 405"), [], id="errors with headers"),
    ],
)
def test_header_that_browsers_or_caches_stumble_over_is_found(app: "WSGIApplication", codes: list[str]) -> None:
    assert [hit.check for hit in hits_of(app)] == codes


def test_answers_to_an_origin_that_may_be_refused_say_nothing() -> None:
    app = answering(get=[], preflight=[("Set-Cookie", "a=b")], other=[], statuses="401 401 405")
    assert hits_of(app, is_allowed=False) == []


def test_cookies_make_it_worse() -> None:
    with_credentials = echoing(lambda _origin: True, ("Access-Control-Allow-Credentials", "true"))
    assert [hit.severity for hit in hits_of(with_credentials)] == ["high"]
    assert hits_of(echoing(lambda _origin: True)) == [
        Hit(
            severity="medium",
            check=code,
            url=f"{DEFAULT_BASE}/",
            sent=f"Origin: {origin}",
            answer=f"Access-Control-Allow-Origin: {origin}",
        )
        for code, origin in [
            ("any-origin-reflected", "https://corswsgiprobe.invalid"),
        ]
    ]


def test_every_mistake_is_tried_and_documented() -> None:
    tried = {each.code for each in all_tries(APP)}
    assert tried <= set(CHECKS)
    assert set(BRINGS).union(*BRINGS.values()) <= tried
    docs = (Path(__file__).parents[2] / "docs" / "commands.md").read_text("utf-8")
    table = docs.partition("`corswsgi probe` finds")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `([a-z-]+)` \| (\w+) \| (.*) \|$", table, re.MULTILINE) == [
        (check.code, check.severity, check.why) for check in CHECKS.values()
    ]


def test_what_is_no_origin_has_nothing_like_it() -> None:
    assert list(lookalikes("null")) == []
    assert all(SERIALIZED_ORIGIN.fullmatch(each.origin) or each.origin == "null" for each in strangers())


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("a.b.example.co.uk", "example.co.uk"),
        ("example.com", "example.com"),
        ("localhost", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("co.uk", "co.uk"),
    ],
)
def test_registrable_domain_is_what_one_can_buy(host: str, domain: str) -> None:
    assert registrable_domain(host) == domain


class TestPoliteness:
    def test_there_is_a_pause_before_each_request_but_the_first(self) -> None:
        assert ROOT is not None
        done: list[str] = []

        def app(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            done.append("request")
            start_response("200 OK", [])
            return []

        prober = Prober(wsgi_transport(app), 3, lambda: done.append("pause"))
        with pytest.raises(EnoughError):
            list(prober.probe(ROOT, Subject(origin=APP, is_allowed=True, tries=())))
        assert done == ["request", "pause", "request", "pause", "request"]
        assert prober.requests == 3

    @pytest.mark.parametrize(
        "arguments",
        [
            pytest.param(["https://api.example.invalid"], id="target"),
            pytest.param(["{loopback}", "/", "http://localhost.example.invalid/"], id="another host among the URLs"),
        ],
    )
    def test_nothing_is_sent_to_another_machine_that_nobody_has_allowed(
        self, serve: Serve, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
    ) -> None:
        arrived: list[object] = []

        def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            arrived.append(environ)
            start_response("200 OK", [])
            return []

        url = serve(app)
        monkeypatch.setattr("socket.getaddrinfo", lambda *_arguments, **_more: arrived.append(_arguments))
        result = run("probe", *(argument.format(loopback=url) for argument in arguments))
        assert (result.exit_code, result.stdout, arrived) == (2, "", [])
        assert "is not this machine: pass --i-am-allowed-to-test-this-host if you may test it" in result.stderr

    def test_another_machine_that_may_be_tested_is_asked(self) -> None:
        result = run("probe", "http://corswsgi.invalid:1", "--i-am-allowed-to-test-this-host")
        assert result.exit_code == 2
        assert "http://corswsgi.invalid:1/ does not answer" in result.stdout


class TestCommand:
    def test_hits_are_told_from_the_worst_on(self, serve: Serve) -> None:
        def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            origin = environ.get("HTTP_ORIGIN")
            start_response("200 OK", [("Access-Control-Allow-Origin", origin)] if origin else [])
            return []

        url = serve(app)
        result = run("probe", url, "/a", "--origin", APP, "--delay", "0")
        assert (result.exit_code, result.stderr) == (1, "")
        assert result.stdout == (
            f"medium  vary-missing  {url}/a\n"
            "        Origin: https://app.example.com\n"
            "        no Vary\n"
            "        a cache can serve one page the response for another origin\n"
            f"medium  any-origin-reflected  {url}/a\n"
            "        Origin: https://corswsgiprobe.invalid\n"
            "        Access-Control-Allow-Origin: https://corswsgiprobe.invalid\n"
            "        every page on the web may read this\n"
            "2 medium: 9 requests, URLs: 1\n"
            f"note: pages of {APP} may GET, and their preflights are answered; "
            "PUT with JSON is blocked: Access-Control-Allow-Methods is missing and Access-Control-Allow-Headers is "
            "missing\n"
        )

    def test_json_is_the_same_for_machines(self, write: Write) -> None:
        write("bare.py", "def app(e, s):\n    s('200 OK', [('Access-Control-Allow-Origin', 'null')])\n    return []\n")
        result = run("probe", "bare:app", "--json")
        assert result.exit_code == 1
        assert json.loads(result.stdout) == {
            "target": "bare:app",
            "requests": 105,
            "urls": 1,
            "finished": True,
            "hits": [
                {
                    "severity": "medium",
                    "check": "null-origin-allowed",
                    "url": "https://server.example/",
                    "sent": "Origin: null",
                    "answer": "Access-Control-Allow-Origin: null",
                    "why": "any page can embed a sandboxed frame, which sends 'null'",
                }
            ],
            "notes": [],
        }

    def test_rows_of_a_table_are_tried_each_with_what_it_allows(self, write: Write) -> None:
        write(
            "cors.toml",
            """
            ["/public/**"]
            allow_origins = "*"
            ["/**"]
            allow_origins = ["https://app.example.com", "https://*.example.org", "http://localhost:*"]
            allow_credentials = true
            ["/api/*/caf\u00e9"]
            allow_origins = ["http://app.example.com", "https://app.example.com:8443", "https://app.example.com"]
            ["/admin/**"]
            cors = false
            """,
        )
        result = run("probe", "cors.toml")
        assert (result.exit_code, result.stderr) == (0, "")
        assert result.stdout.startswith("nothing found: ")
        assert result.stdout.endswith(" requests, URLs: 4\n")

    @pytest.mark.parametrize("option", ["--json", "--sarif", "--delay=0"])
    def test_warnings_of_the_application_are_told_in_every_form(self, write: Write, option: str) -> None:
        write(
            "warns.py",
            """
            import warnings
            from corswsgi.cli.target import empty_application as app

            warnings.warn("the store is empty", UserWarning)
            """,
        )
        result = run("probe", "warns:app", option)
        assert (result.exit_code, result.stdout.count("the store is empty"), result.stderr) == (0, 1, "")

    def test_what_a_function_allows_is_judged_like_any_server(self, write: Write) -> None:
        write(
            "asks.py",
            """
            from corswsgi import CORSMiddleware, Policy
            from corswsgi.cli.target import empty_application

            app = CORSMiddleware(empty_application, {"/x": Policy(allow_origins=lambda origin, environ: "a" in origin)})
            """,
        )
        result = run("probe", "asks:app")
        assert result.exit_code == 1
        assert result.stdout.startswith("medium  any-origin-reflected  https://server.example/x\n")

    def test_table_that_something_around_it_breaks_is_found_out(self, write: Write) -> None:
        write(
            "around.py",
            """
            from corswsgi import CORSMiddleware, Policy
            from corswsgi.cli.target import empty_application

            class Around:
                app = None
                def __init__(self, app):
                    self.app = app
                def __call__(self, environ, start_response):
                    def start(status, headers):
                        start_response(status, [*headers, ("Access-Control-Allow-Origin", "null")])
                    return self.app(environ, start)

            app = Around(CORSMiddleware(empty_application, Policy(allow_origins="https://app.example.com")))
            """,
        )
        result = run("probe", "around:app", "--origin", APP)
        assert result.exit_code == 1
        assert "allow-origin-doubled" in result.stdout
        assert "null-origin-allowed" in result.stdout

    def test_what_is_sent_is_bounded(self, write: Write) -> None:
        write("cors.toml", '["/**"]\nallow_origins = "https://app.example.com"\n')
        result = run("probe", "cors.toml", "--max-requests", "7")
        assert (result.exit_code, result.stderr) == (2, "")
        assert result.stdout == (
            "nothing found: 7 requests, URLs: 1\nnote: stopped after 7 requests: more with --max-requests\n"
        )

    @pytest.mark.parametrize(("asked", "status"), [(1, 2), (10, 1)], ids=["at once", "after a finding"])
    def test_findings_are_told_when_somebody_stops_it(self, write: Write, asked: int, status: int) -> None:
        write(
            "stopping.py",
            f"""\
            seen = []

            def app(environ, start_response):
                seen.append(environ)
                if len(seen) > {asked}:
                    raise KeyboardInterrupt
                start_response("200 OK", [("Access-Control-Allow-Origin", environ.get("HTTP_ORIGIN", "*"))])
                return []
            """,
        )
        result = run("probe", "stopping:app", "/a", "/b", "--origin", APP)
        assert result.exit_code == status
        assert "stopped by hand after " in result.stdout
        assert ("any-origin-reflected" in result.stdout) is (status == 1)

    @pytest.mark.parametrize("url", ["http://[", "ftp://localhost/"])
    def test_what_is_no_url_exits_with_2(self, write: Write, url: str) -> None:
        write("cors.toml", '["/**"]\ncors = false\n')
        result = run("probe", "cors.toml", url)
        assert (result.exit_code, result.stdout) == (2, "")
        assert f"'{url}' is not a URL: write a path, or http://..." in result.stderr

    def test_progress_is_shown_on_a_terminal_and_nowhere_else(self, write: Write) -> None:
        write("cors.toml", '["/**"]\nallow_origins = "https://app.example.com"\n')
        ours, its = pty.openpty()
        with subprocess.Popen(
            [sys.executable, "-m", "corswsgi", "probe", "cors.toml"],
            stdout=subprocess.PIPE,
            stderr=its,
            env=os.environ | {"TERM": "xterm-256color"},
        ) as process:
            os.close(its)
            shown = b""
            try:
                while chunk := os.read(ours, 65536):
                    shown += chunk
            except OSError:  # what Linux says when the other end is closed
                pass
            os.close(ours)
            written = process.stdout.read() if process.stdout else b""
        assert b"probing" in shown
        assert written == b"nothing found: 110 requests, URLs: 1\n"
        assert run("probe", "cors.toml").stderr == ""


def test_middleware_has_no_hits_over_the_network(serve: Serve) -> None:
    def app(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        start_response("404 Not Found", [("Vary", "Cookie"), ("Set-Cookie", "a=b")])
        return []

    policy = Policy(allow_origins=[APP, "https://*.preview.example.com"], allow_credentials=True)
    url = serve(CORSMiddleware(app, policy))
    assert run("probe", url, "--origin", APP, "--delay", "0").stdout == (
        f"nothing found: 111 requests, URLs: 1\nnote: pages of {APP} may GET, and their preflights are answered; "
        "PUT with JSON is blocked: Access-Control-Allow-Methods is missing and Access-Control-Allow-Headers is "
        "missing\n"
    )


class TestWrites:
    """Refused writes are noted once for each URL, and are not a mistake."""

    @pytest.mark.parametrize("switch", ["accept", "report", "refuse"])
    def test_it_is_said_that_writes_of_other_origins_are_refused(self, serve: Serve, switch: Any) -> None:
        policy = Policy(allow_origins=APP, allow_credentials=True)
        url = serve(CORSMiddleware(answering(), {"/x": policy, "/y": policy}, cross_origin_writes=switch))
        result = run("probe", url, "/x", "/y", "--delay", "0", "--json", "--origin", APP)
        said = [note for note in json.loads(result.stdout)["notes"] if "cross_origin_writes refuses" in note]
        assert said == [
            f"{url}/{path}: cross_origin_writes refuses what pages of other origins send"
            for path in ("x", "y")
            if switch == "refuse"
        ]
        assert json.loads(result.stdout)["hits"] == []
