"""Answers that would fill a terminal: each line is cut, and the JSON has all of it."""

import pytest

from tests.cli.test_explain_causes import A, answer, answering
from tests.support.commands import Serve, run

LONG = 100_000
STAR = ("Access-Control-Allow-Origin", "*")


@pytest.mark.parametrize("name", ["X-Big", "Access-Control-Allow-Origin", "Location", "Server"])
@pytest.mark.parametrize("status", [200, 302, 500])
def test_no_line_is_longer_than_a_person_reads(serve: Serve, name: str, status: int) -> None:
    app = answering(GET=answer(status, [(name, "/" + "a" * (LONG // 2))]))
    for command in ("explain", "probe"):
        result = run(command, serve(app), "/x", "--origin", A, *(["--delay", "0"] if command == "probe" else []))
        assert max(map(len, result.output.splitlines())) < 1100
        assert len(result.output) < LONG
    result = run("explain", serve(app), "/x", "--origin", A)
    assert "characters more: --json has them)" in result.output
    assert len(run("explain", serve(app), "/x", "--origin", A, "--json").output) > LONG // 2


def test_some_of_many_cookies_are_told(serve: Serve) -> None:
    cookies = [("Set-Cookie", f"c{number}=1") for number in range(60)]
    result = run("explain", serve(answering(GET=answer(headers=[STAR, *cookies]))), "/x", "--origin", A)
    told = [line for line in result.stdout.splitlines() if line.startswith("Cookie: ")]
    assert len(told) == 9
    assert told[-1] == "Cookie: 52 more are not kept or not sent"


def test_methods_are_not_made_out_of_nonsense(serve: Serve) -> None:
    methods = ("Access-Control-Allow-Methods", "\x1b]0;evil;put")
    app = answering(OPTIONS=answer(204, [STAR, methods]), GET=answer(headers=[STAR]))
    told = run("explain", serve(app), "/x", "--origin", A, "-X", "DELETE").stdout
    assert "carry: Access-Control-Allow-Methods: PUT, DELETE\n" in told
