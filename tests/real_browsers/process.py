"""Runs an engine's program in a process group of its own, and leaves no process and no file behind."""

import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext

DEADLINE = 300  # seconds, for the start of an engine and all its pages


def output_until(  # noqa: PLR0913  (each of the last has a default)
    text: str,
    command: list[str],
    folder: str,
    environment: Mapping[str, str] | None = None,
    *,
    remote: Callable[[], AbstractContextManager[object]] = nullcontext,
    fds: Sequence[int] = (),
) -> str:
    """Run `command` until it writes a line with `text`, or until the deadline; its files go to `folder`.

    `remote` is entered when it has been started, and left before it is ended; `fds` stay open in it.
    """
    with subprocess.Popen(  # noqa: S603  (an engine, with our own options)
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        env={"PATH": os.environ["PATH"], "HOME": folder, "TMPDIR": folder, **(environment or {})},
        pass_fds=fds,
        start_new_session=True,  # a process group of its own, to be ended whole
    ) as process:
        assert process.stdout
        deadline = threading.Timer(DEADLINE, os.killpg, (process.pid, signal.SIGKILL))
        deadline.start()
        output = ""
        try:
            with remote():
                for line in process.stdout:
                    output += line
                    if text in line:
                        break
        finally:
            deadline.cancel()
            os.killpg(process.pid, signal.SIGKILL)  # not yet waited for, so the group is still there
            process.stdout.read()  # up to the end of the last process that writes there
    return output


def version(command: str, environment: Mapping[str, str] | None = None) -> str:
    """Give the version that `command` tells, without the name before it."""
    with tempfile.TemporaryDirectory(prefix="corswsgi-") as folder:
        said = subprocess.run(  # noqa: S603  (an engine, as above)
            [command, "--version"],
            check=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            env={"PATH": os.environ["PATH"], "HOME": folder, **(environment or {})},
        ).stdout
    return next(word for word in said.split() if word[0].isdigit())
