"""Small WSGI servers to measure `probe`: each has one known mistake of CORS, or none."""

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Headers = list[tuple[str, str]]
OWN, HOST, DOMAIN = "https://www.example.com", "www.example.com", "example.com"
METHODS, KNOWN = "GET, HEAD, POST, PUT, DELETE", ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")


def answer(start_response: "StartResponse", status: str, headers: Iterable[tuple[str, str]] = ()) -> Iterable[bytes]:
    start_response(status, [("Content-Type", "text/plain"), *headers])
    return [b"" if status[:3] in {"204", "304"} else b"ok\n"]


def is_preflight(environ: "WSGIEnvironment") -> bool:
    return environ["REQUEST_METHOD"] == "OPTIONS" and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ


def base(
    allow: Callable[[str, dict[str, Any]], object],
    *,
    cred: bool = True,
    vary: bool = True,
    acao: Callable[[str], str] = str,
) -> "WSGIApplication":
    """Make a server that is right in all but what `allow` says of an origin and an environ."""

    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        origin, headers = environ.get("HTTP_ORIGIN"), [("Vary", "Origin")] if vary else []
        if origin is not None and allow(origin, environ):
            headers.append(("Access-Control-Allow-Origin", acao(origin)))
            if cred:
                headers.append(("Access-Control-Allow-Credentials", "true"))
            if is_preflight(environ):
                headers.append(("Access-Control-Allow-Methods", METHODS))
                headers.append(("Access-Control-Allow-Headers", "authorization, content-type"))
        if is_preflight(environ):
            return answer(start_response, "204 No Content", headers)
        if environ["REQUEST_METHOD"] not in KNOWN:
            return answer(start_response, "405 Method Not Allowed", [("Allow", METHODS), *headers])
        return answer(start_response, "200 OK", headers)

    return app


Change = Callable[[dict[str, Any], str, Headers], tuple[str, Headers]]


def wrap(inner: "WSGIApplication", change: Change) -> "WSGIApplication":
    """Make a server that sends what `change` makes of a status and headers in place of these."""

    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        got: list[tuple[str, Headers]] = []
        body = inner(environ, lambda status, headers, _info=None: got.append((status, headers)))  # type: ignore[arg-type]
        status, headers = change(environ, *got[0])
        start_response(status, headers)
        return [] if status[:3] == "204" else body

    return app


def put(headers: Headers, name: str, value: str) -> Headers:
    return [(key, value if key == name else old) for key, old in headers]


def bare(headers: Headers) -> Headers:
    return [(key, value) for key, value in headers if not key.startswith("Access-Control-")]


def drop(headers: Headers, name: str) -> Headers:
    return [(key, value) for key, value in headers if key != name]


exact = base(lambda origin, _environ: origin == OWN)


def special(origin: str, _environ: object) -> object:
    match = re.match(r"https://([a-z0-9.-]+)(?![:.a-z0-9-])[^@:]*$", origin)
    return match and match[1] == HOST


def with_login(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    if environ.get("HTTP_AUTHORIZATION") != "Bearer t":
        return answer(start_response, "401 Unauthorized")
    return base(lambda _origin, _environ: True)(environ, start_response)


def moving(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    if environ["PATH_INFO"] == "/data":
        return answer(start_response, "301 Moved Permanently", [("Location", "/data/")])
    return base(lambda _origin, _environ: True)(environ, start_response)


def asks_for(method: str) -> Callable[[str, dict[str, Any]], object]:
    return lambda origin, environ: (
        origin == OWN or (is_preflight(environ) and environ["HTTP_ACCESS_CONTROL_REQUEST_METHOD"] == method)
    )


HOSTERS = (
    "vercel.app", "github.io", "gitlab.io", "pages.dev", "workers.dev", "netlify.app", "herokuapp.com", "onrender.com",
    "web.app", "firebaseapp.com", "azurewebsites.net", "cloudfront.net", "s3.amazonaws.com", "ngrok-free.app",
    "codepen.io", "jsfiddle.net", "webflow.io",
)  # fmt: skip


def below(hoster: str) -> "WSGIApplication":
    return base(lambda origin, _environ: origin == OWN or re.fullmatch(rf"https://[\w-]+\.{re.escape(hoster)}", origin))


def on_preflight(change: Callable[[str, Headers], tuple[str, Headers]]) -> "WSGIApplication":
    return wrap(
        exact, lambda environ, status, headers: change(status, headers) if is_preflight(environ) else (status, headers)
    )


LIST = f"{OWN} https://admin.{DOMAIN}"
FAULTS: dict[str, tuple["WSGIApplication", set[str], str]] = {
    "any origin": (base(lambda _o, _e: True), {"any-origin-reflected"}, "high"),
    "null": (base(lambda o, _e: o in {OWN, "null"}), {"null-origin-allowed"}, "high"),
    "prefix": (base(lambda o, _e: re.match(r"https://www\.example\.com", o)), {"origin-prefix-matched"}, "high"),
    "suffix": (base(lambda o, _e: o.startswith("https://") and o.endswith(DOMAIN)), {"origin-suffix-matched"}, "high"),
    "substring": (base(lambda o, _e: HOST in o), {"origin-substring-matched"}, "high"),
    "dot": (base(lambda o, _e: re.fullmatch("https://www.example.com", o)), {"unescaped-dot-matched"}, "high"),
    **{
        f"host that ends at {char!r}": (
            base(lambda o, _e, char=char: o.split(char)[0] == OWN),  # type: ignore[misc]
            {"special-characters-matched"},
            "high",
        )
        for char in ("}", ",", ";", "$")
    },
    "domain with letters in front": (
        base(lambda o, _e: re.fullmatch(r"https://(www\.|[a-z]+)example\.com", o)),
        {"origin-suffix-matched"},
        "high",
    ),
    "letters alone at a hoster": (
        base(lambda o, _e: o == OWN or re.fullmatch(r"https://\w+\.github\.io", o)),
        {"third-party-host-allowed"},
        "high",
    ),
    "preview of a branch": (
        base(lambda o, _e: o == OWN or re.fullmatch(r"https://example-[a-z0-9]+\.vercel\.app", o)),
        {"third-party-host-allowed"},
        "high",
    ),
    "name with more behind it": (
        base(lambda o, _e: re.fullmatch(r"https://www\.example[a-z-]*\.com", o)),
        {"origin-prefix-matched"},
        "high",
    ),
    "any ending": (
        base(lambda o, _e: re.fullmatch(r"https://www\.example\.[a-z]+", o)),
        {"any-ending-matched"},
        "high",
    ),
    "any extension": (
        base(lambda o, _e: o == OWN or o.startswith("chrome-extension://")),
        {"any-extension-allowed"},
        "medium",
    ),
    **{
        f"local by the prefix {prefix}": (
            base(lambda o, _e, prefix=prefix: o == OWN or o.startswith(prefix)),  # type: ignore[misc]
            {"localhost-lookalike-allowed"},
            "high",
        )
        for prefix in ("http://127.", "http://192.168.", "http://10.", "http://172.16.")
    },
    "special characters": (base(special), {"special-characters-matched"}, "high"),
    **{f"hoster {each}": (below(each), {"third-party-host-allowed"}, "high") for each in HOSTERS},
    "localhost": (
        base(lambda o, _e: o == OWN or o.startswith("http://localhost")),
        {"localhost-lookalike-allowed"},
        "high",
    ),
    "port": (base(lambda o, _e: re.fullmatch(r"https://www\.example\.com(:\d+)?", o)), {"any-port-matched"}, "medium"),
    "case": (base(lambda o, _e: o.lower() == OWN), {"case-ignored"}, "low"),
    "wildcard with credentials": (
        base(lambda _o, _e: True, acao=lambda _o: "*"),
        {"credentials-with-wildcard"},
        "medium",
    ),
    **{
        f"list with {between!r}": (
            base(lambda _o, _e: True, acao=lambda _o, between=between: f"{OWN}{between}https://admin.{DOMAIN}"),  # type: ignore[misc]
            {"allow-origin-doubled"},
            "medium",
        )
        for between in (", ", " ", ";", "|")
    },
    "Vary": (base(lambda o, _e: o == OWN, vary=False), {"vary-missing"}, "medium"),
    "login": (on_preflight(lambda _s, h: ("401 Unauthorized", h)), {"preflight-demands-login"}, "medium"),
    "cookies": (on_preflight(lambda s, h: (s, [*h, ("Set-Cookie", "session=1")])), {"preflight-sets-cookies"}, "low"),
    "errors": (wrap(exact, lambda _e, s, h: (s, bare(h) if s[0] in "45" else h)), {"error-without-headers"}, "low"),
    "any .com": (
        base(lambda o, _e: re.fullmatch(r"https://[a-z0-9.-]+\.com", o)),
        {"any-origin-reflected", "origin-suffix-matched"},
        "high",
    ),
    "preflights of strangers": (
        base(lambda o, e: o == OWN or is_preflight(e)),
        {"preflight-for-any-origin"},
        "medium",
    ),
    **{
        f"preflights of strangers for {method}": (base(asks_for(method)), {"preflight-for-any-origin"}, "medium")
        for method in ("PUT", "PATCH", "DELETE")
    },
    "preflights of strangers with headers": (
        base(lambda o, e: o == OWN or "authorization" in e.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")),
        {"preflight-for-any-origin"},
        "medium",
    ),
    "preflights of null": (
        base(lambda o, e: o == OWN or (o == "null" and is_preflight(e))),
        {"preflight-for-any-origin"},
        "medium",
    ),
    "headers for preflights alone": (
        wrap(exact, lambda e, s, h: (s, h if is_preflight(e) else bare(h))),
        {"response-without-headers"},
        "medium",
    ),
    "preflight without the origin": (
        on_preflight(lambda s, h: (s, drop(h, "Access-Control-Allow-Origin"))),
        {"preflight-refused"},
        "medium",
    ),
    "two origins in errors": (
        wrap(exact, lambda _e, s, h: (s, [*h, *([("Access-Control-Allow-Origin", "*")] if s[0] == "4" else [])])),
        {"allow-origin-doubled"},
        "medium",
    ),
    "piece of a string": (base(lambda o, _e: len(o) > 9 and o in LIST), {"origin-piece-matched"}, "medium"),
    **{
        f"answer {name}": (base(lambda o, _e: o == OWN, acao=change), {"allow-origin-malformed"}, "low")
        for name, change in {
            "with a slash": lambda o: f"{o}/",
            "without a scheme": lambda _o: HOST,
            "in upper case": str.upper,
            "with another port": lambda o: f"{o}:8080",
        }.items()
    },
    **{
        f"credentials {value}": (
            wrap(exact, lambda _e, s, h, value=value: (s, put(h, "Access-Control-Allow-Credentials", value))),  # type: ignore[misc]
            {"allow-credentials-malformed"},
            "low",
        )
        for value in ("1", "True", "yes")
    },
    "500 of the preflight": (
        on_preflight(lambda _s, h: ("500 Internal Server Error", h)),
        {"preflight-not-ok"},
        "low",
    ),
    "403 of the preflight": (on_preflight(lambda _s, h: ("403 Forbidden", bare(h))), {"preflight-refused"}, "medium"),
    "302 of the preflight": (
        on_preflight(lambda _s, h: ("302 Found", [*h, ("Location", "/login")])),
        {"preflight-redirected"},
        "medium",
    ),
    "preflight answered in front": (
        on_preflight(lambda _s, _h: ("204 No Content", [])),
        {"preflight-answered-in-front"},
        "medium",
    ),
    "preflight answered in front with a star": (
        on_preflight(lambda s, h: (s, put(h, "Access-Control-Allow-Origin", "*"))),
        {"preflight-answered-in-front", "credentials-with-wildcard"},
        "medium",
    ),
    "preflight as GET": (
        lambda environ, start_response: exact(
            environ | ({"REQUEST_METHOD": "GET"} if is_preflight(environ) else {}), start_response
        ),
        {"preflight-changed-in-front"},
        "medium",
    ),
    "origin dropped": (
        wrap(
            exact,
            lambda e, s, h: (
                "200 OK" if e["REQUEST_METHOD"] == "OPTIONS" else s,
                [*bare(h), *([("Allow", METHODS)] if e["REQUEST_METHOD"] == "OPTIONS" else [])],
            ),
        ),
        {"origin-does-not-arrive"},
        "medium",
    ),
    "origin removed in front": (
        wrap(exact, lambda _e, s, h: (s, drop(h, "Access-Control-Allow-Origin"))),
        {"allow-origin-missing"},
        "medium",
    ),
    "methods that are none": (
        on_preflight(lambda s, h: (s, put(h, "Access-Control-Allow-Methods", "GET PUT"))),
        {"header-malformed"},
        "low",
    ),
    "methods in lower case": (
        on_preflight(lambda s, h: (s, put(h, "Access-Control-Allow-Methods", "get, put"))),
        {"header-malformed"},
        "low",
    ),
    "methods that are all": (
        on_preflight(lambda s, h: (s, put(h, "Access-Control-Allow-Methods", "ALL"))),
        {"header-malformed"},
        "low",
    ),
    "age that is none": (
        on_preflight(lambda s, h: (s, [*h, ("Access-Control-Max-Age", "1 day")])),
        {"header-malformed"},
        "low",
    ),
    "Vary for its own pages alone": (
        wrap(exact, lambda e, s, h: (s, h if e.get("HTTP_ORIGIN", OWN) == OWN or is_preflight(e) else drop(h, "Vary"))),
        {"vary-missing-without-origin"},
        "low",
    ),
    "lines of Vary": (
        wrap(exact, lambda _e, s, h: (s, [*h, ("Vary", "Accept-Encoding")])),
        {"vary-in-several-lines"},
        "low",
    ),
}


def no_cors(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    return answer(
        start_response, "200 OK" if environ["REQUEST_METHOD"] in {"GET", "HEAD"} else "405 Method Not Allowed"
    )


def fixed(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    more = [("Access-Control-Allow-Methods", METHODS), ("Access-Control-Allow-Headers", "authorization")]
    headers = [("Access-Control-Allow-Origin", OWN), *(more if is_preflight(environ) else [])]
    return answer(start_response, "204 No Content" if is_preflight(environ) else "200 OK", headers)


def refusing(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    if is_preflight(environ) and environ["HTTP_ORIGIN"] != OWN:
        vary = "Access-Control-Request-Headers, Access-Control-Request-Method, Origin"
        return answer(start_response, "403 Forbidden", [("Vary", vary)])
    return exact(environ, start_response)


def without_preflights(status: str, *more: tuple[str, str]) -> "WSGIApplication":
    return wrap(exact, lambda e, s, h: (s, h) if is_preflight(e) else (status, [*h, *more]))


RIGHT: dict[str, "WSGIApplication"] = {
    "exact": exact,
    "one fixed origin": fixed,
    "no CORS": no_cors,
    "no CORS, any method": lambda _environ, start_response: answer(start_response, "200 OK"),
    "public": base(lambda _o, _e: True, cred=False, vary=False, acao=lambda _o: "*"),
    "public, without OPTIONS": wrap(
        base(lambda _o, _e: True, cred=False, vary=False, acao=lambda _o: "*"),
        lambda e, s, h: ("405 Method Not Allowed", h[:1]) if is_preflight(e) else (s, h),
    ),
    "400 for others": wrap(
        exact, lambda e, s, h: (s, h) if e.get("HTTP_ORIGIN", OWN) == OWN else ("400 Bad Request", h)
    ),
    "403 for preflights of others": refusing,
    "401 with headers": without_preflights("401 Unauthorized"),
    "302 with headers": without_preflights("302 Found", ("Location", "/login")),
    "302 to another host": without_preflights("302 Found", ("Location", "https://login.example.com/")),
    "names in lower case": wrap(
        exact, lambda _e, s, h: (s, [(k.lower(), "Accept-Encoding, ORIGIN" if k == "Vary" else v) for k, v in h])
    ),
    "Vary: *": wrap(exact, lambda _e, s, h: (s, put(h, "Vary", "*"))),
    "credentials false": wrap(exact, lambda _e, s, h: (s, put(h, "Access-Control-Allow-Credentials", "false"))),
}
