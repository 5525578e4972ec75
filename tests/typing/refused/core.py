"""Mistakes that a type checker finds: each marked line has one."""

from wsgiref.simple_server import demo_app

from corswsgi import CORSMiddleware, Policy, PolicyFile, PolicyTable

Policy(allow_origin="*")  # refused
Policy("*")  # refused
Policy({"allow_origins": "*"})  # refused
Policy(allow_origins=7)  # refused
Policy(allow_origins="*", allow_credentials="yes")  # refused
Policy(allow_origins="*", max_age="600")  # refused
Policy(allow_origins="*").max_age = 5  # refused
CORSMiddleware(demo_app)  # refused
CORSMiddleware("app", {})  # refused
CORSMiddleware(demo_app, {"/": "*"})  # refused
CORSMiddleware(demo_app, {}, preflight_statuss=200)  # refused
CORSMiddleware(demo_app, {}, on_decision=len)  # refused
CORSMiddleware(demo_app, {})({})  # refused
PolicyTable({"/": 7})  # refused
PolicyFile("cors.toml", check_every="5")  # refused
Policy.from_env({"CORS_MAX_AGE": 5})  # refused
