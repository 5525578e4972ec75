"""A reader for the CORS errors in browsers' consoles: the page, the request, and why it failed.

The law of this module: it has no copy of an engine's words. Each pattern is made from a message of
`corswsgi.browser.messages` that has blanks for the page's origin, the URL and other values. `old_consoles` rewrites
the lines of older versions.
"""

import re
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from typing import Any, get_args

from corswsgi.browser.engines import EngineName
from corswsgi.browser.failure import Failure, FailureCode, Stage
from corswsgi.browser.messages import Blocked, console_message
from corswsgi.cli.old_consoles import UNNAMED_ORIGIN, modernised, plain_quotes


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleLine:
    """The contents of a line. ``codes`` are the failures that an engine reports so. Missing details are None.

    ``first_url`` is where a redirected request began. ``detail`` is the method, the header or the value that it names.
    ``header`` is the header of CORS that a line in another language is about.
    """

    engine: EngineName
    codes: tuple[FailureCode, ...]
    stage: Stage | None
    api: str
    origin: str | None = None
    url: str | None = None
    first_url: str | None = None
    detail: str | None = None
    status: int | None = None
    header: str | None = None

    @property
    def method(self) -> str:
        """The request's method if the line names it, or one that needs a preflight if the line mentions a preflight."""
        if "method-not-allowed" in self.codes and self.detail:
            return self.detail
        return "PUT" if self.stage == "preflight" and not self.headers else ""

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The request headers that the line names."""
        if "header-not-allowed" not in self.codes or not self.detail:
            return ()
        return ((self.detail, "application/json" if self.detail.lower() == "content-type" else "x"),)

    @property
    def includes_credentials(self) -> bool:
        """Whether only requests with credentials fail like this."""
        return bool({"allow-origin-wildcard", "allow-credentials"} & set(self.codes))


@dataclass(frozen=True, slots=True)
class _Pattern:
    regex: re.Pattern[str]
    engine: EngineName
    codes: tuple[FailureCode, ...]
    stages: tuple[Stage, ...]
    api: str


# Lines of other versions, which the simulator does not write
_ENVELOPES: dict[EngineName, re.Pattern[str]] = {
    "chromium": re.compile(
        r"Access to (?P<initiator>[\w ]+?) at '(?P<url>\S+?)' (?:\(redirected from '(?P<first_url>\S+?)'\) )?"
        r"from origin '(?P<origin>[^\s']+)' has been blocked by CORS policy: *(?P<detail>[^\n]*)"
    ),
    "firefox": re.compile(
        r"disallows reading the remote resource at '?(?P<url>\S+?)'?\.(?: \(Reason: (?P<detail>[^\n]*?)\)\.)?(?=\s|$)"
    ),
}

# The failures that only the response to a preflight can have
_OF_PREFLIGHTS = frozenset[FailureCode | str]({
    "preflight-redirect", "preflight-status", "preflight-not-ok", "allow-methods-malformed", "allow-headers-malformed",
    "method-not-allowed", "header-not-allowed",
})  # fmt: skip

# The values for the blanks: an engine neither writes nor escapes them
_BLANKS = {
    "origin": "https://blank-origin.invalid",
    "url": "https://blank-url.invalid/",
    "first_url": "https://blank-first.invalid/",
    "detail": "blank-detail",
    "status": "299",
}
_FILLED = {
    "origin": r"[^\s']+?",
    "url": r"\S+?",
    "first_url": r"\S+?",
    "detail": r"[^\n]*?",
    "status": r"[0-9]{1,3}|\(null\)",
}
# "(users, line 0)" at the end of one, "[Error] " in front of the next
_BETWEEN_LINES = r"(?:\s*\([^\n()]*\))?\s+(?:\[\w+\]\s+)?"
# The status of the failed URL, and of no other, in another line or an old one
_STATUS = re.compile(
    r"(?P<url>https?://\S+)\s+net::ERR_(?:FAILED|ABORTED)\s+(?P<one>[1-5]\d\d)\b"
    r"|HTTP status code (?P<two>[1-5]\d\d)\b|responded with a status of (?P<three>[1-5]\d\d)\b"
)
# A line of Firefox in another language: it names the URL, and the header in English
_URL = re.compile(r"https?://[^\s']+")
_HEADER = re.compile(r"Access-Control-Allow-\w+")
_LAST_STATUS = re.compile(r":\s*([1-5]\d\d)\b")
_MANY = 5  # one line for so many failures says nothing
_ENGINES: tuple[EngineName, ...] = ("chromium", "firefox", "webkit")
_APIS = ("fetch", "xhr", "eventsource")
# Browsers have no line for redirects to hosts that the caller did not name
_CODES: tuple[FailureCode, ...] = tuple(code for code in get_args(FailureCode) if code != "redirect-elsewhere")
_STAGES: tuple[Stage, ...] = ("response", "preflight")


def read_console(text: str) -> ConsoleLine | None:
    """Find the line about CORS in `text`, one or more lines of a console. None if there is none."""
    plain = modernised(plain_quotes(text))
    line = _known(plain) or _of_another_version(plain)
    if line is None:
        return None
    return replace(
        line,
        origin=None if line.origin == UNNAMED_ORIGIN else line.origin,
        status=line.status or _status_beside(plain, {line.url, line.first_url}),
    )


def _known(plain: str) -> ConsoleLine | None:
    found = [(pattern, match) for pattern in _patterns() if (match := pattern.regex.search(plain))]
    # if two patterns match, the one that explains more of the text; if two lines match, the first
    best = max(found, key=lambda each: (each[1].end() - each[1].start(), -each[1].start()), default=None)
    return None if best is None else _line(*best)


def _of_another_version(plain: str) -> ConsoleLine | None:
    for engine, envelope in _ENVELOPES.items():
        match = envelope.search(plain)
        if match:
            parts: dict[str, Any] = match.groupdict()
            return ConsoleLine(
                engine=engine, codes=(), stage=None, api=parts.pop("initiator", None) or "fetch", **parts
            )
    return next(filter(None, map(_translated, plain.splitlines())), None)


def _translated(line: str) -> ConsoleLine | None:
    url, header = _URL.search(line), _HEADER.search(line)
    if url is None or header is None:
        return None
    statuses = _LAST_STATUS.findall(line[header.end() :])
    return ConsoleLine(
        engine="firefox",
        codes=(),
        stage=None,
        api="fetch",
        url=url[0].rstrip(".,;:)"),
        header=header[0],
        status=int(statuses[-1]) if statuses else None,
    )


def _status_beside(plain: str, urls: set[str | None]) -> int | None:
    for match in _STATUS.finditer(plain):
        if match["url"] is None or match["url"] in urls:
            return int(match["one"] or match["two"] or match["three"])
    return None


def _line(pattern: _Pattern, match: re.Match[str]) -> ConsoleLine:
    filled: dict[str, Any] = {name: value for name, value in match.groupdict().items() if name in _BLANKS}
    status = filled.get("status") or ""
    filled["status"] = int(status) or None if status.isdigit() else None  # WebKit writes 0 if there is no status
    codes = _narrowed(pattern.codes if len(pattern.codes) < _MANY else (), filled.get("detail") or "")
    of_preflight = bool(codes) and _OF_PREFLIGHTS.issuperset(codes)
    return ConsoleLine(
        engine=pattern.engine,
        codes=codes,
        stage="preflight" if of_preflight else pattern.stages[0] if len(pattern.stages) == 1 else None,
        api=match.groupdict().get("initiator") or pattern.api,
        **filled,
    )


def _narrowed(codes: tuple[FailureCode, ...], detail: str) -> tuple[FailureCode, ...]:
    """Distinguish a single other origin from several. Firefox has the same line for both."""
    if not {"allow-origin-multiple", "allow-origin-mismatch"} <= set(codes):
        return codes
    is_list = re.search("[ ,]", detail) is not None
    return tuple(code for code in codes if (code == "allow-origin-multiple") is is_list)


@cache
def _patterns() -> tuple[_Pattern, ...]:
    made: dict[str, _Pattern] = {}
    firsts = (_BLANKS["url"], _BLANKS["first_url"])
    for engine, code, stage, api, first, repeated in product(_ENGINES, _CODES, _STAGES, _APIS, firsts, (False, True)):
        message = console_message(engine, _blank(code, stage, api, first, repeated=repeated))
        for text in dict.fromkeys((message, *message.splitlines())):  # each line may be pasted alone
            if not re.search(r"blank-(?:url|origin)|Access-Control|Preflight", text):
                continue  # it may be about anything
            regex = _regex(text)
            known = made.get(regex)
            made[regex] = _Pattern(
                regex=re.compile(regex),
                engine=engine,
                codes=_with(known.codes if known else (), code),
                stages=_with(known.stages if known else (), stage),
                api=known.api if known else api,
            )
    return tuple(made.values())


def _with(values: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
    return values if value in values else (*values, value)


def _blank(code: FailureCode, stage: Stage, api: Any, first_url: str, *, repeated: bool) -> Blocked:
    blank = _BLANKS["detail"]
    return Blocked(
        failure=Failure(code=code, section="", reason="", detail=blank, element=blank, is_repeated=repeated),
        stage=stage,
        origin=_BLANKS["origin"],
        url=_BLANKS["url"],
        first_url=first_url,
        status=int(_BLANKS["status"]),
        api=api,
    )


def _regex(message: str) -> str:
    """Make a regex from `message`: blanks become groups, and additions around and between lines are skipped."""
    regex = re.escape(plain_quotes(message))
    for name, blank in _BLANKS.items():
        first, *others = regex.split(re.escape(blank))
        if not others:
            continue
        regex = f"{first}(?P<{name}>{_FILLED[name]}){others[0]}"
        regex += "".join(f"(?:{_FILLED[name]}){other}" for other in others[1:])
    regex = re.sub(r"(?:\\ |\\\n)+", lambda gap: _BETWEEN_LINES if "\n" in gap[0] else r"\s+", regex)
    # quotation marks around a URL come and go with versions, and so does the status
    regex = re.sub(r"(?<=at\\s\+)(?=\(\?P<url>)", "'?", regex).replace(r"\S+?)\.", r"\S+?)'?\.")
    regex = re.sub(r"(\\s\+Status\\s\+code:\\s\+\(\?P<status>.*?\(null\\\))\)(?:\\\.)?", r"(?:\1)\\.?)?", regex)
    regex = re.sub(r"Access\\s\+to\\s\+\w+\\s\+at", r"Access\\s+to\\s+(?P<initiator>[\\w ]+?)\\s+at", regex)
    # a blank at the end extends to the end of its line or URL
    if regex.endswith("*?)"):
        return regex + r"(?=\s*(?:\n|$))"
    if re.search(r"cannot\\s\+load\\s\+\(\?P<url>\S+\)'\?\\\.$", regex):
        return regex + r"(?=[\s'*)]*(?:\n|$)|\s+\()"  # Chromium goes on with a reason of its own
    if regex.endswith(r"\."):
        return regex + r"(?=[\s'*)]|$)"  # a quotation mark or a bracket around the line
    return regex + (r"(?=\s|$)" if regex.endswith(r"+?)") else "")
