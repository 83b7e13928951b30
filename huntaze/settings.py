"""The one settings module: Django, third-party, Huntaze. What the environment says, `env.py` reads."""

import sys
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import django_stubs_ext
from corsheaders.defaults import default_headers
from django.utils.csp import CSP

from huntaze import env
from huntaze.env import BASE_DIR, VAR_DIR

django_stubs_ext.monkeypatch()

# --- Django ---------------------------------------------------------------

SITE_URL = env.site_url()
IS_HTTPS = urlsplit(SITE_URL).scheme == "https"
DEBUG = env.flag("DEBUG")
SECRET_KEY = env.text("SECRET_KEY")
ALLOWED_HOSTS = env.allowed_hosts()
CSRF_TRUSTED_ORIGINS = env.trusted_origins()

INSTALLED_APPS = [
    "huntaze.apps.HuntazeConfig",
    "analytics",
    "ai",
    "content",
    "billing",
    "accounts",
    "api",
    "huntaze.apps.HuntazeAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "servestatic.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.google",
    "allauth.headless",
    "allauth.usersessions",
    "anymail",
    "channels",
    "corsheaders",
    "django_filters",
    "django_htmx",
    "djstripe",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
    "procrastinate.contrib.django",
    "rest_framework",
]

MIDDLEWARE = [
    "api.requestid.RequestIdMiddleware",
    "api.limits.RateLimitHeadersMiddleware",
    "api.errors.ApiErrorMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "huntaze.static.StaticFilesMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "api.conditional.ConditionalMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "api.limits.RateLimitMiddleware",
    "api.body.BodyLengthMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "accounts.middleware.PreferencesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "api.away.AwayMiddleware",
]

ROOT_URLCONF = "huntaze.urls"
ASGI_APPLICATION = "huntaze.asgi.application"
APPEND_SLASH = False

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "huntaze.context.site",
            ],
        },
    },
]

DATABASES: dict[str, dict[str, Any]] = {"default": env.database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.text("REDIS_URL")
if REDIS_URL:
    _redis: dict[str, Any] = {
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "huntaze",
        "OPTIONS": {"SOCKET_CONNECT_TIMEOUT": 2, "SOCKET_TIMEOUT": 2},
    }
    CACHES: dict[str, dict[str, Any]] = {
        "default": {"BACKEND": "django_redis.cache.RedisCache", **_redis},
        "counters": {"BACKEND": "api.counters.CountingRedisCache", **_redis},
    }
    CHANNEL_LAYERS: dict[str, dict[str, Any]] = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [REDIS_URL], "prefix": "huntaze"},
        }
    }
else:
    # Over its bound it forgets at random; what it mostly holds is counts of requests.
    _memory = {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
    CACHES = {"default": _memory, "counters": _memory}
    # A process has one channel for everybody's news, and a job may tell of hundreds at once.
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels.layers.InMemoryChannelLayer",
            "CONFIG": {"capacity": 10_000},
        }
    }

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
_VALIDATORS = "django.contrib.auth.password_validation."
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": f"{_VALIDATORS}UserAttributeSimilarityValidator"},
    {"NAME": f"{_VALIDATORS}MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": f"{_VALIDATORS}CommonPasswordValidator"},
    {"NAME": f"{_VALIDATORS}NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "studio_home"
LOGOUT_REDIRECT_URL = "landing"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("fr", "Français")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Hashed names need `collectstatic`; until it has run, files are served from where they lie.
IS_COLLECTED = not DEBUG and (
    (STATIC_ROOT / "staticfiles.json").is_file() or sys.argv[1:2] == ["collectstatic"]
)
SERVESTATIC_USE_FINDERS = not IS_COLLECTED
MEDIA_ROOT = VAR_DIR / "media"
STORAGES: dict[str, dict[str, Any]] = {
    "default": env.media_storage(),
    "staticfiles": {
        "BACKEND": "huntaze.static.ModuleManifestStorage"
        if IS_COLLECTED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_HTTPS
# Set by the proxy that ends TLS; believed only where proxies are named.
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_ENGINE = "api.sessions"
SESSION_COOKIE_AGE = 30 * 24 * 3600
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CSP = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "connect-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF, *env.form_targets()],
    "frame-ancestors": [CSP.NONE],
}
CSRF_FAILURE_VIEW = "api.errors.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

EMAIL_FROM = env.text("EMAIL_FROM", "Huntaze <hello@huntaze.localhost>")
DEFAULT_FROM_EMAIL = SERVER_EMAIL = EMAIL_FROM
EMAIL_SUBJECT_PREFIX = ""
MAIL_DIR = VAR_DIR / "mail"
_mailer, ANYMAIL = env.mail()
MAILERS: dict[str, dict[str, Any]] = {"default": _mailer}

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "request_id": {"()": "api.requestid.RequestIdFilter"},
        "unforeseen": {"()": "api.logs.UnforeseenFilter"},
        "no_fault": {"()": "api.logs.NoFaultFilter"},
    },
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"},
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["request_id", "no_fault"],
        },
    },
    "root": {"handlers": ["stderr"], "level": env.text("LOG_LEVEL", "WARNING")},
    "loggers": {
        "huntaze": {"level": env.text("LOG_LEVEL", "INFO")},
        # A traceback each second while Redis is away; api/newsroom.py says it once.
        "channels_redis": {"level": "CRITICAL"},
        # Django hands every record of a request on to root as well.
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        "django.request": {"filters": ["unforeseen"]},
    },
}

# Email is unique among open accounts, by a conditional constraint that the check does not see.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]

# --- Third party ----------------------------------------------------------

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "api.authentication.TokenAuthentication",
        "api.authentication.AppSessionAuthentication",
        "api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "api.authentication.IsInScope",
    ],
    "DEFAULT_PARSER_CLASSES": ["api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["api.json.JSONRenderer"],
    "DEFAULT_FILTER_BACKENDS": ["api.filters.StrictFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "api.lists.EnvelopePagination",
    "DEFAULT_SCHEMA_CLASS": "api.schema.HuntazeSchema",
    # OPTIONS would describe serializers in a way of its own; the description is at /api/schema.
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "api.errors.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "URL_FORMAT_OVERRIDE": None,
    "COERCE_DECIMAL_TO_STRING": True,
    "DATETIME_FORMAT": "%Y-%m-%dT%H:%M:%S.%fZ",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Huntaze API",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "PREPROCESSING_HOOKS": ["ai.schema.describe_streams"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "huntaze.description.hooks.complete",
    ],
    "ENUM_NAME_OVERRIDES": {
        "ContentStatus": "content.models.Content.Status",
        "ContentType": "content.models.Content.Type",
        "GenerationStatus": "ai.models.Generation.Status",
        "PlanName": "billing.plans.PlanName",
        "InterfaceLanguage": "accounts.models.INTERFACE_LANGUAGES",
        "WritingLanguage": "ai.brief.Language",
    },
}
REST_KNOX: dict[str, Any] = {"TOKEN_TTL": timedelta(days=365), "AUTH_HEADER_PREFIX": "Bearer"}
KNOX_TOKEN_MODEL = "api.ApiToken"  # noqa: S105  (a model's name)

RATELIMIT_USE_CACHE = "counters"

CORS_ALLOWED_ORIGINS = env.words("CORS_ALLOWED_ORIGINS")
CORS_URLS_REGEX = r"^/(api|_allauth)/.*$"
CORS_ALLOW_CREDENTIALS = True
CORS_ALLOW_HEADERS = [*default_headers, "idempotency-key", "if-match", "if-none-match"]
CORS_ALLOW_HEADERS += ["last-event-id", "x-session-token"]
CORS_EXPOSE_HEADERS = [
    "etag",
    "idempotency-replayed",
    "retry-after",
    "x-generation-id",
    "x-request-id",
]
CORS_EXPOSE_HEADERS += ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"]

ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "accounts.adapters.SocialAccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
# No star on password1: without one, the code that is mailed is the key.
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
# Six digits: what phones offer to fill in from the mail.
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "dashed": False, "length": 6}
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_FORMS = {"signup": "accounts.forms.SignupForm"}
ACCOUNT_USER_DISPLAY = "accounts.models.display_name"
GOOGLE_CLIENT_ID = env.text("GOOGLE_CLIENT_ID")
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {"google": env.google()}
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_STORE_TOKENS = False
HEADLESS_CLIENTS = ["browser", "app"]
# At /_allauth/openapi.json; allauth's own page for it would load a script from elsewhere.
HEADLESS_SERVE_SPECIFICATION = True
HEADLESS_SPECIFICATION_TEMPLATE_NAME = None
USERSESSIONS_TRACK_ACTIVITY = False

DJSTRIPE_FOREIGN_KEY_TO_FIELD = "id"
# Its own migrations take most of a minute on an empty database (docs/decisions/0009-*.md).
MIGRATION_MODULES = {"djstripe": "billing.djstripe_tables.migrations"}
STRIPE_LIVE_MODE, STRIPE_LIVE_SECRET_KEY, STRIPE_TEST_SECRET_KEY = env.stripe_keys()
# Its way of finding people by a customer's metadata; our own table knows whose a customer is.
DJSTRIPE_SUBSCRIBER_CUSTOMER_KEY = ""

PROCRASTINATE_ON_APP_READY = "api.jobs.carry_request_ids"

SENTRY_DSN = env.text("SENTRY_DSN")

# --- Huntaze --------------------------------------------------------------

WEB_CONCURRENCY = env.number("WEB_CONCURRENCY", 1)
WORKER_INSIDE_WEB = not REDIS_URL

# What a lower layer needs from one above, by name (docs/decisions/0003-layers.md).
ACCOUNTS_WITH_SUBSCRIPTION = "billing.entitlements.with_subscription"
API_PLAN_NAME = "billing.entitlements.plan_name_of"
API_PLAN_RATES = "billing.plans.requests_per_minute"
ACCOUNTS_BEFORE_CLOSING = ("billing.closing.end_payments",)
RELEASE = env.release()
# What asks a model: counted as AI requests, and as nothing else.
API_AI_PATHS = (
    "/api/ai/chat",
    "/api/ai/conversations/*/regenerate",
    "/api/ai/generate",
    "/api/ai/generate/stream",
    "/api/ai/ideas",
    "/api/content/generate",
)
API_UNCOUNTED_PATHS = ("/api/billing/webhooks",)
# Who knows the state behind each topic of the news: a function of the user, plain JSON out.
NEWS_STATE = {
    "content": "content.news.content_state",
    "subscription": "billing.news.subscription_state",
    "usage": "ai.news.usage_state",
}

STRIPE_PUBLISHABLE_KEY = env.text("STRIPE_PUBLISHABLE_KEY")
# Two while one replaces the other.
STRIPE_WEBHOOK_SECRETS = env.words("STRIPE_WEBHOOK_SECRET")
STRIPE_API_BASE = env.text("STRIPE_API_BASE", "https://api.stripe.com").rstrip("/")
STRIPE_PRICE_IDS = env.stripe_price_ids()
BILLING_CHECKOUT = env.checkout()

AI_PROVIDERS = env.ai_providers()
AI_MINI_MODELS = env.words("AI_MINI_MODELS")
AI_FULL_MODELS = env.words("AI_FULL_MODELS")
AI_PRICES_FILE = env.text("AI_PRICES_FILE")
AI_MAX_STREAMS = env.number("AI_MAX_STREAMS", 2000)
