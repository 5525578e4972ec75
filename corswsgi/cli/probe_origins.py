"""Origins that a server should refuse, and allows if it compares origins in one of the known wrong ways.

The law of this module: each origin belongs to nobody or to a public hoster, and a careful server refuses it although
it allows the origin that it was made from.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from corswsgi.hosts import is_address, is_loopback, registrable_domain
from corswsgi.standard import SERIALIZED_ORIGIN

# One label of letters alone, which `\w+`, `[a-z]+` and `[a-z0-9-]+` match alike
_NAME = "corswsgiprobe"
STRANGER = f"{_NAME}.invalid"  # owned by nobody (RFC 6761, section 6.4)
_LOCAL = ("localhost", "127.0.0.1", "192.168.1.10", "10.0.0.10", "172.16.0.10")
_SPECIAL = (
    "_",
    "`",
    "{",
    "}",
    "!",
    "&",
    "%60",
    ",",
    ";",
    "$",
    "+",
    "~",
)  # characters that some browsers accept in a host


@dataclass(frozen=True, slots=True)
class Try:
    """An origin to send, and the mistake of a server that allows it.

    It is not a mistake if `unless` is allowed too: a sibling, which shows that there is a wildcard for subdomains.
    """

    code: str
    origin: str
    unless: str | None = None


# Hosters on which anybody can have a page, below their own name
_HOSTERS = (
    "amplifyapp.com", "app.github.dev", "appspot.com", "a.run.app", "azurestaticapps.net", "azurewebsites.net",
    "blob.core.windows.net", "blogspot.com", "bubbleapps.io", "cloudfront.net", "cloudfunctions.net", "codepen.io",
    "csb.app", "deno.dev", "firebaseapp.com", "fly.dev", "framer.app", "github.io", "gitlab.io", "gitpod.io",
    "glitch.me", "herokuapp.com", "hf.space", "jsfiddle.net", "koyeb.app", "loca.lt", "lovable.app", "myshopify.com",
    "netlify.app", "ngrok-free.app", "ngrok-free.dev", "ngrok.app", "ngrok.dev", "ngrok.io", "ondigitalocean.app",
    "onrender.com", "pages.dev", "pythonanywhere.com", "r2.dev", "readthedocs.io", "replit.app", "replit.dev",
    "s3.amazonaws.com", "stackblitz.io", "streamlit.app", "supabase.co", "surge.sh", "trycloudflare.com",
    "up.railway.app", "vercel.app", "web.app", "webcontainer.io", "webflow.io", "weebly.com", "wixsite.com",
    "wordpress.com", "workers.dev", "z13.web.core.windows.net",
)  # fmt: skip
_HOSTS_FOR_ALL = ("codepen.io", "jsfiddle.net", "storage.googleapis.com")  # and without their own name
_WITH_PREVIEWS = "vercel.app"  # where each branch of a project has a host that begins with its name

# A mistake -> the mistakes that it includes, which need not be tried
BRINGS = {
    "any-origin-reflected": frozenset({
        "origin-substring-matched", "origin-prefix-matched", "origin-suffix-matched", "unescaped-dot-matched",
        "insecure-scheme-matched", "special-characters-matched", "any-port-matched", "userinfo-matched",
        "case-ignored", "trailing-dot-matched", "two-origins-matched", "third-party-host-allowed",
        "localhost-lookalike-allowed", "null-origin-allowed", "origin-piece-matched", "any-ending-matched",
        "any-extension-allowed",
    }),
    "origin-substring-matched": frozenset({
        "origin-prefix-matched", "origin-suffix-matched", "insecure-scheme-matched", "special-characters-matched",
        "any-port-matched", "userinfo-matched", "trailing-dot-matched", "two-origins-matched", "any-ending-matched",
        "origin-piece-matched", "unescaped-dot-matched", "third-party-host-allowed",
    }),
    "any-ending-matched": frozenset({"origin-piece-matched"}),
    "origin-suffix-matched": frozenset({"unescaped-dot-matched"}),
    "origin-prefix-matched": frozenset({
        "special-characters-matched", "any-port-matched", "userinfo-matched", "trailing-dot-matched",
        "two-origins-matched",
    }),
}  # fmt: skip


def strangers() -> Iterator[Try]:
    """Yield origins that each server should refuse."""
    yield Try("any-origin-reflected", f"https://{STRANGER}")
    yield Try("null-origin-allowed", "null")
    for host in (*_HOSTS_FOR_ALL, *(f"{_NAME}.{host}" for host in _HOSTERS)):
        yield Try("third-party-host-allowed", f"https://{host}")
    for host in (*(f"{local}.{STRANGER}" for local in _LOCAL), f"{_NAME}localhost"):
        yield Try("localhost-lookalike-allowed", f"http://{host}")
    yield Try("any-extension-allowed", f"chrome-extension://{'abcdefghijklmnop' * 2}")


def lookalikes(origin: str) -> Iterator[Try]:
    """Yield look-alikes of `origin`, which a server allows, or nothing if it is not an origin."""
    parsed = SERIALIZED_ORIGIN.fullmatch(origin)
    if parsed is None or parsed["host"].startswith("["):
        return
    scheme, host, port = parsed["scheme"], parsed["host"], f":{parsed['port']}" if parsed["port"] else ""
    yield Try("origin-substring-matched", f"{scheme}://{_NAME}-{host}.{STRANGER}{port}")
    yield Try("origin-prefix-matched", f"{origin}.{STRANGER}")
    if port:
        yield Try("origin-prefix-matched", f"{scheme}://{host}.{STRANGER}{port}")
    domain = registrable_domain(host)
    yield from _names_like(scheme, host, port, domain)
    yield Try("origin-piece-matched", f"{scheme}://{host[:-1]}")
    yield Try("origin-suffix-matched", f"{scheme}://{_NAME}{domain}{port}")
    if domain != host:
        sibling = f"{scheme}://{_NAME}.{host.partition('.')[2]}{port}"
        yield Try("origin-suffix-matched", f"{scheme}://{_NAME}{host}{port}", unless=sibling)
    for dot in (place for place, char in enumerate(host) if char == "."):
        # a dot before the registrable domain is tried as a subdomain
        sibling_below = f"{scheme}://{_NAME}{host[dot:]}{port}" if len(host) - dot > len(domain) else None
        yield Try("unescaped-dot-matched", f"{scheme}://{host[:dot]}x{host[dot + 1 :]}{port}", unless=sibling_below)
    if scheme == "https":
        yield Try("insecure-scheme-matched", f"http://{host}{port}")
    for char in _SPECIAL:
        yield Try("special-characters-matched", f"{scheme}://{host}{char}.{STRANGER}{port}")
    if not is_loopback(host):
        yield Try("any-port-matched", f"{scheme}://{host}:{8443 if port != ':8443' else 9443}")
    yield Try("userinfo-matched", f"{scheme}://{host}@{STRANGER}{port}")
    if host.upper() != host:
        yield Try("case-ignored", f"{scheme}://{host.upper()}{port}")
    yield Try("trailing-dot-matched", f"{scheme}://{host}.{port}")
    yield Try("two-origins-matched", f"{origin} https://{STRANGER}")


def _names_like(scheme: str, host: str, port: str, domain: str) -> Iterator[Try]:
    """Yield the same name with more behind it, under another ending, and as a project at a hoster."""
    name, dot, ending = domain.partition(".")
    if not dot or is_address(host):
        return
    below = host.removesuffix(domain)
    if f".{ending}".endswith(tuple(f".{hoster}" for hoster in _HOSTERS)):
        yield Try("third-party-host-allowed", f"{scheme}://{below}{name}-{_NAME}.{ending}{port}")
    else:
        yield Try("origin-prefix-matched", f"{scheme}://{below}{name}-{_NAME}.{ending}{port}")
        yield Try("any-ending-matched", f"{scheme}://{below}{name}.invalid{port}")
        yield Try("third-party-host-allowed", f"https://{name}-{_NAME}.{_WITH_PREVIEWS}")
