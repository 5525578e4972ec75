"""``corswsgi check``: its output, its exit status, and its colours."""

import dataclasses
import json
import os
import pty
import re
import runpy
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from corswsgi import Policy, PolicyTable
from corswsgi.cli.check_warnings import warnings_about
from corswsgi.cli.commands import commands
from corswsgi.cli.words import in_words
from corswsgi.files.toml_lines import Places

ROOT = Path(__file__).parents[2]
ORIGINS = 'allow_origins = ["https://app.example.com"]\n'
FINE = f'["/api/**"]\n{ORIGINS}'
WRONG = '["/api/**"]\nallow_origins = ["https://app.example.com:443"]\nmax_age = -1\n'

# Patterns of at most three segments, and all paths of at most five that they could tell apart
PATTERNS = st.builds(
    lambda segments, end: "".join(segments) + end or "/",
    st.lists(st.sampled_from(["/a", "/b", "/*", "/a*"]), max_size=2),
    st.sampled_from(["", "/", "/**"]),
)
PATHS = [
    "".join(each) + end for n in range(5) for each in product(["/a", "/b", "/ax", "/x"], repeat=n) for end in ("", "/")
]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    return Path("cors.toml")


def check(file: Path, text: str, *options: str) -> Result:
    file.write_text(text, "utf-8")
    return CliRunner().invoke(commands, ["check", str(file), *options])


def warnings(file: Path, text: str) -> list[tuple[int, str, str]]:
    """Give the line, the code and the field of each warning."""
    result = check(file, text, "--json")
    assert result.exit_code == 0
    return [(each["line"], each["code"], each["field"]) for each in json.loads(result.stdout)["warnings"]]


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

    def test_documentation_shows_what_is_printed_of_the_example(
        self, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert not file.exists()
        monkeypatch.chdir(ROOT)
        for name in ("FRONT_ENDS", "CORS_MAX_AGE"):
            monkeypatch.delenv(name, raising=False)
        result = CliRunner().invoke(commands, ["check", "examples/cors.toml"])
        page = (ROOT / "docs" / "commands.md").read_text("utf-8")
        assert f"$ corswsgi check examples/cors.toml\n```\n\n```text\n{result.stdout}```\n" in page


class TestWarnings:
    """Warnings about tables that are served: the exit status is 0."""

    def test_they_stand_below_the_summary(self, file: Path) -> None:
        result = check(file, f"{FINE}max_age = 86400\n")
        assert result.exit_code == 0
        assert result.stdout.splitlines()[2:] == [
            (
                "cors.toml:3: warning: max-age-above-browsers: "
                "WebKit caches a preflight for 600 s at most, Chromium for 7200 s"
            ),
            '    "/api/**".max_age: set max_age = 600 if all browsers should behave alike',
        ]

    @pytest.mark.parametrize(
        ("max_age", "engines"),
        [(600, []), (601, ["WebKit"]), (7200, ["WebKit"]), (7201, ["WebKit", "Chromium"])],
    )
    def test_max_age_that_browsers_cut_short(self, file: Path, max_age: int, engines: list[str]) -> None:
        result = check(file, f"{FINE}max_age = {max_age}\n")
        assert re.findall("(Chromium|WebKit)", result.stdout) == engines

    @pytest.mark.parametrize(
        ("row", "found"),
        [
            pytest.param('allow_origins = ["https://a.example",\n"http://a.example"]', [1], id="one of two"),
            pytest.param('allow_origins = ["http://*.a.example:*"]', [0], id="wildcard"),
            pytest.param('allow_origins = ["http://localhost:*", "http://127.0.0.1"]', [], id="this machine"),
            pytest.param('allow_origins = ["https://*.a.example"]', [], id="https"),
            pytest.param('allow_origins = "*"', [], id="any origin"),
        ],
    )
    def test_origin_on_plain_http(self, file: Path, row: str, found: list[int]) -> None:
        expected = [(2 + index, "insecure-origin", f'"/a".allow_origins[{index}]') for index in found]
        assert warnings(file, f'["/a"]\n{row}\n') == expected

    def test_origin_on_plain_http_also_when_it_was_allowed_dangerously(self, file: Path) -> None:
        text = '["/a"]\nallow_origins = ["http://a.example"]\nallow_credentials = true\n'
        text += "dangerously_allow_insecure_origins = true\n"
        assert warnings(file, text) == [(2, "insecure-origin", '"/a".allow_origins[0]')]

    @pytest.mark.parametrize(
        ("regex", "credentials", "warned"),
        [
            (r"https://.*example\.com", False, True),
            (r"https://.*\.example\.com", False, False),
            (r"https://.*\.example\.com", True, False),
        ],
    )
    def test_regex_that_would_be_refused_with_credentials(self, regex: str, credentials: bool, warned: bool) -> None:
        policy = Policy(allow_origins=re.compile(regex), allow_credentials=credentials)
        found = warnings_about(PolicyTable({"/a": policy}), Places("cors.toml", ""))
        assert [each.code for each in found] == (["open-regex"] if warned else [])

    def test_any_header_without_authorization(self, file: Path) -> None:
        assert warnings(file, f'["/a"]\n{ORIGINS}allow_headers = ["*"]\n') == [
            (3, "any-header-without-authorization", '"/a".allow_headers')
        ]
        assert warnings(file, f'["/a"]\n{ORIGINS}allow_headers = ["*", "Authorization"]\n') == []

    @pytest.mark.parametrize(
        ("fields", "is_told"),
        [
            pytest.param('allow_methods = ["PUT"]', True, id="PUT"),
            pytest.param('allow_methods = ["POST"]', True, id="POST"),
            pytest.param('allow_methods = ["PATCH", "DELETE"]\nallow_headers = ["Authorization"]', True, id="PATCH"),
            pytest.param('allow_methods = "*"', True, id="any method"),
            pytest.param('allow_methods = ["PUT"]\nallow_headers = ["content-type"]', False, id="listed"),
            pytest.param('allow_methods = ["PUT"]\nallow_headers = ["*", "Authorization"]', False, id="any header"),
            pytest.param('allow_methods = ["DELETE"]', False, id="no body"),
            pytest.param("", False, id="no method"),
        ],
    )
    def test_row_under_which_json_is_blocked(self, file: Path, fields: str, *, is_told: bool) -> None:
        expected = [(3, "json-without-content-type", '"/a".allow_methods')] if is_told else []
        assert warnings(file, f'["/a"]\n{ORIGINS}{fields}\n') == expected

    @pytest.mark.parametrize(
        ("wide", "narrow", "is_above"),
        [
            pytest.param("/**", "/api/me", True, id="all, and one path"),
            pytest.param("/api/**", "/api/me/**", True, id="two branches"),
            pytest.param("/api/*", "/api/me", True, id="star, and one path"),
            pytest.param("/api/*/x*", "/api/me/xyz", True, id="partial star"),
            pytest.param("/*/me", "/api/*", False, id="only a part of it"),
            pytest.param("/api/me/**", "/api/**", False, id="below"),
            pytest.param("/public/**", "/api/**", False, id="beside"),
        ],
    )
    def test_any_origin_above_credentials(self, file: Path, wide: str, narrow: str, *, is_above: bool) -> None:
        text = f'["{wide}"]\nallow_origins = "*"\n["{narrow}"]\n{ORIGINS}allow_credentials = true\n'
        assert warnings(file, text) == (
            [(2, "any-origin-above-credentials", f'"{wide}".allow_origins')] if is_above else []
        )

    def test_any_origin_above_a_row_without_credentials_is_fine(self, file: Path) -> None:
        assert warnings(file, f'["/**"]\nallow_origins = "*"\n["/a"]\n{ORIGINS}["/b"]\ncors = false\n') == []

    @pytest.mark.parametrize(
        ("patterns", "shadowed"),
        [
            pytest.param(["/", "/*/**", "/**"], [3], id="everything"),
            pytest.param(["/p/**", "/p", "/p/", "/p/*/**"], [1], id="a branch"),
            pytest.param(["/p/**", "/p", "/p/", "/p/*", "/p/*/*/**", "/p/*/"], [1], id="by five rows"),
            pytest.param(["/p/**", "/p", "/p/*", "/p/*/*/**"], [1], id="also with a slash at the end"),
            pytest.param(["/p/**", "/p/*/**"], [], id="but for the path itself"),
            pytest.param(["/p/**", "/p/a/**", "/p/b*", "/p/*"], [], id="but for what is deeper"),
            pytest.param(["/*", "/a*", "/*bc", "/a"], [], id="stars"),
        ],
    )
    def test_row_that_others_shadow_wholly(self, file: Path, patterns: list[str], shadowed: list[int]) -> None:
        text = "\n".join(f'["{pattern}"]\ncors = false' for pattern in patterns)
        expected = [(2 * row - 1, "shadowed-row", f'"{patterns[row - 1]}"') for row in shadowed]
        assert warnings(file, text) == expected

    @given(st.lists(PATTERNS, min_size=1, max_size=6, unique=True))
    def test_row_is_called_shadowed_if_and_only_if_it_serves_no_path(self, patterns: list[str]) -> None:
        table = PolicyTable(dict.fromkeys(patterns))
        found = {each.value for each in warnings_about(table, Places("cors.toml", ""))}
        served = {match[0] for path in PATHS if (match := table.match(path))}
        assert found == set(patterns) - served

    def test_rows_that_shadow_another_are_named(self, file: Path) -> None:
        result = check(file, '["/"]\ncors = false\n["/*/**"]\ncors = false\n["/**"]\nallow_origins = "*"\n')
        assert 'shadowed-row: this row never matches: "/" and "/*/**" take all its paths' in result.stdout

    def test_place_of_an_entry_is_that_of_its_variable(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HTTPS_AND_HTTP", "https://a.example,http://a.example")
        text = '["/a"]\nallow_origins = [\n"https://b.example",\n"${HTTPS_AND_HTTP}"\n]'
        assert warnings(file, text) == [(4, "insecure-origin", '"/a".allow_origins[2]')]


class TestCommand:
    """The command as it is run: a process, its streams and its status."""

    @staticmethod
    def run(*arguments: str, program: tuple[str, ...] = ("-m", "corswsgi")) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *program, *arguments]
        return subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603  (our own interpreter)

    @pytest.mark.parametrize(("text", "status"), [(FINE, 0), (WRONG, 1)], ids=["fine", "problems"])
    def test_module_and_script_are_one(self, file: Path, text: str, status: int) -> None:
        file.write_text(text)
        module = self.run("check", "cors.toml")
        command = [str(Path(sys.executable).with_name("corswsgi")), "check", "cors.toml"]
        script = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603  (our own script)
        said = "Explained by: corswsgi codes default-port\n" if status else ""
        assert (module.returncode, module.stderr) == (status, said)
        assert (script.returncode, script.stdout, script.stderr) == (status, module.stdout, said)
        assert "\x1b" not in module.stdout

    @pytest.mark.parametrize("arguments", [["check"], ["check", "nowhere.toml"], ["check", "."], ["chekc"]])
    def test_wrong_use_exits_with_2(self, file: Path, arguments: list[str]) -> None:
        result = self.run(*arguments)
        assert not file.exists()
        assert (result.returncode, result.stdout) == (2, "")
        assert "Usage: corswsgi" in result.stderr

    @pytest.mark.parametrize("missing", ["click", "rich.console"])
    def test_missing_extra_is_named_in_one_line(
        self, missing: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert self.run_here(monkeypatch, missing) == 2
        assert capsys.readouterr() == (
            "",
            "corswsgi: the command needs click and rich: pip install 'corswsgi[cli]'\n",
        )

    def test_other_missing_module_is_not_taken_for_the_extra(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(ModuleNotFoundError):
            self.run_here(monkeypatch, "corswsgi.cli.words")

    def test_module_exits_with_the_status_of_the_command(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        file.write_text(WRONG)
        assert self.run_here(monkeypatch) == 1

    @staticmethod
    def run_here(monkeypatch: pytest.MonkeyPatch, *missing: str) -> object:
        """Do what ``python -m corswsgi check cors.toml`` does, without some modules."""
        for name in [name for name in sys.modules if name.startswith("corswsgi.cli")]:
            monkeypatch.delitem(sys.modules, name)
        for name in missing:
            monkeypatch.setitem(sys.modules, name, None)
        monkeypatch.setattr(sys, "argv", ["corswsgi", "check", "cors.toml"])
        with pytest.raises(SystemExit) as ended:
            runpy.run_module("corswsgi", run_name="__main__")
        return ended.value.code

    @pytest.mark.parametrize(
        ("environ", "is_coloured"),
        [
            pytest.param({}, True, id="terminal"),
            pytest.param({"NO_COLOR": "1"}, False, id="terminal, NO_COLOR"),
            pytest.param({"TERM": "dumb"}, False, id="dumb terminal"),
        ],
    )
    def test_colours_are_for_terminals_without_no_color(
        self, file: Path, environ: dict[str, str], *, is_coloured: bool
    ) -> None:
        file.write_text(WRONG)
        assert ("\x1b[" in self.on_a_terminal("check", "cors.toml", **environ)) is is_coloured

    @staticmethod
    def on_a_terminal(*arguments: str, **environ: str) -> str:
        ours, its = pty.openpty()
        command = [sys.executable, "-m", "corswsgi", *arguments]
        with subprocess.Popen(  # noqa: S603  (our own interpreter)
            command, stdin=its, stdout=its, stderr=its, env=os.environ | {"TERM": "xterm-256color"} | environ
        ) as process:
            os.close(its)
            written = b""
            try:
                while chunk := os.read(ours, 65536):
                    written += chunk
            except OSError:  # what Linux says when the other end is closed
                pass
            os.close(ours)
            assert process.wait() == 1
        text = written.decode()
        assert "default-port" in text
        return text
