"""Harmless mistakes are left out and reported."""

import re
from typing import Any

import pytest

from corswsgi import PolicyError
from tests.support.asking import APP, EVIL, Headers, ask, preflight
from tests.support.flask_options import ANY, CREDENTIALS, HEADERS, METHODS, ORIGIN, VARY, made


class TestLeftOut:
    """Harmless mistakes that Flask-CORS accepts are left out with a warning that names them."""

    @pytest.mark.parametrize(
        ("options", "note", "expected"),
        [
            pytest.param({"origins": []}, "is empty: no page", [VARY], id="no origins"),
            pytest.param({"origins": [""]}, "is an environment variable not set", [VARY], id="an empty variable"),
            pytest.param({"origins": [APP, ""]}, "is an environment variable not set", [ORIGIN, VARY], id="a comma"),
            pytest.param({"origins": [APP, "^a$"]}, "'^a$' is left out", [ORIGIN, VARY], id="no origin matches"),
            pytest.param({"origins": "^a$"}, "'^a$' is left out", [VARY], id="no origin matches, alone"),
            pytest.param({"origins": [APP, "*"]}, "'*' already allows every origin", [ANY], id="a star beside others"),
            pytest.param(
                {"origins": APP, "expose_headers": "Set-Cookie, X-A"},
                "'Set-Cookie' is left out",
                [ORIGIN, ("Access-Control-Expose-Headers", "X-A"), VARY],
                id="a cookie exposed",
            ),
            pytest.param(
                {"origins": APP, "expose_headers": "*", "supports_credentials": True},
                "'*' is left out",
                [ORIGIN, CREDENTIALS, VARY],
                id="everything exposed with credentials",
            ),
            pytest.param({"max_age": 604800}, "86400 is used", [ANY], id="a week"),
            pytest.param({"allow_private_network": True}, "allow_private_network is ignored", [ANY], id="network"),
            pytest.param({"send_wildcard": False}, "send_wildcard=False is ignored", [ANY], id="no wildcard"),
            pytest.param(
                {"origins": APP, "always_send": True}, "always_send=True is ignored", [ORIGIN, VARY], id="always"
            ),
            pytest.param({"headers": "X-A"}, "headers is ignored", [ANY], id="headers of an application"),
            pytest.param({"methods": ["GET", ""]}, "methods: '' is empty and left out", [ANY], id="an empty method"),
            pytest.param({"methods": ["GET, PUT"]}, "is read as 2 names: 'GET', 'PUT'", [ANY], id="two methods"),
            pytest.param(
                {"origins": APP, "expose_headers": ["If-Match", "ETag"]},
                "'If-Match' is left out: it is a request header",
                [ORIGIN, ("Access-Control-Expose-Headers", "ETag"), VARY],
                id="a request header exposed",
            ),
            pytest.param(
                {"resources": {"/*": {"headers": "X-A"}}}, "headers is ignored", [ANY], id="... of a resource"
            ),
            pytest.param(
                {"origins": [APP, r"https?://(.+\.)?a\.example"], "supports_credentials": True},
                r"a\.example' also matches http: origins, which supports_credentials refuses",
                [ORIGIN, CREDENTIALS, VARY],
                id="a regex of http as well, with credentials",
            ),
            pytest.param({"origins": re.compile("^.*$"), "max_age": 90_000}, "86400 is used", [ANY], id="any origin"),
        ],
    )
    def test_application_starts_and_tells(self, options: dict[str, Any], note: str, expected: Headers) -> None:
        with pytest.warns(UserWarning, match=r"\w") as told:
            app = made(**options)
        assert any(note in str(each.message) for each in told)
        assert ask(app, "/me", origin=APP).cors == expected
        if "*" not in dict(expected).values():
            assert ask(app, "/me", origin=EVIL).cors == [VARY]

    def test_headers_that_the_browser_sets_are_left_out_and_those_of_responses_stay_granted(self) -> None:
        with pytest.warns(UserWarning, match="is") as told:
            app = made(origins=APP, allow_headers=["X-A,X-B", "Cookie", "Access-Control-Allow-Origin"])
        assert [str(each.message).partition(" is ")[0] for each in told] == [
            "allow_headers: 'X-A,X-B'", "allow_headers: 'Cookie'", "allow_headers: 'Access-Control-Allow-Origin'",
        ]  # fmt: skip
        asked = preflight(app, "/me", APP, "PUT", "access-control-allow-origin, cookie, x-b")
        assert dict(asked.cors)["Access-Control-Allow-Headers"].split(", ") == [
            "X-A",
            "X-B",
            "Access-Control-Allow-Origin",
        ]

    def test_key_of_the_configuration_that_flask_cors_ignores_is_told(self) -> None:
        with pytest.warns(UserWarning, match="CORS_HEADERS is ignored"):
            app = made({"CORS_HEADERS": "X-A"})
        assert preflight(app, "/me", APP, "PUT", "authorization").cors == [ANY, METHODS, HEADERS]

    @pytest.mark.parametrize("value", [None, [None]])
    def test_none_is_refused_and_asks_for_the_variable(self, value: object) -> None:
        with pytest.raises(PolicyError, match="is an environment variable not set"):
            made(origins=value)
