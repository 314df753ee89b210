from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:  # noqa: ARG001 - Django's signature
    return {"programme_name": settings.PROGRAMME_NAME, "support_contact": settings.SUPPORT_CONTACT}
