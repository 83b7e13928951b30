"""What a person wants to know once it runs."""

import json
from collections.abc import Mapping

from huntaze.launch.config import Config
from huntaze.launch.localmodel import LocalModel
from huntaze.launch.paths import DEMO_FILE
from huntaze.launch.status import model_providers, not_configured
from huntaze.launch.terminal import bold, line, say


def model_sentence(environ: Mapping[str, str], model: LocalModel | None, *, is_alive: bool) -> str:
    """Who writes the texts."""
    if providers := model_providers(environ):
        return ", ".join(providers)
    if model and is_alive:
        return f"{model.name}, a small model on this machine"
    if model:
        return "none: the local model did not start, see var/log"
    return "none, so generating is not available"


def sign_in() -> str:
    """The demo creator's email and password."""
    demo = json.loads(DEMO_FILE.read_text())
    return f"{demo['email']}  {demo['password']}"


def tell(
    config: Config,
    environ: Mapping[str, str],
    model: LocalModel | None,
    *,
    is_model_alive: bool,
    has_demo: bool,
) -> None:
    """Address, sign-in, model, and what is not configured yet."""
    say()
    say(f"Huntaze runs on {bold(config.address)}")
    say()
    if has_demo:
        line("sign in", sign_in())
    line("model", model_sentence(environ, model, is_alive=is_model_alive))
    if config.processes > 1:
        line("processes", f"{config.processes} for the web, one for background work")
    missing = not_configured(environ)
    if missing:
        say()
        say("Not configured yet (in .env; .env.example explains each):")
    for part in missing:
        line(part.part, str(part))
    say()
    say("Ctrl-C stops everything.")
