"""The routes of the project."""

from django.urls import path

from project.views import Profile, news, users

urlpatterns = [
    path("api/me", Profile.as_view()),
    path("api/public/news", news),
    path("api/admin/users", users),
]
