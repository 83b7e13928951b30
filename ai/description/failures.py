"""How generating fails, for the API's description."""

from ai.failures import FAILURES
from api.description.failures import Failure, error_schema
from content.description import GENERATION_ID

QUOTA_EXCEEDED = Failure(
    "quota_exceeded",
    402,
    "The plan's count or ceiling of the period is reached.",
    schema="QuotaExceeded",
    extra=(
        ("metric", "generations"),
        ("current", 20),
        ("limit", 20),
        ("subscription", "FREE"),
        ("resetAt", "2026-06-01T00:00:00Z"),
    ),
)
PLAN_REQUIRED = Failure("plan_required", 403, "The plan does not allow the strongest model.")
NO_MODEL = Failure("provider_unavailable", 503, "No model can be asked right now.")
OVERLOADED = Failure("overloaded", 503, "Too many texts are being written at once.")
PROMPT_TOO_LONG = Failure("prompt_too_long", 400, "Too long for every model at hand.")
REFUSED = (QUOTA_EXCEEDED, PLAN_REQUIRED, NO_MODEL, OVERLOADED)

# What a request that waits for the whole answer is told; a stream says it in its `error` frame.
FAILED = tuple(
    Failure(
        failure.code,
        failure.status,
        str(failure.sentence),
        schema="GenerationFailed",
        extra=(("id", GENERATION_ID), ("text", "Six weeks of clay, ")),
    )
    for failure in FAILURES.values()
)
NOTHING_KEPT = Failure(
    "conflict",
    409,
    "It was stopped before anything was written.",
    schema="NothingKept",
    extra=(("id", GENERATION_ID),),
)

NUMBER = {"type": ["integer", "string", "null"], "description": "A count; money as a string."}
ID = {"type": "string", "format": "uuid", "description": "The generation."}
SCHEMAS = {
    "QuotaExceeded": error_schema(
        metric={"type": "string", "enum": ["generations", "spend"]},
        current=NUMBER,
        limit=NUMBER,
        subscription={"$ref": "#/components/schemas/PlanName"},
        resetAt={"type": "string", "format": "date-time"},
    ),
    "GenerationFailed": error_schema(
        id={**ID, "x-sometimes": True},
        text={"type": "string", "description": "What had arrived.", "x-sometimes": True},
    ),
    "NothingKept": error_schema(id={**ID, "x-sometimes": True}),
}
