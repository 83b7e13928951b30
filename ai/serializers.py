"""The shape of briefs and generations on the wire."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from ai.brief import MAX_PROMPT_CHARACTERS, Brief, Language, Length, Platform, Quality, Tone
from ai.engine import sentence_of
from ai.models import Feedback, Generation
from api.camel import CamelModelSerializer, CamelSerializer
from api.checked import checked
from api.fields import Flag, Share, Text
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
    reuse = Flag(
        default=False,
        help_text="Answer again from an identical earlier request of yours, at no charge.",
    )

    def to_internal_value(self, data: Any) -> Any:
        """An object, nothing else."""
        if not isinstance(data, dict):
            raise serializers.ValidationError(
                {"body": [_("The body must be a JSON object.")]}, code="invalid"
            )
        return super().to_internal_value(data)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A checked request; `may_reuse`: an identical earlier answer will do."""

    brief: Brief
    may_reuse: bool


def wanted_of(data: Any) -> Wanted:
    """What a request asks for. Raises DRF's ValidationError."""
    facts = checked(BriefSerializer, data)
    may_reuse = facts.pop("reuse")
    return Wanted(Brief(**facts), may_reuse)


class UsageSerializer(CamelSerializer):
    """Tokens; null where nobody counted."""

    input_tokens = serializers.IntegerField(allow_null=True)
    cached_input_tokens = serializers.IntegerField(allow_null=True)
    output_tokens = serializers.IntegerField(allow_null=True)


class GenerationSerializer(CamelModelSerializer):
    """An entry of the ledger as its owner sees it."""

    # All three are empty in a chat, the last two in a list of ideas.
    type = serializers.ChoiceField(Content.Type.choices, allow_blank=True, read_only=True)
    tone = serializers.ChoiceField(Tone.choices, allow_blank=True, read_only=True)
    length = serializers.ChoiceField(Length.choices, allow_blank=True, read_only=True)
    usage = UsageSerializer(source="*", read_only=True)
    error = serializers.SerializerMethodField()
    is_reused = serializers.SerializerMethodField()
    flaws = serializers.ListField(child=serializers.CharField(), source="final_flaws")

    class Meta:
        model = Generation
        fields = (
            "id",
            "kind",
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
            "is_escalated",
            "is_reused",
            "flaws",
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

    def get_is_reused(self, generation: Generation) -> bool:
        """Whether it is an earlier answer, given again and charged as nothing."""
        return generation.reused_from_id is not None


class KeepSerializer(CamelSerializer):
    """What becomes of a text that is kept; both default to the generation's own."""

    title = Text(max_length=500, required=False)
    body = Text(max_length=100_000, required=False, trim_whitespace=False)


class FeedbackSerializer(CamelSerializer):
    """What somebody thinks of an answer; `editedShare` only where they edited it."""

    verdict = serializers.ChoiceField(choices=Feedback.Verdict.choices)
    edited_share = Share(required=False, allow_null=True)
    is_implied = serializers.BooleanField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Only an edited text has changed by something; of the others it says nothing."""
        if attrs["verdict"] != Feedback.Verdict.EDITED:
            attrs.pop("edited_share", None)
        return attrs
