"""Writes of other origins' pages: the requests that reach the application, and the refusals."""

import inspect
import json
import logging
import re
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from wsgiref.validate import validator

import pytest

from corswsgi import CORSMiddleware, Decision, Policy, PolicyError, PolicyTable
from corswsgi.answers import WHY_WRITE_REFUSED
from corswsgi.writes import apart
from tests.support.asking import SHOP, Headers, Response, make_environ, run

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment


EVIL = "https://evil.example.net"
WEB = "https://web.shop.example"
LINES = (Path(__file__).parent / "corpus" / "writes.jsonl").read_text("utf-8").splitlines()
TABLE: dict[str, Any] = json.loads(LINES[0])["table"]
CASES: list[dict[str, Any]] = [json.loads(line) for line in LINES[1:]]
REFUSED = [case for case in CASES if case["verdict"] == "refuse"]
WHY = ("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(WHY_WRITE_REFUSED)))

Mode = Literal["accept", "report", "refuse"]


class Shop:
    """An application that counts how often it is asked, and a body that must not be read."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        self.asked += 1
        start_response("200 OK", [("Content-Type", "text/plain"), ("X-Shop", "7")])
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else b"done"]


class Unread:
    """A request body that fails the test when it is read."""

    def _fail(self, *_: object) -> Any:
        pytest.fail("the body was read")

    read = readline = readlines = __iter__ = _fail


def environ_of(request: dict[str, Any]) -> "WSGIEnvironment":
    environ = make_environ(request["path"], request["method"])
    environ["wsgi.url_scheme"] = request["scheme"]
    environ["wsgi.input"] = Unread()
    del environ["HTTP_HOST"]
    environ.update({f"HTTP_{name.upper().replace('-', '_')}": value for name, value in request["headers"].items()})
    return environ


def request(method: str = "POST", path: str = "/orders", scheme: str = "https", **headers: str) -> "WSGIEnvironment":
    """Make a request to the shop; `headers` are named as keywords."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return environ_of({"method": method, "path": path, "scheme": scheme, "headers": {"Host": "shop.example", **named}})


def handshake(path: str = "/live", **headers: str) -> "WSGIEnvironment":
    return request("GET", path, **{"upgrade": "websocket", "connection": "Upgrade", **headers})


def serve(
    mode: Mode, environ: "WSGIEnvironment", table: Any = TABLE, on_decision: Callable[[Decision], object] | None = None
) -> tuple[Response, int]:
    """Give the answer, and how often the application was asked."""
    shop = Shop()
    middleware = CORSMiddleware(shop, table, cross_origin_writes=mode, on_decision=on_decision)
    return run(middleware, dict(environ)), shop.asked


def passes(environ: "WSGIEnvironment", table: Any = TABLE) -> bool:
    answer, asked = serve("refuse", environ, table)
    assert (answer.status == "200 OK") is (asked == 1)
    return asked == 1


class TestCases:
    @pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['id']} {case['why']}")
    def test_refuse(self, case: dict[str, Any]) -> None:
        environ = environ_of(case["request"])
        told: list[Decision] = []
        answer, asked = serve("refuse", environ, on_decision=told.append)
        if case["verdict"] == "pass":
            assert (answer, asked) == serve("accept", environ)
            assert not {decision.kind for decision in told} & {"write", "websocket"}
            return
        assert (answer.status, asked) == ("403 Forbidden", 0)
        assert tuple(answer.headers[:2]) == WHY
        assert answer.headers[2:] == answer.cors
        assert answer.body == WHY_WRITE_REFUSED
        if "answer" in case:
            vary = [("Vary", case["answer"]["vary"])] if "vary" in case["answer"] else []
            assert sorted(answer.cors) == sorted([*case["answer"]["access-control"].items(), *vary])
        [decision] = told
        assert (decision.allowed, decision.origin) == (False, case["request"]["headers"].get("Origin", ""))
        if "decision" in case:
            assert {"kind": decision.kind, "path_pattern": decision.path_pattern} == case["decision"]

    @pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['id']} {case['why']}")
    def test_report_gives_the_same_verdict_and_asks_all_the_same(self, case: dict[str, Any]) -> None:
        environ = environ_of(case["request"])
        refused: list[Decision] = []
        told: list[Decision] = []
        serve("refuse", environ, on_decision=refused.append)
        assert serve("report", environ, on_decision=told.append) == serve("accept", environ)
        if case["verdict"] == "refuse":
            assert told[0] == refused[0]
            assert [decision.kind for decision in told[1:]] == ["actual"] * ("HTTP_ORIGIN" in environ)
        else:
            assert told == refused

    @pytest.mark.parametrize("case", REFUSED, ids=lambda case: f"{case['id']} {case['why']}")
    def test_accept_and_the_default_change_nothing(
        self, case: dict[str, Any], caplog: pytest.LogCaptureFixture
    ) -> None:
        environ = environ_of(case["request"])
        told: list[Decision] = []
        shop = Shop()
        by_default = run(CORSMiddleware(shop, TABLE, on_decision=told.append), dict(environ))
        assert (by_default, shop.asked) == serve("accept", environ) == (by_default, 1)
        assert {decision.kind for decision in told} <= {"actual"}
        assert caplog.records == []


class TestTheApplicationsOwnPages:
    """Rules 1 to 4: what needs no row."""

    @pytest.mark.parametrize(
        "upgrade",
        ["websocket", "WEBSOCKET", "h2c, websocket", "websocket,h2c", " websocket\t", "websocket/13", "x" * 201],
    )
    def test_get_with_upgrade_is_a_handshake(self, upgrade: str) -> None:
        assert not passes(handshake(upgrade=upgrade, origin=EVIL))

    @pytest.mark.parametrize("upgrade", ["", "h2c", "websockets", "my-websocket", "h2c websocket", "x/websocket"])
    def test_get_with_another_upgrade_is_none(self, upgrade: str) -> None:
        assert passes(handshake(upgrade=upgrade, origin=EVIL))

    @pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
    def test_other_methods_are_never_a_handshake(self, method: str) -> None:
        assert passes(request(method, upgrade="websocket", origin=EVIL))

    def test_preflights_are_answered_as_without_the_switch(self) -> None:
        asking = {"origin": WEB, "access_control_request_method": "PATCH", "sec_fetch_site": "same-site"}
        environ = request("OPTIONS", "/account/x", **asking)
        assert serve("refuse", environ) == serve("accept", environ)
        assert serve("refuse", environ)[0].status == "204 No Content"

    @pytest.mark.parametrize("site", ["", "None", "same-site", "cross-site", "same-origin,none", "\xe9"])
    def test_unknown_sites_are_somebody_elses(self, site: str) -> None:
        assert not passes(request(origin=SHOP, sec_fetch_site=site))

    @pytest.mark.parametrize(
        ("scheme", "passing"),
        [("https", False), ("wss", False), ("HTTPS", False), ("http", True), ("ws", True)],
    )
    def test_a_plain_page_is_another_origin_on_a_secure_server(self, scheme: str, *, passing: bool) -> None:
        assert passes(request(scheme=scheme, origin="http://shop.example")) is passing
        assert passes(request(scheme=scheme, origin="https://shop.example"))

    @pytest.mark.parametrize(
        ("origin", "host"),
        [
            pytest.param("https://shop.example:80", "shop.example:80", id="another scheme's port is no default"),
            pytest.param("https://shop.example.", "shop.example.", id="a dot at the end, on both"),
            pytest.param("http://[fd00::7]", "[FD00::7]:80", id="IPv6"),
        ],
    )
    def test_same_host(self, origin: str, host: str) -> None:
        assert passes(request(scheme="http", origin=origin, host=host))

    @pytest.mark.parametrize(
        ("origin", "host"),
        [
            pytest.param("https://shop.example", "shop.example:80", id="another scheme's default port"),
            pytest.param("https://shop.example", "shop.example.", id="a dot at the end, on one"),
            pytest.param("https://shop.example", "shop.example:", id="a port that is empty"),
            pytest.param("https://shop.example:8443", "shop.example:8443:443", id="two ports"),
            pytest.param("https://shop.example", "shop.example, shop.example", id="two hosts"),
            pytest.param("https://a, https://a", "a, https://a", id="two of each"),
            pytest.param("https://", "", id="nothing"),
            pytest.param("", "", id="empty"),
            pytest.param("shop.example", "shop.example", id="no scheme"),
            pytest.param("app://shop.example", "shop.example", id="a scheme of programs"),
            pytest.param("file://", "", id="a file"),
            pytest.param("https://" + "a." * 5000, "a." * 5000, id="too long"),
            pytest.param("https://shop.example", "shop.example" * 5000, id="a host too long"),
            pytest.param("https://shop.example\n", "shop.example\n", id="a line feed"),
        ],
    )
    def test_another_host(self, origin: str, host: str) -> None:
        assert not passes(request(origin=origin, host=host))

    def test_origins_of_strangers_are_not_kept_for_ever(self) -> None:
        shop = Shop()
        middleware = CORSMiddleware(shop, {}, cross_origin_writes="refuse")
        for number in range(1_500):
            assert run(middleware, request(origin=f"https://{number}.evil.example")).status == "403 Forbidden"
        assert run(middleware, request(origin=SHOP)).status == "200 OK"
        assert shop.asked == 1

    def test_what_is_kept_of_them_is_bounded(self) -> None:
        answer = apart(lambda _environ, _start: "own", lambda _environ, _start: "others")
        known = inspect.getclosurevars(answer).nonlocals["known"]
        for number in range(2_500):
            environ = request(origin=f"https://{number}.evil.example")
            assert answer(environ, lambda *_: lambda _: None) == "others"
            assert 0 < len(known) <= 1_000


class TestRules:
    """Rules 5 to 7: what a row trusts."""

    def test_without_an_origin_nobody_is_trusted(self) -> None:
        table = {
            "/**": Policy(allow_origins="*", accept_writes_from="*", dangerously_accept_writes_from_any_origin=True)
        }
        told: list[Decision] = []
        serve("refuse", request(sec_fetch_site="cross-site"), table, told.append)
        assert [(decision.reason, decision.origin) for decision in told] == [("no-origin", "")]

    @pytest.mark.parametrize("origin", [EVIL, "null", "app://x", "https://a, https://b"])
    def test_any_origin_may_be_trusted(self, origin: str) -> None:
        policy = Policy(accept_writes_from="*", dangerously_accept_writes_from_any_origin=True)
        assert passes(request("DELETE", origin=origin, cookie="s=1", sec_fetch_site="cross-site"), policy)

    def test_null_may_be_trusted(self) -> None:
        policy = Policy(
            accept_writes_from=["null", "https://bank.example"], dangerously_accept_writes_from_any_origin=True
        )
        assert passes(request(origin="null", cookie="s=1", sec_fetch_site="cross-site"), policy)
        assert not passes(request(origin=EVIL, cookie="s=1", sec_fetch_site="cross-site"), policy)

    @pytest.mark.parametrize(
        "pattern",
        [
            "https://*.bank.example",
            "https://pay.bank.example:*",
            re.compile(r"https://pay\.bank\.example"),
            lambda origin, environ: origin == "https://pay.bank.example" and environ["PATH_INFO"] == "/orders",
        ],
        ids=["subdomains", "ports", "regex", "function"],
    )
    def test_accept_writes_from_takes_what_allow_origins_takes(self, pattern: Any) -> None:
        policy = Policy(accept_writes_from=[pattern])
        send = partial(request, cookie="s=1", sec_fetch_site="cross-site")
        assert passes(send("PUT", origin="https://pay.bank.example"), policy)
        assert not passes(send("PUT", origin=EVIL), policy)

    @pytest.mark.parametrize("insecure", [True, False])
    def test_a_regex_matches_http_only_where_the_danger_is_written_out(self, *, insecure: bool) -> None:
        policy = Policy(
            accept_writes_from=re.compile(r"https?://pay\.bank\.example"), dangerously_allow_insecure_origins=insecure
        )
        assert passes(request(origin="http://pay.bank.example", sec_fetch_site="cross-site"), policy) is insecure

    @pytest.mark.parametrize(
        ("authorization", "passing"),
        [
            ("Bearer t", True),
            ("bearer t", True),
            ("Bearer", True),
            ("Bearer  t", True),
            ("Bearers t", False),
            ("Bearer\tt", False),
            ("Bearer t, Basic dTpw", False),
            (" Bearer t", False),
            ("Digest username=x", False),
            ("", False),
        ],
    )
    def test_only_bearer_is_a_scripts_own(self, authorization: str, *, passing: bool) -> None:
        sent = request(path="/feed/x", origin=EVIL, sec_fetch_site="cross-site", authorization=authorization)
        assert passes(sent) is passing

    def test_an_empty_cookie_is_a_cookie(self) -> None:
        assert not passes(request(path="/feed/x", origin=EVIL, sec_fetch_site="cross-site", cookie=""))

    def test_a_login_that_the_server_has_checked_is_the_browsers(self) -> None:
        sent = request(path="/feed/x", origin=EVIL, sec_fetch_site="cross-site")
        assert passes(sent | {"REMOTE_USER": ""})
        assert not passes(sent | {"REMOTE_USER": "ann"})
        assert passes(sent | {"REMOTE_USER": "ann", "HTTP_AUTHORIZATION": "Bearer t"})

    def test_a_predicate_that_raises_refuses(self, caplog: pytest.LogCaptureFixture) -> None:
        def broken(_origin: str, _environ: object) -> bool:
            raise LookupError

        assert not passes(request(origin=EVIL, sec_fetch_site="cross-site"), Policy(accept_writes_from=broken))
        assert "LookupError" in caplog.text

    @pytest.mark.parametrize(
        ("path", "headers", "reason"),
        [
            ("/orders", {"origin": WEB}, "no-row"),
            ("/staff/x", {"origin": WEB}, "row-without-policy"),
            ("/feed/x", {}, "no-origin"),
            ("/account/x", {"origin": EVIL}, "origin-not-allowed"),
            ("/account/x", {"origin": WEB}, "method-not-allowed"),
            ("/stock/x", {"origin": "https://ally.example", "cookie": "s=1"}, "credentials-not-allowed"),
        ],
    )
    def test_each_refusal_has_its_reason(self, path: str, headers: dict[str, str], reason: str) -> None:
        told: list[Decision] = []
        serve("refuse", request("PUT", path, sec_fetch_site="cross-site", **headers), on_decision=told.append)
        assert [decision.reason for decision in told] == [reason]


class TestPolicyThatTrustsWritersAlone:
    """`accept_writes_from` without `allow_origins`: no CORS headers, and preflights go to the application."""

    POLICY = Policy(accept_writes_from="https://bank.example")

    @pytest.mark.parametrize("mode", ["accept", "report", "refuse"])
    def test_it_adds_no_headers(self, mode: Mode) -> None:
        own: Headers = [("Content-Type", "text/plain"), ("X-Shop", "7")]
        for sent in (
            request("GET", origin="https://bank.example"),
            request("POST", origin="https://bank.example"),
            request("OPTIONS", origin="https://bank.example", access_control_request_method="PUT"),
        ):
            assert serve(mode, sent, self.POLICY) == (Response("200 OK", own, b"done"), 1)

    def test_its_decisions_say_that_there_is_no_cors(self) -> None:
        told: list[Decision] = []
        serve("refuse", request("GET", origin=EVIL), self.POLICY, told.append)
        assert [(decision.kind, decision.reason) for decision in told] == [("actual", "row-without-policy")]


class TestSwitch:
    @pytest.mark.parametrize("value", ["on", True, None, "", "Refuse", ["refuse"], object()], ids=repr)
    def test_the_switch_is_one_of_three_words(self, value: Any) -> None:
        with pytest.raises(PolicyError) as refused:
            CORSMiddleware(Shop(), {}, cross_origin_writes=value)
        [problem] = refused.value.problems
        assert (problem.code, problem.field, problem.value) == ("cross-origin-writes", "cross_origin_writes", value)

    def test_it_is_refused_together_with_all_else(self) -> None:
        with pytest.raises(PolicyError) as refused:
            CORSMiddleware(Shop(), {"api": None}, preflight_status=100, cross_origin_writes="on")  # type: ignore[arg-type]
        assert [problem.code for problem in refused.value.problems][:2] == ["preflight-status", "cross-origin-writes"]
        assert len(refused.value.problems) == 3

    def test_the_switch_outlives_reconfigure(self) -> None:
        shop = Shop()
        middleware = CORSMiddleware(shop, {}, cross_origin_writes="refuse")
        sent = request(path="/new", origin=WEB, cookie="s=1", sec_fetch_site="same-site")
        assert run(middleware, sent).status == "403 Forbidden"
        middleware.reconfigure({"/new": Policy(allow_origins=WEB, allow_credentials=True)})
        assert run(middleware, sent).status == "200 OK"
        assert run(middleware, sent | {"PATH_INFO": "/old"}).status == "403 Forbidden"

    def test_the_switch_goes_with_a_source_of_tables(self) -> None:
        tables = [PolicyTable({}), PolicyTable({"/new": Policy(accept_writes_from=WEB)})]
        serving = tables[0]
        middleware = CORSMiddleware(Shop(), lambda: serving, cross_origin_writes="refuse")
        sent = request(path="/new", origin=WEB, cookie="s=1", sec_fetch_site="same-site")
        assert run(middleware, sent).status == "403 Forbidden"
        serving = tables[1]
        assert run(middleware, sent).status == "200 OK"

    def test_a_refused_write_never_reaches_what_intercepts_exceptions(self) -> None:
        middleware = CORSMiddleware(Shop(), {}, cross_origin_writes="refuse", intercept_exceptions=True)
        assert run(middleware, request(origin=EVIL)).status == "403 Forbidden"

    def test_the_answer_is_valid_wsgi(self) -> None:
        middleware = validator(CORSMiddleware(Shop(), TABLE, cross_origin_writes="refuse"))
        environ = make_environ("/account/x", "POST", origin=EVIL, host="shop.example")
        assert run(middleware, environ).status == "403 Forbidden"

    def test_what_on_decision_raises_changes_nothing(self, caplog: pytest.LogCaptureFixture) -> None:
        def broken(_decision: Decision) -> None:
            raise LookupError

        answer, asked = serve("refuse", request(origin=EVIL), on_decision=broken)
        assert (answer.status, asked) == ("403 Forbidden", 0)
        assert "on_decision raised for Decision(kind='write'" in caplog.text


class TestLog:
    """Each kind is logged once, by WARNING, escaped and bounded."""

    @pytest.fixture
    def middleware(self) -> CORSMiddleware:
        return CORSMiddleware(Shop(), TABLE, cross_origin_writes="refuse")

    @staticmethod
    def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
        assert {(record.name, record.levelno) for record in caplog.records} <= {("corswsgi", logging.WARNING)}
        return [record.getMessage() for record in caplog.records]

    def test_says_what_and_why_once(self, middleware: CORSMiddleware, caplog: pytest.LogCaptureFixture) -> None:
        for path in ("/account/x", "/account/y"):
            run(middleware, request("PUT", path, origin=WEB, sec_fetch_site="same-site"))
        assert self.lines(caplog) == [
            (
                "Refused PUT '/account/x' by a page of 'https://web.shop.example': row '/account/**' does not list this"
                ' method in allow_methods. (cross_origin_writes="refuse"; each kind is logged once)'
            )
        ]

    def test_report_says_would(self, caplog: pytest.LogCaptureFixture) -> None:
        serve("report", handshake(sec_fetch_site="cross-site"))
        assert self.lines(caplog) == [
            (
                "Would refuse the WebSocket '/live' by a page of an unknown origin: no row of the table covers this"
                ' path. (cross_origin_writes="report"; each kind is logged once)'
            )
        ]

    def test_a_row_none_is_named(self, middleware: CORSMiddleware, caplog: pytest.LogCaptureFixture) -> None:
        run(middleware, request(path="/staff/x", origin=WEB, sec_fetch_site="same-site"))
        assert "row '/staff/**' has no policy. (" in self.lines(caplog)[0]

    def test_each_row_reason_and_method_is_a_kind(
        self, middleware: CORSMiddleware, caplog: pytest.LogCaptureFixture
    ) -> None:
        send = partial(request, sec_fetch_site="cross-site")
        for _ in range(2):
            run(middleware, send("PUT", "/account/x", origin=EVIL))
            run(middleware, send("PUT", "/account/x", origin=WEB))
            run(middleware, send("POST", "/account/x", origin=EVIL))
            run(middleware, send("PUT", "/stock/x", origin=EVIL))
            run(middleware, request("PUT", "/stock/x", origin=EVIL))
        assert len(self.lines(caplog)) == 5

    def test_unknown_methods_are_one_kind(self, middleware: CORSMiddleware, caplog: pytest.LogCaptureFixture) -> None:
        for number in range(50):
            run(middleware, request(f"X{number}", origin=EVIL, sec_fetch_site="cross-site"))
        assert len(self.lines(caplog)) == 1

    @pytest.mark.parametrize(
        ("origin", "host", "scheme", "hinted"),
        [
            (SHOP, "backend:8000", "http", True),
            (SHOP, "", "http", True),
            (EVIL, "shop.example", "https", True),
            ("http://shop.example", "shop.example:80", "https", False),
            ("null", "shop.example", "https", False),
            ("app://shop", "shop.example", "https", False),
        ],
    )
    def test_says_that_a_proxy_may_change_host(
        self, origin: str, host: str, scheme: str, caplog: pytest.LogCaptureFixture, *, hinted: bool
    ) -> None:
        serve("refuse", request(scheme=scheme, origin=origin, host=host))
        serve("refuse", request(scheme=scheme, origin=origin, host=host, sec_fetch_site="cross-site"))
        hint = f"its Host is {host!r}: if this is your own page, a proxy changes Host"
        assert [hint in line for line in self.lines(caplog)] == [hinted, False]

    def test_escapes_and_bounds_what_is_hostile(
        self, middleware: CORSMiddleware, caplog: pytest.LogCaptureFixture
    ) -> None:
        evil = "\x1b[31m\n\xe9" + "x" * 10_000
        run(middleware, request(evil, "/" + evil, origin="https://" + evil, host=evil))
        [line] = self.lines(caplog)
        assert line.isascii()
        assert line.isprintable()
        assert len(line) < 1500

    def test_ends_after_many_kinds(self, caplog: pytest.LogCaptureFixture) -> None:
        rows = {f"/{number}": None for number in range(300)}
        middleware = CORSMiddleware(Shop(), rows, cross_origin_writes="refuse")
        for number in range(300):
            run(middleware, request(path=f"/{number}", origin=EVIL, sec_fetch_site="cross-site"))
        lines = self.lines(caplog)
        assert len(lines) == 201
        assert lines[-1] == "Writes of other origins: further kinds are not logged; use on_decision to see them all."
