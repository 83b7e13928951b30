"""Every address is for people who are signed in, or on a list with its reason."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

# By the name of the route, or by the beginning of the address where allauth has many.
PUBLIC = {
    "landing": "what Huntaze is, for somebody who comes by",
    "healthz": "load balancers have no account",
    "readyz": "load balancers have no account",
    "api_session": "answers {} for nobody, as a session endpoint must",
    "api_plans": "the price list",
    "api_webhooks": "Stripe signs what it sends",
    "api_schema": "the description of the API",
    "api_docs": "the description of the API",
    "set_language": "a reader chooses a language before signing up",
    "account_theme": "a reader chooses light or dark before signing up",
    "account_login": "signing in",
    "account_signup": "signing up",
    "account_request_login_code": "signing in",
    "account_confirm_login_code": "signing in",
    "account_email_verification_sent": "signing up",
    "account_inactive": "says why signing in was refused",
    "auth_error": "says why signing in was refused",
    "account_reset_password": "who has forgotten it cannot sign in",
    "account_confirm_password_reset_code": "who has forgotten it cannot sign in",
    "account_complete_password_reset": "who has forgotten it cannot sign in",
    "account_password_reset_completed": "who has forgotten it cannot sign in",
    "socialaccount_login_cancelled": "signing in",
    "socialaccount_login_error": "signing in",
    "socialaccount_signup": "signing up",
    "no_phones": "nothing is there, for nobody",
    "headless:": "allauth's own API: it answers 401 itself where somebody must be signed in",
    "account_logout": "leads nobody back to the first page",
    "admin:login": "leads to the sign-in page",
    "admin:logout": "leads nobody to the sign-in page",
}
# Only where Google's keys are set.
WHERE_CONFIGURED = {"google_login": "signing in", "google_callback": "signing in"}
SAMPLES = {
    "uuid": "00000000-0000-4000-8000-000000000000",
    "int": "1",
    "slug": "publish",
    "str": "x",
    "path": "x",
}


def routes(
    resolver: Any = None, prefix: str = "", namespace: str = ""
) -> Iterator[tuple[str, str]]:
    """(name, address) of every route, with something in place of its parameters."""
    for each in (resolver or get_resolver()).url_patterns:
        pattern = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            inner = f"{namespace}{each.namespace}:" if each.namespace else namespace
            yield from routes(each, pattern, inner)
        elif isinstance(each, URLPattern):
            yield f"{namespace}{each.name}", _address(pattern)


def _address(pattern: str) -> str:
    pattern = re.sub(r"\(\?P<[^>]+>[^)]*\)", "x", pattern.replace("^", "").replace("$", ""))
    filled = re.sub(r"<(?:(\w+):)?\w+>", lambda match: SAMPLES.get(match[1] or "str", "x"), pattern)
    return "/" + filled.replace("\\Z", "").replace("\\", "")


def _names(key: str, name: str) -> bool:
    """Whether an entry of the list is about this route."""
    return name.startswith(key) if key.endswith(":") else name == key


def _reason(name: str) -> str:
    return next((why for key, why in (PUBLIC | WHERE_CONFIGURED).items() if _names(key, name)), "")


ROUTES = sorted(set(routes()))


def test_there_are_routes_and_each_has_a_name() -> None:
    assert len(ROUTES) > 60
    names = {name for name, _address in ROUTES}
    assert {"landing", "api_contents", "content_list", "studio_home", "admin:index"} <= names
    nameless = {
        address for name, address in ROUTES if name.endswith("None") and "/admin/" not in address
    }
    assert nameless == set()


def test_nobody_gets_in_without_a_reason(client: Client, db: None) -> None:
    let_in = []
    for name, address in ROUTES:
        if _reason(name):
            continue
        for method in ("get", "post"):
            # Nobody is held up by their rate here.
            cache.clear()
            response = getattr(client, method)(address)
            if not _is_refused(response, name, method):
                let_in.append((name, method, response.status_code))
    assert let_in == []


def _is_refused(response: Any, name: str, method: str) -> bool:
    if response.status_code == 302:
        target: str = response.headers["Location"]
        return target.startswith(("/auth/signin", "/admin/login/"))
    # What does not take the method says so before it looks at who asks.
    return response.status_code in {401, 403} | ({404, 405} if method == "post" else _allowed(name))


def _allowed(name: str) -> set[int]:
    """Routes that take no GET."""
    posts = {
        "api_generate", "api_generate_stream", "api_content_generate", "api_generation_cancel",
        "content_keep", "account_token_create", "account_token_revoke", "content_action",
        "api_chat", "api_conversation_regenerate", "studio_conversation_step", "idea_keep",
        "billing_checkout", "billing_portal", "billing_ending",
    }  # fmt: skip
    return {405} if name in posts else set()


@pytest.mark.parametrize("key", PUBLIC)
def test_the_list_names_what_there_is(key: str) -> None:
    assert PUBLIC[key]
    assert [name for name, _address in ROUTES if _names(key, name)]
