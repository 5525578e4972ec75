"""Applications for `corswsgi audit`, and the expected findings."""

import json

from tests.support.commands import run

POLICIES = """
from corswsgi import CORSMiddleware, Policy

frontend = Policy(allow_origins="https://app.example.com", allow_credentials=True, allow_methods="PUT")
public = Policy(allow_origins="*")
"""
NOTHING = "no CORS: no row and no view has a policy for it"
FRONTEND = "pages of https://app.example.com may send PUT with cookies"
PUBLIC = "pages of any origin may send GET, HEAD and POST"


def audit(target: str) -> list[tuple[str, str, str | None, str]]:
    """Give the path, the methods, the place of the policy and its meaning, in the order of paths."""
    result = run("audit", target, "--json")
    assert result.stderr == ""
    told = json.loads(result.stdout)
    return sorted((each["path"], " ".join(each["methods"]), each["from"], each["means"]) for each in told["routes"])


def findings(target: str, *arguments: str) -> set[tuple[str, str]]:
    told = json.loads(run("audit", target, "--json", *arguments).stdout)
    lists = [told["findings"], *(each["findings"] for each in told["routes"])]
    return {(each["risk"], each["about"]) for found in lists for each in found}
