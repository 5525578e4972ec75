"""The options that type checkers know are those that the front end reads."""

import inspect

from corswsgi import CORSMiddleware
from corswsgi.flask.options import config_options
from corswsgi.flask.typed import AppOptions, MiddlewareOptions, ViewOptions


def test_options_of_an_application_are_those_that_are_read() -> None:
    class Everything(dict[str, object]):
        def get(self, key: str, _default: object = None) -> object:
            return key

    read = config_options(Everything()).keys() | {"cross_origin_writes"}  # read beside them
    known = AppOptions.__annotations__.keys()
    assert read == known, f"add to corswsgi/flask/typed.py, or take out of it: {sorted(read ^ known)}"


def test_options_of_a_view_are_those_of_an_application_that_are_of_one_policy() -> None:
    of_all = {"resources", "cross_origin_writes"}
    assert AppOptions.__annotations__.keys() - ViewOptions.__annotations__.keys() == of_all
    assert ViewOptions.__annotations__.keys() - AppOptions.__annotations__.keys() == {"headers"}


def test_options_beside_a_policy_are_those_of_the_middleware() -> None:
    parameters = inspect.signature(CORSMiddleware).parameters
    options = {name for name, each in parameters.items() if each.kind is inspect.Parameter.KEYWORD_ONLY}
    assert options == MiddlewareOptions.__annotations__.keys()
