"""The recipe for Django's ORM, in a process of its own: settings are configured once in a process."""

from typing import Any

import corswsgi
from corswsgi import LoadedOrigins
from tests.stores.test_recipes import HOST, ORIGIN, check_that_a_tenants_origin_comes_and_goes


def faster(*arguments: Any, **options: Any) -> LoadedOrigins:
    return LoadedOrigins(*arguments, **(options | {"every": 0.05}))


if __name__ == "__main__":
    corswsgi.LoadedOrigins = faster  # type: ignore[assignment,misc]
    import wsgi
    from tenants import models

    check_that_a_tenants_origin_comes_and_goes(
        {"application": wsgi.application, "origins": models.origins},
        lambda: models.TenantOrigin.objects.create(host=HOST, origin=ORIGIN) and None,
        lambda: models.TenantOrigin.objects.get(origin=ORIGIN).delete() and None,
    )
