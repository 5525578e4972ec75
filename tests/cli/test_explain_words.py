"""Advice in the words of what was written: TOML, Flask-CORS's options, Django's settings."""

from typing import Any

import pytest
from django.test import override_settings

from corswsgi.policy import FIELDS
from tests.cli.test_explain_causes import A, advice
from tests.support.commands import Write

ASKS = ["-X", "PUT", "-H", "X-A: 1", "--credentials", "include"]


def table_lines(told: str) -> str:
    return "\n".join(line for line in told.splitlines() if line.startswith("Table: "))


class TestTOML:
    @pytest.fixture(autouse=True)
    def file(self, write: Write) -> None:
        write("cors.toml", f'["/api/**"]\nallow_origins = "{A}"\n["/closed"]\ncors = false\n')

    def test_path_without_a_row_gets_one_in_toml(self) -> None:
        status, told = advice("cors.toml", "/orders")
        assert status == 1
        assert '["/orders"]' in told
        assert f'allow_origins = "{A}"' in told
        assert "Policy(" not in told

    def test_row_that_turns_it_off_is_named_as_it_is_written(self) -> None:
        _, told = advice("cors.toml", "/closed")
        assert "cors = false" in told
        assert "None" not in told

    def test_fields_are_named_and_written_as_in_the_file(self) -> None:
        _, told = advice("cors.toml", "/api/x", *ASKS)
        for each in ("allow_credentials = true", "allow_methods", "allow_headers"):
            assert each in table_lines(told)
        assert "True" not in told


class TestFlask:
    APP = f"""
from flask import Blueprint, Flask
from corswsgi.flask import CORS, cross_origin

app = Flask("shop", static_folder=None)
app.add_url_rule("/v1/x", "x", lambda: "", methods=["GET", "DELETE"])
app.add_url_rule("/other", "other", lambda: "")
app.add_url_rule("/view", "view", cross_origin(origins="{A}", methods=["GET"])(lambda: ""), methods=["GET", "PUT"])
blueprint = Blueprint("blue", "blue", url_prefix="/blue")
blueprint.add_url_rule("/x", "x", lambda: "", methods=["GET", "PUT"])
CORS(blueprint, origins="{A}", methods=["GET"])
app.register_blueprint(blueprint)
CORS(app, resources={{r"/v1/*": {{"origins": ["{A}"], "methods": ["GET"]}}}})
"""

    @pytest.fixture(autouse=True)
    def shop(self, write: Write) -> None:
        write("shop.py", self.APP)

    @pytest.mark.parametrize(
        ("path", "arguments", "options"),
        [
            ("/v1/x", ["-X", "DELETE"], {"methods"}),
            ("/v1/x", ["--credentials", "include"], {"supports_credentials"}),
            ("/view", ["-X", "PUT"], {"methods"}),
            ("/blue/x", ["-X", "PUT"], {"methods"}),
        ],
    )
    def test_options_are_named_and_no_field(self, path: str, arguments: list[str], options: set[str]) -> None:
        status, told = advice("shop:app", path, *arguments)
        assert status == 1
        table = table_lines(told)
        assert [option for option in options if option not in table] == []
        assert [field for field in FIELDS if field in table and field != "max_age"] == []
        assert path != "/v1/x" or "/v1/*" in table

    def test_origin_is_one_of_origins(self) -> None:
        status, told = advice("shop:app", "/v1/x", origin="https://b.example")
        assert status == 1
        assert "to `origins`" in table_lines(told)

    def test_path_that_no_resource_covers_is_told_in_the_same_words(self) -> None:
        status, told = advice("shop:app", "/other")
        assert status == 1
        assert "`resources`" in table_lines(told)
        assert "/other" in table_lines(told)
        assert "Policy(" not in told


@pytest.mark.usefixtures("django_settings")
class TestDjango:
    @pytest.fixture(autouse=True)
    def project(self, write: Write) -> None:
        write(
            "project_urls.py",
            "from django.http import HttpResponse\nfrom django.urls import path\n"
            "urlpatterns = [path('x', lambda request: HttpResponse('x'))]\n",
        )
        write("project_wsgi.py", "from corswsgi.django import get_wsgi_application as make\n")

    @pytest.mark.parametrize(
        ("arguments", "more"),
        [
            ([], ""),
            (["-X", "PUT", "-H", "Content-Type: application/json"], ""),
            (["--credentials", "include"], " and CORS_ALLOW_CREDENTIALS = True"),
            (["-H", "X-A: 1"], " and CORS_ALLOW_HEADERS = ['X-A']"),
        ],
    )
    def test_settings_without_cors_are_told_what_to_set(self, arguments: list[str], more: str) -> None:
        with override_settings(ROOT_URLCONF="project_urls", ALLOWED_HOSTS=["*"]):
            status, told = advice("project_wsgi:make()", "/x", *arguments)
        assert status == 1
        assert table_lines(told) == (
            "Table: there are no CORS_* settings, so that no other origin may read `/x`; "
            f"if pages of {A} are yours, set CORS_ALLOWED_ORIGINS = ['{A}']{more}"
        )

    def test_regex_that_is_no_pattern_is_named(self) -> None:
        paths = r"^/oth(er|is)/.*$"
        with override_settings(
            ROOT_URLCONF="project_urls", ALLOWED_HOSTS=["*"], CORS_ALLOWED_ORIGINS=[A], CORS_URLS_REGEX=paths
        ):
            assert table_lines(advice("project_wsgi:make()", "/x")[1]) == (
                f"Table: CORS_URLS_REGEX does not match `/x`; if pages of {A} are yours, "
                "have CORS_URLS_REGEX match '/x'"
            )

    @pytest.mark.parametrize(
        ("origin", "arguments", "setting", "more"),
        [
            (A, ["-X", "QUERY"], "CORS_ALLOW_METHODS", {}),
            (A, ["-H", "X-A: 1"], "CORS_ALLOW_HEADERS", {}),
            ("https://b.example", [], "CORS_ALLOWED_ORIGINS", {}),
            (A, ["--credentials", "include"], "CORS_ALLOW_CREDENTIALS", {}),
        ],
    )
    def test_settings_are_named(self, origin: str, arguments: list[str], setting: str, more: dict[str, Any]) -> None:
        with override_settings(ROOT_URLCONF="project_urls", CORS_ALLOWED_ORIGINS=[A], ALLOWED_HOSTS=["*"], **more):
            status, told = advice("project_wsgi:make()", "/x", *arguments, origin=origin)
        assert status == 1
        assert setting in table_lines(told)
