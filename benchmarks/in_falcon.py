"""Falcon, with and without its own CORS middleware."""

from typing import TYPE_CHECKING, Any

from benchmarks.scenarios import APP_BODY, EXPOSED_HEADERS, CannotServeError, Scenario

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

    from falcon import App, Request, Response


def without(scenario: Scenario) -> "WSGIApplication":
    """Return the application with no CORS."""
    from falcon import App

    return _routed(App(), scenario)


def _routed(app: "App[Request, Response]", scenario: Scenario) -> "WSGIApplication":
    headers = [(name, value) for name, value in scenario.app_headers if name != "Content-Length"]  # Falcon adds it

    class Answer:
        def on_get(self, _request: "Request", response: "Response", **_parameters: str) -> None:
            response.set_headers(headers)
            response.data = APP_BODY

        on_put = on_patch = on_get  # so that OPTIONS has them in `Allow`

    app.add_route("/{path:path}", Answer())
    return app


def serve(scenario: Scenario) -> "WSGIApplication":
    """Return the application behind Falcon's middleware."""
    from falcon import App, CORSMiddleware

    if len(scenario.rows) > 1 or not scenario.covered:
        raise CannotServeError("one policy for all paths")
    if scenario.kind == "wildcards":
        raise CannotServeError("exact origins only")
    if scenario.asks and len(scenario.asks[1]) > 1000 and not scenario.allowed:
        raise CannotServeError("allows any header")
    if any(name.lower().startswith("access-control-") for name, _ in scenario.app_headers):
        raise CannotServeError("leaves the app's headers")
    middleware: CORSMiddleware[Any, Any] = CORSMiddleware(
        allow_origins="*" if scenario.kind == "public" else scenario.listed,
        allow_credentials="*" if scenario.policy.get("allow_credentials") else None,
        expose_headers=EXPOSED_HEADERS,
    )
    return _routed(App(middleware=[middleware]), scenario)
