"""Django's routes by regex, ``re_path``, as paths that a person can read.

The law of this module: a path is shown only if it means the same as the regex. Any other regex is shown as one.
"""

import re

A_REGEX = "(regex "  # the beginning of what is shown for one that is not simple

# A character, an escape or a class
_ATOM = r"(?:[^()\[\]\\]|\\.|\[\^?\]?(?:\\.|[^\]\\])*\])"
# A group with or without a name, and groups without names inside it, one level deep
_GROUP = rf"\((?:\?P<(?P<name>\w+)>|(?!\?))(?:{_ATOM}|\((?:\?:)?{_ATOM}*\))*\)"
_ANYTHING = r"(?=\((?:\?P<\w+>)?\.\*\))"  # at the beginning it needs no anchor: Django searches
_UNNAMED = _GROUP.replace("?P<name>", "?:", 1)
# Anchored, with literals and groups: it means the same as a path such as ``old/<year>/``
_SIMPLE = re.compile(
    rf"(?:(?:\^|{_ANYTHING})(?P<body>(?:[\w/~@%!,;:=&' \-]|\\[^\w\s]|{_UNNAMED})*)(?:/\?)?(?P<end>\$|\\[zZ])?)?",
    re.ASCII | re.DOTALL,
)
_PART = re.compile(rf"\\(?P<literal>.)|{_GROUP}", re.DOTALL)
_NO_WORDS = re.compile(r"\(\?P<\w+>|\\.|[^\w/.\-]")


def path_of(regex: str, *, is_view: bool) -> str:
    """Return a path such as ``old/<year>/``, or ``(regex ^old/.*$)`` for a regex that is not simple.

    The regex of a view must match to the end; that of an ``include`` is a beginning.
    """
    simple = _SIMPLE.fullmatch(regex)
    if simple is None or (is_view and not simple["end"]):
        return f"{A_REGEX}{regex})"
    return _PART.sub(lambda part: part["literal"] or f"<{part['name'] or 'var'}>", simple["body"] or "")


def example_of(regex: str) -> str:
    """Return a path that the regex probably matches."""
    simple = _SIMPLE.fullmatch(regex)
    if simple is not None:
        return _PART.sub(lambda part: part["literal"] or "1", simple["body"] or "")
    from django.utils.regex_helper import normalize  # noqa: PLC0415  (the application has imported Django)

    try:
        path: str = normalize(regex)[0][0]
    except (ValueError, IndexError):  # of a regex that Django cannot reverse
        return ""
    return re.sub(r"%\(\w+\)s", "1", path)


def words_of(regex: str) -> str:
    """Return the words of a regex, with slashes between them."""
    return _NO_WORDS.sub("/", regex)
