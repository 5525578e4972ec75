"""The Fetch standard's own lists and predicates, under the standard's own names. Nothing here is a decision of ours.

Both sides of the project use this module: the one that answers requests and the one that simulates browsers. So it only
contains facts of a standard, with their sections.
"""

import re

# https://fetch.spec.whatwg.org/#cors-safelisted-method
CORS_SAFELISTED_METHODS = frozenset({"GET", "HEAD", "POST"})

# https://fetch.spec.whatwg.org/#forbidden-method (compared in any case)
FORBIDDEN_METHODS = frozenset({"CONNECT", "TRACE", "TRACK"})

# https://fetch.spec.whatwg.org/#forbidden-request-header, without its two prefixes and its rule on values
_FORBIDDEN_REQUEST_HEADER_NAMES = frozenset({
    "accept-charset", "accept-encoding", "access-control-request-headers", "access-control-request-method",
    "connection", "content-length", "cookie", "cookie2", "date", "dnt", "expect", "host", "keep-alive", "origin",
    "referer", "set-cookie", "te", "trailer", "transfer-encoding", "upgrade", "via",
})  # fmt: skip

# https://fetch.spec.whatwg.org/#forbidden-response-header-name
FORBIDDEN_RESPONSE_HEADER_NAMES = frozenset({"set-cookie", "set-cookie2"})

# https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name
CORS_NON_WILDCARD_REQUEST_HEADER_NAMES = frozenset({"authorization"})

# https://fetch.spec.whatwg.org/#forbidden-request-header, step 4: what these say must not be a forbidden method
METHOD_OVERRIDE_HEADER_NAMES = frozenset({"x-http-method", "x-http-method-override", "x-method-override"})

# https://fetch.spec.whatwg.org/#concept-method-normalize (no others: `patch` stays `patch`)
NORMALIZED_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"})

# https://fetch.spec.whatwg.org/#no-cors-safelisted-request-header-name
NO_CORS_SAFELISTED_REQUEST_HEADER_NAMES = frozenset({"accept", "accept-language", "content-language", "content-type"})

# https://fetch.spec.whatwg.org/#request-body-header-name
REQUEST_BODY_HEADER_NAMES = frozenset({"content-encoding", "content-language", "content-location", "content-type"})

# https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name
CORS_SAFELISTED_RESPONSE_HEADER_NAMES = frozenset({
    "cache-control", "content-language", "content-length", "content-type", "expires", "last-modified", "pragma",
})  # fmt: skip

# https://fetch.spec.whatwg.org/#redirect-status and https://fetch.spec.whatwg.org/#ok-status
REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})
OK_STATUSES = range(200, 300)

# RFC 9110, section 5.6.2:
#   token = 1*tchar
#   tchar = "!" / "#" / "$" / "%" / "&" / "'" / "*" / "+" / "-" / "." / "^" / "_" / "`" / "|" / "~" / DIGIT / ALPHA
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")

# RFC 6454, section 6.2:
#   serialized-origin = scheme "://" host [ ":" port ]
# as https://html.spec.whatwg.org/#ascii-serialisation-of-an-origin writes it: lower case, never a scheme's default
# port. A host is of letters, digits, hyphens and underscores in labels of at most 63 characters, or is an IPv6 address.
# Under other schemes than http and https it is opaque (https://url.spec.whatwg.org/#concept-opaque-host), so that
# capitals and lone dots stay: programs have app://. and safari-web-extension://140BB581-2F1C-4E5B-9C55-0A6E7B3D1F20.
MAX_HOST_LENGTH = 254  # RFC 1035, section 3.1: 253 characters and a trailing dot
LABELS = re.compile(r"[a-z0-9_\-]{1,63}(?:\.[a-z0-9_\-]{1,63})*")
SERIALIZED_ORIGIN = re.compile(
    r"""
    (?! http://.*:80\Z | https://.*:443\Z )
    (?P<scheme> [a-z][a-z0-9+.\-]* ) ://
    (?P<host>   (?= [^:]{1,254} (?: : | \Z ) ) [a-z0-9_\-]{1,63} (?: \. [a-z0-9_\-]{1,63} )* \.?
              | \[ [0-9a-f:]{2,39} \]
              | (?<! \A http:// ) (?<! \A https:// ) [A-Za-z0-9._\-]{1,254} )
    (?: : (?P<port> 6553[0-5] | 655[0-2][0-9] | 65[0-4][0-9]{2} | 6[0-4][0-9]{3} | [1-5][0-9]{4} | [1-9][0-9]{0,3} ) )?
    """,
    re.VERBOSE | re.ASCII,
)
MAX_PORT = 65_535
DEFAULT_PORTS = {"http": "80", "https": "443"}


def is_token(text: str) -> bool:
    """Return whether `text` can be a method or the name of a header (RFC 9110, section 5.6.2)."""
    return _TOKEN.fullmatch(text) is not None


def is_forbidden_method(method: str) -> bool:
    """Return whether no script may send `method` (https://fetch.spec.whatwg.org/#forbidden-method)."""
    return method.upper() in FORBIDDEN_METHODS


def is_forbidden_request_header_name(name: str) -> bool:
    """Return whether no script may set `name` (https://fetch.spec.whatwg.org/#forbidden-request-header)."""
    lowered = name.lower()
    return lowered in _FORBIDDEN_REQUEST_HEADER_NAMES or lowered.startswith(("proxy-", "sec-"))
