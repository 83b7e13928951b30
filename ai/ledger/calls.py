"""A row for each call of a provider: written before it, ended once behind it."""

from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from ai.metrics import observe_call
from ai.models import Generation, ProviderCall
from ai.pricing import price
from ai.providers.base import Message, ModelRef, Usage
from ai.registry import tier_models
from ai.tokens import count_messages, count_tokens

Status = ProviderCall.Status
# What an end changes in the row of a call.
ENDED_FIELDS = (
    "status",
    "fresh_input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
    "is_estimated",
    "price_input_usd",
    "price_cache_read_usd",
    "price_cache_write_usd",
    "price_output_usd",
    "price_source",
    "cost_usd",
    "cost_if_full_usd",
    "finish_reason",
    "error_kind",
    "first_token_ms",
    "latency_ms",
    "finished_at",
)


class AlreadyEnded(Exception):
    """Somebody has ended the generation meanwhile; nothing may be called for it any more."""


@dataclass(frozen=True, slots=True)
class EndedCall:
    """How a call ended. `written` is counted where the provider did not count.

    `told_at`: how many characters had been written when it told the usage, of a call that broke
    off behind that; None where the usage is of the whole call. A call that failed before its first
    token is released: it costs nothing.
    """

    attempt: int
    ref: ModelRef
    is_released: bool = False
    usage: Usage | None = None
    told_at: int | None = None
    written: str = ""
    finish_reason: str = ""
    error_kind: str = ""
    first_token_ms: int | None = None
    latency_ms: int | None = None


def never_made(attempt: int, ref: ModelRef) -> EndedCall:
    """The end of a call that has a row and nothing else."""
    return EndedCall(attempt, ref, is_released=True, error_kind="skipped")


@dataclass(frozen=True, slots=True)
class NextCall:
    """A call that is about to be made, what it may cost at most (US dollars), and what is sent."""

    attempt: int
    ref: ModelRef
    tier: str
    purpose: str
    reserved_usd: Decimal
    sent: tuple[Message, ...] = ()


@transaction.atomic
def turn_over(generation_id: UUID, ended: EndedCall, following: NextCall) -> None:
    """End one call and write the next, before it is made. Raises AlreadyEnded."""
    running = Generation.objects.streaming().select_for_update(no_key=True)
    if not running.filter(id=generation_id).exists():
        raise AlreadyEnded
    open_rows = ProviderCall.objects.filter(generation_id=generation_id, status=Status.RESERVED)
    for row in open_rows.filter(attempt=ended.attempt):
        fill_in(row, ended)
        row.save(update_fields=ENDED_FIELDS)
    ProviderCall.objects.create(
        generation_id=generation_id,
        attempt=following.attempt,
        purpose=following.purpose,
        provider=following.ref.provider,
        model=following.ref.model,
        tier=following.tier,
        reserved_usd=following.reserved_usd,
        sent_tokens=count_messages(following.sent),
    )


def fill_in(row: ProviderCall, ended: EndedCall) -> None:
    """What the row of a call says when it has ended; the caller writes it."""
    row.finish_reason, row.error_kind = ended.finish_reason, ended.error_kind
    row.first_token_ms, row.latency_ms = ended.first_token_ms, ended.latency_ms
    row.finished_at = timezone.now()
    if ended.is_released:
        row.status = Status.RELEASED
    else:
        row.status = Status.SETTLED
        _count(row, completed(ended, row.sent_tokens))
    observe_call(row)


def completed(ended: EndedCall, sent_tokens: int | None) -> Usage:
    """Real counts where the provider gave them, a tokenizer's where it did not.

    `sent_tokens` were counted before the call. What was written behind the last count is added.
    """
    usage = ended.usage
    if usage is None:
        return Usage(sent_tokens, None, count_tokens(ended.written), is_estimated=True)
    is_input_known, is_output_known = (
        usage.input_tokens is not None,
        usage.output_tokens is not None,
    )
    if is_input_known and is_output_known and ended.told_at is None:
        return usage
    counted = ended.told_at if ended.told_at is not None else len(ended.written)
    rest = ended.written[counted if is_output_known else 0 :]
    return replace(
        usage,
        fresh_input_tokens=usage.fresh_input_tokens if is_input_known else sent_tokens,
        output_tokens=(usage.output_tokens or 0) + count_tokens(rest),
        is_estimated=True,
    )


def _count(row: ProviderCall, usage: Usage) -> None:
    row.fresh_input_tokens = usage.fresh_input_tokens
    row.cache_read_tokens = usage.cache_read_tokens
    row.cache_write_tokens = usage.cache_write_tokens
    row.output_tokens = usage.output_tokens
    row.reasoning_tokens = usage.reasoning_tokens
    row.is_estimated = usage.is_estimated
    try:
        priced = price(ModelRef(row.provider, row.model), usage)
    except LookupError:
        # Its price was withdrawn meanwhile. Free it is not: the bound that was reserved is taken.
        row.cost_usd, row.price_source = row.reserved_usd, "bound"
    else:
        row.cost_usd = priced.cost_usd
        row.price_input_usd = priced.price.input
        row.price_cache_read_usd = priced.price.cache_read
        row.price_cache_write_usd = priced.price.cache_write
        row.price_output_usd = priced.price.output
        row.price_source = priced.price.source
    row.cost_if_full_usd = cost_on("full", usage, row.cost_usd)


def cost_on(tier: str, usage: Usage, otherwise: Decimal) -> Decimal:
    """What the same tokens would cost on the first model of a tier; `otherwise` without one.

    Each at that model's price of its own kind: a prompt that one cache held, the other would have
    held, too. To count it as fresh would claim a saving that nobody measured.
    """
    refs = tier_models(tier)
    if not refs:
        return otherwise
    try:
        return price(refs[0], usage).cost_usd
    except LookupError:
        return otherwise
