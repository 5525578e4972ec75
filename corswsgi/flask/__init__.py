"""Flask: `CORS` and `cross_origin`, with policies or with Flask-CORS's options. Flask 2.3 and newer.

>>> from flask import Flask
>>> from corswsgi import Policy
>>> from corswsgi.flask import CORS, cross_origin
>>> app = Flask("shop")
>>> cors = CORS(app, {"/api/**": Policy(allow_origins="https://app.example.com")})
>>> @app.get("/api/prices")
... @cross_origin(Policy(allow_origins="*"))
... def prices():
...     return {"tea": 3}

A response has the policy of the view to which Flask routed the request: that of `cross_origin`, then that of the
innermost blueprint's `CORS`, then that of the application's. For a preflight, neither views nor hooks run. See
docs/frameworks.md, and docs/migrating.md for what each of Flask-CORS's options becomes.

Flask-CORS 6.0.5's own tests pass, except these::

    decorator/test_credentials test_credentials_supported: any origin with credentials
    decorator/test_origins test_defaults_with_origin: an echo of ``*``
    decorator/test_origins test_regex_list: ``.*.example.com`` is to match https://a.example.com.com, not anchored
    decorator/test_private_network_headers test_credentials_supported: the private-network header on a plain GET
    decorator/test_private_network_headers test_credentials_unsupported: the same header, saying "false"
    decorator/test_vary_header test_default: Vary, for an echo of ``*``
    decorator/test_vary_header test_consistent_origin: no Vary, where the answer depends on the origin
    decorator/test_vary_header test_consistent_origin_concat: Vary on two lines; ours is one, as its docstring says
    decorator/test_w3 test_wildcard_origin_header: an echo of ``*``
    decorator/test_w3 test_wildcard_default_origins: an echo of ``*``
    extension/test_app_extension test_defaults_with_origin: an echo of ``*``
    extension/test_app_extension test_regex_list: as above
"""

from collections.abc import Callable, Container, Mapping
from functools import partial
from types import MethodType
from typing import Any, TypeVar, Unpack, cast, overload

from flask import Blueprint
from flask.app import Flask
from flask.blueprints import BlueprintSetupState

from corswsgi.errors import PolicyError
from corswsgi.flask.front import FlaskFront, hook, install, present
from corswsgi.flask.names import unread_keys
from corswsgi.flask.options import (
    NOBODYS_ORIGIN,
    config_notes,
    config_options,
    merged,
    note_of_headers,
    read_options,
    tell,
    without_headers,
)
from corswsgi.flask.resources import Resources, of_options, of_table
from corswsgi.flask.typed import AppOptions, MiddlewareOptions, ViewOptions
from corswsgi.marks import Mark, marked, put
from corswsgi.middleware import CORSMiddleware
from corswsgi.near import nearest
from corswsgi.paths import Policies, PolicySource
from corswsgi.per_view import KEY, Table
from corswsgi.per_view_writes import GuardedFront
from corswsgi.policy import Policy
from corswsgi.problems import do, problem, rename, write
from corswsgi.rows import hand_back, make_guard

__all__ = ["CORS", "cross_origin"]

View = TypeVar("View", bound=Callable[..., Any])


class CORS:
    """Apply policies to a Flask application, or to the views of a blueprint.

    >>> from flask import Flask
    >>> from corswsgi import Policy
    >>> app = Flask("shop")
    >>> cors = CORS(app, {"/api/**": Policy(allow_origins="https://app.example.com")})

    Pass a table of policies, with the options of `CORSMiddleware`, or Flask-CORS's options: ``CORS(app,
    resources={"/api/**": {"origins": "https://app.example.com"}})``. Options that Flask-CORS does not have are refused,
    and so are unsafe values. With an application factory, construct it without an application and call `init_app`.

    An application takes one `CORS`. Which policy decides: that of the view (`cross_origin`), then that of the innermost
    blueprint, then that of the application. Raises `PolicyError` with every mistake at once.
    """

    @overload
    def __init__(
        self, app: Flask | Blueprint | None = None, policies: None = None, **options: Unpack[AppOptions]
    ) -> None: ...
    @overload
    def __init__(
        self, app: Flask | Blueprint | None, policies: Policies | PolicySource, **options: Unpack[MiddlewareOptions]
    ) -> None: ...
    @overload
    def __init__(self, *, policies: Policies | PolicySource, **options: Unpack[MiddlewareOptions]) -> None: ...

    def __init__(
        self, app: Flask | Blueprint | None = None, policies: Policies | PolicySource | None = None, **options: Any
    ) -> None:
        self._policies = policies
        self._options = options
        if app is not None:
            self._init_app(app, policies, {})

    @overload
    def init_app(self, app: Flask | Blueprint, policies: None = None, **options: Unpack[AppOptions]) -> None: ...
    @overload
    def init_app(
        self, app: Flask | Blueprint, policies: Policies | PolicySource, **options: Unpack[MiddlewareOptions]
    ) -> None: ...

    def init_app(self, app: Flask | Blueprint, policies: Policies | PolicySource | None = None, **options: Any) -> None:
        """Install the policies: on an application at once, on a blueprint when an application registers it."""
        self._init_app(app, policies, options)

    def _init_app(
        self, app: Flask | Blueprint, policies: Policies | PolicySource | None, options: Mapping[str, Any]
    ) -> None:
        policies = self._policies if policies is None else policies
        notes: list[str] = []
        options = merged(without_headers(self._options | dict(options), notes))
        tell(notes)
        if not isinstance(app, Flask | Blueprint):
            message = "{value} is not a Flask application or a blueprint"
            raise PolicyError([problem("wrong-type", "app", app, message, do("pass the application: CORS(app)"))])
        if policies is not None:
            _check_settings(options)
        if isinstance(app, Flask):
            _install(app, policies, options)
            return
        notes = []
        if policies is None:
            of_options(merged(NOBODYS_ORIGIN, options), notes)  # raises what is wrong under any configuration
            tell(notes)
        resources = None if policies is None else of_table(cast("Policies", policies))  # no source
        app.record(partial(_register, resources, options, frozenset(notes)))


def _install(app: Flask, policies: Policies | PolicySource | None, options: Mapping[str, Any]) -> None:
    options = dict(options)
    by_default = app.config.get("CORS_CROSS_ORIGIN_WRITES", "accept") if policies is None else "accept"
    switch = options.pop("cross_origin_writes", by_default)
    front = app.extensions.get(KEY)
    if isinstance(front, FlaskFront) and front.framework.is_configured:
        message = "CORS is installed on this application already, and two are never merged"
        fix = do("call CORS once, with the policies or `resources` of all paths")
        raise PolicyError([problem("second-cors", "app", app, message, fix)])
    if policies is not None:
        settings = dict(options)
        # raises before anything is installed
        CORSMiddleware(app.wsgi_app, policies, cross_origin_writes=switch, **settings)
        intercepts = settings.pop("intercept_exceptions", False)
        front = install(app)
        front.configure(CORSMiddleware(hand_back, policies, **settings), settings)
    else:
        CORSMiddleware(app.wsgi_app, {}, cross_origin_writes=switch)  # likewise
        intercepts = merged(config_options(app.config), options).get("intercept_exceptions") is True
        table = _read(app, options)
        front = install(app)
        front.configure(table, {})
        front.framework.read_again = partial(_read_again, app, options, config_options(app.config))
    if intercepts:
        front.intercept()
    guard = make_guard(switch, options.get("on_decision"))
    if guard is not None:
        front.may_be_mounted_beside = app.wsgi_app != MethodType(Flask.wsgi_app, app)
        app.wsgi_app = GuardedFront(app.wsgi_app, front, guard, switch)  # type: ignore[method-assign]  # Flask's own way


def _read(app: Flask, options: Mapping[str, Any]) -> Table:
    notes = config_notes(app.config)
    problems = unread_keys(app.config, options)
    try:
        resources = of_options(merged(config_options(app.config), options), notes)
    except PolicyError as error:
        raise PolicyError([*problems, *error.problems]) from None
    if problems:
        raise PolicyError(problems)
    tell(notes)
    return resources.in_front()


_SETTINGS = frozenset(MiddlewareOptions.__annotations__)


def _check_settings(options: Mapping[str, Any]) -> None:
    """Refuse Flask-CORS's options beside policies in our own words."""
    problems = []
    for name, value in options.items():
        near = nearest(name, _SETTINGS)
        if near is not None and near != name:
            message = "{name} is not an option of CORS"
            problems.append(problem("unknown-option", name, value, message, rename(near), name=name))
        elif near is None:
            message = "{name!s} is an option of Flask-CORS, and policies are passed as well"
            fix = do("write it as a field of a Policy, or pass `resources` instead of policies")
            problems.append(problem("wrong-type", name, value, message, fix, name=name))
    if problems:
        raise PolicyError(problems)


def _read_again(app: Flask, options: Mapping[str, Any], before: Mapping[str, Any]) -> Table | None:
    """Read the options again where ``app.config`` says something else than `before`."""
    if config_options(app.config) == before and not unread_keys(app.config, options):
        return None
    return _read(app, options)


def _register(
    resources: Resources | None, options: Mapping[str, Any], told: Container[str], state: BlueprintSetupState
) -> None:
    app = cast("Flask", state.app)
    if resources is None:
        notes: list[str] = []
        configured = config_options(app.config)
        configured.pop("resources", None)  # they are the application's
        resources = of_options(merged(configured, options), notes)
        tell(note for note in notes if note not in told)
    name = f"{state.name_prefix}.{state.name}".lstrip(".")
    install(app).framework.add_blueprint(name, resources)


@overload
def cross_origin(policy: Policy | None, /) -> Callable[[View], View]: ...
@overload
def cross_origin(**options: Unpack[ViewOptions]) -> Callable[[View], View]: ...


def cross_origin(*policy: Policy | None, **options: Any) -> Callable[[View], View]:
    """Return a decorator that attaches a policy to a view: a `Policy`, None for no CORS, or Flask-CORS's options.

    >>> from flask import Flask
    >>> from corswsgi import Policy
    >>> app = Flask("shop")
    >>> @app.get("/prices")
    ... @cross_origin(Policy(allow_origins="*"))
    ... def prices():
    ...     return {"tea": 3}

    The decorator returns a copy of the view. Put it below ``@app.route``; if a view has two, the outer one wins. It
    works without `CORS`: the first request of the application then installs what applies the policies.

    Raises `PolicyError` for mistakes that do not depend on ``app.config``. The others are logged at the first request
    of the application, and its views have no CORS then.
    """
    if policy:
        _check_policy(policy, options)
        mark = Mark(policy=policy[0])
    else:
        notes: list[str] = []
        note_of_headers(options, notes)
        read_options(merged(NOBODYS_ORIGIN, options), notes)  # raises what is wrong under any configuration
        tell(notes)
        mark = Mark(options=merged(options), told=tuple(notes))
    hook()

    def decorate(view: View) -> View:
        if isinstance(view, type):
            message = "cross_origin cannot decorate a class: Flask calls a function made from it"
            fix = do("write decorators = [cross_origin(...)] in the class"), do("decorate its methods")
            raise PolicyError([problem("decorated-class", view.__name__, view, message, *fix)])
        return cast("View", marked(view, mark, present))

    put(decorate, mark)  # for those who decorate the methods of a class anew for each request
    return decorate


def _check_policy(policy: tuple[object, ...], options: Mapping[str, Any]) -> None:
    if len(policy) == 1 and not options and (policy[0] is None or isinstance(policy[0], Policy)):
        return
    message = "pass one Policy or Flask-CORS's options, not both" if options else "{given} is not a policy"
    if len(policy) > 1:
        message = "a view has one policy, not {count!s}"
    fix = do("write @cross_origin(Policy(...))"), do("write @cross_origin(origins=...)")
    if len(policy) == 1 and not options and isinstance(policy[0], str | list | tuple):
        fix = write(policy[0], text="write @cross_origin(origins={entry!s})"), fix[0]
    arguments = {"given": policy[0], "count": len(policy)}
    raise PolicyError([problem("wrong-type", "policy", policy, message, *fix, **arguments)])
