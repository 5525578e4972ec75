"""Loaded origins: what a question costs, what a reload does to requests, and when a change is seen by every worker.

`python -m benchmarks.loaded [--most 1000000] [--write]` prints the figures. The last part needs gunicorn.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import percentile_10
from benchmarks.results import write_section
from corswsgi import CORSMiddleware, LoadedOrigins, Policy

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_WORKERS = 4
_EVERY = 1.0  # seconds


def app(_environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
    """Answer as little as there is."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]


def _behind(origins: object) -> "WSGIApplication":
    return CORSMiddleware(app, Policy(allow_origins=origins))  # type: ignore[arg-type]  # a list, or what loads it


def _origins(count: int) -> list[str]:
    return [f"https://shop-{number}.customer.example" for number in range(count)]


def _start(_status: str, _headers: object, _exc_info: object = None) -> Callable[[bytes], object]:
    return len


def _requests(origins: Sequence[str], count: int) -> Iterator["WSGIEnvironment"]:
    for _ in range(count):
        number = random.randrange(len(origins))
        yield _request(f"https://shop-{number}.customer.example")  # a string that has no hash yet


def _request(origin: str) -> "WSGIEnvironment":
    return {"REQUEST_METHOD": "GET", "PATH_INFO": "/api", "HTTP_ORIGIN": origin}


def _nanoseconds(served: "WSGIApplication", origins: Sequence[str], batch: int = 300) -> float:
    requests = list(_requests(origins, batch))
    before = time.perf_counter()
    for environ in requests:
        served(environ, _start)
    return (time.perf_counter() - before) / batch * 1e9


def questions(most: int, rounds: int) -> Iterator[str]:
    """Compare a request under loaded origins with one under an exact list of the same."""
    for count in (10, 1000, most):
        origins = _origins(count)
        loaded = LoadedOrigins(lambda origins=origins: origins, every=3600)  # type: ignore[misc]
        served = {"exact": _behind(origins), "loaded": _behind(loaded)}
        slices: dict[str, list[float]] = {name: [] for name in served}
        for _ in range(rounds):
            for name in random.sample(list(served), 2):
                slices[name].append(_nanoseconds(served[name], origins))
        exact, found = percentile_10(slices["exact"]), percentile_10(slices["loaded"])
        figures = f"exact list {exact:.0f} ns, loaded {found:.0f} ns ({found - exact:+.0f})"
        yield f"a request under {count:,} origins: {figures}"


def memory(most: int) -> Iterator[str]:
    """Weigh a load, in a process of its own."""
    program = f"""if True:
        import os
        from corswsgi import LoadedOrigins
        def resident():
            with open("/proc/self/statm") as statm:
                return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        def load():
            return (f"https://shop-{{number}}.customer.example" for number in range({most}))
        LoadedOrigins(lambda: ["https://a.example"]).load_now()
        before = resident()
        origins = LoadedOrigins(load)
        origins.load_now()
        print(resident() - before)
    """
    output = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    yield f"memory of {most:,} loaded origins: {int(output) / 1e6:.0f} MB"


def reload(most: int, seconds: float = 3.0) -> Iterator[str]:
    """Time a reload, and requests of another thread with and without one."""
    origins = _origins(most)
    loaded = LoadedOrigins(lambda: iter(origins), every=3600)
    before = time.perf_counter()
    loaded.load_now()
    first = time.perf_counter() - before
    served = _behind([loaded])
    quiet = _slowest(served, origins, seconds)
    stop = threading.Event()
    spent: list[float] = []

    def keep_loading() -> None:
        while not stop.is_set():
            begun = time.perf_counter()
            loaded.load_now()
            spent.append(time.perf_counter() - begun)

    thread = threading.Thread(target=keep_loading)
    thread.start()
    busy = _slowest(served, origins, seconds)
    stop.set()
    thread.join()
    yield f"the first load of {most:,} origins: {first:.1f} s; a reload, while requests are served: {min(spent):.1f} s"
    yield f"a request, 99th percentile: {quiet:.1f} µs; during a reload: {busy:.1f} µs"


def _slowest(served: "WSGIApplication", origins: Sequence[str], seconds: float) -> float:
    """Return the 99th percentile of requests, one after the other, in microseconds."""
    taken: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        [environ] = _requests(origins, 1)
        before = time.perf_counter()
        served(environ, _start)
        taken.append(time.perf_counter() - before)
        time.sleep(0.0002)  # as a server that waits for the next request
    return sorted(taken)[len(taken) * 99 // 100] * 1e6


def flood(count: int = 100_000) -> Iterator[str]:
    """Ask for origins that nobody loaded."""
    loads: list[int] = []

    def load() -> list[str]:
        loads.append(1)
        return _origins(1000)

    loaded = LoadedOrigins(load, every=3600)
    served = _behind(loaded)
    served(_request("https://a.example"), _start)
    first, before = len(loads), _resident()
    for number in range(count):
        served(_request(f"https://{number}.flood.example"), _start)
    grown = (_resident() - before) / 1e6
    yield f"{count:,} unknown origins: {len(loads) - first} calls of load, {grown:.1f} MB more"


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _load_store() -> list[str]:
    found: list[str] = json.loads(Path(os.environ["BENCHMARK_STORE"]).read_text())
    return found


def served_app(_environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
    """Answer with the process id of the worker."""
    body = str(os.getpid()).encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


watched = CORSMiddleware(served_app, Policy(allow_origins=LoadedOrigins(_load_store, every=_EVERY)))


def promise(changes: int = 10) -> Iterator[str]:
    """Change a store under gunicorn, and wait until each worker has seen it."""
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder, "origins.json")
        store.write_text("[]")
        command = [sys.executable, "-m", "gunicorn", "--bind=127.0.0.1:0", f"--workers={_WORKERS}"]
        log = Path(folder, "log")
        with log.open("w") as errors:
            environ = os.environ | {"BENCHMARK_STORE": str(store)}
            process = subprocess.Popen(
                [*command, "--no-control-socket", "benchmarks.loaded:watched"], stderr=errors, env=environ
            )
        try:
            port = _port(log)
            latest = [_seen_by_all(port, store, f"https://change-{number}.example") for number in range(changes)]
        finally:
            process.terminate()
            process.wait()
    seen = f"a change was seen by the last worker after {max(latest):.2f} s at most"
    yield f"gunicorn, {_WORKERS} workers, every {_EVERY:.0f} s: {seen}"


def _port(log: Path) -> int:
    while "Listening at: http://127.0.0.1:" not in log.read_text():
        time.sleep(0.05)
    return int(log.read_text().partition("127.0.0.1:")[2].split()[0])


def _seen_by_all(port: int, store: Path, origin: str) -> float:
    new = store.with_suffix(".new")
    new.write_text(json.dumps([origin]))
    new.replace(store)
    changed, seen = time.perf_counter(), set[bytes]()
    while len(seen) < _WORKERS:
        with closing(HTTPConnection("127.0.0.1", port)) as connection:
            connection.request("GET", "/", headers={"Origin": origin})
            response = connection.getresponse()
            if response.headers["Access-Control-Allow-Origin"] == origin:
                seen.add(response.read())
    return time.perf_counter() - changed


def main() -> None:
    """Print the figures, one line each."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.loaded", description=__doc__)
    parser.add_argument("--most", type=int, default=1_000_000, help="origins in the largest store")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--write", action="store_true", help="write the figures into benchmarks/README.md")
    options = parser.parse_args()
    parts = (questions(options.most, options.rounds), memory(options.most), reload(options.most), flood(), promise())
    lines = []
    for part in parts:
        for line in part:
            print(line, flush=True)
            lines.append(f"- {line}")
    if options.write:
        write_section("loaded", "\n".join(lines))


if __name__ == "__main__":
    main()
