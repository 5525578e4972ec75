"""The origins of a playground: four ports of ``localhost``, and ``127.0.0.1``, which is another site.

Ports of one host are one site and share their cookies. ``localhost`` and ``127.0.0.1`` do not.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

PageName = Literal["front", "stranger", "other", "null"]
PAGE_NAMES: tuple[PageName, ...] = get_args(PageName)

_PLACEHOLDER = re.compile(r"\{(control|front|stranger|other|api|other_api)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The ports that a playground listens on."""

    control: int
    front: int
    stranger: int
    api: int

    @property
    def origins(self) -> Mapping[str, str]:
        """The origin of each place, by its name."""
        return {
            "control": f"http://localhost:{self.control}",
            "front": f"http://localhost:{self.front}",
            "stranger": f"http://localhost:{self.stranger}",
            "other": f"http://127.0.0.1:{self.front}",
            "api": f"http://localhost:{self.api}",
            "other_api": f"http://127.0.0.1:{self.api}",
        }

    @property
    def hosts(self) -> Mapping[str, str]:
        """The name of each place, by the ``Host`` that its requests carry."""
        return {origin.partition("//")[2]: name for name, origin in self.origins.items()}

    def page_origin(self, page: PageName) -> str:
        """Return the serialised origin of a page: ``null`` for the sandboxed frame."""
        return "null" if page == "null" else self.origins[page]

    def fill(self, text: str) -> str:
        """Write origins in place of ``{front}``, ``{stranger}`` and the other names."""
        return _PLACEHOLDER.sub(lambda name: self.origins[name[1]], text)
