"""OpenAI and every server that speaks Chat Completions: Azure and llama.cpp among them.

Source: https://platform.openai.com/docs/api-reference/chat-streaming
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

from ai.providers.base import ErrorKind, ModelRef, ModelRequest, ProviderError, Usage
from ai.providers.http import HttpProvider, Patience, Reading, count, decode_event
from ai.providers.refusals import VendorError, kind_of
from ai.providers.strict import without_bounds
from ai.thinking import EFFORT, thinks

REASONS = {
    "stop": "stop",
    "length": "length",
    "content_filter": "content_filter",
    # We offer no tools: a model that calls one has nothing more to say.
    "tool_calls": "stop",
    "function_call": "stop",
}
EFFORT_SINCE = "2024-12"
# A small model repeats itself at the defaults; tried on SmolLM2-135M.
SMALL_MODEL_SAMPLING = {"temperature": 0.5, "top_p": 0.9, "repeat_penalty": 1.1}


class _Content(msgspec.Struct):
    content: str | None = None
    refusal: str | None = None


class _Choice(msgspec.Struct):
    delta: _Content | None = None
    finish_reason: str | None = None


class _InputDetails(msgspec.Struct):
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None


class _OutputDetails(msgspec.Struct):
    reasoning_tokens: int | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _InputDetails | None = None
    completion_tokens_details: _OutputDetails | None = None


class _Chunk(msgspec.Struct):
    choices: list[_Choice] = []
    usage: _Usage | None = None
    error: VendorError | str | None = None


_decode = msgspec.json.Decoder(_Chunk).decode


class ChatReading(Reading):
    """Chunks of a chat completion, until [DONE]."""

    def take(self, data: bytes) -> str:
        """The text of a chunk."""
        if data == b"[DONE]":
            self.is_over = True
            return ""
        chunk = decode_event(_decode, data)
        if isinstance(chunk.error, VendorError):
            raise ProviderError(kind_of(chunk.error))
        if chunk.error is not None:
            raise ProviderError(ErrorKind.SERVER)
        if chunk.usage is not None:
            # Some servers tell with each chunk how many it is by now.
            self.usage = _usage_of(chunk.usage)
        return self._text_of(chunk.choices[0]) if chunk.choices else ""

    def _text_of(self, choice: _Choice) -> str:
        delta = choice.delta
        if choice.finish_reason:
            found = REASONS.get(choice.finish_reason, "other")
            self.reason = "refusal" if self.reason == "refusal" and found == "stop" else found
        if delta is None:
            return ""
        if delta.refusal:
            self.reason = "refusal"
        return delta.content or delta.refusal or ""


class OpenAIProvider(HttpProvider):
    """OpenAI itself, or a compatible server by its address."""

    # OpenAI's reasoning models refuse the older name.
    limit_name = "max_completion_tokens"
    sampling: Mapping[str, Any] = {}

    @property
    def _is_vendor(self) -> bool:
        """Compatible servers may refuse what only the vendor's own models have."""
        return urlsplit(self._base_url).hostname == "api.openai.com"

    def _headers(self, api_key: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {api_key}"}

    def _url(self, request: ModelRequest) -> str:
        return f"{self._base_url}/chat/completions"

    def _body(self, request: ModelRequest) -> dict[str, Any]:
        body: dict[str, Any] = {
            **self.sampling,
            "model": request.model,
            "messages": [{"role": each.role, "content": each.content} for each in request.messages],
            "stream": True,
            "stream_options": {"include_usage": True},
            self.limit_name: request.max_output_tokens,
        }
        if self._is_vendor and thinks(ModelRef(self.name, request.model)):
            body["reasoning_effort"] = EFFORT
        if schema := request.schema:
            # llama.cpp is held to the bounds, and ends by them; the vendors refuse them.
            shape = schema.schema if self.name == "local" else without_bounds(schema.schema)
            stated = {"name": schema.name, "schema": shape, "strict": True}
            body["response_format"] = {"type": "json_schema", "json_schema": stated}
        return body

    def _reading(self) -> ChatReading:
        return ChatReading()


class LocalProvider(OpenAIProvider):
    """llama.cpp on this machine."""

    limit_name = "max_tokens"
    sampling = SMALL_MODEL_SAMPLING


class AzureProvider(OpenAIProvider):
    """Azure OpenAI: a deployment stands for the model.

    With an API version, by deployment; without one, by the versionless path of 2025.
    Source: https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle
    """

    def __init__(
        self,
        *,
        name: str,
        api_key: str,
        base_url: str,
        api_version: str = "",
        patience: Patience | None = None,
    ) -> None:
        super().__init__(name=name, api_key=api_key, base_url=base_url, patience=patience)
        self._api_version = api_version

    @property
    def _is_vendor(self) -> bool:
        """Versions are dates; those before know no effort."""
        return not self._api_version or self._api_version >= EFFORT_SINCE

    def _headers(self, api_key: str) -> dict[str, str]:
        return {"api-key": api_key}

    def _url(self, request: ModelRequest) -> str:
        if not self._api_version:
            return f"{self._base_url}/openai/v1/chat/completions"
        deployment, version = quote(request.model, safe=""), quote(self._api_version, safe="")
        where = f"{self._base_url}/openai/deployments/{deployment}"
        return f"{where}/chat/completions?api-version={version}"


def _usage_of(usage: _Usage) -> Usage:
    """In disjoint buckets: what was read from or written to a cache is a part of the prompt."""
    into, out = usage.prompt_tokens_details, usage.completion_tokens_details
    whole = count(usage.prompt_tokens)
    read = count(into.cached_tokens) if into else None
    written = count(into.cache_write_tokens) if into else None
    if whole is not None:
        read = min(read, whole) if read is not None else None
        written = min(written, whole - (read or 0)) if written is not None else None
    return Usage(
        whole - (read or 0) - (written or 0) if whole is not None else None,
        read,
        count(usage.completion_tokens),
        written,
        count(out.reasoning_tokens) if out else None,
    )
