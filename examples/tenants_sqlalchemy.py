"""Each tenant's origins, in PostgreSQL or SQLite by SQLAlchemy: a table, and a version that every change raises.

$ pip install corswsgi sqlalchemy "psycopg[binary]" gunicorn
$ DATABASE_URL=postgresql+psycopg://localhost/shop gunicorn tenants_sqlalchemy:application
"""

import os
from collections import defaultdict
from typing import Any

from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, select, update
from sqlalchemy.pool import NullPool

from corswsgi import CORSMiddleware, LoadedOrigins, Policy

url = os.environ.get("DATABASE_URL", "sqlite:///tenants.sqlite")
options = {"timeout": 2} if url.startswith("sqlite") else {"connect_timeout": 2, "options": "-c statement_timeout=2000"}
engine = create_engine(url, connect_args=options, poolclass=NullPool)  # pooled connections do not survive a fork
metadata = MetaData()
columns = Column("host", String, primary_key=True), Column("origin", String, primary_key=True)
allowed = Table("cors_origins", metadata, *columns)
changes = Table("cors_version", metadata, Column("number", Integer, primary_key=True))
metadata.create_all(engine)


def load() -> dict[str, list[str]]:
    tenants = defaultdict[str, list[str]](list)
    with engine.connect() as connection:
        for host, origin in connection.execute(select(allowed)):
            tenants[host].append(origin)
    return tenants


def version() -> object:
    with engine.connect() as connection:
        return connection.scalar(select(changes.c.number))


def change(statement: Any) -> None:
    """Run ``allowed.insert().values(...)`` or ``allowed.delete().where(...)``, and raise the version."""
    with engine.begin() as connection:
        connection.execute(statement)
        if not connection.execute(update(changes).values(number=changes.c.number + 1)).rowcount:
            connection.execute(changes.insert().values(number=1))


def tenant(environ: dict[str, Any]) -> object:
    return environ.get("HTTP_HOST")


def app(_environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "application/json")])
    return [b'{"orders": []}']


origins = LoadedOrigins(load, version=version, every=10, keep_for=3600, scope=tenant)
policy = Policy(allow_origins=origins, allow_credentials=True, allow_headers=["Content-Type"], max_age=600)
application = CORSMiddleware(app, {"/api/**": policy})
