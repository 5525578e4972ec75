"""Views, some with a policy of their own."""

import json

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import View

from corswsgi import Policy
from corswsgi.django import cors

profile = {"name": "Ada"}


class Profile(View):
    def get(self, request: HttpRequest) -> HttpResponse:  # what the settings say
        return JsonResponse(profile)

    @cors(
        Policy(
            allow_origins="https://settings.example.com",
            allow_credentials=True,
            allow_methods="PUT",
            allow_headers="Content-Type",
        )
    )
    def put(self, request: HttpRequest) -> HttpResponse:
        profile.update(json.loads(request.body))
        return JsonResponse(profile)


@cors(Policy(allow_origins="*"))
def news(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"news": ["the first"]})


@cors(None)
def users(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"users": ["Ada", "Grace"]})
