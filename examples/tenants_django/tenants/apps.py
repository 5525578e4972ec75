from django.apps import AppConfig


class Tenants(AppConfig):
    name = "tenants"
    default_auto_field = "django.db.models.BigAutoField"
