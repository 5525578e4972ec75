"""Regexes of routes, as paths that a person can read."""

import re

import pytest

from corswsgi.cli.route_regexes import example_of, path_of, words_of


@pytest.mark.parametrize(
    ("regex", "path", "example"),
    [
        pytest.param(r"^items/(?P<pk>[^/.]+)/$", "items/<pk>/", "items/1/", id="as routers of REST framework write it"),
        pytest.param(
            r"^items\.(?P<format>[a-z0-9]+)/?$", "items.<format>", "items.1", id="a slash that may be missing"
        ),
        pytest.param(r"^old/(?P<y>(?:19|20)\d\d)/\Z", "old/<y>/", "old/1/", id="a group in a group"),
        pytest.param(r"^a/(\d+)/(?P<x>[)\]]+)$", "a/<var>/<x>", "a/1/1", id="a group without a name"),
        pytest.param(r"^50%b$", "50%b", "50%b", id="a percent sign"),
        pytest.param(r"^$", "", "", id="the root"),
        pytest.param(r"(?P<url>.*)$", "<url>", "1", id="anything, as the last route of Django's admin"),
    ],
)
def test_regex_of_literals_and_groups_is_a_path(regex: str, path: str, example: str) -> None:
    assert path_of(regex, is_view=True) == path
    assert example_of(regex) == example
    assert re.fullmatch(regex, path) or "<" in path


@pytest.mark.parametrize(
    "regex",
    [
        pytest.param(r"^api/", id="open at the end"),
        pytest.param(r"api/$", id="open at the beginning"),
        pytest.param(r"(?P<name>.+)/$", id="a group at the beginning"),
        pytest.param(r"^admin/.*$", id="anything"),
        pytest.param(r"^a\d$", id="a class outside of a group"),
        pytest.param(r"^x(?:foo|bar)/$", id="a choice"),
        pytest.param(r"^a|b$", id="a choice of all"),
        pytest.param(r"^a/(?P<x>\d+)?$", id="a group that may be missing"),
        pytest.param(r"(?i)^a/$", id="flags, which Django cannot reverse"),
        pytest.param("", id="empty"),
    ],
)
def test_regex_that_no_path_can_say_is_shown_as_one(regex: str) -> None:
    assert path_of(regex, is_view=True) == f"(regex {regex})"


@pytest.mark.parametrize(("regex", "path"), [(r"^api/", "api/"), ("", ""), (r"^(?:en|de)/", r"(regex ^(?:en|de)/)")])
def test_regex_of_an_include_is_a_beginning(regex: str, path: str) -> None:
    assert path_of(regex, is_view=False) == path


def test_words_of_a_regex_are_apart_and_names_of_groups_are_not_among_them() -> None:
    found = words_of(r"^(?:admin|log-in)/(?P<user>\w+)\.json$")
    assert [word for word in found.split("/") if word not in {"", "."}] == ["admin", "log-in", "json"]
