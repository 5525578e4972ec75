"""Handshakes of finished fetches."""

from typing import Any

from corswsgi.browser.blocked import Blocked
from corswsgi.browser.engines import EngineName
from corswsgi.browser.failure import NetworkError
from corswsgi.browser.fetching import Fetch
from corswsgi.browser.fixes import fix_for
from corswsgi.browser.handshake import Handshake, Note, Step
from corswsgi.browser.messages import console_message
from corswsgi.browser.redirect import location_url
from corswsgi.browser.request import Credentials, Initiator, Request, RequestMode
from corswsgi.browser.response import Response, readable_header_names, response_type


def allowed(method: str, engine: EngineName, fetch: Fetch, response: Response, notes: tuple[Note, ...]) -> Handshake:
    """Return the handshake of a fetch that ended with `response`. `method` is the caller's own spelling."""
    request = fetch.request
    readable = readable_header_names(request, response)
    names = response.headers.names()
    return _handshake(
        method,
        engine,
        request,
        fetch,
        steps=tuple(fetch.steps),
        notes=notes,
        allowed=True,
        stage=None,
        type=response_type(request, response),
        readable_headers=tuple(name for name in names if name.lower() in readable),
        unreadable_headers=tuple(name for name in names if name.lower() not in readable),
    )


def blocked(method: str, engine: EngineName, fetch: Fetch, error: NetworkError, notes: tuple[Note, ...]) -> Handshake:
    """Return the handshake of a blocked fetch."""
    request = fetch.request
    words = Blocked(
        failure=error.failure,
        stage=error.stage,
        origin=request.origin,
        url=request.current_url.href,
        first_url=request.url_list[0].href,
        status=fetch.received[-1].status if fetch.received else None,
        api=request.api,
        request_origin=request.serialized_origin,
        next_url=_next_url(fetch),
    )
    return _handshake(
        method,
        engine,
        request,
        fetch,
        steps=tuple(fetch.steps),
        notes=notes,
        message=console_message(engine, words),
        fix=fix_for(error.failure, error.stage, request),
        **_of_the_failure(error),
    )


def thrown(  # noqa: PLR0913  (the parts of the call)
    engine: EngineName,
    error: NetworkError,
    *,
    origin: str,
    api: Initiator,
    mode: RequestMode,
    credentials: Credentials,
    method: str,
    url: str,
) -> Handshake:
    """Return the handshake of a call that threw: there was no request."""
    failure = error.failure
    words = Blocked(
        failure=failure, stage="request", origin=origin, url=url, first_url=url, status=None, api=api
    )  # fmt: skip
    return Handshake(
        page_origin=origin,
        engine=engine,
        api=api,
        mode=mode,
        credentials=credentials,
        method=method,
        url=url,
        preflighted=False,
        requests=(),
        responses=(),
        steps=(Step(section=failure.section, text=failure.reason, passed=False, exchange=0),),
        message=console_message(engine, words),
        fix=fix_for(failure, "request", None),
        **_of_the_failure(error),
    )


def _next_url(fetch: Fetch) -> str | None:
    if fetch.last_response is None:
        return None
    url = location_url(fetch.request, fetch.last_response, fetch.browser.engine)
    return None if url is None else url.href


def _of_the_failure(error: NetworkError) -> dict[str, Any]:
    return {
        "allowed": False,
        "stage": error.stage,
        "type": "error",
        "code": error.failure.code,
        "detail": error.failure.detail,
        "readable_headers": (),
        "unreadable_headers": (),
    }


def _handshake(method: str, engine: EngineName, request: Request, fetch: Fetch, **verdict: Any) -> Handshake:
    return Handshake(
        page_origin=request.origin,
        engine=engine,
        api=request.api,
        mode=request.mode,
        credentials=request.credentials,
        method=method,
        url=request.url_list[0].href,
        preflighted=any(one.preflight for one in fetch.sent),
        requests=tuple(fetch.sent),
        responses=tuple(fetch.received),
        cookies_refused=tuple(fetch.refused),
        cookies_unsent=tuple(fetch.unsent),
        **verdict,
    )
