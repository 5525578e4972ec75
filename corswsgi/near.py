"""The name that an unknown one probably means, word by word and then letter by letter.

The law of this module: a name is only suggested. Nothing reads the value of one name as the value of another.
"""

import re
from collections.abc import Collection, Mapping

# Words that do not indicate a field, and words that do, for each field of a policy: people know them from Flask-CORS,
# django-cors-headers, the standard or another framework's CORS
_FILLERS = frozenset({
    "access", "all", "allow", "allowable", "allowed", "allows", "control", "cors", "enable", "include", "list",
    "permitted", "request", "support", "supports", "supported", "use", "with",
})  # fmt: skip
WORDS: Mapping[str, Collection[str]] = {
    "allow_origins": {
        "origin", "domain", "whitelist", "allowlist", "origin whitelist", "origin allowlist", "origin regex",
    },
    "allow_methods": {"method", "http method"},
    "allow_headers": {"header", "http header"},
    "expose_headers": {"expose", "exposed", "expose header", "exposed header", "response header"},
    "allow_credentials": {"credential", "cookie"},
    "max_age": {"max age", "maxage", "preflight max age", "max age second", "preflight maxage"},
}  # fmt: skip
_ALL = re.compile(r"\ball\b", re.IGNORECASE)


def in_snake_case(name: str) -> str:
    """Return a name such as ``maxAge``, ``Max-Age`` or ``CORS_MAX_AGE`` as ``max_age``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.strip()).lower().replace("-", "_").removeprefix("cors_")


def says_all(name: str) -> bool:
    """Return whether ``all`` is a word of a name in snake case."""
    return _ALL.search(name.replace("_", " ")) is not None


def meant(name: str, known: Collection[str], words: Mapping[str, Collection[str]], *, cutoff: float) -> str | None:
    """Return the name among `known` that `name` means, or None if it resembles none.

    `words` are other words for some of `known`, without an s at the end. A name such as ``allow_all`` means the first
    of them. Two names resemble each other if the ratio of `difflib` is `cutoff` or more.
    """
    snake = in_snake_case(name)
    if snake in known:
        return snake
    of_words = {each: right for right, called in words.items() for each in called}
    said = [word.removesuffix("s") for word in snake.split("_") if word not in _FILLERS]
    if not said and words and says_all(snake):
        return next(iter(words))
    return of_words.get(" ".join(said)) or of_words.get(" ".join(sorted(said))) or nearest(snake, known, cutoff=cutoff)


def nearest(name: str, known: Collection[str], *, cutoff: float = 0.7) -> str | None:
    """Return the name among `known` with nearly the same letters, or None."""
    from difflib import get_close_matches  # noqa: PLC0415  (only a mistake needs it)

    return next(iter(get_close_matches(name, known, n=1, cutoff=cutoff)), None)
