from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def later(view: View[P]) -> View[P]:
    """Ask to come back in a moment where the database can't be reached. Nothing is half-saved."""

    @wraps(view)
    def wrapper(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except (OperationalError, InterfaceError):
            connection.close()
            message = _("This can’t be saved at the moment. Please try again in a minute.")
            response = (
                JsonResponse({"error": message})
                if wants_json(request)
                else render(request, "surveys/message.html", {"message": message})
            )
            response.status_code = 503
            response.headers["Retry-After"] = "20"
            return response

    return wrapper


def wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")
