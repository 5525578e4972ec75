"""The output of an application while a command inspects it: kept off the terminal and reported in single lines.

The law of this module: an application writes neither to the command's output nor to its errors, because it may print
control codes and tracebacks.
"""

import contextlib
import io
import logging
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field

_TRACEBACK = re.compile(r"^Traceback \(most recent call last\):\n(?:[ \t].*\n|\n)*(\S.*)$", re.MULTILINE)


@dataclass(slots=True)
class Heard:
    """The captured output: corswsgi's own log, Python's warnings, and the last exception of an application.

    ``remarks`` are Python's warnings for users (``UserWarning``), from corswsgi or other code.
    """

    warnings: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    printed: io.StringIO = field(default_factory=io.StringIO)
    logged: BaseException | None = None

    @property
    def exception(self) -> str:
        """The last exception in one line, or the empty string if there was none."""
        if self.logged is not None:
            return in_one_line(self.logged)
        found = _TRACEBACK.findall(self.printed.getvalue())
        return " ".join(found[-1].split()) if found else ""


def in_one_line(error: BaseException) -> str:
    """Write an exception as the last line of a traceback, without its notes."""
    text = " ".join(_text(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001  (whatever somebody's exception does)
        return ""


@contextlib.contextmanager
def listening() -> Iterator[Heard]:
    """Capture everything that an application prints and logs."""
    heard = Heard()
    ours = _Ours(heard)
    make_record = logging.getLogRecordFactory()

    def make_and_hear(*arguments: object, **options: object) -> logging.LogRecord:
        record = make_record(*arguments, **options)
        if record.exc_info and record.exc_info[1] is not None:
            heard.logged = record.exc_info[1]
        return record

    logger = logging.getLogger("corswsgi")
    propagates = logger.propagate
    logging.setLogRecordFactory(make_and_hear)
    logger.addHandler(ours)
    logger.propagate = False
    try:
        with (
            contextlib.redirect_stdout(heard.printed),
            contextlib.redirect_stderr(heard.printed),
            warnings.catch_warnings(record=True) as caught,
        ):
            warnings.simplefilter("default")
            yield heard
            told = [str(each.message) for each in caught if issubclass(each.category, UserWarning)]
            heard.remarks += dict.fromkeys(told)
    finally:
        logging.setLogRecordFactory(make_record)
        logger.removeHandler(ours)
        logger.propagate = propagates


class _Ours(logging.Handler):
    """A handler that keeps corswsgi's own warnings, each line once."""

    def __init__(self, heard: Heard) -> None:
        super().__init__(logging.WARNING)
        self._heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        message = " ".join(record.getMessage().split())
        if record.exc_info is None and message not in self._heard.warnings:
            self._heard.warnings.append(message)
