"""A project migrates from django-cors-headers: that library's tests pass, except for those that the docs name."""

import json
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

import corswsgi.django

RELEASE = "django-cors-headers==4.1.0"  # the latest whose sdist has tests
TESTS_IN_IT = 41
DEADLINE = 120  # seconds, to fetch it or to run it


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fetch what is to be replaced, by its name; without a package index these tests are left out, save in CI."""
    folder = tmp_path_factory.mktemp("sdist")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary=django-cors-headers"]
    fetched = subprocess.run(  # noqa: S603  (pip, of this environment)
        [*command, "--dest", str(folder), RELEASE], capture_output=True, text=True, timeout=DEADLINE, check=False
    )
    if fetched.returncode:
        message = f"pip could not fetch {RELEASE}: {fetched.stderr}"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    [archive] = folder.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    [unpacked] = (path for path in folder.iterdir() if path.is_dir())
    return unpacked


def test_tests_of_its_middleware_pass_but_for_those_that_the_docs_name(sdist: Path) -> None:
    done = subprocess.run(  # noqa: S603  (our own program)
        [sys.executable, "-m", "tests.support.django_cors_headers", str(sdist)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["ran"] == TESTS_IN_IT
    named = set(re.findall(r"\btest_\w+", str(corswsgi.django.__doc__)))
    assert {name: trace for name, trace in result["failed"].items() if name not in named} == {}
    assert named - result["failed"].keys() == set()
