"""Each tenant's origins, in Redis: a set of "host origin", and a version that every change raises.

$ pip install corswsgi redis gunicorn
$ REDIS_URL=redis://localhost:6379/0 gunicorn tenants_redis:application
"""

import os
from collections import defaultdict
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from corswsgi import CORSMiddleware, LoadedOrigins, Policy

# Time-outs, and none of the client's own retries: a store that hangs is noticed after two seconds
client = redis.Redis.from_url(
    os.environ.get("REDIS_URL", "redis://localhost:6379/0"),
    decode_responses=True,
    socket_timeout=2,
    socket_connect_timeout=2,
    retry=Retry(NoBackoff(), 0),
)


def load() -> dict[str, list[str]]:
    tenants = defaultdict[str, list[str]](list)
    for entry in client.sscan_iter("cors:origins", count=1000):
        host, _, origin = entry.partition(" ")
        tenants[host].append(origin)
    return tenants


def version() -> object:
    return client.get("cors:version")


def change(host: str, origin: str, *, allowed: bool) -> None:
    with client.pipeline() as transaction:
        (transaction.sadd if allowed else transaction.srem)("cors:origins", f"{host} {origin}")
        transaction.incr("cors:version")
        transaction.execute()


def tenant(environ: dict[str, Any]) -> object:
    return environ.get("HTTP_HOST")


def app(_environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "application/json")])
    return [b'{"orders": []}']


origins = LoadedOrigins(load, version=version, every=10, keep_for=3600, scope=tenant)
policy = Policy(allow_origins=origins, allow_credentials=True, allow_headers=["Content-Type"], max_age=600)
application = CORSMiddleware(app, {"/api/**": policy})
