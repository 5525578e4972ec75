"""The start of the command ``corswsgi``. It works without the extra ``cli``, to report that it is missing.

The law of this module: nobody sees a traceback because the output lacks a character or cannot be written.
"""

import codecs
import errno
import os
import sys
from contextlib import suppress

_PLAIN = {"✓": "+", "✗": "x", "·": "-"}
_UNWRITABLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})


def main() -> None:
    """Run the command. Exits with 0 when all is fine, 1 when there are problems, 2 when it cannot do what is asked."""
    codecs.register_error("corswsgi", plain_characters)
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError):  # something else is in its place
            stream.reconfigure(errors="corswsgi")  # type: ignore[union-attr]
    try:
        from corswsgi.cli.commands import commands  # noqa: PLC0415  (needs the extra)
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] not in {"click", "rich"}:
            raise
        sys.stderr.write("corswsgi: the command needs click and rich: pip install 'corswsgi[cli]'\n")
        sys.exit(2)
    try:
        commands(prog_name="corswsgi")
    except OSError as error:
        if error.errno not in _UNWRITABLE:
            raise
        sys.stderr.write(f"corswsgi: the output cannot be written: {error.strerror}\n")
        with suppress(OSError):  # what is left of the output would fail again at the end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(2)


def plain_characters(error: UnicodeError) -> tuple[str, int]:
    """Replace characters that an output's encoding does not have: marks by ASCII, letters by their escapes."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    characters = error.object[error.start : error.end]
    plain = (_PLAIN.get(each) or each.encode("ascii", "backslashreplace").decode() for each in characters)
    return "".join(plain), error.end
