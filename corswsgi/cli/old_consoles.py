"""Lines of older browsers, rewritten in the words of today's browsers.

The law of this module: it rewrites the text around a reason, and the few reasons whose words have changed. It does not
decide what a reason means.
"""

import re
from collections.abc import Callable

UNNAMED_ORIGIN = "https://unnamed-origin.invalid"  # old lines of Chromium often do not name the page

_QUOTES = (0x22, 0x60, 0xAB, 0xB4, 0xBB, *range(0x2018, 0x2020), 0x2039, 0x203A)
_PLAIN: dict[int, str] = {0xA0: " ", 0x202F: " ", 0x200B: "", 0xFEFF: ""} | dict.fromkeys(_QUOTES, "'")

_ORIGIN = r"Origin '(?P<origin>[^\s']+)' is therefore not allowed access\.?"
# Chrome until 2018, and Safari's first line when it was still a single line
_LOADS = re.compile(
    r"(?:(?P<api>XMLHttpRequest|Fetch API) cannot load|Failed to load) (?P<url>https?://\S+?)[.:] (?P<reason>[^\n]+)"
)
_FONTS = re.compile(
    r"(?P<api>Font|Image|Script|Imported resource) from origin '(?P<url>\S+?)' has been blocked from loading by "
    r"Cross-Origin Resource Sharing policy: (?P<reason>[^\n]+)"
)
_SAFARI = re.compile(r"Origin (?P<origin>\S+) is not allowed by Access-Control-Allow-Origin\.?$")
# The subject of such a line if it is about CORS
_ABOUT_CORS = re.compile(r"[^\n]*(?:Access-Control-|preflight|Cross origin requests are only)")
_REASONS: tuple[tuple[str, str], ...] = (
    (r"missing token '([^\s']*)' in CORS header 'Access-Control-Allow-Headers' from CORS preflight channel",
     r"header '\1' is not allowed according to header 'Access-Control-Allow-Headers' from CORS preflight response"),
    (r"Redirect location '[^']*' contains a username", "Redirect location '' contains a username"),
    (r"CORS preflight channel did not succeed", "CORS preflight response did not succeed"),
    (r"A wildcard '\*' cannot be used in the 'Access-Control-Allow-Origin' header when the credentials flag is true\.",
     ("The value of the 'Access-Control-Allow-Origin' header in the response must not be the wildcard '*' when the "
     "request's credentials mode is 'include'.")),
    (r"Response for preflight has invalid HTTP status code (\d+)\.?",
     (r"Response to preflight request doesn't pass access control check: It does not have HTTP ok status. "
     r"HTTP status code \1")),
    ((r"Response for preflight is invalid \(redirect\)|Request requires preflight, which is disallowed to follow "
     r"cross-origin redirect\.?"),
     ("Response to preflight request doesn't pass access control check: Redirect is not allowed for a preflight "
     "request.")),
)  # fmt: skip


def plain_quotes(text: str) -> str:
    """Replace all kinds of quotation marks by one: consoles differ, and so do the programs that copy from them."""
    return text.translate(_PLAIN)


def modernised(text: str) -> str:
    """Return `text`, which has plain quotation marks, with the lines of older browsers in today's words."""
    for pattern, words in _REASONS:
        text = re.sub(pattern, words, text)
    return _FONTS.sub(_in_new_words(lambda api: api.lower()), _LOADS.sub(_in_new_words(_api), text))


def _api(api: str | None) -> str:
    return "XMLHttpRequest" if api == "XMLHttpRequest" else "fetch"


def _in_new_words(api_of: Callable[[str], str]) -> Callable[[re.Match[str]], str]:
    def written(match: re.Match[str]) -> str:
        reason, url, api = match["reason"], match["url"], match["api"] or ""
        safari = _SAFARI.match(reason)
        if safari:
            name = "XMLHttpRequest" if api == "XMLHttpRequest" else "Fetch API"
            return f"{reason}\n{name} cannot load {url} due to access control checks."
        if not _ABOUT_CORS.match(reason):
            return match[0]
        named = re.search(_ORIGIN, reason)
        origin = named["origin"] if named else UNNAMED_ORIGIN
        return (
            f"Access to {api_of(api)} at '{url}' from origin '{origin}' has been blocked by CORS policy: "
            f"{re.sub(_ORIGIN, '', reason)}"
        )

    return written
