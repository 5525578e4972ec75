"""The lines of keys and entries, compared with documents that were written line by line."""

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from corswsgi.files.toml_lines import KeyPath, Places

DOCUMENT = r"""# ["/not"] a = [
"/top".allow_origins = "*"
["/a".'b' . c]    # don't
one = [ # first
  1.5, "]",
  DDD
  several, lines \DDD ]
  DDD, [7,
  8], { x = "y," },

  1979-05-27 07:32:00
]
  two = DDD"quoted"DDD"
three = { four = [1,
  2], five = "#" }
["/\u00e9"]
six = ''''in ' quotes'''''
[[list]]
seven = 7""".replace("DDD", '"' * 3)


def lines(text: str, *paths: KeyPath) -> list[int | None]:
    places = Places("cors.toml", text)
    return [places.of(*path).line for path in paths]


def test_lines_of_keys_and_entries_in_every_form_of_the_grammar() -> None:
    tomllib.loads(DOCUMENT)
    key = ("/a", "b", "c")
    assert lines(DOCUMENT, ("/top",), ("/top", "allow_origins"), key[:1], key[:2], key) == [2, 2, 3, 3, 3]
    assert lines(DOCUMENT, (*key, "one"), *((*key, "one", index) for index in range(6))) == [4, 5, 5, 6, 8, 9, 11]
    assert lines(DOCUMENT, (*key, "two"), (*key, "three"), ("/é",), ("/é", "six")) == [13, 14, 16, 17]
    assert lines(DOCUMENT, ("list",), ("list", "seven")) == [18, 19]


def test_what_has_no_line_has_that_of_what_holds_it() -> None:
    text = '["/a"]\n\nx = "*"'
    assert lines(text, ("/a", "y"), ("/a", "x", 3), ("/b",), ()) == [1, 3, None, None]


def test_entries_counted_anew_have_the_lines_of_their_sources() -> None:
    places = Places("cors.toml", "x = [\n1,\n2\n]")
    places.recount(("x",), [0, 0, 1])
    assert [str(places.of("x", index)) for index in range(3)] == ["cors.toml:2", "cors.toml:2", "cors.toml:3"]


KEYS = st.text(st.characters(codec="utf-8"), max_size=5)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=8) | st.text("[]{},=.#\"'\\\n $", max_size=8)
GAPS = st.lists(st.sampled_from(["", "  ", "# a ] comment [", "# '"]), max_size=2)
ENTRIES = st.lists(st.tuples(GAPS, TEXTS, st.booleans()), max_size=3)


def quoted(text: str) -> str:
    """Write a string of TOML, of one line or of several."""
    escaped = "".join(c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08x}" for c in text)
    return f'"{escaped}"'


def long(text: str) -> str:
    return f'"""{quoted(text)[1:-1]}\n"""'


@given(st.dictionaries(KEYS, st.tuples(GAPS, st.dictionaries(KEYS, st.tuples(GAPS, ENTRIES), max_size=3)), max_size=3))
def test_lines_are_those_on_which_everything_was_written(tables: Any) -> None:
    text = ""
    expected: dict[KeyPath, int] = {}

    def write(gap: list[str], piece: str, *path: str | int) -> None:
        nonlocal text
        text += "".join(f"{line}\n" for line in gap)
        expected[path] = text.count("\n") + 1
        text += piece

    for table, (gap, fields) in tables.items():
        write(gap, f"[{quoted(table)}]\n", table)
        for field, (before, entries) in fields.items():
            write(before, f"{quoted(field)} = [\n", table, field)
            for index, (above, entry, is_long) in enumerate(entries):
                write(above, f"{long(entry) if is_long else quoted(entry)},\n", table, field, index)
            text += "]\n"
    assert set(tomllib.loads(text)) == set(tables)
    assert lines(text, *expected) == list(expected.values())
