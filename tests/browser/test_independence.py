"""The simulator is the oracle of the tests: it must not use the code that answers requests."""

import ast
from pathlib import Path

import pytest

import corswsgi.browser

PACKAGE = Path(corswsgi.browser.__file__).parent


@pytest.mark.parametrize("path", [pytest.param(path, id=path.name) for path in sorted(PACKAGE.glob("*.py"))])
def test_it_imports_nothing_of_the_package_but_the_standard_s_lists(path: Path) -> None:
    imports = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {name.name for node in imports if isinstance(node, ast.Import) for name in node.names}
    names |= {node.module or "." for node in imports if isinstance(node, ast.ImportFrom)}
    ours = {name for name in names if name.partition(".")[0] in {"corswsgi", "."}}
    others = {name for name in ours if not name.startswith("corswsgi.browser.")}
    # calls has words for calls that no function takes
    assert others <= {"corswsgi.calls", "corswsgi.hosts", "corswsgi.standard"}
