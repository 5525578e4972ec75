"""Changes of a row in the text of a table: the rest of the text stays, and the new table is the requested one."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corswsgi import Policy, PolicyTable
from corswsgi.files import policies_in
from corswsgi.playground.edits import with_row

TEXT = """\
# who may read

["/api/**"]
allow_origins = [  # ours
    "https://app.example.com",  # the app
    "${STAGING}",
]
allow_credentials = true
max_age = 0  # never kept

# nobody
["/api/admin/**"]
cors = false
"""
VARIABLES = {"STAGING": "https://staging.example.com, https://next.example.com"}


def rows(text: str) -> dict[str, Policy | None]:
    return dict(policies_in(text, "x", VARIABLES)[0].rows)


def changed(**fields: Any) -> tuple[str, Policy]:
    policy = rows(TEXT)["/api/**"]
    assert policy is not None
    policy = replace(policy, **fields)
    return with_row(TEXT, "/api/**", policy, VARIABLES), policy


def test_a_field_is_added_at_the_end_of_its_row() -> None:
    text, _ = changed(allow_methods=("PUT",))
    assert text == TEXT.replace("# never kept\n", '# never kept\nallow_methods = ["PUT"]\n')


def test_a_value_is_changed_and_its_comment_stays() -> None:
    text, _ = changed(max_age=60)
    assert text == TEXT.replace("max_age = 0  #", "max_age = 60  #")


def test_a_list_of_several_lines_becomes_one_line() -> None:
    text, policy = changed(allow_origins="https://new.example.com")
    assert 'allow_origins = ["https://new.example.com"]\nallow_credentials = true\n' in text
    assert rows(text) == {**rows(TEXT), "/api/**": policy}


def test_a_flag_that_is_taken_back_is_written_out() -> None:
    text, policy = changed(allow_credentials=False)
    assert "allow_credentials = false\n" in text
    assert rows(text)["/api/**"] == policy


def test_a_row_is_added_at_the_end() -> None:
    policy = Policy(allow_origins="*")
    assert with_row(TEXT, "/news", policy, VARIABLES) == f'{TEXT}\n["/news"]\nallow_origins = ["*"]\n'


def test_a_row_without_cors_is_written_anew() -> None:
    policy = Policy(allow_origins="*")
    assert with_row(TEXT, "/api/admin/**", policy, VARIABLES) == TEXT.replace("cors = false", 'allow_origins = ["*"]')


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('["/a"]\n"max_age" = 5\nallow_origins = "*"\n["/b"]\ncors = false\n', id="a key in quotes"),
        pytest.param('[ "/a" ]\nmax_age = 5\nallow_origins = "*"\n\n\n["/b"]\ncors = false\n', id="spaces in a header"),
        pytest.param(
            '["/a"]\nallow_origins = "*" # "max_age = 1"\nmax_age = 5\n["/b"]\ncors = false\n', id="quotes in a comment"
        ),
        pytest.param('"/a" = { allow_origins = "*", max_age = 5 }\n"/b" = { cors = false }\n', id="inline tables"),
        pytest.param("['/a']\nallow_origins = '''\n*'''\nmax_age = 5\n['/b']\ncors = false\n", id="other quotes"),
        pytest.param('["/b"]\ncors = false\n["/a"]\r\nallow_origins = "*"\r\nmax_age = 5', id="no newline at the end"),
    ],
)
def test_in_whatever_way_a_row_is_written_the_table_is_right(text: str) -> None:
    policy = Policy(allow_origins=["https://a.example"], max_age=7, allow_methods="PUT")
    assert policies_in(with_row(text, "/a", policy, {}), "x")[0] == PolicyTable({"/a": policy, "/b": None})


FIELDS = st.fixed_dictionaries(
    {"allow_origins": st.lists(st.sampled_from(["https://a.example", "https://b.example"]), min_size=1, unique=True)},
    optional={
        "allow_credentials": st.booleans(),
        "allow_methods": st.lists(st.sampled_from(["PUT", "DELETE"]), unique=True),
        "allow_headers": st.lists(st.sampled_from(["X-A", "Authorization"]), unique=True),
        "max_age": st.one_of(st.none(), st.integers(0, 86_400)),
    },
)


@given(before=FIELDS, after=FIELDS)
def test_any_row_can_become_any_other(before: dict[str, Any], after: dict[str, Any]) -> None:
    text = "\n".join(with_row('["/b"]\ncors = false\n', "/a", Policy(**before), {}).splitlines()) + "\n# end\n"
    result = with_row(text, "/a", Policy(**after), {})
    assert policies_in(result, "x")[0] == PolicyTable({"/b": None, "/a": Policy(**after)})
    assert result.endswith("# end\n")
