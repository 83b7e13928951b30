"""The one interface of model providers, and the few ways in which they fail."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class ModelRef:
    """A model at a provider; written `provider:model`."""

    provider: str
    model: str

    def __str__(self) -> str:
        """As the settings write it."""
        return f"{self.provider}:{self.model}"


@dataclass(frozen=True, slots=True)
class Schema:
    """What a structured answer must look like: a JSON Schema that strict providers accept."""

    name: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """What is sent to a provider; with a schema, the answer is JSON that follows it."""

    model: str
    messages: tuple[Message, ...]
    max_output_tokens: int
    schema: Schema | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens in disjoint buckets, as the provider counted them. None is unknown, never 0.

    Reasoning is a part of the output. An estimate is ours, by a tokenizer.
    """

    fresh_input_tokens: int | None
    cache_read_tokens: int | None
    output_tokens: int | None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None
    is_estimated: bool = False

    @property
    def input_tokens(self) -> int | None:
        """All of the input, cached or not; None when no part of it is known."""
        parts = (self.fresh_input_tokens, self.cache_read_tokens, self.cache_write_tokens)
        known = [part for part in parts if part is not None]
        return sum(known) if known else None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider has taken the request, and may charge for it from here on."""


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of the text, never empty."""

    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of the text: why it ended, and what it took. Sent once, last.

    Reasons are the same for every vendor: stop, length, content_filter, refusal, other.
    """

    reason: str
    usage: Usage | None


# Usage that comes before the end is of the text before it: known even where the end never comes.
type Item = Accepted | Delta | Usage | Finished


class ErrorKind(StrEnum):
    """The few kinds of failure that callers tell apart."""

    AUTH = "auth"
    RATE_LIMIT = "rate_limit"
    CONTENT_FILTER = "content_filter"
    PROMPT_TOO_LONG = "prompt_too_long"
    INVALID = "invalid"
    TIMEOUT = "timeout"
    SERVER = "server"
    NETWORK = "network"


RETRYABLE = frozenset(
    {ErrorKind.RATE_LIMIT, ErrorKind.TIMEOUT, ErrorKind.SERVER, ErrorKind.NETWORK}
)


# What tells of the provider and the model, not of the request: what a circuit breaker counts.
THEIR_FAULT = RETRYABLE | {ErrorKind.AUTH}


class ProviderError(Exception):
    """A provider failed. Carries no text of the vendor's, which may hold a key."""

    def __init__(self, kind: ErrorKind, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(kind.value)
        self.kind = kind
        self.retry_after_seconds = retry_after_seconds

    @property
    def is_retryable(self) -> bool:
        """Whether the same request may go through later or elsewhere."""
        return self.kind in RETRYABLE


class Provider(Protocol):
    """Streams the answer of a model.

    `stream` yields one Accepted, then deltas, what it took so far wherever the provider tells, and
    then one Finished; it raises ProviderError at any point. Closing the iterator (or cancelling the
    task) ends the request upstream at once.
    """

    name: str

    def stream(self, request: ModelRequest) -> AsyncIterator[Item]:
        """The answer, as it is written."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...
