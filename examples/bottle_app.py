"""A Bottle application behind a table of policies. Run it: `python bottle_app.py`."""

from bottle import Bottle, run

from corswsgi import CORSMiddleware, Policy

app = Bottle()


@app.get("/api/me")
def me() -> dict[str, str]:
    return {"name": "Ada"}


@app.get("/api/public/news")
def news() -> dict[str, list[str]]:
    return {"news": ["the first"]}


application = CORSMiddleware(
    app,
    {
        "/api/**": Policy(allow_origins="https://app.example.com", allow_credentials=True),
        "/api/public/**": Policy(allow_origins="*"),
    },
)

if __name__ == "__main__":
    run(application, port=8000)
