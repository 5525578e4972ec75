"""Configurations of each surface with a problem, and the same with the hint followed."""

import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Flask
from flask.views import View

from corswsgi import LoadedOrigins, PolicyError, PolicyFile, Problem
from corswsgi.cli.check_warnings import warnings_about
from corswsgi.django.settings import examine_settings
from corswsgi.files import policies_in, read_policies
from corswsgi.flask import CORS, cross_origin
from tests.support.django_settings import configured

Look = Callable[[], Iterable[Problem]]  # at a configuration: what is wrong with it
APP = "https://app.example.com"
LOADED = LoadedOrigins(list)
SCOPED = LoadedOrigins(dict, scope=str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A configuration with one problem, and the ways of its hint: the words of each, and what it leads to."""

    code: str
    surface: str
    wrong: Look
    right: Mapping[str, Look]


def refused(made: Callable[[], object]) -> Look:
    """Return what looks at the problems that `made` raises."""

    def look() -> Iterable[Problem]:
        try:
            made()
        except PolicyError as error:
            return error.problems
        return ()

    return look


def file(text: str | bytes | None, **environ: str) -> Look:
    """Look at a file, which has no text if it does not exist."""

    def made() -> object:
        with TemporaryDirectory() as folder:
            path = Path(folder, "cors.toml")
            if text is not None:
                path.write_bytes(text if isinstance(text, bytes) else text.encode())
            return read_policies(path, environ)

    return refused(made)


def check(text: str) -> Look:
    """Look at the warnings about a file."""
    return lambda: warnings_about(*policies_in(text, "cors.toml", {}))


def flask(**options: Any) -> Look:
    """Look at options of `CORS`; ``config`` is what the application has in its own."""
    config = options.pop("config", {})

    def made() -> object:
        app = Flask(__name__)
        app.config.update(config)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what Flask-CORS reads in another way
            CORS(app, **options)
        return app.test_client().get("/")

    return refused(made)


def django(**settings: object) -> Look:
    """Look at Django's settings: at problems, and at notes."""

    def look() -> Iterable[Problem]:
        with configured(**settings):
            _, found = examine_settings()
        return [*found.problems, *found.notes]

    return look


def watched(check_every: Any) -> Look:
    """Look at a file that is watched."""

    def made() -> object:
        with TemporaryDirectory() as folder:
            path = Path(folder, "cors.toml")
            path.write_text(f'["/**"]\nallow_origins = "{APP}"\n', "utf-8")
            return PolicyFile(path, check_every)

    return refused(made)


def twice() -> None:
    app = Flask(__name__)
    CORS(app, origins=APP)
    CORS(app, resources={"/api/*": {"origins": APP}})


class Page(View):
    decorators = [cross_origin(origins=APP)]  # noqa: RUF012  (as Flask's documentation has it)

    @cross_origin(origins=APP)
    def dispatch_request(self) -> str:
        return ""
