"""`Front`: a Django application behind what its settings and its decorated views say.

The law of this module: what is refused is refused when it is made; the URL resolver is asked only where a view is
decorated, or a regex stands for paths.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from django.core.signals import setting_changed

from corswsgi.decision import Decider
from corswsgi.django.settings import Rules, read_settings
from corswsgi.django.views import find_view, has_decorated_views
from corswsgi.middleware import CORSMiddleware
from corswsgi.paths import PolicyTable
from corswsgi.paths.regexes import in_both_spellings, row_by_regexes
from corswsgi.per_view import Found, PolicyOfViews

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class Front:
    """A WSGI application; `options` are those of `CORSMiddleware`. After ``override_settings`` it reads them anew."""

    def __init__(self, application: "WSGIApplication", options: dict[str, Any]) -> None:
        self._application = application
        self._options = options
        self._serve: CORSMiddleware | PolicyOfViews | None = None
        self._behind(read_settings(), by_view=False)  # raises now, and not in the first request
        setting_changed.connect(self._forget)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request, as PEP 3333 says."""
        serve = self._serve or self._read()
        return serve(environ, start_response)

    @property
    def table(self) -> PolicyTable:
        """The table of the settings, which decides where no view does."""
        return (self._serve or self._read()).table

    def decides(self, environ: "WSGIEnvironment") -> Decider | None:
        """Return the view that decides on this request; where no view does, what the settings say of its path."""
        return (self._serve or self._read()).decides(environ)

    def inside(self) -> Iterable[object]:
        """Return the wrapped application."""
        return (self._application,)

    def prepare(self) -> None:
        """Read the settings and the views."""
        self._read()

    def _forget(self, setting: str, **_: Any) -> None:
        if setting.startswith("CORS_") or setting == "ROOT_URLCONF":
            self._serve = None

    def _read(self) -> CORSMiddleware | PolicyOfViews:
        """Read what settings and views say; not before the first request, for which Django imports the views."""
        rules = read_settings()
        try:
            by_view = has_decorated_views()
        except Exception:  # noqa: BLE001  (of the views' modules: the application meets it again, and answers 500)
            return self._behind(rules, by_view=False)
        self._serve = self._behind(rules, by_view=by_view)
        return self._serve

    def _behind(self, rules: Rules, *, by_view: bool) -> CORSMiddleware | PolicyOfViews:
        if by_view or rules.paths is not None:
            return PolicyOfViews(self._application, rules.table, _finder(rules, by_view=by_view), **self._options)
        return CORSMiddleware(self._application, rules.table, **self._options)


def _finder(rules: Rules, *, by_view: bool) -> Callable[["WSGIEnvironment"], Found | None]:
    paths = rules.paths
    if paths is None:
        return find_view

    covers = in_both_spellings(paths, whole=False)

    def find(environ: "WSGIEnvironment") -> Found | None:
        found = find_view(environ) if by_view else None
        if found is None and row_by_regexes(environ.get("PATH_INFO") or "/", lambda path: covers(path) or None):
            found = paths.pattern, rules.policy
        return found

    return find
