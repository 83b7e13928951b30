"""The shape of briefs and generations on the wire."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from ai.brief import MAX_PROMPT_CHARACTERS, Brief, Language, Length, Platform, Quality, Tone
from ai.engine import sentence_of
from ai.models import Generation
from api.camel import CamelModelSerializer, CamelSerializer
from api.fields import Text
from content.models import Content


class BriefSerializer(CamelSerializer):
    """A generate request."""

    prompt = Text(max_length=MAX_PROMPT_CHARACTERS)
    type = serializers.ChoiceField(choices=Content.Type.choices, default=Content.Type.POST)
    tone = serializers.ChoiceField(choices=Tone.choices, default=Tone.FRIENDLY)
    length = serializers.ChoiceField(choices=Length.choices, default=Length.MEDIUM)
    language = serializers.ChoiceField(choices=Language.choices, default=Language.ENGLISH)
    platform = serializers.ChoiceField(
        choices=Platform.choices, default=Platform.ANYWHERE, allow_blank=True
    )
    quality = serializers.ChoiceField(choices=Quality.choices, default=Quality.AUTO)

    def to_internal_value(self, data: Any) -> Any:
        """An object, nothing else."""
        if not isinstance(data, dict):
            raise serializers.ValidationError(
                {"body": [_("The body must be a JSON object.")]}, code="invalid"
            )
        return super().to_internal_value(data)


def brief_of(data: Any) -> Brief:
    """A checked brief. Raises DRF's ValidationError."""
    form = BriefSerializer(data=data)
    form.is_valid(raise_exception=True)
    return Brief(**form.validated_data)


class UsageSerializer(CamelSerializer):
    """Tokens; null where nobody counted."""

    input_tokens = serializers.IntegerField(allow_null=True)
    cached_input_tokens = serializers.IntegerField(allow_null=True)
    output_tokens = serializers.IntegerField(allow_null=True)


class GenerationSerializer(CamelModelSerializer):
    """An entry of the ledger as its owner sees it."""

    usage = UsageSerializer(source="*", read_only=True)
    error = serializers.SerializerMethodField()

    class Meta:
        model = Generation
        fields = (
            "id",
            "status",
            "prompt",
            "type",
            "tone",
            "length",
            "language",
            "platform",
            "quality",
            "text",
            "provider",
            "model",
            "tier",
            "route_reason",
            "usage",
            "is_usage_estimated",
            "cost_usd",
            "cost_if_full_usd",
            "finish_reason",
            "error",
            "error_code",
            "first_token_ms",
            "latency_ms",
            "kept_content_id",
            "created_at",
            "finished_at",
        )
        read_only_fields = fields

    def get_error(self, generation: Generation) -> str:
        """What went wrong, in a sentence; empty when nothing did."""
        return sentence_of(generation)


class KeepSerializer(CamelSerializer):
    """What becomes of a text that is kept; both default to the generation's own."""

    title = Text(max_length=500, required=False)
    body = Text(max_length=100_000, required=False, trim_whitespace=False)
