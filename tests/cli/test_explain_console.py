"""Lines that are pasted in place of a target or are in a file, and what those who know curl write."""

import pytest

from tests.cli.test_console import CHROMIUM, PAGE, explain
from tests.cli.test_explain_causes import answer, answering
from tests.support.commands import Serve, Write, run


class TestPasted:
    """A line may be pasted where a target is expected, and be in a file."""

    LINE = f"{CHROMIUM}No 'Access-Control-Allow-Origin' header is present on the requested resource."

    @pytest.mark.parametrize("line", [LINE, "GET http://localhost:5000/a net::ERR_CONNECTION_REFUSED"])
    def test_line_in_place_of_a_target_is_explained(self, line: str) -> None:
        assert run("explain", line).stdout == run("explain", "--console", line).stdout

    def test_target_with_a_space_stays_a_target(self) -> None:
        result = run("explain", "my shop.py", "/x", "--origin", PAGE)
        assert result.exit_code == 2
        assert result.stderr == "Error: my shop.py is not a file\n"

    @pytest.mark.parametrize("name", ["line.txt", "@line.txt"])
    def test_file_is_read(self, write: Write, name: str) -> None:
        write("line.txt", self.LINE)
        assert run("explain", "--console", name).stdout == run("explain", "--console", self.LINE).stdout

    @pytest.mark.parametrize("text", ["nowhere.txt", "a" * 9000, "a\0b", "@"])
    def test_what_is_no_file_is_a_line(self, write: Write, text: str) -> None:
        write("line.txt", self.LINE)
        status, told = explain(text)
        assert (status, "that is not a line about CORS" in told) == (2, True)


def test_origin_may_be_a_header_as_for_curl(serve: Serve) -> None:
    url = serve(answering(GET=answer(headers=[("Access-Control-Allow-Origin", PAGE)])))
    result = run("explain", url, "/x", "-H", f"Origin: {PAGE}")
    assert (result.exit_code, result.stdout) == (0, run("explain", url, "/x", "--origin", PAGE).stdout)
    assert "name the origin of the page" in run("explain", url, "/x", "-H", "Origin:").stderr


def test_websocket_is_not_a_target() -> None:
    result = run("explain", "ws://localhost:8000/ws", "--origin", PAGE)
    assert (result.exit_code, result.stdout) == (2, "")
    assert (
        "CORS does not apply to WebSockets: the server of ws://localhost:8000/ws itself compares Origin"
        in result.stderr
    )
