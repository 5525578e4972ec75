"""Each tenant's origins, in Django's ORM: a table, and a version that every saved change raises."""

from collections import defaultdict
from typing import Any

from django.db import connection, models
from django.db.models.signals import post_delete, post_save

from corswsgi import LoadedOrigins, Policy


class TenantOrigin(models.Model):
    host = models.CharField(max_length=253)
    origin = models.CharField(max_length=318)

    def __str__(self) -> str:
        return f"{self.host} {self.origin}"


class OriginsVersion(models.Model):
    number = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.number)


def raise_version(**_signal: Any) -> None:  # bulk_create() and update() send no signal: call it after these
    OriginsVersion.objects.get_or_create(pk=1)
    OriginsVersion.objects.filter(pk=1).update(number=models.F("number") + 1)


post_save.connect(raise_version, sender=TenantOrigin)
post_delete.connect(raise_version, sender=TenantOrigin)


def load() -> dict[str, list[str]]:
    tenants = defaultdict[str, list[str]](list)
    try:
        for host, origin in TenantOrigin.objects.values_list("host", "origin").iterator():
            tenants[host].append(origin)
    finally:
        connection.close()  # Django closes those of requests only, and this is a thread of its own
    return tenants


def version() -> object:
    try:
        return OriginsVersion.objects.values_list("number", flat=True).first()
    finally:
        connection.close()


def tenant(environ: dict[str, Any]) -> object:
    return environ.get("HTTP_HOST")


origins = LoadedOrigins(load, version=version, every=10, keep_for=3600, scope=tenant)
policy = Policy(allow_origins=origins, allow_credentials=True, allow_headers=["Content-Type"], max_age=600)
