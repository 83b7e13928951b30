"""What serves, and what is not configured yet, read from the environment alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Missing:
    """A part without its settings: what to set, and what happens until then."""

    part: str
    variables: tuple[str, ...]
    meanwhile: str

    def __str__(self) -> str:
        return f"{self.meanwhile}; set {', '.join(self.variables)}"


OPTIONAL = (
    Missing("payments", ("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"), "off, everyone is on FREE"),
    Missing("mail", ("EMAIL_PROVIDER",), "printed here and kept under var/mail"),
    Missing("Google", ("GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET"), "no sign-in button"),
    Missing("storage", ("AWS_S3_BUCKET",), "files stay under var/media"),
    Missing("Redis", ("REDIS_URL",), "memory of the one web process"),
)


def is_set(environ: Mapping[str, str], name: str) -> bool:
    """An empty variable counts as unset."""
    return bool(environ.get(name, "").strip())


def model_providers(environ: Mapping[str, str]) -> list[str]:
    """Who writes, other than the model of this machine; a server of one's own by its name."""
    host = urlsplit(environ.get("OPENAI_BASE_URL", "").strip()).hostname
    found = {
        f"the server at {host}": bool(host),
        "OpenAI": not host and is_set(environ, "OPENAI_API_KEY"),
        "Azure OpenAI": is_set(environ, "AZURE_OPENAI_ENDPOINT")
        and is_set(environ, "AZURE_OPENAI_API_KEY"),
        "Anthropic": is_set(environ, "ANTHROPIC_API_KEY"),
    }
    return [name for name, is_there in found.items() if is_there]


def not_configured(environ: Mapping[str, str]) -> list[Missing]:
    """The parts that lack a variable, in the order in which a newcomer would want them."""
    missing = []
    if not model_providers(environ):
        missing.append(Missing("model keys", ("OPENAI_API_KEY",), "the local model alone"))
    for part in OPTIONAL:
        absent = tuple(name for name in part.variables if not is_set(environ, name))
        if absent:
            missing.append(Missing(part.part, absent, part.meanwhile))
    return missing
