"""Flask: `CORS` and `cross_origin`, in Flask-CORS's words or in ours; routes and options in, policies out."""

from collections.abc import Callable, Container, Mapping
from functools import partial, update_wrapper
from typing import Any, TypeVar, cast

from flask import Blueprint, Flask, request_started
from flask.blueprints import BlueprintSetupState

from corswsgi.errors import PolicyError, Problem, shown
from corswsgi.flask.options import NOBODYS_ORIGIN, config_options, merged, read_options, tell
from corswsgi.flask.resources import Resources, of_options, of_table
from corswsgi.flask.routes import KEY, Front, Mark, at_request, mark_of, put_mark
from corswsgi.paths import Policies
from corswsgi.policy import Policy

__all__ = ["CORS", "cross_origin"]

View = TypeVar("View", bound=Callable[..., Any])


class CORS:
    """Gives an application, or the views of a blueprint, policies: `policies` in our words, or Flask-CORS's options.

    With `policies`, the options are those of `CORSMiddleware`. An application takes one `CORS`; a view's `cross_origin`
    wins over that of its blueprint, the innermost first, and this over the application's. Raises `PolicyError`.
    """

    def __init__(self, app: Flask | Blueprint | None = None, policies: Policies | None = None, **options: Any) -> None:
        self._policies = policies
        self._options = options
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask | Blueprint, policies: Policies | None = None, **options: Any) -> None:
        """Install: on an application at once, on a blueprint when an application registers it."""
        policies = self._policies if policies is None else policies
        options = merged(self._options, options)
        if isinstance(app, Flask):
            _install(app, policies, options)
            return
        notes: list[str] = []
        if policies is None:
            of_options(merged(NOBODYS_ORIGIN, options), notes)  # what is wrong anyway is said here
            tell(notes)
        resources = None if policies is None else of_table(policies)
        app.record(partial(_register, resources, options, frozenset(notes)))


def _install(app: Flask, policies: Policies | None, options: Mapping[str, Any]) -> None:
    front = app.extensions.get(KEY)
    if front is not None and front.is_configured:
        message = "the application has a CORS already, and rows never merge"
        raise PolicyError([
            Problem(code="second-cors", field="app", value=app, message=message, hint="write one table for all paths")
        ])  # fmt: skip
    if policies is not None:
        resources, settings = of_table(policies), options
    else:
        notes: list[str] = []
        resources, settings = of_options(merged(config_options(app.config), options), notes), {}
        tell(notes)
    (front or Front(app)).configure(resources, settings)


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
    (app.extensions.get(KEY) or Front(app)).add_blueprint(name, resources)


def cross_origin(*policy: Policy | None, **options: Any) -> Callable[[View], View]:
    """Give a view a policy: one in our words, None for "no CORS here", or Flask-CORS's options.

    It marks the view and leaves it as it is; where `CORS` has not been installed on the application, the application's
    first request installs what serves the marks. What is wrong whatever ``app.config`` says raises `PolicyError` here,
    the rest at the first request, for the views of the whole application.
    """
    if policy:
        _check_policy(policy, options)
        mark = Mark(policy=policy[0])
    else:
        notes: list[str] = []
        read_options(merged(NOBODYS_ORIGIN, options), notes)  # what is wrong anyway is said here
        tell(notes)
        mark = Mark(options=merged(options), told=tuple(notes))
    request_started.connect(at_request)

    def decorate(view: View) -> View:
        problem = _view_problem(view)
        if problem is not None:
            raise PolicyError([problem])
        try:
            put_mark(view, mark)
        except AttributeError:  # a bound method takes no mark
            view = update_wrapper(partial(view), view)  # type: ignore[assignment]  # it is called as the view is
            put_mark(view, mark)
        return view

    return decorate


def _check_policy(policy: tuple[object, ...], options: Mapping[str, Any]) -> None:
    if len(policy) == 1 and not options and (policy[0] is None or isinstance(policy[0], Policy)):
        return
    message = "a policy says all, and nothing can stand beside it" if options else f"{shown(policy[0])} is no policy"
    hint = "write @cross_origin(Policy(...)) or, in Flask-CORS's words, @cross_origin(origins=...)"
    raise PolicyError([Problem(code="wrong-type", field="policy", value=policy, message=message, hint=hint)])


def _view_problem(view: object) -> Problem | None:
    if isinstance(view, type):
        message, hint = "a class is no view", "write decorators = [cross_origin(...)] in it, or decorate its methods"
        return Problem(code="decorated-class", field=view.__name__, value=view, message=message, hint=hint)
    if mark_of(view) is not None:
        message, hint = "the view has a policy already, and they never merge", "give it one, or make it two functions"
        return Problem(code="second-policy", field=shown(view), value=view, message=message, hint=hint)
    return None
