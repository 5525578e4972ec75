"""PasteDeploy: a filter for ini files, as Pyramid and ``gunicorn --paste`` read them.

Write into the file::

    [filter:cors]
    use = egg:corswsgi
    policies = %(here)s/cors.toml

The law of this module: a setting is the argument of the same name, and what is refused there is refused here.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from wsgiref.types import WSGIApplication

from corswsgi.calls import helpful
from corswsgi.files.watched import policies_from
from corswsgi.middleware import CORSMiddleware


@helpful()
def filter_factory(  # noqa: PLR0913  (one for each setting)
    global_conf: Mapping[str, str],  # noqa: ARG001  (`%(here)s` is in `policies` by now)
    policies: str,
    check_every: str | None = None,
    preflight_status: str = "204",
    intercept_exceptions: str = "false",
    *,
    cross_origin_writes: str = "accept",
) -> Callable[[WSGIApplication], CORSMiddleware]:
    """Return the filter of a section of the ini file; it is the entry point ``paste.filter_factory``.

    ``policies`` is the path of a file for `load_policies`. With ``check_every`` it is watched, see `PolicyFile`. The
    other settings are those of `CORSMiddleware`. Raises `PolicyError`.
    """
    arguments: dict[str, Any] = {
        "policies": policies_from(policies, None if check_every is None else _value(check_every)),
        "preflight_status": _value(preflight_status),
        "intercept_exceptions": _value(intercept_exceptions),
        "cross_origin_writes": cross_origin_writes,
    }
    return partial(CORSMiddleware, **arguments)


def _value(text: str) -> Any:
    """Read a number or a flag. Other text is returned unchanged, and the argument refuses it."""
    for read in ({"true": True, "false": False}.__getitem__, int, float):
        try:
            return read(text.lower())
        except (KeyError, ValueError):
            continue
    return text
