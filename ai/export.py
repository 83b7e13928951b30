"""What the router saw, what came of it and what people thought of it: a row a generation.

For training a router offline and for replaying decisions; without anybody's words unless asked.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from ai.models import Feedback, Generation, ProviderCall

ROWS_AT_ONCE = 500


def routes(
    *, since: datetime | None = None, until: datetime | None = None, with_prompts: bool = False
) -> Iterator[dict[str, Any]]:
    """Every generation that has ended, oldest first, in plain JSON values."""
    rows = Generation.objects.exclude(status=Generation.Status.STREAMING)
    rows = rows.filter(created_at__gte=since) if since else rows
    rows = rows.filter(created_at__lt=until) if until else rows
    for row in _prefetched(rows).iterator(chunk_size=ROWS_AT_ONCE):
        yield _line(row) | (_words(row) if with_prompts else {})


def _prefetched(rows: QuerySet[Generation]) -> QuerySet[Generation]:
    prefetched: QuerySet[Generation] = rows.prefetch_related("calls", "feedback").order_by(
        "created_at", "id"
    )
    return prefetched


def _line(row: Generation) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "created_at": row.created_at.isoformat(),
        "kind": row.kind,
        "features": row.route_features,
        "tier": row.tier,
        "provider": row.provider,
        "model": row.model,
        "status": row.status,
        "error_code": row.error_code,
        "finish_reason": row.finish_reason,
        "is_escalated": row.is_escalated,
        "is_reused": row.reused_from_id is not None,
        "draft_flaws": row.draft_flaws,
        "final_flaws": row.final_flaws,
        "input_tokens": row.input_tokens,
        "output_tokens": row.output_tokens,
        "cost_usd": _money(row.cost_usd),
        "cost_if_full_usd": _money(row.cost_if_full_usd),
        "cost_if_mini_usd": _money(row.cost_if_mini_usd),
        "latency_ms": row.latency_ms,
        "calls": [_call(call) for call in sorted(row.calls.all(), key=lambda call: call.attempt)],
        **_feedback(list(row.feedback.all())),
    }


def _money(amount: Any) -> str | None:
    return None if amount is None else str(amount)


def _call(call: ProviderCall) -> dict[str, Any]:
    return {
        "purpose": call.purpose,
        "tier": call.tier,
        "provider": call.provider,
        "model": call.model,
        "status": call.status,
        "error_kind": call.error_kind,
        "cost_usd": _money(call.cost_usd),
        "first_token_ms": call.first_token_ms,
        "latency_ms": call.latency_ms,
    }


def _feedback(given: list[Feedback]) -> dict[str, Any]:
    """All that were given, the one that counts first (the order of `feedback.COUNTS_FIRST`)."""
    ordered = sorted(given, key=lambda each: (each.updated_at, each.id), reverse=True)
    ordered.sort(key=lambda each: each.is_implied)
    said = [
        {
            "verdict": each.verdict,
            "edited_share": _money(each.edited_share),
            "is_implied": each.is_implied,
            "at": each.updated_at.isoformat(),
        }
        for each in ordered
    ]
    return {"verdict": ordered[0].verdict if ordered else None, "feedback": said}


def _words(row: Generation) -> dict[str, str]:
    return {"prompt": row.prompt, "text": row.text}
