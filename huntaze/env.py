"""Reads the environment (which wins) and `.env`; the names are those of `.env.example`."""

import os
import selectors
from hashlib import sha256
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from psycopg import Connection
from psycopg_pool import ConnectionPool

SMTPS_PORT = 465
ANYMAIL_PROVIDERS = ("sendgrid", "amazon_ses", "mailgun", "postmark", "resend", "brevo")

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

env = environ.Env()
_env_file = os.environ.get("HUNTAZE_ENV_FILE", str(BASE_DIR / ".env"))
if _env_file and Path(_env_file).is_file():
    env.read_env(_env_file)


def release() -> str:
    """A digest of our code: what one release has tagged or cached is not another's."""
    digest = sha256()
    for app in ("accounts", "ai", "api", "billing", "content"):
        for source in sorted((BASE_DIR / app).rglob("*.py")):
            digest.update(source.read_bytes())
    return digest.hexdigest()[:12]


def text(name: str, default: str = "") -> str:
    """A string; an empty variable counts as unset."""
    return str(env.str(name, default="")).strip() or default


def flag(name: str, *, default: bool = False) -> bool:
    """A boolean: 1/true/yes/on."""
    return text(name, "on" if default else "off").lower() in {"1", "true", "yes", "on"}


def number(name: str, default: int) -> int:
    """A whole number. Raises ImproperlyConfigured for what is none."""
    try:
        return int(text(name, str(default)))
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}={text(name)} is no whole number.") from error


def words(name: str) -> list[str]:
    """A comma-separated list without empty entries."""
    return [word for part in text(name).split(",") if (word := part.strip())]


def networks(name: str) -> list[str]:
    """A comma-separated list of CIDRs. Raises ImproperlyConfigured for what is none."""
    try:
        return [str(ip_network(word)) for word in words(name)]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}.") from error


def site_url() -> str:
    """The public address without a trailing slash; http://localhost:PORT unless set."""
    return text("SITE_URL", f"http://localhost:{number('PORT', 8000)}").rstrip("/")


def allowed_hosts() -> list[str]:
    """The host of SITE_URL and this machine's names, unless ALLOWED_HOSTS is set."""
    host = urlsplit(site_url()).hostname or "localhost"
    return words("ALLOWED_HOSTS") or list(dict.fromkeys([host, "localhost", "127.0.0.1"]))


def trusted_origins() -> list[str]:
    """Origins whose unsafe requests pass the CSRF check: our own and those that were named."""
    return [site_url(), *words("CSRF_TRUSTED_ORIGINS")]


def check_connection(connection: Connection[Any]) -> None:
    """What the pool asks before it hands a connection out: is somebody at the other end?

    After a restart of PostgreSQL the pool would hand out its dead connections first. A server that
    goes says so, or hangs up: an idle connection with something to read is asked a question, any
    other is taken as it is, which saves a round trip a request. Raises OperationalError.
    """
    with selectors.DefaultSelector() as selector:
        selector.register(connection.pgconn.socket, selectors.EVENT_READ)
        if selector.select(0):
            ConnectionPool.check_connection(connection)


def database() -> dict[str, Any]:
    """DATABASE_URL with a pool of connections; without one, nothing that can be reached."""
    url = text("DATABASE_URL") or "postgresql:///huntaze?host=/database-url-is-not-set"
    settings: dict[str, Any] = dict(env.db_url_config(url))
    settings["ENGINE"] = "django.db.backends.postgresql"
    options = settings.setdefault("OPTIONS", {})
    # A socket's folder comes as ?host=, where libpq takes it.
    settings["HOST"] = options.pop("host", settings["HOST"])
    options["pool"] = {
        "min_size": 1,
        "max_size": number("DATABASE_POOL_SIZE", 16),
        "timeout": 10,
        "check": check_connection,
    }
    settings["CONN_MAX_AGE"] = 0
    return settings


def media_storage() -> dict[str, Any]:
    """A private bucket where one is named, else files under `var/media`."""
    bucket = text("AWS_S3_BUCKET")
    if not bucket:
        return {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    options = {
        "bucket_name": bucket,
        "region_name": text("AWS_REGION") or None,
        "access_key": text("AWS_ACCESS_KEY_ID") or None,
        "secret_key": text("AWS_SECRET_ACCESS_KEY") or None,
        "endpoint_url": text("AWS_S3_ENDPOINT_URL") or None,
        "signature_version": "s3v4",
        "querystring_auth": True,
        "default_acl": None,
        "file_overwrite": False,
    }
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}


def mail() -> tuple[dict[str, Any], dict[str, str]]:
    """The default mailer and Anymail's settings; unset, mail is printed and kept in files."""
    provider = text("EMAIL_PROVIDER")
    if not provider:
        return {"BACKEND": "accounts.mail.PrintAndKeepBackend"}, {}
    if provider == "smtp":
        return {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": _smtp()}, {}
    if provider not in ANYMAIL_PROVIDERS:
        known = ", ".join(["smtp", *ANYMAIL_PROVIDERS])
        raise ImproperlyConfigured(f"EMAIL_PROVIDER={provider} is none of {known}.")
    prefix = f"{provider.upper()}_"
    keys = {name: value for name, value in os.environ.items() if name.startswith(prefix)}
    return {"BACKEND": f"anymail.backends.{provider}.EmailBackend"}, keys


def _smtp() -> dict[str, Any]:
    """TLS by the port: 465 is implicit, else STARTTLS unless EMAIL_USE_TLS is off."""
    port = number("EMAIL_PORT", 587)
    is_implicit = port == SMTPS_PORT
    return {
        "host": text("EMAIL_HOST", "localhost"),
        "port": port,
        "username": text("EMAIL_HOST_USER") or None,
        "password": text("EMAIL_HOST_PASSWORD") or None,
        "use_tls": not is_implicit and flag("EMAIL_USE_TLS", default=True),
        "use_ssl": is_implicit,
        "timeout": 10,
    }


def google() -> dict[str, Any]:
    """Google's sign-in, when its client is configured."""
    app = {"client_id": text("GOOGLE_CLIENT_ID"), "secret": text("GOOGLE_CLIENT_SECRET"), "key": ""}
    return {
        "APPS": [app] if app["client_id"] else [],
        "SCOPE": ["profile", "email"],
        "OAUTH_PKCE_ENABLED": True,
        "VERIFIED_EMAIL": True,
    }


def form_targets() -> list[str]:
    """Where a form of ours may lead besides ourselves: browsers check a form's redirects too."""
    targets = ["https://accounts.google.com"] if text("GOOGLE_CLIENT_ID") else []
    if text("STRIPE_SECRET_KEY"):
        targets += ["https://checkout.stripe.com", "https://billing.stripe.com"]
    if base := text("STRIPE_API_BASE"):
        parts = urlsplit(base)
        targets.append(f"{parts.scheme}://{parts.netloc}")
    return targets


def stripe_keys() -> tuple[bool, str, str]:
    """(is live, live key, test key): a key says by its own prefix which world it belongs to."""
    key = text("STRIPE_SECRET_KEY")
    is_live = key.startswith(("sk_live_", "rk_live_"))
    return is_live, key if is_live else "", "" if is_live else key


def stripe_price_ids() -> dict[tuple[str, str], str]:
    """The price that sells each plan at each interval; empty where none is set."""
    return {
        (plan, interval): text(f"STRIPE_{plan}_{word}_PRICE_ID")
        for plan in ("PRO", "ENTERPRISE")
        for interval, word in (("month", "MONTHLY"), ("year", "YEARLY"))
    }


def checkout() -> dict[str, Any]:
    """How plans are sold on Stripe's page."""
    return {
        "trial_days": number("BILLING_TRIAL_DAYS", 0),
        "promotion_codes": flag("BILLING_PROMOTION_CODES"),
        "automatic_tax": flag("BILLING_AUTOMATIC_TAX"),
        "asks_address": flag("BILLING_ASKS_ADDRESS"),
    }


def ai_providers() -> dict[str, dict[str, str]]:
    """The model providers that are configured, and the model on this machine where one runs."""
    providers: dict[str, dict[str, str]] = {}
    key, base_url = text("OPENAI_API_KEY"), text("OPENAI_BASE_URL")
    if key or base_url:
        # A compatible server may want no key.
        base_url = base_url or "https://api.openai.com/v1"
        providers["openai"] = {"api_key": key or "none", "base_url": base_url}
    key, base_url = text("AZURE_OPENAI_API_KEY"), text("AZURE_OPENAI_ENDPOINT")
    if key and base_url:
        version = text("AZURE_OPENAI_API_VERSION")
        providers["azure"] = {"api_key": key, "base_url": base_url, "api_version": version}
    if key := text("ANTHROPIC_API_KEY"):
        base_url = text("ANTHROPIC_BASE_URL", "https://api.anthropic.com")
        providers["anthropic"] = {"api_key": key, "base_url": base_url}
    if base_url := text("HUNTAZE_LOCAL_MODEL_URL"):
        name = text("HUNTAZE_LOCAL_MODEL_NAME", "local")
        tokens = str(number("HUNTAZE_LOCAL_MODEL_CONTEXT", 4096))
        local = {"api_key": "local", "base_url": base_url, "model": name}
        providers["local"] = {**local, "context_tokens": tokens}
    return providers
