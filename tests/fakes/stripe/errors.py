"""Stripe's error envelope. Source: https://docs.stripe.com/api/errors."""

from typing import Any


class Refusal(Exception):
    """A request that Stripe answers with an error."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        code: str | None = None,
        param: str | None = None,
        kind: str = "invalid_request_error",
        more: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.param = param
        self.kind = kind
        self.more = more or {}

    def body(self, request_id: str) -> dict[str, Any]:
        """The JSON of the answer."""
        error: dict[str, Any] = {"message": str(self), "type": self.kind, **self.more}
        if self.code:
            error["code"] = self.code
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{self.code.replace('_', '-')}"
        if self.param:
            error["param"] = self.param
        error["request_log_url"] = f"https://dashboard.stripe.com/test/logs/{request_id}"
        return {"error": error}


def missing(kind: str, id_: str, *, param: str = "id", in_body: bool = False) -> Refusal:
    """No such object: 404 where the path names it, 400 where a parameter does."""
    return Refusal(
        f"No such {kind}: '{id_}'",
        status=400 if in_body else 404,
        code="resource_missing",
        param=param,
    )


def required(param: str) -> Refusal:
    """A parameter is missing."""
    return Refusal(f"Missing required param: {param}.", code="parameter_missing", param=param)


def unknown(param: str) -> Refusal:
    """A parameter that this endpoint does not have."""
    message = f"Received unknown parameter: {param}"
    return Refusal(message, code="parameter_unknown", param=param)


def declined() -> Refusal:
    """A card that its bank refuses."""
    return Refusal(
        "Your card was declined.",
        status=402,
        code="card_declined",
        kind="card_error",
        more={"decline_code": "generic_decline"},
    )
