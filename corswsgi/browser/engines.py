"""Where today's engines depart from the standard's text. Each line names what was seen, and in which version.

"Seen" stands for: a case of ``tests/browser/corpus`` run in that engine. "Documented" stands for: read in the engine's
sources or documentation, not run yet.
"""

from dataclasses import dataclass
from typing import Literal

EngineName = Literal["standard", "chromium", "firefox", "webkit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """What an engine does; the defaults are the standard's text (for cookies, RFC 6265bis)."""

    name: EngineName
    max_age_limit: int | None = None  # seconds
    authorization_under_wildcard: bool = False
    safelists_client_hints: bool = False
    range_limit: int | None = None
    judges_joined_values: bool = False
    forbidden_request_header_names: frozenset[str] = frozenset()
    signed_max_age: bool = False
    one_preflight_per_url: bool = False
    keeps_preflights_after_errors: bool = False
    blocks_userinfo_in_redirects: bool = False
    cookies_are_lax_by_default: bool = True
    sends_third_party_cookies: bool = True


STANDARD = Engine(name="standard")

CHROMIUM = Engine(
    name="chromium",
    # documented: the limit is two hours
    max_age_limit=7200,
    # seen in 156 (dis-authz-001): `*` in Access-Control-Allow-Headers covers Authorization, with a console warning
    authorization_under_wildcard=True,
    # seen in 156 (dis-hint-003, -007, -008), values documented: Device-Memory, DPR, Width, Viewport-Width, RTT,
    # Downlink, ECT and Save-Data need no preflight
    safelists_client_hints=True,
    # documented: a Range whose numbers do not fit in 63 bits needs a preflight
    range_limit=2**63 - 1,
    # seen in 156 (dis-pairs-001, -002): several headers of one name are joined before they are judged
    judges_joined_values=True,
    # seen in 156 (dis-ua-001): User-Agent set by a script is dropped in silence; the other name is documented
    forbidden_request_header_names=frozenset({"access-control-request-private-network", "user-agent"}),
    # seen in 156 (dis-cache-002, -004): Access-Control-Max-Age is a signed 64-bit number, negative is 0, larger is none
    signed_max_age=True,
    # documented: the cache keeps one answer for an origin and a URL, and drops it when it does not suffice
    one_preflight_per_url=True,
    # seen in 156 (dis-cache-005): an error does not clear the preflight cache
    keeps_preflights_after_errors=True,
    # seen in 156 (dis-redir-001): a redirect to a URL with a user or a password is blocked, same origin or not
    blocks_userinfo_in_redirects=True,
)

FIREFOX = Engine(
    name="firefox",
    # documented: the limit is 24 hours
    max_age_limit=86_400,
    # documented (115 and later, a preference that is on): `*` covers Authorization, with a console warning
    authorization_under_wildcard=True,
    # documented: SameSite=Lax is not the default of the release channel
    cookies_are_lax_by_default=False,
)

WEBKIT = Engine(
    name="webkit",
    # documented: the limit is ten minutes
    max_age_limit=600,
    # documented: `*` covers every header
    authorization_under_wildcard=True,
    # documented: the cache keeps one answer for an origin and a URL, and drops it when it does not suffice
    one_preflight_per_url=True,
    keeps_preflights_after_errors=True,
    # documented: SameSite=Lax is not the default
    cookies_are_lax_by_default=False,
    # documented (Safari 13.1): no cookies on requests to another site
    sends_third_party_cookies=False,
)

ENGINES: dict[str, Engine] = {engine.name: engine for engine in (STANDARD, CHROMIUM, FIREFOX, WEBKIT)}
