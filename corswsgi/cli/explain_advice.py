"""Advice on a blocked handshake: the row of the table to change, in the vocabulary of the table.

The law of this module: the row that it returns allows the same request, and other rows stay unchanged. If a table would
refuse such a row, it explains the refusal instead.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote, urlsplit

from corswsgi.browser import Handshake
from corswsgi.cli.explain_ids import ids_in, pattern_of
from corswsgi.cli.words import joined
from corswsgi.errors import PolicyError
from corswsgi.paths import PolicyTable
from corswsgi.paths.readings import is_ambiguous
from corswsgi.policy import Policy
from corswsgi.problems import reworded
from corswsgi.standard import CORS_NON_WILDCARD_REQUEST_HEADER_NAMES, CORS_SAFELISTED_METHODS, SERIALIZED_ORIGIN
from corswsgi.vocabularies import PYTHON, Vocabulary

# The failures that are due to a server's CORS headers
_OF_A_TABLE = frozenset({
    "allow-origin-missing", "allow-origin-wildcard", "allow-origin-multiple", "allow-origin-invalid",
    "allow-origin-mismatch", "allow-credentials", "preflight-redirect", "preflight-not-ok", "allow-methods-malformed",
    "allow-headers-malformed", "method-not-allowed", "header-not-allowed",
})  # fmt: skip

# Names of headers that no script needs to read
OF_NO_INTEREST = re.compile(
    r"access-control-.*|allow|alt-svc|clear-site-data|connection|content-length|content-security-policy.*"
    r"|cross-origin-.*-policy.*|date|document-policy.*|expect-ct|keep-alive|nel|origin-agent-cluster"
    r"|permissions-policy.*|feature-policy|referrer-policy|report-to|reporting-endpoints|server|set-cookie2?"
    r"|strict-transport-security|transfer-encoding|vary|via|x-(?:content-type|download|frame)-options"
    r"|x-dns-prefetch-control|x-permitted-cross-domain-policies|x-powered-by|x-xss-protection",
    re.IGNORECASE,
)

_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """The change to make. ``lines`` describe it to a person.

    ``policy`` is the whole new policy of the row ``pattern``. Both are None where no change of a row helps, or a person
    has to decide. ``is_change`` is false where the lines only say what is the matter. ``because`` is why the origin is
    not allowed, if it is not; ``is_uncovered`` says that no row allows CORS for the path.
    """

    lines: tuple[str, ...]
    pattern: str | None = None
    policy: Policy | None = None
    is_change: bool = False
    because: str = ""
    is_uncovered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words of the advice: a vocabulary, and the name of each row. A row can be that of a view."""

    vocabulary: Vocabulary = PYTHON
    names: Mapping[str, str] = field(default_factory=dict)

    def row(self, pattern: str) -> str:
        """Return the name of the row of a path pattern."""
        return self.names.get(pattern) or self.vocabulary.row.format(pattern=pattern)

    def field(self, name: str) -> str:
        """Return the word for a field."""
        return f"`{self.vocabulary.word(name)}`"


def advise(handshake: Handshake, table: PolicyTable, words: Words | None = None) -> Advice | None:
    """Return what to change in `table`, which served `handshake`. None if the table did not block it.

    Without `words` it is in the words in which the table was written.

    For a request that was allowed: what to change so that its page can read the headers that it cannot read now.
    """
    words = words or Words(vocabulary=table.vocabulary, names=table.names)
    if handshake.allowed:
        return _expose(handshake, table, words)
    if handshake.code not in _OF_A_TABLE:
        return None
    asked = _Asked(handshake)
    found = table.match(asked.path)
    if found is None:
        return _without_row(asked, table, words)
    pattern, policy = found
    if policy is None:
        return _new_row(asked, f"{words.row(pattern)} {words.vocabulary.off}", table, words)
    return _change_row(asked, pattern, policy, words)


class _Asked:
    """The permissions that the last request of a handshake needs."""

    def __init__(self, handshake: Handshake) -> None:
        request = handshake.requests[-1]
        headers = {name.lower(): value for name, value in request.headers}
        names = headers.get("access-control-request-headers", "")
        self.path = unquote(urlsplit(request.url).path)
        self.origin = headers["origin"]
        self.method = headers.get("access-control-request-method", request.method)
        # headers of answers have no place in a request
        self.names = [_spelt(name) for name in names.split(",") if name and not name.startswith("access-control-")]
        self.credentials = handshake.credentials == "include"

    def fields(self) -> dict[str, Any]:
        """Return the fields of the narrowest policy that allows it."""
        fields: dict[str, Any] = {"allow_origins": self.origin}
        if self.credentials:
            fields["allow_credentials"] = True
        if self.method not in CORS_SAFELISTED_METHODS:
            fields["allow_methods"] = self.method
        if self.names:
            fields["allow_headers"] = self.names
        return fields


_SPELT = {"x-csrftoken": "X-CSRFToken", "x-xsrf-token": "X-XSRF-TOKEN", "dnt": "DNT"}  # of Django, Angular, browsers


def _spelt(name: str) -> str:
    """Write a header's name as people do. Browsers send it in lower case and ignore case when they compare."""
    return _SPELT.get(name) or "-".join(part.capitalize() for part in name.split("-"))


def _without_row(asked: _Asked, table: PolicyTable, words: Words) -> Advice:
    near = next(((path, match[0]) for path in _near_paths(asked.path) if (match := table.match(path))), None)
    beside = f"; {words.row(near[1])} matches `{near[0]}`" if near else ""
    if is_ambiguous(asked.path):
        because = "which can be read as several paths that do not have the same row"
        return Advice(lines=(f"no row matches `{asked.path}`, {because}{beside}",))
    return _new_row(asked, f"{words.vocabulary.no_row.format(path=asked.path)}{beside}", table, words)


def _near_paths(path: str) -> Iterator[str]:
    """Yield paths that `path` may be a misspelling of."""
    yield path.removesuffix("/") if path.endswith("/") else f"{path}/"
    plain = re.sub("/+", "/", path.replace("\\", "/"))
    plain = posixpath.normpath(plain) + ("/" if plain.endswith("/") else "")
    yield from (plain, plain.rstrip("/"), plain.lower())


def _new_row(asked: _Asked, line: str, table: PolicyTable, words: Words) -> Advice:
    fields = asked.fields()
    try:
        policy = Policy(**fields)
        PolicyTable({asked.path: policy})
    except PolicyError as error:
        lines = (f"{line}; add a row", *_refusals(error, words))
        return Advice(lines=lines, because=line, is_uncovered=True, is_change=True)
    pattern = _pattern_for(asked.path, policy, table, words)
    first, *more = words.vocabulary.row_of(pattern, fields)
    if pattern != asked.path:
        ids = joined(f"`{each}`" for each in ids_in(asked.path))
        more.append(f"`*` matches any segment, here {ids}; write `{asked.path}` for this path alone")
    lines = (f"{line}; {_if_yours(asked)}{first}", *more)
    return Advice(lines=lines, pattern=pattern, policy=policy, because=line, is_uncovered=True, is_change=True)


def _pattern_for(path: str, policy: Policy, table: PolicyTable, words: Words) -> str:
    """Return the pattern of a new row for `path`: with ``*`` for ids, unless another row would decide then."""
    pattern = pattern_of(path)
    if words.vocabulary.name not in _WITH_PATTERNS or pattern in table.rows:
        return path
    try:
        decides = PolicyTable({**table.rows, pattern: policy}).match(path)
    except PolicyError:  # it and another row can match the same path
        return path
    return pattern if decides == (pattern, policy) else path


_WITH_PATTERNS = {"python", "toml"}  # the vocabularies whose rows have path patterns


def _if_yours(asked: _Asked) -> str:
    return f"if pages of {asked.origin} are yours, "


def _change_row(asked: _Asked, pattern: str, policy: Policy, words: Words) -> Advice:
    lines: list[str] = []
    fields: dict[str, Any] = {}
    any_origin = policy.origin_set.any_origin
    if asked.credentials and any_origin:
        lines.append(
            f"{_if_yours(asked)}list `{asked.origin}` instead of `*`, which browsers refuse with credentials; "
            "or have the script ask without credentials"
        )
        fields["allow_origins"] = asked.origin
    elif not policy.allows_origin(asked.origin):
        entry = f"add `{asked.origin}` to {words.field('allow_origins')}"
        lines.append(f"{_if_yours(asked)}{entry}{_meant(asked.origin, policy)}")
        fields["allow_origins"] = (*policy.allow_origins, asked.origin)
    if asked.credentials and not policy.allow_credentials:
        assignment = words.vocabulary.assigned("allow_credentials", True)
        too = " as well" if any_origin else ""
        lines.append(f"{_if_yours(asked)}set `{assignment}`{too}: the script sends `credentials: 'include'`")
        fields["allow_credentials"] = True
        if "*" in policy.expose_headers:
            lines.append(
                f"list names instead of `*` in {words.field('expose_headers')}: it has no effect with credentials"
            )
            fields["expose_headers"] = [name for name in policy.expose_headers if name != "*"]
    if asked.method not in {*CORS_SAFELISTED_METHODS, *policy.allow_methods} and "*" not in policy.allow_methods:
        lines.append(f"add `{asked.method}` to {words.field('allow_methods')}")
        fields["allow_methods"] = (*policy.allow_methods, asked.method)
    listed = {name.lower() for name in policy.allow_headers}
    uncovered = [name for name in asked.names if name.lower() not in listed and not _covers(listed, name)]
    if uncovered:
        beside = ": `*` does not cover it" if "*" in listed else ""
        lines.append(f"add {_and(uncovered)} to {words.field('allow_headers')}{beside}")
        fields["allow_headers"] = (*policy.allow_headers, *uncovered)
    if not lines:
        return Advice(lines=(f"{words.row(pattern)} allows this request: something else than the table answered it",))
    rows = [f"{words.row(pattern)}: {line}" for line in lines]
    because = f"{words.field('allow_origins')} of {words.row(pattern)} does not allow {asked.origin}"
    if policy.allows_origin(asked.origin):
        because = ""
    try:
        changed = replace(policy, **fields)
    except PolicyError as error:
        return Advice(lines=(*rows, *_refusals(error, words)), because=because, is_change=True)
    return Advice(lines=tuple(rows), pattern=pattern, policy=changed, because=because, is_change=True)


def _covers(listed: set[str], name: str) -> bool:
    return "*" in listed and name.lower() not in CORS_NON_WILDCARD_REQUEST_HEADER_NAMES


def _meant(origin: str, policy: Policy) -> str:
    wildcard = origin.replace("://", "://*.")
    if wildcard in policy.allow_origins:
        return f"; `{wildcard}` matches only its subdomains"
    near = next(filter(policy.allows_origin, _near_origins(origin, policy)), None)
    return f"; it allows `{near}`: should the page be there?" if near else ""


def _near_origins(origin: str, policy: Policy) -> Iterator[str]:
    """Yield origins that `origin` may be a misspelling of: another scheme, port, or name of the same host."""
    parsed = SERIALIZED_ORIGIN.fullmatch(origin)
    if parsed is None:
        return
    scheme, host, port = parsed["scheme"], parsed["host"], f":{parsed['port']}" if parsed["port"] else ""
    plain = host.removesuffix(".").removeprefix("www.")
    hosts = dict.fromkeys([host, plain, f"www.{plain}", *(_LOOPBACK if host in _LOOPBACK else ())])
    for each in hosts:
        yield from (f"{protocol}://{each}{port}" for protocol in (scheme, "https", "http"))
        # any port that is listed
        yield from (
            listed
            for listed in map(str, policy.allow_origins)
            if re.fullmatch(rf"https?://{re.escape(each)}(:\d+)?", listed)
        )


def _refusals(error: PolicyError, words: Words) -> Iterator[str]:
    """Explain why a table would refuse the missing entry."""
    for found in error.problems:
        problem = reworded(found, words.vocabulary)
        if problem.code == "method-in-wrong-case":
            yield f"but the table would refuse it: {problem.message}: in the script, {problem.hint}"
        else:
            yield f"but the table would refuse it: {problem.message} ({problem.code}); {problem.hint}"


def _expose(handshake: Handshake, table: PolicyTable, words: Words) -> Advice | None:
    names = [name for name in handshake.unreadable_headers if not OF_NO_INTEREST.fullmatch(name)]
    if handshake.type != "cors" or not names or not handshake.requests:
        return None
    pattern, policy = table.match(_Asked(handshake).path) or ("", None)
    if policy is None:
        return None
    exposed = words.field("expose_headers")
    line = f"{words.row(pattern)}: add {_and(names)} to {exposed}, if the page needs to read {_it_or_them(names)}"
    try:
        changed = replace(policy, expose_headers=(*policy.expose_headers, *names))
    except PolicyError as error:
        return Advice(lines=(line, *_refusals(error, words)))
    return Advice(lines=(line,), pattern=pattern, policy=changed)


def _and(names: list[str]) -> str:
    return joined(f"`{name}`" for name in names)


def _it_or_them(names: list[str]) -> str:
    return "them" if names[1:] else "it"
