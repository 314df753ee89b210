"""The one settings file: everything that differs between places is read from the environment.

`.env.example` names every variable; `tests/coreszon/test_settings.py` proves it.
"""

import os
from pathlib import Path

import dj_database_url
import django.conf.locale
import django_stubs_ext
from django.core.exceptions import ImproperlyConfigured

from coreszon import servers

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = "0.1.0"


def env(name: str, default: str = "") -> str:
    """Return a variable, or the content of the file that `<name>_FILE` points to."""
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text().strip()
    return os.environ.get(name, default)


def env_flag(name: str, *, default: bool = False) -> bool:
    value = env(name).lower()
    if value in {"", "0", "1", "true", "false", "yes", "no"}:
        return value in {"1", "true", "yes"} if value else default
    raise ImproperlyConfigured(f"{name} is {value!r}. Set it to 1 or 0.")


def env_list(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in env(name, default).split(",") if part.strip()]


# The place -------------------------------------------------------------------------------------

# The embedded servers, their keys and the uploaded files live here; nothing else does.
VAR_DIR = Path(env("CORESZON_VAR", str(BASE_DIR / "var"))).resolve()
DEBUG = env_flag("DEBUG")
# Trying out on this machine: invented data, plain HTTP, a key made on the spot.
LOCAL = env_flag("CORESZON_LOCAL")
SECRET_KEY = env("SECRET_KEY") or (servers.local_secret(VAR_DIR, "secret-key") if LOCAL else "")
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is not set. Set it to a long random text.")
SECRET_KEY_FALLBACKS = env_list("SECRET_KEY_FALLBACKS")
# Encrypts names, contact details and linkage keys. The first key writes, all of them read.
FIELD_ENCRYPTION_KEYS = env_list("FIELD_ENCRYPTION_KEYS") or (
    [servers.local_secret(VAR_DIR, "field-encryption-key")] if LOCAL else []
)
if not FIELD_ENCRYPTION_KEYS:
    raise ImproperlyConfigured("FIELD_ENCRYPTION_KEYS is not set. .env.example says how.")
SITE_URL = env("SITE_URL", "http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]" if LOCAL else "")
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS", SITE_URL)

# The house --------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "coreszon.apps.CoreszonConfig",
    "coreszon.apps.CoreszonAdminConfig",
    "reports",
    "indicators",
    "surveys",
    "workshops",
    "trainers",
    "communities",
    "accounts",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "django_filters",
    "pgtrigger",
    "rules.apps.AutodiscoverRulesConfig",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "coreszon.middleware.security_headers",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "coreszon.urls"
WSGI_APPLICATION = "coreszon.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "coreszon.context.site",
            ],
        },
    },
]

# Servers ----------------------------------------------------------------------------------------

DATABASES = {
    "default": dj_database_url.parse(
        env("DATABASE_URL") or servers.database_url(VAR_DIR),
        conn_max_age=60,  # a new connection costs three times a request
        conn_health_checks=True,
    )
}
REDIS_URL = env("REDIS_URL") or servers.redis_url(VAR_DIR)

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True  # the row is the truth; results would only fill the broker
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 270
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 5
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# A request never waits for the broker: it rings once and the sweep finds what was missed.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_TIMEOUT = 1
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,  # longer than the hard time limit
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_connect_timeout": 0.3,
    "socket_timeout": 5,
}
CELERY_TIMEZONE = "UTC"
# Finds what a lost ring or a dead worker left. A tick that nobody took in time is not made up for.
CELERY_BEAT_SCHEDULE = {
    "fold": {"task": "indicators.tasks.fold", "schedule": 10.0, "options": {"expires": 10}},
    "reports": {"task": "reports.tasks.sweep", "schedule": 10.0, "options": {"expires": 10}},
    "messages": {"task": "reports.tasks.send", "schedule": 10.0, "options": {"expires": 10}},
    "imports": {
        "task": "surveys.tasks.sweep_imports",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "exports": {
        "task": "surveys.tasks.sweep_exports",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
}

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
SESSION_ENGINE = "django.contrib.sessions.backends.db"  # Redis may be down while people work

# Languages --------------------------------------------------------------------------------------

# Each language in its own name. Django does not know Dari: it takes its own words, then Persian's.
LANGUAGES = [
    ("de", "Deutsch"),
    ("en", "English"),
    ("uk", "Українська"),
    ("tr", "Türkçe"),
    ("ar", "العربية"),
    ("fa-af", "دری"),
]
LANGUAGES_BIDI = ["ar", "fa", "fa-af", "he", "ps", "ur"]
LANGUAGE_CODE = env("LANGUAGE_CODE", "de")
django.conf.locale.LANG_INFO.setdefault(
    "fa-af", {"bidi": True, "code": "fa-af", "name": "Dari", "name_local": "دری"}
)
LOCALE_PATHS = [BASE_DIR / "coreszon" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env("TIME_ZONE", "Europe/Berlin")

# Files ------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = Path(env("STATIC_ROOT", str(BASE_DIR / "staticfiles")))
MEDIA_ROOT = VAR_DIR / "media"
PDF_FONTS = BASE_DIR / "reports" / "fonts"  # a phone brings fonts of its own, paper doesn't
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "coreszon.storage.StaticFiles"
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_621_440

# Trust ------------------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = [
    "rules.permissions.ObjectPermissionBackend",  # roles and scope, declared in each app's rules.py
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# Django 6's names and form, so that the upgrade deletes our middleware and keeps this.
SECURE_CSP = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "manifest-src": ["'self'"],
    "worker-src": ["'self'"],
    "media-src": ["'self'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
    "base-uri": ["'none'"],
    "object-src": ["'none'"],
}
SECURE_REFERRER_POLICY = "same-origin"  # "no-referrer" makes browsers send Origin: null
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_AGE = 8 * 60 * 60
# Plain HTTP can't carry `Secure` cookies, so the local site has other names.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not LOCAL
SESSION_COOKIE_NAME = "sid" if LOCAL else "__Host-sid"
CSRF_COOKIE_NAME = "csrf" if LOCAL else "__Host-csrf"
if not LOCAL:
    SECURE_SSL_REDIRECT = env_flag("SECURE_SSL_REDIRECT", default=True)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 63_072_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True

# Programme --------------------------------------------------------------------------------------

# Where a programme protects more than the gate does anyway; a lower number is refused at the start.
DISCLOSURE_THRESHOLD = int(env("DISCLOSURE_THRESHOLD", "10"))
DISCLOSURE_SENSITIVE_THRESHOLD = int(env("DISCLOSURE_SENSITIVE_THRESHOLD", "15"))
PROGRAMME_NAME = env("PROGRAMME_NAME", "CORESZON")
SUPPORT_CONTACT = env("SUPPORT_CONTACT")
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", "coreszon@localhost")
EMAIL_BACKEND = env("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")

# API --------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.LimitOffsetPagination",
    "PAGE_SIZE": 100,
}
SPECTACULAR_SETTINGS = {"TITLE": "CORESZON", "VERSION": "1", "OAS_VERSION": "3.1.1"}

# Logs -------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "class": "coreszon.logs.Formatter",  # no address that opens a door stands in a line
            "format": "%(asctime)s %(levelname)s %(name)s: %(message)s",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", "INFO")},
}
