"""Django's system checks: every problem of the settings with its code and its hint, in `manage.py check`."""

from typing import Any

from django.core.checks import CheckMessage, Error, Warning  # noqa: A004  (Django's name for it)

from corswsgi.django.settings import read_settings
from corswsgi.errors import PolicyError, Problem


def check_settings(**kwargs: Any) -> list[CheckMessage]:  # noqa: ARG001  (what Django gives every check)
    """Give an error for each mistake, a warning for each setting that means something else than it seems to."""
    try:
        rules = read_settings()
    except PolicyError as error:
        return [_message(Error, problem) for problem in error.problems]
    return [_message(Warning, note) for note in rules.notes]


def _message(kind: type[Error | Warning], problem: Problem) -> CheckMessage:
    return kind(f"{problem.field}: {problem.message}", hint=problem.hint, id=f"corswsgi.{problem.code}")
