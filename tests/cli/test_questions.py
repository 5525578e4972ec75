"""What explain asks, and what browsers make of the answer beside the standard."""

from tests.cli.test_explain_causes import A, advice, answer, answering
from tests.support.commands import Serve, run

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


class TestMode:
    """The mode of a fetch(): of another origin, a script can read nothing without CORS."""

    def test_response_without_cors_is_opaque(self, serve: Serve) -> None:
        url = serve(answering(GET=answer(body=b"{}")))
        status, told = advice(url, "/x", "--mode", "no-cors", origin="http://localhost:3000")
        assert status == 0
        assert told.strip().splitlines() == [
            "Allowed: the request is sent; the page cannot read it, a response of type opaque.",
            (
                "Note: with mode: 'no-cors' the response is always empty to the script: remove the mode; if pages of "
                "http://localhost:3000 are yours, have the server allow them"
            ),
        ]

    def test_same_origin_sends_nothing(self, serve: Serve) -> None:
        status, told = advice(serve(answering()), "/x", "--mode", "same-origin")
        assert status == 1
        assert told.startswith("\nBlocked at the request.\n")

    def test_method_that_needs_cors_is_not_sent(self, serve: Serve) -> None:
        status, told = advice(serve(answering()), "/x", "--mode", "no-cors", "-X", "PUT")
        assert (status, "Blocked at the request." in told) == (1, True)

    def test_other_interfaces_have_no_mode(self, serve: Serve) -> None:
        result = run("explain", serve(answering()), "/x", "--origin", A, "--mode", "no-cors", "--api", "xhr")
        assert result.exit_code == 2
        assert "--mode is for fetch(): leave it out with --api xhr" in result.stderr
