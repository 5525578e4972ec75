"""The names of Flask-CORS's options, and suggestions for unknown names.

The law of this module: an unknown name is compared with options, word by word and letter by letter. It is reported, and
its value is never used.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from corswsgi.errors import Problem
from corswsgi.near import WORDS, meant, nearest, says_all
from corswsgi.policy import FIELDS
from corswsgi.problems import do, problem, rename

DEFAULTS: Mapping[str, Any] = {
    "origins": "*",
    "methods": ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"),
    "allow_headers": "*",
    "expose_headers": None,
    "supports_credentials": False,
    "max_age": None,
    "automatic_options": True,
    "always_send": True,
    # these have no effect any more, and some leave a note
    "send_wildcard": False,
    "vary_header": True,
    "intercept_exceptions": True,
    "allow_private_network": False,
}
_OPTIONS = {field: known.flask for field, known in FIELDS.items() if isinstance(known.flask, str)}
OURS = {field: option for field, option in _OPTIONS.items() if option not in DEFAULTS}  # read as a policy reads them
NAMES = (*DEFAULTS, *OURS.values())
KEYS = (*NAMES, "resources")  # in `app.config`, after ``CORS_``

# Words for options: those for fields of a policy, and others
_MEANT: Mapping[str, Collection[str]] = {
    **{_OPTIONS[field]: words for field, words in WORDS.items()},
    "vary_header": {"vary", "vary header"},
    "resources": {"resource"},
    "allow_private_network": {"private network"},
}
_SWITCH = "cross_origin_writes"  # an option of CORS(app)
_BESIDE_POLICIES = {"preflight_status", "on_decision"}
_NEAR_OPTION, _NEAR_KEY = 0.6, 0.75  # 1 means equal: the names differ in some letters


def unknown_option(name: str, value: object) -> Problem:
    """Return the problem of an option that Flask-CORS does not have. Its hint names the option that is meant."""
    message = "{name} is not an option of a view or a path"
    right = nearest(name, [_SWITCH]) or _meant(name, _NEAR_OPTION)
    if name in _BESIDE_POLICIES:
        message, fix = "{name} is an option of CORS with policies", do("pass policies in place of Flask-CORS's options")
    elif name == _SWITCH:
        fix = do("pass it to CORS(app), for the whole application")
    elif name == right:
        fix = do("remove it: `resources` is an option of CORS(app) and CORS(blueprint) alone")
    else:
        message = "{name} is not an option of CORS"
        fix = rename(right) if right else do("use an option of Flask-CORS, such as origins or methods")
    return problem("unknown-option", name, value, message, fix, name=name)


def unread_keys(config: Mapping[str, Any], options: Mapping[str, Any]) -> list[Problem]:
    """Find keys of an application that are not read but resemble an option that is not set."""
    known = {f"CORS_{name.upper()}" for name in KEYS} | {"CORS_HEADERS"}
    said = {f"CORS_{name.upper()}" for name in _said(options)} | config.keys()
    problems = []
    for key, value in config.items():
        if key.startswith("CORS_") and key not in known and not _is_handed_on(value, options):
            option = _meant(key, _NEAR_KEY)
            right = f"CORS_{option.upper()}" if option else None
            if right and right not in said and not (value is True and says_all(key)):
                message = "`app.config` has {key!s}, which is not read"
                problems.append(problem("unknown-option", key, value, message, rename(right), key=key))
    return problems


def _meant(name: str, cutoff: float) -> str | None:
    return meant(name, KEYS, _MEANT, cutoff=cutoff)


def _said(options: Mapping[str, Any]) -> set[str]:
    """Return the options that were passed to `CORS`, or in each key of its ``resources``."""
    resources = options.get("resources")
    rows = list(resources.values()) if isinstance(resources, Mapping) else []
    own = [set(row) for row in rows if isinstance(row, Mapping)]
    return set(options) | (set.intersection(*own) if own and len(own) == len(rows) else set())


def _is_handed_on(value: object, options: Mapping[str, Any]) -> bool:
    given = [each for option in options.values() for each in (option, *_inside(option))]
    return any(each is value for each in given) or any(type(each) is type(value) and each == value for each in given)


def _inside(option: object) -> Iterable[object]:
    if not isinstance(option, Mapping):
        return ()
    return [each for own in option.values() if isinstance(own, Mapping) for each in own.values()]
