"""A test that asks an application as a page in a browser does."""

from wsgiref.simple_server import demo_app

from corswsgi import CORSMiddleware, Policy
from corswsgi.browser import CORSError, Page

application = CORSMiddleware(demo_app, Policy(allow_origins="https://app.example.com"))
page = Page("https://app.example.com", application)
try:
    status: int = page.fetch("/", method="PUT", headers={"X-A": "1"}, credentials="include").status
except CORSError as error:
    print(error)
