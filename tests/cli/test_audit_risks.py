"""The risks of rows and routes."""

import json
import re
from pathlib import Path

import pytest

from corswsgi import Policy
from corswsgi.cli.audit_risks import RISKS, audit_rows
from corswsgi.cli.routes import Route, may_reach
from corswsgi.paths import PolicyTable
from tests.support.audits import FRONTEND, POLICIES, PUBLIC, findings
from tests.support.commands import Write, run

ROOT = Path(__file__).parents[2]


class TestFindings:
    @pytest.mark.parametrize(
        ("path", "policy", "risks"),
        [
            pytest.param("/api/admin", Policy(allow_origins="*"), {"admin-for-any-origin": "admin"}, id="admin"),
            pytest.param("/x/Internal_x", Policy(allow_origins="*"), {"admin-for-any-origin": "Internal"}, id="case"),
            pytest.param("/administer", Policy(allow_origins="*"), {"admin-for-any-origin": "administer"}, id="stem"),
            pytest.param("/badminton", Policy(allow_origins="*"), {}, id="a part of a word"),
            pytest.param("/v1/sign-in", Policy(allow_origins="*"), {"login-for-any-origin": "sign-in"}, id="login"),
            pytest.param("/tokens/**", Policy(allow_origins="*"), {"login-for-any-origin": "token"}, id="plural"),
            pytest.param("/authors", Policy(allow_origins="*"), {}, id="author"),
            pytest.param(
                "/x",
                Policy(allow_origins=re.compile(r"https://.*"), allow_methods=["PUT", "QUERY"]),
                {"change-for-any-origin": "PUT", "open-regex": "'https://.*'"},
                id="regex for all",
            ),
            pytest.param("/admin", Policy(allow_origins=re.compile(r"https://a\.example")), {}, id="regex for one"),
            pytest.param("/admin", Policy(allow_origins="https://a.example", allow_methods="*"), {}, id="one origin"),
            pytest.param(
                "/x", Policy(allow_origins="*", allow_methods="*"), {"change-for-any-origin": "*"}, id="any method"
            ),
            pytest.param(
                "/x",
                Policy(allow_origins=["https://*.example.com", "https://example.com:*"], allow_credentials=True),
                {"credentials-under-wildcard": "https://*.example.com, https://example.com:*"},
                id="wildcards",
            ),
            pytest.param(
                "/x",
                Policy(
                    allow_origins=["http://localhost:*", "http://127.0.0.1:*", re.compile(r"https://b\.example")],
                    allow_credentials=True,
                ),
                {},
                id="this machine",
            ),
            pytest.param("/x", Policy(allow_origins="https://*.example.com"), {}, id="wildcard without credentials"),
            pytest.param("/admin", None, {}, id="no CORS"),
        ],
    )
    def test_row_is_as_risky_as_what_it_covers(self, path: str, policy: Policy | None, risks: dict[str, str]) -> None:
        (audited,) = audit_rows(PolicyTable({path: policy}))
        assert {finding.risk: finding.about for finding in audited.findings} == risks

    def test_method_that_no_page_may_send_is_no_risk(self, write: Write) -> None:
        write(
            "careful.py",
            POLICIES
            + """
from flask import Flask

app = Flask("careful", static_folder=None)
app.add_url_rule("/x", "x", lambda: "", methods=["DELETE"])
app.wsgi_app = CORSMiddleware(app.wsgi_app, {"/x": public})
""",
        )
        assert run("audit", "careful:app").stdout == f'/x  DELETE\n    row "/x": {PUBLIC}\nno findings, routes: 1\n'

    def test_view_that_a_row_in_front_shadows_is_told(self, write: Write) -> None:
        write(
            "shadow.py",
            POLICIES
            + """
from bottle import Bottle
from corswsgi.bottle import install

inner = Bottle()
install(inner)
inner.route("/me", "GET", lambda: "", cors=public)
inner.route("/free", "GET", lambda: "", cors=public)
app = CORSMiddleware(inner, {"/me": frontend, "/free": None})
""",
        )
        result = run("audit", "shadow:app")
        assert result.stdout == (
            "/me  GET\n"
            f'    row "/me": {FRONTEND}\n'
            '    medium: shadowed-view: row "/me", view /me: a row in front decides; '
            "the policy of the view has no effect\n"
            "/free  GET\n"
            f"    view /free: {PUBLIC}\n"
            "1 medium, routes: 2\n"
        )

    @pytest.mark.parametrize(
        ("shape", "pattern", "may"),
        [
            ("/a/b", "/a/b", True),
            ("/a/b", "/a/*", True),
            ("/a/b", "/a/b*", False),
            ("/a/bc", "/a/b*", True),
            ("/a/b", "/a/**", True),
            ("/a", "/a/**", True),
            ("/a", "/a/b", False),
            ("/a/b", "/a", False),
            ("/a/b", "/*/c", False),
            ("/a/\ue001", "/a/b", True),
            ("/a/\ue001/c", "/a/b", False),
            ("/a/\ue000", "/a/b/c/d", True),
            ("/a/\ue000", "/b", False),
        ],
    )
    def test_row_is_used_when_a_route_may_have_such_a_path(self, shape: str, pattern: str, *, may: bool) -> None:
        assert may_reach(Route(path=shape, example=shape, shape=shape, words=shape), pattern) is may

    def test_policies_that_no_router_finds_are_named(self, write: Write) -> None:
        write(
            "lost.py",
            POLICIES
            + """
from flask import Flask
from corswsgi.flask import cross_origin

app = Flask("lost", static_folder=None)

@cross_origin(frontend)
@app.get("/late")
def late_view():
    return "late"

@cross_origin(None)
@app.get("/early")
def early_view():
    return "early"
""",
        )
        told = json.loads(run("audit", "lost:app", "--json").stdout)
        about = [each["about"] for each in told["findings"] if each["risk"] == "warning-of-corswsgi"]
        assert [re.sub(r"\(.*/", "(", each.partition(": ")[0]) for each in about] == [
            "late_view (lost.py:12)",
            "early_view (lost.py:17)",
        ]

    @pytest.mark.parametrize(
        ("methods", "install", "found"),
        [
            (["POST"], "CORSMiddleware(app.wsgi_app, {})", True),
            (["POST"], "app.wsgi_app", True),
            (["POST"], "CORSMiddleware(app.wsgi_app, {}, cross_origin_writes='refuse')", False),
            (["POST"], "CORSMiddleware(app.wsgi_app, {}, cross_origin_writes='report')", False),
            (["GET", "DELETE"], "CORSMiddleware(app.wsgi_app, {})", False),
        ],
    )
    def test_writes_of_any_page_are_found_once_where_nothing_refuses_them(
        self, write: Write, methods: list[str], install: str, *, found: bool
    ) -> None:
        write(
            "open.py",
            POLICIES
            + f"""
from flask import Flask

app = Flask("open", static_folder=None)
for path in ("/a", "/b", "/c"):
    app.add_url_rule(path, path, lambda: "", methods={methods})
app.wsgi_app = {install}
""",
        )
        told = json.loads(run("audit", "open:app", "--json", "--fail-on", "never").stdout)
        about = [each["about"] for each in told["findings"] if each["risk"] == "writes-of-any-page"]
        assert about == ["POST /a and 2 more"] * found

    @pytest.mark.parametrize("switch", ["accept", "refuse"])
    def test_the_front_end_of_flask_has_the_switch(self, write: Write, switch: str) -> None:
        write(
            "front.py",
            POLICIES
            + f"""
from flask import Flask
from corswsgi.flask import CORS

app = Flask("front", static_folder=None)
app.add_url_rule("/a", "a", lambda: "", methods=["POST"])
CORS(app, {{}}, cross_origin_writes="{switch}")
""",
        )
        told = json.loads(run("audit", "front:app", "--json").stdout)
        assert [each["about"] for each in told["findings"]] == ["POST /a"] * (switch == "accept")

    @pytest.mark.parametrize(
        ("install", "found"),
        [
            pytest.param("CORS().init_app(app)", True, id="a table that was forgotten"),
            pytest.param("CORS(app)", True, id="the default of Flask-CORS"),
            pytest.param("CORS(app, {'/a': public})", False, id="one path"),
            pytest.param("CORS(app, frontend)", False, id="one origin everywhere"),
            pytest.param("CORS(app, {'/**': None})", False, id="no CORS"),
            pytest.param("CORS(app, {})", False, id="no row"),
        ],
    )
    def test_row_that_opens_every_path_to_any_origin_is_told(self, write: Write, install: str, *, found: bool) -> None:
        write(
            "wide.py",
            POLICIES
            + f"""
from flask import Flask
from corswsgi.flask import CORS

app = Flask("wide", static_folder=None)
app.add_url_rule("/a", "a", lambda: "")
{install}
""",
        )
        told = json.loads(run("audit", "wide:app", "--json").stdout)
        assert [(each["risk"], each["about"]) for each in told["findings"]] == [
            ("any-origin-everywhere", "/**")
        ] * found

    def test_every_risk_is_documented(self) -> None:
        docs = (ROOT / "docs" / "commands.md").read_text("utf-8")
        table = docs.partition("| `corswsgi audit` finds")[2].partition("\n\n")[0]
        assert re.findall(r"^\| `([a-z-]+)` \| (\w+) \| (.+) \|$", table, re.MULTILINE) == [
            (risk.code, risk.severity, risk.why) for risk in RISKS.values()
        ]


class TestMoreFindings:
    def test_regexes_and_suffixes_that_strangers_can_have(self, write: Write) -> None:
        write(
            "open.py",
            r"""
            import re
            from corswsgi import CORSMiddleware, Policy
            from corswsgi.cli.target import empty_application
            from corswsgi.cli import audit_risks

            app = CORSMiddleware(empty_application, {
                "/a": Policy(
                    allow_origins="https://*.github.io",
                    allow_credentials=True,
                    dangerously_allow_public_suffixes=True,
                ),
                "/b": Policy(allow_origins=re.compile(r"https://(?:app|admin)\.example\.com"), allow_credentials=True),
            })
            """,
        )
        assert findings("open:app") == {("credentials-under-public-suffix", "https://*.github.io")}

    @pytest.mark.parametrize(
        ("origin", "risk"),
        [
            pytest.param("https://*.nip.io", "credentials-under-public-suffix", id="whoever has an address"),
            pytest.param("https://*.app.github.dev", "credentials-under-public-suffix", id="whoever has an account"),
            pytest.param("https://*.amazonaws.com", "credentials-under-public-suffix", id="suffixes below it"),
            pytest.param("https://*.shop.app.github.dev", "credentials-under-wildcard", id="one owner below it"),
            pytest.param("https://10.0.0.7:*", "credentials-under-wildcard", id="an address"),
        ],
    )
    def test_names_that_belong_to_many_are_those_that_a_policy_refuses(self, origin: str, risk: str) -> None:
        policy = Policy(allow_origins=origin, allow_credentials=True, dangerously_allow_public_suffixes=True)
        (audited,) = audit_rows(PolicyTable({"/x": policy}))
        assert [(finding.risk, finding.about) for finding in audited.findings] == [(risk, origin)]

    def test_regex_without_a_boundary(self) -> None:
        pattern = re.compile(r"https://[a-z0-9.-]*example\.org")
        policy = Policy(allow_origins="https://example.org", allow_credentials=True)
        object.__setattr__(policy, "allow_origins", (pattern,))  # what a policy refuses today, and may not tomorrow
        (audited,) = audit_rows(PolicyTable({"/x": policy}))
        assert [(finding.risk, finding.about) for finding in audited.findings] == [
            ("regex-without-boundary", f"r'{pattern.pattern}' matches 'https://corswsgiprobeexample.org'")
        ]

    def test_regex_that_leaves_the_domain_open_without_credentials(self) -> None:
        regexes = [re.compile(r"https://.*example\.org"), re.compile(r"https://.*\.example\.org")]
        (audited,) = audit_rows(PolicyTable({"/x": Policy(allow_origins=[*regexes, "https://example.com"])}))
        assert [(finding.risk, finding.about) for finding in audited.findings] == [
            ("open-regex", r"r'https://.*example\.org'")
        ]

    def test_administration_with_credentials_and_the_user_s_own_data(self, write: Write) -> None:
        write(
            "cors.toml",
            """
            ["/admin/**"]
            allow_origins = "https://app.example.com"
            allow_credentials = true
            ["/api/me"]
            allow_origins = "*"
            ["/accounts/*"]
            allow_origins = "*"
            """,
        )
        assert findings("cors.toml") == {
            ("admin-with-credentials", "admin"),
            ("private-for-any-origin", "me"),
            ("private-for-any-origin", "accounts"),
        }

    def test_method_that_the_row_does_not_list_and_views_that_differ(self, write: Write) -> None:
        write(
            "store.py",
            POLICIES
            + """
from bottle import Bottle
from corswsgi.bottle import install

app = Bottle()
install(app, {"/**": frontend})
app.route("/x", "DELETE", lambda: "")
app.route("/y", "GET", lambda: "")
app.route("/y", "PUT", lambda: "", cors=Policy(allow_origins="https://b.example", allow_methods="PUT"))
""",
        )
        assert findings("store:app") == {
            ("method-not-listed", "DELETE"),
            ("views-differ", 'GET: row "/**"; PUT: view /y'),
        }

    def test_routes_with_one_policy_are_grouped(self, write: Write) -> None:
        write(
            "shop.py",
            POLICIES
            + """
from flask import Flask

app = Flask("shop", static_folder=None)
for path in ("/a", "/b", "/c"):
    app.add_url_rule(path, path[1:], lambda: "")
app.wsgi_app = CORSMiddleware(app.wsgi_app, {"/*": public})
""",
        )
        assert run("audit", "shop:app").stdout == (
            f'/a  GET\n/b  GET\n/c  GET\n    row "/*": {PUBLIC}\nno findings, routes: 3\n'
        )

    def test_deployment_by_file_is_audited(self, write: Write) -> None:
        write(
            "bare.py",
            "from flask import Flask\napp = Flask('bare', static_folder=None)\napp.add_url_rule('/x', 'x', print)\n",
        )
        write("cors.toml", '["/**"]\nallow_origins = "https://app.example.com"\n')
        assert (
            '    row "/**": pages of https://app.example.com'
            in run("audit", "bare:app", "--policies", "cors.toml").stdout
        )
        wrapped = "corswsgi.gunicorn:wrap('bare:app', 'cors.toml')"
        assert '    row "/**": pages of https://app.example.com' in run("audit", wrapped).stdout

    def test_function_has_the_same_words_in_every_run(self, write: Write) -> None:
        write(
            "asks.py",
            """
            from corswsgi import CORSMiddleware, Policy
            from corswsgi.cli.target import empty_application

            def known(origin, environ):
                return False

            app = CORSMiddleware(empty_application, Policy(allow_origins=known))
            """,
        )
        assert "pages of origins that known accepts may send" in run("audit", "asks:app").stdout

    def test_policy_that_is_refused_when_the_application_starts(self, write: Write) -> None:
        write(
            "refused.py",
            """
            from corswsgi.errors import PolicyError, Problem

            class App:
                def decides(self, environ):
                    return None
                def inside(self):
                    return ()
                def prepare(self):
                    raise PolicyError([Problem(code="x-y", field="f", value=1, message="it is wrong", hint="mend it")])
                def __call__(self, environ, start_response):
                    return []

            app = App()
            """,
        )
        result = run("audit", "refused:app")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "refused:app cannot be served: a policy is refused:\nf: it is wrong (x-y); mend it" in result.stderr

    def test_warnings_of_corswsgi_are_findings(self, write: Write) -> None:
        write(
            "warns.py",
            """
            import logging
            from corswsgi import CORSMiddleware, Policy
            from corswsgi.cli.target import empty_application

            logging.getLogger("corswsgi").warning("a mark is lost")
            print("hello")
            app = CORSMiddleware(empty_application, Policy(allow_origins="https://app.example.com"))
            """,
        )
        assert findings("warns:app") == {("warning-of-corswsgi", "a mark is lost")}
