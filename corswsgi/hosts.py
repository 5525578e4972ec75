"""Predicates on hosts: loopback, addresses, and public suffixes.

The law of this module: a host is written as in a URL or an origin, and nothing is looked up on a network.
"""

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList


def is_loopback(host: str) -> bool:
    """Follow https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy, steps 4 and 5."""
    name = host.removesuffix(".")
    if is_address(host):
        return host == "[::1]" or host.startswith("127.")
    return name == "localhost" or name.endswith(".localhost")


def is_address(host: str) -> bool:
    """Return whether a URL parser reads `host` as an address: https://url.spec.whatwg.org/#ends-in-a-number-checker."""
    last = host.removesuffix(".").rpartition(".")[2]
    return host.startswith("[") or (last[:1].isdigit() and _NUMBER.fullmatch(last) is not None)


_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


def canonical_address(host: str) -> str | None:
    """Return an IP address as a browser writes it (https://url.spec.whatwg.org/#host-serializing), otherwise None."""
    import ipaddress  # noqa: PLC0415  (2 ms of `import corswsgi` for what few tables hold)

    try:
        if not host.startswith("["):
            return str(ipaddress.IPv4Address(host))
        number = int(ipaddress.IPv6Address(host[1:-1]))
    except ValueError:
        return None
    # not str(), which in some versions of Python uses the dots of IPv4
    plain = ":".join(f"{number >> shift & 0xFFFF:x}" for shift in range(112, -1, -16))
    zeros = max(re.finditer(r"\b0(?::0\b)+", plain), key=lambda run: len(run[0]), default=None)  # the first longest
    if zeros is None:
        return f"[{plain}]"
    return f"[{plain[: zeros.start()].removesuffix(':')}::{plain[zeros.end() :].removeprefix(':')}]"


@cache
def _public_suffix_list() -> "PublicSuffixList":
    # 0.1 s and some megabytes, only for tables that need it
    from publicsuffixlist import PublicSuffixList  # noqa: PLC0415

    return PublicSuffixList()


def is_public_suffix(host: str) -> bool:
    """Look `host` up in https://publicsuffix.org. Unknown top-level domains are public suffixes, but not localhost."""
    name = host.removesuffix(".")
    return not is_loopback(name) and bool(_public_suffix_list().is_public(name))


def is_listed_suffix(host: str) -> bool:
    """Return whether the list has `host` itself, and not only as one of all names below another, ``*.ck``."""
    name = host.removesuffix(".")
    return is_public_suffix(name) and not is_public_suffix(f"any-other.{name.partition('.')[2]}")


def belongs_to_many(host: str) -> bool:
    """Return whether anybody can have a name below `host`: a public suffix, or one of those that the list lacks."""
    return host.removesuffix(".") in _OPEN_NAMES or is_public_suffix(host)


# Whoever has an address has a name below the first ones; whoever has an account has one below the others
_OPEN_NAMES = frozenset({
    "nip.io", "sslip.io", "xip.io", "traefik.me", "loca.lt", "serveo.net",
    "app.github.dev", "cloudapp.azure.com", "github.dev", "gitpod.io", "glitch.me", "stackblitz.io", "webcontainer.io",
})  # fmt: skip


def suffix_below(host: str) -> str | None:
    """Return a public suffix below `host`, if any, such as ``s3.amazonaws.com`` below ``amazonaws.com``.

    The names below it belong to other owners than `host`.
    """
    return _suffixes_below().get(host.removesuffix("."))


@cache
def _suffixes_below() -> dict[str, str]:
    """Read the shortest public suffix below each name. The list's parser cannot answer that."""
    from publicsuffixlist import PSLFILE  # noqa: PLC0415  (as above)

    found: dict[str, str] = {}
    with open(PSLFILE, encoding="utf-8") as lines:  # noqa: PTH123  (pathlib is 3 ms of `import corswsgi`)
        rules = [line.split()[0] for line in lines if line[:1] not in {"/", "!", "\n"}]
    for rule in sorted(rules, key=len, reverse=True):
        suffix = rule.removeprefix("*.")
        above = suffix if suffix != rule else suffix.partition(".")[2]
        while above:
            found[above if above.isascii() else above.encode("idna").decode()] = suffix
            above = above.partition(".")[2]
    return found


def registrable_domain(host: str) -> str:
    """Return the part of `host` that is registered, by https://publicsuffix.org, or all of it if the list has none."""
    return host if is_address(host) else _public_suffix_list().privatesuffix(host) or host
