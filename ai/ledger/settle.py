"""Ends a generation once: its reservation is replaced by what it took."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from ai.ledger.calls import ENDED_FIELDS, EndedCall, cost_on, fill_in, never_made
from ai.ledger.opened import Opened, Outcome
from ai.ledger.statements import assignments
from ai.models import Generation, ProviderCall
from ai.providers.base import ModelRef, Usage
from ai.signals import generation_finished

NOTHING = Decimal(0)
# What an end changes in the row of a generation.
FINAL_FIELDS = (
    "status",
    "text",
    "finish_reason",
    "error_code",
    "frame_count",
    "first_token_ms",
    "latency_ms",
    "draft_flaws",
    "final_flaws",
    "is_escalated",
    "is_counted",
    "finished_at",
    "provider",
    "model",
    "tier",
    "input_tokens",
    "cached_input_tokens",
    "output_tokens",
    "is_usage_estimated",
    "cost_usd",
    "cost_if_full_usd",
    "cost_if_mini_usd",
)
# A generation ends once, whoever comes first; what hangs on its end hangs on that row's change.
END = """
WITH ended AS (
    UPDATE ai_generation SET {final} WHERE id = %s AND status = 'STREAMING'
    RETURNING id, period_id, reserved_usd, is_counted, cost_usd, cost_if_full_usd, cost_if_mini_usd
), {calls}
period AS (
    UPDATE ai_usageperiod SET
        generations_reserved = generations_reserved - 1,
        generations_used = generations_used + ended.is_counted::int,
        spend_reserved_usd = spend_reserved_usd - ended.reserved_usd,
        spend_used_usd = spend_used_usd + ended.cost_usd,
        spend_full_usd = spend_full_usd + ended.cost_if_full_usd,
        spend_mini_usd = spend_mini_usd + ended.cost_if_mini_usd
    FROM ended WHERE ai_usageperiod.id = ended.period_id
)
SELECT 1 FROM ended
"""
END_CALL = """call_{number} AS (
    UPDATE ai_providercall SET {ended} FROM ended
    WHERE generation_id = ended.id AND attempt = %s AND ai_providercall.status = 'RESERVED'
),"""


@transaction.atomic
def settle(
    generation_id: UUID,
    outcome: Outcome,
    on_end: Callable[[Generation], None] | None = None,
    opened: Opened | None = None,
) -> Generation:
    """End a generation and all of its calls. Twice is once: the first end stands.

    Who opened it knows its rows, which are not read again then.
    """
    generation = opened.generation if opened else _locked(generation_id)
    calls, left = _calls(generation, outcome, opened)
    for call in left:
        fill_in(call, _end_of(call, outcome))
    _fill_in(generation, outcome)
    _add_up(generation, [call for call in calls if call.status == ProviderCall.Status.SETTLED])
    if not _end(generation, left):
        # Somebody was first. Theirs stands.
        stands: Generation = Generation.objects.get(id=generation_id)
        return stands
    if on_end is not None:
        on_end(generation)
    generation_finished.send(sender=Generation, generation=generation)
    return generation


def _locked(generation_id: UUID) -> Generation:
    """So that nobody writes another call of it meanwhile."""
    rows = Generation.objects.select_for_update(no_key=True)
    generation: Generation = rows.get(id=generation_id)
    return generation


def _calls(
    generation: Generation, outcome: Outcome, opened: Opened | None
) -> tuple[Sequence[ProviderCall], Sequence[ProviderCall]]:
    """All calls, and those that are still to be ended."""
    if opened and opened.call and outcome.call and outcome.call.attempt == 1:
        # Whatever its status says: a first try may have filled it in and then not been written.
        return [opened.call], [opened.call]
    calls = list(generation.calls.order_by("attempt"))
    return calls, [call for call in calls if call.status == ProviderCall.Status.RESERVED]


def _end_of(call: ProviderCall, outcome: Outcome) -> EndedCall:
    """What the outcome tells of a call; one that nobody tells of ended with what was saved."""
    ref = ModelRef(call.provider, call.model)
    if outcome.call is not None:
        # Who tells of another has written this one, and never heard that it is there.
        is_told = outcome.call.attempt == call.attempt
        return outcome.call if is_told else never_made(call.attempt, ref)
    has_written = outcome.has_text and outcome.written_by in {None, call.attempt}
    return EndedCall(
        call.attempt,
        ref,
        is_released=not has_written,
        written=outcome.text,
        error_kind="interrupted",
    )


def _fill_in(generation: Generation, outcome: Outcome) -> None:
    generation.status = outcome.status
    generation.text = outcome.text
    generation.finish_reason = outcome.finish_reason
    generation.error_code = outcome.error_code
    generation.frame_count = outcome.frame_count
    generation.first_token_ms = outcome.first_token_ms
    generation.latency_ms = outcome.latency_ms
    generation.draft_flaws = list(outcome.draft_flaws)
    generation.final_flaws = list(outcome.final_flaws)
    generation.is_escalated = outcome.is_escalated
    # Half a list of ideas is none, whoever ends it: its rows are written of a whole one.
    is_usable = generation.kind != Generation.Kind.IDEAS or outcome.status == Generation.Status.DONE
    generation.is_counted = outcome.is_counted and is_usable
    generation.finished_at = timezone.now()


def _end(generation: Generation, calls: Sequence[ProviderCall]) -> bool:
    """The one statement; False when the generation had ended before."""
    final, values = assignments(generation, FINAL_FIELDS)
    values.append(generation.id)
    parts = []
    for number, call in enumerate(calls):
        ended, of_call = assignments(call, ENDED_FIELDS)
        parts.append(END_CALL.format(number=number, ended=ended))
        values += [*of_call, call.attempt]
    with connection.cursor() as cursor:
        cursor.execute(END.format(final=final, calls="\n".join(parts)), values)
        return cursor.fetchone() is not None


def _add_up(generation: Generation, calls: Sequence[ProviderCall]) -> None:
    """Tokens and cost of every call; what the answer's own tokens would cost on either tier."""
    generation.cost_usd = sum((call.cost_usd or NOTHING for call in calls), NOTHING)
    if not calls:
        generation.cost_if_full_usd = generation.cost_if_mini_usd = NOTHING
        return
    usages = [_usage_of(call) for call in calls]
    generation.input_tokens = _sum([usage.input_tokens for usage in usages])
    generation.cached_input_tokens = _sum([usage.cache_read_tokens for usage in usages])
    generation.output_tokens = _sum([usage.output_tokens for usage in usages])
    generation.is_usage_estimated = any(call.is_estimated for call in calls)
    answer = _answer_among(generation, calls)
    generation.provider, generation.model = answer.provider, answer.model
    generation.tier = answer.tier
    paid = answer.cost_usd or NOTHING
    generation.cost_if_full_usd = answer.cost_if_full_usd
    generation.cost_if_mini_usd = cost_on("mini", _usage_of(answer), paid)


def _answer_among(generation: Generation, calls: Sequence[ProviderCall]) -> ProviderCall:
    """The call that wrote the text: that of the first draft, where the second one broke off."""
    if generation.status == Generation.Status.DONE:
        return next((call for call in reversed(calls) if not call.error_kind), calls[-1])
    return calls[-1]


def _usage_of(call: ProviderCall) -> Usage:
    return Usage(
        call.fresh_input_tokens,
        call.cache_read_tokens,
        call.output_tokens,
        call.cache_write_tokens,
        call.reasoning_tokens,
        call.is_estimated,
    )


def _sum(counts: list[int | None]) -> int | None:
    """None when nothing of it is known."""
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
