"""``corswsgi check``: its output, its exit status, and its colours."""

import dataclasses
import json
from pathlib import Path

import pytest

from corswsgi import Policy
from corswsgi.cli.words import in_words
from tests.support.checked import FINE, ORIGINS, WRONG, check
from tests.support.commands import run

ROOT = Path(__file__).parents[2]


def test_module_of_python_is_for_audit(tmp_path: Path) -> None:
    result = check(tmp_path / "shop.py", "app = None\n")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "check reads TOML; to look into an application, write: corswsgi audit " in result.stderr


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("shop:app", "to look into an application, write: corswsgi audit shop:app"),
        ("shop:make_app('x')", "write: corswsgi audit shop:make_app('x')"),
        ("gone/shop.py", "write: corswsgi audit gone/shop.py"),
        ("http://localhost:8000/api", "to ask a server, write: corswsgi probe http://localhost:8000/api"),
        ("gone.toml", "File 'gone.toml' does not exist"),
    ],
)
def test_target_of_another_command_is_told_which(target: str, says: str) -> None:
    result = run("check", target)
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr


class TestProblems:
    def test_each_is_a_line_of_file_line_code_and_message_and_a_hint_below(self, file: Path) -> None:
        result = check(file, WRONG)
        assert result.exit_code == 1
        assert result.stdout == (
            "cors.toml:2: default-port: :443 is the default port of https; browsers leave it out\n"
            '    "/api/**".allow_origins[0]: write "https://app.example.com"\n'
            "cors.toml:3: negative-max-age: max_age must not be negative\n"
            '    "/api/**".max_age: write 0 to cache nothing\n'
        )

    def test_syntax_has_a_column(self, file: Path) -> None:
        result = check(file, '["/api/**"]\nallow_origins = *\n')
        assert result.exit_code == 1
        assert result.stdout.splitlines()[0] == "cors.toml:2:17: toml-syntax: this is not TOML: Invalid value"

    def test_long_lines_are_not_wrapped(self, file: Path) -> None:
        result = check(file, f'["/api/**"]\nallow_origins = ["https://{"a" * 300}"]\n')
        assert len(result.stdout.splitlines()) == 2

    def test_json_has_them_part_by_part(self, file: Path) -> None:
        result = check(file, '["/api/**"]\nallow_origins = "null"\n', "--json")
        assert result.exit_code == 1
        assert json.loads(result.stdout) == {
            "file": "cors.toml",
            "problems": [
                {
                    "line": 2,
                    "column": None,
                    "code": "null-origin",
                    "field": '"/api/**".allow_origins',
                    "message": "every sandboxed frame and local file sends 'null', an attacker's too",
                    "hint": "serve the page from an origin of its own, or set dangerously_allow_null_origin = true",
                }
            ],
            "warnings": [],
            "rows": [],
        }


DEFAULTS: dict[str, object] = {
    each.name: [] if each.default == () else each.default for each in dataclasses.fields(Policy)
}


class TestSummary:
    def test_each_row_is_said_in_words(self, file: Path) -> None:
        result = check(
            file,
            f'["/api/**"]\n{ORIGINS}allow_credentials = true\nallow_methods = ["QUERY", "DELETE"]\n'
            'expose_headers = ["X-Request-Id"]\n["/api/admin/**"]\ncors = false\n',
        )
        assert result.exit_code == 0
        assert result.stdout == (
            "/api/**\n"
            "    pages of https://app.example.com may send QUERY and DELETE with cookies, read X-Request-Id\n"
            "/api/admin/**\n"
            "    no CORS: nothing is added here\n"
        )

    def test_what_does_not_print_is_hidden(self, file: Path) -> None:
        result = check(file, f'["/a\u202e"]\n{ORIGINS}')
        assert result.stdout.startswith("/a\\u202e\n")

    def test_row_that_accepts_writes_says_from_whom(self, file: Path) -> None:
        result = check(
            file,
            '["/pay/**"]\naccept_writes_from = "https://bank.example"\n["/saml/**"]\naccept_writes_from = "*"\n'
            "dangerously_accept_writes_from_any_origin = true\n",
        )
        assert result.exit_code == 0
        assert result.stdout == (
            "/pay/**\n"
            "    no CORS: no headers are added; writes are accepted from https://bank.example\n"
            "/saml/**\n"
            "    no CORS: no headers are added; writes are accepted from pages of any origin\n"
        )

    def test_json_has_the_fields_of_each_row_and_its_words(self, file: Path) -> None:
        result = check(file, f'{FINE}max_age = 60\n["/api/admin/**"]\ncors = false\n', "--json")
        assert result.exit_code == 0
        assert json.loads(result.stdout) == {
            "file": "cors.toml",
            "problems": [],
            "warnings": [],
            "rows": [
                {
                    "path": "/api/**",
                    "policy": {
                        **DEFAULTS,
                        "allow_origins": ["https://app.example.com"],
                        "max_age": 60,
                    },
                    "means": "pages of https://app.example.com may send GET, HEAD and POST; "
                    "browsers ask anew after 60 s",
                },
                {"path": "/api/admin/**", "policy": None, "means": "no CORS: nothing is added here"},
            ],
        }

    @pytest.mark.parametrize(
        ("policy", "words"),
        [
            pytest.param(Policy(allow_origins="*"), "pages of any origin may send GET, HEAD and POST", id="any origin"),
            pytest.param(
                Policy(allow_origins=["https://a.example", "https://*.b.example", "http://localhost:*"]),
                "pages of https://a.example, any subdomain of https://b.example and http://localhost on any port may "
                "send GET, HEAD and POST",
                id="several origins",
            ),
            pytest.param(
                Policy(allow_origins="null", dangerously_allow_null_origin=True),
                "pages of no origin (sandboxed frames, local files) may send GET, HEAD and POST",
                id="null",
            ),
            pytest.param(
                Policy(allow_origins="https://*.a.example:*", allow_methods="*", allow_headers="*", expose_headers="*"),
                "pages of any subdomain of https://a.example on any port may send any method with any header but "
                "Authorization, read any response header",
                id="stars",
            ),
            pytest.param(
                Policy(allow_origins="*", allow_headers=["*", "authorization"], max_age=0),
                "pages of any origin may send GET, HEAD and POST with any header; browsers ask every time",
                id="also Authorization",
            ),
            pytest.param(
                Policy(
                    allow_origins="https://a.example",
                    allow_credentials=True,
                    allow_headers=["X-A", "X-B"],
                    expose_headers=["X-C", "X-D"],
                ),
                "pages of https://a.example may send GET, HEAD and POST with cookies and the headers X-A and X-B, "
                "read X-C and X-D",
                id="cookies and headers",
            ),
            pytest.param(
                Policy(allow_origins="*", allow_headers="X-A"),
                "pages of any origin may send GET, HEAD and POST with the header X-A",
                id="one header",
            ),
        ],
    )
    def test_words_say_what_is_allowed(self, policy: Policy, words: str) -> None:
        assert in_words(policy) == words
