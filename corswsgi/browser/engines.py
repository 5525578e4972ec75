"""The differences between today's engines and the standard. Each comment says where and in which version it was seen.

"Seen" means that a case of ``tests/browser/corpus`` or ``tests/real_browsers/more.jsonl`` was run in that engine.
"Documented" means that the engine's sources or documentation say so, and that no case was run.
"""

from dataclasses import dataclass
from typing import Literal

EngineName = Literal["standard", "chromium", "firefox", "webkit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """The behaviour of an engine; the defaults are the standard's text (for cookies, RFC 6265bis)."""

    name: EngineName
    max_age_limit: int | None = None  # seconds
    authorization_under_wildcard: bool = False
    safelists_client_hints: bool = False
    range_limit: int | None = None
    ranges_in_any_case: bool = False
    refuses_odd_content_types: bool = False
    judges_joined_values: bool = False
    repeats_asked_names: bool = False
    forbidden_request_header_names: frozenset[str] = frozenset()
    signed_max_age: bool = False
    malformed_max_age_is_zero: bool = False
    one_preflight_per_url: bool = False
    drops_insufficient_preflights: bool = False
    keeps_preflights_after_errors: bool = False
    keeps_preflights_by_credentials: bool = False
    kept_preflights_cover_head: bool = True
    kept_wildcards: Literal["by request", "by answer", "as names"] = "by request"
    authorization_under_kept_wildcard: bool = False
    preflights_again_after_redirects: bool = False
    asks_first_names_after_redirects: bool = False
    preflights_send_the_page_s_origin: bool = False
    blocks_userinfo_in_redirects: bool = False
    same_site_is_schemeful: bool = True
    cookies_are_lax_by_default: bool = True
    xhr_charset: Literal["anew", "in place", "in place, always"] = "anew"
    counts_added_accept: bool = True
    takes_bad_punycode: bool = False
    upload_listeners_preflight_get: bool = True
    redirects_without_location_fail: bool = True
    checks_location_of_manual_redirects: bool = False
    takes_nameless_cookies: bool = True
    refuses_tabs_in_cookies: bool = False
    host_prefix_needs_a_path: bool = True
    lax_allows_unsafe_for: int = 0  # seconds
    redirects_taint_cookies: bool = True
    sends_third_party_cookies: bool = True
    partitions_third_party_cookies: bool = False
    # the HTTP cache: RFC 9111 leaves it open
    drops_blocked_responses: Literal["none", "all", "of fetch"] = "none"
    drops_blocked_redirects: bool = False
    cache_splits_by_credentials: bool = False
    stores_partial_content: bool = False
    unstored_statuses: frozenset[int] = frozenset()
    # how requests name the page that sends them
    referrer_downgrades_by_scheme: bool = False
    hides_origin_without_cors: Literal["all", "navigations"] = "all"
    hides_origin_on_downgrade: bool = True
    keeps_origin_of_changed_methods: bool = False
    websocket_destination: Literal["empty", "websocket"] | None = "empty"  # None: no Sec-Fetch-* at all
    sends_fetch_metadata_after_redirects: bool = True  # to another origin, in CORS requests but not in preflights
    preflight_metadata_forgets_redirects: bool = False
    preflights_always_say_mode: bool = False
    # what is not simulated, and noted
    blocks_loopback_as_mixed_content: bool = False
    asks_for_local_networks: bool = False


STANDARD = Engine(name="standard")

CHROMIUM = Engine(
    name="chromium",
    # seen in 156 (s-size-accept): the Accept that the browser adds is not judged
    counts_added_accept=False,
    # seen in 156 (s-idna-03): "xn--a" is a host
    takes_bad_punycode=True,
    # seen in 156 (s-xhr-charset-utf8-quoted): send(string) writes UTF-8 where the charset stands, whatever it was
    xhr_charset="in place, always",
    # seen in 156 (jar-tabs): no tab inside the name or the value of a cookie
    refuses_tabs_in_cookies=True,
    # seen in 156 (tab-default-form), documented: a cookie without SameSite goes along with a form for two minutes
    lax_allows_unsafe_for=120,
    # seen in 156 (s-ck-bounce-lax): cookies ask where the request goes, not by which way
    redirects_taint_cookies=False,
    # seen in 156 (w-upload-get): an upload listener needs a preflight where there is a body alone
    upload_listeners_preflight_get=False,
    # seen in 156 (w-loc-none-error-301): without a Location it is no redirect, also where the mode is error
    redirects_without_location_fail=False,
    # seen in 156 (w-loc-invalid-manual-301, -307): a Location that is not a URL fails before the mode is asked
    checks_location_of_manual_redirects=True,
    # seen in 156 (x-hc-5, stored-004 to -022): what CORS blocked is not kept; of an XMLHttpRequest it is, where it is
    # short, and a redirect is as well (stored-024)
    drops_blocked_responses="of fetch",
    # seen in 156 (stored-s401)
    unstored_statuses=frozenset({401}),
    # seen in 156 (serialise-016, who-get-down): http of loopback is as good as any http
    referrer_downgrades_by_scheme=True,
    # seen in 156 (who-nocors-own-1, who-beacon-cross-3): only forms hide it
    hides_origin_without_cors="navigations",
    # seen in 156 (who-ws-own-1)
    websocket_destination=None,
    # seen in 156 (redir-preflight-013)
    preflight_metadata_forgets_redirects=True,
    # documented: since 142
    asks_for_local_networks=True,
    # seen in 156 (who-put-http): Sec-Fetch-Mode stands in every preflight
    preflights_always_say_mode=True,
    # documented: the limit is two hours
    max_age_limit=7200,
    # seen in 156 (dis-authz-001): `*` in Access-Control-Allow-Headers covers Authorization, with a console warning
    authorization_under_wildcard=True,
    # seen in 156 (kept-014, kept-013): of a kept answer it does not, and with credentials it stays the name *
    kept_wildcards="by answer",
    # seen in 156 (dis-hint-003, -007, -008), values documented: Device-Memory, DPR, Width, Viewport-Width, RTT,
    # Downlink, ECT and Save-Data need no preflight
    safelists_client_hints=True,
    # seen in 156 (ask-006, -007 of the cases beyond the corpus): a Range from 2**63 - 1 on needs a preflight
    range_limit=2**63 - 1,
    # seen in 156 (dis-pairs-001, -002): several headers of one name are joined before they are judged
    judges_joined_values=True,
    # seen in 156 (dis-ua-001): User-Agent set by a script is dropped in silence
    forbidden_request_header_names=frozenset({"user-agent"}),
    # seen in 156 (dis-cache-002, -004): Access-Control-Max-Age is a signed 64-bit number, negative is 0, larger is none
    signed_max_age=True,
    # seen in 156 (kept-003): the cache keeps one answer for an origin and a URL
    one_preflight_per_url=True,
    # seen in 156 (kept-012): it is dropped when it falls short
    drops_insufficient_preflights=True,
    # seen in 156 (dis-cache-005): an error does not clear the preflight cache
    keeps_preflights_after_errors=True,
    # seen in 156 (dis-redir-001): a redirect to a URL with a user or a password is blocked, same origin or not
    blocks_userinfo_in_redirects=True,
)

FIREFOX = Engine(
    name="firefox",
    # seen in 153 (s-size-accept): the Accept that the browser adds is not judged
    counts_added_accept=False,
    # seen in 153 (s-xhr-charset-quoted): send(string) writes UTF-8 where the charset stands
    xhr_charset="in place",
    # seen in 153 (stored-024)
    drops_blocked_redirects=True,
    # seen in 153 (stored-002, -003): an answer serves requests with credentials, or those without
    cache_splits_by_credentials=True,
    # seen in 153 (stored-s206)
    stores_partial_content=True,
    # seen in 153 (stored-013, -014, stored-s201 to -s503)
    unstored_statuses=frozenset({201, 205, 300, 400, 401, 403, 404, 405, 414, 418, 429, 500, 501, 503}),
    # seen in 153 (serialise-016, who-get-down): http of loopback is as good as any http
    referrer_downgrades_by_scheme=True,
    # documented: the limit is 24 hours
    max_age_limit=86_400,
    # seen in 153 (dis-authz-001): `*` covers Authorization, with a console warning
    authorization_under_wildcard=True,
    # seen in 153 (ask-006, -007): a Range whose numbers do not fit in 64 bits needs a preflight
    range_limit=2**64,
    # seen in 153 (hdr-safe-023, -060, -061; type-001 to -033): so does a Content-Type whose parameters have a comma, a
    # byte above 0x7F or, but for the only one, nothing at the end
    refuses_odd_content_types=True,
    # seen in 153 (pairs-003, ask-001, -003): a name that a script appends twice is asked twice
    repeats_asked_names=True,
    # seen in 153 (cache-017, -021, dis-cache-002, kept-007): where Access-Control-Max-Age is no number, nothing is kept
    malformed_max_age_is_zero=True,
    # seen in 153 (kept-004): a request without credentials is not served by an answer to one with them
    keeps_preflights_by_credentials=True,
    # seen in 153 (kept-001): the cache takes HEAD for a method that has to be listed
    kept_preflights_cover_head=False,
    # seen in 153 (cache-011, kept-002, -005): `*` is kept as if it were a name
    kept_wildcards="as names",
    # seen in 153 (redir-method-007, way-001 to -013): what needed a preflight at first needs one after each redirect
    preflights_again_after_redirects=True,
    # seen in 153 (redir-preflight-004, way-004, -005): after redirects a preflight has the page's origin, where the
    # request has null
    preflights_send_the_page_s_origin=True,
    # seen in 153 (cookie-002, -003): SameSite=Lax is not the default
    cookies_are_lax_by_default=False,
    # seen in 153 (cookie-009): http: and https: are one site
    same_site_is_schemeful=False,
    # seen in 153 (jar-bare-value, jar-bare-word): a word alone is a name without a value, and a value alone is nothing
    takes_nameless_cookies=False,
    # seen in 153 (jar-host-nopath): the default path will do
    host_prefix_needs_a_path=False,
    # seen in 153 (tab-none-fetch): a cookie that was set on one site's page does not go along from another site's
    partitions_third_party_cookies=True,
)

WEBKIT = Engine(
    name="webkit",
    # seen in 2.50 (s-size-accept): the Accept that the browser adds is not judged
    counts_added_accept=False,
    # seen in 2.50 (s-ck-bounce-lax): cookies ask where the request goes, not by which way
    redirects_taint_cookies=False,
    # seen in 2.50 (w-loc-none-error-301): without a Location it is no redirect, also where the mode is error
    redirects_without_location_fail=False,
    # seen in 2.50 (x-hc-5, stored-004 to -022): what CORS blocked is not kept, but for redirects (stored-024)
    drops_blocked_responses="all",
    # seen in 2.50 (stored-s206)
    stores_partial_content=True,
    # seen in 2.50 (stored-014, stored-s400 to -s503)
    unstored_statuses=frozenset({400, 401, 418, 429, 500, 503}),
    # seen in 2.50 (serialise-016, who-form-down): http of loopback is as good as any http
    referrer_downgrades_by_scheme=True,
    # seen in 2.50 (who-get-down)
    blocks_loopback_as_mixed_content=True,
    # seen in 2.50 (who-form-down)
    hides_origin_on_downgrade=False,
    # seen in 2.50 (w-ro-post-same-301, -302): a POST that a redirect makes a GET keeps its Origin
    keeps_origin_of_changed_methods=True,
    # seen in 2.50 (way-003 to -013, w-ro-post-back-308): CORS requests lose Sec-Fetch-* by a redirect to another origin
    sends_fetch_metadata_after_redirects=False,
    # seen in 2.50 (who-ws-own-1)
    websocket_destination="websocket",
    # documented: the limit is ten minutes
    max_age_limit=600,
    # seen in WebKitGTK 2.50 (dis-authz-001): `*` covers every header
    authorization_under_wildcard=True,
    # seen in 2.50 (kept-014): of a kept answer as well
    authorization_under_kept_wildcard=True,
    # seen in 2.50 (ask-006, -007): a Range whose numbers do not fit in 64 bits needs a preflight
    range_limit=2**64,
    # seen in 2.50 (hdr-unsafe-087, ask-004): "Bytes=0-1" is a range as well
    ranges_in_any_case=True,
    # seen in 2.50 (dis-pairs-001, -002): several headers of one name are joined before they are judged
    judges_joined_values=True,
    # seen in 2.50 (dis-cache-002, -004, kept-006): Access-Control-Max-Age is a signed 64-bit number, larger is none
    signed_max_age=True,
    # seen in 2.50 (kept-003): the cache keeps one answer for an origin and a URL
    one_preflight_per_url=True,
    # seen in 2.50 (dis-cache-005): whatever fails later
    keeps_preflights_after_errors=True,
    # seen in 2.50 (redir-method-007, way-001 to -013): what needed a preflight at first needs one after each redirect
    preflights_again_after_redirects=True,
    # seen in 2.50 (redir-method-007): it asks for the names that the script set, those that do not go along included
    asks_first_names_after_redirects=True,
    # documented: SameSite=Lax is not the default
    cookies_are_lax_by_default=False,
    # seen in 2.50 (cookie-001; Safari since 13.1 as documented): no cookies on requests to another site
    sends_third_party_cookies=False,
)

ENGINES: dict[str, Engine] = {engine.name: engine for engine in (STANDARD, CHROMIUM, FIREFOX, WEBKIT)}
