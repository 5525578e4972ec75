"""The examples of docs/refusals.md: each is run where its language says, and returns the codes of its problems."""

import ast
import re
import warnings
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import corswsgi
from corswsgi import Policy, PolicyError, PolicyTable
from corswsgi.cli.check_warnings import warnings_about
from corswsgi.files import read_policies
from corswsgi.files.toml_lines import Places
from tests.support.asking import hello
from tests.support.django_settings import configured

_BLOCK = re.compile(r"^(Wrong|Right):\n\n```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A fenced block below "Wrong:" or "Right:"."""

    code: str
    is_right: bool
    language: str
    text: str


def examples_of(document: str) -> Iterator[Example]:
    """Find the examples of each section."""
    for section in re.split(r"^### ", document, flags=re.MULTILINE)[1:]:
        code = section.partition("`")[2].partition("`")[0]
        for kind, language, text in _BLOCK.findall(section):
            yield Example(code=code, is_right=kind == "Right", language=language, text=text)


def codes_of(example: Example) -> list[str]:
    """Run an example in a folder of its own; return the codes of all problems and warnings."""
    with TemporaryDirectory() as folder, chdir(folder), warnings.catch_warnings():
        if not example.is_right:
            warnings.simplefilter("ignore")  # of Flask's options, beside what is refused
        try:
            return _run(example)
        except PolicyError as error:
            return [found.code for found in error.problems]


def _run(example: Example) -> list[str]:
    if example.language == "toml":
        Path("cors.toml").write_text(example.text, "utf-8")
        return [found.code for found in warnings_about(*read_policies("cors.toml", {}, importing=False))]
    if example.language == "dotenv":
        Policy.from_env(dict(line.split("=", 1) for line in example.text.splitlines()))
        return []
    if example.text.startswith("# settings.py\n"):
        return _of_settings(example.text)
    made = _value_of(example.text)
    return [found.code for found in warnings_about(PolicyTable({"/**": made}), Places("", ""))] if made else []


def _of_settings(text: str) -> list[str]:
    from corswsgi.django.checks import check_settings  # noqa: PLC0415  (once Django is there)

    settings: dict[str, Any] = {}
    exec(text, {"Policy": Policy}, settings)  # noqa: S102  (our own program)
    with configured(**settings):
        return [str(found.id).removeprefix("corswsgi.") for found in check_settings()]


def _value_of(program: str) -> Policy | None:
    """Run a program; return the policy that it ends with, if any."""
    from flask import Flask  # noqa: PLC0415  (only some need it)
    from flask.views import MethodView  # noqa: PLC0415

    from corswsgi.flask import CORS, cross_origin  # noqa: PLC0415

    names: dict[str, Any] = {name: getattr(corswsgi, name) for name in corswsgi.__all__}
    names |= {"re": re, "Path": Path, "app": hello, "Flask": Flask, "MethodView": MethodView}
    names |= {"CORS": CORS, "cross_origin": cross_origin}
    tree = ast.parse(program)
    last = tree.body[-1]
    if not isinstance(last, ast.Expr):
        exec(program, names)  # noqa: S102  (our own program)
        return None
    tree.body[-1] = ast.copy_location(ast.Assign([ast.Name("made", ast.Store())], last.value), last)
    exec(compile(ast.fix_missing_locations(tree), "refusals.md", "exec"), names)  # noqa: S102
    made = names["made"]
    return made if isinstance(made, Policy) else None
