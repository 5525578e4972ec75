"""The sentence about a row is the same in each run: it contains no address in memory."""

from collections.abc import Mapping
from functools import partial

import pytest

from corswsgi import Policy
from corswsgi.cli.words import in_words
from corswsgi.origins import OriginPattern


class Tenants:
    def __call__(self, origin: str, environ: Mapping[str, object]) -> bool:
        raise NotImplementedError

    def known(self, origin: str, environ: Mapping[str, object]) -> bool:
        raise NotImplementedError


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        (Tenants(), "Tenants"),
        (Tenants().known, "Tenants.known"),
        (partial(Tenants().known), "Tenants.known"),
        (partial(Tenants()), "Tenants"),
    ],
)
def test_function_of_origins_is_named(pattern: OriginPattern, name: str) -> None:
    described = in_words(Policy(allow_origins=pattern))
    assert described == f"pages of origins that {name} accepts may send GET, HEAD and POST"
