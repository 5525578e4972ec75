"""A call with arguments that a function does not take is told how to write it."""

import inspect
import traceback
from collections.abc import Callable
from typing import Any

import pytest

import corswsgi.django
from corswsgi import CORSMiddleware, LoadedOrigins, Policy, PolicyFile, load_policies
from corswsgi.browser import Page
from corswsgi.calls import helpful
from corswsgi.gunicorn import post_worker_init, wrap
from corswsgi.paste import filter_factory
from tests.support.asking import APP, hello

PAGE = Page(APP, hello)


@pytest.mark.parametrize(
    ("function", "arguments", "options", "words"),
    [
        pytest.param(
            PAGE.fetch,
            ["/x", {"method": "PUT", "headers": {"X-A": "1"}}],
            {},
            "fetch() takes its options by name, not as a dict: write fetch(url, method='PUT', headers={'X-A': '1'})",
            id="options as in JavaScript",
        ),
        pytest.param(
            PAGE.fetch,
            ["/x", {"Method": "PUT", "keepalive": True}],
            {"json": 1},
            "fetch() takes its options by name, not as a dict: write fetch(url, method='PUT'); "
            "fetch() has no option 'Method': write method; "
            "fetch() has no option 'keepalive': it has method, headers, body, json, files, credentials, mode, "
            "redirect, api",
            id="options of which it has not all",
        ),
        pytest.param(
            PAGE.fetch,
            ["/x", {}],
            {},
            "fetch() takes its options by name, not as a dict",
            id="no options in a dict",
        ),
        pytest.param(
            PAGE.explain, ["/x", "PUT"], {}, "explain() takes 'PUT' only by name: write explain(url, method='PUT')"
        ),
        pytest.param(PAGE.fetch, ["/x"], {"header": {}}, "fetch() has no option 'header': write headers"),
        pytest.param(
            PAGE.submit,
            ["/x", {}, "GET"],
            {},
            "submit() takes 'GET' only by name: write submit(url, data, method='GET')",
        ),
        pytest.param(
            PAGE.open_websocket,
            ["/x", ["a"]],
            {},
            "open_websocket() takes ['a'] only by name: write open_websocket(url, protocols=['a'])",
        ),
        pytest.param(
            Page,
            [APP, hello, "http://localhost:8000"],
            {},
            "Page() takes 'http://localhost:8000' only by name: write Page(origin, server, "
            "base_url='http://localhost:8000')",
        ),
        pytest.param(
            LoadedOrigins,
            [list, 30],
            {"key": "tenant"},
            "LoadedOrigins() takes 30 only by name: write LoadedOrigins(load, every=30); "
            "LoadedOrigins() has no option 'key': it has every, version, keep_for, scope",
        ),
        pytest.param(
            CORSMiddleware,
            [hello, {}, 200, True],
            {"preflight_status": 204},
            "CORSMiddleware() takes 200, True only by name: "
            "write CORSMiddleware(app, policies, intercept_exceptions=200, on_decision=True)",
            id="several without a name",
        ),
        pytest.param(
            CORSMiddleware,
            [hello, {}],
            {"cross_origin_write": "refuse"},
            "CORSMiddleware() has no option 'cross_origin_write': write cross_origin_writes",
        ),
        pytest.param(
            CORSMiddleware,
            [hello],
            {"origins": "*"},
            "CORSMiddleware() has no option 'origins': "
            "it is a field of a policy, write CORSMiddleware(app, Policy(allow_origins=...))",
        ),
        pytest.param(
            CORSMiddleware,
            [hello, {}],
            {"xyzzy": 1},
            "CORSMiddleware() has no option 'xyzzy': "
            "it has preflight_status, intercept_exceptions, on_decision, cross_origin_writes",
        ),
        pytest.param(
            Policy.from_env, [{}, "X_"], {}, "from_env() takes 'X_' only by name: write from_env(environ, prefix='X_')"
        ),
        pytest.param(
            PolicyFile, ["x"], {"chek_every": 5}, "PolicyFile() has no option 'chek_every': write check_every"
        ),
        pytest.param(load_policies, ["x"], {"env": {}}, "load_policies() has no option 'env': it has environ"),
        pytest.param(
            wrap, ["a:b", "x"], {"check": 5}, "wrap() has no option 'check': it has check_every, cross_origin_writes"
        ),
        pytest.param(
            post_worker_init, [None], {"policy": "x"}, "post_worker_init() has no option 'policy': write policies"
        ),
        pytest.param(
            filter_factory,
            [{}, "x"],
            {"cross_origin_write": "refuse"},
            "filter_factory() has no option 'cross_origin_write': write cross_origin_writes",
        ),
        pytest.param(
            corswsgi.django.get_wsgi_application,
            [],
            {"on_decision": print},
            "get_wsgi_application() has no option 'on_decision': "
            "write wrap(django.core.wsgi.get_wsgi_application(), on_decision=...)",
        ),
        pytest.param(
            corswsgi.django.get_wsgi_application,
            [{"/**": None}],
            {},
            "get_wsgi_application() takes its options by name, not as a dict: write policies into the settings, as "
            "CORS_POLICIES or in CORS_ALLOWED_ORIGINS and the others",
            id="a table for Django",
        ),
        pytest.param(
            corswsgi.django.wrap,
            [hello],
            {"cross_origin_write": "refuse"},
            "wrap() has no option 'cross_origin_write': set CORS_CROSS_ORIGIN_WRITES in the settings",
        ),
    ],
)
def test_call_that_does_not_fit_is_told_how_to_write_it(
    function: Callable[..., Any], arguments: list[Any], options: dict[str, Any], words: str
) -> None:
    with pytest.raises(TypeError) as caught:
        function(*arguments, **options)
    assert str(caught.value) == words
    assert caught.value.__context__ is None


def test_call_that_lacks_something_has_python_s_own_words() -> None:
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'policies'"):
        CORSMiddleware(hello)  # type: ignore[call-arg]  # what is tested


def test_error_of_the_function_itself_passes_through() -> None:
    def inner(one: int) -> None: ...

    @helpful()
    def outer(two: int) -> None:
        """Call another function in a wrong way."""
        inner(two, 3)  # type: ignore[call-arg]  # what is tested

    with pytest.raises(TypeError, match="takes 1 positional argument but 2 were given") as caught:
        outer(1)
    assert traceback.extract_tb(caught.value.__traceback__)[-1].name == "outer"


def test_function_without_options_names_its_arguments() -> None:
    @helpful()
    def one(first: int) -> None: ...

    @helpful()
    def none() -> None: ...

    with pytest.raises(TypeError, match=r"^one\(\) has no option 'x': it has first$"):
        one(x=1)  # type: ignore[call-arg]  # what is tested
    with pytest.raises(TypeError, match=r"^none\(\) has no option 'x': it has none$"):
        none(x=1)  # type: ignore[call-arg]  # what is tested


def test_function_keeps_its_signature_and_its_name() -> None:
    assert list(inspect.signature(PAGE.fetch).parameters)[:2] == ["url", "method"]
    assert list(inspect.signature(CORSMiddleware).parameters)[:2] == ["app", "policies"]
    assert CORSMiddleware.__init__.__qualname__ == "CORSMiddleware.__init__"
