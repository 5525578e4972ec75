"""The playground's page in Chromium: its protection from strangers, and its accessibility by axe-core.

The law of this module: what a page of the playground forbids is tried by a page that is no part of it.
"""

import base64
import json
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.real_browsers import chromium
from tests.real_browsers.proxy import serving
from tests.real_browsers.test_playground import Recording

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

EVIL = "evil.example"
CONTROL = "localhost:5000"

# Frames the pages of the playground, sends them what only the control page may send, and asks the control API.
ATTACK = """
<!doctype html><meta charset="utf-8"><title>evil</title><link rel="icon" href="data:,">
<script type="module">
  const call = {url: "http://localhost:5003/api/books/1", method: "GET", headers: [], credentials: "include",
    redirect: "follow", api: "fetch"};
  const loaded = (url) => new Promise((resolve) => {
    const frame = document.createElement("iframe");
    frame.onload = () => resolve(frame);
    frame.src = url;
    document.body.append(frame);
  });
  await loaded("http://localhost:5000/TOKEN/");
  const frame = await loaded("http://localhost:5001/frame");
  const {port1, port2} = new MessageChannel();
  const answer = new Promise((resolve) => {
    port1.onmessage = () => resolve("answered");
    setTimeout(resolve, 500, "ignored");
  });
  frame.contentWindow.postMessage(call, "*", [port2]);
  console.info(`message ${await answer}`);
  for (const type of ["application/json", "text/plain"]) {
    const sent = fetch("http://localhost:5000/TOKEN/begin", {method: "POST", headers: {"Content-Type": type},
      body: JSON.stringify({lesson: "wildcard", server: "echo"})});
    console.info(`${type} ${await sent.then(() => "read", () => "blocked")}`);
  }
  console.info("end");
</script>
"""

# Opens the control page in frames of three widths and two themes, makes all plays of all lessons, and runs axe-core.
AUDIT = """
<!doctype html><html lang="en"><meta charset="utf-8"><title>audit</title><link rel="icon" href="data:,">
<script type="module">
  const audit = async (frame, what) => {
    const options = {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]};
    await Promise.all(frame.contentDocument.getAnimations().map((each) => each.finished.catch(() => {})));
    const {violations} = await frame.contentWindow.axe.run(frame.contentDocument, options);
    for (const {id, nodes} of violations) {
      for (const {target} of nodes) console.info(`found ${what}: ${id} at ${target}`);
    }
    const {scrollWidth, clientWidth} = frame.contentDocument.documentElement;
    if (scrollWidth > clientWidth) console.info(`found ${what}: it is wider than the window`);
  };
  const until = async (test) => { while (!test()) await new Promise((resolve) => setTimeout(resolve, 20)); };
  for (const [width, theme] of [[360, "light"], [800, "dark"], [1400, "light"]]) {
    const frame = document.createElement("iframe");
    Object.assign(frame, {width, height: 900, src: "/TOKEN/"});
    document.body.append(frame);
    await until(() => frame.contentDocument?.querySelector("#lessons button"));
    const page = frame.contentDocument;
    const script = page.createElement("script");
    script.src = "/axe.min.js";
    page.head.append(script);
    await until(() => frame.contentWindow.axe);
    page.getElementById("theme").value = theme;
    page.getElementById("theme").dispatchEvent(new Event("change"));
    for (const {dataset: {lesson}} of [...page.querySelectorAll("[data-lesson]")]) {
      page.querySelector(`[data-lesson="${lesson}"]`).click();
      page.getElementById("run-all").click();
      await until(() => !page.getElementById("run-all").disabled);
      for (const details of page.querySelectorAll("main details")) details.open = true;
      for (const tab of width < 900 ? ["sees", "travelled", "why"] : ["sees"]) {
        page.getElementById(`tab-${tab}`).click();
        await audit(frame, `${lesson} at ${width}, ${tab}`);
      }
    }
    const table = page.getElementById("table");
    table.value = "[\\"/x\\"]\\nallow_origins = 1\\n";
    table.dispatchEvent(new Event("input"));
    await until(() => page.querySelector(".problem"));
    await audit(frame, `problems at ${width}`);
    page.getElementById("share").click();
    await audit(frame, `sharing at ${width}`);
    frame.remove();
  }
  console.info("end");
</script>
"""


class Around:
    """The playground with pages of a test beside it. Where `loosely`, its pages may be framed and scripted."""

    def __init__(self, files: dict[tuple[str, str], tuple[str, str]], *, loosely: bool) -> None:
        self.playground = Recording()
        self._files = files
        self._loosely = loosely
        self.asked: list[tuple[str, str, str]] = []

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        host, path = environ.get("HTTP_HOST", ""), environ["PATH_INFO"]
        found = self._files.get((host, path))
        if found is not None:
            self.asked.append((host, path, "200"))
            text = found[1].replace("TOKEN", self.playground.site.token).encode()
            start_response("200 OK", [("Content-Type", found[0]), ("Content-Length", str(len(text)))])
            return [text]

        def starting(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> object:
            self.asked.append((host, path, status[:3]))
            kept = [header for header in headers if not self._loosely or header[0] not in _STRICT]
            return start_response(status, kept)

        return self.playground(environ, starting)  # type: ignore[arg-type]


_STRICT = ("Content-Security-Policy", "X-Frame-Options", "Cross-Origin-Opener-Policy")

needs_chromium = pytest.mark.skipif(chromium.find() is None, reason="Chromium is not installed")


@needs_chromium
@pytest.mark.parametrize(
    "loosely", [pytest.param(False, id="as it is"), pytest.param(True, id="without framing rules")]
)
def test_a_stranger_gets_nothing_of_the_playground(loosely: bool) -> None:
    app = Around({(EVIL, "/"): ("text/html", ATTACK)}, loosely=loosely)
    with serving(app, []) as proxy:
        console = chromium.browse(f"http://{EVIL}/", proxy, "end")
    said = [line for line in console if re.match("message|application|text", line)]
    assert said == ["message ignored", "application/json blocked", "text/plain blocked"]
    token = app.playground.site.token
    scripts = {(CONTROL, f"/{token}/playground.js"), ("localhost:5001", "/frame.js")}
    assert {(host, path) for host, path, _ in app.asked} & scripts == (scripts if loosely else set())
    assert {status for _, path, status in app.asked if path.endswith("/begin")} <= {"405", "403"}
    assert app.playground.site.places.hosts
    assert [each for each in app.asked if each[0] == "localhost:5003"] == []


# Opens what somebody shared, and presses Send when a moment has passed in which nothing may happen.
SHARED = """
<!doctype html><html lang="en"><meta charset="utf-8"><title>shared</title><link rel="icon" href="data:,">
<iframe width="1400" height="900" src="/TOKEN/#play=STATE"></iframe>
<script type="module">
  const frame = document.querySelector("iframe");
  const until = async (test) => { while (!test()) await new Promise((resolve) => setTimeout(resolve, 20)); };
  await until(() => frame.contentDocument?.querySelector("#banner:not([hidden])"));
  await new Promise((resolve) => setTimeout(resolve, 600));
  const text = (id) => frame.contentDocument.getElementById(id).textContent;
  console.info(`first: ${text("banner")} ${text("verdict")}`);
  await fetch("/pressed");
  frame.contentDocument.getElementById("send").click();
  await until(() => /^[✓✗]/.test(text("verdict")));
  console.info(`then: ${text("verdict")}`);
  console.info("end");
</script>
"""


@needs_chromium
def test_what_was_shared_is_shown_and_runs_when_somebody_sends_it() -> None:
    call = {"page": "stranger", "method": "PUT", "path": "/api/books/1", "headers": []}
    table = '["/api/**"]\nallow_origins = ["{stranger}"]\nallow_methods = ["PUT"]\n'
    state = json.dumps({"lesson": "usher", "table": table, "variables": {}, "call": call}).encode()
    html = SHARED.replace("STATE", base64.urlsafe_b64encode(state).decode().rstrip("="))
    app = Around({(CONTROL, "/"): ("text/html", html), (CONTROL, "/pressed"): ("text/plain", "")}, loosely=True)
    with serving(app, []) as proxy:
        console = chromium.browse(f"http://{CONTROL}/", proxy, "end")
    said = [line for line in console if line.startswith(("first", "then"))]
    assert said == [
        (
            "first: This play came from a link. Nothing has run: look at it, then press Send. "
            "Nothing has been sent yet. Choose a request above, or press Send."
        ),
        "then: ✓ The script reads the answer, status 200.",
    ]
    before = app.asked[: app.asked.index((CONTROL, "/pressed", "200"))]
    token = app.playground.site.token
    asked = [path for host, path, _ in before if host == "localhost:5003" or path.endswith(("/begin", "/table"))]
    assert asked == [f"/{token}/table"]  # of the lesson that is open at first, with its own table
    assert [path for host, path, _ in app.asked if host == "localhost:5003"] == ["/api/books/1", "/api/books/1"]


@pytest.fixture
def axe(tmp_path: Path) -> str:
    """Install axe-core with npm, for this test alone."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    command = [npm, "install", "--no-save", "--no-audit", "--no-fund", "--prefix", str(tmp_path), "axe-core@4"]
    if subprocess.run(command, check=False, capture_output=True, timeout=120).returncode:  # noqa: S603  (our own words)
        pytest.skip("npm cannot install axe-core here")
    return (tmp_path / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")


@needs_chromium
def test_axe_finds_nothing_in_any_lesson(axe: str) -> None:
    pages = {(CONTROL, "/audit"): ("text/html", AUDIT), (CONTROL, "/axe.min.js"): ("text/javascript", axe)}
    app = Around(pages, loosely=True)
    with serving(app, []) as proxy:
        console = chromium.browse(f"http://{CONTROL}/audit", proxy, "end")
    assert [line for line in console if line.startswith("found ")] == []
    plays = [each for each in app.asked if each[0] == "localhost:5003"]
    assert len(plays) > 100
