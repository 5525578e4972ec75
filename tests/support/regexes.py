"""Drawn regexes of origins: trees that are written in many spellings, and whose texts know which letters are spelt."""

import re
from dataclasses import dataclass
from random import Random

from hypothesis import strategies as st

LETTERS, DIGITS = "abcdefghijklmnopqrstuvwxyz", "0123456789"


@dataclass(frozen=True, slots=True)
class Text:
    """What is written out."""

    text: str


@dataclass(frozen=True, slots=True)
class OneOf:
    """A class of characters."""

    characters: str


@dataclass(frozen=True, slots=True)
class Any:
    """Any characters, ``.*``, or at least one, ``.+``."""

    least: int


@dataclass(frozen=True, slots=True)
class Row:
    """One after the other."""

    parts: "tuple[Part, ...]"


@dataclass(frozen=True, slots=True)
class Either:
    """One or the other."""

    parts: "tuple[Part, ...]"


@dataclass(frozen=True, slots=True)
class Times:
    """A part several times; without an end, where `most` is None."""

    part: "Part"
    least: int
    most: int | None


Part = Text | OneOf | Any | Row | Either | Times

# Each letter, and how the regex writes it out: None if it does not, or the repeats and optional parts around it
Written = tuple[int, ...] | None
Letters = list[tuple[str, Written]]


def letters_of(part: Part, random: Random, inside: tuple[int, ...] = ()) -> Letters:
    """Return a text that `part` matches."""
    if isinstance(part, Text):
        return [(letter, inside) for letter in part.text]
    if isinstance(part, OneOf):
        return [(random.choice(part.characters), None)]
    if isinstance(part, Any):
        text = random.choice(["", "x", "evil.com", ".", "-", "evil-", "a.b.", ".evil.org", "www", ".com", "1.2.3.4"])
        return [(letter, None) for letter in text or "x" * part.least]
    if isinstance(part, Row):
        return [letter for each in part.parts for letter in letters_of(each, random, inside)]
    if isinstance(part, Either):
        return letters_of(random.choice(part.parts), random, inside)
    times = random.randint(part.least, part.least + 2 if part.most is None else part.most)
    is_fixed = part.least == part.most
    around = [inside if is_fixed else (*inside, random.getrandbits(32)) for _ in range(times)]
    return [letter for each in around for letter in letters_of(part.part, random, each)]


def spelling_of(part: Part, random: Random) -> str:  # noqa: PLR0911  (one for each kind)
    """Return a regex for `part`, in one of its spellings."""
    if isinstance(part, Text):
        return _text(part.text, random)
    if isinstance(part, OneOf):
        return _class(part.characters, random)
    if isinstance(part, Any):
        anything = random.choice([".", ".", "[^\\n]", "(?:.{1})", "(?:[.]|[^.])"])
        return anything + random.choice(["*", "{0,}", "*?"] if part.least == 0 else ["+", "{1,}", "+?"])
    if isinstance(part, Row):
        return _grouped("".join(spelling_of(each, random) for each in part.parts), random)
    if isinstance(part, Either):
        branches = [spelling_of(each, random) for each in part.parts]
        if random.random() < 0.3:
            branches = [f"(?:{'|'.join(branches[:2])})", *branches[2:]]
        return random.choice(["(?:{})", "({})"]).format("|".join(branches))
    body = f"(?:{spelling_of(part.part, random)})"
    if (part.least, part.most) == (0, 1):
        return random.choice(
            [f"{body}?", f"{body}??", f"{body}{{0,1}}", f"(?:{body}|)", f"(?:|{body})", f"{body}{{,1}}"]
        )
    if part.least == part.most:
        return random.choice([f"{body}{{{part.least}}}", body * part.least])
    bounds = f"{{{part.least},{'' if part.most is None else part.most}}}"
    simple = {0: "*", 1: "+"}.get(part.least, bounds) if part.most is None else bounds
    return body + random.choice([simple, bounds])


def _grouped(source: str, random: Random) -> str:
    return random.choice(["{}", "{}", "{}", "(?:{})", "({})", "(?:){}", "{}(?!(?!))", "(?=){}"]).replace("{}", source)


def _text(text: str, random: Random) -> str:
    written = ""
    for letter in text:
        escaped = re.escape(letter)
        ways = [escaped, escaped, escaped, f"[{escaped}]", f"\\x{ord(letter):02x}", f"(?:{escaped})", f"{escaped}{{1}}"]
        written += random.choice(ways)
    return written


def _class(characters: str, random: Random) -> str:
    middle = random.randint(1, len(characters) - 1)
    one, other = (f"[{re.escape(part)}]" for part in (characters[:middle], characters[middle:]))
    ways = [f"[{re.escape(characters)}]", f"[{re.escape(characters[::-1])}]", f"(?:{one}|{other})"]
    ranges = {DIGITS: ["[0-9]", r"(?a:\d)"], LETTERS: ["[a-z]", "(?:[a-m]|[n-z])"]}
    return random.choice([*ways, *ranges.get(characters, [])])


DOMAINS = st.sampled_from(
    [
        "example.com",
        "shop.co.uk",
        "app.github.io",
        "a.dev",
        "localhost",
        "github.io",
        "com",
        "nip.io",
        "x.s3.amazonaws.com",
    ]
)
WORDS = st.sampled_from(["www", "a", "shop", "evil", "pr-", "-eu", "com", ".", ".", ".", "-", "1", "10.", "192.168."])
CLASSES = st.sampled_from([LETTERS, DIGITS, ".-", "ab", "12", "a.", LETTERS + DIGITS + "-", LETTERS + ".", "e."])
PARTS: st.SearchStrategy[Part] = st.recursive(
    st.one_of(
        WORDS.map(Text), WORDS.map(Text), DOMAINS.map(Text), CLASSES.map(OneOf), st.sampled_from([0, 1]).map(Any)
    ),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Row(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Either(tuple(parts))),
        st.tuples(inner, st.sampled_from([(0, 1), (0, 1), (0, None), (1, None), (1, 3), (2, 2)])).map(
            lambda drawn: Times(drawn[0], *drawn[1])
        ),
    ),
    max_leaves=4,
)
BEFORE: st.SearchStrategy[Part] = st.one_of(
    st.just(Text("")),
    st.just(Row((Any(0), Text(".")))),
    st.just(Times(Row((Any(1), Text("."))), 0, 1)),
    st.just(Row((Times(OneOf(LETTERS), 1, None), Text(".")))),
    st.tuples(PARTS, st.just(Text("."))).map(lambda parts: Row(tuple(parts))),
    st.tuples(PARTS, st.just(Text("."))).map(lambda parts: Times(Row(parts), 0, 1)),
    PARTS,
)
NUMBER: st.SearchStrategy[Part] = st.sampled_from(
    [Text("1"), Times(OneOf(DIGITS), 1, 3), Times(OneOf(DIGITS), 1, None), OneOf(DIGITS + "."), OneOf("1x")]
)
NUMBERS: st.SearchStrategy[Part] = st.lists(NUMBER, min_size=1, max_size=3).map(
    lambda all_: Row(tuple(Row((Text("."), each)) for each in all_))
)
ADDRESS: st.SearchStrategy[Part] = st.tuples(
    st.sampled_from(["10", "192.168", "172", "172.16", "8.8", "127", "1"]).map(Text), NUMBERS
).map(lambda parts: Row(tuple(parts)))
DOMAIN: st.SearchStrategy[Part] = st.one_of(
    DOMAINS.map(Text),
    DOMAINS.map(Text),
    ADDRESS,
    st.lists(DOMAINS, min_size=2, max_size=3).map(lambda all_: Either(tuple(map(Text, all_)))),
    PARTS,
)
AFTER: st.SearchStrategy[Part] = st.one_of(*[st.just(Text(""))] * 4, PARTS)
PORT: st.SearchStrategy[Part] = st.sampled_from(
    [Text(""), Text(""), Text(":8443"), Times(Row((Text(":"), Times(OneOf(DIGITS), 1, None))), 0, 1), Any(0)]
)
SCHEME: st.SearchStrategy[Part] = st.sampled_from(
    [
        Text("https://"),
        Text("https://"),
        Row((Text("http"), Times(Text("s"), 0, 1), Text("://"))),
        Text("app://"),
        Any(0),
    ]
)
ORIGINS: st.SearchStrategy[Part] = st.tuples(SCHEME, BEFORE, DOMAIN, AFTER, PORT).map(lambda parts: Row(tuple(parts)))
