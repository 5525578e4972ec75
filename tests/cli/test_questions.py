"""What explain asks, and what browsers make of the answer beside the standard."""

from tests.cli.test_explain_causes import A, advice, answer, answering
from tests.support.commands import Serve

CREDENTIALS = [("Access-Control-Allow-Origin", A), ("Access-Control-Allow-Credentials", "true")]
COOKIE = ("Set-Cookie", "sid=1; SameSite=None; Secure")


def test_browsers_that_do_otherwise_with_an_allowed_request_are_told(serve: Serve) -> None:
    url = serve(answering(GET=answer(200, [*CREDENTIALS, COOKIE])))
    _, told = advice(url, "/x", "--credentials", "include")
    assert f"Note: Chromium asks the user before a page of {A} may reach {url}; " in told
    assert f"Note: Safari blocks {url} as mixed content: " in told
    assert "Note: in Safari, Set-Cookie of sid is not kept: " in told
    assert told.count("Note: ") == 3


def test_what_the_standard_does_as_well_is_told_once(serve: Serve) -> None:
    url = serve(answering(GET=answer(200, [*CREDENTIALS, ("Set-Cookie", "sid=1; SameSite=Lax; Secure")])))
    _, told = advice(url, "/x", "--credentials", "include", origin="http://page.example")
    assert (told.count("Set-Cookie of sid"), "Chromium asks" in told) == (1, False)  # it is blocked anyway
    _, told = advice(url, "/x", "--credentials", "include")
    assert told.count("Set-Cookie of sid") == 1


def test_beacon_has_no_header_of_the_script_s_own(serve: Serve) -> None:
    status, told = advice(serve(answering(POST=answer())), "/x", "--api", "beacon", "-d", "a")
    assert (status, "a response of type opaque.\n" in f"{told}\n") == (0, True)


def test_response_that_nobody_can_read_is_not_called_read(serve: Serve) -> None:
    status, told = advice(serve(answering(POST=answer(415))), "/x", "--api", "beacon", "-d", "a")
    assert (status, told.strip().splitlines()[0], "It may read" in told) == (
        0,
        "Allowed: the request is sent; the page cannot read it, a response of type opaque, whose status is 415.",
        False,
    )
