"""International host names: https://url.spec.whatwg.org/#concept-domain-to-ascii, which is UTS #46, non-transitional.

The package ``idna`` has the tables. Its own ``encode`` follows IDNA 2008, which refuses names that browsers accept.
"""

import unicodedata

_PREFIX = "xn--"
_MAX_LABEL = 255  # more than any name has (RFC 1035, section 3.1), and quickly decoded


def domain_to_ascii(domain: str) -> str:
    """Return `domain` in ASCII and lower case, or the empty string for failure.

    A-labels are not decoded: `has_valid_a_labels` checks them.
    """
    if domain.isascii():
        return domain.lower()
    import idna  # noqa: PLC0415  (slow to load, and few hosts need it)

    try:
        mapped = idna.uts46_remap(domain, std3_rules=False, transitional=False)
        labels = mapped.split(".")
        _check_bidi(labels)
        return ".".join(label if label.isascii() else _encode(label) for label in labels)
    except (idna.IDNAError, UnicodeError, IndexError):
        return ""


def has_valid_a_labels(host: str) -> bool:
    """Return whether each label of `host` that begins with ``xn--`` is valid Punycode of a label that needs it."""
    return all(_is_valid(label) for label in host.split(".") if label.startswith(_PREFIX))


def _encode(label: str) -> str:
    if not _has_valid_joiners(label) or unicodedata.category(label[0]).startswith("M"):
        raise UnicodeError(label)
    return _PREFIX + label.encode("punycode").decode("ascii")


def _is_valid(label: str) -> bool:
    import idna  # noqa: PLC0415  (as above)

    if len(label) > _MAX_LABEL:
        return False
    try:
        decoded = label.removeprefix(_PREFIX).encode("ascii").decode("punycode")
        if not decoded or decoded.isascii() or _encode(decoded) != label:
            return False
        return idna.uts46_remap(decoded, std3_rules=False, transitional=False) == decoded
    except (idna.IDNAError, UnicodeError):
        return False


def _check_bidi(labels: list[str]) -> None:
    """Follow RFC 5893, section 2, if a label is of a script that runs from right to left."""
    import idna  # noqa: PLC0415  (as above)

    if any(unicodedata.bidirectional(char) in {"R", "AL", "AN"} for label in labels for char in label):
        for label in filter(None, labels):
            idna.check_bidi(label, check_ltr=True)


def _has_valid_joiners(label: str) -> bool:
    import idna  # noqa: PLC0415  (as above)

    return all(idna.valid_contextj(label, at) for at, char in enumerate(label) if char in "\u200c\u200d")
