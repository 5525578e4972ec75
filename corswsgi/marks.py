"""Marks: a decorator leaves one on a view. A front end finds it there, or learns that the marked function ran.

The laws of this module: a marked function does the same as the function itself, inside and outside of a request. The
mark is on a copy of the function, so that the function itself can serve other routes without it. A copy that runs is
recorded in the environ of the present request, and in no other one.
"""

import logging
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, partial, update_wrapper, wraps
from inspect import iscoroutinefunction, unwrap
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any, cast

from corswsgi.policy import Policy
from corswsgi.vocabularies import PYTHON, Vocabulary

_ATTRIBUTE = "__corswsgi__"
_MOST_REACHED = 20_000  # functions: the limit of the search for a mark that no router finds

logger = logging.getLogger("corswsgi")


@dataclass(frozen=True, eq=False, kw_only=True)
class Mark:
    """The policy that a decorator leaves on one function, or options that become one when the application is known.

    ``function``, ``file`` and ``line`` name the function.
    """

    policy: Policy | None = None
    options: Mapping[str, Any] | None = None
    told: tuple[str, ...] = ()
    function: str = ""
    file: str = ""
    line: int = 0
    vocabulary: Vocabulary = PYTHON

    @cached_property
    def closes(self) -> bool:
        """Whether the mark means "no CORS here"."""
        return self.policy is None and self.options is None

    def __str__(self) -> str:
        return f"{self.function} ({self.file}:{self.line})"


RAN = "corswsgi.ran"  # in the environ: the mark of the function that ran: the first one that closes, or the last one
Environ = dict[str, Any]

made: list[bool] = []  # empty if nothing in the process is marked
_functions: dict[Mark, weakref.ref[Any]] = {}  # the living marked functions, not their copies
_by_decorator: weakref.WeakKeyDictionary[Mark, weakref.WeakKeyDictionary[object, Mark]] = weakref.WeakKeyDictionary()
_found: weakref.WeakSet[Mark] = weakref.WeakSet()  # found by a router of any application
_copies: weakref.WeakSet[Any] = weakref.WeakSet()


def marked(view: Callable[..., Any], mark: Mark, present: Callable[[], Environ | None]) -> Callable[..., Any]:
    """Return a copy of `view` with `mark` instead of the mark that `view` may have.

    Each call is recorded in the environ of the present request, if `present` returns one. A function that returns None
    has not answered, so it does not count. A mark that closes counts whatever its function returned and whatever runs
    after it. If one marked function calls another, the outer one is the last that ran.
    """
    function: Any = view
    original = original_of(function)
    if original is not None:
        _functions.pop(function.__dict__[_ATTRIBUTE], None)
        function = original
    mark = _named(function, mark)
    copy: Any
    if iscoroutinefunction(function):

        @wraps(function)
        async def copy(*args: Any, **kwargs: Any) -> Any:
            environ = present()
            before = _record(environ, mark)
            result = await function(*args, **kwargs)
            _record(environ, before if result is None else mark)
            return result

    else:

        @wraps(function)
        def copy(*args: Any, **kwargs: Any) -> Any:
            environ = present()
            before = _record(environ, mark)
            result = function(*args, **kwargs)
            _record(environ, before if result is None else mark)
            return result

    put(copy, mark)
    _copies.add(copy)
    return copy  # type: ignore[no-any-return]  # one of the two


def _record(environ: Environ | None, mark: Mark | None) -> Mark | None:
    """Record that a marked function runs. Return what was recorded before, which stays if it closes."""
    if environ is None:
        return None
    before: Mark | None = environ.get(RAN)
    if before is None or not before.closes:
        environ[RAN] = mark
    return before


def original_of(copy: Any) -> Callable[..., Any] | None:
    """Return the function that a marked `copy` calls. None if `copy` is anything else."""
    # only functions are looked for: an object may have no hash, and a proxy has that of another object
    is_copy = type(copy) is FunctionType and copy in _copies
    return copy.__dict__["__wrapped__"] if is_copy else None


def without_record(copy: Any) -> FunctionType | None:
    """Return a function like a marked `copy`, mark and all, that records nothing. None if there is no such function.

    It is for a router, which finds the mark whether or not the function runs. It shares the attributes of the copy.
    """
    function: Any = original_of(copy)
    if type(function) is not FunctionType:
        return None
    code, names, defaults = function.__code__, function.__globals__, function.__defaults__
    plain = FunctionType(code, names, function.__name__, defaults, function.__closure__)
    update_wrapper(plain, copy, updated=())
    plain.__kwdefaults__, plain.__dict__ = function.__kwdefaults__, copy.__dict__
    return plain


def apart(app: Callable[..., Any], environ: Environ, start_response: object) -> Any:
    """Serve a request inside another one that has the same environ, and keep apart what is recorded about the two."""
    ours = _taken_out(environ)
    try:
        return app(environ, start_response)
    finally:
        _taken_out(environ)
        environ.update(ours)


def _taken_out(environ: Environ) -> Environ:
    return {key: environ.pop(key) for key in list(environ) if key.startswith("corswsgi.")}


def put(bearer: object, mark: Mark) -> None:
    """Leave `mark` on an object that is not copied, such as a class."""
    made[:] = [True]
    setattr(bearer, _ATTRIBUTE, mark)


def mark_of(bearer: object) -> Mark | None:
    """Return the mark of `bearer` or, for a `functools.partial`, of its function. None without a mark."""
    while issubclass(type(bearer), partial) and _ATTRIBUTE not in vars(bearer):
        bearer = cast("partial[Any]", bearer).func
    mark = attribute(bearer, _ATTRIBUTE)
    return mark if type(mark) is Mark else None


def attribute(owner: object, name: str) -> Any:
    """Return an attribute. None if it is missing or raises, as that of a proxy does outside of its context."""
    try:
        return getattr(owner, name, None)
    except Exception:  # noqa: BLE001  (of the application, which meets it again if it needs the attribute)
        return None


def class_of(view: object, name: str) -> type | None:
    """Return the class that the attribute `name` of a view holds. None if it holds anything else, as a mock's does."""
    held = attribute(view, name)
    return held if issubclass(type(held), type) else None


def _named(function: Any, mark: Mark) -> Mark:
    """Return a mark with the name of this function, and remember it while the function lives.

    A function that is decorated anew for each request, as Flask-RESTful's and Django's decorators of methods do it, has
    one mark.
    """
    innermost = unwrap(function)
    innermost = getattr(innermost, "__func__", innermost)
    named = _named_before(innermost, mark)
    if named is None:
        code = getattr(innermost, "__code__", None)
        named = replace(
            mark,
            function=getattr(innermost, "__name__", type(innermost).__name__),
            file=code.co_filename if code else "",
            line=code.co_firstlineno if code else 0,
        )
        with suppress(TypeError):  # it does not support weak references
            _by_decorator[mark][innermost] = named
    try:
        if len(_functions) < _MOST_REACHED:  # a request may mark a function that stays
            _functions[named] = weakref.ref(function, lambda _: _functions.pop(named, None))
    except TypeError:  # likewise
        logger.debug("%s is not looked for", named)
    return named


def _named_before(innermost: object, mark: Mark) -> Mark | None:
    try:
        return _by_decorator.setdefault(mark, weakref.WeakKeyDictionary()).get(innermost)
    except TypeError:  # likewise
        return None


def not_found(bearers: Iterable[object], others: Callable[[], Iterable[object]]) -> list[Mark]:
    """Return the marks that an application reaches but that none of its `bearers` has, so that no router finds them.

    `bearers` are its views, error handlers and hooks; `others` are those of other applications in the process, which
    may have the mark. Reached is what a bearer is, wraps, holds in a closure, or names.
    """
    bearers = list(bearers)
    _found.update(mark for mark in map(mark_of, bearers) if mark is not None)
    # only the keys are copied: making pairs may run the garbage collector, which removes entries meanwhile
    sought = {
        mark: function() for mark in list(_functions) if mark not in _found and (function := _functions.get(mark))
    }
    if not sought:
        return []
    reached = {mark_of(each) for each in _reached(bearers)}
    bare = {id(bearer) for bearer in bearers if mark_of(bearer) is None}
    lost = [mark for mark, function in sought.items() if mark in reached or id(function) in bare]
    if lost:
        _found.update(mark for mark in map(mark_of, others()) if mark is not None)
    return [mark for mark in lost if mark not in _found]


def _reached(bearers: Iterable[object]) -> Iterator[object]:
    """Yield the functions and classes that `bearers` are, wrap, hold or name, recursively."""
    todo, seen = list(bearers), set[int]()
    while todo and len(seen) < _MOST_REACHED:
        each = todo.pop()
        if id(each) in seen or not isinstance(type(each), type) or not _is_code(each):
            continue
        seen.add(id(each))
        yield each
        todo += _below(each)


def _is_code(each: object) -> bool:
    return issubclass(type(each), FunctionType | MethodType | partial | type)  # so that a proxy is not resolved


def _below(each: Any) -> Iterator[object]:
    if isinstance(each, type):
        for base in each.__mro__:
            yield from vars(base).values()
    elif isinstance(each, MethodType):
        yield from (each.__func__, type(each.__self__))
    elif isinstance(each, partial):
        yield from (each.func, *each.args, *each.keywords.values())
    else:
        yield from (each.__dict__.get("__wrapped__"), *(each.__defaults__ or ()))
        yield from held_by(each)
        yield from _named_in(each.__code__, each.__globals__)


def held_by(function: object) -> Iterator[object]:
    """Yield the values in a function's closure."""
    for cell in getattr(function, "__closure__", None) or ():
        try:
            yield cell.cell_contents
        except ValueError:  # of a name that is not set, or not any more
            continue


def _named_in(code: CodeType, values: Mapping[str, object]) -> Iterator[object]:
    names = list(names_in(code))
    for name in names:
        value = values.get(name)
        if type(value) is ModuleType:
            yield from (vars(value).get(each) for each in names)
        else:
            yield value


def names_in(code: CodeType) -> Iterator[str]:
    """Yield the names of globals and attributes in a function's code, and in that of functions inside of it."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from names_in(constant)


def tell_of(marks: Iterable[Mark]) -> None:
    """Log each mark that no router finds: one that means "no CORS" is an error."""
    for mark in marks:
        log = logger.error if mark.closes else logger.warning
        log("%s: %s; %s", mark, NOT_FOUND, HOW_TO_FIND)


NOT_FOUND = (
    "the policy of this function is not directly below a route: preflights do not have it, responses only if it runs"
)
HOW_TO_FIND = "put the decorator directly below the route; decorators between the two need functools.wraps"
