"""Causes in one header: mistakes in an ``Access-Control-Allow-Origin``, and problems of a page's own origin.

The law of this module: it judges values and sends nothing. It never advises to allow the origin ``null``.
"""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from corswsgi.browser.headers import HeaderList
from corswsgi.browser.url import URL
from corswsgi.cli.causes import Cause
from corswsgi.hosts import is_loopback
from corswsgi.standard import SERIALIZED_ORIGIN

EXTENSIONS = frozenset({"chrome-extension", "moz-extension", "safari-web-extension"})
_QUOTED = re.compile(r"\s*['\"]")
_DEFAULTS = {"http": ":80", "https": ":443"}
_FIRST_FAILURE = 500  # of the server


def null_origin_cause() -> Cause:
    """Explain a page whose origin is ``null``."""
    return Cause(
        "null-origin",
        "the page's origin is null: it is a file (file://) or a sandboxed frame, as any attacker's page can be",
        "serve the page from http://localhost, or from an origin of its own; never allow null",
        is_final=True,
    )


def of_extension(url: URL) -> str:
    """Return what pages of an extension can do in place of CORS."""
    return (
        f'pages of an extension need no CORS for what host_permissions of its manifest lists: add "{url.origin}/*" '
        "there; its content scripts ask as the page that they are in"
    )


def doubled_cause(headers: HeaderList) -> Cause | None:
    """Explain more than one ``Access-Control-Allow-Origin``, or a list in it."""
    return doubled_cause_of(headers.get_all("Access-Control-Allow-Origin"))


def doubled_cause_of(values: Sequence[str]) -> Cause | None:
    """Explain `values`, the lines of ``Access-Control-Allow-Origin``, if they have more than one origin."""
    fix = "take one of the two out: one place sends the headers of CORS, the application or the proxy in front of it"
    if len(values) > 1:
        times = "twice" if len(values) == 2 else f"{len(values)} times"  # noqa: PLR2004
        what = f"Access-Control-Allow-Origin is sent {times} ({', '.join(values)}): two parts of the server answer"
    elif values and re.search(r"[^\s,;|]\s*[\s,;|]\s*[^\s,;|]", values[0]):
        what = (
            f"Access-Control-Allow-Origin has several values ({values[0]}): two parts of the server send it, or a list"
        )
        fix = f"{fix}; where it is a list, have the server compare it, and answer the one origin that asks"
    else:
        return None
    return Cause("allow-origin-doubled", what, fix, is_final=True)


def replaced_cause(headers: HeaderList, origin: str) -> Cause | None:
    """Explain ``*`` beside credentials: written by hand, or added by something in front."""
    if headers.get("Access-Control-Allow-Origin") != "*" or headers.get("Access-Control-Allow-Credentials") != "true":
        return None
    return Cause(
        "allow-origin-replaced",
        "the answer allows * and credentials at once, which browsers refuse: the server is written so, "
        "or a proxy in front replaces Access-Control-Allow-Origin",
        "remove the line that sets the header to * (in front: `Header set`, `add_header`, `set-header`), and list the "
        f"origins that may act as the user, {origin} among them if its pages are yours",
    )


def unlisted_cause(origin: str, status: int) -> Cause:
    """Explain an error that varies by Origin: the part that answers CORS was reached and does not allow the origin."""
    log = ", whose reason is in the server's log" if status >= _FIRST_FAILURE else ""
    return Cause(
        "origin-not-listed",
        f"the answer (status {status}) varies by Origin and does not allow {origin}: it is not on the server's list",
        f"if pages of {origin} are yours, add it to the policy of this path; they can then read the {status}{log}",
    )


def mismatch_cause(origin: str, allowed: str) -> Cause | None:
    """Explain an ``Access-Control-Allow-Origin`` that is not `origin`, or return None if there is no more to say."""
    misspelt = _misspelling(origin, allowed)
    if misspelt:
        what = f"Access-Control-Allow-Origin is {allowed!r}{misspelt}"
        return Cause("allow-origin-misspelt", what, f"write it as browsers do: {origin}")
    fault = _fault(allowed)
    if fault:
        return Cause(
            "allow-origin-invalid",
            f"Access-Control-Allow-Origin is {allowed!r}{fault}",
            f"if pages of {origin} are yours, have the server send Access-Control-Allow-Origin: {origin}",
        )
    differs = _difference(origin, allowed)
    if not differs:
        return None
    return Cause(
        "allow-origin-other",
        f"the answer allows {allowed}, and the page is of {origin}: {differs}",
        f"open the page at {allowed}; or, if pages of {origin} are yours, add {origin} to the list of the server",
    )


def _misspelling(origin: str, allowed: str) -> str:
    """Return the difference between `allowed` and `origin`, if both mean the same origin."""
    near = allowed.strip().strip("'\"").rstrip("/").lower()
    compared = ": browsers compare byte for byte, and it differs by"
    if near == origin.lower():
        if allowed.rstrip("/") == origin:
            return f"{compared} a slash at the end"
        return f"{compared} {'quotation marks' if _QUOTED.match(allowed) else 'other letters or spaces'}"
    if near == f"{origin}{_DEFAULTS.get(origin.partition('://')[0], '')}":
        return f"{compared} the default port, which browsers leave out"
    if near.startswith(f"{origin}/"):
        return ", a URL with a path: an origin ends at its port"
    if "://" not in near and near == origin.partition("://")[2]:
        return ", a host without a scheme, which is not an origin"
    return ""


def _fault(allowed: str) -> str:
    """Return why `allowed` matches no page at all."""
    if not allowed:
        return ": the server found no origin to send"
    if allowed == "null":
        return ", which no page of the web has: take it out, since any attacker's page can have it"
    if "*" in allowed:
        return ": browsers know no patterns, only * alone; the server has to compare, and to answer one origin"
    if SERIALIZED_ORIGIN.fullmatch(allowed) is None:
        return ", which is not an origin: a scheme, a host and perhaps a port"
    return ""


def _difference(origin: str, allowed: str) -> str:
    """Return the difference between two origins that are nearly equal."""
    page, other = urlsplit(origin), urlsplit(allowed)
    hosts = {page.hostname or "", other.hostname or ""}
    if len(hosts) == 1:
        if page.scheme != other.scheme and page.port == other.port:
            return "http and https are two origins"
        if page.scheme != other.scheme:
            return "another scheme and another port are another origin"
        return "another port is another origin"
    if all(map(is_loopback, hosts)) and page.port == other.port:
        return "to browsers localhost and 127.0.0.1 are two origins"
    if len({host.removeprefix("www.") for host in hosts}) == 1:
        return "with and without www. are two origins"
    return ""
