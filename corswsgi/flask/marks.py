"""What `cross_origin` leaves on a view, and how it is found there.

The law of this module: a mark is on a copy of the view, which may serve other rules without it, and what is marked is
called as what is not: nothing stands between Flask and the view.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial, update_wrapper
from types import FunctionType
from typing import Any

from flask import Flask

from corswsgi.errors import PolicyError, Problem
from corswsgi.flask.options import Row, config_options, merged, read_options, tell
from corswsgi.policy import Policy
from corswsgi.problems import in_row

_MARK = "__corswsgi__"


@dataclass(frozen=True, eq=False)
class Mark:
    """What `cross_origin` leaves on a view: a row in our words, or options that wait for the configuration."""

    options: Mapping[str, Any] | None = None
    policy: Policy | None = None
    told: tuple[str, ...] = ()

    def row(self, app: Flask) -> Row:
        """Give the row of this view in `app`. Raises `PolicyError`."""
        if self.options is None:
            return Row(self.policy)
        notes: list[str] = []
        configured = config_options(app.config)
        configured.pop("resources", None)
        row = read_options(merged(configured, self.options), notes)
        tell(note for note in notes if note not in self.told)
        return row


def marked(view: Callable[..., Any], mark: Mark) -> Callable[..., Any]:
    """Give a copy of `view` that bears `mark`: the view itself may serve other rules, without it."""
    if isinstance(view, FunctionType):
        # called as directly as the view itself, still async if that is, and still a method in a class
        copy = FunctionType(view.__code__, view.__globals__, view.__name__, view.__defaults__, view.__closure__)
        copy.__kwdefaults__ = view.__kwdefaults__
        view = update_wrapper(copy, view)
    else:
        view = update_wrapper(partial(view), view)
    setattr(view, _MARK, mark)
    return view


def mark_of(view: object, method: str) -> Mark | None:
    """Find the mark of a view, for a class-based one that of what serves `method` in it."""
    view_class = getattr(view, "view_class", None)
    if view_class is not None:
        for name in (method.lower(), "get" if method == "HEAD" else "", "dispatch_request"):
            mark = _mark(getattr(view_class, name, None))
            if mark is not None:
                return mark
    return _mark(view)


def _mark(bearer: object) -> Mark | None:
    mark = getattr(bearer, _MARK, None)
    return mark if isinstance(mark, Mark) else None


def all_marks(app: Flask) -> Iterator[tuple[str, Mark]]:
    """Give the marks of all views of `app`, each with the endpoint where it stands."""
    for endpoint, view in app.view_functions.items():
        view_class = getattr(view, "view_class", None)
        bearers = [view, *(getattr(view_class, name, None) for name in dir(view_class))]
        for mark in dict.fromkeys(map(_mark, bearers)):
            if mark is not None:
                yield endpoint, mark


def read_marks(app: Flask) -> dict[Mark, Row]:
    """Give the rows of all marked views. Raises `PolicyError` with the mistakes of all."""
    rows: dict[Mark, Row] = {}
    problems: list[Problem] = []
    for endpoint, mark in all_marks(app):
        try:
            rows[mark] = mark.row(app)
        except PolicyError as error:
            problems += in_row(endpoint, error.problems)
    if problems:
        raise PolicyError(problems)
    return rows
