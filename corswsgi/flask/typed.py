"""The options of Flask's front end with their types, for type checkers and editors.

tests/flask/test_typed.py checks that the names are those that options.py reads.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any, TypedDict

from corswsgi.decision import Decision
from corswsgi.origins import OriginPattern
from corswsgi.writes import Switch


class _Options(TypedDict, total=False):
    """The options of one policy: Flask-CORS's, and the fields of `Policy` for which Flask-CORS has no option."""

    origins: OriginPattern | Iterable[OriginPattern]
    methods: str | Iterable[str]
    allow_headers: str | re.Pattern[str] | Iterable[str | re.Pattern[str]]
    expose_headers: str | Iterable[str] | None
    supports_credentials: bool
    max_age: int | str | timedelta | None
    automatic_options: bool
    always_send: bool
    send_wildcard: bool
    vary_header: bool
    intercept_exceptions: bool
    allow_private_network: bool
    allow_timing: bool
    accept_writes_from: OriginPattern | Iterable[OriginPattern]
    dangerously_allow_insecure_origins: bool
    dangerously_allow_public_suffixes: bool
    dangerously_allow_null_origin: bool
    dangerously_accept_writes_from_any_origin: bool


class ViewOptions(_Options, total=False):
    """The options of `cross_origin`; ``headers`` is the oldest documentation's word for ``allow_headers``."""

    headers: str | re.Pattern[str] | Iterable[str | re.Pattern[str]]


class AppOptions(_Options, total=False):
    """The options of `CORS` in Flask-CORS's words."""

    resources: str | re.Pattern[str] | Iterable[str | re.Pattern[str]] | Mapping[Any, Mapping[str, Any]]
    cross_origin_writes: Switch


class MiddlewareOptions(TypedDict, total=False):
    """The options of `CORS` beside a table or a policy: those of `CORSMiddleware`."""

    preflight_status: int
    intercept_exceptions: bool
    on_decision: Callable[[Decision], object] | None
    cross_origin_writes: Switch
