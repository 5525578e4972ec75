"""Policies in front of an application that you do not edit. Run it: `gunicorn -c gunicorn.conf.py plain_wsgi:app`."""

from gunicorn.workers.base import Worker

from corswsgi import CORSMiddleware, Policy

policies = {
    "/api/**": Policy(allow_origins="https://app.example.com", allow_credentials=True),
    "/api/public/**": Policy(allow_origins="*"),
}


def post_worker_init(worker: Worker) -> None:
    worker.wsgi = CORSMiddleware(worker.wsgi, policies)
