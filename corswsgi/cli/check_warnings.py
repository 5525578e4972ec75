"""What a table may say and its author may not mean: warnings, each with a stable code.

The law of this module: it refuses nothing and says of nothing that it is safe; what is unsafe, `Policy` has refused.
"""

from collections.abc import Iterator

from corswsgi.cli.words import joined
from corswsgi.errors import Problem
from corswsgi.files.toml_lines import Places
from corswsgi.origins import OriginRules, origin_problems
from corswsgi.paths import PolicyTable
from corswsgi.paths.trie import PathTrie, to_wsgi
from corswsgi.policy import Policy
from corswsgi.standard import CORS_NON_WILDCARD_REQUEST_HEADER_NAMES
from corswsgi.vocabularies import row_name, shown

# How long an engine keeps the answer to a preflight at most, in seconds
CHROMIUM_MAX_AGE = 7200
WEBKIT_MAX_AGE = 600

# Methods whose requests have a body; the Content-Type of JSON is not safelisted
_WITH_BODY = frozenset({"*", "PATCH", "POST", "PUT"})

_ANY = "\ue000"  # stands for a segment that no row names: a private character that nobody writes into a path


def cautions(table: PolicyTable, places: Places) -> list[Problem]:
    """Find what deserves a second look, in the order of the file."""
    found: list[Problem] = []
    depth = max(pattern.count("/") for pattern in table.rows) + 1
    for pattern, policy in table.rows.items():
        row = _Row(pattern, places)
        found += _about_paths(table, row, depth)
        if policy is not None:
            found += _about_policy(policy, row)
    return sorted(found, key=lambda caution: (caution.place and caution.place.line) or 0)


class _Row:
    """Where a row stands."""

    def __init__(self, pattern: str, places: Places) -> None:
        self.pattern = pattern
        self._places = places

    def caution(self, code: str, message: str, hint: str, field: str = "", index: int | None = None) -> Problem:
        path = [part for part in (self.pattern, field or None, index) if part is not None]
        name = row_name(self.pattern) + (f".{field}" if field else "") + ("" if index is None else f"[{index}]")
        place = self._places.of(*path)
        return Problem(code=code, field=name, value=self.pattern, message=message, hint=hint, place=place)


def _about_policy(policy: Policy, row: _Row) -> Iterator[Problem]:
    for index, origin in enumerate(policy.allow_origins):
        # as if the user's credentials were at stake: the origin that a policy would then refuse
        if any(
            problem.code == "insecure-origin-with-credentials"
            for problem in origin_problems(origin, "", OriginRules(credentials=True, public_suffixes=True))
        ):
            message = f"whoever sits on the network path can speak as {shown(origin)}"
            yield row.caution("insecure-origin", message, "serve its pages over https", "allow_origins", index)
    names = {name.lower() for name in policy.allow_headers}
    if "*" in names and not names >= CORS_NON_WILDCARD_REQUEST_HEADER_NAMES:
        message, hint = "'*' does not cover Authorization", "name it beside the '*', if pages are to send it"
        yield row.caution("any-header-without-authorization", message, hint, "allow_headers")
    sends_json = _WITH_BODY & set(policy.allow_methods)
    if sends_json and not names & {"*", "content-type"}:
        message = f"pages may send {joined(sorted(sends_json))}, and not Content-Type: browsers block JSON bodies"
        hint = "add 'Content-Type' to allow_headers, if pages are to send JSON"
        yield row.caution("json-without-content-type", message, hint, "allow_methods")
    if policy.max_age is not None and policy.max_age > WEBKIT_MAX_AGE:
        message = f"WebKit keeps an answer for {WEBKIT_MAX_AGE} s"
        if policy.max_age > CHROMIUM_MAX_AGE:
            message += f", Chromium for {CHROMIUM_MAX_AGE} s"
        hint = f"nothing breaks; up to {WEBKIT_MAX_AGE} it means the same everywhere"
        yield row.caution("max-age-above-browsers", message, hint, "max_age")


def _about_paths(table: PolicyTable, row: _Row, depth: int) -> Iterator[Problem]:
    served_by = {match[0]: None for path in _paths(row.pattern, depth) if (match := table.match(path))}
    if row.pattern not in served_by:
        message = f"no path is left for it: {' and '.join(map(row_name, served_by))} are more specific, and take all"
        yield row.caution("shadowed-row", message, "leave it out, or leave out one of these")
        return
    policy = table.rows[row.pattern]
    if policy is None or not policy.origin_set.any_origin:
        return
    covers = PathTrie([(row.pattern, True)]).find
    for pattern, other in table.rows.items():
        inside = _paths(pattern, pattern.count("/"))[-1]
        if other is not None and other.allow_credentials and covers(to_wsgi(inside)):
            message = f"{row_name(pattern)} allows credentials, and what it misses is here, where any page reads it"
            hint = "name the paths that are for everybody, each in a row of its own"
            yield row.caution("any-origin-above-credentials", message, hint, "allow_origins")


def _paths(pattern: str, depth: int) -> list[str]:
    """Give a path for each way to match `pattern` that another pattern can tell apart, of `depth` segments at most.

    In place of each `*` stands what only a `*` matches. So a row that takes one of these paths from `pattern` takes
    with it all the paths of that length; and if it takes none of them, there is one that it leaves.
    """
    path = pattern.removesuffix("/**").replace("*", _ANY)
    if not pattern.endswith("/**"):
        return [path]
    paths = [path, f"{path}/"]
    while path.count("/") < depth:
        path += f"/{_ANY}"
        paths += [path, f"{path}/"]
    return paths
