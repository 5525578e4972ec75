"""Tables from TOML files: the values of a row, its variables, and the places of its mistakes."""

from pathlib import Path

import pytest

from corswsgi import Policy, PolicyError, PolicyTable, Problem, load_policies
from corswsgi.files import policies_in, read_policies

EXAMPLE = Path(__file__).parents[2] / "examples" / "cors.toml"
ORIGINS = 'allow_origins = ["https://app.example.com"]\n'


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the path of a file in the working directory, so that problems name it ``cors.toml``."""
    monkeypatch.chdir(tmp_path)
    return Path("cors.toml")


def load(file: Path, text: str, **environ: str) -> dict[str, Policy | None]:
    file.write_text(text, "utf-8")
    return dict(load_policies(file, environ=environ).rows)


def refused(file: Path, text: str, **environ: str) -> list[tuple[str, str, str]]:
    """Give the place, the field and the code of each problem."""
    return [(str(each.place), each.field, each.code) for each in problems_of(file, text, **environ)]


def problems_of(file: Path, text: str, **environ: str) -> tuple[Problem, ...]:
    with pytest.raises(PolicyError) as caught:
        load(file, text, **environ)
    return caught.value.problems


def test_each_table_is_a_row_and_its_keys_are_the_fields_of_a_policy(file: Path) -> None:
    text = """
        ["/api/**"]
        allow_origins = ["https://app.example.com", "https://*.preview.example.com"]
        allow_credentials = true
        allow_methods = ["PUT", "DELETE"]
        allow_headers = ["Content-Type"]
        expose_headers = "X-Request-Id"
        max_age = 600
        dangerously_allow_insecure_origins = false

        ["/api/admin/**"]
        cors = false
    """
    policy = Policy(
        allow_origins=["https://app.example.com", "https://*.preview.example.com"],
        allow_credentials=True,
        allow_methods=["PUT", "DELETE"],
        allow_headers=["Content-Type"],
        expose_headers="X-Request-Id",
        max_age=600,
    )
    assert load(file, text) == {"/api/**": policy, "/api/admin/**": None}


def test_what_is_loaded_is_a_table(file: Path) -> None:
    file.write_text(f'["/api/**"]\n{ORIGINS}', "utf-8")
    table = load_policies(str(file))
    assert isinstance(table, PolicyTable)
    assert table.match("/api/me") == ("/api/**", Policy(allow_origins="https://app.example.com"))


def test_rows_share_nothing(file: Path) -> None:
    text = f'["/a"]\n{ORIGINS}allow_methods = ["PUT"]\n["/a/b"]\n{ORIGINS}'
    policy = load(file, text)["/a/b"]
    assert policy is not None
    assert policy.allow_methods == ()


def test_windows_line_ends_and_a_byte_order_mark_are_read(file: Path) -> None:
    file.write_bytes(b'\xef\xbb\xbf["/a"]\r\nallow_origins = "*"\r\n["/b"]\r\nallow_origins = "null"\r\n')
    with pytest.raises(PolicyError) as caught:
        load_policies(file)
    assert [str(each.place) for each in caught.value.problems] == ["cors.toml:4"]


def test_example_file_is_accepted_as_it_stands() -> None:
    rows = load_policies(EXAMPLE, environ={}).rows
    assert list(rows) == ["/api/public/**", "/api/**", "/api/admin/**"]
    assert rows["/api/public/**"] == Policy(allow_origins="*")
    assert rows["/api/admin/**"] is None
    policy = rows["/api/**"]
    assert policy is not None
    assert policy.allow_origins == ("http://localhost:*", "https://*.preview.example.com")
    assert policy.max_age == 600


def test_example_file_takes_its_front_ends_from_the_environment() -> None:
    policy = load_policies(EXAMPLE, environ={"FRONT_ENDS": "https://app.example.com, https://example.com"}).rows[
        "/api/**"
    ]
    assert policy is not None
    assert policy.allow_origins == ("https://app.example.com", "https://example.com", "https://*.preview.example.com")


class TestVariables:
    """``${NAME}``, ``${NAME:-default}`` and ``$${``."""

    @pytest.mark.parametrize(
        ("written", "origins"),
        [
            pytest.param('["${A}"]', ["https://a.example"], id="one value"),
            pytest.param('["${AB}"]', ["https://a.example", "https://b.example"], id="commas give several entries"),
            pytest.param('"${AB}"', ["https://a.example", "https://b.example"], id="also without brackets"),
            pytest.param('["https://c.example", "${AB}"]', ["https://c.example", "https://a.example", "https://b.example"],
                         id="after a literal entry"),
            pytest.param('["${EMPTY}", "${A}"]', ["https://a.example"], id="an empty one gives no entry"),
            pytest.param('["https://${HOST}:8443"]', ["https://a.example:8443"], id="inside of a string"),
            pytest.param('["https://${HOSTS}:8443"]', ["https://a.example:8443", "https://b.example:8443"],
                         id="several values inside of a string"),
            pytest.param('["https://${HOSTS}:${PORTS}"]',
                         ["https://a.example:1", "https://a.example:2", "https://b.example:1", "https://b.example:2"],
                         id="every way to take one value of each"),
            pytest.param('["https://${EMPTY}a.example"]', ["https://a.example"], id="empty inside of a string"),
            pytest.param('["${MISSING:-https://d.example}"]', ["https://d.example"], id="default of a missing one"),
            pytest.param('["${EMPTY:-https://d.example}"]', ["https://d.example"], id="default of an empty one"),
            pytest.param('["${A:-https://d.example}"]', ["https://a.example"], id="default of one that is set"),
            pytest.param('["${MISSING:- https://d.example ,https://e.example}"]', ["https://d.example", "https://e.example"],
                         id="commas in a default"),
            pytest.param('["${A}", "${MISSING:-}"]', ["https://a.example"], id="empty default"),
        ],
    )  # fmt: skip
    def test_variable_gives_entries_of_a_list(self, file: Path, written: str, origins: list[str]) -> None:
        environ = {
            "A": "  https://a.example ",
            "AB": " https://a.example ,, https://b.example, ",
            "HOST": "a.example",
            "HOSTS": "a.example,b.example",
            "PORTS": "1,2",
            "EMPTY": " ",
        }
        assert load(file, f'["/a"]\nallow_origins = {written}', **environ) == {"/a": Policy(allow_origins=origins)}

    def test_dollar_dollar_brace_is_a_literal(self, file: Path) -> None:
        text = f'["/a"]\n{ORIGINS}allow_headers = ["$${{A}}"]\nmax_age = "$${{A}}"'
        problems = problems_of(file, text, A="X-A")
        assert [(each.field, each.value) for each in problems] == [
            ('"/a".allow_headers[0]', "${A}"),
            ('"/a".max_age', "${A}"),
        ]

    def test_dollar_without_a_brace_is_a_literal(self, file: Path) -> None:
        text = f'["/a"]\n{ORIGINS}allow_headers = ["$A", "X-$"]'
        assert load(file, text, A="X-A")["/a"] == Policy(
            allow_origins="https://app.example.com", allow_headers=["$A", "X-$"]
        )

    @pytest.mark.parametrize(
        ("written", "value"),
        [
            pytest.param("max_age", 600, id="seconds"),
            pytest.param("allow_credentials", True, id="flag"),
        ],
    )
    def test_variable_gives_a_number_or_a_flag(self, file: Path, written: str, value: object) -> None:
        text = f'["/a"]\n{ORIGINS}{written} = "${{VALUE:-{str(value).lower()}}}"'
        policy = load(file, text)["/a"]
        assert getattr(policy, written) is value or getattr(policy, written) == value

    @pytest.mark.parametrize(
        ("value", "flag"),
        [("true", True), ("True", True), ("1", True), ("false", False), ("FALSE", False), ("0", False), ("", False)],
    )
    def test_flag_in_a_variable_is_read_in_any_case(self, file: Path, value: str, *, flag: bool) -> None:
        policy = load(file, f'["/a"]\n{ORIGINS}allow_credentials = "${{FLAG}}"', FLAG=value)["/a"]
        assert policy is not None
        assert policy.allow_credentials is flag

    def test_empty_variable_leaves_out_max_age(self, file: Path) -> None:
        policy = load(file, f'["/a"]\n{ORIGINS}max_age = "${{AGE}}"', AGE="")["/a"]
        assert policy is not None
        assert policy.max_age is None

    @pytest.mark.parametrize("field", ["max_age", "allow_credentials"])
    @pytest.mark.parametrize("value", ["yes", "1.5", "600,700", "9" * 5000])
    def test_variable_that_is_neither_number_nor_flag_is_refused(self, file: Path, field: str, value: str) -> None:
        text = f'["/a"]\n{ORIGINS}{field} = "${{VALUE}}"'
        assert refused(file, text, VALUE=value) == [("cors.toml:3", f'"/a".{field}', "wrong-type")]

    @pytest.mark.parametrize("field", ["max_age", "allow_credentials"])
    def test_only_a_variable_makes_a_string_a_number_or_a_flag(self, file: Path, field: str) -> None:
        assert refused(file, f'["/a"]\n{ORIGINS}{field} = "1"') == [("cors.toml:3", f'"/a".{field}', "wrong-type")]

    def test_missing_variables_are_named_all_at_once(self, file: Path) -> None:
        text = '["/a"]\nallow_origins = ["${A}",\n"${B}"]\nmax_age = "${C}"'
        problems = problems_of(file, text)
        assert [(str(each.place), each.code, each.message) for each in problems] == [
            ("cors.toml:2", "missing-variable", "the environment variable A is not set"),
            ("cors.toml:3", "missing-variable", "the environment variable B is not set"),
            ("cors.toml:4", "missing-variable", "the environment variable C is not set"),
        ]
        assert problems[0].hint == "set it, or write ${A:-default}"

    def test_missing_variable_does_not_hide_other_mistakes_of_its_list(self, file: Path) -> None:
        text = '["/a"]\nallow_origins = ["${A}", "https://app.example.com/"]'
        assert refused(file, text) == [
            ("cors.toml:2", '"/a".allow_origins[0]', "missing-variable"),
            ("cors.toml:2", '"/a".allow_origins[1]', "origin-with-trailing-slash"),
        ]

    @pytest.mark.parametrize("written", ["${A", "${}", "${1A}", "${A-b}", "${ A }", "x${"])
    def test_malformed_variable_is_refused(self, file: Path, written: str) -> None:
        text = f'["/a"]\nallow_origins = ["{written}"]'
        assert refused(file, text, A="*") == [("cors.toml:2", '"/a".allow_origins[0]', "malformed-variable")]

    @pytest.mark.parametrize("value", ["", " ", ",", " , ,"])
    def test_empty_variable_never_allows_everything(self, file: Path, value: str) -> None:
        text = '["/a"]\nallow_origins = ["${A}"]'
        assert refused(file, text, A=value) == [("cors.toml:2", '"/a".allow_origins', "no-origins")]

    def test_path_pattern_takes_no_variables(self, file: Path) -> None:
        assert refused(file, f'["/${{A}}/**"]\n{ORIGINS}', A="a") == [("cors.toml:1", '"/${A}/**"', "variable-in-path")]

    def test_mistake_in_a_value_stands_where_its_variable_does(self, file: Path) -> None:
        text = '["/a"]\nallow_origins = [\n"${AB}",\n"https://c.example",\n"${D}",\n]'
        environ = {"AB": "https://a.example,https://b.example/", "D": "null"}
        assert refused(file, text, **environ) == [
            ("cors.toml:3", '"/a".allow_origins[0]', "origin-with-trailing-slash"),
            ("cors.toml:5", '"/a".allow_origins[2]', "null-origin"),
        ]

    def test_places_of_an_accepted_row_count_the_entries_that_the_policy_has(self, file: Path) -> None:
        file.write_text('["/a"]\nallow_origins = [\n"${AB}",\n"https://c.example",\n]', "utf-8")
        _, places = read_policies(file, {"AB": "https://a.example,https://b.example"})
        assert [places.of("/a", "allow_origins", index).line for index in range(3)] == [3, 3, 4]

    def test_process_environment_is_read_when_no_other_is_given(
        self, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CORSWSGI_TEST_ORIGINS", "https://a.example")
        file.write_text('["/a"]\nallow_origins = "${CORSWSGI_TEST_ORIGINS}"', "utf-8")
        assert load_policies(file).rows == {"/a": Policy(allow_origins="https://a.example")}


class TestMistakes:
    """Every mistake is reported at once, with its line."""

    def test_all_mistakes_of_all_rows_are_reported_in_the_order_of_the_file(self, file: Path) -> None:
        text = """
            stray = 1
            ["/a"]
            allow_origin = "*"

            ["b"]
            allow_origins = [
                "https://app.example.com",   # fine
                "https://app.example.com/",
                17,
            ]
            max_age = 99999
            allow_credentials = "yes"

            ["/c"]
            cors = false

            ["/x*"]
            cors = false
            ["/*x"]
            cors = false
        """
        assert refused(file, text.lstrip("\n")) == [
            ("cors.toml:1", "stray", "key-outside-row"),
            ("cors.toml:3", '"/a".allow_origin', "unknown-field"),
            ("cors.toml:5", '"b"', "path-without-slash"),
            ("cors.toml:8", '"b".allow_origins[1]', "origin-with-trailing-slash"),
            ("cors.toml:9", '"b".allow_origins[2]', "wrong-type"),
            ("cors.toml:11", '"b".max_age', "max-age-too-long"),
            ("cors.toml:12", '"b".allow_credentials', "wrong-type"),
            ("cors.toml:19", '"/*x"', "ambiguous-patterns"),
        ]

    def test_unknown_field_names_the_nearest(self, file: Path) -> None:
        (problem,) = problems_of(file, f'["/a"]\n{ORIGINS}max_ages = 1')
        assert str(problem) == (
            'cors.toml:3: "/a".max_ages: "max_ages" is not a field of a policy (unknown-field); write max_age'
        )

    @pytest.mark.parametrize("key", ["allow-origins", '"allow origins"', '"a[0]"'])
    def test_key_that_could_not_be_a_field_has_its_line_too(self, file: Path, key: str) -> None:
        name = key.strip('"')
        assert refused(file, f'["/a"]\n{ORIGINS}{key} = 1') == [("cors.toml:3", f'"/a".{name}', "unknown-field")]

    @pytest.mark.parametrize(
        ("text", "place", "message"),
        [
            pytest.param('["/a"]\nallow_origins = *', "cors.toml:2:17", "Invalid value", id="value"),
            pytest.param('["/a"]\nallow_origins = ["*"', "cors.toml:2", "Unclosed array", id="end of the file"),
            pytest.param('["/a"]\nx = 1\nx = 2\n', "cors.toml:3:6", "Cannot overwrite a value", id="key twice"),
            pytest.param('["/a"]\n["/a"]', "cors.toml:2:6", "Cannot declare ('/a',) twice", id="row twice"),
        ],
    )
    def test_syntax_is_reported_with_line_and_column(self, file: Path, text: str, place: str, message: str) -> None:
        (problem,) = problems_of(file, text)
        assert (problem.code, str(problem.place)) == ("toml-syntax", place)
        assert problem.message == f"this is not TOML: {message}"

    def test_path_pattern_without_quotes_is_named(self, file: Path) -> None:
        (problem,) = problems_of(file, "[ /api/** ]\n")
        assert (problem.code, str(problem.place)) == ("toml-syntax", "cors.toml:1:3")
        assert problem.hint == 'put the path pattern in quotes: ["/api/**"]'

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param("a = " + "[" * 20_000, id="nested too deep"),
            pytest.param('["/a"]\nmax_age = ' + "9" * 5000, id="integer of 5,000 digits"),
        ],
    )
    def test_what_the_parser_cannot_take_is_a_problem_too(self, file: Path, text: str) -> None:
        assert refused(file, text) == [("cors.toml", "policies", "toml-syntax")]

    def test_missing_file_is_named_with_the_place_where_it_is_looked_for(self, file: Path) -> None:
        with pytest.raises(PolicyError) as caught:
            load_policies(file)
        assert str(caught.value) == (
            "cors.toml: policies: the file cannot be read: No such file or directory (unreadable-file); "
            f"pass the path of a TOML file; this one is {str(file.absolute())!r}"
        )

    @pytest.mark.parametrize("name", [pytest.param(".", id="folder"), pytest.param("a\0b", id="null character")])
    def test_what_is_no_file_is_a_problem(self, file: Path, name: str) -> None:
        with pytest.raises(PolicyError) as caught:
            load_policies(name)
        assert [each.code for each in caught.value.problems] == ["unreadable-file"]
        assert not file.exists()

    def test_file_in_another_encoding_is_refused_at_its_line(self, file: Path) -> None:
        file.write_bytes('["/a"]\n# café\n'.encode("latin-1"))
        with pytest.raises(PolicyError) as caught:
            load_policies(file)
        assert [(each.code, str(each.place)) for each in caught.value.problems] == [("wrong-encoding", "cors.toml:2")]

    @pytest.mark.parametrize("text", ["", "# nothing\n"])
    def test_file_without_a_row_is_refused(self, file: Path, text: str) -> None:
        assert refused(file, text) == [("cors.toml", "policies", "no-rows")]

    @pytest.mark.parametrize("value", ["true", '"false"', "0", "{}"])
    def test_cors_says_nothing_but_false(self, file: Path, value: str) -> None:
        assert refused(file, f'["/a"]\ncors = {value}') == [("cors.toml:2", '"/a".cors', "cors-not-false")]

    @pytest.mark.parametrize(("value", "code"), [("true", "cors-not-false"), ("false", "cors-beside-fields")])
    def test_cors_stands_alone(self, file: Path, value: str, code: str) -> None:
        assert refused(file, f'["/a"]\n{ORIGINS}cors = {value}') == [("cors.toml:3", '"/a".cors', code)]

    @pytest.mark.parametrize(
        ("text", "hint"),
        [
            pytest.param('"/a" = false', 'write ["/a"] on a line of its own', id="path"),
            pytest.param('[["/a"]]', 'write ["/a"] on a line of its own', id="list of tables"),
            pytest.param('allow_origins = "*"', "write it into the row of a path", id="field"),
        ],
    )
    def test_only_tables_are_rows(self, file: Path, text: str, hint: str) -> None:
        (problem,) = problems_of(file, text)
        assert (problem.code, str(problem.place)) == ("key-outside-row", "cors.toml:1")
        assert problem.hint.startswith(hint)

    @pytest.mark.parametrize(
        ("fields", "hint"),
        [
            pytest.param("allow_credentials = 1", "write true or false", id="flag"),
            pytest.param('max_age = "1"', "write whole seconds", id="seconds"),
            pytest.param("max_age = 1.5", "write an integer", id="fraction"),
            pytest.param('allow_origins = ["null"]', "serve the page from an origin of its own, or set "
                         "dangerously_allow_null_origin = true", id="opt-out"),
            pytest.param("allow_origins = []", "add an origin to allow_origins, or write `cors = false` alone to turn "
                         "CORS off here", id="no origins"),
        ],
    )  # fmt: skip
    def test_hints_are_in_toml(self, file: Path, fields: str, hint: str) -> None:
        origins = "" if "origins" in fields else ORIGINS
        assert [each.hint for each in problems_of(file, f'["/a"]\n{origins}{fields}')] == [hint]


def test_text_is_read_as_a_file_of_that_name_would_be() -> None:
    table, places = policies_in(f'["/a"]\n{ORIGINS}', "a table")
    assert table == PolicyTable({"/a": Policy(allow_origins="https://app.example.com")})
    assert str(places.of("/a", "allow_origins")) == "a table:2"
    with pytest.raises(PolicyError) as caught:
        policies_in("x = 1\n", "a table")
    assert [str(each.place) for each in caught.value.problems] == ["a table:1"]


def test_combinations_of_variables_are_bounded_and_a_single_list_is_not(tmp_path: Path) -> None:
    file = tmp_path / "cors.toml"
    names = ",".join(f"a{number}" for number in range(30))
    file.write_text('["/a"]\nallow_origins = "https://${A}.${A}.${A}.${A}.example"\n["/b"]\nallow_origins = "${B}"\n')
    origins = ",".join(f"https://b{number}.example" for number in range(20_000))
    with pytest.raises(PolicyError) as caught:
        load_policies(file, environ={"A": names, "B": origins})
    [problem] = caught.value.problems
    assert (problem.code, str(problem.place), problem.field) == ("too-many-values", f"{file}:2", '"/a".allow_origins')
    file.write_text('["/a"]\nallow_origins = "https://${A}.${A}.example"\n["/b"]\nallow_origins = "${B}"\n')
    rows = load_policies(file, environ={"A": names, "B": origins}).rows
    assert [len(policy.allow_origins) for policy in rows.values() if policy] == [900, 20_000]


def test_combinations_of_all_strings_of_a_file_are_bounded_together(tmp_path: Path) -> None:
    file = tmp_path / "cors.toml"
    names = ",".join(f"a{number}" for number in range(60))
    row = "allow_origins = 'https://${A}.${A}.example'\n"
    file.write_text("".join(f'["/{number}"]\n{row}' for number in range(4)))
    with pytest.raises(PolicyError) as caught:
        load_policies(file, environ={"A": names})
    assert [(problem.code, problem.place and problem.place.line) for problem in caught.value.problems] == [
        ("too-many-values", 6),
        ("too-many-values", 8),
    ]
