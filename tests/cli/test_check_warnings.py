"""Warnings about a table that is valid and probably unintended."""

import re
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corswsgi import Policy, PolicyTable
from corswsgi.cli.check_warnings import warnings_about
from corswsgi.files.toml_lines import Places
from tests.support.checked import FINE, ORIGINS, check, warnings

# Patterns of at most three segments, and all paths of at most five that they could tell apart
PATTERNS = st.builds(
    lambda segments, end: "".join(segments) + end or "/",
    st.lists(st.sampled_from(["/a", "/b", "/*", "/a*"]), max_size=2),
    st.sampled_from(["", "/", "/**"]),
)
PATHS = [
    "".join(each) + end for n in range(5) for each in product(["/a", "/b", "/ax", "/x"], repeat=n) for end in ("", "/")
]


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
