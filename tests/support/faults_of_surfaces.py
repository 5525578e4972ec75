"""Configurations with one problem that only files, Flask, Django or `corswsgi check` have, and each way of its hint."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from flask.views import View

from corswsgi import Policy, PolicyTable, Problem
from corswsgi.cli.check_warnings import warnings_about
from corswsgi.files.toml_lines import Places
from corswsgi.flask import cross_origin
from tests.support.surfaces import APP, Fault, Page, check, django, file, flask, refused, twice, watched

ROW = f'["/**"]\nallow_origins = "{APP}"\n'
MANY = ",".join(f"a{number}" for number in range(101))
FILES = [
    Fault(
        code="unreadable-file",
        surface="toml",
        wrong=file(None),
        right={"pass the path of a TOML file; this one is": file(ROW)},
    ),
    Fault(
        code="wrong-encoding",
        surface="toml",
        wrong=file(ROW.encode() + b"# \xff"),
        right={"save the file as UTF-8": file(ROW + "# \xff")},
    ),
    Fault(
        code="toml-syntax",
        surface="toml",
        wrong=file("a = = 1"),
        right={"see https://toml.io/en/v1.0.0": file(ROW)},
    ),
    Fault(
        code="toml-syntax",
        surface="toml",
        wrong=file(f'[/**]\nallow_origins = "{APP}"\n'),
        right={'put the path pattern in quotes: ["/**"]': file(ROW)},
    ),
    Fault(
        code="no-rows",
        surface="toml",
        wrong=file(""),
        right={'begin a row with a line such as ["/api/**"]': file(ROW)},
    ),
    Fault(
        code="key-outside-row",
        surface="toml",
        wrong=file(f'allow_origins = "{APP}"'),
        right={'write it into the row of a path, below a line such as ["/api/**"]': file(ROW)},
    ),
    Fault(
        code="key-outside-row",
        surface="toml",
        wrong=file('"/**" = 1'),
        right={'write ["/**"] on a line of its own, and the fields of a policy or `cors = false` below it': file(ROW)},
    ),
    Fault(
        code="cors-not-false",
        surface="toml",
        wrong=file('["/**"]\ncors = true\n'),
        right={
            "write the fields of a policy in its place": file(ROW),
            "write false": file('["/**"]\ncors = false\n'),
        },
    ),
    Fault(
        code="cors-not-false",
        surface="toml",
        wrong=file(f"{ROW}cors = true\n"),
        right={"remove cors": file(ROW)},
    ),
    Fault(
        code="cors-beside-fields",
        surface="toml",
        wrong=file(f"{ROW}cors = false\n"),
        right={"remove cors": file(ROW), "remove the other fields": file('["/**"]\ncors = false\n')},
    ),
    Fault(
        code="load-not-found",
        surface="toml",
        wrong=file('["/**"]\nallow_origins = { load = "tests.support.surfaces:file" }\n'),
        right={
            'name a LoadedOrigins of a module that can be imported: { load = "shop.tenants:origins" }': file(
                '["/**"]\nallow_origins = { load = "tests.support.surfaces:LOADED" }\n'
            )
        },
    ),
    Fault(
        code="missing-variable",
        surface="toml",
        wrong=file('["/**"]\nallow_origins = "${FRONT}"\n'),
        right={
            "set it": file('["/**"]\nallow_origins = "${FRONT}"\n', FRONT=APP),
            "write ${FRONT:-default}": file(f'["/**"]\nallow_origins = "${{FRONT:-{APP}}}"\n'),
        },
    ),
    Fault(
        code="too-many-values",
        surface="toml",
        wrong=file(
            '["/**"]\nallow_origins = ["https://${A}.${A}.example"]\n', A=",".join(map("a{}".format, range(101)))
        ),
        right={
            "write a list of strings with one variable in each": file(
                '["/**"]\nallow_origins = ["https://${A}.example"]\n', A=",".join(map("a{}".format, range(101)))
            )
        },
    ),
    Fault(
        code="malformed-variable",
        surface="toml",
        wrong=file('["/**"]\nallow_origins = "*"\nexpose_headers = ["${1"]\n'),
        right={
            "write ${NAME}": file('["/**"]\nallow_origins = "*"\nexpose_headers = ["${A}"]\n', A="ETag"),
            "write ${NAME:-default}": file('["/**"]\nallow_origins = "*"\nexpose_headers = ["${A:-ETag}"]\n'),
        },
    ),
    Fault(
        code="variable-in-path",
        surface="toml",
        wrong=file('["/${A}"]\ncors = false\n', A="a"),
        right={"write the path as the application sees it": file('["/a"]\ncors = false\n', A="a")},
    ),
    Fault(
        code="unnamed-field",
        surface="python",
        wrong=refused(lambda: Policy(APP)),  # type: ignore[call-arg]  # what is tested
        right={f"write Policy(allow_origins={APP!r})": refused(lambda: Policy(allow_origins=APP))},
    ),
    Fault(code="check-every", surface="python", wrong=watched("5"), right={"write 5": watched(5)}),
]
REGEX = r"^https://app\.example\.com$"
TABLE: Mapping[str, None] = {"/**": None}
MIGRATED = [
    Fault(
        code="unknown-option",
        surface="flask",
        wrong=flask(orgins=APP),
        right={"write origins": flask(origins=APP)},
    ),
    Fault(
        code="unknown-option",
        surface="flask",
        wrong=flask(xyzzy=APP),
        right={"use an option of Flask-CORS, such as origins or methods": flask(origins=APP)},
    ),
    Fault(
        code="resource-twice",
        surface="flask",
        wrong=flask(resources={"/a/*": {"origins": APP}, "/a/**": {"origins": APP}}),
        right={"remove one of the two keys": flask(resources={"/a/*": {"origins": APP}})},
    ),
    Fault(
        code="second-cors",
        surface="flask",
        wrong=refused(twice),
        right={
            "call CORS once, with the policies or `resources` of all paths": flask(
                resources={"/api/*": {"origins": APP}}
            )
        },
    ),
    Fault(
        code="decorated-class",
        surface="flask",
        wrong=refused(lambda: cross_origin(origins=APP)(View)),
        right={
            "write decorators = [cross_origin(...)] in the class": refused(lambda: Page.as_view("page")),
            "decorate its methods": refused(lambda: Page.as_view("page")),
        },
    ),
    Fault(
        code="malformed-regex",
        surface="flask",
        wrong=flask(origins="https://(a"),
        right={
            "write a regex that Python's `re` accepts": flask(origins=REGEX),
            "a pattern": flask(origins="https://*.example.com"),
        },
    ),
    Fault(
        code="settings-beside-table",
        surface="django",
        wrong=django(CORS_POLICIES=TABLE, CORS_ALLOWED_ORIGINS=[APP]),
        right={
            "remove CORS_POLICIES": django(CORS_ALLOWED_ORIGINS=[APP]),
            "remove the other CORS_* settings": django(CORS_POLICIES=TABLE),
        },
    ),
    Fault(
        code="private-network",
        surface="django",
        wrong=django(CORS_ALLOWED_ORIGINS=[APP], CORS_ALLOW_PRIVATE_NETWORK=True),
        right={"remove CORS_ALLOW_PRIVATE_NETWORK": django(CORS_ALLOWED_ORIGINS=[APP])},
    ),
    Fault(
        code="malformed-regex",
        surface="django",
        wrong=django(CORS_ALLOWED_ORIGIN_REGEXES=["("]),
        right={"write a regex that Python's `re` accepts": django(CORS_ALLOWED_ORIGIN_REGEXES=[REGEX])},
    ),
    Fault(
        code="regex-matched-whole",
        surface="django",
        wrong=django(CORS_ALLOWED_ORIGIN_REGEXES=[REGEX[:-1]]),
        right={
            "match the whole origin, port included, and end the regex with '$'": django(
                CORS_ALLOWED_ORIGIN_REGEXES=[REGEX]
            )
        },
    ),
    Fault(
        code="unknown-setting",
        surface="django",
        wrong=django(CORS_ALLOW_ORIGINS=[APP]),
        right={"write CORS_ALLOWED_ORIGINS": django(CORS_ALLOWED_ORIGINS=[APP])},
    ),
    Fault(
        code="unknown-setting",
        surface="django",
        wrong=django(CORS_OF_OURS=[APP]),
        right={"remove it, if your own code does not read it": django()},
    ),
    Fault(
        code="list-in-string",
        surface="django",
        wrong=django(CORS_ALLOWED_ORIGINS=[APP], CORS_ALLOW_HEADERS=["x-a, x-b"]),
        right={
            "write each name as a string of its own": django(
                CORS_ALLOWED_ORIGINS=[APP], CORS_ALLOW_HEADERS=["x-a", "x-b"]
            )
        },
    ),
    Fault(
        code="not-a-token",
        surface="django",
        wrong=django(CORS_ALLOWED_ORIGINS=[APP], CORS_ALLOW_HEADERS=["x-a", ""]),
        right={
            "set the variable": django(CORS_ALLOWED_ORIGINS=[APP], CORS_ALLOW_HEADERS=["x-a", "x-b"]),
            "remove what is empty": django(CORS_ALLOWED_ORIGINS=[APP], CORS_ALLOW_HEADERS=["x-a"]),
        },
    ),
    Fault(
        code="misplaced-wildcard",
        surface="django",
        wrong=django(CORS_ALLOWED_ORIGINS=["*"]),
        right={"set CORS_ALLOW_ALL_ORIGINS = True": django(CORS_ALLOW_ALL_ORIGINS=True)},
    ),
]


def rows(*patterns: str) -> str:
    return "".join(ROW.replace("/**", pattern) for pattern in patterns)


WITH_COOKIES = f"{ROW}allow_credentials = true\n"
WARNINGS = [
    Fault(
        code="any-origin-above-credentials",
        surface="toml",
        wrong=check(WITH_COOKIES.replace("/**", "/me/**") + '["/**"]\nallow_origins = "*"\n'),
        right={
            "write the paths that are for everybody, each in a row of its own": check(
                WITH_COOKIES.replace("/**", "/me/**") + '["/feed/**"]\nallow_origins = "*"\n'
            )
        },
    ),
    Fault(
        code="insecure-origin",
        surface="toml",
        wrong=check('["/**"]\nallow_origins = "http://app.example.com"\n'),
        right={"serve its pages over https": check(ROW)},
    ),
    Fault(
        code="loaded-without-scope",
        surface="toml",
        wrong=check('["/**"]\nallow_origins = { load = "tests.support.surfaces:LOADED" }\nallow_credentials = true\n'),
        right={
            "pass a scope to LoadedOrigins, such as the host": check(
                '["/**"]\nallow_origins = { load = "tests.support.surfaces:SCOPED" }\nallow_credentials = true\n'
            )
        },
    ),
    Fault(
        code="any-header-without-authorization",
        surface="toml",
        wrong=check(f'{ROW}allow_headers = "*"\n'),
        right={
            "add \"Authorization\" beside the '*', if pages send it": check(
                f'{ROW}allow_headers = ["*", "Authorization"]\n'
            )
        },
    ),
    Fault(
        code="json-without-content-type",
        surface="toml",
        wrong=check(f'{ROW}allow_methods = ["PUT"]\n'),
        right={
            'add "Content-Type" to allow_headers, if pages send JSON': check(
                f'{ROW}allow_methods = ["PUT"]\nallow_headers = ["Content-Type"]\n'
            )
        },
    ),
    Fault(
        code="max-age-above-browsers",
        surface="toml",
        wrong=check(f"{ROW}max_age = 3600\n"),
        right={"set max_age = 600 if all browsers should behave alike": check(f"{ROW}max_age = 600\n")},
    ),
    Fault(
        code="shadowed-row",
        surface="toml",
        wrong=check(rows("/a", "/a/*", "/a/*/**", "/a/**")),
        right={
            "remove this row": check(rows("/a", "/a/*", "/a/*/**")),
            "remove one of these": check(rows("/a", "/a/*", "/a/**")),
        },
    ),
    Fault(
        code="open-regex",
        surface="python",
        wrong=lambda: of_table(re.compile(r"https://.*")),
        right={"write out the domain in the regex": lambda: of_table(re.compile(r"https://.*\.example\.com"))},
    ),
]


def of_table(origin: Any) -> Iterable[Problem]:
    table = PolicyTable({"/**": {"allow_origins": [origin]}})
    return warnings_about(table, Places("cors.toml", ""))
