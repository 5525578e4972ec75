"""Public names can be asked what they are: by `dir`, `help`, `inspect`, `typing` and `unittest.mock`."""

import inspect
import pydoc
import typing
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

import corswsgi
import corswsgi.bottle
import corswsgi.browser
import corswsgi.django
import corswsgi.django.test
import corswsgi.flask
import corswsgi.gunicorn
import corswsgi.paste
from corswsgi import CORSMiddleware, Policy, PolicyFile, PolicyTable
from tests.support.asking import APP, ask, hello
from tests.support.documents import ROOT

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

NAMES = (
    {name: getattr(corswsgi, name) for name in corswsgi.__all__}
    | {
        "flask.CORS": corswsgi.flask.CORS,
        "flask.cross_origin": corswsgi.flask.cross_origin,
        "django.cors": corswsgi.django.cors,
        "django.get_wsgi_application": corswsgi.django.get_wsgi_application,
        "django.wrap": corswsgi.django.wrap,
        "django.test.Client": corswsgi.django.test.Client,
        "bottle.install": corswsgi.bottle.install,
        "gunicorn.wrap": corswsgi.gunicorn.wrap,
        "gunicorn.post_worker_init": corswsgi.gunicorn.post_worker_init,
        "paste.filter_factory": corswsgi.paste.filter_factory,
    }
    | {f"browser.{name}": getattr(corswsgi.browser, name) for name in corswsgi.browser.__all__}
)
CALLABLE = {name: each for name, each in NAMES.items() if inspect.isclass(each) or inspect.isfunction(each)}
POLICIES = {"/api/**": Policy(allow_origins="*"), "/a": None, "/b": None}


def public_functions(thing: object) -> Iterable[Any]:
    """Yield `thing` if it is a function of ours, else the public methods and the constructor that its class has."""
    if not inspect.isclass(thing):
        yield thing
        return
    for name, value in vars(thing).items():
        method = value.fget if isinstance(value, property) else inspect.unwrap(getattr(value, "__func__", value))
        if inspect.isfunction(method) and (name in {"__init__", "__call__"} or not name.startswith("_")):
            yield method


def test_package_lists_its_public_names_alone() -> None:
    assert dir(corswsgi) == sorted(corswsgi.__all__)


@pytest.mark.parametrize("name", CALLABLE)
def test_signature_is_known(name: str) -> None:
    assert inspect.signature(CALLABLE[name])


@pytest.mark.parametrize("name", CALLABLE)
def test_type_hints_can_be_evaluated(name: str) -> None:
    for function in public_functions(CALLABLE[name]):
        assert typing.get_type_hints(function).keys() >= {"return"}


@pytest.mark.parametrize("name", CALLABLE)
def test_help_has_a_first_line_that_says_what_it_is(name: str) -> None:
    assert pydoc.render_doc(CALLABLE[name])
    for function in (CALLABLE[name], *public_functions(CALLABLE[name])):
        if getattr(function, "__name__", "") != "__init__":
            assert inspect.getdoc(function), function


@pytest.mark.parametrize("name", CALLABLE)
def test_mock_can_take_its_place(name: str) -> None:
    assert mock.create_autospec(CALLABLE[name]) is not None


def test_help_of_the_package_has_every_public_name() -> None:
    text = pydoc.plain(pydoc.render_doc(corswsgi))
    assert [name for name in CALLABLE if "." not in name and name not in text] == []


class Subclass(CORSMiddleware):
    """A user's own middleware."""

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        return super().__call__(environ | {"PATH_INFO": "/api/x"}, start_response)


class Inheriting(CORSMiddleware):
    """A middleware that changes nothing."""


class TestMiddleware:
    @pytest.mark.parametrize("kind", [CORSMiddleware, Subclass, Inheriting])
    def test_instance_has_the_signature_of_a_wsgi_application(self, kind: type[CORSMiddleware]) -> None:
        middleware = kind(hello, POLICIES)
        assert list(inspect.signature(middleware).parameters) == ["environ", "start_response"]
        assert list(inspect.signature(kind).parameters)[:2] == ["app", "policies"]
        assert list(inspect.signature(type(middleware)).parameters)[:2] == ["app", "policies"]

    def test_instances_are_mocked_with_their_signature(self) -> None:
        for mocked in (
            mock.create_autospec(CORSMiddleware)(hello, POLICIES),
            mock.create_autospec(CORSMiddleware(hello, POLICIES)),
        ):
            mocked({}, print)
            mocked.reconfigure(POLICIES)
            with pytest.raises(TypeError):
                mocked()

    def test_class_is_seen_as_the_one_that_was_called(self) -> None:
        middleware = CORSMiddleware(hello, POLICIES)
        assert isinstance(middleware, CORSMiddleware)
        assert (type(middleware).__name__, type(middleware).__module__) == ("CORSMiddleware", "corswsgi.middleware")
        assert type(Subclass(hello, POLICIES)) is Subclass

    def test_method_can_be_called_with_an_instance_and_overridden(self) -> None:
        granted = [("Access-Control-Allow-Origin", "*")]
        for kind in (CORSMiddleware, Inheriting):
            middleware = kind(hello, POLICIES)
            assert ask(middleware, "/api/x", origin=APP).cors == granted
            assert ask(lambda *given: CORSMiddleware.__call__(middleware, *given), "/api/x", origin=APP).cors == granted
        assert ask(Subclass(hello, POLICIES), "/", origin=APP).cors == granted


class TestRepr:
    def test_policy_shows_what_is_not_a_default(self) -> None:
        policy = Policy(allow_origins=APP, allow_credentials=True, max_age=0)
        assert repr(policy) == "Policy(allow_origins=('https://app.example.com',), allow_credentials=True, max_age=0)"
        assert eval(repr(policy), {"Policy": Policy}) == policy  # noqa: S307  (our own)

    def test_table_shows_its_first_rows(self) -> None:
        shown = "PolicyTable({'/api/**': Policy(allow_origins=('*',)), '/a': None, '/b': None})"
        assert repr(PolicyTable(POLICIES)) == shown
        assert repr(PolicyTable({**POLICIES, "/c": None, "/d": None})) == shown.replace("})", ", and 2 more})")

    def test_middleware_shows_its_application_and_its_rows(self) -> None:
        class Application:
            def __repr__(self) -> str:
                return "<Flask 'app'>"

            def wsgi_app(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
                raise NotImplementedError

        assert repr(CORSMiddleware(Application().wsgi_app, POLICIES)) == "CORSMiddleware(<Flask 'app'>, 3 rows)"
        assert repr(CORSMiddleware(hello, POLICIES["/api/**"])) == f"CORSMiddleware({hello!r}, 1 row)"  # type: ignore[arg-type]

    def test_file_shows_its_path_and_its_rows(self) -> None:
        path = str(ROOT / "examples" / "cors.toml")
        file = PolicyFile(path)
        assert repr(file) == f"PolicyFile({path!r}, 3 rows)"
        assert repr(CORSMiddleware(hello, file)) == f"CORSMiddleware({hello!r}, {file!r})"
