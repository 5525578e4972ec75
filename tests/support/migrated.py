"""The fields of a policy, written as Flask-CORS's options and as Django's settings."""

import re
from collections.abc import Mapping
from typing import Any

from corswsgi.policy import FIELDS


def as_options(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of `corswsgi.flask` for the fields of a policy."""
    return {str(FIELDS[name].flask): value for name, value in fields.items()}


def as_settings(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return Django's settings for the fields of a policy; regexes and ``*`` have settings of their own."""
    settings = {}
    for name, value in fields.items():
        setting = FIELDS[name].django
        settings[setting if isinstance(setting, str) else f"CORS_{name.upper()}"] = value
    origins = fields.get("allow_origins", ())
    listed = [origins] if isinstance(origins, str) else list(origins)
    regexes = [each for each in listed if isinstance(each, re.Pattern)]
    settings["CORS_ALLOWED_ORIGINS"] = [each for each in listed if each not in [*regexes, "*"]]
    if regexes:
        settings["CORS_ALLOWED_ORIGIN_REGEXES"] = regexes
    if "*" in listed:
        settings["CORS_ALLOW_ALL_ORIGINS"] = True
    return settings
