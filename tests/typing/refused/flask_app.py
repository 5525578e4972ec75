"""Mistakes that a type checker finds: each marked line has one."""

from flask import Flask

from corswsgi import Policy
from corswsgi.flask import CORS, cross_origin

app = Flask(__name__)
POLICY = Policy(allow_origins="*")

CORS(app, orgins="*")  # refused
CORS(app, origins=7)  # refused
CORS(app, supports_credentials="yes")  # refused
CORS(app, {"/**": POLICY}, origins="*")  # refused
CORS(app, {"/**": POLICY}, on_decison=print)  # refused
CORS("app")  # refused
CORS().init_app(app, orgins="*")  # refused
CORS().init_app(app, POLICY, origins="*")  # refused
cross_origin(POLICY, POLICY)  # refused
cross_origin(POLICY, origins="*")  # refused
cross_origin(resources={"/": {"origins": "*"}})  # refused
cross_origin(orgins="*")  # refused
cross_origin({"/": POLICY})  # refused
