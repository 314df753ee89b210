"""A limit on guessing codes.

A code has 34 random bits, so what has to be prevented is trying for days. Misses are counted per
address and process, in memory: no address is written down anywhere, and a restart forgives.
"""

import hashlib

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

#: Enough for a whole workshop behind one network that mistypes everything twice.
MISSES = 60
SECONDS = 600


def may_try(request: HttpRequest) -> bool:
    return int(cache.get(_key(request), 0)) < MISSES


def note_miss(request: HttpRequest) -> None:
    key = _key(request)
    if not cache.add(key, 1, SECONDS):
        try:
            cache.incr(key)
        except ValueError:  # it expired in between
            cache.set(key, 1, SECONDS)


def _key(request: HttpRequest) -> str:
    return "code-misses:" + hashlib.sha256(_address(request).encode()).hexdigest()


def _address(request: HttpRequest) -> str:
    """Return the visitor's address; behind our proxy, the one that the proxy itself has seen."""
    forwarded = request.headers.get("X-Forwarded-For", "")
    if forwarded and settings.SECURE_PROXY_SSL_HEADER:
        return forwarded.rpartition(",")[2].strip()
    return str(request.META.get("REMOTE_ADDR", ""))
