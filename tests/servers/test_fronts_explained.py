"""Set-ups of real servers that break CORS: `explain` names the cause, and `probe` never calls them fine."""

import json
from pathlib import Path

import pytest

from tests.servers.test_fronts import APP, backend, folder, serving
from tests.support.commands import run

__all__ = ["backend", "folder"]

NGINX = "location / {{ {} proxy_set_header Host $http_host; proxy_pass http://127.0.0.1:8000; }}\n"
APACHE = "ProxyPreserveHost On\n{}\nProxyPass / http://127.0.0.1:8000/\n"
HAPROXY = "    {}\nbackend app\n    server one 127.0.0.1:8000\n"
CADDY = "    {}\n    reverse_proxy 127.0.0.1:8000{}\n"
ENABLE_CORS = (
    "add_header 'Access-Control-Allow-Origin' '*'; add_header 'Access-Control-Allow-Methods' 'GET, POST, OPTIONS'; "
)

# kind, snippet, what explain names of a PUT, what probe finds (None: nothing, and the verdict says what becomes of it)
SETUPS = {
    "nginx answers OPTIONS": (
        "nginx",
        NGINX.format("if ($request_method = OPTIONS) { return 204; }"),
        "something in front of the application answers OPTIONS itself",
        "preflight-answered-in-front",
    ),
    "nginx, enable-cors.org": (
        "nginx",
        NGINX.format(f"if ($request_method = OPTIONS) {{ {ENABLE_CORS} return 204; }}"),
        "something in front of the application answers OPTIONS itself",
        "preflight-answered-in-front",
    ),
    "nginx limits methods": (
        "nginx",
        NGINX.format("if ($request_method !~ ^(GET|POST|PUT)$) { return 405; }"),
        "OPTIONS is answered with status 405",
        "preflight-not-ok",
    ),
    "nginx, limit_except": (
        "nginx",
        NGINX.format("limit_except GET POST { deny all; }"),
        "OPTIONS is answered with status 403",
        "preflight-refused",
    ),
    "nginx drops Origin": (
        "nginx",
        NGINX.format('proxy_set_header Origin "";'),
        "Origin does not arrive",
        "origin-does-not-arrive",
    ),
    "nginx changes Origin": (
        "nginx",
        NGINX.format("proxy_set_header Origin http://x.example;"),
        "look for a proxy in front that changes Origin",
        None,
    ),
    "nginx drops what is asked": (
        "nginx",
        NGINX.format('proxy_set_header Access-Control-Request-Method "";'),
        "OPTIONS gets the answer to GET: it reaches the application as another request",
        "preflight-changed-in-front",
    ),
    "nginx cuts the path": (
        "nginx",
        "location /api/ { proxy_set_header Host $http_host; proxy_pass http://127.0.0.1:8000/; }\n",
        "look for a proxy that cuts or adds a prefix",
        None,
    ),
    "nginx adds a header": (
        "nginx",
        NGINX.format("add_header Access-Control-Allow-Origin $http_origin always;"),
        "is sent twice",
        "allow-origin-doubled",
    ),
    "nginx asks for a login": (
        "nginx",
        NGINX.format("auth_basic x; auth_basic_user_file users;"),
        "a preflight never carries credentials",
        None,
    ),
    "nginx redirects": (
        "nginx",
        f"location = /api/me {{ return 301 /api/me/; }}\n{NGINX.format('')}",
        "a slash at the end is missing",
        None,
    ),
    "Apache drops Origin": (
        "apache",
        APACHE.format("RequestHeader unset Origin"),
        "Origin does not arrive",
        "origin-does-not-arrive",
    ),
    "Apache doubles": (
        "apache",
        APACHE.format('Header always set Access-Control-Allow-Origin "*"'),
        "is sent twice",
        "allow-origin-doubled",
    ),
    "HAProxy answers OPTIONS": (
        "haproxy",
        HAPROXY.format("http-request return status 204 if METH_OPTIONS"),
        "something in front of the application answers OPTIONS itself",
        "preflight-answered-in-front",
    ),
    "HAProxy denies OPTIONS": (
        "haproxy",
        HAPROXY.format("http-request deny if METH_OPTIONS"),
        "OPTIONS is answered with status 403",
        "preflight-refused",
    ),
    "Caddy answers OPTIONS": (
        "caddy",
        CADDY.format("@o method OPTIONS\n    respond @o 204", ""),
        "something in front of the application answers OPTIONS itself",
        "preflight-answered-in-front",
    ),
    "Caddy drops Origin": (
        "caddy",
        CADDY.format("", " {\n        header_up -Origin\n    }"),
        "Origin does not arrive",
        "origin-does-not-arrive",
    ),
    "Varnish makes it a GET": (
        "varnish",
        'vcl 4.1;\nbackend default { .host = "127.0.0.1"; .port = "8000"; }\nsub vcl_recv { return (hash); }\n',
        "OPTIONS gets the answer to GET: it reaches the application as another request",
        "preflight-changed-in-front",
    ),
}


@pytest.mark.parametrize("name", SETUPS)
def test_set_up_is_named(name: str, backend: int, folder: Path) -> None:
    kind, snippet, cause, check = SETUPS[name]
    with serving(kind, backend, folder, snippet) as port:
        url = f"http://127.0.0.1:{port}/api/me"
        explained = run("explain", url, "--origin", APP, "-X", "PUT")
        probed = run("probe", url, "--origin", APP, "--delay", "0", "--json")
    assert explained.exit_code == 1
    assert cause in explained.stdout.rpartition("\nBlocked at ")[2]
    told = json.loads(probed.stdout)
    if check is not None:
        assert probed.exit_code == 1
        assert check in {hit["check"] for hit in told["hits"]}
    elif probed.exit_code == 0:
        assert any(note.startswith(f"pages of {APP} are blocked") for note in told["notes"])


def test_cache_that_ignores_vary_is_found(backend: int, folder: Path) -> None:
    snippet = (
        "location / { proxy_cache z; proxy_cache_valid 200 1m; proxy_ignore_headers Vary; "
        "proxy_set_header Host $http_host; proxy_pass http://127.0.0.1:8000; }\n"
        "}\nproxy_cache_path cache keys_zone=z:1m;\nserver { listen 127.0.0.1:1;\n"
    )
    with serving("nginx", backend, folder, snippet) as port:
        probed = run("probe", f"http://127.0.0.1:{port}/api/me", "--origin", APP, "--delay", "0", "--json")
    assert "cache-ignores-vary" in {hit["check"] for hit in json.loads(probed.stdout)["hits"]}
