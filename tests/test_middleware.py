"""What is answered, as DESIGN's table of answers says: preflights, actual requests, and what is left untouched."""

import logging
import threading
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from corswsgi import CORSMiddleware, Decision, Policy, PolicyError, PolicyTable, response_headers
from corswsgi.paths.trie import to_wsgi
from tests.support.asking import APP, EVIL, Headers, Response, ask, hello, make_environ, preflight, run

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

POLICY = Policy(allow_origins=APP, allow_credentials=True, allow_methods="PUT", expose_headers="X-Request-Id")
TABLE: dict[str, Policy | None] = {
    "/api/**": POLICY,
    "/api/admin/**": None,
    "/public/**": Policy(allow_origins="*", expose_headers="*"),
}
ORIGIN = ("Access-Control-Allow-Origin", APP)
CREDENTIALS = ("Access-Control-Allow-Credentials", "true")
EXPOSED = ("Access-Control-Expose-Headers", "X-Request-Id")
VARY = ("Vary", "Origin")
ANY = ("Access-Control-Allow-Origin", "*")
ALLOWED = [("Content-Type", "text/plain"), ("X-Request-Id", "7"), ORIGIN, CREDENTIALS, EXPOSED, VARY]
UNTOUCHED = [("Content-Type", "text/plain"), ("X-Request-Id", "7")]


def answering(*headers: tuple[str, str], status: str = "200 OK") -> "WSGIApplication":
    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        start_response(status, [("Content-Type", "text/plain"), *headers])
        return [b"hello"]

    return app


@pytest.fixture
def middleware() -> CORSMiddleware:
    return CORSMiddleware(hello, TABLE)


class TestActualRequest:
    """...: the app's response, with the row's headers for an allowed origin, with Vary for every other request."""

    def test_of_an_allowed_origin_gets_the_rows_headers(self, middleware: CORSMiddleware) -> None:
        assert ask(middleware, "/api/me", origin=APP) == Response("200 OK", ALLOWED, b"hello")

    @pytest.mark.parametrize("headers", [{}, {"origin": EVIL}, {"origin": "null"}, {"origin": ""}], ids=str)
    def test_of_any_other_or_no_origin_gets_vary_alone(
        self, middleware: CORSMiddleware, headers: dict[str, str]
    ) -> None:
        assert ask(middleware, "/api/me", **headers) == Response("200 OK", [*UNTOUCHED, VARY], b"hello")

    @pytest.mark.parametrize("headers", [{}, {"origin": EVIL}, {"origin": "null"}, {"origin": ""}], ids=str)
    def test_under_a_public_row_always_gets_the_star_and_no_vary(
        self, middleware: CORSMiddleware, headers: dict[str, str]
    ) -> None:
        assert ask(middleware, "/public/x", **headers).headers == [
            *UNTOUCHED,
            ANY,
            ("Access-Control-Expose-Headers", "*"),
        ]

    @pytest.mark.parametrize("path", ["/api/admin", "/api/admin/x", "/other", "/", "/apix", "/api/../api/me"])
    def test_without_a_row_or_under_none_is_untouched(self, middleware: CORSMiddleware, path: str) -> None:
        assert ask(middleware, path, origin=APP) == Response("200 OK", UNTOUCHED, b"hello")

    @pytest.mark.parametrize("status", ["304 Not Modified", "404 Not Found", "405 Method Not Allowed", "500 Oh No"])
    def test_gets_the_headers_whatever_the_status(self, status: str) -> None:
        middleware = CORSMiddleware(answering(status=status), POLICY)
        assert run(middleware, make_environ(origin=APP)).cors == [ORIGIN, CREDENTIALS, EXPOSED, VARY]
        assert run(middleware, make_environ()).cors == [VARY]

    def test_with_options_but_nothing_asked_reaches_the_app(self, middleware: CORSMiddleware) -> None:
        for asked in ({}, {"access_control_request_method": ""}):
            assert ask(middleware, "/api/me", "OPTIONS", origin=APP, **asked) == Response("200 OK", ALLOWED, b"hello")
        without_origin = ask(middleware, "/api/me", "OPTIONS", access_control_request_method="PUT")
        assert without_origin == Response("200 OK", [*UNTOUCHED, VARY], b"hello")

    def test_with_what_a_preflight_asks_but_another_method_reaches_the_app(self, middleware: CORSMiddleware) -> None:
        response = ask(middleware, "/api/me", "POST", origin=APP, access_control_request_method="PUT")
        assert response == Response("200 OK", ALLOWED, b"hello")

    def test_without_origin_gets_vary_and_asks_no_predicate(self) -> None:
        asked: list[str] = []

        def predicate(origin: str, environ: object) -> bool:
            asked.append(origin)
            return False

        policy = Policy(allow_origins=predicate)
        assert run(CORSMiddleware(hello, policy), make_environ("/a")).cors == [VARY]
        assert asked == []


class TestVary:
    """An existing Vary is merged into, several become one, and any ``*`` is ``Vary: *``."""

    @pytest.mark.parametrize(
        ("given", "merged"),
        [
            pytest.param([("Vary", "Accept")], [("Vary", "Accept, Origin")], id="another name"),
            pytest.param([("vary", "Accept")], [("vary", "Accept, Origin")], id="in lower case"),
            pytest.param([("Vary", "")], [("Vary", "Origin")], id="empty"),
            pytest.param([("Vary", "Origin")], [("Vary", "Origin")], id="the same"),
            pytest.param([("Vary", "accept , ORIGIN")], [("Vary", "accept , ORIGIN")], id="the same among others"),
            pytest.param([("Vary", "X-Origin")], [("Vary", "X-Origin, Origin")], id="a longer name"),
            pytest.param([("Vary", "*")], [("Vary", "*")], id="star"),
            pytest.param([("Vary", "Accept, *")], [("Vary", "*")], id="star among others"),
            pytest.param([("Vary", "A"), ("vary", "B,a")], [("Vary", "A, B, Origin")], id="two lines"),
            pytest.param([("Vary", "A"), ("Vary", "origin")], [("Vary", "A, origin")], id="the same in the last"),
            pytest.param([("Vary", "Origin"), ("Vary", "A")], [("Vary", "Origin, A")], id="the same in the first"),
            pytest.param([("Vary", "A"), ("X", "1"), ("Vary", "*")], [("Vary", "*"), ("X", "1")], id="star in a line"),
            pytest.param([("Vary", ""), ("Vary", " ,")], [("Vary", "Origin")], id="nothing in two lines"),
        ],
    )
    def test_is_merged_in_its_place(self, given: Headers, merged: Headers) -> None:
        middleware = CORSMiddleware(answering(*given, ("ETag", "7")), POLICY)
        content_type = ("Content-Type", "text/plain")
        assert ask(middleware).headers == [content_type, *merged, ("ETag", "7")]
        assert ask(middleware, origin=APP).headers == [
            content_type, *merged, ("ETag", "7"), ORIGIN, CREDENTIALS, EXPOSED,
        ]  # fmt: skip

    def test_under_a_public_row_is_the_apps_own(self) -> None:
        middleware = CORSMiddleware(answering(("Vary", "Accept")), Policy(allow_origins="*"))
        assert ask(middleware, origin=APP).cors == [("Vary", "Accept"), ANY]


class TestAppWithCORSHeaders:
    """Under a row with a policy the table is the only authority."""

    OWN = (
        ("Access-Control-Allow-Origin", "*"),
        ("access-control-allow-credentials", "true"),
        ("ACCESS-CONTROL-EXPOSE-HEADERS", "X-Secret"),
        ("Access-Control-Allow-Private-Network", "true"),
    )

    @pytest.fixture(autouse=True)
    def _nothing_said_yet(self) -> Iterator[None]:
        response_headers._told.clear()  # noqa: SLF001  (logged once for each row of a process)
        yield
        response_headers._told.clear()  # noqa: SLF001

    def test_has_them_replaced_and_never_doubled(self) -> None:
        middleware = CORSMiddleware(answering(*self.OWN), {"/": POLICY, "/public": Policy(allow_origins="*")})
        assert ask(middleware, origin=APP).cors == [ORIGIN, CREDENTIALS, EXPOSED, VARY]
        assert ask(middleware, origin=EVIL).cors == [VARY]
        assert ask(middleware).cors == [VARY]
        assert ask(middleware, "/public", origin=EVIL).cors == [ANY]

    def test_keeps_them_where_there_is_no_policy(self) -> None:
        middleware = CORSMiddleware(answering(*self.OWN), {"/api/**": POLICY, "/api/own/**": None})
        for path in ("/api/own/x", "/other"):
            assert ask(middleware, path, origin=EVIL).cors == list(self.OWN)

    def test_is_warned_of_once_for_each_row_and_header(self, caplog: pytest.LogCaptureFixture) -> None:
        app = answering(("Access-Control-Allow-Origin", "*"), ("Access-Control-Max-Age", "5\x1b[31m" + "9" * 1000))
        for _ in range(2):
            middleware = CORSMiddleware(app, {"/a/**": POLICY, "/b": Policy(allow_origins="*")})
            for path in ("/a", "/a/x", "/b"):
                ask(middleware, path, origin=APP)
        lines = [record.getMessage() for record in caplog.records]
        assert [line.partition(": it is replaced")[0][:70] for line in lines] == [
            "The application sets Access-Control-Allow-Origin: * itself at '/a', under row '/a/**'"[:70],
            "The application sets Access-Control-Max-Age: 5\\x1b[31m9999999999999999"[:70],
            "The application sets Access-Control-Allow-Origin: * itself at '/b', under row '/b'"[:70],
            "The application sets Access-Control-Max-Age: 5\\x1b[31m9999999999999999"[:70],
        ]
        assert "under row '/a/**'" in lines[0]
        assert {record.levelname for record in caplog.records} == {"WARNING"}
        assert max(map(len, lines)) < 500

    def test_warning_names_the_path_escaped_and_cut(self, caplog: pytest.LogCaptureFixture) -> None:
        app = answering(("Access-Control-Allow-Origin", "*"))
        environ = make_environ("/me/\x1b[31m" + "x" * 1000, origin=APP)
        run(CORSMiddleware(app, {"/**": POLICY}), environ | {"SCRIPT_NAME": "/mounted"})
        [line] = [record.getMessage() for record in caplog.records]
        assert r"* itself at '/mounted/me/\x1b[31mxxx" in line
        assert len(line) < 500

    def test_what_is_warned_of_is_bounded(self, caplog: pytest.LogCaptureFixture) -> None:
        app = answering(("Access-Control-Allow-Origin", "*"))
        middleware = CORSMiddleware(app, {f"/{number}": POLICY for number in range(150)})
        for number in range(150):
            ask(middleware, f"/{number}", origin=APP)
        assert len(caplog.records) == 100


class TestPreflight:
    """...: under a row with a policy it never reaches the app."""

    def test_of_an_allowed_origin_gets_the_rows_whole_answer(self, middleware: CORSMiddleware) -> None:
        granted = [ORIGIN, CREDENTIALS, ("Access-Control-Allow-Methods", "PUT"), VARY]
        assert preflight(middleware, "/api/me") == Response("204 No Content", granted, b"")

    @pytest.mark.parametrize("origin", [EVIL, "null", "", APP.upper(), f"{APP}, {APP}"])
    def test_of_any_other_origin_is_told_why_in_one_line(self, middleware: CORSMiddleware, origin: str) -> None:
        response = preflight(middleware, "/api/me", origin)
        assert response == Response(
            "403 Forbidden",
            [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(response.body))), VARY],
            b"CORS preflight refused: pages of this origin are not allowed here.\n",
        )

    @pytest.mark.parametrize(("method", "names"), [("PATCH", "x-evil"), ("\x00", "," * 2_000_000), ("GET", "")])
    def test_has_the_same_answer_whatever_it_asks(self, method: str, names: str) -> None:
        for policy in (POLICY, Policy(allow_origins="*", allow_methods="*", allow_headers="*")):
            environs = (
                make_environ(
                    "/a", "OPTIONS", origin=APP, access_control_request_method=each, access_control_request_headers=more
                )
                for each, more in ((method, names), ("PUT", "x-a"))
            )
            one, other = (run(CORSMiddleware(hello, policy), environ) for environ in environs)
            assert one == other
            assert one.status == "204 No Content"

    @pytest.mark.parametrize("origin", [EVIL, "null", "", "x" * 9000], ids=lambda each: each[:20])
    def test_is_refused_by_its_origin_before_anything_else_is_looked_at(self, origin: str) -> None:
        stars = Policy(allow_origins=APP, allow_credentials=True, allow_methods="*", allow_headers="*")
        environ = make_environ("/a", "OPTIONS", origin=origin, access_control_request_method="\x00")
        environ["HTTP_ACCESS_CONTROL_REQUEST_HEADERS"] = "," * 1_048_576
        for policy in (stars, POLICY):
            answer = run(CORSMiddleware(hello, policy), environ.copy())
            assert (answer.status, answer.cors) == ("403 Forbidden", [VARY])

    def test_under_a_public_row_gets_the_star(self, middleware: CORSMiddleware) -> None:
        assert preflight(middleware, "/public/x", EVIL) == Response("204 No Content", [ANY], b"")

    @pytest.mark.parametrize("path", ["/api/admin/x", "/other", "/api/../api/me"])
    def test_without_a_row_or_under_none_is_the_apps_own(self, middleware: CORSMiddleware, path: str) -> None:
        assert preflight(middleware, path) == Response("200 OK", UNTOUCHED, b"hello")

    @pytest.mark.parametrize(("status", "line"), [(200, "200 OK"), (202, "202 OK"), (299, "299 OK")])
    def test_has_the_chosen_status_with_an_empty_body(self, status: int, line: str) -> None:
        middleware = CORSMiddleware(hello, Policy(allow_origins="*"), preflight_status=status)
        assert preflight(middleware, "/") == Response(
            line, [ANY, ("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", "0")], b""
        )

    @pytest.mark.parametrize(
        ("names", "said"),
        [("x y", b"is not a list of names.\n"), ("x," * 200, b"is too long.\n")],
        ids=["malformed", "too long"],
    )
    def test_that_cannot_be_repeated_is_told_why(self, names: str, said: bytes) -> None:
        stars = Policy(allow_origins=APP, allow_credentials=True, allow_headers="*", allow_methods="*")
        response = preflight(CORSMiddleware(hello, stars), "/", names=names)
        assert response.status == "403 Forbidden"
        assert response.body.endswith(said)
        assert response.cors == [("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers")]

    def test_never_reaches_an_app_that_counts_demands_login_redirects_or_answers_405(self) -> None:
        called = []

        def counting(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            called.append(environ)
            return hello(environ, start_response)

        granted = [ORIGIN, CREDENTIALS, ("Access-Control-Allow-Methods", "PUT"), VARY]
        for app in (
            counting,
            answering(("WWW-Authenticate", "Basic"), status="401 Unauthorized"),
            answering(("Location", "/login"), status="302 Found"),
            answering(("Allow", "GET"), status="405 Method Not Allowed"),
        ):
            middleware = CORSMiddleware(app, POLICY)
            assert preflight(middleware, "/") == Response("204 No Content", granted, b"")
            assert preflight(middleware, "/", EVIL).status == "403 Forbidden"
        assert called == []


class TestConstruction:
    """Bad input is refused, all mistakes at once."""

    def test_refuses_all_mistakes_of_arguments_and_table_at_once(self) -> None:
        arguments: dict[str, Any] = {"preflight_status": 302, "intercept_exceptions": 1, "on_decision": "print"}
        with pytest.raises(PolicyError) as caught:
            CORSMiddleware("app", {"/api": {"allow_origins": "null"}, "api": None}, **arguments)  # type: ignore[arg-type]
        assert [(problem.field, problem.code) for problem in caught.value.problems] == [
            ("app", "wrong-type"),
            ("preflight_status", "preflight-status"),
            ("intercept_exceptions", "wrong-type"),
            ("on_decision", "wrong-type"),
            ('"/api".allow_origins', "null-origin"),
            ('"api"', "path-without-slash"),
        ]

    def test_refuses_swapped_arguments_without_calling_the_application(self) -> None:
        def app(*_: object) -> Any:
            raise AssertionError

        with pytest.raises(PolicyError) as caught:
            CORSMiddleware(POLICY, app)  # type: ignore[arg-type]  # what is tested
        assert [(problem.field, problem.code) for problem in caught.value.problems] == [("app", "wrong-type")]

    @pytest.mark.parametrize("given", [None, {"/": POLICY}, POLICY], ids=["None", "dict", "policy"])
    def test_refuses_a_source_that_gives_no_table(self, given: Any) -> None:
        with pytest.raises(PolicyError, match="it must return a PolicyTable"):
            CORSMiddleware(hello, lambda: given)
        middleware = CORSMiddleware(hello, POLICY)
        with pytest.raises(PolicyError, match="it must return a PolicyTable"):
            middleware.reconfigure(lambda: given)
        assert ask(middleware, origin=APP).headers == ALLOWED

    @pytest.mark.parametrize("status", [199, 300, 403, "204", 204.0, True, None])
    def test_refuses_a_preflight_status_that_no_browser_takes(self, status: Any) -> None:
        with pytest.raises(PolicyError, match="preflight-status"):
            CORSMiddleware(hello, POLICY, preflight_status=status)

    @pytest.mark.parametrize(
        "policies", [POLICY, {"/**": POLICY}, PolicyTable({"/**": POLICY})], ids=lambda each: type(each).__name__
    )
    def test_takes_a_policy_a_mapping_or_a_table(self, policies: Any) -> None:
        middleware = CORSMiddleware(hello, policies)
        assert ask(middleware, origin=APP).headers == ALLOWED
        assert middleware.table.rows == {"/**": POLICY}


class TestReconfigure:
    """...swaps the whole table atomically; an invalid one raises and leaves the old one serving."""

    def test_serves_the_new_table(self, middleware: CORSMiddleware) -> None:
        middleware.reconfigure({"/other": POLICY})
        assert ask(middleware, "/other", origin=APP).headers == ALLOWED
        assert ask(middleware, "/api/me", origin=APP).headers == UNTOUCHED
        assert middleware.table.rows == {"/other": POLICY}

    def test_keeps_the_old_table_when_the_new_one_is_refused(self, middleware: CORSMiddleware) -> None:
        with pytest.raises(PolicyError, match="path-without-slash"):
            middleware.reconfigure({"/other": POLICY, "other": POLICY})
        assert ask(middleware, "/api/me", origin=APP).headers == ALLOWED
        assert ask(middleware, "/other", origin=APP).headers == UNTOUCHED
        assert middleware.table.rows == TABLE

    def test_under_load_of_16_threads_no_answer_mixes_two_tables(self) -> None:
        def table(name: str) -> dict[str, Policy]:
            origin = f"https://{name}.example"
            policy = Policy(
                allow_origins=[origin, APP], allow_methods=name.upper(), expose_headers=f"X-{name}", max_age=len(name)
            )
            return {f"/{name}/**": policy, "/shared/**": policy}

        tables = {name: table(name) for name in ("one", "three")}
        middleware = CORSMiddleware(hello, tables["one"])
        whole = {
            name: {
                str(run(CORSMiddleware(hello, tables[name]), environ))
                for environ in (
                    make_environ("/shared/x", origin=APP),
                    make_environ("/shared/x", "OPTIONS", origin=APP, access_control_request_method="GET"),
                )
            }
            for name in tables
        }
        seen: set[str] = set()
        mixed: list[str] = []
        stop = threading.Event()

        def load() -> None:
            while not stop.is_set():
                for environ in (
                    make_environ("/shared/x", origin=APP),
                    make_environ("/shared/x", "OPTIONS", origin=APP, access_control_request_method="GET"),
                ):
                    answer = str(run(middleware, environ))
                    names = {name for name in tables if answer in whole[name]}
                    seen.update(names)
                    if not names:
                        mixed.append(answer)

        threads = [threading.Thread(target=load) for _ in range(16)]
        for thread in threads:
            thread.start()
        for swap in range(100_000):
            middleware.reconfigure(tables["one" if swap % 2 else "three"])
            if mixed or (swap > 2000 and seen == {"one", "three"}):
                break
        stop.set()
        for thread in threads:
            thread.join()
        assert mixed == []
        assert seen == {"one", "three"}


class TestOnDecision:
    """...gets a Decision for every CORS request; what it raises is logged and changes nothing."""

    @pytest.mark.parametrize(
        ("path", "origin", "kind", "allowed", "reason", "pattern"),
        [
            ("/api/me", APP, "actual", True, "origin-allowed", "/api/**"),
            ("/api/me", EVIL, "actual", False, "origin-not-allowed", "/api/**"),
            ("/public/x", EVIL, "actual", True, "any-origin", "/public/**"),
            ("/api/admin/x", APP, "actual", False, "row-without-policy", "/api/admin/**"),
            ("/other", APP, "actual", False, "no-row", None),
            ("/api/me", APP, "preflight", True, "origin-allowed", "/api/**"),
            ("/api/me", EVIL, "preflight", False, "origin-not-allowed", "/api/**"),
            ("/public/x", EVIL, "preflight", True, "any-origin", "/public/**"),
            ("/api/admin/x", APP, "preflight", False, "row-without-policy", "/api/admin/**"),
            ("/other", APP, "preflight", False, "no-row", None),
        ],
    )
    def test_is_told_of_every_cors_request(  # noqa: PLR0913, PLR0917  (one for each column)
        self, path: str, origin: str, kind: Any, allowed: bool, reason: Any, pattern: str | None
    ) -> None:
        decisions: list[Decision] = []
        middleware = CORSMiddleware(hello, TABLE, on_decision=decisions.append)
        if kind == "preflight":
            preflight(middleware, path, origin)
        else:
            ask(middleware, path, origin=origin)
        assert decisions == [Decision(kind=kind, allowed=allowed, reason=reason, path_pattern=pattern, origin=origin)]

    @pytest.mark.parametrize(
        ("names", "reason"), [("x-a", "origin-allowed"), ("x a", "request-headers-malformed")], ids=["yes", "no"]
    )
    def test_is_told_of_a_preflight_whose_answer_repeats_what_it_asks_for(self, names: str, reason: str) -> None:
        decisions: list[Decision] = []
        policy = Policy(allow_origins=APP, allow_credentials=True, allow_headers="*")
        middleware = CORSMiddleware(hello, {"/api/**": policy}, on_decision=decisions.append)
        preflight(middleware, "/api/me", names=names)
        assert [(each.kind, each.reason, each.allowed) for each in decisions] == [
            ("preflight", reason, reason == "origin-allowed")
        ]

    def test_is_not_told_of_a_request_without_origin(self) -> None:
        decisions: list[Decision] = []
        middleware = CORSMiddleware(hello, TABLE, on_decision=decisions.append)
        for path in ("/api/me", "/public/x", "/api/admin/x", "/other"):
            ask(middleware, path)
            ask(middleware, path, "OPTIONS", access_control_request_method="PUT")
        assert decisions == []

    def test_what_it_raises_is_logged_on_one_line_and_changes_nothing(self, caplog: pytest.LogCaptureFixture) -> None:
        def broken(decision: Decision) -> None:
            raise RuntimeError("metrics are down")

        middleware = CORSMiddleware(hello, TABLE, on_decision=broken)
        assert ask(middleware, "/api/me", origin=APP) == Response("200 OK", ALLOWED, b"hello")
        assert preflight(middleware, "/api/me").status == "204 No Content"
        run(middleware, make_environ("/other", origin="x\r\nforged\x85line\u2028"))
        assert [record.levelno for record in caplog.records] == [logging.ERROR] * 3
        for record in caplog.records:
            assert record.exc_info is not None
            assert record.getMessage().isascii()
            assert len(record.getMessage().splitlines()) == 1


def test_path_without_its_slash_is_the_path_with_it_as_for_the_application() -> None:
    middleware = CORSMiddleware(hello, TABLE)  # the validator knows no such path: test clients send it
    assert run(middleware, make_environ("api", origin=APP)).headers == ALLOWED
    assert run(middleware, make_environ("api/me", origin=APP)).headers == UNTOUCHED  # which may be "/me"
    assert run(middleware, make_environ("api/admin/users", origin=APP)).headers == UNTOUCHED
    assert run(middleware, make_environ("elsewhere", origin=APP)).headers == UNTOUCHED


ONE_ROW = {"/api/**": POLICY}


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/api/",
        "/api/me",
        "/api/.a",
        "/apix",
        "/",
        "/Api",
        "*",
        "/api/a//b",
        "/api//",
        "/api/..",
        "/api/./a",
        "/api/a/../b",
        "/api\\a",
        "/api/a\\b",
        "/api/caf\u00e9",
        "api/a/..",
        "./api",
        "..",
        "x" * 70_000,
        "/api" * 20_000,
    ],
    ids=lambda path: ascii(path[:20]),
)
@pytest.mark.parametrize("table", [ONE_ROW, {"/**": POLICY}, {**ONE_ROW, "/": POLICY}], ids=" ".join)
def test_request_has_the_row_that_the_table_gives_its_path(table: dict[str, Policy], path: str) -> None:
    with_slash = path if path.startswith("/") else f"/{path}"
    covered = PolicyTable(table).match(with_slash) is not None
    answer = run(CORSMiddleware(hello, table), make_environ(to_wsgi(path), origin=APP))
    assert answer.headers == (ALLOWED if covered else UNTOUCHED)


def test_path_without_its_slash_is_found_in_a_table_of_one_row_too() -> None:
    middleware = CORSMiddleware(hello, ONE_ROW)
    assert run(middleware, make_environ("api", origin=APP)).headers == ALLOWED
    assert run(middleware, make_environ("apix", origin=APP)).headers == UNTOUCHED


@pytest.mark.parametrize("rows", [ONE_ROW, {"/api/**": POLICY, "/b": None}], ids=len)
def test_environ_without_a_path_is_at_the_root(rows: dict[str, Policy | None]) -> None:
    environ = make_environ("/", origin=APP)
    del environ["PATH_INFO"]
    assert run(CORSMiddleware(hello, rows), environ).headers == UNTOUCHED
    assert run(CORSMiddleware(hello, {**rows, "/": POLICY}), environ).headers == ALLOWED


class Counting(CORSMiddleware):
    """What a user makes of it who wants to do something around each request."""

    count = 0

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        self.count += 1
        return super().__call__(environ, start_response)


def test_subclass_may_override_the_call() -> None:
    middleware = Counting(hello, ONE_ROW)
    assert run(middleware, make_environ("/api/me", origin=APP)).headers == ALLOWED
    middleware.reconfigure({"/other": POLICY})
    assert run(middleware, make_environ("/api/me", origin=APP)).headers == UNTOUCHED
    assert run(middleware, make_environ("/other", origin=APP)).headers == ALLOWED
    assert middleware.count == 3


class TestTiming:
    """`Timing-Allow-Origin`: for the origins of the row, in responses and in nothing else."""

    TIMED = Policy(allow_origins=[APP, "https://*.example.org"], allow_credentials=True, allow_timing=True)

    def test_allowed_origin_gets_it(self) -> None:
        assert ask(CORSMiddleware(hello, self.TIMED), origin=APP).headers == [
            *UNTOUCHED,
            ("Timing-Allow-Origin", APP),
            ORIGIN,
            CREDENTIALS,
            VARY,
        ]

    @pytest.mark.parametrize("headers", [{}, {"origin": EVIL}, {"origin": "null"}], ids=str)
    def test_others_do_not(self, headers: dict[str, str]) -> None:
        assert ask(CORSMiddleware(hello, self.TIMED), **headers).headers == [*UNTOUCHED, VARY]

    def test_any_origin_gets_a_star(self) -> None:
        policy = Policy(allow_origins="*", allow_timing=True)
        for headers in ({}, {"origin": EVIL}):
            assert ask(CORSMiddleware(hello, policy), **headers).headers == [
                *UNTOUCHED,
                ("Timing-Allow-Origin", "*"),
                ANY,
            ]

    @pytest.mark.parametrize("origins", [APP, "*"])
    def test_preflights_never_have_it(self, origins: str) -> None:
        middleware = CORSMiddleware(hello, Policy(allow_origins=origins, allow_timing=True))
        assert "Timing-Allow-Origin" not in dict(preflight(middleware, "/").headers)

    def test_that_of_the_application_is_replaced(self) -> None:
        own = answering(("Timing-Allow-Origin", "*"))
        assert ask(CORSMiddleware(own, self.TIMED), origin=EVIL).headers == [("Content-Type", "text/plain"), VARY]
        assert dict(ask(CORSMiddleware(own, self.TIMED), origin=APP).headers)["Timing-Allow-Origin"] == APP

    def test_a_refused_write_has_none(self) -> None:
        middleware = CORSMiddleware(hello, Policy(allow_origins="*", allow_timing=True), cross_origin_writes="refuse")
        answer = ask(middleware, "/", "POST", origin=EVIL, cookie="s=1")
        assert answer.headers[2:] == [ANY]
