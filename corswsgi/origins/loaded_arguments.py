"""The checks of the arguments of `LoadedOrigins`: functions, and numbers of seconds."""

import inspect
import math
from collections.abc import Iterator

from corswsgi.errors import Problem
from corswsgi.problems import do, problem, write


def function_problems(**functions: object) -> Iterator[Problem]:
    """Yield the problem of each argument that must be a function that returns at once."""
    for name, function in functions.items():
        if function is None and name != "load":
            continue
        called = getattr(type(function), "__call__", None)  # noqa: B004  (it may be a coroutine function)
        if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(called):
            message = "{value} is asynchronous; WSGI cannot await it"
        elif not callable(function):
            message = "{here} must be a function, not {value}"
        else:
            continue
        yield problem("wrong-type", name, function, message, do("write a plain function"))


def second_problems(every: object, keep_for: object) -> Iterator[Problem]:
    """Yield the problems of the two times."""
    if not _is_seconds(every):
        message = "every must be a number of seconds above 0, not {value}"
        yield problem("every-not-positive", "every", every, message, write(10, text="write a number such as 10"))
    elif keep_for is not None and (not _is_seconds(keep_for) or keep_for < every):  # type: ignore[operator]
        message = "keep_for must be at least every ({every} s), not {value}"
        fix = write(3600, text="write a number such as 3600"), write(None, text="write None to keep origins forever")
        yield problem("keep-for-below-every", "keep_for", keep_for, message, *fix, every=every)


def _is_seconds(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < math.inf
