"""Servers in front of the application, detected by two responses: to the preflight and to the request itself."""

from collections.abc import Iterable

import pytest

from corswsgi.browser.headers import HeaderList
from corswsgi.browser.response import Response
from corswsgi.cli.fronts import REFUSED, Answers, front_cause, unrouted_cause
from tests.cli.test_explain_causes import ALLOWED, PREFLIGHT, A, advice, answer, answering
from tests.support.commands import Serve

STAR = ("Access-Control-Allow-Origin", "*")
OTHER = ("Access-Control-Allow-Origin", "https://other.example")
VARY = ("Vary", "Accept-Encoding, Origin")


def response(status: int = 200, headers: Iterable[tuple[str, str]] = (), body: bytes = b"") -> Response:
    return Response(status=status, headers=HeaderList(headers), body=body)


WELL = response(headers=ALLOWED, body=b"{}")
ORIGIN_REFUSED = response(403, [VARY], REFUSED + b" pages of this origin are not allowed here.\n")


@pytest.mark.parametrize(
    ("preflight", "actual", "code"),
    [
        pytest.param(response(204, PREFLIGHT), WELL, None, id="all is well"),
        pytest.param(ORIGIN_REFUSED, response(headers=[VARY]), "preflight-refused-by-policy", id="our own 403"),
        pytest.param(response(403), WELL, None, id="another 403"),
        pytest.param(response(204), WELL, "preflight-answered-in-front", id="OPTIONS without headers"),
        pytest.param(
            response(204, [STAR, ("Access-Control-Allow-Methods", "GET, POST")]),
            WELL,
            "preflight-answered-in-front",
            id="OPTIONS with a star",
        ),
        pytest.param(WELL, WELL, "preflight-changed-in-front", id="OPTIONS as GET"),
        pytest.param(response(204, ALLOWED), WELL, None, id="methods that need no list"),
        pytest.param(
            response(headers=[VARY]), response(headers=[VARY]), "origin-does-not-arrive", id="Origin is dropped"
        ),
        pytest.param(
            response(headers=[("Vary", "*")]), response(headers=[("Vary", "*")]), "origin-does-not-arrive", id="Vary: *"
        ),
        pytest.param(response(), response(), "no-policy-for-path", id="the path is cut"),
        pytest.param(response(), response(404), None, id="no such path"),
        pytest.param(
            response(204, PREFLIGHT[1:]), response(headers=[VARY]), "allow-origin-missing", id="header removed"
        ),
        pytest.param(
            response(204, [STAR]), response(headers=[*ALLOWED, STAR]), "allow-origin-doubled", id="GET is doubled"
        ),
        pytest.param(response(204), response(headers=[OTHER]), "allow-origin-other", id="GET allows another origin"),
        pytest.param(response(204, [OTHER]), response(headers=[OTHER]), None, id="both allow another origin"),
    ],
)
def test_cause_is_told_by_two_responses(preflight: Response, actual: Response, code: str | None) -> None:
    cause = front_cause(Answers(origin=A, preflight=preflight, actual=actual))
    assert (cause and cause.code) == code


@pytest.mark.parametrize(
    ("preflight", "actual", "code"),
    [
        pytest.param(404, response(404), "no-such-path", id="neither"),
        pytest.param(501, response(410), "no-such-path", id="gone"),
        pytest.param(404, WELL, "preflight-not-routed", id="a router inside of which CORS is"),
        pytest.param(405, WELL, None, id="a method that is refused: its status says more"),
        pytest.param(405, response(), "no-policy-for-path", id="no CORS at all"),
        pytest.param(405, response(headers=[OTHER]), None, id="another origin"),
        pytest.param(405, response(405), None, id="a path without GET"),
        pytest.param(401, response(404), None, id="a login"),
    ],
)
def test_preflight_without_a_route_is_explained_by_the_answer_to_get(
    preflight: int, actual: Response, code: str | None
) -> None:
    cause = unrouted_cause(Answers(origin=A, preflight=response(preflight), actual=actual))
    assert (cause and cause.code) == code


@pytest.mark.parametrize(
    ("options", "get", "says"),
    [
        pytest.param(
            answer(204, [STAR, ("Access-Control-Allow-Methods", "GET, POST, OPTIONS")]),
            answer(headers=[*ALLOWED, STAR]),
            ["Access-Control-Allow-Origin is sent twice", "take one of the two out"],
            id="a snippet for OPTIONS and for all else",
        ),
        pytest.param(
            answer(204, PREFLIGHT[2:]),
            answer(headers=ALLOWED[1:]),
            ["without Access-Control-Allow-Origin: something in front removes it", "`proxy_hide_header`"],
            id="a header that is hidden",
        ),
    ],
)
def test_explain_names_the_front(serve: Serve, options: object, get: object, says: list[str]) -> None:
    url = serve(answering(OPTIONS=options, GET=get))  # type: ignore[arg-type]
    status, told = advice(url, "/x", "-X", "PUT")
    assert status == 1
    assert [text for text in says if text not in told] == []


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_server_without_cors_is_told_by_an_extra_options(serve: Serve, method: str) -> None:
    bare = answer(body=b"{}")
    url = serve(answering(GET=bare, POST=bare, OPTIONS=answer(405)))
    status, told = advice(url, "/x", "-X", method)
    assert status == 1
    assert (
        f"Cause: OPTIONS is answered with status 405, and {method} without a header of CORS: the server has no policy "
        "for this path (asked by an extra OPTIONS)\n"
    ) in told
