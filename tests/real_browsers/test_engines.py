"""The simulator's profiles match real engines: in those that are installed, and in the records of all."""

import json
import os
from typing import TYPE_CHECKING

import pytest

from tests.real_browsers.agreement import ENGINES, LISTED, SEEN, compare, plain
from tests.real_browsers.corpus import cases, simulated

if TYPE_CHECKING:
    from corswsgi.browser.engines import EngineName


@pytest.mark.parametrize("engine", ENGINES)
def test_the_engine_does_in_every_case_what_its_profile_says(engine: "EngineName") -> None:
    if ENGINES[engine].find() is None:
        if engine == "chromium" and os.environ.get("CI"):
            pytest.fail("Chromium is not installed, and CI must not go without it", pytrace=False)
        pytest.skip(f"{ENGINES[engine].NAME} is not installed")
    assert compare(engine).surprises == {}


@pytest.mark.parametrize("engine", ENGINES)
def test_the_profile_says_in_every_case_what_was_seen(engine: "EngineName") -> None:
    seen = json.loads(SEEN.read_text())[engine]
    for case in cases():
        if case["id"] not in LISTED[engine]:
            expected = seen.get(case["id"]) or plain(simulated(case, "standard"))
            assert plain(simulated(case, engine)) == expected, case["id"]
