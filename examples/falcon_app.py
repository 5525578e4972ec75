"""A Falcon application behind a table of policies. Run it: `gunicorn falcon_app:application`."""

from falcon import App, Request, Response

from corswsgi import CORSMiddleware, Policy


class Me:
    def on_get(self, request: Request, response: Response) -> None:
        response.media = {"name": "Ada"}


class News:
    def on_get(self, request: Request, response: Response) -> None:
        response.media = {"news": ["the first"]}


app = App()
app.add_route("/api/me", Me())
app.add_route("/api/public/news", News())

application = CORSMiddleware(
    app,
    {
        "/api/**": Policy(allow_origins="https://app.example.com", allow_credentials=True),
        "/api/public/**": Policy(allow_origins="*"),
    },
)
