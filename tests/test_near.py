"""Names that people write: the word or the letters by which each is understood."""

import pytest

from corswsgi.near import WORDS, in_snake_case, meant, nearest


@pytest.mark.parametrize("name", ["max_age", "maxAge", "Max-Age", " MAX_AGE ", "CORS_MAX_AGE"])
def test_name_of_any_case_becomes_snake_case(name: str) -> None:
    assert in_snake_case(name) == "max_age"


@pytest.mark.parametrize(
    ("name", "right"),
    [
        pytest.param("allowHeaders", "allow_headers", id="the name itself"),
        pytest.param("allowed_request_headers", "allow_headers", id="words that say nothing"),
        pytest.param("whitelist_origins", "allow_origins", id="words in another order"),
        pytest.param("exposes_headers", "expose_headers", id="words with an s"),
        pytest.param("allow_all", "allow_origins", id="the first for all"),
        pytest.param("alow_methds", "allow_methods", id="letters"),
        pytest.param("timeout", None, id="nothing of the kind"),
    ],
)
def test_name_is_understood_by_its_words_and_then_by_its_letters(name: str, right: str | None) -> None:
    assert meant(name, WORDS.keys(), WORDS, cutoff=0.7) == right


@pytest.mark.parametrize(("field", "word"), [(field, word) for field, words in WORDS.items() for word in words])
def test_every_word_can_be_met(field: str, word: str) -> None:
    assert meant(word.replace(" ", "_"), (), {field: [word]}, cutoff=1) == field


def test_nearest_name_has_nearly_the_same_letters() -> None:
    assert nearest("engin", ["engine", "origin"]) == "engine"
    assert nearest("speed", ["engine", "origin"]) is None
