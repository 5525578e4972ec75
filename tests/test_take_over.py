"""Methods that are taken over: everybody's calls come by, and all that can be read of the method stays."""

from functools import partial, wraps
from inspect import signature
from sys import addaudithook
from typing import Any

import pytest

from corswsgi.take_over import take_over


class Application:
    def wsgi_app(self, environ: dict[str, str], start_response: object) -> list[str]:  # noqa: ARG002
        """Answer."""
        return [environ["PATH_INFO"]]


def made() -> type[Application]:
    """Make a class whose method is its own."""

    class Own(Application):
        def wsgi_app(self, environ: dict[str, str], start_response: object) -> list[str]:  # noqa: ARG002
            """Answer."""
            return [environ["PATH_INFO"]]

    return Own


def test_call_of_a_method_that_was_bound_before_comes_by() -> None:
    own = made()
    first, app = own(), own()
    before = first.wsgi_app
    seen: list[Any] = []

    def serve(self: Application, environ: dict[str, str], start_response: object) -> list[str]:
        seen.append((self, start_response))
        answer: list[str] = original(self, environ, start_response)
        return [*answer, "more"]

    original = take_over(own, "wsgi_app", serve)
    assert before({"PATH_INFO": "/a"}, len) == ["/a", "more"]
    assert app.wsgi_app({"PATH_INFO": "/b"}, None) == ["/b", "more"]
    assert seen == [(first, len), (app, None)]


def test_method_keeps_its_name_its_docstring_and_its_signature() -> None:
    own = made()
    before = signature(own.wsgi_app)
    take_over(own, "wsgi_app", print)
    assert (own.wsgi_app.__name__, own.wsgi_app.__doc__, signature(own.wsgi_app)) == ("wsgi_app", "Answer.", before)


def test_method_that_somebody_has_wrapped_is_taken_over_inside() -> None:
    own = made()
    method = own.wsgi_app

    @wraps(method)
    def traced(*arguments: Any) -> list[str]:
        return ["traced", *method(*arguments)]

    def counted(*arguments: Any) -> list[str]:
        return ["counted", *traced(*arguments)]

    around = type("Around", (own,), {"wsgi_app": counted})
    take_over(around, "wsgi_app", lambda *_: ["taken"])
    assert around().wsgi_app({}, None) == ["counted", "traced", "taken"]


def test_method_without_a_python_function_in_it_is_refused() -> None:
    def endless(*arguments: Any) -> object:
        return endless(*arguments), other

    other = len
    for method in (endless, len, partial(print)):
        with pytest.raises(TypeError, match="cannot be taken over: no plain Python function wsgi_app"):
            take_over(type("Own", (), {"wsgi_app": method}), "wsgi_app", print)


def test_method_that_is_taken_over_again_has_the_new_function_and_the_first_behaviour() -> None:
    own = made()
    original = take_over(own, "wsgi_app", lambda *_: ["first"])
    assert take_over(own, "wsgi_app", lambda *_: ["second"]) is original
    assert own().wsgi_app({}, None) == ["second"]
    assert original(own(), {"PATH_INFO": "/a"}, None) == ["/a"]


def test_call_while_a_method_is_taken_over_is_served() -> None:
    own = made()
    answers: list[object] = []

    def watch(event: str, arguments: tuple[object, ...]) -> None:  # an audit hook stays until the process ends
        if event == "object.__setattr__" and arguments[0] is own.wsgi_app:
            answers.append(own().wsgi_app({"PATH_INFO": "/a"}, None))

    addaudithook(watch)
    take_over(own, "wsgi_app", lambda *_: ["taken"])
    assert answers == [["/a"], ["/a"]]
    assert own().wsgi_app({"PATH_INFO": "/a"}, None) == ["taken"]
