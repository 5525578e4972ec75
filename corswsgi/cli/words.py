"""The sentence that describes a row of a table, made from the clauses beside the fields of `Policy`."""

from collections.abc import Iterable
from functools import partial
from types import FunctionType, MethodType

from corswsgi.policy import FIELDS, Policy
from corswsgi.standard import CORS_NON_WILDCARD_REQUEST_HEADER_NAMES
from corswsgi.surfaces import Clause, Surfaces


def in_words(policy: Policy | None) -> str:
    """Describe what pages may do under a row, without what every page may do unless that is all."""
    if policy is None:
        return "no CORS: nothing is added here"
    said: dict[str, list[str]] = {"subject": [], "send": [], "with": [], "also": [], "end": []}
    for field, known in FIELDS.items():
        if isinstance(known.clause, Clause):
            text = _clause(known, known.clause, getattr(policy, field))
            said[known.clause.part] += [text] if text else []
    end = "; ".join(said["end"])
    if not said["subject"]:  # only `accept_writes_from` is set
        return f"no CORS: no headers are added; {end}"
    with_ = f" with {joined(said['with'])}" if said["with"] else ""
    also = "".join(f", {each}" for each in said["also"])
    return f"pages of {joined(said['subject'])} may send {joined(said['send'])}{with_}{also}{'; ' if end else ''}{end}"


def _clause(known: Surfaces, clause: Clause, value: object) -> str:
    if value is None:
        return ""
    if not value:
        return clause.nothing
    if not isinstance(value, tuple):
        return clause.text.format(value)
    if "*" in value:
        return clause.everything + _exceptions(clause, value)
    text = clause.many if clause.many and len(value) > 1 else clause.text
    if known.kind != "origins":
        return text.format(joined(value))
    return text.format(joined([described for each in value if (described := _pattern(each))] or ["no origin"]))


def _exceptions(clause: Clause, names: tuple[str, ...]) -> str:
    """Name the request headers that `*` does not cover (https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name)."""
    uncovered = CORS_NON_WILDCARD_REQUEST_HEADER_NAMES - {name.lower() for name in names}
    return f" but {joined(sorted(name.title() for name in uncovered))}" if clause.part == "with" and uncovered else ""


def _pattern(pattern: object) -> str:
    """Describe an entry of `allow_origins`, in the same words in each run, without addresses of memory."""
    if isinstance(pattern, FunctionType | MethodType):
        return f"origins that {pattern.__qualname__} accepts"
    if isinstance(pattern, partial):
        return _pattern(pattern.func)
    if type(pattern).__str__ is object.__str__ and type(pattern).__repr__ is object.__repr__:
        return f"origins that {type(pattern).__qualname__} accepts"
    return _origin(str(pattern))


def _origin(text: str) -> str:
    if text == "null":
        return "no origin (sandboxed frames, local files)"
    name = text.replace("://*.", "://").removesuffix(":*")
    below = "any subdomain of " if "://*." in text else ""
    return f"{below}{name}{' on any port' if text.endswith(':*') else ''}"


def joined(parts: Iterable[str]) -> str:
    """Join `parts` as in a sentence: ``a, b and c``."""
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last
