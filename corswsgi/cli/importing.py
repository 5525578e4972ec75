"""Imports of applications by name: ``module:app``, ``module:make_app()``, ``shop.py``.

The law of this module: whatever goes wrong while a module is imported, the command prints one line and ends with 2.
"""

import ast
import contextlib
import difflib
import importlib
import inspect
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import click

from corswsgi.cli.listening import in_one_line
from corswsgi.cli.output import printable
from corswsgi.errors import PolicyError

_TARGET = re.compile(r"(?P<module>[\w.]+|.*\.py):(?P<name>[\w.]+)(?P<call>\(.*\))?", re.DOTALL)
_USUAL_NAMES = ("app", "application", "wsgi_app", "wsgi")
_USUAL_FACTORIES = ("create_app", "make_app", "create_application", "get_app", "build_app")
_WSGI_ARGUMENTS = 2


class UnusableError(click.ClickException):
    """The target of the command does not exist, or does not answer."""

    exit_code = 2

    def format_message(self) -> str:
        """Return the message without unprintable characters: the text of an exception can come from anywhere."""
        return "\n".join(map(printable, self.message.split("\n")))


def load_application(text: str) -> Any:
    """Import ``module:name``, with the current directory importable; ``module:name(...)`` calls a factory.

    A file (``shop.py``) or a module alone is searched for an application under a usual name. Raises `UnusableError`,
    and ``click.UsageError`` for a text that is none of these.
    """
    named = _TARGET.fullmatch(text)
    if re.fullmatch(r"[\w.]*\w", text) is None and os.path.isdir(text):  # noqa: PTH112  (a path may be of any length)
        raise click.UsageError(f"{text!r} is a folder: name an application in it, module:app or shop.py")
    if named is None and re.fullmatch(r"[\w.]+|.*\.py", text) is None:
        raise click.UsageError(f"{text!r} is not a target: write module:app, cors.toml or http://localhost:8000")
    if named is None:
        return _usual(_module(text, is_alone=True), text)
    module = _module(named["module"])
    found: Any = module
    for name in named["name"].split("."):
        if not hasattr(found, name):
            raise UnusableError(f"{named['module']} has no {named['name']!r}{_but(module, named['name'])}")
        found = getattr(found, name)
    if named["call"] is not None:
        found = _called(found, text, *_arguments(named["call"], text))
    return _checked(found, text)


def _module(name: str, *, is_alone: bool = False) -> ModuleType:
    folder, dotted = str(Path.cwd()), name
    if name.endswith(".py"):
        path = Path(name).resolve()
        if not path.is_file():
            raise UnusableError(f"{name} is not a file")
        parts = [path.stem]
        parent = path.parent
        while (parent / "__init__.py").is_file():
            parts, parent = [parent.name, *parts], parent.parent
        folder, dotted = str(parent), ".".join(parts).removesuffix(".__init__")
    sys.path.insert(0, folder)
    try:
        return importlib.import_module(dotted)
    except BaseException as error:
        if isinstance(error, ModuleNotFoundError) and f"{dotted}.".startswith(f"{error.name}."):
            raise _not_found(name, is_alone=is_alone) from error
        raise _failed(name, "cannot be imported", error) from error


def _not_found(name: str, *, is_alone: bool) -> Exception:
    if is_alone and name.isidentifier():
        return click.UsageError(f"{name!r} is not a target: write module:app, cors.toml or http://localhost:8000")
    return UnusableError(f"there is no module {name!r} in {Path.cwd()} or on Python's path")


def _failed(name: str, what: str, error: BaseException) -> BaseException:
    """Turn an exception of the target's code into one line. Interruptions by the user are not caught."""
    if isinstance(error, KeyboardInterrupt):
        return error
    if isinstance(error, SystemExit):
        code = f"({error.code!r})" if error.code is not None else "()"
        return UnusableError(f"{name} {what}: it exits, with sys.exit{code}")
    if isinstance(error, PolicyError):
        return UnusableError(f"{name} {what}: its policy is refused:\n{error}")
    return UnusableError(f"{name} {what}: {in_one_line(error)}")


def _usual(module: ModuleType, text: str) -> Any:
    for name in _USUAL_NAMES:
        if callable(getattr(module, name, None)):
            return _checked(getattr(module, name), f"{text}:{name}")
    for name in _USUAL_FACTORIES:
        if callable(getattr(module, name, None)):
            return _checked(_called(getattr(module, name), f"{text}:{name}()", [], {}), f"{text}:{name}()")
    written = next(_inside(module), f"{module.__name__}:NAME")
    raise UnusableError(f"{text} has no application under a usual name{_but(module)}: write {written}")


def _inside(package: ModuleType) -> Iterator[str]:
    """Yield the modules of a package that usually have the application, as in a project of Django. None is run."""
    for folder in getattr(package, "__path__", ()):
        names = (name for name in ("wsgi", *_USUAL_NAMES) if (Path(folder) / f"{name}.py").is_file())
        yield from (f"{package.__name__}.{name}" for name in names)


def _but(module: ModuleType, wanted: str = "") -> str:
    """Say what a module has in place of `wanted`: names like it first, then usual ones, then its own."""
    names = [name for name, value in vars(module).items() if callable(value) and not name.startswith("_")]
    ours = [name for name in names if getattr(getattr(module, name), "__module__", "") == module.__name__] or names
    usual = [name for name in (*_USUAL_NAMES, *_USUAL_FACTORIES) if name in names]
    found = list(dict.fromkeys([*difflib.get_close_matches(wanted, names), *usual, *ours]))
    written = (f"{name}()" if name in _USUAL_FACTORIES else name for name in found[:8])  # as a target is written
    return f"; it has {', '.join(written)}" if found else ""


def _arguments(call: str, text: str) -> tuple[list[Any], dict[str, Any]]:
    """Read the arguments of a call, which must be literals, as for gunicorn."""
    with contextlib.suppress(SyntaxError, ValueError):
        parsed = ast.parse(f"f{call}", mode="eval").body
        if isinstance(parsed, ast.Call) and isinstance(parsed.func, ast.Name):
            positional = [ast.literal_eval(argument) for argument in parsed.args]
            return positional, {str(each.arg): ast.literal_eval(each.value) for each in parsed.keywords}
    raise click.UsageError(f"{text!r} is not a valid call: write literals only, as in module:make_app('test')")


def _called(factory: Any, text: str, arguments: list[Any], named: dict[str, Any]) -> Any:
    signature = _signature(factory)
    if signature is not None:
        try:
            signature.bind(*arguments, **named)
        except TypeError:
            wanted = ", ".join(map(str, signature.parameters.values()))
            raise UnusableError(
                f"{text} cannot be called so: it takes ({wanted}); write these in the brackets"
            ) from None
    try:
        return factory(*arguments, **named)
    except BaseException as error:
        raise _failed(text, "cannot be called", error) from error


def _signature(found: Any) -> inspect.Signature | None:
    try:
        return inspect.signature(found)
    except (TypeError, ValueError):
        return None


def _checked(found: Any, text: str) -> Any:
    if not callable(found):
        raise UnusableError(f"{text} is not a WSGI application, but of type {type(found).__name__}")
    signature = _signature(found)
    if signature is None:
        return found
    kinds = [parameter.kind for parameter in signature.parameters.values()]
    if inspect.Parameter.VAR_POSITIONAL in kinds:
        return found
    required = [
        parameter.name
        for parameter in signature.parameters.values()
        if parameter.default is parameter.empty and parameter.kind is not parameter.VAR_KEYWORD
    ]
    if not required and inspect.isroutine(found):
        raise UnusableError(f"{text} is a function that makes an application: write {text}()")
    try:
        signature.bind(None, None)
        if inspect.isroutine(found) and len(required) != _WSGI_ARGUMENTS:
            raise TypeError  # noqa: TRY301  (what two arguments would be, is by chance)
    except TypeError:
        raise UnusableError(
            f"{text} is not a WSGI application: it takes ({', '.join(required)}){_instead(text, required)}"
        ) from None
    return found


def _instead(text: str, required: list[str]) -> str:
    if required == ["scope", "receive", "send"]:
        return ", as ASGI applications do, which corswsgi does not serve"
    if len(required) < _WSGI_ARGUMENTS:
        return f"; if it makes one, write {text}({', '.join(f'<{name}>' for name in required)})"
    return ", not (environ, start_response)"
