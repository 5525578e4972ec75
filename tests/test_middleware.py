"""`CORSMiddleware`: refusals, the row of a request, and changes of the table while it serves."""

import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask

from corswsgi import CORSMiddleware, Policy, PolicyError, PolicyTable
from corswsgi.paths.trie import to_wsgi
from tests.support.asking import APP, ask, hello, make_environ, run
from tests.support.rows import ALLOWED, POLICY, TABLE, UNTOUCHED

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment


@pytest.fixture
def middleware() -> CORSMiddleware:
    return CORSMiddleware(hello, TABLE)


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
    """A user's subclass that does something around each request."""

    count = 0

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        self.count += 1
        return super().__call__(environ, start_response)


def test_attribute_of_an_application_that_was_wrapped_as_a_whole_says_how_to_keep_it() -> None:
    wrapped: Any = CORSMiddleware(Flask(__name__), {})
    with pytest.raises(AttributeError) as caught:
        wrapped.get  # noqa: B018  (it raises)
    assert str(caught.value) == (
        "'CORSMiddleware' object has no attribute 'get': write app.wsgi_app = CORSMiddleware(app.wsgi_app, ...), "
        "so that app remains the application"
    )
    for other, name in ((CORSMiddleware(hello, {}), "get"), (wrapped, "no_such")):
        with pytest.raises(AttributeError) as caught:
            getattr(other, name)
        assert str(caught.value) == f"'CORSMiddleware' object has no attribute {name!r}"


def test_subclass_may_override_the_call() -> None:
    middleware = Counting(hello, ONE_ROW)
    assert run(middleware, make_environ("/api/me", origin=APP)).headers == ALLOWED
    middleware.reconfigure({"/other": POLICY})
    assert run(middleware, make_environ("/api/me", origin=APP)).headers == UNTOUCHED
    assert run(middleware, make_environ("/other", origin=APP)).headers == ALLOWED
    assert middleware.count == 3
