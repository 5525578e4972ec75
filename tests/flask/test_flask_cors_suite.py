"""Flask-CORS 6.0.5's own tests, from its sdist, run against `corswsgi.flask`: all pass except the named ones.

They are fetched by pip into a temporary folder, and never part of this project.
"""

import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

import corswsgi.flask

SDIST = "flask-cors==6.0.5"

# The docs give the reason for each, and are compared with this list
NOT_MET = {
    "tests/decorator/test_credentials.py::SupportsCredentialsCase::test_credentials_supported",
    "tests/decorator/test_origins.py::OriginsTestCase::test_defaults_with_origin",
    "tests/decorator/test_origins.py::OriginsTestCase::test_regex_list",
    "tests/decorator/test_private_network_headers.py::SupportsCredentialsCase::test_credentials_supported",
    "tests/decorator/test_private_network_headers.py::SupportsCredentialsCase::test_credentials_unsupported",
    "tests/decorator/test_vary_header.py::VaryHeaderTestCase::test_consistent_origin",
    "tests/decorator/test_vary_header.py::VaryHeaderTestCase::test_consistent_origin_concat",
    "tests/decorator/test_vary_header.py::VaryHeaderTestCase::test_default",
    "tests/decorator/test_w3.py::OriginsW3TestCase::test_wildcard_default_origins",
    "tests/decorator/test_w3.py::OriginsW3TestCase::test_wildcard_origin_header",
    "tests/extension/test_app_extension.py::AppExtensionRegexp::test_defaults_with_origin",
    "tests/extension/test_app_extension.py::AppExtensionRegexp::test_regex_list",
}

# Stands in for `flask_cors`, and for the constants that its tests take from `flask_cors.core`
ALIAS = """
import re, sys, types
import corswsgi.flask

flask_cors, core = types.ModuleType("flask_cors"), types.ModuleType("flask_cors.core")
flask_cors.__dict__.update(
    CORS=corswsgi.flask.CORS, cross_origin=corswsgi.flask.cross_origin, __all__=["CORS", "cross_origin"], core=core
)
ACL = "Access-Control-"
core.__dict__.update(
    re=re,
    ACL_ORIGIN=ACL + "Allow-Origin",
    ACL_METHODS=ACL + "Allow-Methods",
    ACL_ALLOW_HEADERS=ACL + "Allow-Headers",
    ACL_EXPOSE_HEADERS=ACL + "Expose-Headers",
    ACL_CREDENTIALS=ACL + "Allow-Credentials",
    ACL_MAX_AGE=ACL + "Max-Age",
    ACL_RESPONSE_PRIVATE_NETWORK=ACL + "Allow-Private-Network",
    ACL_REQUEST_METHOD=ACL + "Request-Method",
    ACL_REQUEST_HEADERS=ACL + "Request-Headers",
    ACL_REQUEST_HEADER_PRIVATE_NETWORK=ACL + "Request-Private-Network",
    ALL_METHODS=["GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"],
)
sys.modules.update({"flask_cors": flask_cors, "flask_cors.core": core})
"""


def run(*command: str, folder: Path, timeout: int) -> subprocess.CompletedProcess[str]:
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_", "COVERAGE"))
    }
    return subprocess.run(  # noqa: S603  (of this interpreter's own modules)
        [sys.executable, "-m", *command],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fetch the sdist, unpack its tests and put the alias beside them."""
    folder = tmp_path_factory.mktemp("flask-cors")
    fetch = run("pip", "download", "--no-deps", "--no-binary", ":all:", SDIST, folder=folder, timeout=60)
    sdists = list(folder.glob("*.tar.gz"))
    if not sdists:
        if os.environ.get("CI"):
            pytest.fail(f"pip could not fetch {SDIST}:\n{fetch.stderr}")
        pytest.skip(f"pip could not fetch {SDIST}: {(fetch.stderr.strip().splitlines() or ['no reason given'])[-1]}")
    with tarfile.open(sdists[0]) as archive:
        archive.extractall(folder, filter="data")
    (root,) = (path.parent for path in folder.glob("*/PKG-INFO"))
    (root / "conftest.py").write_text(ALIAS, "utf-8")
    return root


def test_all_of_them_pass_but_those_that_are_named(suite: Path) -> None:
    # its tests of private functions do not count; its own configuration is not for us
    options = ["-q", "-rfE", "-c", os.devnull, "--rootdir", ".", "-p", "no:cacheprovider", "--tb", "no"]
    result = run("pytest", *options, "tests", "--ignore", "tests/core/test_helpers.py", folder=suite, timeout=60)
    outcomes = [line.split(" ", 2) for line in result.stdout.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    assert {name for _, name, *_ in outcomes} == NOT_MET, result.stdout + result.stderr
    assert f"{len(NOT_MET)} failed, {89 - len(NOT_MET)} passed, 1 skipped" in result.stdout


def test_docs_name_each_of_them_and_no_other() -> None:
    docs = corswsgi.flask.__doc__ or ""
    named = re.findall(r"^    (\w+/\w+) (\w+):", docs.partition("own tests pass, except these")[2], re.MULTILINE)
    assert sorted(named) == sorted(re.findall(r"tests/(\w+/\w+)\.py::\w+::(\w+)", " ".join(NOT_MET)))
