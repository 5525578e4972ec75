"""Origins, paths, patterns and policies that Hypothesis draws."""

from hypothesis import strategies as st

from corswsgi import Policy

# Small alphabets, so that what is drawn meets what is listed
LABEL = st.sampled_from(["a", "b", "xn--a", "example", "com", "com-a"])
SCHEME = st.sampled_from(["https", "http", "app"])
HOST = st.lists(LABEL, min_size=1, max_size=4).map(".".join)
PORT = st.sampled_from(["", ":1", ":8443", ":65535"])
ORIGIN = st.tuples(SCHEME, st.just("://"), HOST, PORT).map("".join)
WILD = st.tuples(SCHEME, st.sampled_from(["://", "://*."]), HOST, st.sampled_from(["", ":8443", ":*"])).map("".join)
MANGLED = st.one_of(
    ORIGIN,
    st.tuples(ORIGIN, st.sampled_from(["/", ".", "\n", ":", "@a.com", "#", " ", ".evil", "\x00", ":80", "é"])).map(
        "".join
    ),
    st.tuples(st.sampled_from(["x", "//", "https://a@", "https://", " "]), ORIGIN).map("".join),
    ORIGIN.map(str.upper),
    st.text(max_size=40),
)
SEGMENT = st.sampled_from(["a", "b", "ab", "abc", "é", ""])
PATH = st.lists(SEGMENT, max_size=5).map(lambda segments: "/" + "/".join(segments))
PATTERN_SEGMENT = st.sampled_from(["a", "b", "ab", "*", "a*", "*b", "a*b", "*c", "ab*", "*é", "é"])
PATTERN = st.tuples(st.lists(PATTERN_SEGMENT, max_size=4), st.sampled_from(["", "/", "/**"])).map(
    lambda drawn: "".join(f"/{segment}" for segment in drawn[0]) + drawn[1] or "/"
)
POLICY = st.builds(
    Policy,
    allow_origins=st.lists(WILD, min_size=1, max_size=4) | st.just("*"),
    allow_methods=st.lists(st.sampled_from(["PUT", "DELETE", "*"]), max_size=2),
    allow_headers=st.lists(st.sampled_from(["X-A", "X-B", "*", "Authorization"]), max_size=3),
    expose_headers=st.lists(st.sampled_from(["X-C", "*"]), max_size=2),
    max_age=st.none() | st.integers(0, 86_400),
)
