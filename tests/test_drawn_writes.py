"""The law of writes as a property test, written independently of corswsgi/writes.py."""

from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from corswsgi import CORSMiddleware, Policy
from tests.support.asking import hello, make_environ, run
from tests.support.drawn import HOST, MANGLED, ORIGIN, PORT
from tests.test_drawn_tables import covers

PATTERN = st.tuples(st.sampled_from(["https://", "https://*."]), HOST, st.sampled_from(["", ":8443", ":*"])).map(
    "".join
)
METHODS = st.sampled_from(["POST", "PUT", "DELETE", "PATCH", "MKCOL", "post", "get", "TRACE"])
POLICY = st.fixed_dictionaries({
    "allow_origins": st.lists(PATTERN, max_size=3),
    "accept_writes_from": st.lists(PATTERN, max_size=2),
    "allow_credentials": st.booleans(),
    "allow_methods": st.lists(st.sampled_from(["PUT", "DELETE", "*"]), max_size=2),
    "dangerously_allow_public_suffixes": st.just(True),
})  # fmt: skip
PUBLIC = st.fixed_dictionaries({
    "allow_origins": st.just(["*"]), "accept_writes_from": st.lists(PATTERN, max_size=2),
    "allow_credentials": st.just(False), "allow_methods": st.lists(st.sampled_from(["PUT", "*"]), max_size=2),
    "dangerously_allow_public_suffixes": st.just(True),
})  # fmt: skip
CARRIED = st.fixed_dictionaries(
    {},
    optional={
        "cookie": st.just("session=1"),
        "authorization": st.sampled_from(["Bearer t", "Basic dTpw", "Negotiate YII="]),
        "content_type": st.sampled_from(["text/plain", "application/json"]),
        "referer": ORIGIN,
        "x_forwarded_host": HOST,
    },
)


def make_policy(fields: Mapping[str, Any]) -> Policy | None:
    """Make a policy of what was drawn; None if it lists nobody at all."""
    if not fields["allow_origins"]:
        fields = {name: fields[name] for name in ("accept_writes_from", "dangerously_allow_public_suffixes")}
    return Policy(**fields) if fields.get("allow_origins") or fields["accept_writes_from"] else None


def is_declared(policy: Policy | None, origin: str, method: str | None, carried: Mapping[str, str]) -> bool:
    """Tell whether a row lets a page send this; `method` is None for the handshake of a WebSocket."""
    if policy is None:
        return False
    if any(covers(str(pattern), origin) for pattern in policy.accept_writes_from):
        return True
    reads = any(covers(str(pattern), origin) for pattern in policy.allow_origins)
    sends = method is None or method == "POST" or not {method, "*"}.isdisjoint(policy.allow_methods)
    automatic = "cookie" in carried or not carried.get("authorization", "Bearer").startswith("Bearer")
    return reads and sends and (policy.allow_credentials or not automatic)


def reaches(policy: Policy | None, server: str, method: str, headers: Mapping[str, str]) -> bool:
    asked = []

    def app(environ: dict[str, Any], start_response: Any) -> Any:
        asked.append(environ)
        return hello(environ, start_response)

    scheme, _, host = server.partition("://")
    environ = make_environ("/a", method, host=host, **headers)
    environ["wsgi.url_scheme"] = scheme
    status = run(CORSMiddleware(app, {"/a": policy}, cross_origin_writes="refuse"), environ).status
    assert status == ("200 OK" if asked else "403 Forbidden")
    return bool(asked)


def near(server: str) -> st.SearchStrategy[str]:
    """Draw the origins that a page beside the server may have, and others."""
    scheme, _, host = server.partition("://")
    name = host.partition(":")[0]
    beside = [f"https://{name}", f"http://{host}", f"{scheme}://{name}:1", f"{scheme}://a.{host}", f"app://{host}"]
    mangled = [
        server.upper(),
        f"{server}.",
        f"{server}/",
        f"{server}:443",
        f"{scheme}://u@{host}",
        f"{server}, {server}",
    ]
    others = st.sampled_from([*beside, *mangled, "null", ""]) | ORIGIN | MANGLED.filter(str.isascii)
    # TLS may end in front of a server that knows itself as http: that one page is its own
    return others.filter(lambda page: page not in {server, f"https://{host}"} or (scheme == "https" and page != server))


SERVER = st.tuples(st.sampled_from(["https", "http"]), st.just("://"), HOST, PORT).map("".join)


@given(
    fields=POLICY | PUBLIC,
    ends=SERVER.flatmap(lambda server: st.tuples(st.just(server), near(server))),
    method=METHODS | st.none(),
    site=st.sampled_from(["cross-site", "same-site", "", "None", "x", None]),
    carried=CARRIED,
)
@settings(max_examples=500)
def test_another_origins_page_writes_only_what_its_row_declares(
    fields: dict[str, Any], ends: tuple[str, str], method: str | None, site: str | None, carried: dict[str, str]
) -> None:
    server, page = ends
    policy = make_policy(fields)
    headers = {**carried, "origin": page} | ({} if site is None else {"sec_fetch_site": site})
    headers |= {"upgrade": "websocket"} if method is None else {}
    assert reaches(policy, server, method or "GET", headers) is is_declared(policy, page, method, carried)


@given(fields=POLICY, server=SERVER, method=METHODS | st.none(), carried=CARRIED, has_site=st.booleans())
def test_the_applications_own_page_writes_whatever_its_rows_declare(
    fields: dict[str, Any], server: str, method: str | None, carried: dict[str, str], *, has_site: bool
) -> None:
    headers = {**carried, "origin": server} | ({"sec_fetch_site": "same-origin"} if has_site else {})
    headers |= {"upgrade": "websocket"} if method is None else {}
    assert reaches(make_policy(fields), server, method or "GET", headers)
