"""``{ load = "module:name" }`` in a file: imports, accepted objects and refused ones."""

import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from corswsgi import LoadedOrigins, PolicyError, PolicyFile, Problem, load_policies
from corswsgi.files import read_policies
from corswsgi.files.loading import NamedOrigins
from corswsgi.files.watched import PolicyFile as Watched

A, B = "https://a.example", "https://b.example"
TENANTS = f"""
from corswsgi import LoadedOrigins
origins = LoadedOrigins(lambda: ["{A}"])
class held:
    origins = LoadedOrigins(lambda: ["{B}"])
listed = ["{A}"]
"""
Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.chdir(tmp_path)

    def write(name: str, text: str) -> Path:
        module = name.partition(".")[0]
        monkeypatch.setitem(sys.modules, module, sys)  # so that it is put back to nothing
        monkeypatch.delitem(sys.modules, module)
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def problem_of(file: Path) -> Problem:
    with pytest.raises(PolicyError) as caught:
        load_policies(file.name)
    [problem] = caught.value.problems
    return problem


def test_it_stands_beside_origins_that_are_written(write: Write) -> None:
    write("tenants_a.py", TENANTS)
    file = write("cors.toml", f'["/api/**"]\nallow_origins = ["{B}", {{ load = "tenants_a:origins" }}]\n')
    [policy] = load_policies(file).rows.values()
    assert policy is not None
    assert isinstance(policy.allow_origins[1], LoadedOrigins)
    assert policy.allows_origin(A)
    assert policy.allows_origin(B)


@pytest.mark.parametrize("field", ["allow_origins", "accept_writes_from"])
def test_it_may_be_alone_and_name_an_attribute_of_an_attribute(write: Write, field: str) -> None:
    write("tenants_b.py", TENANTS)
    file = write("cors.toml", f'["/api/**"]\n{field} = {{ load = "tenants_b:held.origins" }}\n')
    [policy] = load_policies(file).rows.values()
    [origins] = getattr(policy, field)
    assert origins(B, {})


@pytest.mark.parametrize(
    ("load", "message"),
    [
        pytest.param('"tenants_c"', 'load is not the name of a LoadedOrigins: "tenants_c"', id="no name"),
        pytest.param('"tenants_c:"', 'load is not the name of a LoadedOrigins: "tenants_c:"', id="an empty name"),
        pytest.param('"../tenants:x"', 'load is not the name of a LoadedOrigins: "../tenants:x"', id="a path"),
        pytest.param("7", "load is not the name of a LoadedOrigins: 7", id="a number"),
        pytest.param('"no_such:x"', '"no_such:x" cannot be imported: ModuleNotFoundError', id="no module"),
        pytest.param('"tenants_c:nobody"', '"tenants_c:nobody" cannot be imported: AttributeError', id="no attribute"),
        pytest.param('"tenants_c:listed"', '"tenants_c:listed" is of type list, not a LoadedOrigins', id="a list"),
        pytest.param('"leaves:x"', '"leaves:x" cannot be imported: SystemExit', id="a module that exits"),
    ],
)  # fmt: skip
def test_what_is_not_loaded_origins_is_a_problem_at_its_line(write: Write, load: str, message: str) -> None:
    write("tenants_c.py", TENANTS)
    write("leaves.py", "raise SystemExit")
    file = write("cors.toml", f'["/api/**"]\nallow_origins = [\n  "{A}",\n  {{ load = {load} }},\n]\n')
    problem = problem_of(file)
    assert (problem.code, problem.field, str(problem.place)) == (
        "load-not-found", '"/api/**".allow_origins[1]', "cors.toml:4",
    )  # fmt: skip
    assert problem.message.startswith(message)
    assert '{ load = "shop.tenants:origins" }' in problem.hint


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("allow_origins", '[{ load = "x:y", every = 3 }]', id="beside something else"),
        pytest.param("allow_methods", '[{ load = "x:y" }]', id="a field that is not of origins"),
        pytest.param("no_such_field", '{ load = "x:y" }', id="a field that does not exist"),
    ],
)
def test_other_tables_are_refused_as_before(write: Write, field: str, value: str) -> None:
    origins = "" if field == "allow_origins" else f'allow_origins = ["{A}"]\n'
    file = write("cors.toml", f'["/api/**"]\n{origins}{field} = {value}\n')
    assert problem_of(file).code in {"wrong-type", "unknown-field"}


def test_nothing_is_imported_where_nothing_shall_be(write: Write) -> None:
    file = write("cors.toml", '["/api/**"]\nallow_origins = { load = "no_such_module:origins" }\n')
    table, _ = read_policies(file, importing=False)
    [policy] = table.rows.values()
    assert policy is not None
    [origins] = policy.allow_origins
    assert origins == NamedOrigins("no_such_module:origins")
    assert origins != NamedOrigins("another:origins")
    assert hash(origins) == hash(NamedOrigins("no_such_module:origins"))
    assert str(origins) == "origins loaded by no_such_module:origins"
    assert not policy.allows_origin(A)


def test_reload_whose_import_fails_keeps_the_table_before(
    write: Write, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(sys.modules[Watched.__module__], "monotonic", lambda: now)
    file = write("cors.toml", f'["/api/**"]\nallow_origins = "{A}"\n')
    os.utime(file, (1, 1))
    policies = PolicyFile(file, check_every=1)
    before = policies()
    file.write_text('["/api/**"]\nallow_origins = { load = "no_such_module:origins" }\n')
    os.utime(file, (2, 2))
    for now in (10.0, 20.0, 30.0):  # noqa: B007  (the clock)
        policies()
    assert policies() is before
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert "load-not-found" in caplog.text
