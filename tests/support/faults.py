"""Configurations with one problem each, and a reader that does what a hint says."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from corswsgi import CORSMiddleware, PolicyError, PolicyTable, Problem
from corswsgi.origins.loaded import LoadedOrigins
from corswsgi.problems import Step
from tests.support.asking import hello

ORIGINS = {"allow_origins": "https://app.example.com"}
COOKIES = {"allow_credentials": True}


def _in_list(*origins: object, **others: object) -> dict[str, object]:
    return {"allow_origins": ["https://fine.example", *origins], **others}


# The fields of a policy, with one problem each: some codes have several messages
POLICIES: list[tuple[str, Mapping[str, Any]]] = [
    ("wrong-type", {**ORIGINS, "allow_credentials": "yes"}),
    ("wrong-type", {**ORIGINS, "allow_headers": 1}),
    ("wrong-type", {**ORIGINS, "allow_headers": [1]}),
    ("wrong-type", {**ORIGINS, "max_age": "600"}),
    ("wrong-type", _in_list(1)),
    ("wrong-type", _in_list(re.compile(rb"https://a"))),
    ("unknown-field", {"allow_origin": "https://app.example.com", **ORIGINS}),
    ("quotes-in-value", _in_list("'https://app.example.com'")),
    ("list-in-string", {**ORIGINS, "allow_headers": "X-A, X-B"}),
    ("list-in-string", _in_list("https://a.example https://b.example")),
    ("list-in-string", _in_list(" , ")),
    ("no-origins", {"allow_origins": []}),
    ("any-origin-with-credentials", {"allow_origins": "*", **COOKIES}),
    ("any-origin-beside-others", {"allow_origins": ["*", "https://app.example.com"]}),
    ("field-without-origins", {"accept_writes_from": "https://app.example.com", "max_age": 5}),
    ("any-origin-may-write", {**ORIGINS, "accept_writes_from": "*"}),
    ("any-origin-may-write", {**ORIGINS, "accept_writes_from": ["null"]}),
    ("null-origin", _in_list("null")),
    ("file-origin", _in_list("file:///tmp/x")),
    ("origin-without-scheme", _in_list("app.example.com")),
    ("origin-without-scheme", _in_list("")),
    ("malformed-scheme", _in_list("1s://app.example.com")),
    ("origin-with-path", _in_list("https://app.example.com/x")),
    ("origin-with-query", _in_list("https://app.example.com?x")),
    ("origin-with-fragment", _in_list("https://app.example.com#x")),
    ("origin-with-userinfo", _in_list("https://me@app.example.com")),
    ("origin-with-trailing-slash", _in_list("https://app.example.com/")),
    ("default-port", _in_list("https://app.example.com:443")),
    ("port-out-of-range", _in_list("https://app.example.com:0")),
    ("malformed-port", _in_list("https://app.example.com:x")),
    ("malformed-port", _in_list("https://app.example.com:08443")),
    ("origin-in-upper-case", _in_list("https://App.example.com")),
    ("origin-in-upper-case", _in_list("App://x")),
    ("origin-in-unicode", _in_list("https://bücher.example")),
    ("origin-in-unicode", _in_list("https://straße.example")),
    ("non-canonical-address", _in_list("http://[::0001]")),
    ("non-canonical-address", _in_list("http://127.1")),
    ("malformed-host", _in_list("https://a..example")),
    ("malformed-host", _in_list("app://a%b")),
    ("misplaced-wildcard", _in_list("https://a*.example.com")),
    ("misplaced-wildcard", _in_list("app://a*b")),
    ("misplaced-wildcard", {**ORIGINS, "allow_headers": ["X-*"]}),
    ("wildcard-over-address", _in_list("http://*.10.0.0.1")),
    ("insecure-origin-with-credentials", _in_list("http://app.example.com", **COOKIES)),
    ("insecure-origin-with-credentials", _in_list(re.compile(r"http://app\.example\.com"), **COOKIES)),
    ("public-suffix-with-credentials", _in_list("https://*.github.io", **COOKIES)),
    ("public-suffix-with-credentials", _in_list("https://*.amazonaws.com", **COOKIES)),
    ("regex-with-comments", _in_list(re.compile(r"https://a(?#.)"))),
    ("regex-with-unescaped-dot", _in_list(re.compile(r"https://www.example\.com"))),
    ("any-origin-regex-with-credentials", _in_list(re.compile(r"https://.*"), **COOKIES)),
    ("any-origin-regex-with-credentials", _in_list(re.compile(r"https://[a-z]*example\.com"), **COOKIES)),
    ("any-origin-regex-with-credentials", _in_list(re.compile(r"https://[a-z]+\.github\.io"), **COOKIES)),
    ("regex-without-match", _in_list(re.compile(r"app\.example\.com"))),
    ("slow-regex", _in_list(re.compile(r"https://([a-z]+)+\.example\.com"))),
    ("any-program-with-credentials", _in_list("moz-extension://*", **COOKIES)),
    ("not-a-token", {**ORIGINS, "allow_headers": ["X:A"]}),
    ("not-a-token", {**ORIGINS, "allow_headers": ["application/json"]}),
    ("forbidden-method", {**ORIGINS, "allow_methods": ["TRACE"]}),
    ("method-in-wrong-case", {**ORIGINS, "allow_methods": ["put"]}),
    ("forbidden-request-header", {**ORIGINS, "allow_headers": ["Cookie2"]}),
    ("response-header-in-request", {**ORIGINS, "allow_headers": ["ETag"]}),
    ("response-header-in-request", {**ORIGINS, "allow_headers": ["Set-Cookie"]}),
    ("forbidden-response-header", {**ORIGINS, "expose_headers": ["Set-Cookie"]}),
    ("request-header-in-response", {**ORIGINS, "expose_headers": ["Cookie"]}),
    ("request-header-in-response", {**ORIGINS, "expose_headers": ["User-Agent"]}),
    ("any-exposed-header-with-credentials", {**ORIGINS, **COOKIES, "expose_headers": "*"}),
    ("negative-max-age", {**ORIGINS, "max_age": -1}),
    ("max-age-not-whole", {**ORIGINS, "max_age": 1.5}),
    ("max-age-too-long", {**ORIGINS, "max_age": 86_401}),
]

# Path patterns, of which the last has the problem
TABLES: list[tuple[str, list[object]]] = [
    ("wrong-type", [1]),
    ("path-without-slash", ["api/**"]),
    ("path-with-query", ["/api?x"]),
    ("ambiguous-path", ["/a//b"]),
    ("foreign-path-syntax", ["/api/items/<int:id>"]),
    ("foreign-path-syntax", ["^/api/([^/]+)/(\\d+)-x.*y"]),
    ("misplaced-double-star", ["/a**"]),
    ("several-stars-in-segment", ["/a*b*"]),
    ("ambiguous-patterns", ["/ab*", "/*ab"]),
]

# Arguments of what is called
ARGUMENTS: list[tuple[str, Callable[..., object], Mapping[str, Any]]] = [
    ("preflight-status", CORSMiddleware, {"app": hello, "policies": {}, "preflight_status": 302}),
    ("wrong-type", CORSMiddleware, {"app": hello, "policies": {}, "intercept_exceptions": 1}),
    ("cross-origin-writes", CORSMiddleware, {"app": hello, "policies": {}, "cross_origin_writes": True}),
    ("every-not-positive", LoadedOrigins, {"load": list, "every": 0}),
    ("keep-for-below-every", LoadedOrigins, {"load": list, "every": 10, "keep_for": 5}),
]


def problems_of(made: Callable[[], object]) -> tuple[Problem, ...]:
    """Return the problems of what is made, none if it is accepted."""
    try:
        made()
    except PolicyError as error:
        return error.problems
    return ()


def followed(  # noqa: C901  (one branch for each kind)
    step: Step, problem: Problem, fields: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Do what a step says to the fields in which a problem was found. None is "no CORS here"."""
    if step.kind == "no-cors":
        return None
    changed = dict(fields)
    name, _, index = problem.field.partition("[")
    if index:
        entry = slice(int(index[:-1]), int(index[:-1]) + 1)
        changed[name] = list(changed[name])
        if step.kind == "write":
            changed[name][entry] = step.entries
        elif step.kind in {"drop", "move"}:
            del changed[name][entry]
    elif step.kind in {"drop", "rename"}:
        del changed[name]
    elif step.kind == "write":
        changed[name] = step.entries[0] if len(step.entries) == 1 else list(step.entries)
    match step.kind:
        case "set":
            changed[step.field] = step.entries[0]
        case "unset":
            del changed[step.field]
        case "rename":
            changed[step.field] = problem.value
        case "add":
            changed[step.field] = [*_listed(changed.get(step.field, ())), *step.entries]
        case "move":
            changed[step.field] = [*_listed(changed.get(step.field, ())), problem.value]
    return changed


def _listed(value: object) -> Iterable[object]:
    return [value] if isinstance(value, str) else value  # type: ignore[return-value]


def table_of(patterns: Iterable[object]) -> Callable[[], object]:
    """Return what makes a table of patterns, all with one policy."""
    return lambda: PolicyTable(dict.fromkeys(patterns, ORIGINS))  # type: ignore[arg-type]
