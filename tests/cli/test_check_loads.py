"""``corswsgi check --load``: the origins of a store, the entries that are left out, and why."""

import json
import logging

from corswsgi.cli.output import printable
from tests.support.commands import Write, run

TENANTS = """
    from corswsgi import LoadedOrigins

    def load():
        return ["https://a.example", "http://b.example", 7, "https://c.example/\\x1b[31m"]

    def down():
        raise OSError("the store\\nis down")

    def by_host():
        return {"a.shop": ["https://a.example"]}

    origins = LoadedOrigins(load)
    broken = LoadedOrigins(down)
    scoped = LoadedOrigins(by_host, scope=lambda environ: environ.get("HTTP_HOST"))
"""


def row(name: str, more: str = "") -> str:
    return f'["/{name}/**"]\nallow_origins = ["https://app.example.com", {{ load = "tenants:{name}" }}]\n{more}'


def test_without_load_nothing_is_imported_and_the_name_is_shown(write: Write) -> None:
    write("cors.toml", row("origins", "allow_credentials = true\n"))
    result = run("check", "cors.toml")
    assert result.exit_code == 0
    assert "pages of https://app.example.com and origins loaded by tenants:origins may send" in result.stdout
    rows = json.loads(run("check", "cors.toml", "--json").stdout)["rows"]
    assert rows[0]["policy"]["allow_origins"] == ["https://app.example.com", "origins loaded by tenants:origins"]


def test_entries_that_are_left_out_are_listed_and_why(write: Write) -> None:
    write("tenants.py", TENANTS)
    write("cors.toml", row("origins") + row("scoped"))
    result = run("check", "--load", "cors.toml")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert "origins loaded by load: 1, left out: 3" in lines
    assert "origins loaded by by_host: 1, left out: 0" in lines
    assert any(line.startswith("    http://b.example: ") for line in lines)
    assert any(line.startswith("    7: ") and "string" in line for line in lines)
    assert result.stdout.replace("\n", "") == printable(result.stdout.replace("\n", ""))


def test_store_that_fails_is_one_line_and_exits_with_1(write: Write) -> None:
    write("tenants.py", TENANTS)
    write("cors.toml", row("broken"))
    result = run("check", "--load", "cors.toml")
    assert result.exit_code == 1
    assert "origins loaded by down: failed: OSError: the store is down" in result.stdout.splitlines()
    assert "Traceback" not in result.output
    assert not logging.getLogger("corswsgi").disabled
    found = json.loads(run("check", "--load", "--json", "cors.toml").stdout)["loaded"]
    assert found == [
        {"name": "origins loaded by down", "count": 0, "error": "OSError: the store is down", "refused": []}
    ]


def test_list_for_all_tenants_with_credentials_is_warned_of(write: Write) -> None:
    write("tenants.py", TENANTS)
    credentials = "allow_credentials = true\n"
    write("cors.toml", row("origins", credentials) + row("scoped", credentials) + row("broken"))
    warnings = json.loads(run("check", "--load", "--json", "cors.toml").stdout)["warnings"]
    assert [(each["code"], each["field"]) for each in warnings if "loaded" in each["code"]] == [
        ("loaded-without-scope", '"/origins/**".allow_origins[1]')
    ]


def test_audit_finds_it_too(write: Write) -> None:
    write("tenants.py", TENANTS)
    write("cors.toml", row("origins", "allow_credentials = true\n") + row("scoped", "allow_credentials = true\n"))
    routes = json.loads(run("audit", "cors.toml", "--json").stdout)["routes"]
    found = [(route["path"], each["risk"]) for route in routes for each in route["findings"]]
    assert [each for each in found if each[1] == "loaded-without-scope"] == [("/origins/**", "loaded-without-scope")]
