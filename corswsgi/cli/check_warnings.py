"""Warnings about a table that is valid and probably unintended, each with a stable code.

The law of this module: it refuses nothing, and it calls nothing safe. `Policy` has already refused unsafe values.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from corswsgi.cli.check_loads import is_unscoped
from corswsgi.cli.words import joined
from corswsgi.errors import Problem
from corswsgi.files.toml_lines import Places
from corswsgi.origins import OriginRules, origin_problems
from corswsgi.origins.regexes import leaves_domain_open
from corswsgi.paths import PolicyTable
from corswsgi.paths.trie import PathTrie, to_wsgi
from corswsgi.policy import Policy
from corswsgi.problems import Mistake, add, do, mistake, set_to
from corswsgi.standard import CORS_NON_WILDCARD_REQUEST_HEADER_NAMES
from corswsgi.vocabularies import TOML, row_name

# The longest time for which each engine keeps the response to a preflight, in seconds
CHROMIUM_MAX_AGE = 7200
WEBKIT_MAX_AGE = 600

# Methods whose requests have a body; the Content-Type of JSON is not safelisted
_WITH_BODY = frozenset({"*", "PATCH", "POST", "PUT"})

_ANY = "\ue000"  # a segment that no row names: a private-use character, which nobody writes into a path


def warnings_about(table: PolicyTable, places: Places) -> list[Problem]:
    """Return the warnings about a table, in the order of its file."""
    found: list[Problem] = []
    depth = max(pattern.count("/") for pattern in table.rows) + 1
    for pattern, policy in table.rows.items():
        row = _Row(pattern, places)
        found += _about_paths(table, row, depth)
        if policy is not None:
            found += _about_policy(policy, row)
    return sorted(found, key=lambda each: (each.place and each.place.line) or 0)


class _Row:
    """The place of a row, for its warnings."""

    def __init__(self, pattern: str, places: Places) -> None:
        self.pattern = pattern
        self._places = places

    def warning(self, found: Mistake, field: str = "", index: int | None = None) -> Problem:
        path = [part for part in (self.pattern, field or None, index) if part is not None]
        name = row_name(self.pattern) + (f".{field}" if field else "") + ("" if index is None else f"[{index}]")
        return replace(found.at(name, self.pattern, TOML), place=self._places.of(*path))


def _about_origins(policy: Policy, row: _Row) -> Iterator[Problem]:
    for index, origin in enumerate(policy.allow_origins):
        # find the origins that a policy with credentials would refuse
        if any(
            problem.code == "insecure-origin-with-credentials"
            for problem in origin_problems(origin, "", OriginRules(credentials=True, public_suffixes=True))
        ):
            message = "{origin} is not encrypted: anyone on the network path can act as it"
            found = mistake("insecure-origin", message, do("serve its pages over https"), origin=origin)
            yield row.warning(found, "allow_origins", index)
    for index, origin in enumerate(policy.allow_origins):
        if policy.allow_credentials and is_unscoped(origin):
            message = "one list of loaded origins, with credentials: each tenant's pages can act on every tenant's data"
            found = mistake("loaded-without-scope", message, do("pass a scope to LoadedOrigins, such as the host"))
            yield row.warning(found, "allow_origins", index)
        if isinstance(origin, re.Pattern) and not policy.allow_credentials and leaves_domain_open(origin):
            message = "{source} also matches origins of strangers: it does not write out their domain"
            found = mistake("open-regex", message, do("write out the domain in the regex"), source=origin.pattern)
            yield row.warning(found, "allow_origins", index)


def _about_policy(policy: Policy, row: _Row) -> Iterator[Problem]:
    yield from _about_origins(policy, row)
    names = {name.lower() for name in policy.allow_headers}
    if "*" in names and not names >= CORS_NON_WILDCARD_REQUEST_HEADER_NAMES:
        fix = add("allow_headers", "Authorization", text="add {entry!s} beside the '*', if pages send it")
        found = mistake("any-header-without-authorization", "'*' does not cover Authorization", fix)
        yield row.warning(found, "allow_headers")
    sends_json = _WITH_BODY & set(policy.allow_methods)
    if sends_json and not names & {"*", "content-type"}:
        message = "pages may send {methods!s}, but not Content-Type: browsers block JSON bodies"
        fix = add("allow_headers", "Content-Type", text="add {entry!s} to {name!s}, if pages send JSON")
        found = mistake("json-without-content-type", message, fix, methods=joined(sorted(sends_json)))
        yield row.warning(found, "allow_methods")
    if policy.max_age is not None and policy.max_age > WEBKIT_MAX_AGE:
        message = f"WebKit caches a preflight for {WEBKIT_MAX_AGE} s at most"
        if policy.max_age > CHROMIUM_MAX_AGE:
            message += f", Chromium for {CHROMIUM_MAX_AGE} s"
        fix = set_to("max_age", WEBKIT_MAX_AGE, "set {assignment!s} if all browsers should behave alike")
        yield row.warning(mistake("max-age-above-browsers", message, fix), "max_age")


def _about_paths(table: PolicyTable, row: _Row, depth: int) -> Iterator[Problem]:
    served_by = {match[0]: None for path in _paths(row.pattern, depth) if (match := table.match(path))}
    if row.pattern not in served_by:
        message = "this row never matches: {others!s} take all its paths"
        others = joined(list(map(row_name, served_by)))
        yield row.warning(
            mistake("shadowed-row", message, do("remove this row"), do("remove one of these"), others=others)
        )
        return
    policy = table.rows[row.pattern]
    if policy is None or not policy.origin_set.any_origin:
        return
    covers = PathTrie([(row.pattern, True)]).find
    for pattern, other in table.rows.items():
        inside = _paths(pattern, pattern.count("/"))[-1]
        if other is not None and other.allow_credentials and covers(to_wsgi(inside)):
            message = "paths that {inner!s} (credentials) does not match are served by this row: any origin may read"
            fix = do("write the paths that are for everybody, each in a row of its own")
            found = mistake("any-origin-above-credentials", message, fix, inner=row_name(pattern))
            yield row.warning(found, "allow_origins")


def _paths(pattern: str, depth: int) -> list[str]:
    """Return one path for each way to match `pattern` that other patterns can distinguish, of at most `depth` segments.

    Each `*` is replaced by a segment that only a `*` matches. So a row that takes one of these paths from `pattern`
    takes all paths of that length. A row that takes none of them leaves at least one path to `pattern`.
    """
    path = pattern.removesuffix("/**").replace("*", _ANY)
    if not pattern.endswith("/**"):
        return [path]
    paths = [path, f"{path}/"]
    while path.count("/") < depth:
        path += f"/{_ANY}"
        paths += [path, f"{path}/"]
    return paths
