"""Who may import whom, and what ``import corswsgi`` brings."""

import ast
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import corswsgi

PACKAGE = Path(corswsgi.__file__).parent
SAYING = ("errors", "problems", "vocabularies")  # what is wrong, in the words of whoever reads it
ROOMS = {
    "errors": set[str](),
    "vocabularies": set[str](),
    "problems": {"errors", "vocabularies"},
    "standard": set[str](),
    "hosts": set[str](),
    "regexes": {"regexes"},
    "calls": {"near", "vocabularies"},
    "near": set[str](),
    "origins": {*SAYING, "calls", "hosts", "origins", "regexes", "standard"},
    "surfaces": set(),
    "variables": {*SAYING, "near", "surfaces"},
    "checks": {*SAYING, "origins", "standard"},
    "misnamed": {*SAYING, "near", "surfaces"},
    "policy": {*SAYING, "calls", "checks", "misnamed", "origins", "surfaces", "variables"},
    "paths": {*SAYING, "misnamed", "paths", "policy", "regexes"},
    "decision": {*SAYING, "policy"},
    "answers": {"decision", "origins", "policy", "standard"},
    "writes": {"decision", *SAYING, "origins", "policy", "standard"},
    "response_headers": {"answers"},
    "intercept": {"answers"},
    "rows": {"answers", "decision", "policy", "response_headers", "writes"},
    "middleware": {
        "calls", "checks", "decision", "misnamed", *SAYING, "standard", "intercept", "paths", "policy", "rows",
        "writes",
    },
    "browser": {"browser", "calls", "hosts", "standard"},
    "files": {*SAYING, "calls", "files", "origins", "paths", "policy", "variables"},
    "gunicorn": {*SAYING, "calls", "files", "middleware", "writes"},
    "paste": {"calls", "files", "middleware"},
    "lenient": {"checks", *SAYING, "origins", "policy", "standard"},
    "marks": {"policy", "vocabularies"},
    "take_over": {"marks"},
    "per_view": {
        "answers", "decision", *SAYING, "intercept", "marks", "paths", "policy", "response_headers", "rows",
    },
    "per_view_writes": {"answers", "decision", "paths", "per_view", "policy", "writes"},
    "bottle": {
        *SAYING, "calls", "decision", "marks", "middleware", "paths", "per_view", "per_view_writes", "rows",
        "take_over", "writes",
    },
    "django": {
        "calls", "decision", "django", "lenient", *SAYING, "marks", "middleware", "near", "origins", "paths",
        "per_view", "per_view_writes", "policy", "rows", "writes",
    },
    "flask": {
        "answers", "decision", *SAYING, "flask", "lenient", "marks", "middleware", "near", "origins", "paths",
        "per_view", "per_view_writes", "policy", "rows", "standard", "take_over", "writes",
    },
    "__init__": {*SAYING, "origins", "policy", "paths", "decision", "middleware", "files"},
    "cli": {
        "answers", "browser", "cli", "decision", *SAYING, "files", "hosts", "marks", "middleware", "near", "origins",
        "paths", "per_view", "playground", "policy", "standard", "surfaces",
    },
    "playground": {
        "browser", "cli", *SAYING, "files", "middleware", "paths", "playground", "policy", "surfaces", "vocabularies",
        "writes",
    },
    "__main__": {"cli"},
}  # fmt: skip


def imported(source: str) -> set[str]:
    """Name the modules of the package that `source` imports, at the top or anywhere below."""
    names = set[str]()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module is not None and node.level == 0:
            names.add(node.module)
        elif isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        else:
            assert not isinstance(node, ast.ImportFrom), "relative imports hide who imports whom"
    return {name.split(".")[1] if "." in name else name for name in names if name.split(".")[0] == "corswsgi"}


@pytest.mark.parametrize("module", sorted(str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py")))
def test_module_imports_only_what_the_design_lets_it(module: str) -> None:
    room = Path(module).parts[0].removesuffix(".py")
    if room not in ROOMS:
        pytest.fail(f"{room} is not in ROOMS: write down which rooms it may import")
    assert imported((PACKAGE / module).read_text("utf-8")) <= ROOMS[room]


def test_no_room_is_allowed_an_import_that_it_does_not_need() -> None:
    needed: dict[str, set[str]] = {room: set() for room in ROOMS}
    for path in PACKAGE.rglob("*.py"):
        needed[path.relative_to(PACKAGE).parts[0].removesuffix(".py")] |= imported(path.read_text("utf-8"))
    too_many = {room: sorted(may - needed[room] - set(SAYING)) for room, may in ROOMS.items()}
    assert {room: names for room, names in too_many.items() if names} == {}


# Private names of others, which nothing public tells
OF_OTHERS = {
    ("cli/foreign.py", "_hooks"): "Bottle's hooks of an application",
    ("django/front.py", "_view_middleware"): "the middlewares of a Django handler that see the view, since Django 1.10",
    ("flask/debugger.py", "_getframe"): "the frames that call this one, as Python documents it",
}


def private_names(source: str) -> set[str]:
    """Find the private names that a module imports from, or reads of, anything that it does not define itself."""
    tree = ast.parse(source)
    own = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and is_of_itself(node)}
    own |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    own |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
    names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)} - own
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        if ast.unparse(call.func) in {"getattr", "hasattr", "setattr"} and isinstance(call.args[1], ast.Constant):
            names.add(str(call.args[1].value))
    return {name for name in names if name.startswith("_") and not name.startswith("__")}


def is_of_itself(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"}


@pytest.mark.parametrize("module", sorted(str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py")))
def test_module_reads_no_private_name_of_another(module: str) -> None:
    found = {name for name in private_names((PACKAGE / module).read_text("utf-8")) if (module, name) not in OF_OTHERS}
    assert not found, f"{module} reads private names of another module; give what it needs a public name: {found}"


def test_private_name_is_found_however_it_is_read() -> None:
    source = "from corswsgi.a import _b\nc._d\ngetattr(e, '_f')\nself._g = 1\nh._g\ni.__class__"
    assert private_names(source) == {"_b", "_d", "_f"}


def files_imported(path: Path) -> set[Path]:
    """Find the files of the package that importing `path` needs, now or later, but for the rooms that it stands in.

    Importing ``corswsgi.a.b`` runs ``corswsgi/a/__init__.py`` first.
    """
    found = set[Path]()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            names = [str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            top, *parts = name.split(".")
            if top == "corswsgi":
                for end in range(1, len(parts) + 1):
                    target = PACKAGE.joinpath(*parts[:end])
                    found |= {target.with_suffix(".py"), target / "__init__.py"}
    own = {parent / "__init__.py" for parent in path.parents}
    return {each for each in found if each.is_file() and (each not in own or each == path)} - {path}


def test_no_file_needs_itself_to_be_imported() -> None:
    graph = {path: files_imported(path) for path in PACKAGE.rglob("*.py")}
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        cycle = " -> ".join(str(path.relative_to(PACKAGE)) for path in error.args[1])
        pytest.fail(f"these files import each other in a circle; move what they share to a file of its own: {cycle}")


def run_in_a_new_interpreter(program: str) -> str:
    completed = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)  # noqa: S603
    return completed.stdout


def test_import_brings_no_third_party_module_and_no_front_end() -> None:
    program = "import sys; before = set(sys.modules); import corswsgi; print(*sorted(set(sys.modules) - before))"
    tops = {name.split(".")[0] for name in run_in_a_new_interpreter(program).split()}
    assert tops - sys.stdlib_module_names == {"corswsgi"}
    assert tops.isdisjoint({"http", "email", "urllib", "socket", "asyncio", "difflib", "ipaddress", "tomllib"})


def test_what_reads_files_is_imported_when_it_is_asked_for() -> None:
    program = """if True:
        import sys, corswsgi
        assert "corswsgi.files" not in sys.modules
        from corswsgi import PolicyFile, load_policies
        assert "corswsgi.files" in sys.modules
        print(PolicyFile.__module__, load_policies.__module__, hasattr(corswsgi, "load_policy"))
    """
    assert run_in_a_new_interpreter(program).split() == ["corswsgi.files.watched", "corswsgi.files", "False"]


def test_public_names_are_those_of_the_design() -> None:
    assert sorted(corswsgi.__all__) == [
        "CORSMiddleware", "Decision", "LoadedOrigins", "OriginPattern", "Place", "Policies", "Policy", "PolicyError",
        "PolicyFile", "PolicyTable", "Problem", "load_policies",
    ]  # fmt: skip
