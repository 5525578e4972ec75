"""Words of other surfaces, which must not appear in messages of one."""

# Words of Python, or of a policy's fields, where the reader writes something else
_FIELDS = "allow_(?:origins|credentials|methods|headers)|expose_headers|max_age"
OURS = rf"(?<!['\"\w])(?:{_FIELDS})\b"
FOREIGN = {
    "python": r"\b(?:true|false)\b|CORS_|cors =",
    "toml": r"\b(?:True|False|None)\b|CORS_|Policy|timedelta|callable|\w=\w",
    "environment": rf"\b(?:False|None)\b|(?<!may_be_empty=)True|{OURS}|Policy|timedelta|dangerously",
    "flask": r"\b(?:true|false)\b|CORS_|Policy|\ballow_(?:origins|methods|credentials)\b|cors =",
    "django": rf"\b(?:true|false)\b|Policy|{OURS}|cors =",
}
