"""The answers of a policy: the headers granted to an origin, the responses to preflights, and the 403 with its line.

The law of this module: everything that does not depend on the request is made when the policy is compiled, and only the
parts of a request that the answer needs are read. It is the server's side of https://fetch.spec.whatwg.org/#http-cors-protocol.
"""

from corswsgi.decision import Reason
from corswsgi.origins.matching import Environ, Matcher
from corswsgi.policy import Policy
from corswsgi.standard import CORS_NON_WILDCARD_REQUEST_HEADER_NAMES, is_forbidden_method, is_token

Header = tuple[str, str]

# Every header that a policy may set except Vary: response_headers.py removes them from an application's response
_ORIGIN, _CREDENTIALS, _METHODS, _HEADERS, _EXPOSED, _MAX_AGE, TIMING = SET_BY_POLICIES = (
    "Access-Control-Allow-Origin",
    "Access-Control-Allow-Credentials",
    "Access-Control-Allow-Methods",
    "Access-Control-Allow-Headers",
    "Access-Control-Expose-Headers",
    "Access-Control-Max-Age",
    "Timing-Allow-Origin",
)

_ANY_ORIGIN: Header = (_ORIGIN, "*")
_WITH_CREDENTIALS: Header = (_CREDENTIALS, "true")
VARY_ON_ORIGIN: Header = ("Vary", "Origin")
TO_OTHERS = [VARY_ON_ORIGIN]  # for origins that are not allowed: caches must not reuse it for an allowed one
VARY_ON_ALL: Header = ("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers")

# Limits for the parts of a preflight that its response repeats. They are checked before anything is split.
MAX_REPEATED_LENGTH = 2048  # bytes: nginx buffers 4096 of all headers, and answers 502 to more
MAX_REPEATED_NAMES = 100

_PLAIN_TEXT: Header = ("Content-Type", "text/plain; charset=utf-8")
WHY: dict[Reason, bytes] = {
    "origin-not-allowed": b"CORS preflight refused: pages of this origin are not allowed here.\n",
    "request-method-malformed": b"CORS preflight refused: Access-Control-Request-Method is not a method.\n",
    "request-headers-malformed": b"CORS preflight refused: Access-Control-Request-Headers is not a list of names.\n",
    "request-headers-too-long": b"CORS preflight refused: Access-Control-Request-Headers is too long.\n",
}


def entity_of(text: bytes) -> list[Header]:
    """Return the headers of a plain-text body, which may be empty."""
    return [_PLAIN_TEXT, ("Content-Length", str(len(text)))]


WHY_REFUSED = WHY["origin-not-allowed"]
REFUSED = entity_of(WHY_REFUSED) + TO_OTHERS
WHY_WRITE_REFUSED = b"Refused: pages of other origins may not send this request.\n"


class CompiledPolicy:
    """The prepared answers of a policy. The middleware looks them up and calls `repeat` if one repeats the request.

    ``granted`` is for the response to a request of an allowed origin, ``preflight`` for that to its preflight; other
    origins, and requests without one, get ``TO_OTHERS``. Unless any origin is allowed, the two begin behind an
    ``Access-Control-Allow-Origin`` that repeats the request's. The lists belong to the policy: add to copies of them.
    """

    allows: Matcher  # these five as in `OriginSet`
    any_origin: bool
    exact: frozenset[str]
    longest: int
    matches: Matcher | None
    granted: list[Header]
    preflight: list[Header]
    with_timing: bool  # `TIMING` is beside ``granted`` with the value of Access-Control-Allow-Origin
    repeats: bool  # the requested names: `repeat` replaces ``preflight``

    __slots__ = (
        "_policy",
        "_repeats_headers",
        "_repeats_methods",
        "allows",
        "any_origin",
        "exact",
        "granted",
        "longest",
        "matches",
        "preflight",
        "repeats",
        "with_timing",
    )

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self.allows = policy.origin_set.allows
        self.any_origin = policy.origin_set.any_origin
        self.exact = policy.origin_set.exact
        self.longest = policy.origin_set.longest
        self.matches = policy.origin_set.matches
        # with credentials `*` is a literal (https://fetch.spec.whatwg.org/#http-new-header-syntax)
        self._repeats_methods = policy.allow_credentials and "*" in policy.allow_methods
        self._repeats_headers = policy.allow_credentials and "*" in policy.allow_headers
        self.repeats = self._repeats_methods or self._repeats_headers
        self.preflight = self._preflight(", ".join(policy.allow_methods), ", ".join(policy.allow_headers))
        self.with_timing = policy.allow_timing
        self.granted = [_ANY_ORIGIN] if self.any_origin else []
        if policy.allow_credentials:
            self.granted.append(_WITH_CREDENTIALS)
        if policy.expose_headers:
            self.granted.append((_EXPOSED, ", ".join(policy.expose_headers)))
        if not self.any_origin:
            self.granted.append(VARY_ON_ORIGIN)

    def grants(self, environ: Environ) -> list[Header]:
        """Return the headers of a response to a request that is not a preflight."""
        if self.any_origin:
            return [(TIMING, "*"), *self.granted] if self.with_timing else self.granted
        origin = environ.get("HTTP_ORIGIN")
        if origin is None:
            return TO_OTHERS
        matches = self.matches  # like `allows`, without the call: benchmarks/views.py
        if not (
            (len(origin) <= self.longest and origin in self.exact) or (matches is not None and matches(origin, environ))
        ):
            return TO_OTHERS
        if self.with_timing:
            return [(TIMING, origin), ("Access-Control-Allow-Origin", origin), *self.granted]
        return [("Access-Control-Allow-Origin", origin), *self.granted]

    def repeat(self, method: str, names: str) -> tuple[Reason, list[Header]]:
        """Answer a CORS-preflight request (https://fetch.spec.whatwg.org/#cors-preflight-request) of an allowed origin.

        `method` and `names` are what it asks for, ``Access-Control-Request-Method`` and ``-Headers``. Gives why, and
        the headers that say so.
        """
        mistake = self._mistake_in(method, names)
        if mistake is not None:
            return mistake, [VARY_ON_ALL]
        return "origin-allowed", self._preflight(
            method if self._repeats_methods else ", ".join(self._policy.allow_methods),
            self._repeated(names) if self._repeats_headers else ", ".join(self._policy.allow_headers),
        )

    def _preflight(self, methods: str, headers: str) -> list[Header]:
        answer: list[Header] = [_ANY_ORIGIN] if self.any_origin else []
        if self._policy.allow_credentials:
            answer.append(_WITH_CREDENTIALS)
        if methods:
            answer.append((_METHODS, methods))
        if headers:
            answer.append((_HEADERS, headers))
        if self._policy.max_age is not None:
            answer.append((_MAX_AGE, str(self._policy.max_age)))
        if self.repeats:
            answer.append(VARY_ON_ALL)
        elif not self.any_origin:
            answer.append(VARY_ON_ORIGIN)
        return answer

    def _mistake_in(self, method: str, names: str) -> Reason | None:
        """Find why the requested names of a preflight cannot be repeated. Names that are too long are not inspected."""
        if self._repeats_methods and (
            len(method) > MAX_REPEATED_LENGTH or not is_token(method) or is_forbidden_method(method)
        ):
            return "request-method-malformed"
        if self._repeats_headers:
            if len(names) > MAX_REPEATED_LENGTH or names.count(",") >= MAX_REPEATED_NAMES:
                return "request-headers-too-long"
            if not all(map(is_token, _split(names))):
                return "request-headers-malformed"
        return None

    def _repeated(self, names: str) -> str:
        """Repeat the requested names, without those that neither `*` nor the policy's list covers."""
        named = {name.lower() for name in self._policy.allow_headers}
        uncovered = CORS_NON_WILDCARD_REQUEST_HEADER_NAMES - named
        return ", ".join(name for name in _split(names) if name.lower() not in uncovered)


def _split(names: str) -> list[str]:
    """Split a list of header names (RFC 9110, section 5.6.1.2: empty elements are ignored)."""
    return [stripped for name in names.split(",") if (stripped := name.strip(" \t"))]


def refused_write(policy: CompiledPolicy | None, environ: Environ) -> list[Header]:
    """Return the headers of the 403 that answers a write of another origin's page, under a row that has `policy`.

    A page that may read under the row sees the 403 and not a CORS error. The 403 never has ``Timing-Allow-Origin``.
    """
    entity = entity_of(WHY_WRITE_REFUSED)
    granted = [] if policy is None else policy.grants(environ)
    return entity + [header for header in granted if header[0] != TIMING]


def narrowed(headers: list[Header], method: str) -> list[Header]:
    """Narrow the headers of a preflight to the requested method and to this request.

    It is for a URL whose other methods have another policy.
    """
    answer: list[Header] = []
    for name, value in headers:
        if name == "Access-Control-Allow-Methods":
            allowed = value.split(", ")
            if method in allowed or ("*" in allowed and is_token(method)):
                answer.append((name, method))
        elif name not in {"Access-Control-Max-Age", "Vary"}:
            answer.append((name, value))
    return [*answer, ("Access-Control-Max-Age", "0"), VARY_ON_ALL]
