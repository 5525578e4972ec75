"""`manage.py check` shows problems and notes."""

import logging

import pytest
from django.apps import AppConfig
from django.core.checks import run_checks
from django.test import override_settings

from tests.support.django_mistakes import NOTED, REFUSED
from tests.support.django_views import Plain

pytestmark = pytest.mark.usefixtures("project")


@pytest.mark.parametrize(("words", "problems"), REFUSED)
def test_system_check_tells_every_mistake(words: dict[str, object], problems: list[tuple[str, str]]) -> None:
    with override_settings(ROOT_URLCONF=Plain, **words):
        found = [message for message in run_checks() if str(message.id).startswith("corswsgi.")]
    messages = [message for message in found if message.is_serious()]
    assert [(message.id, message.msg.partition(": ")[0]) for message in messages] == [
        (f"corswsgi.{code}", field.partition(": ")[0]) for code, field in problems
    ]
    assert all(message.hint for message in found)


@pytest.mark.parametrize(("words", "notes"), NOTED)
def test_system_check_warns_of_what_is_noted(words: dict[str, object], notes: list[tuple[str, str]]) -> None:
    with override_settings(ROOT_URLCONF=Plain, **words):
        messages = [message for message in run_checks() if str(message.id).startswith("corswsgi.")]
    assert [message.id for message in messages] == [f"corswsgi.{code}" for code, _ in notes]
    assert all(message.level == logging.WARNING and message.hint for message in messages)


def test_system_check_shows_warnings_beside_errors() -> None:
    with override_settings(ROOT_URLCONF=Plain, CORS_ALLOWED_ORIGINS=["null", ""], CORS_CROSS_ORIGIN_WRITES="no"):
        messages = [message for message in run_checks() if str(message.id).startswith("corswsgi.")]
    assert [message.id for message in messages] == [
        "corswsgi.null-origin", "corswsgi.cross-origin-writes", "corswsgi.origin-without-scheme",
    ]  # fmt: skip


def test_application_of_the_checks_has_a_label_of_ours() -> None:
    assert AppConfig.create("corswsgi.django").label == "corswsgi"
