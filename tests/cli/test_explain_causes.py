"""The cause that came before CORS: statuses, redirects, doubled headers and the origin ``null``, on real servers."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import pytest

from corswsgi import CORSMiddleware, Policy
from corswsgi.answers import WHY_WRITE_REFUSED
from tests.support.commands import Serve, Write, run

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

A = "https://shop.example.org"
Answer = tuple[int, list[tuple[str, str]], bytes]
ALLOWED = [("Access-Control-Allow-Origin", A), ("Vary", "Origin")]
PREFLIGHT = [
    *ALLOWED,
    ("Access-Control-Allow-Methods", "PUT, PATCH, DELETE"),
    ("Access-Control-Allow-Headers", "authorization"),
]


def answer(status: int = 200, headers: Iterable[tuple[str, str]] = (), body: bytes = b"") -> Answer:
    return status, list(headers), body


def answering(**by_method: Answer) -> "WSGIApplication":
    """Make a server that answers by method; what is not named is well and allowed. ``{host}`` is its own."""
    known = {"OPTIONS": answer(204, PREFLIGHT), **by_method}

    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        status, headers, body = known.get(environ["REQUEST_METHOD"], answer(headers=ALLOWED, body=b"{}"))
        start_response(f"{status} Status", [(name, value.format(host=environ["HTTP_HOST"])) for name, value in headers])
        return [] if status == 204 else [body]

    return app


def moved(status: int, location: str) -> Answer:
    return answer(status, [("Location", location)])


def advice(*arguments: str, origin: str = A) -> tuple[int, str]:
    """Run `explain`. Return the status and the lines after the exchange, without the browsers' own sentences."""
    result = run("explain", *arguments, "--origin", origin)
    assert "\x1b" not in result.output
    assert "Traceback" not in result.output
    browsers = ("Standard: ", "Chromium: ", "Firefox: ", "Safari: ", "Chromium, ", "Firefox, ")
    told = result.stdout[max(result.stdout.rfind("\nBlocked at "), result.stdout.rfind("\nAllowed: ")) :]
    told = "\n".join(line for line in told.splitlines() if not line.startswith(browsers))
    assert "allow `null`" not in told.replace("never allow null", "")
    return result.exit_code, told + result.stderr


CASES = [
    *(
        pytest.param(
            answering(**{method: answer(302, headers)}),
            ["/x", *options],
            [f"{what} is redirected (302) {where}: the part of the server that redirects is misconfigured", fix],
            id=f"{method} redirected {where}",
        )
        for headers, where in [
            ([], "without a Location"),
            ([("Location", "http://[")], "to 'http://[', which is not an http URL"),
            ([("Location", "/x")], "to itself"),
            ([("Location", "mailto:a@b.example")], "to 'mailto:a@b.example', which is not an http URL"),
        ]
        for method, options, what, fix in [
            ("GET", [], "the request", "let it answer scripts with 401"),
            ("OPTIONS", ["-X", "PUT"], "OPTIONS", "let OPTIONS pass before it"),
        ]
    ),
    pytest.param(
        answering(GET=moved(302, "https://{host}/v2/users")),
        ["/v2/users"],
        ["have the script ask https://{host}/v2/users", "over https"],
        id="http to https",
    ),
    pytest.param(
        answering(OPTIONS=moved(302, "https://{host}/v2/users")),
        ["/v2/users", "-X", "DELETE"],
        ["have the script ask https://{host}/v2/users", "a preflight follows no redirect"],
        id="http to https at the preflight",
    ),
    pytest.param(
        answering(GET=moved(301, "/api/books")),
        ["/api/books/"],
        ["Fix: have the script ask http://{host}/api/books", "a slash at the end is too many"],
        id="a slash too many",
    ),
    pytest.param(
        answering(OPTIONS=moved(307, "/api/books/")),
        ["/api/books", "-X", "PATCH"],
        ["ask http://{host}/api/books/", "a slash at the end is missing"],
        id="a slash that is missing, at the preflight",
    ),
    pytest.param(
        answering(OPTIONS=answer(401, [("WWW-Authenticate", "Bearer")])),
        ["/me", "-H", "Authorization: Bearer x"],
        ["401", "never carries credentials", "let OPTIONS pass before the login"],
        id="a login at the preflight",
    ),
    pytest.param(
        answering(OPTIONS=answer(407)), ["/me", "-X", "PUT"], ["407", "never carries credentials"], id="a proxy's login"
    ),
    pytest.param(
        answering(OPTIONS=moved(303, "/sso/start")),
        ["/me", "-X", "PUT"],
        ["/sso/start, a login", "it can never log in", "let OPTIONS pass before the login"],
        id="OPTIONS sent to a login",
    ),
    pytest.param(
        answering(OPTIONS=moved(302, "https://idp.example/authorize?client=1")),
        ["/me", "-X", "PUT"],
        ["https://idp.example/authorize?client=1, a login"],
        id="OPTIONS sent to a login of another host",
    ),
    pytest.param(
        answering(OPTIONS=moved(302, "/elsewhere")),
        ["/me", "-X", "PUT"],
        ["/elsewhere", "if that is a login, let OPTIONS pass before it; otherwise have the script ask"],
        id="OPTIONS sent somewhere",
    ),
    pytest.param(
        answering(GET=moved(302, "/accounts/login/?next=/me")),
        ["/me"],
        ["a login: a script cannot log in there", "answer 401 in place of the redirect"],
        id="a login in place of the answer",
    ),
    pytest.param(
        answering(GET=moved(301, "https://www.example.org/me")),
        ["/me"],
        ["the same path of another host", "have the script ask https://www.example.org/me"],
        id="another host",
    ),
    pytest.param(
        answering(OPTIONS=answer(403, body=b"CSRF cookie not set")),
        ["/me", "-X", "PUT"],
        ["403", "carries no credentials or token"],
        id="a CSRF check at the preflight",
    ),
    *(
        pytest.param(answering(GET=answer(status)), ["/x"], [f"whose status is {status}", *says], id=f"{status} of GET")
        for status, says in {
            400: ["look at the body"],
            401: ["login"],
            403: ["CSRF"],
            404: ["no such path", "routes of the server"],
            405: ["has no GET"],
            410: ["no such path"],
            413: ["client_max_body_size"],
            429: ["rate limit"],
            500: ["the server failed", "log"],
            501: ["does not know GET", "log"],
            502: ["proxy", "server behind it"],
            504: ["proxy", "server behind it"],
        }.items()
    ),
    *(
        pytest.param(
            answering(OPTIONS=answer(status)),
            ["/x", "-X", "PUT"],
            [f"status {status}", *says],
            id=f"{status} of OPTIONS",
        )
        for status, says in {404: ["routes"], 418: ["refuses"], 429: ["rate"], 500: ["log"], 503: ["proxy"]}.items()
    ),
    *(
        pytest.param(
            answering(GET=answer(status, [("Vary", "Cookie, Origin")])),
            ["/x"],
            [f"(status {status}) varies by Origin", "not on the server's list", f"they can then read the {status}"],
            id=f"{status} behind a policy that does not list the origin",
        )
        for status in (401, 403, 500)
    ),
    pytest.param(
        answering(GET=answer(404, [("Vary", "Origin")])),
        ["/x"],
        ["no such path"],
        id="404 behind a policy that does not list the origin",
    ),
    pytest.param(
        answering(GET=answer(403, [("Server", "AirTunes/670.6.2")])),
        ["/api/login"],
        ["AirPlay of macOS", "5000"],
        id="AirPlay",
    ),
    pytest.param(
        answering(OPTIONS=answer(405, [("Server", "Apache/2.4.58"), ("Allow", "GET")])),
        ["/x", "-X", "PUT"],
        ["405 (Apache/2.4.58)", "something in front answers OPTIONS itself", "does not reach the application"],
        id="405 of Apache",
    ),
    pytest.param(
        answering(GET=answer(200, [("Access-Control-Allow-Origin", f"{A}, *")])),
        ["/x"],
        ["has several values", "two parts of the server", "take one of the two out"],
        id="two values",
    ),
    pytest.param(
        answering(GET=answer(200, [("Access-Control-Allow-Origin", A), ("Access-Control-Allow-Origin", "*")])),
        ["/x"],
        ["is sent twice", "two parts of the server", "take one of the two out"],
        id="two lines",
    ),
    pytest.param(
        answering(GET=answer(200, [("Access-Control-Allow-Origin", f"{A}/")])),
        ["/x"],
        ["a slash at the end", f"write it as browsers do: {A}"],
        id="a slash behind the origin",
    ),
    pytest.param(
        answering(GET=answer(200, [("Access-Control-Allow-Origin", A.upper())])),
        ["/x"],
        ["compare byte for byte", f"write it as browsers do: {A}"],
        id="an origin in upper case",
    ),
    pytest.param(
        answering(GET=answer(200, [("Access-Control-Allow-Origin", "shop.example.org")])),
        ["/x"],
        ["without a scheme"],
        id="an origin without a scheme",
    ),
    pytest.param(
        answering(
            GET=answer(200, [("Access-Control-Allow-Origin", "*"), ("Access-Control-Allow-Credentials", "true")])
        ),
        ["/x", "--credentials", "include"],
        [
            "a proxy in front replaces Access-Control-Allow-Origin",
            "list the origins",
            f"{A} among them if its pages are",
        ],
        id="a header that a front replaced",
    ),
    pytest.param(
        answering(GET=answer(301, [*ALLOWED, ("Location", "http://[bad")])),
        ["/x"],
        ["to 'http://[bad', which is not an http URL", "Fix: have that part send the Location of another http URL"],
        id="an allowed redirect to what is not a URL",
    ),
    pytest.param(
        answering(GET=answer(302, [*ALLOWED, ("Location", "/x")])),
        ["/x"],
        ["the redirects from http://{host}/x do not end", "Fix: compare the rules for http and https"],
        id="an allowed circle",
    ),
    pytest.param(
        answering(GET=answer(304)),
        ["/x"],
        ["304 without headers of CORS", f"if pages of {A} are yours, send the headers of CORS with 304"],
        id="304",
    ),
    pytest.param(
        answering(OPTIONS=answer(304)),
        ["/x", "-X", "PUT"],
        ["OPTIONS is answered with status 304", "Fix: let OPTIONS pass by that part"],
        id="304 at the preflight",
    ),
    pytest.param(
        answering(GET=answer(403, [("cf-mitigated", "challenge")])),
        ["/x"],
        ["Cloudflare asks for its challenge", "Fix: exempt the path"],
        id="a challenge",
    ),
    pytest.param(
        answering(OPTIONS=answer(404, [("ngrok-error-code", "ERR_NGROK_3200")])),
        ["/x", "-X", "PUT"],
        ["OPTIONS is answered with status 404: ngrok answers", "ngrok-skip-browser-warning"],
        id="a tunnel",
    ),
    pytest.param(
        answering(OPTIONS=answer(501)),
        ["/x", "-X", "PUT"],
        ["the server does not know OPTIONS", "Fix: have the script ask the application"],
        id="a server of static files",
    ),
    pytest.param(
        answering(GET=answer(500, body=b"<title>KeyError: &#x27;a&#x27;\n // Werkzeug Debugger</title>")),
        ["/x"],
        ["the application raised KeyError: 'a', and its debug mode answers", "Fix: correct the exception"],
        id="Werkzeug's debugger",
    ),
    pytest.param(
        answering(GET=answer(500, body=b"<title>LookupError\n at /x</title> you have <code>DEBUG = True</code>")),
        ["/x"],
        ["the application raised LookupError at /x, and its debug mode answers"],
        id="Django's debug mode",
    ),
    pytest.param(
        answering(GET=answer(400, body=b"The plain HTTP request was sent to HTTPS port")),
        ["/x"],
        ["the server speaks https at this port", "https://"],
        id="http to a port of https",
    ),
    pytest.param(
        answering(GET=answer(403, body=b'{"message":"Missing Authentication Token"}')),
        ["/x"],
        ["API Gateway", "compare the path"],
        id="a gateway without the route",
    ),
    pytest.param(
        answering(POST=answer(403, body=b"<p>CSRF verification failed. Request aborted.</p>")),
        ["/x", "-d", "a=1"],
        ["a CSRF check's", "X-CSRFToken", f"if pages of {A} are yours, trust the origin"],
        id="CSRF",
    ),
    pytest.param(
        answering(GET=answer(400, body=b"<h1>Bad Request (400)</h1>")),
        ["/x"],
        ["this 400 is Django's", "Fix: add '127.0.0.1' to ALLOWED_HOSTS"],
        id="a host that Django does not serve",
    ),
    pytest.param(
        answering(PUT=answer()),
        ["/x", "-X", "PUT"],
        [
            "OPTIONS is answered with the headers of CORS, and PUT without",
            f"if pages of {A} are yours, have the part that answers PUT send Access-Control-Allow-Origin: {A}",
        ],
        id="headers of the preflight alone",
    ),
    pytest.param(
        answering(OPTIONS=answer(200, [("Allow", "GET, PUT")])),
        ["/x", "-X", "PUT"],
        ["the framework or something in front", "Fix: have CORS answer OPTIONS before the router does"],
        id="a framework that answers OPTIONS",
    ),
    pytest.param(
        answering(OPTIONS=answer(204, ALLOWED)),
        ["/x", "-H", "Access-Control-Allow-Origin: *"],
        ["the script sends access-control-allow-origin", "Fix: remove access-control-allow-origin from the script"],
        id="a header of answers",
    ),
    pytest.param(
        answering(OPTIONS=answer(204, ALLOWED)),
        ["/x", "-H", "Access-Control-Allow-Origin: *", "-H", "Access-Control-Allow-Methods: *", "-H", "X-A: 1"],
        ["which are headers of answers", "from the script; then have the answer to OPTIONS", ": x-a"],
        id="headers of answers, and one more",
    ),
    pytest.param(
        answering(GET=answer(500, ALLOWED)),
        ["/x", "--api", "eventsource"],
        ["status 500", "an EventSource takes 200 alone", "Fix: look at the server's log"],
        id="an event stream that fails",
    ),
    pytest.param(
        answering(GET=answer(431)), ["/x"], ["status 431", "cookies", "Fix: delete the cookies"], id="too many cookies"
    ),
    pytest.param(
        answering(GET=answer(521, [("Server", "cloudflare")])),
        ["/x"],
        ["status 521", "the proxy answered, and the server behind it is down"],
        id="Cloudflare without its origin",
    ),
    pytest.param(
        answering(GET=answer(204, ALLOWED)),
        ["/x", "--api", "eventsource"],
        ["an EventSource takes 200 alone", "with 204 it tells the browser not to ask again"],
        id="an event stream that ends",
    ),
    pytest.param(
        answering(GET=answer(201, ALLOWED)),
        ["/x", "--api", "eventsource"],
        ["an EventSource takes 200 alone", "Fix: have the server answer with status 200"],
        id="an event stream with another status",
    ),
]


@pytest.mark.parametrize(("app", "arguments", "says"), CASES)
def test_cause_is_named_with_its_fix(
    serve: Serve, app: "WSGIApplication", arguments: list[str], says: list[str]
) -> None:
    url = serve(app)
    status, told = advice(url, *arguments)
    assert status == 1
    for each in says:
        assert each.format(host=url.removeprefix("http://")) in told
    assert "carry: Access-Control-Allow-Origin" not in told
    assert "\nFix: " in told


class TestRefusedWrites:
    """Refused writes, of a server and of an application."""

    @pytest.fixture
    def shop(self) -> "WSGIApplication":
        policy = Policy(allow_origins=A, allow_methods=["PUT"])
        return CORSMiddleware(answering(POST=answer(), DELETE=answer()), {"/x": policy}, cross_origin_writes="refuse")

    def test_a_stranger_is_told_who_refused_it_and_where_to_be_listed(
        self, serve: Serve, shop: "WSGIApplication"
    ) -> None:
        status, told = advice(serve(shop), "/x", "-X", "POST", origin="https://evil.example")
        assert status == 1
        assert "corswsgi refused the POST, and the application was not asked: cross_origin_writes is on" in told
        assert "Fix: if pages of https://evil.example are yours, add the origin to allow_origins of the row" in told

    def test_a_page_that_reads_the_403_is_told_whose_it_is(self, serve: Serve) -> None:
        status, told = advice(serve(answering(POST=answer(403, ALLOWED, WHY_WRITE_REFUSED))), "/x", "-X", "POST")
        assert status == 0
        assert "Note: this 403 is corswsgi's: cross_origin_writes is on" in told

    def test_an_application_says_why_itself(self, write: Write) -> None:
        write(
            "shop.py",
            """
            from corswsgi import CORSMiddleware
            from corswsgi.cli.target import empty_application

            app = CORSMiddleware(empty_application, {}, cross_origin_writes="refuse")
            """,
        )
        _, told = advice("shop:app", "/x", "-X", "POST")
        assert "Note: Refused POST '/x' by a page of" in told
        assert "this 403 is corswsgi's" not in told


def test_cause_that_an_extra_request_shows_names_it(serve: Serve) -> None:
    url = serve(CORSMiddleware(answering(GET=answer()), {"/x": Policy(allow_origins=A, allow_methods=["PUT"])}))
    refused = "corswsgi answers: CORS preflight refused: pages of this origin are not allowed here."
    told = advice(url, "/x", origin="https://evil.example")[1]
    assert f"\nCause: {refused} (asked by an extra OPTIONS)\n" in told
    told = advice(url, "/x", "-X", "PUT", origin="https://evil.example")[1]
    assert f"\nCause: {refused}\n" in told
    told = advice(serve(answering(GET=answer(200, ALLOWED), OPTIONS=answer())), "/x", "-X", "PUT")[1]
    assert "although GET is allowed: " in told
    assert "(asked by an extra GET)\n" in told


@pytest.mark.parametrize("status", [404, 410, 500, 501, 504, 405])
def test_status_that_the_page_may_read_is_in_the_verdict(serve: Serve, status: int) -> None:
    url = serve(answering(GET=answer(status, ALLOWED)))
    code, told = advice(url, "/x")
    assert code == 0
    assert told.startswith(f"\nAllowed: the page can read this {status}, a response of type cors.")


class TestNull:
    def test_page_is_told_why_its_origin_is_null_and_where_to_be(self, serve: Serve) -> None:
        status, told = advice(serve(answering(GET=answer())), "/x", origin="null")
        assert status == 1
        assert "it is a file (file://) or a sandboxed frame" in told
        assert "serve the page from http://localhost, or from an origin of its own; never allow null" in told

    @pytest.mark.parametrize("target", ["cors.toml", "shop:app"])
    def test_table_is_not_advised_to_allow_it(self, write: Write, target: str) -> None:
        write("cors.toml", f'["/**"]\nallow_origins = "{A}"\n')
        write(
            "shop.py",
            f"""
            from corswsgi import CORSMiddleware, Policy
            from corswsgi.cli.target import empty_application

            app = CORSMiddleware(empty_application, Policy(allow_origins="{A}"))
            """,
        )
        status, told = advice(target, "/x", origin="null")
        assert status == 1
        assert "never allow null" in told
        assert "dangerously" not in told
        assert "Table:" not in told

    def test_redirect_that_makes_it_null_is_the_cause(self, serve: Serve) -> None:
        new = serve(answering(GET=answer())).replace("127.0.0.1", "localhost")
        old = serve(answering(GET=answer(302, [("Location", f"{new}/new"), ("Access-Control-Allow-Origin", "*")])))
        status, told = advice(old, "/old")
        assert status == 1
        assert f"redirects to {new}/new, another origin: browsers send Origin: null there" in told
        assert f"have the script ask {new}/new at once" in told

    def test_redirect_of_an_application_to_https_of_another_host(self, write: Write) -> None:
        write(
            "shop.py",
            f"""
            from corswsgi import CORSMiddleware, Policy

            def inner(environ, start_response):
                if environ["wsgi.url_scheme"] == "http":
                    start_response("301 Moved", [("Location", "https://www.server.example" + environ["PATH_INFO"])])
                else:
                    start_response("200 OK", [])
                return []

            app = CORSMiddleware(inner, Policy(allow_origins="{A}"))
            """,
        )
        status, told = advice("shop:app", "http://server.example/x")
        assert status == 1
        assert "have the script ask https://www.server.example/x at once" in told
        assert "Table:" not in told


def test_redirect_that_passes_and_leads_to_a_blocked_answer_is_named(serve: Serve) -> None:
    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/a":
            start_response("302 Found", [("Location", "/a/"), *ALLOWED])
        else:
            start_response("200 OK", [])
        return []

    url = serve(app)
    status, told = advice(url, "/a")
    assert status == 1
    assert f"have the script ask {url}/a/" in told


def test_view_that_is_down_under_a_row_that_allows_it(write: Write) -> None:
    write(
        "shop.py",
        f"""
        from corswsgi import CORSMiddleware, Policy

        def inner(environ, start_response):
            start_response("503 Service Unavailable", [])
            return []

        app = CORSMiddleware(inner, Policy(allow_origins="{A}"))
        """,
    )
    status, told = advice("shop:app", "/x")
    assert status == 0
    assert told.startswith("\nAllowed: the page can read this 503, a response of type cors.")


class TestOneFix:
    def test_it_names_all_that_is_missing_in_one_go(self, serve: Serve) -> None:
        url = serve(answering(OPTIONS=answer(204, [("Access-Control-Allow-Headers", "x-a")])))
        arguments = ["-X", "PUT", "-H", "X-A: 1", "-H", "X-B: 1", "-H", "X-C: 1", "--credentials", "include"]
        status, told = advice(url, "/x", *arguments)
        assert status == 1
        assert told.rstrip().endswith(
            f"Fix: if pages of {A} are yours, have the answer to OPTIONS {url}/x carry, each once: "
            f"Access-Control-Allow-Origin: {A}; Access-Control-Allow-Credentials: true; "
            "Access-Control-Allow-Methods: PUT; Access-Control-Allow-Headers: x-a, x-b, x-c"
        )

    def test_it_keeps_what_is_listed(self, serve: Serve) -> None:
        url = serve(answering())
        _, told = advice(url, "/x", "-X", "QUERY", "-H", "X-B: 1")
        assert (
            "Access-Control-Allow-Methods: PUT, PATCH, DELETE, QUERY; Access-Control-Allow-Headers: authorization, x-b"
        ) in told

    def test_method_in_lower_case_is_the_script_s_to_change(self, serve: Serve) -> None:
        _, told = advice(serve(answering()), "/x", "-X", "patch")
        assert "Fix: have the script write 'PATCH': methods are compared byte for byte, and it writes 'patch'" in told

    def test_status_that_is_neither_fine_nor_an_error_is_named(self, serve: Serve) -> None:
        url = serve(answering(OPTIONS=answer(300, PREFLIGHT)))
        _, told = advice(url, "/x", "-X", "PUT")
        assert f"Fix: have the answer to OPTIONS {url}/x carry: the status 204" in told

    def test_redirect_without_a_location_is_an_answer(self, serve: Serve) -> None:
        _, told = advice(serve(answering(GET=answer(302))), "/x")
        assert "Blocked at the response, whose status is 302." in told
        assert "without a Location" in told

    def test_nothing_missing_but_a_list_that_is_none(self, serve: Serve) -> None:
        headers = [*ALLOWED, ("Access-Control-Allow-Methods", "P UT"), ("Access-Control-Allow-Headers", "x-a")]
        _, told = advice(serve(answering(OPTIONS=answer(204, headers))), "/x", "-H", "X-A: 1")
        assert "Access-Control-Allow-Methods with commas" in told

    def test_list_that_is_none_is_left_to_the_standard_s_own_words(self, serve: Serve) -> None:
        app = answering(OPTIONS=answer(204, [*ALLOWED, ("Access-Control-Allow-Methods", "GET, P UT")]))
        _, told = advice(serve(app), "/x", "-X", "PUT")
        assert "Access-Control-Allow-Methods" in told


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda url: url.replace("http://127.0.0.1", "HTTP://127.0.0.1"), id="in upper case"),
        pytest.param(lambda url: url.removeprefix("http://"), id="without a scheme"),
    ],
)
def test_url_of_a_server_stands_alone_and_its_path_counts(serve: Serve, change: Callable[[str], str]) -> None:
    asked: list[str] = []

    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        asked.append(environ["PATH_INFO"])
        start_response("200 OK", [("Content-Type", "text/plain")])
        return []

    url = serve(CORSMiddleware(app, Policy(allow_origins=A)))
    assert run("explain", change(f"{url}/api/me"), "--origin", A).exit_code == 0
    assert asked == ["/api/me"]
