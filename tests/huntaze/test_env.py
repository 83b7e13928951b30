"""What the environment says, as the settings read it."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import mailers

from huntaze import env


@pytest.fixture(autouse=True)
def variables(monkeypatch: Any) -> Any:
    """Set variables for one test."""

    def put(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    return put


def test_mail_is_kept_here_unless_a_provider_is_named() -> None:
    assert env.mail() == ({"BACKEND": "accounts.mail.PrintAndKeepBackend"}, {})


@pytest.mark.parametrize(
    ("port", "flag", "use_tls", "use_ssl"),
    [
        ("", "", True, False),
        ("465", "", False, True),
        ("465", "on", False, True),
        ("25", "off", False, False),
    ],
)
def test_smtp_chooses_tls_by_its_port(
    variables: Any, settings: Any, port: str, flag: str, use_tls: bool, use_ssl: bool
) -> None:
    variables(EMAIL_PROVIDER="smtp", EMAIL_HOST="mx", EMAIL_PORT=port, EMAIL_USE_TLS=flag)
    mailer, anymail = env.mail()
    assert anymail == {}
    # Django itself takes what we made.
    settings.MAILERS = {"default": mailer}
    backend: Any = mailers.default
    assert (backend.host, backend.port) == ("mx", int(port or 587))
    assert (backend.use_tls, backend.use_ssl) == (use_tls, use_ssl)


@pytest.mark.parametrize("provider", env.ANYMAIL_PROVIDERS)
def test_anymail_gets_the_variables_of_its_provider(variables: Any, provider: str) -> None:
    variables(**{"EMAIL_PROVIDER": provider, f"{provider.upper()}_API_KEY": "k", "OTHER_KEY": "o"})
    mailer, anymail = env.mail()
    assert mailer["BACKEND"] == f"anymail.backends.{provider}.EmailBackend"
    assert anymail == {f"{provider.upper()}_API_KEY": "k"}


def test_a_provider_that_nobody_knows_is_refused(variables: Any) -> None:
    variables(EMAIL_PROVIDER="pigeon")
    with pytest.raises(ImproperlyConfigured, match="pigeon"):
        env.mail()


@pytest.mark.parametrize(("value", "words"), [("", []), ("a", ["a"]), (" a , ,b,", ["a", "b"])])
def test_a_list_has_no_empty_entries(variables: Any, value: str, words: list[str]) -> None:
    variables(ALLOWED_HOSTS=value)
    assert env.words("ALLOWED_HOSTS") == words


def test_hosts_follow_the_site(variables: Any) -> None:
    variables(SITE_URL="https://studio.example.com/")
    assert env.site_url() == "https://studio.example.com"
    assert env.allowed_hosts() == ["studio.example.com", "localhost", "127.0.0.1"]
    assert env.trusted_origins() == ["https://studio.example.com"]
    variables(ALLOWED_HOSTS="a.example.com")
    assert env.allowed_hosts() == ["a.example.com"]


def test_a_key_makes_its_provider_present(variables: Any) -> None:
    assert env.ai_providers() == {}
    variables(OPENAI_API_KEY="k", OPENAI_BASE_URL="http://127.0.0.1:1/v1")
    assert env.ai_providers()["openai"]["base_url"] == "http://127.0.0.1:1/v1"
    variables(OPENAI_API_KEY="", OPENAI_BASE_URL="http://127.0.0.1:3/v1")
    # A compatible server may want no key.
    assert env.ai_providers()["openai"]["base_url"] == "http://127.0.0.1:3/v1"
    assert env.ai_providers()["openai"]["api_key"]
    variables(HUNTAZE_LOCAL_MODEL_URL="http://127.0.0.1:2/v1", HUNTAZE_LOCAL_MODEL_NAME="smol")
    assert env.ai_providers()["local"]["model"] == "smol"
    variables(AZURE_OPENAI_ENDPOINT="https://x.example")
    assert "azure" not in env.ai_providers()
    variables(AZURE_OPENAI_API_KEY="k", ANTHROPIC_API_KEY="k")
    assert [*env.ai_providers()] == ["openai", "azure", "anthropic", "local"]
    assert env.ai_providers()["anthropic"]["base_url"] == "https://api.anthropic.com"


@pytest.mark.parametrize(
    ("url", "host", "name"),
    [
        ("postgresql://u:p%40ss@db:5433/hz", "db", "hz"),
        ("postgresql://u@/hz?host=/run/pg", "/run/pg", "hz"),
    ],
)
def test_a_database_is_a_host_or_a_socket(variables: Any, url: str, host: str, name: str) -> None:
    variables(DATABASE_URL=url, DATABASE_POOL_SIZE="7")
    found = env.database()
    assert (found["HOST"], found["NAME"]) == (host, name)
    assert found["OPTIONS"]["pool"]["max_size"] == 7
    assert found["CONN_MAX_AGE"] == 0


@pytest.mark.parametrize(
    ("key", "is_live"),
    [("sk_test_1", False), ("sk_live_1", True), ("rk_live_1", True), ("", False)],
)
def test_a_stripe_key_says_which_world_it_is_of(variables: Any, key: str, is_live: bool) -> None:
    variables(STRIPE_SECRET_KEY=key)
    assert env.stripe_keys() == (is_live, key if is_live else "", "" if is_live else key)


def test_the_google_button_may_lead_to_google(variables: Any) -> None:
    assert env.form_targets() == []
    variables(GOOGLE_CLIENT_ID="id")
    assert env.form_targets() == ["https://accounts.google.com"]


def test_what_cannot_be_read_is_named(variables: Any) -> None:
    variables(PORT="eighty", TRUSTED_PROXIES="10.0.0.1/8")
    with pytest.raises(ImproperlyConfigured, match="PORT=eighty"):
        env.number("PORT", 8000)
    with pytest.raises(ImproperlyConfigured, match=r"TRUSTED_PROXIES: 10\.0\.0\.1/8"):
        env.networks("TRUSTED_PROXIES")
