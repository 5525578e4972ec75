"""``corswsgi codes``, and the pages that it prints: every code has a section, and every example of one is true."""

import json
import re
from importlib.resources import files
from pathlib import Path

import pytest

from corswsgi.cli.audit_risks import RISKS
from corswsgi.cli.cause_codes import CAUSES, NOTES, STATUS_CAUSES, VERDICTS
from corswsgi.cli.codes import explained_codes, known_codes
from corswsgi.cli.probe_checks import CHECKS
from corswsgi.problems import CODES, CODES_OF_PROJECTS
from tests.support.commands import run
from tests.support.refusals import Example, codes_of, examples_of

ROOT = Path(__file__).parents[2]
PAGES = {name: (files("corswsgi.cli") / name).read_text("utf-8") for name in ("refusals.md", "findings.md")}
EXAMPLES = list(examples_of(PAGES["refusals.md"]))


def sections(page: str) -> dict[str, str]:
    return dict(re.findall(r"^### `([a-z-]+)`\n\n(.*?)(?=^##|\Z)", PAGES[page], re.MULTILINE | re.DOTALL))


@pytest.mark.parametrize("page", PAGES)
def test_section_says_why(page: str) -> None:
    assert [code for code, text in sections(page).items() if len(text.split("Wrong:")[0].split("\n\n")) < 2] == []


@pytest.mark.parametrize("code", CODES)
def test_section_of_a_refusal_has_one_wrong_and_one_right_example(code: str) -> None:
    assert [each.is_right for each in EXAMPLES if each.code == code] == [False, True]


def named(example: Example) -> str:
    return f"{example.code}, {'right' if example.is_right else 'wrong'}"


@pytest.mark.parametrize("example", EXAMPLES, ids=named)
def test_wrong_example_is_refused_with_its_code_and_right_one_is_accepted(example: Example) -> None:
    assert set(codes_of(example)) == (set() if example.is_right else {example.code})


def test_list_has_every_code_with_its_severity_in_one_line() -> None:
    lines = run("codes").stdout.splitlines()
    of_explain = len(CAUSES) + len(VERDICTS) + len(NOTES) + len(STATUS_CAUSES)
    assert len(lines) == len(CODES) + len(CODES_OF_PROJECTS) + len(RISKS) + len(CHECKS) + of_explain
    assert (
        lines[0] == "wrong-type                           refused        a value of another type than the field takes"
    )
    assert "open-regex                           warning        " in "\n".join(lines)
    assert lines[-1] == (
        "response-status-...                  explain cause  the request is answered with that status, without headers "
        "of CORS"
    )


@pytest.mark.parametrize(
    ("code", "says"),
    [
        pytest.param("mixed-content", "explain cause)\nA page of https asks an http URL.\n\nIt is in the", id="cause"),
        pytest.param("method-not-allowed", "explain verdict)\nAccess-Control-Allow-Methods does not", id="verdict"),
        pytest.param("unauthenticated", "explain note)\nThe response is a 401", id="note"),
        pytest.param("preflight-status-405", "explain cause)\nThe preflight is answered with that", id="status"),
        pytest.param("preflight-status-304", "explain cause)\nA cache answers the preflight", id="a status of its own"),
        pytest.param("null-origin", "null-origin (refused, explain cause)\n`null`, which", id="a refusal as well"),
    ],
)
def test_codes_of_explain_are_found(code: str, says: str) -> None:
    result = run("codes", code)
    assert (result.exit_code, says in result.stdout) == (0, True)


def test_section_is_printed_without_marks_of_markdown() -> None:
    assert run("codes", "any-program-with-credentials").stdout == (
        "any-program-with-credentials (refused)\n"
        "With credentials, `scheme://*`: any extension or program.\n"
        "\n"
        "`moz-extension://*` is every extension that any user has installed. With credentials each could act as the "
        "user. List the\norigins that are yours, or leave credentials out and send a token.\n"
        "\n"
        "Wrong:\n"
        "\n"
        '    Policy(allow_origins="moz-extension://*", allow_credentials=True)\n'
        "\n"
        "Right:\n"
        "\n"
        '    Policy(allow_origins="moz-extension://*", allow_headers="Authorization")\n'
    )


def test_link_becomes_the_name_of_the_page() -> None:
    printed = run("codes", "any-origin-with-credentials").stdout
    assert "use a function or `LoadedOrigins` (docs/tenants.md). " in printed
    assert "See docs/writes.md." in run("codes", "writes-of-any-page").stdout


def test_code_of_several_reporters_has_the_severity_of_each() -> None:
    assert run("codes", "loaded-without-scope").stdout.startswith("loaded-without-scope (warning, audit medium)\n")


def test_section_has_the_effects_in_migration_where_they_differ() -> None:
    assert run("codes", "any-origin-beside-others").stdout.splitlines()[-3:] == [
        "",
        "In Flask-CORS's options: left out or mended, with a warning.",
        "In Django's settings: accepted.",
    ]
    assert "In Django's settings: refused or left out or mended" in run("codes", "list-in-string").stdout
    assert " options:" not in run("codes", "null-origin").stdout


@pytest.mark.parametrize("pasted", ["corswsgi.unknown-setting", "(corswsgi.unknown-setting)", "Unknown-Setting:"])
def test_code_can_be_pasted_as_it_is_printed(pasted: str) -> None:
    assert run("codes", pasted).stdout.startswith("unknown-setting (warning)\n")


@pytest.mark.parametrize(
    "code", [pytest.param(each, id=each) for each in {each.code: None for each in (*known_codes(), *explained_codes())}]
)
def test_every_code_has_a_section_to_print(code: str) -> None:
    assert len(run("codes", code).stdout.splitlines()) > 3


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        pytest.param("null-orign", "did you mean null-origin", id="near"),
        pytest.param("x", "corswsgi codes lists all", id="far"),
        pytest.param("\x1b[2J", r"there is no code \x1b[2J: corswsgi codes lists all", id="escape sequence"),
    ],
)
def test_unknown_code_is_an_error_with_the_nearest(code: str, hint: str) -> None:
    result = run("codes", code)
    assert (result.exit_code, result.stdout) == (2, "")
    assert hint in result.stderr


def test_list_and_section_as_json() -> None:
    listed = json.loads(run("codes", "--json").stdout)["codes"]
    assert listed[0] == {
        "code": "wrong-type",
        "reported_by": "configuration",
        "severity": "refused",
        "meaning": "a value of another type than the field takes",
        "in_flask": ["refused", "accepted"],
        "in_django": [],
    }
    found = json.loads(run("codes", "vary-missing", "--json").stdout)
    assert [each["reported_by"] for each in found["codes"]] == ["probe"]
    assert found["text"].startswith("A cache can serve one page the response for another origin.\n\n")
