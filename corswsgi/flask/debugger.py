"""Werkzeug's debugger, which wraps the application and answers in its place when it raises.

The law of this module: the page is the debugger's own, with its secret, frames and console.
"""

import copy
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


def page_of(error: Exception) -> "WSGIApplication | None":
    """Return an application that serves the page of the debugger around `error`, or None without a debugger."""
    module = sys.modules.get("werkzeug.debug")
    frame = sys._getframe() if module else None  # noqa: SLF001  (documented, if not for every interpreter)
    while frame is not None:
        debugger: Any = frame.f_locals.get("self")
        if module is not None and type(debugger) is module.DebuggedApplication:
            # its copy shares the frames that the console inspects, and nothing else wraps this application
            inner = copy.copy(debugger)
            inner.app = _raising(error)
            served: WSGIApplication = inner.debug_application
            return served
        frame = frame.f_back
    return None


def _raising(error: Exception) -> "WSGIApplication":
    def app(_environ: "WSGIEnvironment", _start_response: "StartResponse") -> "Iterable[bytes]":
        __traceback_hide__ = True
        raise error

    return app
