"""Origins that a server should refuse, and allows if it compares origins in one of the known wrong ways.

The law of this module: each origin belongs to nobody or to a public hoster, and a careful server refuses it although
it allows the origin that it was made from.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from corswsgi.hosts import is_loopback, registrable_domain
from corswsgi.standard import SERIALIZED_ORIGIN

STRANGER = "corswsgi-probe.invalid"  # owned by nobody (RFC 6761, section 6.4)
_SPECIAL = ("_", "`", "{", "!", "&", "%60")  # characters that some browsers accept in a host


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
    "amplifyapp.com", "appspot.com", "azurewebsites.net", "blogspot.com", "bubbleapps.io", "cloudfront.net",
    "cloudfunctions.net", "codepen.io", "csb.app", "deno.dev", "edgeone.app", "firebaseapp.com", "fly.dev",
    "framer.app", "gitbook.io", "github.io", "gitlab.io", "glitch.me", "herokuapp.com", "hf.space",
    "jsfiddle.net", "loca.lt", "lovable.app", "myshopify.com", "netlify.app", "netlify.live", "ngrok-free.app",
    "ngrok.app", "ngrok.dev", "ngrok.io", "notion.site", "now.sh", "onrender.com", "pages.dev",
    "pythonanywhere.com", "r2.dev", "readthedocs.io", "replit.app", "replit.dev", "run.app", "s3.amazonaws.com",
    "stackblitz.io", "streamlit.app", "supabase.co", "surge.sh", "trycloudflare.com", "up.railway.app",
    "vercel.app", "vercel.dev", "web.app", "webflow.io", "weebly.com", "wixsite.com", "wordpress.com",
    "workers.dev", "z13.web.core.windows.net",
)  # fmt: skip
_HOSTS_FOR_ALL = ("codepen.io", "jsfiddle.net")  # and without their own name

# A mistake -> the mistakes that it includes, which need not be tried
BRINGS = {
    "any-origin-reflected": frozenset({
        "origin-substring-matched", "origin-prefix-matched", "origin-suffix-matched", "unescaped-dot-matched",
        "insecure-scheme-matched", "special-characters-matched", "any-port-matched", "userinfo-matched",
        "case-ignored", "trailing-dot-matched", "two-origins-matched", "third-party-host-allowed",
        "localhost-lookalike-allowed", "null-origin-allowed", "origin-piece-matched",
    }),
    "origin-substring-matched": frozenset({
        "origin-prefix-matched", "origin-suffix-matched", "insecure-scheme-matched", "special-characters-matched",
        "any-port-matched", "userinfo-matched", "trailing-dot-matched", "two-origins-matched",
    }),
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
    for host in (*_HOSTS_FOR_ALL, *(f"corswsgi-probe.{host}" for host in _HOSTERS)):
        yield Try("third-party-host-allowed", f"https://{host}")
    for host in (f"localhost.{STRANGER}", f"127.0.0.1.{STRANGER}", "corswsgi-probelocalhost"):
        yield Try("localhost-lookalike-allowed", f"http://{host}")


def lookalikes(origin: str) -> Iterator[Try]:
    """Yield look-alikes of `origin`, which a server allows, or nothing if it is not an origin."""
    parsed = SERIALIZED_ORIGIN.fullmatch(origin)
    if parsed is None or parsed["host"].startswith("["):
        return
    scheme, host, port = parsed["scheme"], parsed["host"], f":{parsed['port']}" if parsed["port"] else ""
    yield Try("origin-substring-matched", f"{scheme}://corswsgi-probe-{host}.{STRANGER}{port}")
    yield Try("origin-prefix-matched", f"{origin}.{STRANGER}")
    if port:
        yield Try("origin-prefix-matched", f"{scheme}://{host}.{STRANGER}{port}")
    yield Try("origin-piece-matched", f"{scheme}://{host[:-1]}")
    domain = registrable_domain(host)
    yield Try("origin-suffix-matched", f"{scheme}://corswsgi-probe{domain}{port}")
    if domain != host:
        sibling = f"{scheme}://corswsgi-probe.{host.partition('.')[2]}{port}"
        yield Try("origin-suffix-matched", f"{scheme}://corswsgi-probe{host}{port}", unless=sibling)
    for dot in (place for place, char in enumerate(host) if char == "."):
        # a dot before the registrable domain is tried as a subdomain
        sibling_below = f"{scheme}://corswsgi-probe{host[dot:]}{port}" if len(host) - dot > len(domain) else None
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
