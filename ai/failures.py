"""How a generation can fail, in codes for programs and sentences for people."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ai.providers.base import ErrorKind


@dataclass(frozen=True, slots=True)
class Failure:
    """`status` is what a request that waited for the whole answer is told."""

    code: str
    status: int
    is_retryable: bool
    sentence: str | Promise


FAILURES: dict[str, Failure] = {
    failure.code: failure
    for failure in (
        Failure("provider_error", 502, True, _("The model failed while it wrote. Try again.")),
        Failure(
            "provider_unavailable",
            503,
            True,
            _("The model cannot be reached right now. Try again in a minute."),
        ),
        Failure("provider_timeout", 503, True, _("The model took too long to answer. Try again.")),
        Failure(
            "provider_auth",
            503,
            False,
            _("The model's provider refuses this server's key. The operator has to mend it."),
        ),
        Failure(
            "content_filter",
            400,
            False,
            _("The model refuses to write this. Put the brief differently."),
        ),
        Failure(
            "prompt_too_long",
            400,
            False,
            _("The brief is too long for the model. Shorten it."),
        ),
        Failure(
            "provider_invalid",
            502,
            False,
            _("The model's provider does not accept this request."),
        ),
        Failure("unusable", 502, True, _("The model's answer could not be used. Try again.")),
        Failure("empty", 502, True, _("The model answered with nothing. Try again.")),
        Failure(
            "interrupted",
            503,
            True,
            _("The server stopped while the text was being written. What had arrived is kept."),
        ),
        Failure(
            "unavailable",
            503,
            True,
            _("The text cannot be saved right now. Look again in a minute."),
        ),
        Failure("internal", 500, True, _("Something went wrong on our side. It has been noted.")),
    )
}

BY_KIND = {
    ErrorKind.AUTH: "provider_auth",
    ErrorKind.RATE_LIMIT: "provider_unavailable",
    ErrorKind.NETWORK: "provider_unavailable",
    ErrorKind.TIMEOUT: "provider_timeout",
    ErrorKind.SERVER: "provider_error",
    ErrorKind.INVALID: "provider_invalid",
    ErrorKind.CONTENT_FILTER: "content_filter",
    ErrorKind.PROMPT_TOO_LONG: "prompt_too_long",
}


def failure_of(code: str) -> Failure:
    """The failure of a stored code."""
    return FAILURES.get(code, FAILURES["internal"])
