"""The servers written by hand: each makes its own mistake and no other."""

from typing import TYPE_CHECKING

import pytest

from corswsgi.playground.by_hand import compare_the_start, echo_any_origin, forget_preflights, forget_vary
from tests.support.asking import ask

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

FRONT, EVIL = "http://localhost:1", "https://evil.example"


def hello(_environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]


def test_the_echo_allows_whoever_asks() -> None:
    assert ask(echo_any_origin(hello, [FRONT]), origin=EVIL).cors == [
        ("Access-Control-Allow-Origin", EVIL),
        ("Access-Control-Allow-Credentials", "true"),
    ]


@pytest.mark.parametrize(
    ("origin", "is_allowed"),
    [("http://localhost.evil.example", True), ("http://localhost:2", True), (EVIL, False)],
)
def test_a_look_alike_gets_in(origin: str, *, is_allowed: bool) -> None:
    assert bool(ask(compare_the_start(hello, [FRONT]), origin=origin).cors) is is_allowed


@pytest.mark.parametrize(("method", "names"), [("GET", [("Access-Control-Allow-Origin", FRONT)]), ("OPTIONS", [])])
def test_preflights_are_forgotten(method: str, names: list[tuple[str, str]]) -> None:
    assert ask(forget_preflights(hello, [FRONT]), method=method, origin=FRONT).cors == names


@pytest.mark.parametrize(("origin", "names"), [(FRONT, [("Access-Control-Allow-Origin", FRONT)]), (EVIL, [])])
def test_vary_is_forgotten(origin: str, names: list[tuple[str, str]]) -> None:
    assert ask(forget_vary(hello, [FRONT]), origin=origin).cors == names
