"""Owned models, settings that are read, pages without a CDN, variables by name."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import global_settings
from django.db.models import Model

from huntaze.env import BASE_DIR
from tests.architecture.test_layers import APPS, sources

OURS = [
    model
    for app in APPS
    if app in apps.app_configs
    for model in apps.get_app_config(app).get_models()
]
OWNED = [model for model in OURS if any(field.name == "user" for field in model._meta.fields)]
THIRD_PARTY = re.compile(
    r"^(ACCOUNT_|ALLAUTH_|SOCIALACCOUNT_|HEADLESS_|USERSESSIONS_|CORS_|DJSTRIPE_|STRIPE_|PROCRASTINATE_|"
    r"RATELIMIT_|REST_|KNOX_|SERVESTATIC_|SPECTACULAR_|ANYMAIL|CHANNEL_LAYERS|ASGI_APPLICATION|ROOT_URLCONF)"
)
URL = re.compile(
    r"(?:src|href|action|url|import)\s*[=(]?\s*[\"']?\s*(?:https?:)?//[^\s\"')]+", re.IGNORECASE
)
READER = re.compile(
    r"env\.(?:text|flag|number|words|networks)\(\s*\"(\w+)\""
    r"|(?<![\w.])(?:text|flag|number|words|networks)\(\"(\w+)\""
)
INLINE = re.compile(r"<style\b|\sstyle=\"|\son[a-z]+=\"|<script(?![^>]*\bsrc=)(?![^>]*json)[^>]*>")


@pytest.mark.parametrize("model", OWNED)
def test_what_is_owned_has_an_owner(model: type[Model]) -> None:
    field: Any = model._meta.get_field("user")
    assert field.null is False
    assert field.remote_field.model._meta.label == "accounts.User"


def test_the_models_that_are_somebodys_are_known() -> None:
    owned = {model.__name__ for model in OWNED}
    assert owned >= {"Content", "Generation", "UsagePeriod", "Event", "PlanGrant", "ApiToken"}


@pytest.mark.parametrize("model", OURS)
def test_a_model_says_what_it_is(model: type[Model]) -> None:
    assert str(model._meta.verbose_name)
    assert model._meta.ordering


def _assigned() -> set[str]:
    names: set[str] = set()
    tree = ast.parse((BASE_DIR / "huntaze/settings.py").read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id.isupper():
            names.add(node.id)
    return {name for name in names if not name.startswith("_")}


def _is_ours(name: str) -> bool:
    return not hasattr(global_settings, name) and not THIRD_PARTY.match(name)


def test_every_setting_of_ours_is_read() -> None:
    ours = {name for name in _assigned() if _is_ours(name)}
    assert {"AI_MINI_MODELS", "SITE_URL"} <= ours
    text = "\n".join(path.read_text() for path in sources(*APPS))
    settings = (BASE_DIR / "huntaze/settings.py").read_text()
    unread = {
        name
        for name in ours
        if not re.search(rf"settings\.{name}\b|\"{name}\"", text)
        # Read by the settings themselves: a step on the way to another.
        and len(re.findall(rf"\b{name}\b", settings)) == 1
    }
    # Django's own, though it has no default for it.
    assert unread - {"MAILERS"} == set()


def _pages() -> list[Path]:
    found: list[Path] = []
    for folder, kinds in (("templates", ("html", "txt")), ("static", ("css", "js", "svg"))):
        for kind in kinds:
            found += (BASE_DIR / folder).rglob(f"*.{kind}")
    return [path for path in found if "vendor" not in path.parts]


def test_pages_fetch_nothing_from_elsewhere() -> None:
    assert len(_pages()) > 20
    guilty = {
        str(path.relative_to(BASE_DIR)): found
        for path in _pages()
        if (found := [hit for hit in URL.findall(path.read_text()) if "www.w3.org" not in hit])
    }
    assert guilty == {}


def test_templates_have_no_inline_script_or_style() -> None:
    # Mail has no stylesheet but its own.
    pages = [p for p in _pages() if p.suffix == ".html" and "email" not in p.parts]
    guilty = [str(path) for path in pages if INLINE.search(path.read_text())]
    assert guilty == []


CONTRACT = """
SECRET_KEY DEBUG ALLOWED_HOSTS CSRF_TRUSTED_ORIGINS CORS_ALLOWED_ORIGINS SITE_URL DATABASE_URL
REDIS_URL WEB_CONCURRENCY OPENAI_API_KEY OPENAI_BASE_URL AZURE_OPENAI_ENDPOINT
AZURE_OPENAI_API_KEY AZURE_OPENAI_API_VERSION ANTHROPIC_API_KEY ANTHROPIC_BASE_URL
LOCAL_MODEL_PATH LOCAL_MODEL_THREADS LOCAL_MODEL AI_PRICES_FILE AI_MAX_STREAMS AI_MINI_MODELS
AI_FULL_MODELS STRIPE_SECRET_KEY STRIPE_PUBLISHABLE_KEY STRIPE_WEBHOOK_SECRET STRIPE_API_BASE
STRIPE_PRO_MONTHLY_PRICE_ID STRIPE_PRO_YEARLY_PRICE_ID STRIPE_ENTERPRISE_MONTHLY_PRICE_ID
STRIPE_ENTERPRISE_YEARLY_PRICE_ID AWS_S3_BUCKET AWS_REGION AWS_ACCESS_KEY_ID
AWS_SECRET_ACCESS_KEY AWS_S3_ENDPOINT_URL EMAIL_PROVIDER EMAIL_FROM GOOGLE_CLIENT_ID
GOOGLE_CLIENT_SECRET SENTRY_DSN SENTRY_TRACES_SAMPLE_RATE TRUSTED_PROXIES PORT
"""


@pytest.mark.parametrize("name", CONTRACT.split())
def test_every_variable_is_in_the_example(name: str) -> None:
    text = (BASE_DIR / ".env.example").read_text()
    assert re.search(rf"^#?{name}=", text, re.MULTILINE)


def test_every_variable_that_is_read_is_in_the_example() -> None:
    text = (BASE_DIR / ".env.example").read_text()
    read: set[str] = set()
    for path in (BASE_DIR / "huntaze/settings.py", BASE_DIR / "huntaze/env.py"):
        read |= {first or second for first, second in READER.findall(path.read_text())}
    assert len(read) > 20
    internal = {name for name in read if name.startswith("HUNTAZE_")}
    assert {name for name in read - internal if not re.search(rf"\b{name}\b", text)} == set()
