"""The words of console lines that look like CORS but are not: a code, a pattern, the cause and the fix.

The law of this module: it is data. The first pattern that matches decides, so the specific ones come first.
"""

LINES: tuple[tuple[str, str, str, str], ...] = (
    (
        "content-security-policy",
        r"Content[- ]Security[- ]Policy|blocked:csp|ERR_BLOCKED_BY_CSP",
        "the page's Content Security Policy ({directive}) forbids the request: nothing was sent. It is not CORS",
        "add {origin} to {directive} in the Content-Security-Policy header of the page",
    ),
    (
        "mixed-content",
        r"Mixed[- ]Content|mixed (?:active|display) content|insecure content|was loaded over HTTPS",
        "mixed content: the page is https and asks an http URL, which browsers block. It is not CORS",
        "serve the API over https, and write https:// in the script",
    ),
    (
        "local-network-access",
        (r"address space|private network request|Local Network Access|loopback network|local network"
        r"|(?:PRIVATE|LOCAL)_NETWORK_ACCESS"),
        "Local Network Access: a page of the internet asks this machine or a private network. It is not CORS",
        "serve the page over https and allow the request in the browser's prompt, or serve the page locally",
    ),
    (
        "embedder-policy",
        r"ByCoep|require-corp",
        "the page has Cross-Origin-Embedder-Policy, and the answer was loaded without CORS. It is not CORS",
        "load it with CORS (an element: crossorigin), or have its server send Cross-Origin-Resource-Policy",
    ),
    (
        "blocked-by-client",
        r"ERR_BLOCKED_BY_(?:CLIENT|ADMINISTRATOR)",
        "an extension of the browser, usually an ad blocker, or its administrator stopped the request. It is not CORS",
        "switch the extension off for this page, or rename a URL that looks like an advertisement",
    ),
    (
        "certificate-expired",
        r"ERR_CERT_DATE_INVALID|SEC_ERROR_EXPIRED|certificate[^\n]*expired",
        "the certificate of the server has expired, or the clock of this machine is wrong. It is not CORS",
        "renew the certificate, or set the clock",
    ),
    (
        "certificate-of-another-host",
        r"ERR_CERT_COMMON_NAME_INVALID|SSL_ERROR_BAD_CERT_DOMAIN",
        "the certificate of the server names another host than the URL. It is not CORS",
        "write a host in the script that the certificate names, or get one that names this host",
    ),
    (
        "no-tls",
        r"ERR_SSL_(?:PROTOCOL_ERROR|VERSION_OR_CIPHER_MISMATCH)|SSL_ERROR_RX_RECORD_TOO_LONG|SSL_ERROR_INTERNAL",
        "TLS failed: the server probably speaks http at this port, and the URL says https. It is not CORS",
        "write http:// in the script, or serve TLS at this port (then look at its certificate)",
    ),
    (
        "certificate",
        r"ERR_CERT_\w+|ERR_SSL_\w+|SSL_ERROR_\w+|SEC_ERROR_\w+|certificate[^\n]*(?:invalid|not trusted)",
        "the browser does not trust the certificate of the server, or TLS failed: there is no answer to judge",
        "open the URL in a tab of its own to see the certificate, and install one that the browser trusts",
    ),
    (
        "connection-refused",
        r"ECONNREFUSED ::1",
        "nothing listens at ::1: a proxy reads localhost as IPv6, and the server listens on 127.0.0.1, or is down",
        "write http://127.0.0.1 with the server's port as the proxy's target (Vite: server.proxy), or start the server",
    ),
    (
        "connection-refused",
        r"E(?:RR_CONNECTION_|CONN)REFUSED|NS_ERROR_CONNECTION_REFUSED|Could not connect to the server",
        "nothing listens at that host and port (connection refused): the server is not running, or elsewhere",
        "start the server, and compare its host and port with the URL in the script",
    ),
    (
        "unknown-host",
        (r"ERR_NAME_NOT_RESOLVED|NS_ERROR_UNKNOWN_HOST|server with the specified hostname could not be found"
        r"|ENOTFOUND|EAI_AGAIN"),
        "the host of the URL is not known to the browser (DNS): nothing was sent",
        "check the spelling of the host in the script",
    ),
    (
        "redirect-loop",
        r"ERR_TOO_MANY_REDIRECTS|NS_ERROR_REDIRECT_LOOP|too many (?:HTTP )?redirect|more than 20 redirections",
        "the redirects lead in a circle: two rules of the server undo each other",
        "compare the rules for http and https, for the slash at the end and for logins: curl -IL shows each step",
    ),
    (
        "no-answer",
        (r"ERR_(?:CONNECTION_\w+|TIMED_OUT|EMPTY_RESPONSE|ADDRESS_\w+|INTERNET_\w+|NETWORK_CHANGED|\w+_PROTOCOL_ERROR"
        r"|INVALID_HTTP_RESPONSE)|NS_ERROR_NET_\w+|network connection was lost|request timed out"
        r"|ECONNRESET|ETIMEDOUT|socket hang up"),
        "the connection failed before there was an answer: the server crashed, is too slow, or cannot be reached",
        "look at the server's log, and ask the URL with curl",
    ),
    (
        "unsafe-port",
        r"ERR_UNSAFE_PORT|restricted network port|NS_ERROR_PORT_ACCESS",
        "browsers refuse this port, which belongs to another protocol: nothing was sent",
        "serve the API on another port, for example 8000",
    ),
    (
        "resource-policy",
        (r"ERR_BLOCKED_BY_RESPONSE|ERR_BLOCKED_BY_ORB|OpaqueResponseBlocking|Cross-Origin-Resource-Policy|\bCORB\b"
        r"|Cross-Origin Read Blocking"),
        "Cross-Origin-Resource-Policy or Opaque Response Blocking kept the answer from the page. It is not CORS",
        ("load it with CORS (fetch: mode 'cors', an element: crossorigin); or have the server send "
        "Cross-Origin-Resource-Policy: cross-origin"),
    ),
    (
        "cookie-rejected",
        (r"Cookie [^\n]*(?:has been rejected|was (?:rejected|blocked)|will be soon rejected|will soon be rejected)"
        r"|cookie associated with a cross-site|[Tt]his Set-Cookie"),
        "the browser did not keep or send a cookie (SameSite, Secure or the domain). It is not CORS",
        "serve page and API under one host name, or set SameSite=None; Secure on the cookie",
    ),
    (
        "forbidden-header",
        r"Refused to set unsafe header|Attempt to set a forbidden header was denied",
        "the browser sets this header; scripts cannot. The request goes out without it",
        "remove the header from the script",
    ),
    (
        "header-not-exposed",
        r"Refused to get unsafe header",
        "the answer does not let the page read this header: Access-Control-Expose-Headers does not list it",
        "add the header to expose_headers of the policy",
    ),
    (
        "websocket",
        r"WebSocket[^\n]*Unexpected response code: (?:401|403)\b",
        "the server refused the WebSocket: it does not take the page's Origin, or wants a login. It is not CORS",
        ("if the page is yours, add its origin to the list of the server's WebSocket library (Socket.IO: "
        "cors_allowed_origins); otherwise send the login that it wants"),
    ),
    (
        "websocket",
        r"WebSocket[^\n]*Unexpected response code: [1-5]\d\d\b",
        "the handshake was not answered as one: nothing at this URL serves WebSockets. It is not CORS",
        "compare the URL with the routes of the server, and have every proxy in front pass Upgrade and Connection on",
    ),
    (
        "websocket",
        r"WebSocket connection to|can't establish a connection to the server at wss?:",
        "a WebSocket failed. CORS does not apply to WebSockets: the server answers the handshake, or refuses it",
        "look at the server's log: it may refuse the Origin of the page, or not serve WebSockets at this URL",
    ),
    (
        "file-url",
        r"Not allowed to load local resource|may not load or link to file:",
        "the script asks a file:// URL, which no page of the web may load: nothing was sent. It is not CORS",
        "serve the file over http, and write its URL in the script",
    ),
    (
        "page-from-file",
        (r"(?:origin 'null'|Unsafe attempt to load URL)[^\n]*(?:protocol schemes|file:)|file:///[^\n]*origin 'null'"
        r"|resource at file://"),
        "the page was opened as a file (file://), whose origin is null: it may not load other files or modules",
        "serve the page over http: python -m http.server, then open http://localhost:8000",
    ),
    (
        "url-without-scheme",
        r"only supported for (?:protocol )?schemes|ERR_UNKNOWN_URL_SCHEME",
        "the URL has no scheme that CORS knows: 'localhost:5000/x' is read as the scheme 'localhost:'",
        "write http:// in front of the host in the script",
    ),
    (
        "same-origin-mode",
        r"Request mode is .same-origin",
        "the script asks with mode: 'same-origin', and the URL is of another origin: nothing was sent",
        "remove mode: 'same-origin' from the script",
    ),
    (
        "own-origin-only",
        (r"Failed to construct '(?:Shared)?Worker'|Script at \S+ cannot be accessed from origin"
        r"|Failed to register a ServiceWorker|Non-same-origin scope|Security Error: Content at \S+ may not load data"),
        "a worker's script, or a request with mode: 'same-origin', must be of the page's own origin. It is not CORS",
        "serve the worker's script from the origin of the page; remove mode: 'same-origin' from a fetch()",
    ),
    (
        "integrity-without-cors",
        r"CORS enabled to check the integrity|not eligible for integrity checks",
        "the browser can only check the integrity of what was loaded with CORS",
        'add crossorigin="anonymous" to the element, and have its server send Access-Control-Allow-Origin',
    ),
    (
        "integrity",
        r"'integrity' attribute|integrity attribute|integrity checks failed",
        "the file does not match its hash in integrity, and so the browser blocks it. It is not CORS",
        "compute the hash again, or load the version of the file for which it was computed",
    ),
    (
        "opaque-stylesheet",
        r"cssRules|Cannot access rules",
        "the stylesheet was loaded without CORS, and so the page cannot read its rules",
        'load it with crossorigin="anonymous", and have its server send Access-Control-Allow-Origin',
    ),
    (
        "csrf-refused",
        r"Origin checking failed|CSRF verification failed|CSRF Failed|CSRF (?:session )?token|\bCSRFError\b",
        "a CSRF check refused the request, which is not CORS: the token or the origin is missing",
        "send the token (Django: X-CSRFToken); if the page is yours, trust its origin (Django: CSRF_TRUSTED_ORIGINS)",
    ),
    (
        "django-disallowed-host",
        r"DisallowedHost|Invalid HTTP_HOST header",
        "Django answers 400 to a host that is not in ALLOWED_HOSTS. It is not CORS",
        "add the host of the URL, without its port, to ALLOWED_HOSTS",
    ),
    (
        "broken-answer",
        r"ERR_(?:INCOMPLETE_CHUNKED_ENCODING|CONTENT_\w+|RESPONSE_HEADERS_\w+|INVALID_(?:CHUNKED|RESPONSE)\w*)",
        "the answer broke off, or is not valid HTTP: the server, or a proxy in front, failed",
        "look at the server's log, and ask the URL with curl",
    ),
    (
        "proxy-of-browser",
        r"ERR_(?:TUNNEL_CONNECTION|PROXY)_\w+|ERR_UNEXPECTED_PROXY_AUTH|ERR_MANDATORY_PROXY\w+|NS_ERROR_PROXY\w+",
        "the proxy that the browser is set to use does not pass the request on. It is not CORS",
        "exempt the host from the proxy in the settings of the system, or of the browser",
    ),
    (
        "aborted",
        (r"AbortError|signal is aborted|operation was aborted|NS_BINDING_ABORTED|TimeoutError|signal timed out"
        r"|operation timed out|timeout of \d+ ?ms exceeded|ECONNABORTED|ERR_CANCELED|CanceledError"),
        "the script itself ended the request: an AbortController, its timeout, or the page was left. It is not CORS",
        "raise the timeout; if it is long enough, look at the server's log: it is too slow",
    ),
    (
        "url-with-credentials",
        r"URL that includes credentials|url with embedded credentials",
        "fetch() refuses a URL with a user and a password in it: nothing was sent. It is not CORS",
        "send them in a header, Authorization: Basic ..., which the server has to list in Access-Control-Allow-Headers",
    ),
    (
        "method-refused",
        r"unsupported in no-cors mode|HTTP method is unsupported|not a valid HTTP method|Invalid request method",
        "browsers do not send TRACE and CONNECT, and with mode: 'no-cors' they send only GET, HEAD and POST",
        "remove mode: 'no-cors' from the script, and have the server allow the page and the method",
    ),
    (
        "body-not-allowed",
        r"GET/HEAD method cannot have body|HEAD or GET Request cannot have a body",
        "GET and HEAD have no body in browsers: nothing was sent. It is not CORS",
        "send the body with POST, or write it into the URL",
    ),
    (
        "header-refused",
        (r"invalid header (?:name|value)|HTTP header field name|'fetch' on 'Window': Invalid (?:name|value)"
        r"|non ISO-8859-1|ByteString"),
        "the name or the value of a header has a character that it cannot have: nothing was sent. It is not CORS",
        "remove spaces and line breaks from it, and encode what is not ASCII: encodeURIComponent()",
    ),
    (
        "url-invalid",
        r"Failed to parse URL|is not a valid URL|Invalid URL",
        "the URL in the script cannot be read: nothing was sent. It is not CORS",
        "write it with http:// and a host, without spaces",
    ),
    (
        "not-cacheable",
        r"Failed to execute '(?:put|add|addAll)' on 'Cache'",
        "a service worker could not keep an answer: the request failed, or has an error status or another origin",
        "look for the line above it; ask another origin with mode: 'cors', and have its server allow the page",
    ),
    (
        "preflight-refused-by-policy",
        r"CORS preflight refused:",
        "corswsgi refused the preflight: its row does not allow the origin, the method or a header, as the line says",
        "ask it which row decides: corswsgi explain shop:app /path --origin http://... (-X, -H as the script)",
    ),
    (
        "write-refused",
        r"Refused: pages of other origins may not send this request",
        "corswsgi refused the request: cross_origin_writes is on, and the row does not let the page send it",
        "if the page is yours, add its origin to allow_origins of the row, or to accept_writes_from if it only posts",
    ),
    (
        "event-stream",
        r"EventSource's response has a (?:MIME type|charset|Content-Type)",
        "an EventSource accepts only Content-Type: text/event-stream. It is not CORS",
        "have the server answer Content-Type: text/event-stream; a login or an error page may answer in its place",
    ),
    (
        "not-json",
        r"Unexpected token '?<|<!DOCTYPE|JSON\.parse: unexpected character at line 1 column 1|Unrecognized token '<'",
        "the answer is HTML, and the script reads JSON: a login, an error page or the page itself. It is not CORS",
        "look at the URL and the status in the network tab: the path may be wrong, or nobody is logged in",
    ),
    (
        "empty-answer",
        r"Unexpected end of (?:JSON )?input|JSON\.parse: unexpected end of data|Unexpected EOF",
        "the answer that the script reads is empty: with mode: 'no-cors' it always is",
        "remove mode: 'no-cors' from the script and have the server allow the page; otherwise look for a status 204",
    ),
    (
        "tainted-canvas",
        r"[Tt]ainted [Cc]anvas|canvas has been tainted|operation is insecure",
        "the canvas has an image that was loaded without CORS, and so the page cannot read it",
        'load the image with crossorigin="anonymous", and have its server send Access-Control-Allow-Origin',
    ),
    (
        "opaque-in-service-worker",
        r"opaque'? response was used for a request whose type is not no-cors",
        "a service worker answers with an opaque response, which it fetched with mode: 'no-cors'",
        "fetch with mode: 'cors' in the service worker, and have the server allow the page",
    ),
    (
        "framing",
        (r"X-Frame-Options|Blocked a frame with origin|Failed to execute 'postMessage'"
        r"|Cross-Origin-(?:Opener|Embedder)-Policy policy would"),
        "the page may not use a frame or a window of another origin. It is not CORS",
        "use postMessage() between them, or change the headers of the framed page (frame-ancestors)",
    ),
    (
        "wrong-mime-type",
        (r"Refused to (?:execute script|apply style)|disallowed MIME type|MIME type (?:\(.text/html.\)|of .text/html)"
        r"|Failed to load module script"),
        "the answer has another type than a script or a style: often the HTML of an error page. It is not CORS",
        "ask the URL in a tab of its own: its path is probably wrong",
    ),
    (
        "refused-before-sending",
        r"Not allowed to request resource|blocked:other",
        "the browser sent nothing: mixed content, a Content Security Policy, or a content blocker",
        "look whether the page is https and the URL http, and at the Content-Security-Policy of the page",
    ),
    (
        "no-answer",
        r"net::ERR_(?!FAILED|ABORTED|NETWORK|CACHE_MISS)\w+",
        "the request failed in the network or in the browser, before CORS",
        "search for the word after net::, and ask the URL with curl",
    ),
)  # fmt: skip

# By code: the cause and the fix of its first entry
WORDS = {code: (cause, fix) for code, _, cause, fix in reversed(LINES)}
