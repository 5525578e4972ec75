"""The Django projects in the documents: made by `startproject`, changed as is written, checked and tested."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.documents import ROOT, files_of

PAGES = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
DOCUMENTS = {path.name: files for path in PAGES if (files := files_of(path.read_text("utf-8")))}


def run(folder: Path, *arguments: str, **environment: str) -> str:
    result = subprocess.run(  # noqa: S603  (our own project)
        [sys.executable, "-B", "-W", "error", "-m", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout + result.stderr


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_documented_project_passes_its_checks_and_its_tests(name: str, tmp_path: Path) -> None:
    run(tmp_path, "django", "startproject", "shop", ".")
    for file, text in DOCUMENTS[name]:
        path = tmp_path / file
        if file.endswith("settings.py"):
            path.write_text(path.read_text("utf-8") + text, "utf-8")
        elif file.endswith("wsgi.py"):
            line = "from django.core.wsgi import get_wsgi_application\n"
            before = path.read_text("utf-8")
            assert line in before
            path.write_text(before.replace(line, text), "utf-8")
        else:
            path.write_text(text, "utf-8")
    assert "no issues" in run(
        tmp_path, "django", "check", "--fail-level=WARNING", DJANGO_SETTINGS_MODULE="shop.settings"
    )
    if "shop/tests.py" in dict(DOCUMENTS[name]):
        assert "\nOK" in run(tmp_path, "django", "test", DJANGO_SETTINGS_MODULE="shop.settings")


def test_documents_have_projects() -> None:
    assert "frameworks.md" in DOCUMENTS
