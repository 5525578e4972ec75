"""Problems of a configuration: every code once, and hints as data that each surface renders in its own words.

To add a code: add a row to `CODES`, and create its problem where the configuration is read::

    problem(
        "negative-max-age", "max_age", value,       # code, the field where it was found, its value
        "{max_age} must not be negative",           # what is wrong, then why
        set_to("max_age", 0),                       # the fix: one step, or several alternatives
    )

``{max_age}`` and the like become the surface's word for that field, ``{here}`` its word for the field of the problem,
``{true}`` and ``{false}`` its spelling of these, ``{value}`` the value as it is written there. Other names are
arguments: ``{origin}`` of ``origin=...`` is written as a value, with ``{origin!s}`` as it is. Write no name of a field,
no ``True`` and no assignment into a text. A surface calls `reworded` once, with its vocabulary; nobody edits the text
afterwards.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from corswsgi.errors import Problem
from corswsgi.vocabularies import PYTHON, Vocabulary, row_name

# "warned": left out, shortened or read in another way, with a warning; "advised": a warning of `corswsgi check` alone
Severity = Literal["refused", "warned", "accepted", "advised"]


class Code(NamedTuple):
    """The meaning of a code, and the effect of its problem: in general, and in migration where that differs.

    In migration there are several where the effect depends on the option. `tests/test_severities.py` compares them.
    """

    meaning: str
    severity: Severity = "refused"
    in_flask: tuple[Severity, ...] = ()
    in_django: tuple[Severity, ...] = ()


_WARNED: tuple[Severity, ...] = ("warned",)
_IN_PART: tuple[Severity, ...] = ("refused", "warned")

CODES: Mapping[str, Code] = {
    "wrong-type": Code("a value of another type than the field takes", in_flask=("refused", "accepted")),
    "unknown-field": Code("a field that a policy does not have; the hint names the nearest"),
    "unnamed-field": Code("a value of a policy without the name of its field"),
    "quotes-in-value": Code("quotes inside a string, as `docker --env-file` keeps them"),
    "list-in-string": Code(
        "several values in one string, with commas or spaces",
        in_flask=_IN_PART,
        in_django=_IN_PART,
    ),
    "no-origins": Code("a policy without origins", in_flask=_WARNED, in_django=_WARNED),
    "any-origin-with-credentials": Code("`*` together with `allow_credentials`"),
    "any-origin-beside-others": Code("`*` beside other origins", in_flask=_WARNED, in_django=("accepted",)),
    "field-without-origins": Code("a field that has no effect beside `accept_writes_from` alone"),
    "any-origin-may-write": Code("`*` or `null` in `accept_writes_from`"),
    "null-origin": Code("`null`, which every sandboxed frame and local file sends"),
    "file-origin": Code("`file:`, whose pages send `null`"),
    "origin-without-scheme": Code("no `https://` in front", in_flask=_IN_PART, in_django=_IN_PART),
    "malformed-scheme": Code("a scheme that is not valid"),
    "origin-with-path": Code("a path after the host"),
    "origin-with-query": Code("a `?` after the host", in_flask=_WARNED),
    "origin-with-fragment": Code("a `#` after the host"),
    "origin-with-userinfo": Code("a user name or password"),
    "origin-with-trailing-slash": Code("a slash at the end"),
    "default-port": Code("`:443` of https, `:80` of http: browsers leave them out"),
    "port-out-of-range": Code("0, or above 65535"),
    "malformed-port": Code("a port that is not a number, or begins with a zero"),
    "origin-in-upper-case": Code("capital letters"),
    "origin-in-unicode": Code("letters beyond ASCII; the hint is the `xn--` form"),
    "non-canonical-address": Code("an IP address that no browser writes in this way", in_flask=_IN_PART),
    "malformed-host": Code("a host that is not valid"),
    "misplaced-wildcard": Code(
        "a `*` that is neither the whole `*.` in front nor the whole port `:*`", in_flask=_IN_PART
    ),
    "wildcard-over-address": Code("`*.` in front of an IP address"),
    "insecure-origin-with-credentials": Code("with credentials, `http:` that is not loopback or `localhost`"),
    "public-suffix-with-credentials": Code("with credentials, a wildcard over a public suffix"),
    "regex-with-comments": Code("a regex with comments or `re.VERBOSE`, which can hide a `.`"),
    "regex-with-unescaped-dot": Code(
        "a regex with a `.` that nothing repeats: `www.example` matches `wwwxexample`",
        in_flask=_WARNED,
        in_django=_WARNED,
    ),
    "any-origin-regex-with-credentials": Code(
        "with credentials, a regex that does not write out the domain of all that it matches"
    ),
    "slow-regex": Code("a regex that can take seconds for one origin or path: repeats of repeats, three in a row"),
    "regex-without-match": Code("a regex that matches no origin", in_flask=_WARNED, in_django=_WARNED),
    "any-program-with-credentials": Code("with credentials, `scheme://*`: any extension or program"),
    "not-a-token": Code(
        "a method or a header name with characters that it cannot have", in_flask=_IN_PART, in_django=_IN_PART
    ),
    "forbidden-method": Code("CONNECT, TRACE, TRACK"),
    "method-in-wrong-case": Code("`put`, `patch`: browsers compare byte for byte", in_flask=("accepted",)),
    "forbidden-request-header": Code(
        "a request header that scripts cannot set: `Cookie`, `Host`, `Sec-*`",
        in_flask=_WARNED,
        in_django=_WARNED,
    ),
    "response-header-in-request": Code(
        "the name of a response header in `allow_headers`", in_flask=_WARNED, in_django=_WARNED
    ),
    "forbidden-response-header": Code(
        "`Set-Cookie` in `expose_headers`: scripts cannot read it", in_flask=_WARNED, in_django=_WARNED
    ),
    "request-header-in-response": Code(
        "the name of a request header in `expose_headers`", in_flask=_WARNED, in_django=_WARNED
    ),
    "any-exposed-header-with-credentials": Code(
        "with credentials, `*` in `expose_headers`", in_flask=_WARNED, in_django=_WARNED
    ),
    "negative-max-age": Code("a negative `max_age`"),
    "max-age-not-whole": Code("a `max_age` that is not in whole seconds"),
    "max-age-too-long": Code("a `max_age` above 86400, a day", in_flask=_WARNED, in_django=_WARNED),
    "path-without-slash": Code("a path pattern that does not begin with `/`"),
    "path-with-query": Code("a `?` in a path pattern"),
    "ambiguous-path": Code("a pattern with a `.`, `..` or empty segment inside it, a backslash or a control character"),
    "foreign-path-syntax": Code("the syntax of a router or a regex in a path pattern: `<id>`, `{id}`, `.*`, `^`"),
    "misplaced-double-star": Code("`**` that is not the whole last segment"),
    "several-stars-in-segment": Code("two `*` in one segment"),
    "ambiguous-patterns": Code("two patterns that match one path and are equally specific"),
    "preflight-status": Code("a `preflight_status` outside of 200 to 299"),
    "cross-origin-writes": Code('a `cross_origin_writes` that is not `"accept"`, `"report"` or `"refuse"`'),
    "unreadable-file": Code("a file that does not exist, or cannot be read"),
    "wrong-encoding": Code("a file that is not in UTF-8"),
    "toml-syntax": Code("a file that is not TOML"),
    "no-rows": Code("a file without a row"),
    "key-outside-row": Code("in a file, a key outside of every row"),
    "cors-not-false": Code("in a file, `cors` with another value than `false`"),
    "load-not-found": Code("in a file, a `load` that does not name a `LoadedOrigins`"),
    "cors-beside-fields": Code("in a file, `cors = false` beside the fields of a policy"),
    "missing-variable": Code("in a file, a variable that the environment does not have"),
    "too-many-values": Code("in a file, strings that combine variables with several values: more than 10,000 together"),
    "malformed-variable": Code("in a file, a `${` that does not begin a variable"),
    "variable-in-path": Code("in a file, a variable in a path pattern"),
    "check-every": Code("a `check_every` that is not a number of seconds"),
    "every-not-positive": Code("an `every` of `LoadedOrigins` that is not a number of seconds above 0"),
    "keep-for-below-every": Code("a `keep_for` of `LoadedOrigins` that is shorter than its `every`"),
    "settings-beside-table": Code("in Django's settings, `CORS_POLICIES` beside those of django-cors-headers"),
    "private-network": Code(
        "in Django's settings, `CORS_ALLOW_PRIVATE_NETWORK`, whose header no browser reads", "warned"
    ),
    "malformed-regex": Code("in Django's settings and Flask's options, a regex that does not compile"),
    "regex-matched-whole": Code(
        "in Django's settings, a regex without an end, after which django-cors-headers let anything follow", "warned"
    ),
    "unknown-option": Code("in Flask, an option that Flask-CORS does not have; the hint names the nearest"),
    "resource-twice": Code("in Flask, two keys of `resources` that are one pattern"),
    "second-cors": Code("in Flask, a second `CORS` on an application"),
    "decorated-class": Code("in Flask, `cross_origin` on a class"),
    "unknown-setting": Code("in Django's settings, a `CORS_...` setting that nothing reads", "warned"),
    "any-origin-above-credentials": Code(
        "a row with `*` above a row with credentials: paths that the second does not match fall to the first", "advised"
    ),
    "insecure-origin": Code("an origin on plain `http` that is not this machine", "advised"),
    "open-regex": Code("without credentials, a regex that does not write out the domain of all it matches", "advised"),
    "any-header-without-authorization": Code('`allow_headers="*"`, which does not cover `Authorization`', "advised"),
    "loaded-without-scope": Code(
        "`LoadedOrigins` with credentials and without a `scope`: tenants act on each other's data", "advised"
    ),
    "json-without-content-type": Code(
        "PUT, PATCH, POST or `*` without `Content-Type` in `allow_headers`: browsers block JSON bodies", "advised"
    ),
    "max-age-above-browsers": Code("a `max_age` above what WebKit (600 s) or Chromium (7200 s) honour", "advised"),
    "shadowed-row": Code("a row whose paths are all taken by more specific rows", "advised"),
}

# Reported by `manage.py check` alone, beside the problems of the settings
CODES_OF_PROJECTS: Mapping[str, str] = {
    "mark-not-found": "a policy on a function that no URL leads to",
    "not-in-wsgi": "the application in `WSGI_APPLICATION` adds no headers",
    "no-settings": "`INSTALLED_APPS` has `corswsgi.django`, and nothing allows an origin",
    "other-middleware": "`MIDDLEWARE` has django-cors-headers, which adds headers by rules of its own",
    "asgi": "the application in `ASGI_APPLICATION` is served, and corswsgi is for WSGI",
    "not-csrf-trusted": "an origin whose pages may send cookies, and whose POST Django answers with a 403",
}

StepKind = Literal["set", "unset", "rename", "write", "drop", "add", "move", "no-cors", "do"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One way to fix a problem: what to do, with which field and entries; ``text`` says it in other words."""

    kind: StepKind
    field: str = ""
    entries: tuple[object, ...] = ()
    text: str = ""


def set_to(field: str, value: object, text: str = "") -> Step:
    """Set another field, or the whole field of the problem, to `value`."""
    return Step(kind="set", field=field, entries=(value,), text=text)


def unset(field: str, text: str = "") -> Step:
    """Remove a field."""
    return Step(kind="unset", field=field, text=text)


def rename(field: str) -> Step:
    """Write `field` in place of the name of the field in which the problem was found."""
    return Step(kind="rename", field=field)


def write(*entries: object, text: str = "") -> Step:
    """Write `entries` in place of the value, or of the entry of a list, in which the problem was found."""
    return Step(kind="write", entries=entries, text=text)


def drop(text: str = "") -> Step:
    """Remove the entry, or the whole field, in which the problem was found."""
    return Step(kind="drop", text=text)


def add(field: str, *entries: object, text: str = "") -> Step:
    """Add `entries` to the list of a field."""
    return Step(kind="add", field=field, entries=entries, text=text)


def move_to(field: str, text: str = "") -> Step:
    """Move the entry in which the problem was found to the list of another field."""
    return Step(kind="move", field=field, text=text)


def no_cors() -> Step:
    """Turn CORS off for these paths."""
    return Step(kind="no-cors")


def do(text: str) -> Step:
    """Do what `text` says, an imperative: for what no other step can express."""
    return Step(kind="do", text=text)


_PHRASES: Mapping[StepKind, str] = {
    "set": "set {assignment!s}",
    "unset": "remove {name!s}",
    "rename": "write {name!s}",
    "write": "write {entry!s}",
    "drop": "remove {it!s}",
    "add": "add {entry!s} to {name!s}",
    "move": "move it to {name!s}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A problem before its place is known: texts with placeholders, and alternative steps that fix it."""

    code: str
    message: str
    fix: tuple[Step, ...]
    arguments: Mapping[str, object]

    def at(self, field: str, value: object, vocabulary: Vocabulary = PYTHON) -> Problem:
        """Return the problem of this mistake in `field`, in the words of `vocabulary`."""
        message, hint = self._texts(field, value, vocabulary)
        return Problem(code=self.code, field=field, value=value, message=message, hint=hint, mistake=self)

    def _texts(self, field: str, value: object, vocabulary: Vocabulary) -> tuple[str, str]:
        said = {**self.arguments, "value": value, "here": _PLACE.sub(r"\g<name>", field)}
        message = _filled(self.message, said, vocabulary)
        steps = [phrase for step in self.fix if (phrase := _phrase(step, field, said, vocabulary))]
        return message, ", or ".join(steps)


def mistake(code: str, message: str, *fix: Step, **arguments: object) -> Mistake:
    """Return a mistake whose code is in `CODES`; ``arguments`` are those of its texts."""
    if code not in CODES:
        raise LookupError(f"{code} is not in CODES: add it there")
    return Mistake(code=code, message=message, fix=fix, arguments=arguments)


def problem(code: str, field: str, value: object, message: str, *fix: Step, **arguments: object) -> Problem:
    """Return the problem of a `mistake` in `field`, in Python's words."""
    return mistake(code, message, *fix, **arguments).at(field, value)


def check_id(code: str) -> str:
    """Return the id of a code in `manage.py check`. Raises LookupError for one that is in neither list."""
    if code not in CODES and code not in CODES_OF_PROJECTS:
        raise LookupError(f"{code} is not in CODES_OF_PROJECTS: add it there")
    return f"corswsgi.{code}"


def reworded(found: Problem, vocabulary: Vocabulary, *, field: str | None = None) -> Problem:
    """Return a problem in the words of `vocabulary`; `field` says where it is, if not at the field that it names."""
    if field is None:
        field = _PLACE.sub(lambda place: _renamed(place, vocabulary), found.field)
    if not isinstance(found.mistake, Mistake):
        return replace(found, field=field)
    renamed = found.mistake.at(field, found.value, vocabulary)
    return replace(renamed, place=found.place)


def in_row(pattern: object, problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems of a policy with the row of the table in front of their fields."""
    return [replace(problem, field=f"{row_name(pattern)}.{problem.field}") for problem in problems]


def list_in_string(text: str) -> Mistake | None:
    """Find the classic traps: several values in one string, and what a variable keeps of quotes and brackets."""
    plain = text.strip()
    if plain[:1] == plain[-1:] and plain[:1] in {"'", '"'} and len(plain) > 1:
        inside = [value.strip(" '\"") for value in re.split(r"[\s,;]+", plain[1:-1])]
        return mistake("quotes-in-value", "{value} has quotes inside it", write(*filter(None, inside)))
    if plain[:1] == "[" and plain[-1:] == "]":
        entries = [value.strip(" \t\r\n\"'") for value in plain[1:-1].split(",")]
        return mistake("list-in-string", "{value} is a JSON list in a string", write(*filter(None, entries)))
    piece = re.sub(r"\A\[?[\"']|[\"']\]?\Z", "", plain)  # of a JSON list that was split at its commas
    if piece != plain and re.fullmatch(r"[^\s,;\"']+", piece):
        return mistake("quotes-in-value", "{value} has quotes inside it", write(piece))
    values = [value for value in re.split(r"[\s,;]+|\|(?=https?://)", text) if value]
    if values == [text] or not text:
        return None
    fix = write(*values) if values else drop()
    joined = re.sub(r"\s*-\s*", "-", plain)  # "Content- Type" is one name
    if re.fullmatch(r"[\w-]+", joined):
        fix = write(joined)
    return mistake("list-in-string", "{value} has a comma, a semicolon or a space in it: it is not one value", fix)


# The field of a policy at the end of a problem's field, behind the row: "/api/**".allow_origins[1]
_PLACE = re.compile(r"(?P<row>.*\.)?(?P<name>\w+)(?P<index>\[\d+\])?\Z", re.DOTALL)
_PLACEHOLDER = re.compile(r"\{([a-z_]+)(!s)?\}")


def _renamed(place: re.Match[str], vocabulary: Vocabulary) -> str:
    word = vocabulary.word(place["name"]) or place["name"]
    return f"{place['row'] or ''}{word}{place['index'] or ''}"


def _filled(text: str, said: Mapping[str, object], vocabulary: Vocabulary) -> str:
    def put(placeholder: re.Match[str]) -> str:
        name, as_it_is = placeholder.groups()
        if name == "here":
            return vocabulary.word(str(said[name])) or str(said[name])
        if name not in said:
            return vocabulary.word(name)
        return str(said[name]) if as_it_is else vocabulary.quote(said[name])

    return _PLACEHOLDER.sub(put, text)


def _phrase(step: Step, field: str, said: Mapping[str, object], vocabulary: Vocabulary) -> str:
    """Return what a step says in a vocabulary, "" where it cannot be done there."""
    if step.kind == "no-cors":
        return vocabulary.no_cors
    name = vocabulary.word(step.field)
    text = step.text or _PHRASES[step.kind]
    in_list = field.endswith("]") or step.kind == "add"
    entry = _entries(step.entries, vocabulary, in_list=in_list)
    if step.field and not name:
        text = vocabulary.elsewhere
    assignment = vocabulary.assignment.format(name=name, entry=entry)
    it = "it" if in_list else vocabulary.word(str(said["here"]))
    words = {"name": name, "field": step.field, "entry": entry, "assignment": assignment, "it": it}
    return _filled(text, {**said, **words}, vocabulary)


def _entries(entries: tuple[object, ...], vocabulary: Vocabulary, *, in_list: bool) -> str:
    if in_list:
        return ", ".join(map(vocabulary.write_one, entries))
    return vocabulary.write_one(entries[0]) if len(entries) == 1 else vocabulary.write_list(entries)
