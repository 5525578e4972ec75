"""One table as TOML, Python and Flask-CORS's options: each reads back as the same table."""

import re
import tomllib
from typing import Any

import pytest

from corswsgi import CORSMiddleware, Policy, PolicyTable
from corswsgi.files import policies_in
from corswsgi.flask.options import read_options
from corswsgi.playground.renderings import (
    as_flask_cors,
    as_python,
    as_toml,
    flask_options,
    flask_resource,
    is_text,
    toml_value,
)
from corswsgi.policy import Policy as PolicyType

FULL = PolicyTable({
    "/api/**": Policy(
        allow_origins=["https://app.example.com", "https://*.preview.example.com", "http://localhost:*"],
        allow_credentials=True,
        allow_methods=["PUT", "DELETE"],
        allow_headers=["Content-Type"],
        expose_headers=["ETag"],
        max_age=0,
    ),
    "/public/*.json": Policy(allow_origins="*", allow_methods="*", allow_headers="*", max_age=60),
    "/files/null": Policy(allow_origins=["null"], dangerously_allow_null_origin=True),
    "/hooks": Policy(accept_writes_from="https://pay.example.com"),
    "/it's": None,
})  # fmt: skip


def test_toml_reads_back_as_the_same_table() -> None:
    assert policies_in(as_toml(FULL), "x")[0] == FULL


@pytest.mark.parametrize("text", ['say "hi"', "back\\slash", "two\nlines", "\u2028", "\x00", "it's", "é 例"])
def test_odd_characters_survive_in_toml(text: str) -> None:
    assert tomllib.loads(f"value = {toml_value(text)}") == {"value": text}


def test_what_looks_like_a_variable_is_none_in_toml() -> None:
    assert toml_value("${HOME}") == '"$${HOME}"'


def test_python_evaluates_to_the_same_table() -> None:
    class App:
        wsgi_app = staticmethod(lambda _environ, _start: [])  # type: ignore[var-annotated]

    names: dict[str, Any] = {"app": App()}
    exec(as_python(FULL), names)  # noqa: S102  (our own words)
    assert PolicyTable(names["policies"]) == FULL
    assert isinstance(names["app"].wsgi_app, CORSMiddleware)


def test_what_toml_cannot_hold_is_known_and_named_in_python() -> None:
    def ours(_origin: str, _environ: object) -> bool:
        return True

    regexes = [re.compile(r"https://a\d\.example\.com"), re.compile(r"https://b\.example\.com", re.IGNORECASE)]
    table = PolicyTable({"/a": Policy(allow_origins=[*regexes, ours])})
    assert (is_text(FULL), is_text(table)) == (True, False)
    compiled = r"re.compile('https://a\\d\\.example\\.com'), re.compile('https://b\\.example\\.com', re.IGNORECASE)"
    assert f"allow_origins=[{compiled}, {ours.__qualname__}]," in as_python(table)
    assert not is_text(PolicyTable({"/a": Policy(allow_origins="https://a.example", accept_writes_from=ours)}))
    policy = table.rows["/a"]
    assert policy is not None
    options, comments = flask_options(policy)
    assert options["origins"] == regexes
    assert comments == ["a function decides on other origins: Flask-CORS takes none"]


@pytest.mark.parametrize("pattern", ["/api/**", "/public/*.json", "/files/null"])
def test_flask_s_options_are_read_as_a_policy_that_allows_the_same(pattern: str) -> None:
    policy = FULL.rows[pattern]
    assert policy is not None
    options, _ = flask_options(policy)
    opt_outs = {"dangerously_allow_null_origin": True} if pattern == "/files/null" else {}
    read = read_options({**options, **opt_outs}, []).policy
    assert isinstance(read, PolicyType)
    for origin in (
        "https://app.example.com", "https://a.preview.example.com", "https://a.b.preview.example.com", "null",
        "https://preview.example.com", "http://localhost", "http://localhost:3000", "https://evil.example",
        "https://xapp.example.com", "http://localhost.evil.example",
    ):  # fmt: skip
        assert read.allows_origin(origin) is policy.allows_origin(origin), origin
    assert {*read.allow_methods, "GET", "HEAD", "POST"} == {*policy.allow_methods, "GET", "HEAD", "POST"}
    assert read.expose_headers == policy.expose_headers
    assert (read.max_age, read.allow_credentials) == (policy.max_age, policy.allow_credentials)
    assert {*policy.allow_headers} <= {*read.allow_headers}


@pytest.mark.parametrize(
    ("pattern", "inside", "outside"),
    [
        ("/api/**", ["/api", "/api/", "/api/x/y"], ["/apix", "/x/api"]),
        ("/a-b/*.json", ["/a-b/x.json"], ["/a-b/x/y.json", "/a-b/xjson"]),
        ("/me", ["/me"], ["/me/x", "/men"]),
        ("/**", ["/", "/x"], []),
    ],
)
def test_resources_are_regexes_of_the_same_paths(pattern: str, inside: list[str], outside: list[str]) -> None:
    regex = re.compile(flask_resource(pattern))
    assert [bool(regex.match(path)) for path in (*inside, *outside)] == [True] * len(inside) + [False] * len(outside)


def test_flask_cors_text_names_what_it_cannot_say() -> None:
    text = as_flask_cors(FULL)
    assert '    # "/it\'s": no CORS here; Flask-CORS has no such row, and a wider one would serve it\n' in text
    assert "        # dangerously_allow_null_origin: Flask-CORS does not ask\n" in text
    assert "        # accept_writes_from: Flask-CORS has no such option\n" in text
    assert '        "origins": [],\n' in text
    compile(text, "flask", "exec")
