"""Headers of CORS under names that browsers do not know."""

import pytest

from corswsgi.browser.headers import HeaderList
from corswsgi.cli.header_names import misspelt
from tests.cli.test_explain_causes import ALLOWED, A, advice, answer, answering
from tests.support.commands import Serve


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Access-Control-Allow-Orgin", "Access-Control-Allow-Origin"),
        ("Access-Control-Allow-Origins", "Access-Control-Allow-Origin"),
        ("Access-Control-Allowed-Origin", "Access-Control-Allow-Origin"),
        ("Access-Control-Origin", "Access-Control-Allow-Origin"),
        ("Allow-Control-Allow-Origin", "Access-Control-Allow-Origin"),
        ("access_control_allow_origin", "Access-Control-Allow-Origin"),
        ("Access-Control-Allow-Method", "Access-Control-Allow-Methods"),
        ("Access-Control-Allow-Header", "Access-Control-Allow-Headers"),
        ("Access-Control-Allow-Credential", "Access-Control-Allow-Credentials"),
        ("Access-Control-Expose-Header", "Access-Control-Expose-Headers"),
        ("Access-Control-Request-Headers", "Access-Control-Allow-Headers"),
        ("Access-Control-Request-Method", "Access-Control-Allow-Methods"),
    ],
)
def test_name_is_read_as_the_one_that_it_means(name: str, meant: str) -> None:
    assert misspelt(HeaderList([(name, "x"), ("Vary", "Origin")])) == {name: meant}
    assert misspelt(HeaderList([(name, "x"), (meant, "x")])) == {}


@pytest.mark.parametrize(
    "name",
    [
        "Timing-Allow-Origin",
        "Access-Control-Allow-Private-Network",
        "Allow",
        "Content-Security-Policy",
        "Cache-Control",
    ],
)
def test_other_headers_are_not_taken_for_one_of_cors(name: str) -> None:
    assert misspelt(HeaderList([(name, "x")])) == {}


def test_cause_is_the_name_of_the_header_that_is_missing(serve: Serve) -> None:
    url = serve(answering(GET=answer(headers=[("Access-Control-Allow-Orgin", A)])))
    status, told = advice(url, "/x")
    assert status == 1
    assert "Cause: the answer has Access-Control-Allow-Orgin in place of Access-Control-Allow-Origin: browsers" in told
    assert "Fix: have the server write Access-Control-Allow-Origin" in told.splitlines()


def test_all_names_that_are_misspelt_are_named_at_once(serve: Serve) -> None:
    wrong = [("Access-Control-Allow-Method", "PUT"), ("Access-Control-Allow-Header", "content-type")]
    url = serve(answering(OPTIONS=answer(204, [*ALLOWED, *wrong])))
    told = advice(url, "/x", "-X", "PUT", "-H", "Content-Type: application/json")[1]
    assert "Fix: have the server write Access-Control-Allow-Methods and Access-Control-Allow-Headers" in told
    told = advice(url, "/x", "-X", "PUT", "--credentials", "include")[1]
    assert "Cause: the credentials mode is include, and Access-Control-Allow-Credentials is missing" in told
