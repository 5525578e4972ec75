"""The spelling of origins: finds every mistake, from left to right, and suggests the right spelling.

The law of this module: it knows how browsers spell origins, and nothing about policies.
"""

import re

from corswsgi.hosts import canonical_address, is_address, is_loopback
from corswsgi.problems import Mistake, do, drop, list_in_string, mistake, set_to, write
from corswsgi.standard import DEFAULT_PORTS, MAX_PORT, SERIALIZED_ORIGIN


def respell(text: str) -> tuple[list[Mistake], str]:
    """Find every mistake of spelling, from left to right, and return them with the right spelling.

    That spelling is the fix of a mistake that has no other.
    """
    if text.lower() == "null":
        message = "every sandboxed frame and local file sends 'null', an attacker's too"
        its_own = write("https://app.example.com", text="serve the page from an origin of its own")
        opt_out = set_to("dangerously_allow_null_origin", True)
        return [mistake("null-origin", message, its_own, opt_out)], text
    if re.fullmatch("(?:/(?:[^/].*)?)?", text, re.DOTALL):
        message = "{value} is a path; an origin is the site of a page" if text else "an empty string is not an origin"
        return [mistake("origin-without-scheme", message, _AN_ORIGIN)], text
    several = list_in_string(text) or _not_meant(text)
    if several:
        return [several], text
    mistakes: list[Mistake] = []
    scheme, found, rest = text.partition("://")
    is_opaque = found != "" and scheme.lower() not in {"http", "https", "file"} and "*" not in scheme
    lower = scheme.lower() + found + rest if is_opaque else text.lower()
    if text != lower:
        message = "{value} has capital letters; browsers send lower case"
        if is_opaque:
            message = "the scheme of {value} has capital letters; browsers send it in lower case"
        mistakes.append(mistake("origin-in-upper-case", message))
        text = lower
    scheme, found, rest = text.partition("://")
    if not found:
        message = "{value} does not begin with a scheme such as https://"
        mistakes.append(mistake("origin-without-scheme", message))
        scheme, rest = _scheme_of(text)
    if scheme == "file":
        message = "{value} never matches: pages opened from files send the origin 'null'"
        fix = write("http://localhost", text="serve the page from {entry!s} while developing")
        mistakes.append(mistake("file-origin", message, fix))
        return mistakes, text
    if "*" in scheme:
        mistakes.append(_misplaced_wildcard(text))
    elif re.fullmatch(r"[a-z][a-z0-9+.\-]*", scheme) is None:
        fix = write(f"https://{rest}", text="write 'https' instead")
        mistakes.append(mistake("malformed-scheme", "{scheme} is not a scheme", fix, scheme=scheme))
    authority = _respell_around(rest, mistakes)
    address, bracket, rest = authority.rpartition("]")  # an IPv6 address contains colons
    host, colon, port = rest.partition(":")
    host = address + bracket + host
    host = _respell_opaque_host(host, mistakes) if is_opaque else _respell_host(host, mistakes)
    return mistakes, f"{scheme}://{host}{_respell_port(colon + port, scheme, mistakes)}"


_AN_ORIGIN = write("https://app.example.com", text="write an origin such as {entry!s}")


def _not_meant(text: str) -> Mistake | None:
    """Find texts that are not meant as origins: words, variables that are not set or filled in, and regexes."""
    if text in {"None", "undefined"}:
        set_it = do("set the variable, or pass a default value")
        return mistake("origin-without-scheme", "{value} is the text of a variable that is not set", set_it)
    if text.lower() in {"all", "any", "everyone", "true"}:
        return mistake("origin-without-scheme", "{value} is a word, not an origin", _ANY_ORIGIN, _LISTED)
    if text.lower() == "self":
        same = drop("remove it: pages of the server itself need no CORS")
        return mistake("origin-without-scheme", "{value} is a word, not an origin", same)
    if _PLACEHOLDER.match(text.removeprefix("https://").removeprefix("http://")):
        return mistake("malformed-host", "{value} is a placeholder that nothing has filled in", _AN_ORIGIN)
    if re.search(r"[\\^|()]|\$\Z|(?:\A|://)\.[*+]", text):
        message = "{value} is a regex in a string: an origin has no such characters"
        return mistake("malformed-host", message, write("https://*.example.com", text="write {a_regex!s}"))
    return None


_PLACEHOLDER = re.compile(r"\$\{|\$\w+\Z|%\w+%|%\(|\{\{|<", re.ASCII)
_ANY_ORIGIN = write("*", text="write {entry!s} to allow any origin")
_LISTED = write("https://app.example.com", text="list the origins")


def _scheme_of(text: str) -> tuple[str, str]:
    """Guess the scheme of an origin without ``://``, and return it with the rest."""
    written = re.match("(https?|file)(?::/?(?![0-9])|//)", text)
    if written:
        return written[1], text[written.end() :].lstrip("/")
    rest = text.lstrip("/")
    return "http" if is_loopback(rest.partition(":")[0]) else "https", rest


def _misplaced_wildcard(text: str) -> Mistake:
    example = "https://*.example.com:*"
    fix = write(example, text="write '*.' for subdomains, ':*' for any port, 'scheme://*' for programs, or each origin")
    return mistake("misplaced-wildcard", "'*' is not allowed in this position of {text}", fix, text=text)


def _respell_around(rest: str, mistakes: list[Mistake]) -> str:
    """Cut off everything before the host and after the port."""
    rest, hash_sign, fragment = rest.partition("#")
    rest, question_mark, query = rest.partition("?")
    authority, slash, path = rest.partition("/")
    if path or (slash and (question_mark or hash_sign)):
        mistakes.append(mistake("origin-with-path", "an origin has no path: {part}", part=f"/{path}"))
    elif slash:
        mistakes.append(mistake("origin-with-trailing-slash", "an origin has no slash at the end: {value}"))
    if question_mark:
        mistakes.append(mistake("origin-with-query", "an origin has no query: {part}", part=f"?{query}"))
    if hash_sign:
        mistakes.append(mistake("origin-with-fragment", "an origin has no fragment: {part}", part=f"#{fragment}"))
    userinfo, found, host_and_port = authority.rpartition("@")
    if found:
        message = "an origin has no user name or password: {part}"
        mistakes.append(mistake("origin-with-userinfo", message, part=userinfo))
    return host_and_port


_A_PORT = write("http://localhost:*", text="write a port from 1 to 65535, or ':*' for any port")


def _respell_port(port: str, scheme: str, mistakes: list[Mistake]) -> str:
    number = port[1:]
    if port in {"", ":*"}:
        return port
    if number == "":
        mistakes.append(mistake("malformed-port", "{value} has a colon without a port"))
        return ""
    if "*" in number:
        mistakes.append(_misplaced_wildcard(port))
    elif not (number.isascii() and number.isdigit()):
        mistakes.append(mistake("malformed-port", "{port} is not a port", _A_PORT, port=number))
    elif not 1 <= int(number.lstrip("0")[:6] or 0) <= MAX_PORT:
        mistakes.append(mistake("port-out-of-range", "{port} is not a port from 1 to 65535", _A_PORT, port=number))
    elif DEFAULT_PORTS.get(scheme) == number.lstrip("0"):
        message = "{port!s} is the default port of {scheme!s}; browsers leave it out"
        mistakes.append(mistake("default-port", message, port=port, scheme=scheme))
        return ""
    elif number[0] == "0":
        mistakes.append(mistake("malformed-port", "the port {port} begins with a zero", port=number))
        return ":" + number.lstrip("0")
    return port


_IN_ASCII = write("https://xn--bcher-kva.example", text="write the xn-- form: a page there has it in `location.origin`")
_AN_ADDRESS = write("http://10.0.0.1", text="write four decimal numbers, or an IPv6 address in brackets")
_A_HOST = write(
    "https://app.example.com",
    text="write a host such as 'app.example.com': labels of at most 63 letters, digits and hyphens",
)


def _respell_host(host: str, mistakes: list[Mistake]) -> str:
    star = "*." if host.startswith("*.") else ""
    name = host.removeprefix("*.")
    if re.fullmatch(r"\*[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)+", name) and not star:
        message = "'*' is not allowed in this position of {text}: it stands for whole labels"
        mistakes.append(mistake("misplaced-wildcard", message, text=host))
        return f"*.{name[1:]}"
    if name == "*" and not star:
        message = "'*' is not allowed as a host: it would be any site"
        mistakes.append(mistake("misplaced-wildcard", message, _ANY_ORIGIN, _LISTED))
    elif "*" in name:
        mistakes.append(_misplaced_wildcard(host))
    elif not name.isascii():
        fix = () if _to_ascii(name) else (_IN_ASCII,)
        mistakes.append(mistake("origin-in-unicode", "browsers send {name} in its xn-- form", *fix, name=name))
        name = _to_ascii(name) or name
    elif is_address(name):
        canonical = canonical_address(name)
        if canonical != name:
            fix = () if canonical else (_AN_ADDRESS,)
            message = "browsers do not write an address as {address}"
            mistakes.append(mistake("non-canonical-address", message, *fix, address=name))
        if star:
            fix = (write("http://10.0.0.1", text="write each address"),)
            mistakes.append(
                mistake("wildcard-over-address", "the address {address} has no subdomains", *fix, address=name)
            )
        name = canonical or name
    elif SERIALIZED_ORIGIN.fullmatch(f"https://{name}") is None:
        fix = (_A_HOST,)
        mistakes.append(mistake("malformed-host", "{host} is not a host", *fix, host=name))
    return star + name


def _respell_opaque_host(host: str, mistakes: list[Mistake]) -> str:
    """Find the mistakes in the host of a program or an extension, which is compared byte for byte."""
    name = host.removeprefix("*.")
    if host == "*":
        return host
    if "*" in name:
        mistakes.append(_misplaced_wildcard(host))
    elif SERIALIZED_ORIGIN.fullmatch(f"x://{name}") is None:
        fix = write("app://x", text="write the host as the program sends it: letters, digits, '.', '-' and '_'")
        mistakes.append(mistake("malformed-host", "{host} is not a host", fix, host=name))
    return host


def _to_ascii(name: str) -> str | None:
    """Return the xn-- form of `name`, or None if Python's IDNA 2003 and the browsers' UTS 46 may differ."""
    if re.search("[ßς\u200c\u200d]", name):
        return None
    try:
        encoded = name.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    return encoded if SERIALIZED_ORIGIN.fullmatch(f"https://{encoded}") else None
