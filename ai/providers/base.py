"""The one interface of model providers, and the few ways in which they fail."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol


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
class ModelRequest:
    """What is sent to a provider."""

    model: str
    messages: tuple[Message, ...]
    max_output_tokens: int


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the provider counted them; None: unknown. The input includes the cached ones."""

    input_tokens: int | None
    cached_input_tokens: int | None
    output_tokens: int | None


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of the text, never empty."""

    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of the text: why it ended, and what it took. Sent once, last."""

    reason: str
    usage: Usage | None


class ErrorKind(StrEnum):
    """The few kinds of failure that callers tell apart."""

    AUTH = "auth"
    RATE_LIMIT = "rate_limit"
    CONTENT_FILTER = "content_filter"
    INVALID = "invalid"
    TIMEOUT = "timeout"
    SERVER = "server"
    NETWORK = "network"


RETRYABLE = frozenset(
    {ErrorKind.RATE_LIMIT, ErrorKind.TIMEOUT, ErrorKind.SERVER, ErrorKind.NETWORK}
)


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

    `stream` yields deltas and then one Finished; it raises ProviderError at any point. Closing the
    iterator (or cancelling the task) ends the request upstream at once.
    """

    name: str

    def stream(self, request: ModelRequest) -> AsyncIterator[Delta | Finished]:
        """The answer, as it is written."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...
