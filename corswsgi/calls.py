"""Calls with arguments that a function does not take: the `TypeError` says how to write the call.

The law of this module: a call that fits is not changed, nor is an exception that the function itself raises.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from inspect import Parameter, signature
from typing import Any, TypeVar, cast

from corswsgi.near import nearest
from corswsgi.vocabularies import shown

F = TypeVar("F", bound=Callable[..., Any])
Hint = Callable[[str], str]

_MOST = 60  # characters of a value that is repeated


def _nothing(_name: str) -> str:
    return ""


def helpful(hint: Hint = _nothing) -> Callable[[F], F]:
    """Return a decorator: a call with arguments that the function does not take raises a `TypeError` with a hint.

    `hint` gets the name of an option that the function does not have, or "" for values without a name. It returns the
    thing to do instead, or "" if it knows none.
    """

    def decorate(function: F) -> F:
        @wraps(function)
        def call(*arguments: Any, **options: Any) -> Any:
            try:
                return function(*arguments, **options)
            except TypeError as error:
                # then the traceback has no frame of the function
                is_of_the_call = error.__traceback__ is not None and error.__traceback__.tb_next is None
                said = "; ".join(_Misfit(function, hint).words(arguments, options)) if is_of_the_call else ""
                if not said:
                    raise
            raise TypeError(said)

        return cast("F", call)

    return decorate


class _Misfit:
    """A call of `function` with arguments that it does not take, in words."""

    def __init__(self, function: Callable[..., Any], hint: Hint) -> None:
        parameters = signature(function).parameters
        *around, last = function.__qualname__.split(".")
        self._name = around[-1] if last == "__init__" else last
        self._hint = hint
        self._takes = [name for name, each in parameters.items() if each.kind is Parameter.POSITIONAL_OR_KEYWORD]
        self._options = [name for name, each in parameters.items() if each.kind is Parameter.KEYWORD_ONLY]

    def words(self, arguments: tuple[Any, ...], options: Mapping[str, Any]) -> Iterator[str]:
        """Yield a sentence for each mistake, and nothing for a missing argument: Python's own words are clear."""
        extra = arguments[len(self._takes) :]
        named: dict[str, Any] = {}
        if len(extra) == 1 and isinstance(extra[0], Mapping):
            named = {str(name): value for name, value in extra[0].items()}
            yield f"{self._name}() takes its options by name, not as a dict{self._written(named)}"
            named = named if any(nearest(name, self._options) for name in named) else {}
        elif extra:
            free = [name for name in self._options if name not in options]
            said = ", ".join(shown(value, _MOST) for value in extra)
            yield f"{self._name}() takes {said} only by name{self._written(dict(zip(free, extra, strict=False)))}"
        for name in {**named, **options}:
            if name not in self._known():
                yield f"{self._name}() has no option {name!r}: {self._instead(name)}"

    def _known(self) -> list[str]:
        return [name for name in (*self._takes, *self._options) if name not in {"self", "cls"}]

    def _instead(self, name: str) -> str:
        known = self._known()
        near = nearest(name.lower(), known)
        if near is not None:
            return f"write {near}"
        return self._hint(name) or f"it has {', '.join(self._options or known) or 'none'}"

    def _written(self, named: Mapping[str, Any]) -> str:
        """Write the call with its options by name."""
        known = {nearest(name, self._options) or "": value for name, value in named.items()}
        known.pop("", None)
        if not known:
            hint = self._hint("")
            return f": {hint}" if hint else ""
        parts = [name for name in self._takes if name not in {"self", "cls"}]
        parts += (f"{name}={shown(value, _MOST)}" for name, value in known.items())
        return f": write {self._name}({', '.join(parts)})"
