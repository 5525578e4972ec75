"""The failures that a console line can be about, each in words and with its fix, and when elements need CORS.

The law of this module: it is data. A fix that allows an origin says whose pages it is for.
"""

from corswsgi.cli.not_cors_lines import WORDS

_SEND_ALLOW_ORIGIN = (
    "look at the status of the answer first; if that is fine, and {yours}, have it carry "
    "Access-Control-Allow-Origin: {origin} (corswsgi: allow_origins)"
)
# By the code of a failure: what is wrong, and the fix
MEANINGS: dict[str, tuple[str, str]] = {
    "allow-origin-missing": (
        "{answer} has no Access-Control-Allow-Origin header",
        _SEND_ALLOW_ORIGIN,
    ),
    "allow-origin-wildcard": (
        "{answer} has Access-Control-Allow-Origin: *, which does not count for a request with credentials",
        (
            "if {yours}, list {origin} in place of *, with Access-Control-Allow-Credentials: true; "
            "or have the script ask without credentials{anonymous}"
        ),
    ),
    "allow-origin-multiple": (
        "{answer} has Access-Control-Allow-Origin more than once{detail}: two parts of the server send it",
        "take one of the two out: one place sends the headers of CORS, the application or the proxy in front of it",
    ),
    "allow-origin-mismatch": (
        "{answer} allows another origin{detail}, and the page is of {origin}",
        (
            "open the page at the origin that the server allows; or, if {yours}, add {origin} to "
            "the list of the server (corswsgi: allow_origins)"
        ),
    ),
    "allow-credentials": (
        "{answer} does not have Access-Control-Allow-Credentials: true, and the request was made with credentials",
        (
            "if {may} act as the user, send Access-Control-Allow-Credentials: true (corswsgi: "
            "allow_credentials); otherwise have the script ask without credentials"
        ),
    ),
    "preflight-redirect": (
        "{answer} is a redirect, and a preflight follows none: a slash, http for https, or a login",
        "have the script ask the URL that the redirect leads to; if that is a login, let OPTIONS pass before it",
    ),
    "preflight-not-ok": (
        "{answer} has no status of 200 to 299",
        "look at the status of OPTIONS in the network tab: a login, a router or a proxy answers in place of CORS",
    ),
    "preflight-not-answered-well": (
        "{answer} has no status of 200 to 299",
        (
            "if {yours}, add {origin} to allow_origins of the row (corswsgi answers others with 403); if the status of "
            "OPTIONS is another one, or the server not corswsgi, a redirect, a login, a router or a proxy answers first"
        ),
    ),
    "preflight-allow-origin-missing": (
        "{answer} has no Access-Control-Allow-Origin header",
        (
            "if {yours}, add {origin} to allow_origins of the row (corswsgi answers others with 403); if the server is "
            "not corswsgi, look at the status of OPTIONS first, and if that is fine, have it carry "
            "Access-Control-Allow-Origin: {origin}"
        ),
    ),
    "allow-methods-malformed": (
        "{answer} has an Access-Control-Allow-Methods header that is not a list of methods{detail}",
        "list methods with commas between them",
    ),
    "allow-headers-malformed": (
        "{answer} has an Access-Control-Allow-Headers header that is not a list of names{detail}",
        "list names with commas between them",
    ),
    "method-not-allowed": (
        "{answer} does not list the method{detail} in Access-Control-Allow-Methods",
        "if {may} send it, list the method in Access-Control-Allow-Methods (corswsgi: allow_methods)",
    ),
    "header-not-allowed": (
        "{answer} does not list the request header{detail} in Access-Control-Allow-Headers",
        ("if {may} send it, list the header in Access-Control-Allow-Headers (corswsgi: allow_headers){star}"),
    ),
    "redirect-with-credentials": (
        "the answer redirects to a URL with a user and a password in it",
        "have the server redirect without them, or have the script ask that URL at once",
    ),
    "connection": (
        "there was no answer at all: the server is down, the certificate is not trusted, or the browser blocked it",
        "open the URL in a tab of its own, and look at the network tab; if another line stands above, paste both",
    ),
    "same-origin-mode": WORDS["same-origin-mode"],
    "allow-origin-missing-or-other": (
        "{answer} has no Access-Control-Allow-Origin header, or one that allows another origin",
        _SEND_ALLOW_ORIGIN,
    ),
    "redirect-mode": (
        "the answer is a redirect, and the script takes none (redirect: 'error'), or the browser follows none here",
        "have the script ask the URL that the redirect leads to, or remove redirect: 'error' from the script",
    ),
    "redirect-limit": WORDS["redirect-loop"],
    "redirect-scheme": (
        "a redirect leads to a URL that is neither http nor https",
        "have the server redirect to an http URL, or have the script ask that one at once",
    ),
    "no-cors-redirect-mode": (
        "the script asks with mode: 'no-cors' and does not follow redirects, which no browser does: nothing was sent",
        "remove mode: 'no-cors' from the script, and have the server allow the page",
    ),
    "resource-policy": (
        "Cross-Origin-Resource-Policy of the answer, or its absence, kept it from the page. It is not CORS",
        (
            "load it with CORS (fetch: mode 'cors', an element: crossorigin); or have the server send "
            "Cross-Origin-Resource-Policy: cross-origin"
        ),
    ),
    "bad-port": WORDS["unsafe-port"],
    "eventsource-failed": (
        (
            "an EventSource failed: no answer, another status than 200, another type than text/event-stream, or "
            "no headers of CORS. Firefox has one line for all of them"
        ),
        "look for a line about CORS above; otherwise look at the status and the Content-Type in the network tab",
    ),
    "websocket-redirect": (
        "a WebSocket was answered with a redirect, which it never follows. It is not CORS",
        "have the script open the URL that the redirect leads to",
    ),
    "url-scheme": (
        "the URL, or a redirect, has another scheme than http and https",
        "write http:// or https:// in the script",
    ),
}
ALIASES: dict[str, str] = {
    "allow-origin-invalid": "allow-origin-mismatch", "preflight-status": "preflight-not-ok",
    "eventsource-status": "eventsource-failed", "eventsource-type": "eventsource-failed",
    "data-url-invalid": "same-origin-mode",
}  # fmt: skip
_OF_MEDIA = (
    "without the attribute crossorigin the element is loaded without CORS, and no script can read it (a canvas); masks "
    "and shapes of CSS always need CORS"
)
# When an element needs CORS, by Chromium's name for it
ELEMENTS = {
    "image": _OF_MEDIA,
    "video": _OF_MEDIA,
    "audio": _OF_MEDIA,
    "script": (
        "without the attribute crossorigin a script is loaded without CORS; a module (type=module, import) needs CORS"
    ),
    "css stylesheet": "without the attribute crossorigin the stylesheet is loaded without CORS",
    "font": "fonts always need CORS: those of another origin, too, which a stylesheet there names",
    "link element resource": "the crossorigin of a preload has to be that of the element which uses it",
    "manifest": "a manifest is loaded with CORS; with crossorigin=use-credentials the server has to allow credentials",
}
