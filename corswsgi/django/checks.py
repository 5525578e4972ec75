"""Django's system checks: `manage.py check` lists every problem of the settings with its code and hint."""

from typing import Any

from django.core.checks import CheckMessage, Error, Warning  # noqa: A004  (Django's name for it)

from corswsgi.django.settings import examine_settings
from corswsgi.django.views import lost_marks
from corswsgi.errors import Problem
from corswsgi.marks import HOW_TO_FIND, NOT_FOUND
from corswsgi.problems import check_id


def check_settings(**kwargs: Any) -> list[CheckMessage]:  # noqa: ARG001  (what Django gives every check)
    """Return an error for each mistake and a warning for each setting whose meaning is not obvious."""
    _, found = examine_settings()
    errors = [_message(Error, problem) for problem in found.problems]
    return [*errors, *(_message(Warning, note) for note in found.notes)]


def check_marks(**kwargs: Any) -> list[CheckMessage]:  # noqa: ARG001  (what Django gives every check)
    """Return an error or a warning for each policy of a view that the URL resolver does not find."""
    try:
        marks = lost_marks()
    except Exception:  # noqa: BLE001  (of the URLs: Django has checks of its own for them)
        return []
    return [
        (Error if mark.closes else Warning)(f"{mark}: {NOT_FOUND}", hint=HOW_TO_FIND, id=check_id("mark-not-found"))
        for mark in marks
    ]


def _message(kind: type[Error | Warning], problem: Problem) -> CheckMessage:
    return kind(f"{problem.field}: {problem.message}", hint=problem.hint, id=check_id(problem.code))
