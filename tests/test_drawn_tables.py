"""The laws that hold for every table and every request, as property tests."""

import re
from itertools import permutations
from typing import TYPE_CHECKING, Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from corswsgi import CORSMiddleware, Policy, PolicyError, PolicyTable
from corswsgi.paths.trie import from_wsgi, to_wsgi
from corswsgi.standard import SERIALIZED_ORIGIN
from tests.support.asking import Headers, hello, make_environ, run
from tests.support.drawn import MANGLED, ORIGIN, PATH, PATTERN, POLICY, SCHEME, WILD
from tests.support.specificity import specificity

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment


def covers(pattern: str, origin: str) -> bool:
    """Say in other words what DESIGN says of one origin pattern."""
    if pattern == "*":
        return True
    parsed = re.fullmatch(r"([a-z]+)://([a-z0-9-]+(?:\.[a-z0-9-]+)*)(?::([1-9][0-9]*))?", origin)
    if parsed is None or (parsed[1], parsed[3]) in {("http", "80"), ("https", "443")} or int(parsed[3] or 1) > 65535:
        return False
    scheme, _, rest = pattern.partition("://")
    host, _, port = rest.partition(":")
    right_host = parsed[2].endswith(host[1:]) and parsed[2] != host[2:] if host[0] == "*" else parsed[2] == host
    return parsed[1] == scheme and right_host and (port == "*" or port == (parsed[3] or ""))


def refusal(policies: dict[str, Policy | None]) -> set[str]:
    """Give the codes for which a table is refused."""
    try:
        PolicyTable(policies)
    except PolicyError as error:
        return {problem.code for problem in error.problems}
    return set()


def make_table(policies: dict[str, Policy | None]) -> PolicyTable:
    """Make a table, if its patterns do not tie."""
    codes = refusal(policies)
    assume(codes != {"ambiguous-patterns"})
    assert codes == set()
    return PolicyTable(policies)


@given(st.lists(WILD, min_size=1, max_size=6), MANGLED)
def test_the_set_of_origins_answers_as_the_or_of_its_members(patterns: list[str], origin: str) -> None:
    verdict = Policy(allow_origins=patterns).allows_origin(origin)
    assert verdict == any(Policy(allow_origins=pattern).allows_origin(origin) for pattern in patterns)
    assert verdict == any(covers(pattern, origin) for pattern in patterns)


@given(MANGLED | st.tuples(SCHEME, st.sampled_from(["://*.", "://"]), MANGLED).map("".join))
def test_an_accepted_pattern_is_accepted_again_and_matches_what_it_says(pattern: str) -> None:
    try:
        policy = Policy(allow_origins=pattern)
    except PolicyError as error:
        problems = error.problems
    else:
        assert Policy(allow_origins=policy.allow_origins) == policy
        concrete = pattern.replace("://*.", "://a.").replace(":*", "")
        assert policy.allows_origin(concrete)
        assert pattern == "*" or SERIALIZED_ORIGIN.fullmatch(concrete)
        return
    assert all(problem.code and problem.hint and len(str(problem).splitlines()) == 1 for problem in problems)


@given(st.sets(PATTERN, min_size=1, max_size=8), st.lists(PATH, min_size=1, max_size=8))
@settings(max_examples=300)
def test_the_trie_agrees_with_a_brute_force_matcher(patterns: set[str], paths: list[str]) -> None:
    table = make_table(dict.fromkeys(patterns))
    for path in paths:
        ranked = {pattern: rank for pattern in patterns if (rank := specificity(pattern, path, patterns)) is not None}
        expected = max(ranked, key=ranked.__getitem__) if ranked else None
        if "//" not in path:
            assert table.match(path) == ((expected, None) if expected else None)


@given(st.sets(PATTERN, min_size=2, max_size=8), st.lists(PATH, max_size=8))
@settings(max_examples=300)
def test_a_table_is_refused_if_two_patterns_tie(patterns: set[str], paths: list[str]) -> None:
    tied = False
    for path in paths:
        ranks = [rank for pattern in patterns if (rank := specificity(pattern, path, patterns)) is not None]
        tied = tied or ("//" not in path and len(ranks) != len(set(ranks)))
    if tied:
        assert refusal(dict.fromkeys(patterns)) == {"ambiguous-patterns"}


@given(st.dictionaries(PATTERN, POLICY | st.none(), min_size=2, max_size=4), PATH, MANGLED)
def test_any_permutation_of_rows_gives_the_same_verdicts(
    rows: dict[str, Policy | None], path: str, origin: str
) -> None:
    make_table(rows)
    environ = make_environ(to_wsgi(path), origin=origin)
    answers = [run(CORSMiddleware(hello, dict(ordered)), environ) for ordered in permutations(rows.items())]
    assert all(answer == answers[0] for answer in answers)


@given(st.text())
def test_wsgi_form_of_a_path_is_read_back(path: str) -> None:
    assert from_wsgi(to_wsgi(path)) == path


# What of an environ a client controls, byte for byte
NATIVE = st.binary(max_size=60).map(lambda sent: sent.decode("latin-1"))
METHOD = st.sampled_from(["GET", "OPTIONS", "HEAD", "POST"]) | NATIVE
HOSTILE = st.fixed_dictionaries(
    {"REQUEST_METHOD": METHOD, "PATH_INFO": NATIVE | PATH.map(to_wsgi)},
    optional={
        "HTTP_ORIGIN": NATIVE | ORIGIN,
        "HTTP_ACCESS_CONTROL_REQUEST_METHOD": NATIVE | st.just("PUT"),
        "HTTP_ACCESS_CONTROL_REQUEST_HEADERS": NATIVE | st.integers(0, 5000).map(lambda size: "," * size),
        "HTTP_ACCESS_CONTROL_REQUEST_PRIVATE_NETWORK": st.just("true"),
        "HTTP_COOKIE": NATIVE,
        "QUERY_STRING": NATIVE,
        "SCRIPT_NAME": NATIVE,
    },
)


@given(st.dictionaries(PATTERN, POLICY, max_size=4), HOSTILE)
@settings(max_examples=400)
def test_no_request_raises_or_yields_a_value_that_was_not_in_the_policy(
    rows: dict[str, Policy | None], hostile: "WSGIEnvironment"
) -> None:
    table = make_table(rows)
    response = run(CORSMiddleware(hello, table), make_environ() | hostile)
    found = table.match("/" + from_wsgi_or_nothing(hostile["PATH_INFO"]).removeprefix("/"))
    allowed: Headers = [("Vary", "Origin")]
    if found and found[1]:
        policy = found[1]
        if policy.allows_origin(hostile.get("HTTP_ORIGIN")):
            allowed.append(("Access-Control-Allow-Origin", hostile["HTTP_ORIGIN"]))
        if "*" in policy.allow_origins:
            allowed = [("Access-Control-Allow-Origin", "*")]
        allowed += [
            ("Access-Control-Allow-Methods", ", ".join(policy.allow_methods)),
            ("Access-Control-Allow-Headers", ", ".join(policy.allow_headers)),
            ("Access-Control-Expose-Headers", ", ".join(policy.expose_headers)),
            ("Access-Control-Max-Age", str(policy.max_age)),
        ]
    else:
        allowed = []
    assert set(response.cors) <= set(allowed)


def from_wsgi_or_nothing(path: str) -> str:
    """Read a path that need not be UTF-8; what is not has characters that no pattern here has."""
    return path.encode("latin-1").decode("utf-8", "replace")


@given(st.lists(WILD, min_size=1, max_size=4), st.booleans(), HOSTILE)
@settings(max_examples=400)
def test_unlisted_origins_never_get_access_control_allow_origin(
    patterns: list[str], credentials: bool, hostile: "WSGIEnvironment"
) -> None:
    policy = Policy(
        allow_origins=patterns,
        allow_credentials=credentials,
        allow_methods="*",
        allow_headers="*",
        dangerously_allow_insecure_origins=True,
        dangerously_allow_public_suffixes=True,
    )
    response = run(CORSMiddleware(hello, policy), make_environ() | hostile)
    origin = hostile.get("HTTP_ORIGIN", "")
    if not any(covers(pattern, origin) for pattern in patterns):
        assert [name for name, _ in response.cors if name != "Vary"] == []


HEADER = st.tuples(
    st.sampled_from(["Content-Type", "ETag", "Set-Cookie", "X-A", "vary", "Access-Control-Allow-Origin", "Date"]),
    NATIVE,
)


@given(POLICY, st.lists(HEADER, max_size=5), st.sampled_from([{}, {"origin": "https://a"}]), st.binary())
def test_body_status_and_other_headers_of_the_app_are_untouched(
    policy: Policy, headers: Headers, request: dict[str, str], body: bytes
) -> None:
    def app(environ: "WSGIEnvironment", start_response: Any) -> list[bytes]:
        start_response("418 I'm a teapot", headers)
        return [body]

    response = run(CORSMiddleware(app, policy), make_environ(**request))
    assert (response.status, response.body) == ("418 I'm a teapot", body)
    ours = ("vary", "access-control-")
    assert [each for each in response.headers if not each[0].lower().startswith(ours)] == [
        each for each in headers if not each[0].lower().startswith(ours)
    ]
