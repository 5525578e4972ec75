"""Regexes with credentials: what is accepted writes out the domain, and equal regexes have one verdict."""

import re
from random import Random
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from corswsgi import Policy, PolicyError
from corswsgi.hosts import is_loopback, registrable_domain
from corswsgi.standard import SERIALIZED_ORIGIN
from tests.support.regexes import ORIGINS, Letters, Part, letters_of, spelling_of

SEEDS = st.integers(0, 2**32).map(Random)
PRIVATE = re.compile(r"(?:10|127|192\.168|172\.(?:1[6-9]|2\d|3[01]))(?:\.[0-9.]*)")


def policy_of(source: str, **fields: Any) -> Policy | list[str]:
    try:
        return Policy(allow_origins=re.compile(source), **fields)
    except PolicyError as error:
        return sorted(problem.code for problem in error.problems)


def is_spelt_out(letters: Letters) -> bool:
    """Return whether the registrable domain of an origin is written out in the regex, in one piece."""
    origin = "".join(letter for letter, _ in letters)
    parsed = SERIALIZED_ORIGIN.fullmatch(origin)
    assert parsed is not None
    host = parsed["host"]
    if is_loopback(host) or PRIVATE.fullmatch(host):
        return True
    name = host.removesuffix(".")
    domain = registrable_domain(re.sub(r"\.\.+", ".", name).removeprefix("."))  # the host of a program may have any
    end = parsed.start("host") + len(name)
    pieces = {written for _, written in letters[end - len(domain) : end]}
    return len(pieces) <= 1 and None not in pieces


@given(ORIGINS, SEEDS)
@settings(max_examples=300, deadline=None)
def test_domain_of_whatever_an_accepted_regex_matches_is_written_out(part: Part, random: Random) -> None:
    policy = policy_of(spelling_of(part, random), allow_credentials=True, dangerously_allow_insecure_origins=True)
    event("accepted" if isinstance(policy, Policy) else ", ".join(policy))
    if not isinstance(policy, Policy):
        return
    for _ in range(30):
        letters = letters_of(part, random)
        if policy.allows_origin("".join(letter for letter, _ in letters)):
            assert is_spelt_out(letters)


@given(ORIGINS, SEEDS, st.booleans())
@settings(max_examples=300, deadline=None)
def test_verdict_on_a_regex_does_not_depend_on_its_spelling(part: Part, random: Random, credentials: bool) -> None:
    sources = [spelling_of(part, random) for _ in range(3)]
    verdicts = [policy_of(source, allow_credentials=credentials) for source in sources]
    codes = [[] if isinstance(verdict, Policy) else verdict for verdict in verdicts]
    assert codes == [codes[0]] * len(codes), sources
