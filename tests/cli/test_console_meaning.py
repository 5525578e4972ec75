"""The meaning of console lines: older versions, other languages, redirects, and errors that only developers see."""

import pytest

from tests.cli.test_console import CHROMIUM, FIREFOX, PAGE, explain

OLD = [
    pytest.param(
        "XMLHttpRequest cannot load http://127.0.0.1:5000/a. No 'Access-Control-Allow-Origin' header is present on the "
        f"requested resource. Origin '{PAGE}' is therefore not allowed access.",
        ["Blocked: the answer has no Access-Control-Allow-Origin header\n"],
        id="Chrome, XMLHttpRequest",
    ),
    pytest.param(
        "Fetch API cannot load http://127.0.0.1:5000/a. The 'Access-Control-Allow-Origin' header has a value "
        f"'http://localhost:3000' that is not equal to the supplied origin. Origin '{PAGE}' is therefore not allowed "
        "access. Have the server send the header with a valid value.",
        ["allows another origin (http://localhost:3000)", "another port is another origin"],
        id="Chrome, another origin",
    ),
    pytest.param(
        "Failed to load http://127.0.0.1:5000/a: Response to preflight request doesn't pass access control check: No "
        f"'Access-Control-Allow-Origin' header is present on the requested resource. Origin '{PAGE}' is therefore not "
        "allowed access. The response had HTTP status code 405.",
        ["the preflight (OPTIONS) has no Access-Control-Allow-Origin", "Cause: OPTIONS is answered with status 405"],
        id="Chrome, with a status",
    ),
    pytest.param(
        "Failed to load http://127.0.0.1:5000/a: Response for preflight has invalid HTTP status code 401",
        ["the preflight (OPTIONS) has no status of 200 to 299", "Cause: OPTIONS is answered with status 401"],
        id="Chrome, status of a preflight",
    ),
    pytest.param(
        "Failed to load http://127.0.0.1:5000/a: Response for preflight is invalid (redirect)",
        ["the preflight (OPTIONS) is a redirect"],
        id="Chrome, redirect",
    ),
    pytest.param(
        f"Font from origin 'http://127.0.0.1:5000/a' has been blocked from loading by Cross-Origin Resource Sharing "
        f"policy: No 'Access-Control-Allow-Origin' header is present on the requested resource. Origin '{PAGE}' is "
        "therefore not allowed access.",
        ["Blocked: the answer has no Access-Control-Allow-Origin header\n"],
        id="Chrome, font",
    ),
    pytest.param(
        f"XMLHttpRequest cannot load http://127.0.0.1:5000/a. Origin {PAGE} is not allowed by "
        "Access-Control-Allow-Origin.",
        ["has no Access-Control-Allow-Origin header, or one that allows another origin"],
        id="Safari, one line",
    ),
    pytest.param(
        f"{FIREFOX}missing token \u2018authorization\u2019 in CORS header \u2018Access-Control-Allow-Headers\u2019 "
        f"from "
        "CORS preflight channel).",
        ["(authorization) in Access-Control-Allow-Headers", "* does not cover it"],
        id="Firefox, token",
    ),
    pytest.param(
        f"{FIREFOX}Multiple CORS header \u2018Access-Control-Allow-Origin\u2019 not allowed).",
        ["Access-Control-Allow-Origin more than once"],
        id="Firefox, two headers",
    ),
    pytest.param(
        f"{FIREFOX}CORS request did not succeed). Status code: (null).",
        ["Blocked: there was no answer at all", "if another line stands above, paste both"],
        id="Firefox, no answer",
    ),
    pytest.param(
        "Quell\u00fcbergreifende (Cross-Origin) Anfrage blockiert: Die Gleiche-Quelle-Regel verbietet das Lesen der "
        "externen "
        "Ressource auf http://127.0.0.1:5000/a. (Grund: CORS-Kopfzeile \u2018Access-Control-Allow-Origin\u2019 fehlt). "
        "Statuscode: 500.",
        ["the line is about Access-Control-Allow-Origin, in a language that is not read here", "status 500"],
        id="Firefox, German",
    ),
    pytest.param(
        "Blocage d\u2019une requ\u00eate multiorigine (Cross-Origin Request)\u00a0: la politique \u00ab\u00a0Same "
        "Origin\u00a0\u00bb ne permet "
        "pas de consulter la ressource distante situ\u00e9e sur http://127.0.0.1:5000/a. Raison\u00a0: "
        "l\u2019en-t\u00eate CORS "
        "\u00ab\u00a0Access-Control-Allow-Origin\u00a0\u00bb est manquant.",
        ["the line is about Access-Control-Allow-Origin", "Fix: ask the server itself: see the note"],
        id="Firefox, French",
    ),
]


@pytest.mark.parametrize(("text", "says"), OLD)
def test_older_versions_and_other_languages_are_read(text: str, says: list[str]) -> None:
    status, told = explain(text, "--origin", PAGE)
    assert status == 1
    assert f"Page: {PAGE}\nAsked: http://127.0.0.1:5000/a\nBlocked: " in told
    assert "paste both lines\n" not in told or "did not succeed" in text
    for each in says:
        assert each in told


def test_line_without_an_origin_asks_for_it_and_speaks_of_the_page() -> None:
    told = explain("Failed to load http://a.example/: Method PUT is not allowed by Access-Control-Allow-Methods.")[1]
    assert "Page:" not in told
    told = explain(
        "Failed to load http://a.example/: Method PUT is not allowed by Access-Control-Allow-Methods in preflight "
        "response."
    )[1]
    assert (
        "Fix: if the page may send it, list the method in Access-Control-Allow-Methods (corswsgi: allow_methods)"
        in told
    )
    assert "Note: Chromium does not name the page's origin: pass it as --origin" in told


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("\u201e{}\u201c", id="German quotation marks"),
        pytest.param("`{}`", id="Markdown"),
        pytest.param("> 12:03:44.120 index.js:12 {}\r\n    at me.js:3", id="quoted, with a time"),
        pytest.param("\ufeff(index):1 {}", id="a byte order mark"),
    ],
)
def test_what_stands_around_a_line_does_not_matter(line: str) -> None:
    text = f"{CHROMIUM}No 'Access-Control-Allow-Origin' header is present on the requested resource."
    told = explain(line.format(text.replace("'", "\u201e") if "\u201e" in line else text))[1]
    assert told.startswith(f"Page: {PAGE}\nAsked: http://127.0.0.1:5000/a\nBlocked: the answer has no ")


MISSING = "No 'Access-Control-Allow-Origin' header is present on the requested resource."
FROM = CHROMIUM.replace("/a'", "/a' (redirected from 'http://api.example/b')")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param(
            FROM + MISSING, "the request is redirected to http://127.0.0.1:5000/a", id="redirected, and stopped there"
        ),
        pytest.param(
            FROM.replace("5000/a", "5000/login") + MISSING,
            "a login: a script cannot log in there",
            id="redirected to a login",
        ),
        pytest.param(
            f"{FROM}The 'Access-Control-Allow-Origin' header has a value '{PAGE}' that is not equal to the supplied "
            f"origin.",
            "browsers send Origin: null there",
            id="redirected, and the origin lost",
        ),
        pytest.param(
            f"{CHROMIUM}Request header field access-control-allow-origin is not allowed by "
            f"Access-Control-Allow-Headers "
            "in preflight response.",
            "Fix: remove access-control-allow-origin from the script\n",
            id="a header of answers",
        ),
        pytest.param(
            f"{CHROMIUM}Method patch is not allowed by Access-Control-Allow-Methods in preflight response.",
            "Fix: have the script write 'PATCH'",
            id="lower case",
        ),
        pytest.param(
            f"{CHROMIUM}The 'Access-Control-Allow-Origin' header contains multiple values '{PAGE}, *', but only one is "
            "allowed.",
            "Fix: take one of the two out",
            id="two values",
        ),
        pytest.param(
            CHROMIUM.replace(PAGE, "chrome-extension://abcdefghijklmnop") + MISSING,
            'add "http://127.0.0.1:5000/*" there',
            id="a page of an extension",
        ),
        pytest.param(
            f"{FIREFOX.replace('http://127.0.0.1:5000/a', 'http://api.example/a')}CORS request did not succeed). "
            f"Status "
            "code: (null).",
            "Cause: mixed content",
            id="a page of https asks http",
        ),
        pytest.param(CHROMIUM + MISSING, "Note: on macOS, AirPlay holds port 5000", id="the port of AirPlay"),
    ],
)
def test_what_a_line_only_hints_at_is_told(text: str, says: str) -> None:
    status, told = explain(text, *(["--origin", "https://app.example"] if "api.example/a" in text else []))
    assert status == 1
    assert says in told


def test_airplay_is_not_blamed_for_what_it_does_not_answer() -> None:
    text = f"{CHROMIUM}Method PUT is not allowed by Access-Control-Allow-Methods in preflight response."
    assert "AirPlay" not in explain(text)[1]


PREFLIGHT = f"{CHROMIUM}Response to preflight request doesn't pass access control check: {MISSING}"
SAFARI = "Preflight response is not successful. Status code: 403"
AT_A = "Fetch API cannot load http://127.0.0.1:5000/a due to access control checks."


class TestRefusalOfCorswsgi:
    @pytest.mark.parametrize(
        "text",
        [
            pytest.param(SAFARI, id="Safari, one line"),
            pytest.param(f"{SAFARI}\n{AT_A}", id="Safari"),
            pytest.param(
                f"{FIREFOX}CORS header 'Access-Control-Allow-Origin' missing). Status code: 403.", id="Firefox"
            ),
            pytest.param(f"{FIREFOX}CORS preflight response did not succeed). Status code: 403.", id="Firefox, status"),
            pytest.param(f"{PREFLIGHT}\nPUT http://127.0.0.1:5000/a net::ERR_FAILED 403", id="Chrome"),
        ],
    )
    def test_a_403_without_a_body_may_be_that_of_corswsgi(self, text: str) -> None:
        told = explain(text, "--origin", PAGE)[1]
        assert f"status 403: if the server is corswsgi, the row does not list {PAGE} (the body begins with" in told
        assert f"Fix: if pages of {PAGE} are yours, add {PAGE} to allow_origins of the row; if the 403 is not" in told
        assert "redirect" not in told

    @pytest.mark.parametrize(
        ("text", "blocked"),
        [
            pytest.param(PREFLIGHT, "has no Access-Control-Allow-Origin header", id="Chrome"),
            pytest.param(f"Preflight response is not successful.\n{AT_A}", "has no status of 200 to 299", id="Safari"),
            pytest.param(
                f"{FIREFOX}CORS preflight response did not succeed).", "has no status of 200 to 299", id="Firefox"
            ),
        ],
    )
    def test_without_a_status_the_origin_is_the_likeliest(self, text: str, blocked: str) -> None:
        told = explain(text, "--origin", PAGE)[1]
        assert f"Blocked: the answer to the preflight (OPTIONS) {blocked}\n" in told
        assert f"Fix: if pages of {PAGE} are yours, add {PAGE} to allow_origins of the row (corswsgi answers" in told

    def test_it_is_not_named_where_the_line_rules_it_out(self) -> None:
        not_ok = PREFLIGHT.replace(MISSING, "It does not have HTTP ok status.")
        for text in (not_ok, f"Origin {PAGE} is not allowed by Access-Control-Allow-Origin. Status code: 403\n{AT_A}"):
            told = explain(f"{text}\nGET http://127.0.0.1:5000/a net::ERR_FAILED 403", "--origin", PAGE)[1]
            assert "status 403: a " in told
            assert "row" not in told
        told = explain(f"{FIREFOX}CORS header 'Access-Control-Allow-Origin' missing). Status code: 404.")[1]
        assert "corswsgi answers" not in told
        told = explain(f"{PREFLIGHT}\nPUT http://127.0.0.1:5000/a net::ERR_FAILED 200")[1]
        assert "corswsgi answers" not in told

    def test_status_of_an_answer_that_was_kept_from_the_page_names_it_too(self) -> None:
        told = explain("PUT http://127.0.0.1:5000/a net::ERR_FAILED 403 (Forbidden)")[1]
        assert "Cause: OPTIONS, or the request itself, is answered with status 403: if the server is corswsgi" in told

    def test_a_preflight_that_is_redirected_is_told_by_its_status(self) -> None:
        told = explain(f"Preflight response is not successful. Status code: 302\n{AT_A}")[1]
        assert "Blocked: the answer to the preflight (OPTIONS) is a redirect" in told


@pytest.mark.parametrize(
    ("text", "options"),
    [
        pytest.param(PREFLIGHT, "-X PUT", id="a preflight"),
        pytest.param(
            f"{CHROMIUM}Method DELETE is not allowed by Access-Control-Allow-Methods in preflight response.",
            "-X DELETE",
            id="a method",
        ),
        pytest.param(
            f"{CHROMIUM}Request header field x-csrftoken is not allowed by Access-Control-Allow-Headers in preflight "
            "response.",
            "-H 'x-csrftoken: x'",
            id="a header",
        ),
        pytest.param(
            f"{CHROMIUM}Request header field content-type is not allowed by Access-Control-Allow-Headers in preflight "
            "response.",
            "-H 'content-type: application/json'",
            id="JSON",
        ),
        pytest.param(
            f"{CHROMIUM}The value of the 'Access-Control-Allow-Credentials' header in the response is '' which must be "
            "'true' when the request's credentials mode is 'include'.",
            "--credentials include",
            id="credentials",
        ),
        pytest.param(
            f"{CHROMIUM}Method $(x)'; is not allowed by Access-Control-Allow-Methods in preflight response.",
            "-X '$(x)'\"'\"';'",
            id="what a shell would read",
        ),
    ],
)
def test_command_that_asks_the_server_sends_the_same_request(text: str, options: str) -> None:
    notes = [line for line in explain(text)[1].splitlines() if line.startswith("Note: ")]
    assert notes[0] == (
        f"Note: to ask the server itself: corswsgi explain http://127.0.0.1:5000/a --origin {PAGE} {options}"
    )


@pytest.mark.parametrize(
    ("element", "says"),
    [
        ("image", "without the attribute crossorigin the element is loaded without CORS"),
        ("CSS stylesheet", "without the attribute crossorigin the stylesheet"),
        ("script", "a module (type=module, import) needs CORS"),
        ("font", "fonts always need CORS"),
        ("link element resource", "the crossorigin of a preload"),
        ("manifest", "crossorigin=use-credentials"),
    ],
)
def test_line_about_an_element_says_when_it_needs_cors(element: str, says: str) -> None:
    line = CHROMIUM.replace("Access to fetch at", f"Access to {element} at")
    assert line != CHROMIUM
    assert says in explain(f"{line}{MISSING}")[1]
    told = explain(
        f"{line}The value of the 'Access-Control-Allow-Origin' header in the response must not be the wildcard '*' "
        "when the request's credentials mode is 'include'."
    )[1]
    assert 'ask without credentials (crossorigin="anonymous")\n' in told
    assert says not in explain(f"{CHROMIUM}{MISSING}")[1]
    assert says not in explain(f"{line}Something new.")[1]


def test_method_that_is_guessed_is_called_a_guess() -> None:
    guess = "Note: the line does not name the method, and PUT is a guess: pass -X and -H as the script asks\n"
    assert guess in explain(PREFLIGHT)[1]
    named = f"{CHROMIUM}Method PUT is not allowed by Access-Control-Allow-Methods in preflight response."
    assert "guess" not in explain(named)[1]
