"""The QR code that sets up ODK Collect: which server, which language, and what the app may do."""

import base64
import json
import zlib

from django.conf import settings
from django.urls import reverse

_LARGE_LETTERS = "25"


def server_address(token: str) -> str:
    """Return the address of the server, to which the app adds /formList and /submission."""
    return settings.SITE_URL + reverse("openrosa:door", args=[token, "formList"]).removesuffix(
        "/formList"
    )


def collect_settings(token: str, *, project: str, language: str) -> str:
    """Return the settings as the app's QR codes hold them: JSON, zlib, base64.

    They hold the token, so the code is worth a password.
    """
    wanted = {
        "general": {
            "protocol": "odk_default",
            "server_url": server_address(token),
            # The app knows Persian where the site speaks Dari.
            "app_language": language.partition("-")[0],
            "font_size": _LARGE_LETTERS,
            # The phone always holds the forms that are asked, and no others.
            "form_update_mode": "match_exactly",
            "periodic_form_updates_check": "every_fifteen_minutes",
            "hide_old_form_versions": True,
            "autosend": "wifi_and_cellular",
            # A shared phone keeps no answers.
            "delete_send": True,
            "analytics": False,
        },
        # Nobody points the phone at another server by mistake.
        "admin": {"change_server": False},
        "project": {"name": project},
    }
    packed = zlib.compress(json.dumps(wanted, ensure_ascii=False).encode(), 9)
    return base64.b64encode(packed).decode()
