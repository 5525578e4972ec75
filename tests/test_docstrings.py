"""The docstrings of public names: their examples run, and each says what there is to know."""

import doctest
import importlib
import inspect
import re
from collections.abc import Iterator
from dataclasses import fields

import pytest

from corswsgi import CORSMiddleware, LoadedOrigins, Policy, PolicyTable
from corswsgi.browser import Page
from corswsgi.flask import CORS, cross_origin
from tests.support.public import PUBLIC_MODULES


def documented() -> Iterator[tuple[str, object]]:
    """Yield the public modules, their public names, and the methods of these."""
    for module_name in PUBLIC_MODULES:
        module = importlib.import_module(module_name)
        yield module_name, module
        for name in getattr(module, "__all__", ()):
            value = getattr(module, name)
            if not getattr(value, "__module__", "").startswith("corswsgi"):
                continue  # an alias of types, a tuple
            yield f"{module_name}.{name}", value
            if inspect.isclass(value):
                own = {each: inspect.getattr_static(value, each) for each in vars(value) if not each.startswith("_")}
                methods = (
                    each for each in own.items() if callable(each[1]) or isinstance(each[1], property | classmethod)
                )
                yield from ((f"{module_name}.{name}.{each}", method) for each, method in methods)


DOCUMENTED = [pytest.param(value, id=name) for name, value in documented()]


@pytest.mark.parametrize("value", DOCUMENTED)
def test_examples_run(value: object) -> None:
    name = getattr(value, "__name__", "")
    examples = doctest.DocTestParser().get_doctest(inspect.getdoc(value) or "", _names_around(value), name, None, 0)
    report: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(examples, out=report.append)
    assert report == []


def _names_around(value: object) -> dict[str, object]:
    module = value if inspect.ismodule(value) else inspect.getmodule(getattr(value, "__func__", value))
    return dict(vars(module)) if module else {}


@pytest.mark.parametrize("value", DOCUMENTED)
def test_public_name_has_a_docstring_without_a_table(value: object) -> None:
    text = inspect.getdoc(value)
    assert text
    assert re.search(r"^\|", text, re.MULTILINE) is None, "Sphinx does not read tables of Markdown"
    assert re.match(r"(Give|Tell|Say)s?\b", text) is None


@pytest.mark.parametrize(
    "value", [CORSMiddleware, Policy, PolicyTable, LoadedOrigins, Page, CORS, cross_origin, Policy.from_env]
)
def test_name_that_everybody_uses_has_an_example(value: object) -> None:
    assert ">>> " in (inspect.getdoc(value) or "")


def test_every_field_of_a_policy_and_option_of_the_middleware_is_documented() -> None:
    for documented_class, names in (
        (Policy, [each.name for each in fields(Policy)]),
        (CORSMiddleware, [*inspect.signature(CORSMiddleware).parameters][1:]),
    ):
        found = re.findall(r"^``(\w+)``$", inspect.getdoc(documented_class) or "", re.MULTILINE)
        assert found == names, f"write about these in the docstring of {documented_class.__name__}"
