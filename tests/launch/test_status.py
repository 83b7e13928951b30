"""What is said to be missing."""

from huntaze.launch.status import model_providers, not_configured

EVERYTHING = {
    "OPENAI_API_KEY": "a",
    "STRIPE_SECRET_KEY": "b",
    "STRIPE_WEBHOOK_SECRET": "c",
    "EMAIL_PROVIDER": "smtp",
    "GOOGLE_CLIENT_ID": "d",
    "GOOGLE_CLIENT_SECRET": "e",
    "AWS_S3_BUCKET": "f",
    "REDIS_URL": "redis://localhost",
}


def test_nothing_is_configured():
    parts = [missing.part for missing in not_configured({})]
    assert parts == ["model keys", "payments", "mail", "Google", "storage", "Redis"]


def test_everything_is_configured():
    assert not_configured(EVERYTHING) == []


def test_half_of_a_pair_is_named():
    (payments,) = not_configured({**EVERYTHING, "STRIPE_WEBHOOK_SECRET": " "})
    assert payments.variables == ("STRIPE_WEBHOOK_SECRET",)
    assert str(payments) == "off, everyone is on FREE; set STRIPE_WEBHOOK_SECRET"


def test_providers_are_those_with_a_key_or_an_address():
    assert model_providers({"OPENAI_API_KEY": " "}) == []
    assert model_providers({"OPENAI_API_KEY": "a"}) == ["OpenAI"]
    environ = {"OPENAI_BASE_URL": "http://me:secret@models.example:8080/v1"}
    assert model_providers(environ) == ["the server at models.example"]
    assert model_providers({"AZURE_OPENAI_API_KEY": "a"}) == []
    azure = {"AZURE_OPENAI_API_KEY": "a", "AZURE_OPENAI_ENDPOINT": "https://x.example"}
    assert model_providers({**azure, "ANTHROPIC_API_KEY": "b"}) == ["Azure OpenAI", "Anthropic"]
