"""Writes of other origins to the same views of two frameworks, under rows and decorators that are alike."""

from corswsgi import Policy
from tests.support.asking import APP, EVIL

OTHER = "https://other.example"
ROW = Policy(allow_origins=APP, allow_credentials=True, allow_methods="PUT")
PARTNER = Policy(allow_origins=OTHER, allow_credentials=True)
CALLBACK = Policy(accept_writes_from=OTHER)

# Of a POST with a cookie, to a view by its path: the row's, those of partners and callbacks, and one without CORS
STATUSES = [
    ("/orders", APP, "200 OK"),
    ("/orders", EVIL, "403 FORBIDDEN"),
    ("/partner", OTHER, "200 OK"),
    ("/partner", APP, "403 FORBIDDEN"),
    ("/callback", OTHER, "200 OK"),
    ("/callback", APP, "403 FORBIDDEN"),
    ("/staff", APP, "403 FORBIDDEN"),
    ("/staff", OTHER, "403 FORBIDDEN"),
    ("/nowhere", EVIL, "403 FORBIDDEN"),
    ("/nowhere", APP, "404 NOT FOUND"),
]


def of_a_page(origin: str) -> dict[str, str]:
    """Return the headers of a request of another site's page that has the user's cookie."""
    return {"origin": origin, "cookie": "s=1", "sec_fetch_site": "cross-site"}
