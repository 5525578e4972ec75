"""`PolicyFile`: a file of policies that is watched while requests are served.

The laws of this module: within `check_every` seconds one thread checks the file, with one `stat`, and no request waits
for the check of another. A refused file is logged once, and the previous table stays in use. A file that is being
written is not read.
"""

import logging
import os
from threading import Lock
from time import monotonic, time

from corswsgi.calls import helpful
from corswsgi.errors import PolicyError
from corswsgi.files import FilePath, load_policies
from corswsgi.paths import PolicyTable, rows_in_words
from corswsgi.problems import problem, write
from corswsgi.variables import Environment

logger = logging.getLogger("corswsgi")

_State = tuple[int, ...] | None  # a value that changes with the file

QUIET_FOR = 1.0  # seconds without a change, before a file is taken


class PolicyFile:
    """The policies of a file that is read again when it changes: pass it to `CORSMiddleware` instead of a table.

    While requests are served, the file is looked at, at most once in `check_every` seconds (0: for every request). It
    may be written anew, renamed into place, or swapped by a symbolic link. A change takes effect as a whole. If the
    file is deleted or refused, one log line lists all problems, and the previous policies stay in force.

    A change is taken only when the file has not changed for one second: half of a TOML file is often valid, and lacks
    its last rows. So it takes effect at the latest one second after `check_every`. A writer that may pause for longer
    must write another file and rename it into place.

    Raises `PolicyError` as `load_policies` does, and only when it is made.
    """

    __slots__ = ("_changing", "_due", "_environ", "_lock", "_path", "_seen", "_told", "check_every", "table")

    table: PolicyTable

    @helpful()
    def __init__(self, path: FilePath, check_every: float = 5.0, *, environ: Environment | None = None) -> None:
        if isinstance(check_every, bool) or not isinstance(check_every, int | float) or not check_every >= 0:
            message = "check_every must be a number of seconds, not {value}"
            raise PolicyError([problem("check-every", "check_every", check_every, message, write(5))])
        self.check_every = check_every
        self._path = os.path.abspath(path)  # noqa: PTH100  (pathlib is 3 ms of `import corswsgi`)
        self._environ = environ
        self._lock = Lock()
        self._told = ""  # the problems that were logged last
        self._changing: tuple[_State, float] = (None, 0.0)  # a state that was not quiet, and when it was first seen
        self._seen = _state(self._path)  # taken before reading, so that a change meanwhile is noticed the next time
        self.table = load_policies(path, environ=environ)
        is_new = not self._is_quiet(self._seen)  # it may have been half written: the next check comes soon
        self._due = monotonic() + (min(check_every, QUIET_FOR) if is_new else check_every)

    def __call__(self) -> PolicyTable:
        """Return the table to serve now. Never raises."""
        if monotonic() >= self._due and self._lock.acquire(blocking=False):
            try:
                if monotonic() >= self._due:  # no other thread has checked since
                    self._due = monotonic() + self.check_every
                    self._look()
            finally:
                self._lock.release()
        return self.table

    def __repr__(self) -> str:
        return f"PolicyFile({self._path!r}, {rows_in_words(self.table)})"

    def _look(self) -> None:
        state = _state(self._path)
        if state == self._seen:
            return
        if not self._is_quiet(state):
            self._due = min(self._due, monotonic() + QUIET_FOR)
            return
        try:
            table = load_policies(self._path, environ=self._environ)
            if _state(self._path) != state:
                return  # it was written meanwhile: the next check decides
            self.table, self._seen = table, state
        except PolicyError as error:
            self._seen = state
            if any(each.code == "unreadable-file" for each in error.problems):
                self._seen = None  # it may be readable the next time without a change
            self._complain(str(error))
        except Exception:
            self._seen = state
            logger.exception("%s cannot be read; keeping the previous policies", ascii(self._path))
        else:
            self._told = ""
            logger.info("%s has changed; serving its new policies", ascii(self._path))

    def _is_quiet(self, state: _State) -> bool:
        """Return whether the file has not changed for long enough, by its times or by our own clock."""
        if state is None or time() - max(state[-2:]) / 1e9 >= QUIET_FOR:
            return True
        if self._changing[0] != state:
            self._changing = (state, monotonic())
        return monotonic() - self._changing[1] >= QUIET_FOR

    def _complain(self, problems: str) -> None:
        if problems != self._told:
            self._told = problems
            logger.error("%s is refused; keeping the previous policies:\n%s", ascii(self._path), problems)


def _state(path: str) -> _State:
    """Return a value that changes with the file. ctime covers changes of permissions."""
    try:
        found = os.stat(path)  # noqa: PTH116  (pathlib is 3 ms of `import corswsgi`)
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def policies_from(path: FilePath, check_every: float | None) -> PolicyTable | PolicyFile:
    """Read a file once, or watch it."""
    return load_policies(path) if check_every is None else PolicyFile(path, check_every)
