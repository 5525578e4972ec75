"""The names of settings: each is either read or reported."""

import pytest
from django.test import override_settings

from corswsgi.django.settings import read_settings

pytestmark = pytest.mark.usefixtures("project")


@pytest.mark.parametrize(
    ("setting", "hint"),
    [
        ("CORS_ALLOWED_METHODS", "write CORS_ALLOW_METHODS"),
        ("CORS_SUPPORTS_CREDENTIALS", "write CORS_ALLOW_CREDENTIALS"),
        ("CORS_ORIGINS", "write CORS_ALLOWED_ORIGINS"),
        ("CORS_REPLACE_HTTPS_REFERER", "list the origins of your pages in CSRF_TRUSTED_ORIGINS"),
        ("CORS_HOUSE_STYLE", "remove it, if your own code does not read it"),
        ("CORS_ALLOW_ALL", "write CORS_ALLOW_ALL_ORIGINS"),
        ("CORS_ORIGIN_REGEX", "write CORS_ALLOWED_ORIGIN_REGEXES"),
        ("CORS_WHITELIST", "write CORS_ALLOWED_ORIGINS"),
        ("CORS_ALLOW_ALL_HEADERS", "set CORS_ALLOW_HEADERS = ['*']"),
        ("CORS_ALLOW_NULL_ORIGIN", "use CORS_POLICIES with dangerously_allow_null_origin=True"),
        ("CORS_URLS_ALLOW_ALL_REGEX", "write a row for these paths in CORS_POLICIES"),
    ],
)
def test_setting_that_nobody_reads_is_noted_with_what_is_meant(setting: str, hint: str) -> None:
    with override_settings(**{setting: 1}):
        [note] = read_settings().notes
    assert (note.code, note.field, note.hint) == ("unknown-setting", setting, hint)
