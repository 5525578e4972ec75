"""Causes in a redirect: it leads to a login, to the same path elsewhere, to another origin, or nowhere.

The law of this module: it judges responses and sends nothing.
"""

import re

from corswsgi.browser.url import URL
from corswsgi.cli.causes import Cause

_LOGIN = re.compile(
    r"(?:^|[/_\-.])(log-?in|sign-?in|log-?on|sso|auth\w*|oauth2?|oidc|saml2?|cas|idp|accounts?|sessions?)(?=$|[/_\-.?])",
    re.IGNORECASE,
)


def lost_redirect_cause(status: int, location: str | None, *, is_same: bool, preflight: bool) -> Cause:
    """Explain a redirect that leads nowhere: without a Location, to the same URL, or not to an http URL."""
    where = (
        "to itself" if is_same else f"to {location!r}, which is not an http URL" if location else "without a Location"
    )
    asked = "OPTIONS" if preflight else "the request"
    passes = "OPTIONS pass before it" if preflight else "it answer scripts with 401"
    return Cause(
        "redirect-lost",
        f"{asked} is redirected ({status}) {where}: the part of the server that redirects is misconfigured",
        f"have that part send the Location of another http URL; if it is a login in front, let {passes}",
        is_final=True,
    )


def unnamed_redirect_cause(status: int, *, preflight: bool) -> Cause:
    """Explain a redirect whose Location is not known."""
    if preflight:
        return Cause(
            "preflight-redirected",
            f"OPTIONS is redirected ({status}): a slash, http for https, or a login; a preflight follows no redirect",
            "have the script ask the URL that Location names; if that is a login, let OPTIONS pass before it",
        )
    return Cause(
        "redirected",
        f"the request is redirected ({status}): a slash, http for https, or a login; browsers stop at a redirect "
        "without headers of CORS",
        "have the script ask the URL that Location names; if that is a login, log in first, and have the server answer "
        "scripts with 401",
    )


def loop_cause(asked: URL, status: int) -> Cause:
    """Explain endless redirects."""
    return Cause(
        "redirect-loop",
        f"the redirects from {asked.sent} do not end (the last one is a {status}): two rules of the server undo each "
        "other",
        "compare the rules for http and https (behind a proxy: X-Forwarded-Proto), for the slash at the end and for "
        "logins",
        is_final=True,
    )


def is_login(asked: URL, target: URL) -> bool:
    """Return whether a redirect from `asked` to `target` looks like one to a login."""
    is_named_so = _LOGIN.search(f"{target.host}{target.path}") is not None
    return is_named_so and target.path.rstrip("/") != asked.path.rstrip("/")


def moved_cause(asked: URL, target: URL) -> Cause:
    """Explain a redirect that a browser followed, and whose status is unknown."""
    return redirect_cause(asked, target, None, preflight=False)


def redirect_cause(asked: URL, target: URL, status: int | None, *, preflight: bool) -> Cause:
    """Explain a redirect from `asked` to `target`: a preflight never follows it, and a missing header stops it."""
    by = f" ({status})" if status else ""
    leads = f"{'OPTIONS' if preflight else 'the request'} is redirected{by} to {target.sent}"
    code = "preflight-redirected" if preflight else "redirected"
    if is_login(asked, target):
        if preflight:
            what = (
                f"{leads}, a login: a preflight carries no credentials and follows no redirect, so it can never log in"
            )
            return Cause(code, what, "let OPTIONS pass before the login: put CORS outside of it", location=target)
        fix = "log in first, and have the server answer 401 in place of the redirect for requests of scripts"
        return Cause(code, f"{leads}, a login: a script cannot log in there", fix, is_final=True, location=target)
    why = _why_moved(asked, target)
    fix = f"have the script ask {target.sent}"
    if preflight:
        follows = "a preflight follows no redirect"
        if not why:
            fix = f"if that is a login, let OPTIONS pass before it; otherwise {fix}"
        return Cause(code, f"{leads}{why}: {follows}", fix, is_final=bool(why), location=target)
    return Cause(
        code, f"{leads}{why}: browsers stop at a redirect without headers of CORS", fix, is_final=True, location=target
    )


def _why_moved(asked: URL, target: URL) -> str:
    same_path = target.path == asked.path
    if same_path and target.host == asked.host and (asked.scheme, target.scheme) == ("http", "https"):
        return ", the same over https"
    if same_path:
        return ", the same path of another host" if target.netloc != asked.netloc else ", the same path"
    if target.path.rstrip("/") == asked.path.rstrip("/"):
        slash = "a slash at the end is too many" if asked.path.endswith("/") else "a slash at the end is missing"
        return f" ({slash})"
    return ""


def tainted_cause(first: URL, last: URL) -> Cause:
    """Explain an origin that is ``null`` because a redirect led from one foreign origin to another."""
    return Cause(
        "origin-lost-in-redirect",
        f"{first.sent} redirects to {last.sent}, another origin: browsers send Origin: null there",
        f"have the script ask {last.sent} at once; that answer has to allow the page by itself",
        is_final=True,
    )
