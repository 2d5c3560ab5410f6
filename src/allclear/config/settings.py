"""All settings of the program, from environment variables with safe defaults.

The variables are listed in docs/configuration.md. A wrong value stops the start with a sentence that says what to do.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_stubs_ext
from csp.constants import SELF
from psycopg.conninfo import conninfo_to_dict

from allclear.config import home as _home
from allclear.config.mail import inbound_of as _inbound_of
from allclear.config.mail import listen_of as _listen_of
from allclear.config.mail import settings_of as _mail_settings

django_stubs_ext.monkeypatch()

PACKAGE = Path(__file__).resolve().parent.parent
HOME = _home.home()


def _flag(name: str, default: bool = False) -> bool:
    value = os.environ.get(name, "1" if default else "0").strip().lower()
    if value not in {"0", "1", "true", "false", "yes", "no", ""}:
        raise SystemExit(f"{name}={value!r} is not understood: write 1 or 0.")
    return value in {"1", "true", "yes"}


def _number(name: str, default: int) -> int:
    value = os.environ.get(name, "").strip() or str(default)
    if not value.isdigit():
        raise SystemExit(f"{name}={value!r} is not a whole number.")
    return int(value)


def _database() -> dict[str, Any]:
    """The connection as Django wants it, from `DATABASE_URL` (any PostgreSQL 15+)."""
    try:
        parts = conninfo_to_dict(os.environ.get("DATABASE_URL") or "postgresql:///allclear")
    except Exception as error:
        raise SystemExit(
            f"DATABASE_URL cannot be read ({error}): write postgresql://user:password@host/name."
        ) from None
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    settings: dict[str, Any] = {django: parts.pop(libpq, "") for libpq, django in names.items()}
    options: dict[str, Any] = {**parts, "application_name": parts.get("application_name", "allclear")}
    # Lists join ten tables by their keys: trying every order took PostgreSQL 40 ms to plan 2 ms of work.
    options.setdefault("options", "-c join_collapse_limit=3")
    if size := _number("DATABASE_POOL", 0):
        options["pool"] = {"min_size": 1, "max_size": size, "timeout": 10}
    return {"ENGINE": "django.db.backends.postgresql", **settings, "OPTIONS": options, "CONN_HEALTH_CHECKS": False}


DEBUG = _flag("ALLCLEAR_DEBUG")
SECRET_KEY = _home.secret("secret_key")
PORT = _number("PORT", 8400)
BASE_URL = os.environ.get("ALLCLEAR_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
ALLOWED_HOSTS = [h for h in os.environ.get("ALLCLEAR_HOSTS", "localhost,127.0.0.1,[::1],testserver").split(",") if h]
CSRF_TRUSTED_ORIGINS = [BASE_URL]
CSRF_FAILURE_VIEW = "allclear.web.errors.csrf_failed"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
    "django_vite",
    "procrastinate.contrib.django",
    "allclear.kernel",
    "allclear.accounts",
    "allclear.catalog",
    "allclear.notifications",
    "allclear.oncall",
    "allclear.slas",
    "allclear.incidents",
    "allclear.alerts",
    "allclear.reports",
    "allclear.engine",
    "allclear.api",
    "allclear.web",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "allclear.config.middleware.RequestId",
    "allclear.api.middleware.ApiLane",  # calls with a token skip what only browsers need
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "allclear.web.compress.Compress",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allclear.web.middleware.Surface",  # viewer, time zone and errors of the screens
    "allclear.web.account.entrance.FirstStart",  # the welcome page while there is nobody
]

ROOT_URLCONF = "allclear.config.urls"
WSGI_APPLICATION = "allclear.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "allclear.web.context.frame",
            ],
        },
    }
]

DATABASES = {"default": _database()}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",  # counts attempts to log in over all processes
        "LOCATION": "kernel_cache",
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allclear.web.backend.Backend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
ACCOUNT_ADAPTER = "allclear.web.account_adapter.Adapter"  # no open sign-up: an administrator adds people
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # addresses come from an administrator or an import
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = {"login": "100/m/ip", "login_failed": "30/m/ip,5/300s/key"}  # an office may share one address
ALLAUTH_TRUSTED_PROXY_COUNT = _number("ALLCLEAR_PROXIES", 0)  # else X-Forwarded-For is what anybody claims
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"

LANGUAGE_CODE = "en"  # of the API, the command line and the log; screens speak the reader's (docs/languages.md)
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("es", "Español")]
LOCALE_PATHS = [PACKAGE / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = None  # served where they lie, nothing is collected
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},  # Vite names files by content
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_IMMUTABLE_FILE_TEST = r"^.+/dist/assets/.+$"
DJANGO_VITE = {
    "default": {
        "dev_mode": False,
        "manifest_path": PACKAGE / "web" / "static" / "dist" / "manifest.json",
        "static_url_prefix": "dist",
    }
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": [SELF],
        "frame-ancestors": ["'none'"],
    }
}
SECURE_SSL = BASE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 14 * 24 * 3600
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

_mail = _mail_settings(os.environ.get("ALLCLEAR_SMTP_URL", ""))
EMAIL_HOST: str = _mail["EMAIL_HOST"]
EMAIL_PORT: int = _mail.get("EMAIL_PORT", 25)
EMAIL_HOST_USER: str = _mail.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD: str = _mail.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_SSL: bool = _mail.get("EMAIL_USE_SSL", False)
EMAIL_USE_TLS: bool = _mail.get("EMAIL_USE_TLS", False)
_mail_domain = urlsplit(BASE_URL).hostname or "localhost"
DEFAULT_FROM_EMAIL = os.environ.get("ALLCLEAR_MAIL_FROM", "").strip() or f"Allclear <allclear@{_mail_domain}>"
INBOUND_ADDRESS = _inbound_of(os.environ.get("ALLCLEAR_INBOUND_MAIL", ""))  # where answers to pages go
INBOUND_LISTEN = _listen_of(os.environ.get("ALLCLEAR_INBOUND_LISTEN", ""))
PUSH_KEY = _home.secret("push_key", length=32)  # the private half of VAPID: 32 bytes
PUSH_CONTACT = os.environ.get("ALLCLEAR_PUSH_CONTACT", "").strip() or f"mailto:allclear@{_mail_domain}"

BLOBS = HOME / "blobs"
PROCRASTINATE_IMPORT_PATHS = ["allclear.engine.jobs"]  # where the worker finds what it can do
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20
FILE_UPLOAD_MAX_MEMORY_SIZE = 2**20  # larger uploads go to disk while they arrive
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]

SILENCED_SYSTEM_CHECKS: list[str] = []
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "plain"},
        "nowhere": {"class": "logging.NullHandler"},
    },
    "root": {"handlers": ["stderr"], "level": os.environ.get("ALLCLEAR_LOG", "INFO")},
    "loggers": {
        "apprise": {"handlers": ["nowhere"], "propagate": False},  # what it says stands in the evidence of the message
        "django.server": {"level": "WARNING"},
        "mail.log": {"level": "WARNING"},  # the listener for mail: else a line at each word of a conversation
        "procrastinate.blueprints": {"level": "WARNING"},  # else a line at each command
        "procrastinate.periodic": {"level": "WARNING"},  # else lines every minute
        "procrastinate.worker": {"level": "WARNING"},
    },
}
