"""The two checks of a response: may this page read it (CORS check) and may this page embed it (resource policy)."""

from corswsgi.browser.failure import Failure, FailureCode
from corswsgi.browser.headers import HeaderList
from corswsgi.browser.request import Request
from corswsgi.browser.site import is_same_site
from corswsgi.browser.url import URL, parse

CORS_CHECK = "https://fetch.spec.whatwg.org/#concept-cors-check"
RESOURCE_POLICY_CHECK = "https://fetch.spec.whatwg.org/#cross-origin-resource-policy-check"


def cors_check(request: Request, headers: HeaderList) -> Failure | None:
    """Follow https://fetch.spec.whatwg.org/#concept-cors-check."""
    allowed = headers.get("Access-Control-Allow-Origin")
    with_credentials = request.credentials == "include"
    if allowed is None:
        return _failed("allow-origin-missing", "there is no Access-Control-Allow-Origin")
    if allowed == "*" and not with_credentials:
        return None
    if allowed != request.serialized_origin:
        reason = (
            f"Access-Control-Allow-Origin is {allowed!r}, and the request's origin is {request.serialized_origin!r}"
        )
        if allowed == "*":
            reason = "Access-Control-Allow-Origin is *, which matches no origin when the credentials mode is include"
        is_repeated = len(headers.get_all("Access-Control-Allow-Origin")) > 1
        return _failed(_kind_of_mismatch(allowed), reason, allowed, is_repeated=is_repeated)
    credentials = headers.get("Access-Control-Allow-Credentials")
    if not with_credentials or credentials == "true":
        return None
    found = "missing" if credentials is None else repr(credentials)
    reason = f"the credentials mode is include, and Access-Control-Allow-Credentials is {found}, not 'true'"
    return _failed("allow-credentials", reason, credentials or "")


def passed_check(request: Request) -> str:
    """Describe what the CORS check of `request` has allowed."""
    how = "with credentials" if request.credentials == "include" else "without credentials"
    return f"Access-Control-Allow-Origin allows {request.serialized_origin}, {how}"


def _failed(code: FailureCode, reason: str, detail: str = "", *, is_repeated: bool = False) -> Failure:
    return Failure(code=code, section=CORS_CHECK, reason=reason, detail=detail, is_repeated=is_repeated)


def _kind_of_mismatch(allowed: str) -> FailureCode:
    """Distinguish cases that Chromium's console distinguishes and the standard does not."""
    if allowed == "*":
        return "allow-origin-wildcard"
    if " " in allowed or "," in allowed:
        return "allow-origin-multiple"
    is_url = parse(allowed.encode("latin-1", "replace").decode("utf-8", "replace"))
    return "allow-origin-mismatch" if allowed == "null" or is_url else "allow-origin-invalid"


def resource_policy_check(origin: str, url: URL, headers: HeaderList) -> Failure | None:
    """Follow https://fetch.spec.whatwg.org/#cross-origin-resource-policy-check. The page has no embedder policy."""
    policy = headers.get("Cross-Origin-Resource-Policy")
    same_site = is_same_site(origin, url) and (origin.startswith("https:") or url.scheme != "https")
    if policy not in {"same-origin", "same-site"} or url.origin == origin or (policy == "same-site" and same_site):
        return None
    return Failure(
        code="resource-policy",
        section=RESOURCE_POLICY_CHECK,
        reason=f"Cross-Origin-Resource-Policy is {policy}, and the page is of {origin}",
        detail=policy or "",
    )
