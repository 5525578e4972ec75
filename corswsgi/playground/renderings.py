"""One table as TOML, as Python and as Flask-CORS's options.

The law of this module: the TOML and the Python read back as the same table, and so do Flask-CORS's options in
`corswsgi.flask`. Anything that cannot be written is left out, and a comment says so.
"""

import re
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from corswsgi.paths import PolicyTable
from corswsgi.policy import Policy
from corswsgi.surfaces import surfaces_of

_DEFAULT_METHODS = ("GET", "HEAD", "POST")


def is_text(table: PolicyTable) -> bool:
    """Return whether TOML can hold the table: origins that are functions or regexes can only be written in Python."""
    policies = [policy for policy in table.rows.values() if policy is not None]
    origins = [origin for policy in policies for origin in (*policy.allow_origins, *policy.accept_writes_from)]
    return all(isinstance(origin, str) for origin in origins)


def as_toml(table: PolicyTable) -> str:
    """Write the table as a file for `load_policies`."""
    return "\n".join(row_as_toml(pattern, policy) for pattern, policy in table.rows.items())


def row_as_toml(pattern: str, policy: Policy | None) -> str:
    """Write one row."""
    lines = [f"[{toml_value(pattern)}]"]
    if policy is None:
        lines.append("cors = false")
    else:
        lines += [f"{name} = {toml_value(value)}" for name, value in _said(policy)]
    return "\n".join(lines) + "\n"


def toml_value(value: object) -> str:
    """Write a value of a policy's field: a string, a flag, a number or a list."""
    if isinstance(value, tuple | list):
        return f"[{', '.join(toml_value(entry) for entry in value)}]"
    if isinstance(value, bool | int):
        return str(value).lower()
    text = str(value).replace("\\", "\\\\").replace('"', '\\"').replace("${", "$${")
    return '"' + "".join(char if char.isprintable() else f"\\U{ord(char):08X}" for char in text) + '"'


def as_python(table: PolicyTable) -> str:
    """Write the table as the mapping that `CORSMiddleware` takes."""
    lines = ["from corswsgi import CORSMiddleware, Policy", "", "policies = {"]
    for pattern, policy in table.rows.items():
        if policy is None:
            lines.append(f"    {_quoted(pattern)}: None,  # no CORS here")
            continue
        lines.append(f"    {_quoted(pattern)}: Policy(")
        lines += [f"        {name}={_python_value(value)}," for name, value in _said(policy)]
        lines.append("    ),")
    return "\n".join([*lines, "}", "app.wsgi_app = CORSMiddleware(app.wsgi_app, policies)"]) + "\n"


def as_flask_cors(table: PolicyTable) -> str:
    """Write the table as the options of Flask-CORS, which `corswsgi.flask` reads as well."""
    lines = ["from flask_cors import CORS", "", "CORS(app, resources={"]
    for pattern, policy in table.rows.items():
        if policy is None:
            lines.append(
                f"    # {_quoted(pattern)}: no CORS here; Flask-CORS has no such row, and a wider one would serve it"
            )
            continue
        lines.append(f"    {flask_resource(pattern)!r}: {{")
        options, comments = flask_options(policy)
        lines += [f"        {_quoted(name)}: {_python_value(value)}," for name, value in options.items()]
        lines += [f"        # {comment}" for comment in comments]
        lines.append("    },")
    return "\n".join([*lines, "})"]) + "\n"


def flask_resource(pattern: str) -> str:
    """Write a path pattern as the regex of a resource."""
    path, below, _ = pattern.partition("/**")
    regex = re.escape(path).replace(r"\*", "[^/]*").replace(r"\-", "-")
    return f"{regex}(/.*)?$" if below else f"{regex}$"


def flask_options(policy: Policy) -> tuple[dict[str, Any], list[str]]:
    """Return the Flask-CORS options for a policy, and the parts of the policy that they cannot express."""
    options: dict[str, Any] = {}
    comments: list[str] = []
    for name, value in _said(policy):
        if name == "allow_origins":
            origins = [_flask_origin(origin) for origin in policy.allow_origins if not callable(origin)]
            if len(origins) < len(policy.allow_origins):
                comments.append("a function decides on other origins: Flask-CORS takes none")
            options["origins"] = origins
        elif name == "accept_writes_from":
            comments.append(f"{name}: Flask-CORS has no such option")
        elif name.startswith("dangerously_"):
            comments.append(f"{name}: Flask-CORS does not ask")
        elif name != "allow_methods":
            options[str(surfaces_of(Policy)[name].flask)] = list(value) if isinstance(value, tuple) else value
    options["methods"] = ["*"] if "*" in policy.allow_methods else [*_DEFAULT_METHODS, *policy.allow_methods]
    # always written, because Flask-CORS's defaults are any origin and any header
    options.setdefault("origins", [])
    options.setdefault("allow_headers", [])
    return options, comments


def _flask_origin(origin: object) -> Any:
    if not isinstance(origin, str) or "*" not in origin or origin == "*":
        return origin
    regex = re.escape(origin.removesuffix(":*")).replace(r"\*\.", r"(?:[a-z0-9-]+\.)+").replace(r"\-", "-")
    port = "(?::[0-9]+)?" if origin.endswith(":*") else ""
    return f"^{regex}{port}$"


def _said(policy: Policy) -> Iterator[tuple[str, Any]]:
    """Yield the origins and the fields that are not the default."""
    for field in fields(policy):
        value = getattr(policy, field.name)
        is_default = value is None or value is False or value == ()
        if field.init and (field.name == "allow_origins" or not is_default):
            yield field.name, value


def _python_value(value: Any) -> str:
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(_python_value, value))}]"
    if isinstance(value, re.Pattern):
        flags = f", {re.RegexFlag(value.flags & re.IGNORECASE)!r}" if value.flags & re.IGNORECASE else ""
        return f"re.compile({value.pattern!r}{flags})"
    if callable(value):
        return getattr(value, "__qualname__", type(value).__name__)
    return _quoted(value) if isinstance(value, str) else repr(value)


def _quoted(text: str) -> str:
    inside = repr(f"'{text}")[2:-1]  # with an apostrophe inside, repr chooses the other quotes
    return f'"{inside}"' if '"' not in text else repr(text)
