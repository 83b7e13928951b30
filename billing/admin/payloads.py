"""What Stripe says, printed for people: as text, with nothing in it that opens a door."""

import json
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

HIDDEN = "••••"
# A client's secret lets whoever has it confirm a payment.
SECRET_NAME = "secret"  # noqa: S105
SECRET_STARTS = ("sk_", "rk_", "whsec_")


def printed(payload: str) -> SafeString:
    """JSON with a line for each value, and its secrets hidden."""
    try:
        told = json.dumps(
            json.loads(payload, object_pairs_hook=_without_secrets), indent=2, ensure_ascii=False
        )
    except (ValueError, RecursionError):
        # As it came, it might hold a secret that nobody can tell from the rest.
        told = _("It is no JSON that can be read here.")
    return format_html('<pre class="payload" tabindex="0">{}</pre>', told)


def _without_secrets(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {name: HIDDEN if _is_secret(name, value) else value for name, value in pairs}


def _is_secret(name: str, value: Any) -> bool:
    if not isinstance(value, str):
        return False
    return SECRET_NAME in name.lower() or value.startswith(SECRET_STARTS)
