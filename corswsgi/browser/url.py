"""URLs as browsers read them: the part of https://url.spec.whatwg.org/ that origins, redirects and requests need.

Percent-encoding is kept as it was written.
"""

import re
from dataclasses import dataclass, replace
from ipaddress import AddressValueError, IPv6Address
from urllib.parse import quote, unquote_to_bytes

from corswsgi.browser.domain import domain_to_ascii, has_valid_a_labels
from corswsgi.standard import DEFAULT_PORTS, MAX_PORT

HTTP_SCHEMES = frozenset({"http", "https"})

_SPECIAL_SCHEMES = frozenset({"ftp", "http", "https", "ws", "wss"})  # and file, which is never fetched here
_DEFAULT_PORTS = {**DEFAULT_PORTS, "ftp": "21", "ws": "80", "wss": "443"}
_C0_CONTROL_OR_SPACE = "".join(map(chr, range(0x21)))
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):", re.ASCII)
_SLASHES = re.compile(r"[/\\]")

# https://url.spec.whatwg.org/#forbidden-domain-code-point
_FORBIDDEN_DOMAIN = re.compile(r"[\x00-\x20#/:<>?@\[\\\]^|%\x7f]")

# The characters that stay as they are: printable ASCII that is not in the percent-encode set of that part
# (https://url.spec.whatwg.org/#percent-encoded-bytes).
_IN_USERINFO = "!$%&'()*+,-._~"
_IN_PATH = _IN_USERINFO + ":=@[]|;"
_IN_QUERY = _IN_USERINFO.replace("'", "") + "/:;=?@[]|\\^`{}"
_IN_FRAGMENT = _IN_USERINFO + "#/:;=?@[]|\\^{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class URL:
    """A parsed URL (https://url.spec.whatwg.org/#concept-url). One with another scheme than the web's has only a path.

    ``port`` is empty for the scheme's default port.
    """

    scheme: str
    username: str = ""
    password: str = ""
    host: str = ""
    port: str = ""
    path: str
    query: str | None = None
    fragment: str | None = None

    @property
    def is_http(self) -> bool:
        """Follow https://fetch.spec.whatwg.org/#http-scheme."""
        return self.scheme in HTTP_SCHEMES

    @property
    def netloc(self) -> str:
        """Return the host, and the port where it is not the default one."""
        return f"{self.host}:{self.port}" if self.port else self.host

    @property
    def origin(self) -> str:
        """Follow https://url.spec.whatwg.org/#concept-url-origin, serialised; an opaque one is ``null``."""
        return f"{self.scheme}://{self.netloc}" if self.scheme in _SPECIAL_SCHEMES else "null"

    @property
    def includes_credentials(self) -> bool:
        """Follow https://url.spec.whatwg.org/#include-credentials."""
        return bool(self.username or self.password)

    @property
    def target(self) -> str:
        """Return the path and the query, as in the first line of an HTTP request."""
        return self.path if self.query is None else f"{self.path}?{self.query}"

    @property
    def sent(self) -> str:
        """Return the URL that a request names: no user, no password, no fragment."""
        return f"{self.scheme}://{self.netloc}{self.target}" if self.host else f"{self.scheme}:{self.target}"

    @property
    def href(self) -> str:
        """Follow https://url.spec.whatwg.org/#concept-url-serializer."""
        href = self.sent
        if self.includes_credentials:
            password = f":{self.password}" if self.password else ""
            href = href.replace("://", f"://{self.username}{password}@", 1)
        return href if self.fragment is None else f"{href}#{self.fragment}"


def parse(text: str, base: URL | None = None, *, takes_bad_punycode: bool = False) -> URL | None:
    """Parse `text`, relative to `base`: https://url.spec.whatwg.org/#concept-basic-url-parser. None is failure.

    `takes_bad_punycode` is for engines that do not decode hosts in pure ASCII.
    """
    text = re.sub(r"[\t\n\r]", "", text.strip(_C0_CONTROL_OR_SPACE))
    text, mark, fragment = text.partition("#")
    url = _parse_without_fragment(text, base)
    if url is not None and not takes_bad_punycode and not has_valid_a_labels(url.host):
        return None
    return url and replace(url, fragment=_encode(fragment, _IN_FRAGMENT) if mark else None)


def _parse_without_fragment(text: str, base: URL | None) -> URL | None:
    found = _SCHEME.match(text)
    if found:
        scheme, rest = found[1].lower(), text[found.end() :]
        if scheme not in _SPECIAL_SCHEMES:
            path, _, query = rest.partition("?")
            return URL(scheme=scheme, path=path, query=query or None)
        if base is None or base.scheme != scheme or rest.startswith("//"):
            return _parse_authority(scheme, rest.lstrip("/\\"))
        text = rest
    if base is None or base.scheme not in _SPECIAL_SCHEMES:
        return None
    if _SLASHES.match(text) and _SLASHES.match(text, 1):
        return _parse_authority(base.scheme, text.lstrip("/\\"))
    path, mark, query = text.partition("?")
    if not path:
        return replace(base, query=_encode(query, _IN_QUERY) if mark else base.query)
    folder = "" if _SLASHES.match(path) else base.path[: base.path.rindex("/") + 1]
    return _with_path(base, folder + path, mark, query)


def _parse_authority(scheme: str, text: str) -> URL | None:
    """Follow https://url.spec.whatwg.org/#authority-state and on."""
    authority = re.split(r"[/\\?]", text, maxsplit=1)[0]
    path, mark, query = text[len(authority) :].partition("?")
    userinfo, _, server = authority.rpartition("@")
    username, _, password = userinfo.partition(":")
    host, colon, port = server.rpartition(":")
    if not colon or "]" in port:
        host, port = server, ""
    serialised = _parse_host(host)
    if not serialised or (port and not _is_port(port)):
        return None
    number = (port.lstrip("0") or "0") if port else ""
    url = URL(
        scheme=scheme,
        username=_encode(username, _IN_USERINFO),
        password=_encode(password, _IN_USERINFO),
        host=serialised,
        port="" if number == _DEFAULT_PORTS[scheme] else number,
        path="/",
    )
    return _with_path(url, path, mark, query)


def _with_path(url: URL, path: str, mark: str, query: str) -> URL:
    """Follow https://url.spec.whatwg.org/#path-state."""
    segments: list[str] = []
    for segment in _SLASHES.split(path.replace("\\", "/").removeprefix("/")):
        plain = re.sub("%2e", ".", segment, flags=re.IGNORECASE)
        if plain == "..":
            del segments[-1:]
        elif plain != ".":
            segments.append(_encode(segment, _IN_PATH))
    is_folder = plain in {".", ".."} and segments
    return replace(
        url,
        path="/" + "/".join(segments) + ("/" if is_folder else ""),
        query=_encode(query, _IN_QUERY) if mark else None,
    )


def _encode(text: str, safe: str) -> str:
    """Follow https://url.spec.whatwg.org/#string-utf-8-percent-encode. Bytes that are not UTF-8 are kept."""
    return quote(text, safe, errors="surrogateescape")


def _is_port(text: str) -> bool:
    digits = text.lstrip("0") or "0"
    return re.fullmatch("[0-9]{1,5}", digits, re.ASCII) is not None and int(digits) <= MAX_PORT


def _parse_host(text: str) -> str | None:
    """Follow https://url.spec.whatwg.org/#host-parsing, of a special URL."""
    if text.startswith("["):
        return _serialise_ipv6(text)
    decoded = unquote_to_bytes(_encode(text, "%")).decode("utf-8", "replace")
    host = domain_to_ascii(decoded)
    if not host or _FORBIDDEN_DOMAIN.search(host):
        return None
    return _parse_ipv4(host) if _ends_in_number(host) else host


def _serialise_ipv6(text: str) -> str | None:
    """Follow https://url.spec.whatwg.org/#concept-ipv6-serializer."""
    try:
        address = IPv6Address(text[1:-1] if text.endswith("]") and "%" not in text else "")
    except AddressValueError:
        return None
    whole = ":".join(f"{int.from_bytes(address.packed[at : at + 2]):x}" for at in range(0, 16, 2))
    zeros = [found.span() for found in re.finditer(r"\b0(?::0\b)+", whole)]
    if zeros:
        start, end = max(zeros, key=lambda span: span[1] - span[0])
        whole = f"{whole[:start].removesuffix(':')}::{whole[end:].removeprefix(':')}"
    return f"[{whole}]"


def _ends_in_number(host: str) -> bool:
    """Follow https://url.spec.whatwg.org/#ends-in-a-number-checker."""
    labels = host.removesuffix(".").split(".")
    return bool(re.fullmatch(r"[0-9]+|0[xX][0-9a-fA-F]*", labels[-1]))


def _parse_ipv4(host: str) -> str | None:
    """Follow https://url.spec.whatwg.org/#concept-ipv4-parser."""
    try:
        numbers = [_ipv4_number(label) for label in host.removesuffix(".").split(".")]
    except ValueError:
        return None
    *firsts, last = numbers
    room = 4 - len(firsts)  # bytes for the last number
    if room < 1 or any(number >= 256 for number in firsts) or last >= 256**room:  # noqa: PLR2004  (bytes)
        return None
    address = last + sum(number << 8 * (3 - index) for index, number in enumerate(firsts))
    return ".".join(str(byte) for byte in address.to_bytes(4))


def _ipv4_number(label: str) -> int:
    """Follow https://url.spec.whatwg.org/#ipv4-number-parser."""
    if re.fullmatch("0[xX][0-9a-fA-F]*", label):
        return int(label[2:] or "0", 16)
    if re.fullmatch("[0-9]+", label):
        return int(label, 8 if label.startswith("0") and len(label) > 1 else 10)
    raise ValueError(label)
