"""A row's headers among those of an application: CORS headers are replaced, and `Vary` is merged."""

from collections.abc import Iterator

import pytest

from corswsgi import CORSMiddleware, Policy, response_headers
from tests.support.asking import APP, EVIL, Headers, ask, hello, make_environ, run
from tests.support.rows import ANY, CREDENTIALS, EXPOSED, ORIGIN, POLICY, TABLE, VARY, answering


@pytest.fixture
def middleware() -> CORSMiddleware:
    return CORSMiddleware(hello, TABLE)


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
