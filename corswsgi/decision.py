"""A compiled policy answers: is the origin allowed, and which headers say so. No I/O, no WSGI.

The law of this module: all that does not depend on the request is made when the policy is compiled, and nothing is read
of a request that the answer does not need. It is the server's side of https://fetch.spec.whatwg.org/#http-cors-protocol.
"""

from dataclasses import dataclass
from typing import Literal

from corswsgi.fetch import CORS_NON_WILDCARD_REQUEST_HEADER_NAMES, is_forbidden_method, is_token
from corswsgi.origin import Environ
from corswsgi.policy import Policy

Header = tuple[str, str]
Reason = Literal[
    "any-origin",  # the row allows "*"
    "origin-allowed",
    "origin-not-allowed",
    "request-method-malformed",  # these three only where a preflight's answer repeats what was asked
    "request-headers-malformed",
    "request-headers-too-long",
    "row-without-policy",  # the row says None
    "no-row",
]

_ANY_ORIGIN: Header = ("Access-Control-Allow-Origin", "*")
_CREDENTIALS: Header = ("Access-Control-Allow-Credentials", "true")
VARY_ON_ORIGIN: Header = ("Vary", "Origin")
_VARY_ON_ALL: Header = ("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers")

# Why, and the headers that say so. The lists belong to the policy: add to copies of them.
Answer = tuple[Reason, list[Header]]
ALLOWING = frozenset[Reason]({"any-origin", "origin-allowed"})
_REFUSAL: Answer = ("origin-not-allowed", [VARY_ON_ORIGIN])

# What of a preflight is repeated in its answer, at most; both are checked before anything is split.
MAX_REPEATED_LENGTH = 4096  # bytes
MAX_REPEATED_NAMES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was decided about one CORS request (https://fetch.spec.whatwg.org/#cors-request: it carries ``Origin``).

    ``allowed`` tells whether the row's headers were given to this origin; whether the method and the headers that a
    preflight asks for are among them is for the browser to compare. ``origin`` is what the client sent, unchecked: pass
    it through ``ascii()`` before it reaches a log.
    """

    kind: Literal["preflight", "actual"]
    allowed: bool
    reason: Reason
    path_pattern: str | None
    origin: str


class CompiledPolicy:
    """The ready answers of one policy."""

    to_any_origin: Answer | None  # the one answer to all actual requests, if there is one
    to_no_origin: list[Header]  # what stands in the answer to a request without ``Origin``

    __slots__ = (
        "_allows",
        "_answer",
        "_any_origin",
        "_exact",
        "_granted",
        "_has_patterns",
        "_longest",
        "_policy",
        "_repeats_headers",
        "_repeats_methods",
        "to_any_origin",
        "to_no_origin",
    )

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._allows = policy.origin_set.allows
        self._any_origin = policy.origin_set.any_origin
        self._exact = policy.origin_set.exact
        self._longest = policy.origin_set.longest
        self._has_patterns = policy.origin_set.has_patterns
        # with credentials `*` is a literal (https://fetch.spec.whatwg.org/#http-new-header-syntax)
        self._repeats_methods = policy.allow_credentials and "*" in policy.allow_methods
        self._repeats_headers = policy.allow_credentials and "*" in policy.allow_headers
        self._answer = self._preflight_headers(", ".join(policy.allow_methods), ", ".join(policy.allow_headers))
        self._granted: list[Header] = [_ANY_ORIGIN] if self._any_origin else []
        if policy.allow_credentials:
            self._granted.append(_CREDENTIALS)
        if policy.expose_headers:
            self._granted.append(("Access-Control-Expose-Headers", ", ".join(policy.expose_headers)))
        if not self._any_origin:
            self._granted.append(VARY_ON_ORIGIN)
        self.to_any_origin = ("any-origin", self._granted) if self._any_origin else None
        self.to_no_origin = self._granted if self._any_origin else _REFUSAL[1]

    def actual(self, origin: str | None, environ: Environ) -> Answer:
        """Give the headers for the response to a request that is no preflight."""
        if self.to_any_origin is not None:
            return self.to_any_origin
        if origin is None:
            return _REFUSAL
        # what `OriginSet.allows` asks first, without the call: benchmarks/, "GET, allowed"
        if (len(origin) <= self._longest and origin in self._exact) or (
            self._has_patterns and self._allows(origin, environ)
        ):
            return "origin-allowed", [("Access-Control-Allow-Origin", origin), *self._granted]
        return _REFUSAL

    def preflight(self, origin: str, method: str, names: str, environ: Environ) -> Answer:
        """Answer a CORS-preflight request (https://fetch.spec.whatwg.org/#cors-preflight-request).

        `method` and `names` are what it asks for, ``Access-Control-Request-Method`` and ``-Headers``.
        """
        if self._any_origin:
            return "any-origin", self._answer
        # as in `actual`: benchmarks/, "preflight, allowed"
        if not (
            (len(origin) <= self._longest and origin in self._exact)
            or (self._has_patterns and self._allows(origin, environ))
        ):
            return _REFUSAL
        answer = self._answer
        if self._repeats_methods or self._repeats_headers:
            mistake = self._mistake_in(method, names)
            if mistake is not None:
                return mistake, [_VARY_ON_ALL]
            answer = self._preflight_headers(
                method if self._repeats_methods else ", ".join(self._policy.allow_methods),
                self._repeated(names) if self._repeats_headers else ", ".join(self._policy.allow_headers),
            )
        return "origin-allowed", [("Access-Control-Allow-Origin", origin), *answer]

    def _preflight_headers(self, methods: str, headers: str) -> list[Header]:
        """Make the whole answer to a preflight, but for an origin that is repeated."""
        answer: list[Header] = [_ANY_ORIGIN] if self._any_origin else []
        if self._policy.allow_credentials:
            answer.append(_CREDENTIALS)
        if methods:
            answer.append(("Access-Control-Allow-Methods", methods))
        if headers:
            answer.append(("Access-Control-Allow-Headers", headers))
        if self._policy.max_age is not None:
            answer.append(("Access-Control-Max-Age", str(self._policy.max_age)))
        if self._repeats_methods or self._repeats_headers:
            answer.append(_VARY_ON_ALL)
        elif not self._any_origin:
            answer.append(VARY_ON_ORIGIN)
        return answer

    def _mistake_in(self, method: str, names: str) -> Reason | None:
        """Find why what a preflight asks for cannot be repeated; what is too long is not looked into."""
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
        """Repeat the asked names, without those that `*` does not cover and the policy does not name."""
        named = {name.lower() for name in self._policy.allow_headers}
        uncovered = CORS_NON_WILDCARD_REQUEST_HEADER_NAMES - named
        return ", ".join(name for name in _split(names) if name.lower() not in uncovered)


def _split(names: str) -> list[str]:
    """Split a list of header names (RFC 9110, section 5.6.1.2: empty elements are ignored)."""
    return [stripped for name in names.split(",") if (stripped := name.strip(" \t"))]
