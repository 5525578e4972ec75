"""Writes of other origins in front of a framework: what is kept of rows that change."""

import gc

from flask import Flask

from corswsgi import Policy, PolicyTable
from corswsgi.flask import CORS
from corswsgi.writes import WriteRules
from tests.support.asking import APP, ask
from tests.support.writes import of_a_page


def rules_alive() -> int:
    return sum(type(each) is WriteRules for each in gc.get_objects())


def test_rows_of_tables_that_were_replaced_are_not_kept_for_ever() -> None:
    app = Flask(__name__)
    app.add_url_rule("/orders", view_func=lambda: "done", endpoint="orders", methods=["POST"])

    def table() -> PolicyTable:
        return PolicyTable({"/orders": Policy(accept_writes_from=APP)})

    CORS(app, table, cross_origin_writes="refuse")
    before = rules_alive()
    for _ in range(1_100):
        assert ask(app.wsgi_app, "/orders", "POST", **of_a_page(APP)).status == "200 OK"
    assert rules_alive() - before < 1_050
