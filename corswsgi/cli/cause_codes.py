"""The codes of causes: the names that `explain` and `probe` use if a policy is not what blocks a request.

They are stable, and in the JSON of both commands. The codes of verdicts are `corswsgi.browser.failure.FailureCode`,
those of notes `NoteCode`, those of findings `RISKS` and `CHECKS`, and those of problems `corswsgi.problems.CODES`.
"""

# Followed by -<status>: the response to a preflight, or to the request, has an error status
STATUS_CAUSES = ("preflight-status", "response-status")

CAUSES = frozenset({
    "aborted", "airplay", "allow-origin-doubled", "allow-origin-invalid", "allow-origin-missing",
    "allow-origin-misspelt", "allow-origin-other", "allow-origin-replaced", "blocked-by-client", "body-not-allowed",
    "bot-challenge", "bucket-without-cors", "certificate", "certificate-expired", "certificate-of-another-host",
    "connection-refused", "content-security-policy", "cookie-rejected", "csrf-refused", "debugger",
    "embedder-policy", "empty-answer", "event-stream", "file-url", "forbidden-header", "framing", "header-misspelt",
    "header-not-exposed", "header-refused", "http-to-https-port", "integrity", "integrity-without-cors",
    "local-network-access", "method-in-lower-case", "method-refused", "mixed-content", "ngrok-warning", "no-answer",
    "no-policy-for-path", "no-reason", "no-such-path", "no-such-route-in-gateway", "no-tls", "not-cacheable",
    "not-json", "not-modified-without-headers", "null-origin", "opaque-in-service-worker", "opaque-stylesheet",
    "origin-does-not-arrive", "origin-lost-in-redirect", "origin-not-listed", "own-origin-only", "page-from-file",
    "preflight-alone-allowed", "preflight-answered-in-front", "preflight-changed-in-front", "preflight-not-routed",
    "preflight-redirected", "preflight-refused", "preflight-refused-by-policy", "preflight-status-304",
    "redirect-loop", "redirect-lost", "redirected", "refused-before-sending", "resource-policy",
    "response-header-in-request", "response-without-headers", "same-origin-mode", "status-only", "tainted-canvas",
    "unknown-host", "unsafe-port", "url-invalid", "url-with-credentials", "url-without-scheme", "websocket",
    "write-refused", "wrong-mime-type",
})  # fmt: skip
