"""Render the docstrings of all public modules with Sphinx, in which every warning is an error."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from sphinx.cmd.build import build_main

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.support.public import PUBLIC_MODULES

CONFIGURATION = """
project = "corswsgi"
extensions = ["sphinx.ext.autodoc"]
import django
from django.conf import settings
settings.configure()
django.setup()
"""
MODULE = "\n{name}\n{line}\n\n.. automodule:: {name}\n   :members:\n   :undoc-members:\n   :show-inheritance:\n"

with TemporaryDirectory() as folder:
    pages = "".join(MODULE.format(name=name, line="-" * len(name)) for name in PUBLIC_MODULES)
    Path(folder, "conf.py").write_text(CONFIGURATION, "utf-8")
    Path(folder, "index.rst").write_text(f"corswsgi\n========\n{pages}", "utf-8")
    status = build_main(["-q", "-W", "--keep-going", "-b", "html", folder, f"{folder}/html"])
sys.exit(status)
