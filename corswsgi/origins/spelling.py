"""How an origin is spelt: finds every mistake in one, from left to right, and mends what can be mended.

The law of this module: it knows the spelling that browsers use, and nothing of what a policy may allow.
"""

import re

from corswsgi.errors import list_in_string, shown
from corswsgi.hosts import canonical_address, is_address, is_loopback
from corswsgi.standard import DEFAULT_PORTS, MAX_PORT, SERIALIZED_ORIGIN

# A mistake is a code, a message and a hint; no hint stands for "write it as it should be spelt".
Mistake = tuple[str, str, str | None]


def respell(text: str) -> tuple[list[Mistake], str]:
    """Find every mistake of spelling, from left to right, and mend what can be mended."""
    if text.lower() == "null":
        message = "'null' is what every sandboxed frame and local file sends, an attacker's too"
        hint = "serve the page from an origin of its own, or say dangerously_allow_null_origin=True"
        return [("null-origin", message, hint)], text
    if text == "":
        hint = "write an origin such as 'https://app.example.com'"
        return [("origin-without-scheme", "an empty string is no origin", hint)], text
    several = list_in_string(text)
    if several:
        return [several], text
    mistakes: list[Mistake] = []
    scheme, found, rest = text.partition("://")
    is_opaque = found != "" and scheme.lower() not in {"http", "https", "file"} and "*" not in scheme
    lower = scheme.lower() + found + rest if is_opaque else text.lower()
    if text != lower:
        what = "schemes" if is_opaque else "origins"
        mistakes.append(("origin-in-upper-case", f"{shown(text)}: browsers send {what} in lower case", None))
        text = lower
    scheme, found, rest = text.partition("://")
    if not found:
        mistakes.append(("origin-without-scheme", f"{shown(text)} has no scheme and '://' in front", None))
        scheme, rest = _scheme_of(text)
    if scheme == "file":
        hint = "serve the page from http://localhost while developing"
        mistakes.append(("file-origin", f"{shown(text)} never matches: pages from files send the origin 'null'", hint))
        return mistakes, text
    if "*" in scheme:
        mistakes.append(_misplaced_wildcard(text))
    elif re.fullmatch(r"[a-z][a-z0-9+.\-]*", scheme) is None:
        mistakes.append(("malformed-scheme", f"{shown(scheme)} is not a scheme", "write 'https' in its place"))
    authority = _respell_around(rest, mistakes)
    address, bracket, rest = authority.rpartition("]")  # an IPv6 address has colons of its own
    host, colon, port = rest.partition(":")
    host = address + bracket + host
    host = _respell_opaque_host(host, mistakes) if is_opaque else _respell_host(host, mistakes)
    return mistakes, f"{scheme}://{host}{_respell_port(colon + port, scheme, mistakes)}"


def _scheme_of(text: str) -> tuple[str, str]:
    """Guess the scheme that somebody meant who wrote no ``://``, and give what comes after it."""
    written = re.match("(https?|file):/?(?![0-9])", text)
    if written:
        return written[1], text[written.end() :].lstrip("/")
    rest = text.lstrip("/")
    return "http" if is_loopback(rest.partition(":")[0]) else "https", rest


def _misplaced_wildcard(text: str) -> Mistake:
    hint = "write '*.' for labels in front of a domain, ':*' for any port, 'scheme://*' for programs, or each origin"
    return "misplaced-wildcard", f"{shown(text)} has a '*' where none may stand", hint


def _respell_around(rest: str, mistakes: list[Mistake]) -> str:
    """Cut off what is not part of an origin: what comes after the host and port, and what before them."""
    rest, hash_sign, fragment = rest.partition("#")
    rest, question_mark, query = rest.partition("?")
    authority, slash, path = rest.partition("/")
    if path or (slash and (question_mark or hash_sign)):
        mistakes.append(("origin-with-path", f"an origin has no path: {shown('/' + path)}", None))
    elif slash:
        mistakes.append(("origin-with-trailing-slash", "an origin has no trailing slash", None))
    if question_mark:
        mistakes.append(("origin-with-query", f"an origin has no query: {shown('?' + query)}", None))
    if hash_sign:
        mistakes.append(("origin-with-fragment", f"an origin has no fragment: {shown('#' + fragment)}", None))
    userinfo, found, host_and_port = authority.rpartition("@")
    if found:
        mistakes.append(("origin-with-userinfo", f"an origin has no user name or password: {shown(userinfo)}", None))
    return host_and_port


_A_PORT = "write a number from 1 to 65535, or ':*' for any"


def _respell_port(port: str, scheme: str, mistakes: list[Mistake]) -> str:
    number = port[1:]
    if port in {"", ":*"}:
        return port
    if "*" in number:
        mistakes.append(_misplaced_wildcard(port))
    elif not (number.isascii() and number.isdigit()):
        mistakes.append(("malformed-port", f"{shown(number)} is not a port", _A_PORT))
    elif not 1 <= int(number.lstrip("0")[:6] or 0) <= MAX_PORT:
        mistakes.append(("port-out-of-range", f"{shown(number)} is out of the range of ports", _A_PORT))
    elif DEFAULT_PORTS.get(scheme) == number.lstrip("0"):
        mistakes.append(("default-port", f"browsers leave out {shown(port)}, the default port of {scheme}", None))
        return ""
    elif number[0] == "0":
        mistakes.append(("malformed-port", f"{shown(number)} begins with a zero", None))
        return ":" + number.lstrip("0")
    return port


def _respell_host(host: str, mistakes: list[Mistake]) -> str:
    star = "*." if host.startswith("*.") else ""
    name = host.removeprefix("*.")
    if "*" in name:
        mistakes.append(_misplaced_wildcard(host))
    elif not name.isascii():
        hint = None if _to_ascii(name) else "write its xn-- form: a page of that origin shows it as `location.origin`"
        mistakes.append(("origin-in-unicode", f"browsers send {shown(name)} in its xn-- form", hint))
        name = _to_ascii(name) or name
    elif is_address(name):
        canonical = canonical_address(name)
        if canonical != name:
            hint = None if canonical else "write four decimal numbers, or an IPv6 address in brackets"
            mistakes.append(("non-canonical-address", f"browsers do not write an address as {shown(name)}", hint))
        if star:
            mistakes.append(("wildcard-over-address", f"{shown(name)} has no subdomains", "name each address"))
        name = canonical or name
    elif SERIALIZED_ORIGIN.fullmatch(f"https://{name}") is None:
        hint = "write a host such as 'app.example.com', of labels of at most 63 letters, digits and hyphens"
        mistakes.append(("malformed-host", f"{shown(name)} is not a host", hint))
    return star + name


def _respell_opaque_host(host: str, mistakes: list[Mistake]) -> str:
    """Find what is wrong with the host of a program or an extension, which is compared byte for byte."""
    name = host.removeprefix("*.")
    if host == "*":
        return host
    if "*" in name:
        mistakes.append(_misplaced_wildcard(host))
    elif SERIALIZED_ORIGIN.fullmatch(f"x://{name}") is None:
        hint = "write the host as the program sends it: letters, digits, '.', '-' and '_'"
        mistakes.append(("malformed-host", f"{shown(name)} is not a host", hint))
    return host


def _to_ascii(name: str) -> str | None:
    """Give the xn-- form of `name`, None where Python's IDNA 2003 and the browsers' UTS 46 would not agree on it."""
    if re.search("[ßς\u200c\u200d]", name):
        return None
    try:
        encoded = name.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    return encoded if SERIALIZED_ORIGIN.fullmatch(f"https://{encoded}") else None
