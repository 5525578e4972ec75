"""The codes of causes: the names that `explain` and `probe` use if a policy is not what blocks a request.

They are stable, and in the JSON of both commands. The codes of verdicts are `corswsgi.browser.failure.FailureCode`,
those of notes `NoteCode`, those of findings `RISKS` and `CHECKS`, and those of problems `corswsgi.problems.CODES`.
"""

# Followed by -<status>: the response to a preflight, or to the request, has an error status
STATUS_CAUSES = ("preflight-status", "response-status")

CAUSES = frozenset({
    "airplay", "allow-origin-doubled", "allow-origin-invalid", "allow-origin-missing",
    "allow-origin-misspelt", "allow-origin-other", "allow-origin-replaced", "blocked-by-client",
    "bot-challenge", "bucket-without-cors", "certificate", "certificate-expired", "certificate-of-another-host",
    "connection-refused", "content-security-policy", "cookie-rejected", "debugger", "empty-answer", "event-stream",
    "forbidden-header", "framing", "header-not-exposed", "http-to-https-port", "local-network-access",
    "mixed-content", "ngrok-warning", "no-answer", "no-policy-for-path", "no-reason", "no-such-route-in-gateway",
    "no-tls", "not-json", "not-modified-without-headers", "null-origin", "opaque-in-service-worker",
    "origin-does-not-arrive", "origin-lost-in-redirect", "origin-not-listed", "page-from-file",
    "preflight-alone-allowed", "preflight-answered-in-front", "preflight-changed-in-front", "preflight-redirected",
    "preflight-refused", "preflight-refused-by-policy", "preflight-status-304", "redirect-loop", "redirect-lost",
    "redirected", "refused-before-sending", "resource-policy", "response-header-in-request",
    "response-without-headers", "same-origin-mode", "status-only", "tainted-canvas", "unknown-host", "unsafe-port",
    "url-without-scheme", "websocket", "write-refused", "wrong-mime-type",
})  # fmt: skip
