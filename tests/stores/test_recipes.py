"""The recipes of `examples/` with the real stores: a tenant's origin comes and goes, a store that hangs blocks nobody.

Each recipe polls faster here than it does when it is copied; nothing else of it is changed.
"""

import os
import runpy
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
import redis

import corswsgi
from corswsgi import LoadedOrigins
from tests.stores.conftest import DEADLINE
from tests.support.asking import ask

EXAMPLES = Path(__file__).parents[2] / "examples"
HOST, OTHER = "a.shop.example", "b.shop.example"
ORIGIN = "https://store.customer.example"

Recipe = dict[str, Any]


def run_recipe(name: str, monkeypatch: pytest.MonkeyPatch, **environ: str) -> Recipe:
    """Run a recipe as a program is run, with these variables, and 50 ms in place of its 10 s."""

    def faster(*arguments: Any, **options: Any) -> LoadedOrigins:
        return LoadedOrigins(*arguments, **(options | {"every": 0.05}))

    monkeypatch.setattr(corswsgi, "LoadedOrigins", faster, raising=False)
    for variable, value in environ.items():
        monkeypatch.setenv(variable, value)
    return runpy.run_path(str(EXAMPLES / name))


def allows(recipe: Recipe, host: str) -> bool:
    response = ask(recipe["application"], "/api/orders", host=host, origin=ORIGIN)
    assert response.status == "200 OK"
    return ("Access-Control-Allow-Origin", ORIGIN) in response.headers


def eventually(condition: Callable[[], bool]) -> bool:
    end = monotonic() + DEADLINE
    while monotonic() < end:
        if condition():
            return True
        sleep(0.01)  # the store is polled
    return False


def check_that_a_tenants_origin_comes_and_goes(
    recipe: Recipe, add: Callable[[], None], remove: Callable[[], None]
) -> None:
    assert not allows(recipe, HOST)
    add()
    assert eventually(lambda: allows(recipe, HOST))
    assert not allows(recipe, OTHER)
    remove()
    assert eventually(lambda: not allows(recipe, HOST))
    assert recipe["origins"].status().failing_since is None


class TestRedis:
    @pytest.fixture
    def recipe(self, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recipe]:
        recipe = run_recipe("tenants_redis.py", monkeypatch, REDIS_URL=redis_url)
        yield recipe
        recipe["client"].flushall()

    def test_a_tenants_origin_comes_and_goes(self, recipe: Recipe) -> None:
        change = recipe["change"]
        check_that_a_tenants_origin_comes_and_goes(
            recipe, lambda: change(HOST, ORIGIN, allowed=True), lambda: change(HOST, ORIGIN, allowed=False)
        )

    def test_thousands_of_origins_come_in_pages(self, recipe: Recipe) -> None:
        recipe["client"].sadd("cors:origins", *(f"{n}.shop.example https://{n}.example" for n in range(5000)))
        recipe["origins"].load_now()
        assert recipe["origins"].status().count == 5000

    def test_no_request_waits_for_a_store_that_hangs(self, recipe: Recipe, redis_url: str) -> None:
        recipe["change"](HOST, ORIGIN, allowed=True)
        assert eventually(lambda: allows(recipe, HOST))
        redis.Redis.from_url(redis_url).client_pause(5000, all=True)  # longer than the time-out of the recipe, 2 s
        assert eventually(lambda: recipe["origins"].status().failing_since is not None)
        answers: list[bool] = []
        asking = threading.Thread(target=lambda: answers.extend(allows(recipe, HOST) for _ in range(1000)))
        asking.start()
        asking.join(DEADLINE)  # were each to wait for the time-out, it would take half an hour
        assert answers == [True] * 1000
        assert eventually(lambda: recipe["origins"].status().failing_since is None)


def sql_changes(recipe: Recipe) -> tuple[Callable[[], None], Callable[[], None]]:
    allowed, change = recipe["allowed"], recipe["change"]
    return (
        lambda: change(allowed.insert().values(host=HOST, origin=ORIGIN)),
        lambda: change(allowed.delete().where(allowed.c.origin == ORIGIN)),
    )


def test_a_tenants_origin_comes_and_goes_in_sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'tenants.sqlite'}"
    recipe = run_recipe("tenants_sqlalchemy.py", monkeypatch, DATABASE_URL=url)
    check_that_a_tenants_origin_comes_and_goes(recipe, *sql_changes(recipe))


def test_a_tenants_origin_comes_and_goes_in_postgresql(postgresql_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = run_recipe("tenants_sqlalchemy.py", monkeypatch, DATABASE_URL=postgresql_url)
    check_that_a_tenants_origin_comes_and_goes(recipe, *sql_changes(recipe))


def test_a_tenants_origin_comes_and_goes_in_the_orm_of_django(tmp_path: Path) -> None:
    project = EXAMPLES / "tenants_django"
    environ = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "settings",
        "DATABASE": str(tmp_path / "tenants.sqlite"),
        "PYTHONPATH": os.pathsep.join([str(project), *sys.path]),
    }
    for program in (["-m", "django", "migrate", "--run-syncdb", "-v0"], ["-m", "tests.stores.django_recipe"]):
        subprocess.run([sys.executable, *program], check=True, env=environ)  # noqa: S603  (our own commands)
