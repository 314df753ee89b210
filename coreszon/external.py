"""Servers that the environment names: do they answer, and if not, what can be done."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from coreszon.place import ServerError, explain

PATIENCE_S = 5
# What drivers say, and what it means to the person who set the address.
DATABASE_ADVICE = {
    "password authentication failed": "refuses the user or the password in it. Put them right.",
    "no password supplied": "wants a password. Put it into the address.",
    "does not exist": "has no such database or user. Create it, or put the name right.",
    "resolve host": "can't be found under that name. Put it right.",
    "Name or service not known": "can't be found under that name. Put it right.",
}


def is_set(environment: Mapping[str, str], name: str) -> bool:
    """Tell whether a variable is given, itself or as the name of a file."""
    return bool(environment.get(name) or environment.get(f"{name}_FILE"))


def address(environment: Mapping[str, str], name: str) -> str:
    """Return a variable, or what stands in the file that `<name>_FILE` points to."""
    if path := environment.get(f"{name}_FILE"):
        try:
            return Path(path).read_text().strip()
        except OSError as error:
            raise explain(error, Path(path)) from error
    return environment.get(name, "")


def check(environment: Mapping[str, str]) -> None:
    """Raise ServerError unless every server that the environment names answers."""
    if url := address(environment, "DATABASE_URL"):
        check_database(url)
    if url := address(environment, "REDIS_URL"):
        check_redis(url)


def check_database(url: str) -> None:
    if urlsplit(url).scheme not in {"postgres", "postgresql", "pgsql"}:
        raise ServerError("DATABASE_URL must begin with postgresql://.")
    try:
        psycopg.connect(url, connect_timeout=PATIENCE_S).close()
    except psycopg.Error as error:
        advice = next((say for sign, say in DATABASE_ADVICE.items() if sign in str(error)), None)
        problem = advice or "does not answer. Start it, or put the address right."
        raise ServerError(f"DATABASE_URL: the server at {_where(url)} {problem}") from error


def check_redis(url: str) -> None:
    try:
        client = redis.Redis.from_url(
            client_url(url),
            socket_connect_timeout=PATIENCE_S,
            socket_timeout=PATIENCE_S,
            retry=Retry(NoBackoff(), retries=0),
        )
        with client:
            client.ping()
    except redis.AuthenticationError as error:
        raise ServerError(
            f"REDIS_URL: the server at {_where(url)} refuses the user or the password in it."
        ) from error
    except (redis.RedisError, ValueError) as error:
        raise ServerError(
            f"REDIS_URL: the server at {_where(url)} does not answer. Start it, or put the"
            " address right; it begins with redis://, rediss:// or redis+socket://."
        ) from error


def client_url(url: str) -> str:
    """Turn Celery's address of a broker into that which the Redis client understands."""
    return url.replace("redis+socket://", "unix://", 1).replace("?virtual_host=", "?db=", 1)


def _where(url: str) -> str:
    """Return machine and port alone: the rest of an address holds a password."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "that address"
    return f"{parts.hostname or parts.path or '?'}:{port or 'its usual port'}"
