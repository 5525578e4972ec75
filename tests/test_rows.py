"""The application for the paths of a row: requests, preflights, and the calls of `on_decision`."""

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pytest

from corswsgi import CORSMiddleware, Decision, Policy, rows
from tests.support.asking import APP, EVIL, Response, ask, hello, make_environ, preflight, run
from tests.support.rows import ALLOWED, ANY, CREDENTIALS, EXPOSED, ORIGIN, POLICY, TABLE, UNTOUCHED, VARY, answering

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment


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
        of_public = ask(middleware, "/public/x", "OPTIONS", access_control_request_method="PUT")
        assert (of_public.status, of_public.body) == ("200 OK", b"hello")

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


def test_views_share_the_answers_of_a_policy_and_none_is_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "_MOST_SHARED", 2)
    monkeypatch.setattr(rows, "_shared", {})
    policies = [Policy(allow_origins=f"https://{name}.example.com") for name in "abc"]
    first = rows.in_front_of(policies[0], "/a")
    assert rows.in_front_of(policies[0], "/b").grants is first.grants
    assert first.grants not in [rows.in_front_of(policy, "/a").grants for policy in policies[1:]]
    assert len(rows._shared) == 1  # noqa: SLF001  (nothing public says it)
