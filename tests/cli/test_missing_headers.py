"""All that an answer lacks, where the browser names the first thing alone."""

import pytest

from tests.cli.test_explain_causes import ALLOWED, A, advice, answer, answering
from tests.support.commands import Serve, Write

CREDENTIALS = ("Access-Control-Allow-Credentials", "true")
STAR = ("Access-Control-Allow-Origin", "*")
JSON = ("-H", "Content-Type: application/json")


@pytest.mark.parametrize(
    ("headers", "options", "cause"),
    [
        pytest.param(
            ALLOWED,
            ["-X", "PUT", *JSON],
            "and Access-Control-Allow-Methods lists no method; it also does not list content-type in "
            "Access-Control-Allow-Headers",
            id="a method and a header",
        ),
        pytest.param(
            [STAR],
            ["-X", "PUT", "--credentials", "include"],
            "when the credentials mode is include; it also does not allow credentials and does not list PUT in "
            "Access-Control-Allow-Methods",
            id="with cookies",
        ),
        pytest.param(
            [*ALLOWED, CREDENTIALS, ("Access-Control-Allow-Methods", "PUT; X")],
            ["-X", "PUT", *JSON, "--credentials", "include"],
            "the whole header is ignored; it also does not list content-type in Access-Control-Allow-Headers",
            id="a list that cannot be read",
        ),
        pytest.param(
            [*ALLOWED, ("Access-Control-Allow-Headers", "x-a;x-b")],
            ["-X", "PUT", *JSON],
            "the whole header is ignored; it also does not list PUT in Access-Control-Allow-Methods",
            id="a list of headers that cannot be read",
        ),
        pytest.param(
            [*ALLOWED, ("Access-Control-Allow-Methods", "PUT")],
            ["-X", "PUT", *JSON, "-H", "X-A: 1"],
            "the request has the headers content-type, x-a, and Access-Control-Allow-Headers lists no header",
            id="one thing",
        ),
        pytest.param(
            [*ALLOWED, ("Access-Control-Allow-Methods", "get, put")],
            ["-X", "PUT", *JSON],
            "Access-Control-Allow-Methods lists put, and the method is PUT: browsers compare them byte for byte; it "
            "also does not list content-type in Access-Control-Allow-Headers",
            id="a method in lower case",
        ),
    ],
)  # fmt: skip
def test_cause_names_all_that_is_missing(
    serve: Serve, headers: list[tuple[str, str]], options: list[str], cause: str
) -> None:
    status, told = advice(serve(answering(OPTIONS=answer(204, headers), GET=answer(headers=headers))), "/x", *options)
    assert status == 1
    line = next(line for line in told.splitlines() if line.startswith("Cause: "))
    assert line.endswith(cause)


def test_methods_in_lower_case_are_written_as_browsers_send_them(serve: Serve) -> None:
    listed = [*ALLOWED, ("Access-Control-Allow-Methods", "get, put, DELETE")]
    url = serve(answering(OPTIONS=answer(204, listed)))
    assert f"OPTIONS {url}/x carry: Access-Control-Allow-Methods: GET, PUT, DELETE" in advice(url, "/x", "-X", "PUT")[1]


def test_row_names_what_is_missing_too(write: Write) -> None:
    write("cors.toml", f'["/x"]\nallow_origins = "{A}"\nallow_methods = "PUT"\n')
    told = advice("cors.toml", "/x", "-X", "PATCH", *JSON)[1]
    cause = "does not list content-type in Access-Control-Allow-Headers\nFix: "
    assert cause in told
    assert "allow_methods" in told


def test_path_without_a_row_lacks_the_row_alone(write: Write) -> None:
    write("cors.toml", f'["/x"]\nallow_origins = "{A}"\n')
    assert "it also" not in advice("cors.toml", "/y", "-X", "PATCH", *JSON)[1]
