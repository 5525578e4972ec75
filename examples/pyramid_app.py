"""A Pyramid application behind a table of policies. Run it: `gunicorn pyramid_app:application`."""

from pyramid.config import Configurator
from pyramid.request import Request

from corswsgi import CORSMiddleware, Policy


def me(request: Request) -> dict[str, str]:
    return {"name": "Ada"}


def news(request: Request) -> dict[str, list[str]]:
    return {"news": ["the first"]}


with Configurator() as config:
    config.add_route("me", "/api/me")
    config.add_route("news", "/api/public/news")
    config.add_view(me, route_name="me", renderer="json")
    config.add_view(news, route_name="news", renderer="json")

application = CORSMiddleware(
    config.make_wsgi_app(),
    {
        "/api/**": Policy(allow_origins="https://app.example.com", allow_credentials=True),
        "/api/public/**": Policy(allow_origins="*"),
    },
)
