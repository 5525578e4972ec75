"""The settings that Django's front end reads: their names, old names, and notes on similar names.

The law of this module: each setting ``CORS_...`` is either read or reported.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from django.conf import settings

from corswsgi.errors import Problem
from corswsgi.near import nearest
from corswsgi.policy import FIELDS
from corswsgi.problems import do, problem, rename
from corswsgi.vocabularies import DJANGO, Vocabulary

OURS = "CORS_POLICIES"
SWITCH = "CORS_CROSS_ORIGIN_WRITES"
OLD_NAMES = {
    "CORS_ALLOWED_ORIGINS": "CORS_ORIGIN_WHITELIST",
    "CORS_ALLOWED_ORIGIN_REGEXES": "CORS_ORIGIN_REGEX_WHITELIST",
    "CORS_ALLOW_ALL_ORIGINS": "CORS_ORIGIN_ALLOW_ALL",
}
SETTINGS = {field: known.django for field, known in FIELDS.items() if isinstance(known.django, str)}
THEIRS = {
    *OLD_NAMES, *OLD_NAMES.values(), *SETTINGS.values(), "CORS_URLS_REGEX", "CORS_ALLOW_PRIVATE_NETWORK",
}  # fmt: skip

KNOWN = {*THEIRS, OURS, SWITCH}

# Names of earlier releases of django-cors-headers, and what people expect to be there; and what to do in their place
_GONE = {
    "CORS_REPLACE_HTTPS_REFERER": "list the origins of your pages in CSRF_TRUSTED_ORIGINS",
    "CORS_MODEL": "connect a receiver to the signal check_request_enabled",
    "CORS_URLS_ALLOW_ALL_REGEX": "write a row for these paths in CORS_POLICIES",
    "CORS_ENDPOINT_OVERRIDES": "write a row for these paths in CORS_POLICIES",
    "CORS_VARY_HEADER": "remove it: Vary is added where the response depends on the origin",
    "CORS_ALLOW_ALL_HEADERS": "set CORS_ALLOW_HEADERS = ['*']",
    "CORS_ALLOW_ALL_METHODS": "set CORS_ALLOW_METHODS = ['*']",
    "CORS_ALLOW_NULL_ORIGIN": "use CORS_POLICIES with dangerously_allow_null_origin=True",
}
# Names that follow the standard or another front end
_MEANT = {
    f"CORS_{word.upper()}": setting
    for field, setting in SETTINGS.items()
    for word in (field, FIELDS[field].flask, FIELDS[field].variable)
    if isinstance(word, str)
}
_MEANT |= {
    f"CORS_{word}": setting
    for setting, words in {
        "CORS_ALLOWED_ORIGINS": ("ORIGIN", "WHITELIST", "ALLOWLIST", "DOMAINS", "ALLOWED_DOMAINS", "TRUSTED_ORIGINS"),
        "CORS_ALLOWED_ORIGIN_REGEXES": ("ORIGIN_REGEXES", "ORIGIN_REGEX", "REGEXES", "REGEX_WHITELIST"),
        "CORS_ALLOW_ALL_ORIGINS": ("ALLOW_ALL", "ALLOW_ANY_ORIGIN"),
    }.items()
    for word in words
}
_NEAR = 0.8  # 1 means equal: the names differ in a letter or two at most


def name_of(setting: str) -> str:
    """Return the name under which a setting is set: the old name if only that one is set."""
    old = OLD_NAMES.get(setting, setting)
    return old if hasattr(settings, old) and not hasattr(settings, setting) else setting


def value_of(setting: str, default: object) -> object:
    """Return the value of a setting, under its old name or its new one."""
    return getattr(settings, name_of(setting), default)


def unknown_settings() -> Iterator[Problem]:
    """Yield a note for each setting ``CORS_...`` that is not read."""
    for name in sorted(dir(settings)):
        if name.startswith("CORS_") and name not in KNOWN:
            stem = name.removeprefix("CORS_")
            stems = sorted(each.removeprefix("CORS_") for each in KNOWN)
            near = nearest(stem, stems, cutoff=_NEAR)
            meant = _MEANT.get(name) or (near and f"CORS_{near}") if name not in _GONE else None
            fix = rename(meant) if meant else do(_GONE.get(name, "remove it, if your own code does not read it"))
            message = "corswsgi does not read the setting {here}"
            yield problem("unknown-setting", name, getattr(settings, name), message, fix)


def vocabulary() -> Vocabulary:
    """Return the vocabulary of the present settings, some of which may use old names."""
    words = {name: known.django for name, known in FIELDS.items()}
    return DJANGO.naming(words | {"allow_origins": name_of("CORS_ALLOWED_ORIGINS")})


def vocabulary_without_settings(defaults: Iterable[str]) -> Vocabulary:
    """Return the vocabulary of settings that have nothing about CORS yet; `defaults` are what they list then."""
    return replace(
        vocabulary(),
        write_one=lambda value: repr([value] if isinstance(value, str) else value),
        new_row="set {fields}",
        no_row="there are no CORS_* settings, so that no other origin may read `{path}`",
        between=" and ",
        defaults=frozenset(map(str.lower, defaults)),
    )
